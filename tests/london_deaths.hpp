// The Poisson mixture of Varadhan & Roland (2008, section 6.1): deaths a day of women of 80 years and over, in The
// Times of London, 1910–12, from Hasselblad (1969). Plain EM crawls on it.
#pragma once

#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "latent/em_model.hpp"
#include "latent/invalid_columns.hpp"

namespace latent {

/// p(y) = w Poisson(y | a) + (1 − w) Poisson(y | b), for the numbers of days with 0, 1, … deaths.
struct LondonDeaths {
  using Data = std::array<double, 10>;
  struct Statistics {
    std::array<double, 2> days = {0, 0};
    std::array<double, 2> deaths = {0, 0};
    double log_factorials = 0;
    double log_likelihood = 0;
  };

  // The paper's start.
  double w = 0.3, a = 1.0, b = 2.5;

  [[nodiscard]] Statistics e_step(const Data& days) const {
    Statistics s;
    for (std::size_t y = 0; y < days.size(); ++y) {
      const auto deaths = static_cast<double>(y);
      const double log_factorial = boost::math::lgamma(deaths + 1.0);
      const double first = std::log(w) + deaths * std::log(a) - a - log_factorial;
      const double second = std::log1p(-w) + deaths * std::log(b) - b - log_factorial;
      const double log_density = std::max(first, second) + std::log1p(std::exp(-std::abs(first - second)));
      const std::array<double, 2> r = {std::exp(first - log_density), std::exp(second - log_density)};
      for (std::size_t k : {0U, 1U}) {
        s.days[k] += days[y] * r[k];
        s.deaths[k] += days[y] * r[k] * deaths;
      }
      s.log_factorials += days[y] * log_factorial;
      s.log_likelihood += days[y] * log_density;
    }
    return s;
  }
  void m_step(const Statistics& s) {
    w = s.days[0] / (s.days[0] + s.days[1]);
    a = s.deaths[0] / s.days[0];
    b = s.deaths[1] / s.days[1];
  }
  [[nodiscard]] double log_likelihood(const Data& days) const { return e_step(days).log_likelihood; }
  [[nodiscard]] double expected_log_joint(const Statistics& s) const {
    return s.days[0] * (std::log(w) - a) + s.deaths[0] * std::log(a) + s.days[1] * (std::log1p(-w) - b) +
           s.deaths[1] * std::log(b) - s.log_factorials;
  }
  [[nodiscard]] Vector parameters() const { return Vector{{std::log(w / (1.0 - w)), std::log(a), std::log(b)}}; }
  void set_parameters(const Vector& theta) {
    w = 1.0 / (1.0 + std::exp(-theta[0]));
    a = std::exp(theta[1]);
    b = std::exp(theta[2]);
  }
};

/// Whose M-step names columns at fault wherever an extrapolation led.
struct FaultyBeyond : LondonDeaths {
  bool extrapolated = false;

  void set_parameters(const Vector& theta) {
    LondonDeaths::set_parameters(theta);
    extrapolated = true;
  }
  void m_step(const Statistics& s) {
    if (extrapolated) throw InvalidColumns("they are linearly dependent", {1, 2});
    LondonDeaths::m_step(s);
  }
};

/// Whose M-step names columns at fault from any start.
struct Faulty : LondonDeaths {
  void m_step(const Statistics& /*s*/) { throw InvalidColumns("they are linearly dependent", {1, 2}); }
};

inline constexpr LondonDeaths::Data london_deaths = {162, 267, 271, 185, 111, 61, 27, 8, 3, 1};

}  // namespace latent
