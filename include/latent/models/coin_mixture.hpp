/// @file
/// The coin mixture: sets of tosses, each of one of K coins of unknown bias.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latent/core/random.hpp"
#include "latent/data/observations.hpp"

namespace latent {

/// One observation: a set of tosses of a single coin, which one is not known.
class TossSet {
 public:
  /// `heads` heads in `tosses` tosses, in an order that was not kept: the probability counts all C(tosses, heads)
  /// orders. `weight` is how often the set was observed; it need not be whole.
  /// @throws InvalidData unless 0 ≤ heads ≤ tosses, both whole numbers, and the weight is finite and not negative.
  TossSet(double heads, double tosses, double weight = 1.0);

  /// A sequence of H and T (or h and t) as observed: the probability is that of this very order.
  /// @throws InvalidData for any other letter, naming it and its position.
  [[nodiscard]] static TossSet sequence(std::string_view letters, double weight = 1.0);

  /// h, the number of heads.
  [[nodiscard]] double heads() const { return heads_; }
  /// m, the number of tosses.
  [[nodiscard]] double tosses() const { return tosses_; }
  /// m − h.
  [[nodiscard]] double tails() const { return tosses_ - heads_; }
  /// w, how often the set was observed.
  [[nodiscard]] double weight() const { return weight_; }
  /// log C(tosses, heads), natural log; 0 for a sequence.
  [[nodiscard]] double log_orders() const { return log_orders_; }

  /// The same set, observed so many times.
  /// @throws InvalidData unless the weight is finite and not negative.
  [[nodiscard]] TossSet with_weight(double weight) const;

 private:
  double heads_;
  double tosses_;
  double weight_;
  double log_orders_;
};

/// As many sets as the weights sum to (N, where all are 1), drawn with replacement and by weight, for the bootstrap
/// (latent/data/resample.hpp): the different ones, with weights that say how often they were drawn. Cost O(N).
/// @throws InvalidData where the weights sum to 0, or to more than 1e15.
[[nodiscard]] std::vector<TossSet> resample(std::span<const TossSet> data, RandomEngine& rng);

/// How a coin mixture is estimated.
struct CoinMixtureOptions {
  /// Whether the mixing weights stay as they are (equal, at a random start) and only the biases are estimated.
  bool fixed_weights = false;
};

/// Expected sufficient statistics of a coin mixture, with r_nk the responsibilities times the sets' weights.
struct CoinMixtureStatistics {
  Vector weights;               ///< n_k = Σ_n r_nk, K
  Vector heads;                 ///< Σ_n r_nk h_n, K
  Vector tails;                 ///< Σ_n r_nk (m_n − h_n), K
  double log_orders = 0.0;      ///< Σ_n w_n log C(m_n, h_n), natural log
  double log_likelihood = 0.0;  ///< under the parameters of the E-step, natural log
  bool assigned = false;        ///< whether the responsibilities were given, and are no posterior

  /// Adds the statistics of other sets.
  /// @pre as many coins.
  CoinMixtureStatistics& operator+=(const CoinMixtureStatistics& other);
  /// As if every set's weight were multiplied.
  CoinMixtureStatistics& operator*=(double factor);
};

/// p(h | m) = Σ_k π_k C(m, h) p_k^h (1 − p_k)^(m−h): K coins with P(heads) = p_k, one picked for each set of m tosses
/// (Do & Batzoglou 2008, Nature Biotechnology 26:897). An E-step costs O(N·K).
class CoinMixture {
 public:
  /// Sets of tosses; the view copies nothing.
  using Data = std::span<const TossSet>;
  /// What `e_step` gives and `m_step` takes.
  using Statistics = CoinMixtureStatistics;

  /// A mixture of `coins` coins without parameters yet: `initialize` gives it a start.
  /// @throws InvalidOption where there is no coin.
  explicit CoinMixture(std::size_t coins, const CoinMixtureOptions& options = {});

  /// A mixture with given parameters: weights π [K] and biases p [K].
  /// @throws InvalidOption where lengths differ, weights don't sum to 1, or a bias is outside of [0, 1].
  CoinMixture(Vector weights, Vector biases, const CoinMixtureOptions& options = {});

  /// K.
  [[nodiscard]] std::size_t components() const { return coins_; }
  /// How it is estimated.
  [[nodiscard]] const CoinMixtureOptions& options() const { return options_; }
  /// π, K; they sum to 1.
  [[nodiscard]] const Vector& weights() const { return weights_; }
  /// p, the probability of heads of each coin, K.
  [[nodiscard]] const Vector& biases() const { return biases_; }

  /// @throws InvalidData where there are no sets, no tosses in any, or all weights are 0.
  void check(Data data) const;
  /// A random start: each bias is drawn from the Beta distribution around the proportion of heads of a set that is
  /// itself drawn by weight; weights are equal.
  void initialize(Data data, RandomEngine& rng);

  /// Bayes' rule, r_nk ∝ π_k p_k^h (1 − p_k)^(m−h), summed up at once.
  [[nodiscard]] Statistics e_step(Data data) const;
  /// The statistics for given responsibilities q without the sets' weights, N×K, rows that sum to 1. Their
  /// `log_likelihood` is the ELBO of q: the log-likelihood for the posterior, less for any other. Cost O(N·K).
  /// @throws InvalidOption where `responsibilities` is not N×K.
  [[nodiscard]] Statistics complete_statistics(Data data, const Matrix& responsibilities) const;
  /// π_k = n_k / n, p_k = Σ_n r_nk h_n / Σ_n r_nk m_n. A coin to which the posterior leaves no tosses but rounding
  /// keeps its bias: no value changes the log-likelihood.
  /// @throws DegenerateFit where no tosses are assigned to a coin.
  void m_step(const Statistics& statistics);
  /// Σ_n w_n log p(h_n | m_n), natural log, binomial coefficients included (none for sequences); −∞ where a set has
  /// probability 0 under every coin. Cost O(N·K).
  /// @throws Error before there are parameters; so does the E-step.
  [[nodiscard]] double log_likelihood(Data data) const;
  /// Q = Σ_k { n_k log π_k + Σ_n r_nk h_n log p_k + Σ_n r_nk (m_n − h_n) log(1 − p_k) } + Σ_n w_n log C(m_n, h_n),
  /// natural log, with 0·log 0 = 0. Cost O(K).
  [[nodiscard]] double expected_log_joint(const Statistics& statistics) const;

  /// Without constraints: log π_k/π_K for k < K (none with fixed weights), then log p_k/(1 − p_k), infinite for a bias
  /// of 0 or 1.
  [[nodiscard]] Vector parameters() const;
  /// @pre as many entries as `parameters()`.
  void set_parameters(const Vector& parameters);
  /// The diagonal of the complete-data information on `parameters()`.
  [[nodiscard]] Vector complete_information(const Statistics& statistics) const;
  /// K − 1 for the weights, unless they are fixed, and K for the biases.
  [[nodiscard]] double free_parameters() const;

  /// A sentence for each coin that holds less than one set. Cost O(N), of an E-step if the weights are fixed.
  [[nodiscard]] std::vector<std::string> remarks(Data data) const;
  /// Puts the coins into order: the heaviest first; of equal weight (to 1e-6) the one of the smaller bias first.
  void sort_components();

  /// The responsibilities without the sets' weights, N×K; each row sums to 1.
  /// @throws InvalidData for a set that has probability 0 under every coin.
  [[nodiscard]] Matrix posterior(Data data) const;
  /// Σ_n w_n log max_k r_nk, natural log, which ICL takes; as `classification_certainty` of `posterior`, without an N×K
  /// array.
  [[nodiscard]] double certainty(Data data) const;
  /// `count` sets of `tosses` tosses each. Cost O(count).
  /// @throws InvalidData for more than 2³¹ − 1 tosses; Error before there are parameters.
  [[nodiscard]] std::vector<TossSet> sample(std::size_t count, RandomEngine& rng, unsigned tosses = 10) const;
  /// A set drawn in the place of each set of the data, of as many tosses: in that of a set of weight w there are ⌊w⌋
  /// sets, and one that weighs the rest.
  /// @throws as `sample`.
  [[nodiscard]] std::vector<TossSet> sample_like(Data data, RandomEngine& rng) const;

  /// This mixture with the parameters of a smaller one, of which coin `coin` (from 0) is divided into coins `coin` and
  /// `coin` + 1: half the weight each, and log-odds of heads that are `apart` away from each other. Nothing if this
  /// mixture has not exactly one coin more, or fixed weights that are others. Cost O(K).
  /// @pre both mixtures have parameters.
  [[nodiscard]] std::optional<CoinMixture> split_from(const CoinMixture& smaller, std::size_t coin, double apart) const;

  /// For cereal; see latent/core/persistence.hpp.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(coins_, options_.fixed_weights, weights_, biases_);
  }

 private:
  void require_parameters() const;
  [[nodiscard]] TossSet draw(double tosses, double weight, RandomEngine& rng) const;

  std::size_t coins_;
  CoinMixtureOptions options_;
  Vector weights_;
  Vector biases_;
};

}  // namespace latent
