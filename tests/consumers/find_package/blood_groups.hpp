// Blood groups and genes: who is of group A has the genes AA or AO, and which of them is not observed.
#pragma once

#include <latent/data/observations.hpp>

#include <array>
#include <cmath>

struct BloodGroups {
  using Data = std::array<double, 4>;        // persons of groups A, B, AB, O
  using Statistics = std::array<double, 3>;  // expected genes A, B, O

  double a = 0.3, b = 0.2, o = 0.5;  // of all genes

  Statistics e_step(const Data& n) const {
    const double aa = n[0] * a / (a + 2 * o);
    const double bb = n[1] * b / (b + 2 * o);
    return {n[0] + aa + n[2], n[1] + bb + n[2], n[0] - aa + n[1] - bb + 2 * n[3]};
  }

  void m_step(const Statistics& genes) {
    const double all = genes[0] + genes[1] + genes[2];
    a = genes[0] / all;
    b = genes[1] / all;
    o = genes[2] / all;
  }

  // But for the multinomial coefficient.
  double log_likelihood(const Data& n) const {
    return n[0] * std::log(a * (a + 2 * o)) + n[1] * std::log(b * (b + 2 * o)) + n[2] * std::log(2 * a * b) +
           n[3] * std::log(o * o);
  }

  latent::Vector parameters() const { return latent::Vector{{std::log(a / o), std::log(b / o)}}; }
  void set_parameters(const latent::Vector& ratios) {
    o = 1 / (1 + std::exp(ratios[0]) + std::exp(ratios[1]));
    a = o * std::exp(ratios[0]);
    b = o * std::exp(ratios[1]);
  }
};

// Patients with duodenal ulcers (Clarke et al. 1959).
inline constexpr BloodGroups::Data patients = {186, 38, 13, 284};
