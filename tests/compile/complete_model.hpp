// A model that has all that the variants of EM ask for. A test takes one thing from it, and sees what is said.
#pragma once

#include "latent/core/model.hpp"
#include "latent/data/observations.hpp"

struct CompleteStatistics {
  double log_likelihood = 0.0;
  CompleteStatistics& operator+=(const CompleteStatistics&) { return *this; }
  CompleteStatistics& operator*=(double) { return *this; }
};

template <class GivenStatistics = CompleteStatistics>
struct CompleteModel {
  using Data = latent::Observations;
  using Statistics = GivenStatistics;
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
  latent::Matrix posterior(const Data&) const { return {}; }
  Statistics complete_statistics(const Data&, const latent::Matrix&) const { return {}; }
  double expected_log_joint(const Statistics&) const { return 0.0; }
};
