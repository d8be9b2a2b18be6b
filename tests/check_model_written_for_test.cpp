// Small models, each written for what one check must see, or must not take for a slip.
#include <gtest/gtest.h>

#include <array>
#include <boost/random/bernoulli_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latent/check_model.hpp"
#include "linkage_model.hpp"

namespace latent {
namespace {

using enum CheckOutcome;

template <class Model, class Data>
CheckResult check_named(std::string_view name, const Model& model, const Data& data, const CheckOptions& options = {}) {
  return check_model(std::span(&name, 1), model, data, options).checks.front();
}

// ---------------------------------------------------------------------------------------------------------------------
// More parameters than are looked at one by one.

constexpr Index many = 150;

// The means of normal variables of variance 1; at `slip`, one of its functions goes wrong.
struct ManyMeans {
  struct Statistics {
    double count = 0.0;
    Vector sums = Vector::Zero(many);
    double squares = 0.0;
  };
  struct Data {
    Matrix rows;
  };

  Vector means = Vector::Zero(many);
  Index slip_in_m_step = -1;
  Index slip_in_e_step = -1;
  Index slip_in_sample = -1;

  [[nodiscard]] Statistics e_step(const Data& x) const {
    Statistics s = sums_of(x);
    if (slip_in_e_step >= 0) s.sums[slip_in_e_step] *= 0.5;
    return s;
  }
  void m_step(const Statistics& s) {
    means = s.sums / s.count;
    if (slip_in_m_step >= 0) means[slip_in_m_step] *= 0.5;
  }
  [[nodiscard]] double log_likelihood(const Data& x) const { return expected_log_joint(sums_of(x)); }
  [[nodiscard]] double expected_log_joint(const Statistics& s) const {
    return -0.5 * (s.squares - 2.0 * means.dot(s.sums) + s.count * means.squaredNorm());
  }
  [[nodiscard]] Vector parameters() const { return means; }
  void set_parameters(const Vector& vector) { means = vector; }
  [[nodiscard]] Data sample(std::size_t count, RandomEngine& rng) const {
    boost::random::normal_distribution<double> normal;
    Matrix x(static_cast<Index>(count), many);
    for (double& each : x.reshaped()) each = normal(rng);
    x.rowwise() += means.transpose();
    if (slip_in_sample >= 0) x.col(slip_in_sample).array() += 1.0;
    return {x};
  }

  static Statistics sums_of(const Data& x) {
    return {.count = static_cast<double>(x.rows.rows()),
            .sums = x.rows.colwise().sum().transpose(),
            .squares = x.rows.squaredNorm()};
  }
};

// As many normal observations, of means about 3.
ManyMeans::Data many_columns() {
  RandomEngine rng = random_stream(21, 0);
  return ManyMeans{.means = Vector::LinSpaced(many, 2.0, 4.0)}.sample(8, rng);
}

TEST(CheckModel, ASlipInAnyOneOfManyParametersIsSeen) {
  const auto data = many_columns();
  for (const std::string_view check : {"m_step", "fisher_identity"}) {
    const CheckResult right = check_named(check, ManyMeans(), data);
    EXPECT_EQ(right.outcome, passed) << right;
    EXPECT_NE(right.message.find("48 of 150 parameters"), std::string::npos) << right;
  }
  for (Index j = 0; j < many; j += 7) {
    const CheckResult m_step = check_named("m_step", ManyMeans{.slip_in_m_step = j}, data);
    EXPECT_EQ(m_step.outcome, failed) << j << " " << m_step;
    const CheckResult fisher = check_named("fisher_identity", ManyMeans{.slip_in_e_step = j}, data);
    EXPECT_EQ(fisher.outcome, failed) << j << " " << fisher;
  }
}

TEST(CheckModel, AWrongDrawOfOneOfManyParametersIsSeen) {
  const auto data = many_columns();
  const CheckResult right = check_named("sample_score", ManyMeans(), data);
  EXPECT_EQ(right.outcome, passed) << right;
  for (Index j = 0; j < many; j += 50) {
    const CheckResult wrong = check_named("sample_score", ManyMeans{.slip_in_sample = j}, data);
    EXPECT_EQ(wrong.outcome, failed) << j << " " << wrong;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Rare events.

// Tosses of one coin, counted.
struct Tosses {
  struct Data {
    double tosses = 0.0;
    double heads = 0.0;
  };
  using Statistics = Data;

  double logit = 0.0;

  [[nodiscard]] Statistics e_step(const Data& x) const { return x; }
  void m_step(const Statistics& s) { logit = std::log(s.heads) - std::log(s.tosses - s.heads); }
  [[nodiscard]] double log_likelihood(const Data& x) const {
    return x.heads * logit - x.tosses * std::log1p(std::exp(logit));
  }
  [[nodiscard]] Vector parameters() const { return Vector{{logit}}; }
  void set_parameters(const Vector& vector) { logit = vector[0]; }
  [[nodiscard]] Data sample(std::size_t count, RandomEngine& rng) const {
    const boost::random::bernoulli_distribution<double> toss(1.0 / (1.0 + std::exp(-logit)));
    Data x;
    for (std::size_t i = 0; i < count; ++i) {
      x.tosses += 1.0;
      x.heads += toss(rng) ? 1.0 : 0.0;
    }
    return x;
  }
};

// One head in 5,000: all the draws together hold two or three, and none for one seed in eleven.
TEST(CheckModel, ScoresOfDrawsWithoutARareEventAreNoFailure) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const CheckResult score =
        check_named("sample_score", Tosses(), Tosses::Data{.tosses = 5000, .heads = 1}, {.seed = seed});
    EXPECT_EQ(score.outcome, passed) << seed << " " << score;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// A log-likelihood whose rounding hides what is compared.

struct Buried : linkage::Model {
  double given_to_pi = 1.0;

  [[nodiscard]] Statistics e_step(const Data& x) const {
    return {given_to_pi * x[0] * pi / (2.0 + pi) + x[3], x[1] + x[2]};
  }
  [[nodiscard]] double log_likelihood(const Data& x) const { return linkage::Model::log_likelihood(x) - 1e12; }
  [[nodiscard]] double expected_log_joint(const Statistics& s) const {
    return linkage::Model::expected_log_joint(s) - 1e12;
  }
};

TEST(CheckModel, AComparisonThatAllowsAnythingIsNone) {
  for (const double given : {1.0, 0.9}) {
    Buried model;
    model.given_to_pi = given;
    const CheckResult fisher = check_named("fisher_identity", model, linkage::animals);
    EXPECT_EQ(fisher.outcome, not_applicable) << fisher;
    EXPECT_NE(fisher.message.find("3 derivatives not compared"), std::string::npos) << fisher;
  }
  const CheckResult m_step = check_named("m_step", Buried(), linkage::animals);
  EXPECT_EQ(m_step.message, "Q does not fall; 3 derivatives not compared, as rounding leaves too much open");
}

}  // namespace
}  // namespace latent
