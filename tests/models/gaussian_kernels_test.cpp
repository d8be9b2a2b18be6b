#include "gaussian_kernels.hpp"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <numbers>

#include "fixtures/instruction_sets.hpp"
#include "fixtures/random_models.hpp"
#include "latent/expectation/responsibilities.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using enum CovarianceKind;
using Extended = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;

// The plain reference: one observation and component at a time, in long double.
struct Plain {
  Extended joint;                // K×N
  Extended first;                // K×d
  std::vector<Extended> second;  // K of d×d
};

Plain plain_of(const GaussianMixture& model, const RowMatrix& data, const Matrix& r) {
  const auto components = static_cast<Index>(model.components());
  const Index dimension = data.cols();
  Plain plain{
      .joint = Extended::Zero(components, data.rows()), .first = Extended::Zero(components, dimension), .second = {}};
  for (Index k = 0; k < components; ++k) {
    const Extended covariance = model.covariance(static_cast<std::size_t>(k)).cast<long double>();
    const Extended factor = covariance.llt().matrixL();
    const long double constant =
        -0.5L * static_cast<long double>(dimension) * std::log(2.0L * std::numbers::pi_v<long double>) -
        factor.diagonal().array().log().sum() + std::log(static_cast<long double>(model.weights()[k]));
    Extended second = Extended::Zero(dimension, dimension);
    for (Index n = 0; n < data.rows(); ++n) {
      const Extended c = (data.row(n).cast<long double>() - model.means().row(k).cast<long double>()).transpose();
      const Extended y = factor.triangularView<Eigen::Lower>().solve(c);
      plain.joint(k, n) = constant - 0.5L * y.squaredNorm();
      plain.first.row(k) += static_cast<long double>(r(k, n)) * c.transpose();
      second += static_cast<long double>(r(k, n)) * c * c.transpose();
    }
    plain.second.push_back(second);
  }
  return plain;
}

std::vector<Matrix> factors_of(const GaussianMixture& model) {
  std::vector<Matrix> factors;
  const bool dense = model.options().covariance == full || model.options().covariance == tied;
  for (const Matrix& covariance : model.covariances()) {
    factors.push_back(dense ? Matrix(covariance.llt().matrixL()) : Matrix(covariance.cwiseSqrt()));
  }
  return factors;
}

using GaussianKernels = OnInstructionSet;

TEST_P(GaussianKernels, AreThePlainReference) {
  for (const CovarianceKind kind : {full, tied, diagonal, spherical}) {
    for (const Index dimension : {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 21}) {
      for (const Index components : {1, 2, 3, 4, 5}) {
        RandomEngine rng = random_stream(1, static_cast<std::uint64_t>(100 * dimension + components));
        const GaussianMixture model = random_models::gaussian_mixture(kind, components, dimension, rng);
        const Index size = 40;
        const RowMatrix data = 3.0 * random_models::normal_draws(size, dimension, rng);
        const Matrix r = random_models::normal_draws(components, size, rng).cwiseAbs();
        const Plain plain = plain_of(model, data, r);

        NormalKernels kernels(NormalComponents(model.weights(), model.means(), factors_of(model)));
        PackedBlock block(static_cast<std::size_t>(dimension));
        block.pack(data);
        LaneRows rows(static_cast<std::size_t>(components), block.capacity());
        kernels.log_joint(block, rows);
        const auto at = [&](Index k, Index n) -> double& { return rows.row(static_cast<std::size_t>(k))[n]; };
        const auto largest = static_cast<double>(plain.joint.cwiseAbs().maxCoeff());
        for (Index k = 0; k < components; ++k) {
          for (Index n = 0; n < size; ++n) {
            ASSERT_NEAR(at(k, n), static_cast<double>(plain.joint(k, n)), 1e-12 * largest) << dimension << components;
            at(k, n) = r(k, n);
          }
          for (Index n = size; n < static_cast<Index>(block.padded_size()); ++n) at(k, n) = 0.0;
        }

        const bool dense = kind == full || kind == tied;
        GaussianMixtureStatistics sums{
            .centres = model.means(),
            .weights = Vector::Zero(components),
            .sums = RowMatrix::Zero(components, dimension),
            .scatters = std::vector<Matrix>(static_cast<std::size_t>(kind == tied ? 1 : components),
                                            Matrix::Zero(dimension, dense ? dimension : 1)),
            .log_likelihood = 0.0};
        kernels.add_moments(block, rows, sums);
        Extended pooled = Extended::Zero(dimension, dimension);
        for (Index k = 0; k < components; ++k) {
          const auto c = static_cast<std::size_t>(k);
          pooled += plain.second[c];
          const double scale = static_cast<double>(plain.second[c].cwiseAbs().maxCoeff());
          EXPECT_NEAR(sums.weights[k], r.row(k).sum(), 1e-13 * r.row(k).sum());
          for (Index i = 0; i < dimension; ++i) {
            EXPECT_NEAR(sums.sums(k, i), static_cast<double>(plain.first(k, i)), 1e-13 * (scale + 1.0));
            for (Index j = 0; dense && kind == full && j <= i; ++j) {
              ASSERT_NEAR(sums.scatters[c](i, j), static_cast<double>(plain.second[c](i, j)), 1e-13 * scale);
            }
            if (!dense) {
              ASSERT_NEAR(sums.scatters[c](i, 0), static_cast<double>(plain.second[c](i, i)), 1e-13 * scale);
            }
          }
        }
        for (Index i = 0; kind == tied && i < dimension; ++i) {
          for (Index j = 0; j <= i; ++j) {
            ASSERT_NEAR(sums.scatters[0](i, j), static_cast<double>(pooled(i, j)),
                        1e-13 * static_cast<double>(pooled.cwiseAbs().maxCoeff()));
          }
        }
      }
    }
  }
}

// Clusters of standard deviations from 1 down to 1e-6 of the spread, in coordinates far from 0.
TEST_P(GaussianKernels, LogLikelihoodIsRightTo1e12HoweverFarTheClustersLie) {
  for (const CovarianceKind kind : {full, tied, diagonal, spherical}) {
    for (const double sd : {1.0, 1e-2, 1e-4, 1e-6}) {
      RandomEngine rng = random_stream(2, 0);
      constexpr Index rows = 900;
      constexpr Index dimension = 3;
      constexpr Index components = 3;
      RowMatrix data = sd * random_models::normal_draws(rows, dimension, rng);
      const RowMatrix centres = random_models::normal_draws(components, dimension, rng);
      for (Index n = 0; n < rows; ++n) data.row(n) += centres.row(n % components);
      const GaussianMixture shape = random_models::gaussian_mixture(kind, components, dimension, rng);
      std::vector<Matrix> covariances = shape.covariances();
      for (Matrix& covariance : covariances) covariance *= sd * sd;
      GaussianMixture model(Vector::Constant(components, 1.0 / components), centres, covariances, {.covariance = kind});
      for (int iteration = 0; iteration < 3; ++iteration) {
        const Plain plain = plain_of(model, data, Matrix::Zero(components, rows));
        long double expected = 0.0L;
        for (Index n = 0; n < rows; ++n) {
          const long double largest = plain.joint.col(n).maxCoeff();
          expected += largest + std::log((plain.joint.col(n).array() - largest).exp().sum());
        }
        const auto statistics = model.e_step(data);
        EXPECT_NEAR(statistics.log_likelihood, static_cast<double>(expected),
                    1e-12 * std::abs(static_cast<double>(expected)))
            << to_string(kind) << " sd " << sd << " iteration " << iteration;
        model.m_step(statistics);
      }
    }
  }
}

LATENT_ON_EACH_INSTRUCTION_SET(GaussianKernels);

}  // namespace
}  // namespace latent
