// MyModel: counts from K kinds of observations, p(y) = Σ_k π_k Poisson(y | μ_k). Which observation is of which kind is
// the latent variable. The first three functions are all that a model must have; each of the others is there for what
// is named above it, and can be left out. Replace the mathematics by yours, and let the tests say whether it is right.
#pragma once

#include <latent/core/errors.hpp>
#include <latent/core/mixing_weights.hpp>
#include <latent/core/model.hpp>
#include <latent/data/observations.hpp>

#include <boost/math/special_functions/gamma.hpp>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/poisson_distribution.hpp>
#include <cmath>
#include <cstddef>

class MyModel {
 public:
  // One column of counts, with a weight for each row: how often the count was observed.
  using Data = latent::Observations;

  // With r_nk the posterior probability that observation n is of kind k, times the weight of n.
  struct Statistics {
    latent::Vector counts;      // Σ_n r_nk
    latent::Vector sums;        // Σ_n r_nk y_n
    double log_factorials = 0;  // Σ_n w_n log y_n!
    double log_likelihood = 0;  // met on the way of the E-step: one pass over the data an iteration

    // The statistics of two parts of the data add: the E-step is divided among threads.
    Statistics& operator+=(const Statistics& other) {
      counts += other.counts;
      sums += other.sums;
      log_factorials += other.log_factorials;
      log_likelihood += other.log_likelihood;
      return *this;
    }
  };

  explicit MyModel(latent::Index kinds)
      : weights_(latent::Vector::Constant(kinds, 1.0 / static_cast<double>(kinds))),
        means_(latent::Vector::LinSpaced(kinds, 1.0, static_cast<double>(kinds))) {}

  [[nodiscard]] const latent::Vector& weights() const { return weights_; }  // π, K probabilities
  [[nodiscard]] const latent::Vector& means() const { return means_; }      // μ, K positive numbers

  [[nodiscard]] Statistics e_step(const Data& data) const {
    const latent::Index kinds = means_.size();
    Statistics expected{.counts = latent::Vector::Zero(kinds), .sums = latent::Vector::Zero(kinds)};
    for (std::size_t row = 0; row < data.size(); ++row) {
      const double y = data(row, 0);
      const double weight = data.weight(row);
      latent::Vector r = log_joint(y);
      const double log_density = to_posterior(r);
      expected.counts += weight * r;
      expected.sums += weight * y * r;
      expected.log_factorials += weight * boost::math::lgamma(y + 1.0);
      expected.log_likelihood += weight * log_density;
    }
    return expected;
  }

  // Where the derivatives of Q are 0: each kind's share, and its mean.
  void m_step(const Statistics& statistics) {
    for (latent::Index k = 0; k < means_.size(); ++k) {
      if (statistics.counts[k] > 0.0 && statistics.sums[k] > 0.0) continue;
      throw latent::DegenerateFit("no counts are left for it; try fewer kinds", static_cast<std::size_t>(k) + 1);
    }
    weights_ = statistics.counts / statistics.counts.sum();
    means_ = statistics.sums.cwiseQuotient(statistics.counts);
  }

  [[nodiscard]] double log_likelihood(const Data& data) const { return e_step(data).log_likelihood; }

  // Restarts: means drawn around that of the data, equal weights.
  void initialize(const Data& data, latent::RandomEngine& rng) {
    const double mean = latent::column_means(data)[0];
    boost::random::exponential_distribution<double> spread(1.0);
    weights_.setConstant(1.0 / static_cast<double>(weights_.size()));
    for (double& each : means_) each = mean * (0.05 + spread(rng));
  }

  // Bad data are refused once, before the first start, with the row.
  void check(const Data& data) const {
    latent::require_complete(data);
    if (data.dimension() != 1) throw latent::InvalidData("counts are one column");
    for (std::size_t row = 0; row < data.size(); ++row) {
      const double y = data(row, 0);
      if (y < 0.0 || y != std::floor(y)) throw latent::InvalidData("a count must be 0, 1, 2, …", row + 1, 1);
    }
    if (!(latent::column_means(data)[0] > 0.0)) throw latent::InvalidData("all counts are 0: there is no mean to fit");
  }

  // The ELBO after each half-step, and the name of the one that is wrong: Q = E[log p(y, z)], every term of it.
  [[nodiscard]] double expected_log_joint(const Statistics& statistics) const {
    return statistics.counts.dot((weights_.array().log() - means_.array()).matrix()) +
           statistics.sums.dot(means_.array().log().matrix()) - statistics.log_factorials;
  }

  // Acceleration and standard errors: log π_k/π_K for k < K, and log μ_k, free of constraints.
  [[nodiscard]] latent::Vector parameters() const {
    latent::Vector all(2 * means_.size() - 1);
    all << latent::log_ratios(weights_), means_.array().log().matrix();
    return all;
  }
  void set_parameters(const latent::Vector& parameters) {
    const latent::Index kinds = means_.size();
    weights_ = latent::from_log_ratios(parameters.head(kinds - 1));
    means_ = parameters.tail(kinds).array().exp();
  }

  // AIC, BIC and `select`.
  [[nodiscard]] double free_parameters() const { return static_cast<double>(2 * means_.size() - 1); }

  // Prediction: the probability of each kind, a row an observation.
  [[nodiscard]] latent::Matrix posterior(const Data& data) const {
    latent::Matrix rows(static_cast<latent::Index>(data.size()), means_.size());
    for (std::size_t row = 0; row < data.size(); ++row) {
      latent::Vector r = log_joint(data(row, 0));
      to_posterior(r);
      rows.row(static_cast<latent::Index>(row)) = r.transpose();
    }
    return rows;
  }

  // Simulation and the parametric bootstrap. Boost's distributions give the same numbers on every platform.
  [[nodiscard]] latent::RowMatrix sample(std::size_t count, latent::RandomEngine& rng) const {
    latent::RowMatrix draws(static_cast<latent::Index>(count), 1);
    for (double& y : draws.reshaped()) {
      const double mean = means_[latent::draw_component(weights_, rng)];
      y = static_cast<double>(boost::random::poisson_distribution<long>(mean)(rng));
    }
    return draws;
  }

  // Files and checkpoints (latent/core/persistence.hpp, latent/solver/checkpoint.hpp).
  template <class Archive>
  void serialize(Archive& archive) {
    archive(weights_, means_);
  }

 private:
  // log π_k Poisson(y | μ_k) for each kind.
  [[nodiscard]] latent::Vector log_joint(double y) const {
    return weights_.array().log() + y * means_.array().log() - means_.array() - boost::math::lgamma(y + 1.0);
  }

  // Bayes' rule in place, and log p(y). The largest term is taken out, so that exp neither overflows nor is 0 for all.
  static double to_posterior(latent::Vector& log_joint) {
    const double largest = log_joint.maxCoeff();
    log_joint = (log_joint.array() - largest).exp();
    const double sum = log_joint.sum();
    log_joint /= sum;
    return largest + std::log(sum);
  }

  latent::Vector weights_;
  latent::Vector means_;
};
