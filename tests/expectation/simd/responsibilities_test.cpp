#include "latent/expectation/responsibilities.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fixtures/instruction_sets.hpp"
#include "fixtures/random_models.hpp"

namespace latent {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The plain reference: one observation at a time, in long double.
struct Expected {
  Matrix r;  // times the weights
  Vector log_densities;
  double log_likelihood = 0.0;
  double certainty = 0.0;
};

Expected expected_of(const Matrix& joint, const Vector& weights) {
  Expected expected{.r = Matrix::Zero(joint.rows(), joint.cols()), .log_densities = Vector(joint.cols())};
  long double log_likelihood = 0.0L;
  long double certainty = 0.0L;
  for (Index n = 0; n < joint.cols(); ++n) {
    const long double largest = joint.col(n).maxCoeff();
    long double sum = 0.0L;
    for (Index k = 0; k < joint.rows(); ++k) sum += std::exp(joint(k, n) - largest);
    for (Index k = 0; k < joint.rows(); ++k) {
      expected.r(k, n) = static_cast<double>(weights[n] * std::exp(joint(k, n) - largest) / sum);
    }
    expected.log_densities[n] = static_cast<double>(largest + std::log(sum));
    log_likelihood += weights[n] * (largest + std::log(sum));
    certainty -= weights[n] * std::log(sum);
  }
  expected.log_likelihood = static_cast<double>(log_likelihood);
  expected.certainty = static_cast<double>(certainty);
  return expected;
}

// One column of data that only carries the size and the weights.
PackedBlock block_of(Index size, const Vector* weights) {
  const RowMatrix values = RowMatrix::Zero(size, 1);
  PackedBlock block(1);
  block.pack(weights == nullptr ? Observations(values)
                                : Observations(values, {weights->data(), static_cast<std::size_t>(size)}));
  return block;
}

LaneRows rows_of(const Matrix& joint, std::size_t padded_size) {
  LaneRows rows(static_cast<std::size_t>(joint.rows()), padded_size);
  for (std::size_t k = 0; k < rows.rows(); ++k) {
    for (std::size_t n = 0; n < padded_size; ++n) {
      rows.row(k)[n] = joint(static_cast<Index>(k), std::min(static_cast<Index>(n), joint.cols() - 1));
    }
  }
  return rows;
}

using Responsibilities = OnInstructionSet;

TEST_P(Responsibilities, AreThoseOfThePlainReference) {
  for (const Index components : {1, 2, 3, 4, 5, 9}) {
    for (const Index size : {1, 32, 33, 512}) {
      for (const bool weighted : {false, true}) {
        RandomEngine rng = random_stream(1, static_cast<std::uint64_t>(components * size));
        const Matrix joint = 30.0 * random_models::normal_draws(components, size, rng);
        const Vector weights = weighted ? random_models::uniform_draws(size, 0.0, 3.0, rng) : Vector::Ones(size);
        const Expected expected = expected_of(joint, weights);
        const PackedBlock block = block_of(size, weighted ? &weights : nullptr);
        LaneRows rows = rows_of(joint, block.padded_size());

        LaneRows log_densities(1, block.padded_size());
        log_sum_exp(block, rows, log_densities.row(0));
        const auto [log_likelihood, certainty] = to_responsibilities(block, rows);

        EXPECT_NEAR(log_likelihood, expected.log_likelihood, 1e-14 * joint.cwiseAbs().sum());
        EXPECT_NEAR(certainty, expected.certainty, 1e-13 * (1.0 + std::abs(expected.certainty)));
        for (Index n = 0; n < size; ++n) {
          EXPECT_NEAR(log_densities.row(0)[n], expected.log_densities[n], 1e-14 * joint.cwiseAbs().maxCoeff());
          for (Index k = 0; k < components; ++k) {
            ASSERT_NEAR(rows.row(static_cast<std::size_t>(k))[n], expected.r(k, n), 1e-15 * weights[n])
                << k << " " << n;
          }
        }
        for (auto n = static_cast<std::size_t>(size); n < block.padded_size(); ++n) EXPECT_EQ(rows.row(0)[n], 0.0);
      }
    }
  }
}

TEST_P(Responsibilities, OfWhatNoComponentReachesAre0AndTheEvidenceIsMinusInfinity) {
  for (const Index components : {1, 2, 3, 7}) {
    for (const double nowhere : {-infinity, std::nan("")}) {
      Matrix joint = Matrix::Constant(components, 32, -1.0);
      joint.col(5).setConstant(nowhere);
      const PackedBlock block = block_of(32, nullptr);
      LaneRows rows = rows_of(joint, 32);
      EXPECT_EQ(to_responsibilities(block, rows).log_likelihood, -infinity);
      EXPECT_EQ(rows.row(0)[5], 0.0);
      EXPECT_NEAR(rows.row(0)[6], 1.0 / static_cast<double>(components), 1e-15);
    }
  }
}

TEST_P(Responsibilities, ATermThatIsNaNCountsAsMinusInfinity) {
  for (const Index components : {2, 3, 4, 7}) {
    for (Index nan_at = 0; nan_at < components; ++nan_at) {
      Matrix joint = Matrix::Constant(components, 32, -1.0);
      joint(nan_at, 5) = std::nan("");
      const PackedBlock block = block_of(32, nullptr);
      LaneRows rows = rows_of(joint, 32);
      LaneRows log_densities(1, 32);
      log_sum_exp(block, rows, log_densities.row(0));
      const auto others = static_cast<double>(components - 1);
      EXPECT_NEAR(log_densities.row(0)[5], std::log(others) - 1.0, 1e-15);
      EXPECT_NEAR(to_responsibilities(block, rows).log_likelihood,
                  31.0 * (std::log(others + 1.0) - 1.0) + std::log(others) - 1.0, 1e-13);
      for (Index k = 0; k < components; ++k) {
        EXPECT_NEAR(rows.row(static_cast<std::size_t>(k))[5], k == nan_at ? 0.0 : 1.0 / others, 1e-15);
      }
    }
  }
}

TEST_P(Responsibilities, AWeightOf0IsNoObservationEvenWhereNoComponentReaches) {
  Matrix joint = Matrix::Constant(2, 32, -1.0);
  joint.col(5).setConstant(-infinity);
  Vector weights = Vector::Ones(32);
  weights[5] = 0.0;
  const PackedBlock block = block_of(32, &weights);
  LaneRows rows = rows_of(joint, 32);
  EXPECT_NEAR(to_responsibilities(block, rows).log_likelihood, 31.0 * (std::log(2.0) - 1.0), 1e-13);
}

TEST_P(Responsibilities, OfOneComponentAloneInReachAre1) {
  Matrix joint = Matrix::Constant(3, 32, -infinity);
  joint.row(1).setConstant(-1e300);
  const PackedBlock block = block_of(32, nullptr);
  LaneRows rows = rows_of(joint, 32);
  to_responsibilities(block, rows);
  EXPECT_EQ(rows.row(1)[0], 1.0);
  EXPECT_EQ(rows.row(0)[0], 0.0);
}

TEST_P(Responsibilities, AssignmentsAreToTheFirstOfTheLargest) {
  const Matrix joint{{1.0, 5.0, 2.0}, {3.0, 5.0, 1.0}, {2.0, 0.0, 2.0}};
  const Vector weights{{1.0, 2.0, 0.5}};
  const PackedBlock block = block_of(3, &weights);
  LaneRows rows = rows_of(joint, block.padded_size());
  to_assignments(block, rows);
  const Matrix expected{{0.0, 2.0, 0.5}, {1.0, 0.0, 0.0}, {0.0, 0.0, 0.0}};
  for (Index k = 0; k < 3; ++k) {
    for (Index n = 0; n < 3; ++n) EXPECT_EQ(rows.row(static_cast<std::size_t>(k))[n], expected(k, n));
  }
}

LATENT_ON_EACH_INSTRUCTION_SET(Responsibilities);

}  // namespace
}  // namespace latent
