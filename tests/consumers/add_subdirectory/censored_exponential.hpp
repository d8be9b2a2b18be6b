// Times to an event, p(t) = λ e^(−λt), of which some are only known to be longer than the time under observation.
#pragma once

#include <latent/core/model.hpp>

#include <cmath>
#include <span>

struct Time {
  double observed;
  bool censored;
};

struct CensoredExponential {
  using Data = std::span<const Time>;
  struct Statistics {
    double events = 0;
    double time = 0;  // expected
    Statistics& operator+=(const Statistics& other) {
      events += other.events;
      time += other.time;
      return *this;
    }
  };

  double rate = 1;

  Statistics e_step(Data times) const {
    Statistics expected;
    for (const Time& time : times) {
      expected.events += 1;
      expected.time += time.observed + (time.censored ? 1 / rate : 0);  // the exponential has no memory
    }
    return expected;
  }

  void m_step(const Statistics& s) { rate = s.events / s.time; }

  double log_likelihood(Data times) const {
    double sum = 0;
    for (const Time& time : times) sum += (time.censored ? 0 : std::log(rate)) - rate * time.observed;
    return sum;
  }

  latent::Vector parameters() const { return latent::Vector{{std::log(rate)}}; }
  void set_parameters(const latent::Vector& log_rate) { rate = std::exp(log_rate[0]); }
  double free_parameters() const { return 1; }
};
