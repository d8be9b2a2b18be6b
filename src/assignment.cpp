#include "latent/assignment.hpp"

#include <algorithm>
#include <boost/random/binomial_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <cstdint>

namespace latent {

void assign_to_largest(Matrix& responsibilities) {
  for (Index n = 0; n < responsibilities.rows(); ++n) {
    Index largest = 0;
    responsibilities.row(n).maxCoeff(&largest);
    responsibilities.row(n).setZero();
    responsibilities(n, largest) = 1.0;
  }
}

namespace {

template <class Row>
Index draw_one(const Row& probabilities, RandomEngine& rng) {
  double left = boost::random::uniform_01<double>()(rng) * probabilities.sum();
  Index last_possible = 0;
  for (Index k = 0; k < probabilities.size(); ++k) {
    if (!(probabilities[k] > 0.0)) continue;
    last_possible = k;
    left -= probabilities[k];
    if (left < 0.0) break;
  }
  return last_possible;
}

// A multinomial draw, one component after another: of the draws that are left, each falls to component k with its share
// of the probability that is left.
template <class Row>
void draw_proportions(Row probabilities, std::size_t draws, RandomEngine& rng) {
  auto draws_left = static_cast<std::int64_t>(draws);
  double probability_left = probabilities.sum();
  Index last_possible = 0;
  for (Index k = 0; k < probabilities.size(); ++k) {
    const double probability = probabilities[k];
    probabilities[k] = 0.0;
    if (!(probability > 0.0) || draws_left == 0) continue;
    last_possible = k;
    const double share = std::min(probability / probability_left, 1.0);
    boost::random::binomial_distribution<std::int64_t, double> to_component(draws_left, share);
    const std::int64_t drawn = share < 1.0 ? to_component(rng) : draws_left;
    probabilities[k] = static_cast<double>(drawn);
    draws_left -= drawn;
    probability_left = std::max(probability_left - probability, 0.0);
    if (probability_left == 0.0) break;
  }
  // What rounding of the probabilities has left over.
  probabilities[last_possible] += static_cast<double>(draws_left);
  probabilities /= static_cast<double>(draws);
}

}  // namespace

void draw_assignments(Matrix& responsibilities, std::size_t draws, RandomEngine& rng) {
  for (Index n = 0; n < responsibilities.rows(); ++n) {
    if (draws == 1) {
      const Index drawn = draw_one(responsibilities.row(n), rng);
      responsibilities.row(n).setZero();
      responsibilities(n, drawn) = 1.0;
    } else {
      draw_proportions(responsibilities.row(n), draws, rng);
    }
  }
}

void temper(Matrix& responsibilities, double beta) {
  responsibilities = responsibilities.array().pow(beta);
  responsibilities.array().colwise() /= responsibilities.rowwise().sum().array().eval();
}

}  // namespace latent
