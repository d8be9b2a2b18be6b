// Small models, each written for what one check must see, or must not take for a slip.
#include <gtest/gtest.h>

#include <array>
#include <boost/random/bernoulli_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fixtures/linkage_model.hpp"
#include "latent/testing/check_model.hpp"

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
    if (slip_in_m_step >= 0) means[slip_in_m_step] *= 0.999;
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
  const CheckResult right = check_named("sample_score", ManyMeans(), data, {.draws = 100});
  EXPECT_EQ(right.outcome, passed) << right;
  for (Index j = 0; j < many; j += 80) {
    const CheckResult wrong = check_named("sample_score", ManyMeans{.slip_in_sample = j}, data, {.draws = 100});
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
  EXPECT_EQ(m_step.message, "Q does not decrease; 3 derivatives not compared, as rounding leaves too much open");
}

// ---------------------------------------------------------------------------------------------------------------------
// An M-step that leaves the parameters where they are.

struct Idle : linkage::Model {
  void m_step(const Statistics& /*s*/) {}
};

TEST(CheckModel, AFitThatDoesNotMoveIsNoRecovery) {
  EXPECT_EQ(check_named("recovery", linkage::Model(), linkage::animals).outcome, passed);
  const CheckResult idle = check_named("recovery", Idle(), linkage::animals);
  EXPECT_EQ(idle.outcome, failed) << idle;
  EXPECT_EQ(idle.function, "m_step");
}

// ---------------------------------------------------------------------------------------------------------------------
// An E-step that is not exact.

double plogp(double p) { return p > 0.0 ? p * std::log(p) : 0.0; }
double entropy_of(double p) { return -plogp(p) - plogp(1.0 - p); }

enum class MeanFieldSlip {
  none,
  likelihood_for_bound,  // log_likelihood is log p(x | θ)
  variance_forgotten,    // E(z1 + z2)² is taken for (E z1 + E z2)²
  entropy_twice          // in the bound
};

// x = θ (z1 + z2) + e, e normal of variance 1, and each z one with probability π: given x, the two depend on each
// other, and are held to q(z1) q(z2). `log_likelihood` is the bound F.
struct MeanField {
  using Data = std::span<const double>;
  struct Statistics {
    double log_likelihood = 0.0;
    double count = 0.0;
    double squares = 0.0;     // Σ x²
    double products = 0.0;    // Σ x E(z1 + z2)
    double ones = 0.0;        // Σ E(z1 + z2)
    double ones_again = 0.0;  // Σ E(z1 + z2)²

    Statistics& operator+=(const Statistics& other) {
      log_likelihood += other.log_likelihood;
      count += other.count;
      squares += other.squares;
      products += other.products;
      ones += other.ones;
      ones_again += other.ones_again;
      return *this;
    }
  };

  MeanFieldSlip slip = MeanFieldSlip::none;
  double theta = 1.2;
  double pi = 0.4;

  // q(z1 = 1), q(z2 = 1): each in turn at its maximum of F given the other, until neither moves.
  [[nodiscard]] std::array<double, 2> factors(double x) const {
    std::array<double, 2> q = {pi, pi};
    for (int iteration = 0; iteration < 1000; ++iteration) {
      const auto before = q;
      for (const std::size_t j : {0U, 1U}) {
        const double logit = std::log(pi / (1.0 - pi)) + theta * x - theta * theta * (0.5 + q[1 - j]);
        q[j] = 1.0 / (1.0 + std::exp(-logit));
      }
      if (std::abs(q[0] - before[0]) + std::abs(q[1] - before[1]) < 1e-15) break;
    }
    return q;
  }
  [[nodiscard]] Statistics e_step(const Data& data) const {
    Statistics s;
    double entropy = 0.0;
    for (const double x : data) {
      const auto [q1, q2] = factors(x);
      s.count += 1.0;
      s.squares += x * x;
      s.products += x * (q1 + q2);
      s.ones += q1 + q2;
      s.ones_again += slip == MeanFieldSlip::variance_forgotten ? (q1 + q2) * (q1 + q2) : q1 + q2 + 2.0 * q1 * q2;
      entropy += entropy_of(q1) + entropy_of(q2);
    }
    s.log_likelihood = expected_log_joint(s) + (slip == MeanFieldSlip::entropy_twice ? 2.0 : 1.0) * entropy;
    if (slip == MeanFieldSlip::likelihood_for_bound) s.log_likelihood = marginal(data);
    return s;
  }
  void m_step(const Statistics& s) {
    theta = s.products / s.ones_again;
    pi = s.ones / (2.0 * s.count);
  }
  [[nodiscard]] double log_likelihood(const Data& data) const { return e_step(data).log_likelihood; }
  [[nodiscard]] double expected_log_joint(const Statistics& s) const {
    return -0.5 * (s.count * std::log(2.0 * std::numbers::pi) + s.squares - 2.0 * theta * s.products +
                   theta * theta * s.ones_again) +
           s.ones * std::log(pi) + (2.0 * s.count - s.ones) * std::log1p(-pi);
  }
  [[nodiscard]] Vector parameters() const { return Vector{{theta, std::log(pi / (1.0 - pi))}}; }
  void set_parameters(const Vector& vector) {
    theta = vector[0];
    pi = 1.0 / (1.0 + std::exp(-vector[1]));
  }
  [[nodiscard]] double free_parameters() const { return 2.0; }
  // Of the states (0, 0), (1, 0), (0, 1), (1, 1).
  [[nodiscard]] Matrix posterior(const Data& data) const {
    Matrix rows(static_cast<Index>(data.size()), 4);
    for (Index i = 0; i < rows.rows(); ++i) {
      const auto [q1, q2] = factors(data[static_cast<std::size_t>(i)]);
      rows.row(i) << (1.0 - q1) * (1.0 - q2), q1 * (1.0 - q2), (1.0 - q1) * q2, q1 * q2;
    }
    return rows;
  }
  [[nodiscard]] std::vector<double> sample(std::size_t count, RandomEngine& rng) const {
    const boost::random::bernoulli_distribution<double> one(pi);
    boost::random::normal_distribution<double> error;
    std::vector<double> data;
    data.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const double ones = (one(rng) ? 1.0 : 0.0) + (one(rng) ? 1.0 : 0.0);
      data.push_back(theta * ones + error(rng));
    }
    return data;
  }

 private:
  [[nodiscard]] double marginal(const Data& data) const {
    double sum = 0.0;
    for (const double x : data) {
      const auto part = [&](double probability, double ones) {
        return probability * std::exp(-0.5 * (x - theta * ones) * (x - theta * ones));
      };
      sum += std::log(part((1.0 - pi) * (1.0 - pi), 0.0) + part(2.0 * pi * (1.0 - pi), 1.0) + part(pi * pi, 2.0)) -
             0.5 * std::log(2.0 * std::numbers::pi);
    }
    return sum;
  }
};

std::vector<double> two_causes() {
  RandomEngine rng = random_stream(23, 0);
  return MeanField{.theta = 1.5, .pi = 0.5}.sample(80, rng);
}

TEST(CheckModel, AMeanFieldModelPassesWithItsBoundForLogLikelihood) {
  const ModelReport report = check_model(MeanField(), two_causes(), {.e_step = EStepKind::approximate});
  EXPECT_TRUE(report.passed()) << report;
  for (const auto* const made : {"elbo", "m_step", "ascent", "one_pass", "posterior", "additive_statistics"}) {
    EXPECT_EQ(report[made].outcome, passed) << report[made];
  }
  for (const auto* const exact : {"fisher_identity", "sample_score", "recovery"}) {
    EXPECT_EQ(report[exact].message, "an exact E-step (CheckOptions::e_step)");
  }
}

TEST(CheckModel, ASlipInABoundIsSeen) {
  const auto data = two_causes();
  for (const MeanFieldSlip slip : {MeanFieldSlip::likelihood_for_bound, MeanFieldSlip::entropy_twice}) {
    const CheckResult elbo = check_named("elbo", MeanField{.slip = slip}, data, {.e_step = EStepKind::approximate});
    EXPECT_EQ(elbo.outcome, failed) << elbo;
  }
  const ModelReport forgotten =
      check_model(MeanField{.slip = MeanFieldSlip::variance_forgotten}, data, {.e_step = EStepKind::approximate});
  EXPECT_FALSE(forgotten.passed()) << forgotten;
}

// ---------------------------------------------------------------------------------------------------------------------
// What could not be compared is no pass.

// The mean of normal variables of variance 1, one place however it is begun.
struct OneMean {
  using Data = std::span<const double>;
  struct Statistics {
    double sum = 0.0;
    double count = 0.0;
    Statistics& operator+=(const Statistics& other) {
      sum += other.sum;
      count += other.count;
      return *this;
    }
  };

  double mean = 0.0;

  [[nodiscard]] Statistics e_step(Data x) const {
    Statistics s;
    for (const double each : x) s += Statistics{each, 1.0};
    return s;
  }
  void m_step(const Statistics& s) { mean = s.sum / s.count; }
  [[nodiscard]] double log_likelihood(Data x) const {
    double sum = 0.0;
    for (const double each : x) sum -= 0.5 * (each - mean) * (each - mean);
    return sum;
  }
  [[nodiscard]] Vector parameters() const { return Vector{{mean}}; }
  void set_parameters(const Vector& vector) { mean = vector[0]; }
};

constexpr std::array values = {1.0, 2.0, 4.0, 5.0};

TEST(CheckModel, AModelThatCanNotMakeAStepFails) {
  struct Degenerate : OneMean {
    void m_step(const Statistics& /*s*/) { throw DegenerateFit("none is good enough"); }
  };
  const auto report = check_model(Degenerate(), std::span<const double>(values));
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report["ascent"].outcome, failed);
  EXPECT_EQ(report["m_step_state"].outcome, not_applicable);
  EXPECT_TRUE(check_model(OneMean(), std::span<const double>(values)).passed());
}

// Given at its maximum, it has no other place than those that the check looks for.
TEST(CheckModel, AModelAtItsMaximumIsStillAskedForHiddenState) {
  struct Stale : OneMean {
    void m_step(const Statistics& s) { mean = 0.5 * mean + 0.5 * s.sum / s.count; }
  };
  Stale at_maximum;
  at_maximum.mean = 3.0;
  EXPECT_EQ(check_named("m_step_state", at_maximum, std::span<const double>(values)).outcome, failed);
}

TEST(CheckModel, AnInfiniteValueIsNoToleranceForItself) {
  struct Infinite : OneMean {
    struct Statistics : OneMean::Statistics {
      double added = 0.0;
      Statistics& operator+=(const Statistics& other) {
        OneMean::Statistics::operator+=(other);
        added += 1.0;
        return *this;
      }
    };
    [[nodiscard]] Statistics e_step(Data x) const { return {OneMean::e_step(x)}; }
    [[nodiscard]] double expected_log_joint(const Statistics& s) const {
      return s.added > 0.0 ? -std::numeric_limits<double>::infinity() : -s.count;
    }
  };
  EXPECT_EQ(check_named("additive_statistics", Infinite(), std::span<const double>(values)).outcome, failed);
}

TEST(CheckModel, WeightsMustBeOneAnObservation) {
  const CheckOptions options = {.weights = Vector::Ones(3)};
  EXPECT_THROW((void)check_model(OneMean(), std::span<const double>(values), options), InvalidOption);
  const CheckOptions negative = {.weights = Vector::Constant(4, -1.0)};
  EXPECT_THROW((void)check_model(OneMean(), std::span<const double>(values), negative), InvalidOption);
}

}  // namespace
}  // namespace latent
