#include "latent/models/coin_mixture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/constants/constants.hpp>
#include <boost/random/beta_distribution.hpp>
#include <boost/random/binomial_distribution.hpp>
#include <cmath>
#include <limits>
#include <range/v3/algorithm/transform.hpp>
#include <range/v3/numeric/accumulate.hpp>
#include <range/v3/view/enumerate.hpp>
#include <range/v3/view/transform.hpp>
#include <string>
#include <utility>

#include "coin_kernels.hpp"
#include "latent/core/draw_by_mass.hpp"
#include "latent/core/errors.hpp"
#include "latent/core/mixing_weights.hpp"
#include "latent/data/resample.hpp"
#include "latent/expectation/packed_block.hpp"
#include "latent/expectation/parts.hpp"
#include "latent/expectation/responsibilities.hpp"
#include "mixture_split.hpp"

namespace latent {

// ---------------------------------------------------------------------------------------------------------------------
// Sets of tosses.

namespace {

// log n! minus Stirling's formula, for large n.
double stirling_error(double n) { return 1.0 / (12.0 * n) - 1.0 / (360.0 * n * n * n); }

// log C(m, h), without the cancellation of log-gamma functions: a product of few factors, or, where there are many,
// Stirling's formula in the form of Loader (2000, Fast and accurate computation of binomial probabilities).
double log_binomial_coefficient(double m, double h) {
  const double fewer = std::min(h, m - h);
  constexpr double few = 1000.0;
  if (fewer <= few) {
    double sum = 0.0;
    for (double i = 0.0; i < fewer; i += 1.0) sum += std::log((m - i) / (i + 1.0));
    return sum;
  }
  const double rest = m - fewer;
  const double entropy = -fewer * std::log(fewer / m) - rest * std::log1p(-fewer / m);
  const double spread = 0.5 * std::log(m / (boost::math::constants::two_pi<double>() * fewer * rest));
  return entropy + spread + stirling_error(m) - stirling_error(fewer) - stirling_error(rest);
}

bool is_count(double value) {
  constexpr double largest = 9007199254740992.0;  // 2^53: above, doubles skip whole numbers
  return value >= 0.0 && value <= largest && std::floor(value) == value;
}

void require_weight(double weight) {
  if (weight >= 0.0 && !std::isinf(weight)) return;
  throw InvalidData(fmt::format("the weight is {}; weights must be finite and not negative", weight));
}

}  // namespace

TossSet::TossSet(double heads, double tosses, double weight) : heads_(heads), tosses_(tosses), weight_(weight) {
  if (!is_count(heads) || !is_count(tosses) || heads > tosses) {
    throw InvalidData(
        fmt::format("{} heads in {} tosses: both must be whole numbers, with 0 <= heads <= tosses", heads, tosses));
  }
  require_weight(weight);
  log_orders_ = log_binomial_coefficient(tosses, heads);
}

TossSet TossSet::sequence(std::string_view letters, double weight) {
  double heads = 0.0;
  for (const auto& [position, letter] : ranges::views::enumerate(letters)) {
    if (letter == 'H' || letter == 'h') {
      heads += 1.0;
    } else if (letter != 'T' && letter != 't') {
      throw InvalidData(
          fmt::format("'{}' at position {} of the sequence '{}' is neither H nor T", letter, position + 1, letters));
    }
  }
  TossSet set(heads, static_cast<double>(letters.size()), weight);
  set.log_orders_ = 0.0;
  return set;
}

TossSet TossSet::with_weight(double weight) const {
  require_weight(weight);
  TossSet set = *this;
  set.weight_ = weight;
  return set;
}

std::vector<TossSet> resample(std::span<const TossSet> data, RandomEngine& rng) {
  std::vector<double> weights;
  weights.reserve(data.size());
  for (const TossSet& set : data) weights.push_back(set.weight());
  weights = resampled_weights(weights, rng);
  std::vector<TossSet> drawn;
  for (std::size_t n = 0; n < data.size(); ++n) {
    if (weights[n] > 0.0) drawn.push_back(data[n].with_weight(weights[n]));
  }
  return drawn;
}

// ---------------------------------------------------------------------------------------------------------------------
// Construction and its refusals.

CoinMixture::CoinMixture(std::size_t coins, const CoinMixtureOptions& options) : coins_(coins), options_(options) {
  if (coins == 0) throw InvalidOption("components", "0", "must be at least 1");
}

CoinMixture::CoinMixture(Vector weights, Vector biases, const CoinMixtureOptions& options)
    : coins_(static_cast<std::size_t>(biases.size())),
      options_(options),
      weights_(std::move(weights)),
      biases_(std::move(biases)) {
  weights_ = mixing_weights(weights_);
  if (biases_.size() != weights_.size()) {
    throw InvalidOption("biases", fmt::format("{} of them", biases_.size()),
                        fmt::format("must be {}, one for each weight", weights_.size()));
  }
  for (const double bias : biases_) {
    if (!(bias >= 0.0 && bias <= 1.0)) throw InvalidOption("biases", fmt::to_string(bias), "must be from 0 to 1");
  }
}

void CoinMixture::require_parameters() const {
  if (biases_.size() == 0) throw Error("the coin mixture has no parameters yet: fit it, or call initialize");
}

namespace {

double total_weight(CoinMixture::Data data) {
  return ranges::accumulate(data | ranges::views::transform(&TossSet::weight), 0.0);
}

}  // namespace

void CoinMixture::check(Data data) const {
  if (data.empty()) throw InvalidData("there are no observations");
  const double total = total_weight(data);
  if (!(total > 0.0)) throw InvalidData("all observations have weight 0");
  constexpr double most = 1e150;  // weights times counts stay below the largest double
  if (total > most) throw InvalidData(fmt::format("the sum of the weights, {}, is too large; rescale them", total));
  require_total_weight(total, static_cast<double>(coins_));
  for (const TossSet& set : data) {
    if (set.tosses() > 0.0 && set.weight() > 0.0) return;
  }
  throw InvalidData("there are no tosses in any set");
}

void CoinMixture::initialize(Data data, RandomEngine& rng) {
  const auto coins = static_cast<Index>(coins_);
  weights_ = Vector::Constant(coins, 1.0 / static_cast<double>(coins_));
  biases_.resize(coins);
  Vector set_weights(static_cast<Index>(data.size()));
  ranges::transform(data, set_weights.begin(), &TossSet::weight);
  for (double& bias : biases_) {
    const auto drawn = draw_by_mass(set_weights, rng);
    if (!drawn) throw InvalidData("all observations have weight 0");
    const TossSet& set = data[*drawn];
    // The posterior of a bias after one set, with a uniform prior: inside of (0, 1), so that no set becomes impossible.
    bias = boost::random::beta_distribution<double>(set.heads() + 1.0, set.tails() + 1.0)(rng);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// EM.

CoinMixtureStatistics& CoinMixtureStatistics::operator+=(const CoinMixtureStatistics& other) {
  weights += other.weights;
  heads += other.heads;
  tails += other.tails;
  log_orders += other.log_orders;
  log_likelihood += other.log_likelihood;
  return *this;
}

CoinMixtureStatistics& CoinMixtureStatistics::operator*=(double factor) {
  weights *= factor;
  heads *= factor;
  tails *= factor;
  log_orders *= factor;
  log_likelihood *= factor;
  return *this;
}

namespace {

// n·log p, with 0·log 0 = 0: what never happened does not mind being impossible.
double times_log(double n, double log_p) { return n == 0.0 ? 0.0 : n * log_p; }

}  // namespace

CoinMixtureStatistics CoinMixture::e_step(Data data) const {
  require_parameters();
  const auto coins = static_cast<Index>(coins_);
  Statistics statistics{.weights = Vector::Zero(coins), .heads = Vector::Zero(coins), .tails = Vector::Zero(coins)};
  const LogCoins logs(weights_, biases_);
  TossBlock block;
  LaneRows r(coins_, TossBlock::capacity);
  for_each_block(data, block, [&](std::size_t /*first*/) {
    statistics.log_likelihood += responsibilities(block, logs, r).log_likelihood;
    statistics.log_orders += block.log_orders();
    add_moments(block, r, statistics);
  });
  return statistics;
}

CoinMixtureStatistics CoinMixture::complete_statistics(Data data, const Matrix& responsibilities) const {
  require_parameters();
  require_responsibilities(responsibilities, data.size(), coins_);
  const auto coins = static_cast<Index>(coins_);
  Statistics statistics{.weights = Vector::Zero(coins), .heads = Vector::Zero(coins), .tails = Vector::Zero(coins)};
  TossBlock block;
  LaneRows r(coins_, TossBlock::capacity);
  double entropy = 0.0;
  for_each_block(data, block, [&](std::size_t first) {
    entropy += weigh_responsibilities(responsibilities, first, {block.weights(), block.padded_size()}, block.size(), r);
    statistics.log_orders += block.log_orders();
    add_moments(block, r, statistics);
  });
  statistics.log_likelihood = expected_log_joint(statistics) + entropy;
  statistics.assigned = true;
  return statistics;
}

namespace {

// heads / (heads + tails), rounded so that it is 0 or 1 only where there are no heads or no tails, however few: else
// what was seen would become impossible.
double proportion(double heads, double tails) {
  const double lowest = heads > 0.0 ? std::numeric_limits<double>::min() : 0.0;
  const double highest = tails > 0.0 ? std::nextafter(1.0, 0.0) : 1.0;
  return std::clamp(heads / (heads + tails), lowest, highest);
}

}  // namespace

void CoinMixture::m_step(const Statistics& statistics) {
  const Vector tosses = statistics.heads + statistics.tails;
  const double least = std::numeric_limits<double>::epsilon() * tosses.sum();
  for (Index k = 0; k < tosses.size(); ++k) {
    if (tosses[k] > least) {
      biases_[k] = proportion(statistics.heads[k], statistics.tails[k]);
    } else if (statistics.assigned) {
      throw DegenerateFit("no tosses are left to the coin; use fewer coins, or another start",
                          static_cast<std::size_t>(k) + 1);
    }
  }
  if (!options_.fixed_weights) weights_ = maximising_weights(statistics.weights);
}

namespace {

Evidence evidence_of(CoinMixture::Data data, const LogCoins& coins, std::size_t components) {
  return sum_over_parts(data, [&](std::size_t /*first*/, CoinMixture::Data part) {
    TossBlock block;
    LaneRows r(components, TossBlock::capacity);
    Evidence sum;
    for_each_block(part, block, [&](std::size_t /*first*/) { sum += responsibilities(block, coins, r); });
    return sum;
  });
}

}  // namespace

double CoinMixture::log_likelihood(Data data) const {
  require_parameters();
  return evidence_of(data, LogCoins(weights_, biases_), coins_).log_likelihood;
}

double CoinMixture::certainty(Data data) const {
  require_parameters();
  return evidence_of(data, LogCoins(weights_, biases_), coins_).certainty;
}

double CoinMixture::expected_log_joint(const Statistics& statistics) const {
  // Q = Σ_k n_k log π_k + heads_k log p_k + tails_k log(1 − p_k), and the orders.
  double q = statistics.log_orders;
  for (Index k = 0; k < biases_.size(); ++k) {
    q += times_log(statistics.weights[k], std::log(weights_[k]));
    q += times_log(statistics.heads[k], std::log(biases_[k]));
    q += times_log(statistics.tails[k], std::log1p(-biases_[k]));
  }
  return q;
}

std::vector<std::string> CoinMixture::remarks(Data data) const {
  const Vector held = options_.fixed_weights ? e_step(data).weights : Vector(total_weight(data) * weights_);
  return remarks_on_small_components(held);
}

void CoinMixture::sort_components() {
  const std::vector<Index> order = order_by_weight(weights_, biases_);
  weights_ = Vector(weights_(order));
  biases_ = Vector(biases_(order));
}

// ---------------------------------------------------------------------------------------------------------------------
// Parameters as a vector, prediction and simulation.

Vector CoinMixture::parameters() const {
  const Index free_weights = options_.fixed_weights ? 0 : weights_.size() - 1;
  Vector all(free_weights + biases_.size());
  if (free_weights > 0) all.head(free_weights) = log_ratios(weights_);
  all.tail(biases_.size()) = biases_.array().log() - (-biases_.array()).log1p();
  return all;
}

void CoinMixture::set_parameters(const Vector& parameters) {
  const Index free_weights = options_.fixed_weights ? 0 : weights_.size() - 1;
  if (free_weights > 0) weights_ = from_log_ratios(parameters.head(free_weights));
  // p = 1 / (1 + e^(−logit)), which is right at ±∞ as well.
  biases_ = (1.0 + (-parameters.tail(biases_.size()).array()).exp()).inverse();
}

Vector CoinMixture::complete_information(const Statistics& statistics) const {
  const Index free_weights = options_.fixed_weights ? 0 : weights_.size() - 1;
  Vector all(free_weights + biases_.size());
  if (free_weights > 0) all.head(free_weights) = statistics.weights.sum() * log_ratios_information(weights_);
  const auto tosses = (statistics.heads + statistics.tails).array();
  all.tail(biases_.size()) = tosses * biases_.array() * (1.0 - biases_.array());
  return all;
}

double CoinMixture::free_parameters() const {
  const std::size_t free_weights = options_.fixed_weights ? 0 : coins_ - 1;
  return static_cast<double>(free_weights + coins_);
}

Matrix CoinMixture::posterior(Data data) const {
  require_parameters();
  const LogCoins coins(weights_, biases_);
  Matrix all(static_cast<Index>(data.size()), biases_.size());
  TossBlock block;
  LaneRows r(coins_, TossBlock::capacity);
  for_each_block(data, block, [&](std::size_t first) {
    block.count_each_once();
    responsibilities(block, coins, r);
    const auto size = static_cast<Index>(block.size());
    auto rows = all.middleRows(static_cast<Index>(first), size);
    for (Index k = 0; k < all.cols(); ++k) {
      rows.col(k) = Eigen::Map<const Vector>(r.row(static_cast<std::size_t>(k)), size);
    }
    Index lowest = 0;
    if (rows.rowwise().sum().minCoeff(&lowest) > 0.0) return;
    throw InvalidData("the set has probability 0 under every coin", first + static_cast<std::size_t>(lowest) + 1);
  });
  return all;
}

TossSet CoinMixture::draw(double tosses, double weight, RandomEngine& rng) const {
  constexpr double most = std::numeric_limits<int>::max();
  if (tosses > most) throw InvalidData(fmt::format("{} tosses in a set are too many to draw", tosses));
  const Index k = draw_component(weights_, rng);
  boost::random::binomial_distribution<int, double> heads(static_cast<int>(tosses), biases_[k]);
  return {static_cast<double>(heads(rng)), tosses, weight};
}

std::vector<TossSet> CoinMixture::sample(std::size_t count, RandomEngine& rng, unsigned tosses) const {
  require_parameters();
  std::vector<TossSet> sets;
  sets.reserve(count);
  for (std::size_t n = 0; n < count; ++n) sets.push_back(draw(tosses, 1.0, rng));
  return sets;
}

std::vector<TossSet> CoinMixture::sample_like(Data data, RandomEngine& rng) const {
  require_parameters();
  std::vector<TossSet> sets;
  sets.reserve(data.size());
  for (const TossSet& set : data) {
    const double whole = std::floor(set.weight());
    for (double n = 0.0; n < whole; n += 1.0) sets.push_back(draw(set.tosses(), 1.0, rng));
    if (set.weight() > whole) sets.push_back(draw(set.tosses(), set.weight() - whole, rng));
  }
  return sets;
}

// ---------------------------------------------------------------------------------------------------------------------
// A coin divided into two.

std::optional<CoinMixture> CoinMixture::split_from(const CoinMixture& smaller, std::size_t coin, double apart) const {
  if (smaller.components() + 1 != coins_ || coin >= smaller.components()) return std::nullopt;
  const auto k = static_cast<Index>(coin);
  const Vector weights = halved(smaller.weights(), k);
  if (options_.fixed_weights && !same_weights(weights, weights_)) return std::nullopt;
  // By log-odds: p = e^l / (1 + e^l), moved by δ, is 1 / (1 + (1/p − 1) e^−δ), which keeps 0 and 1 what they are.
  const double bias = smaller.biases()[k];
  const auto moved = [&](double by) {
    return bias == 0.0 || bias == 1.0 ? bias : 1.0 / (1.0 + (1.0 / bias - 1.0) * std::exp(-by));
  };
  CoinMixture larger = *this;
  larger.weights_ = weights;
  larger.biases_.resize(weights.size());
  larger.biases_ << smaller.biases().head(k), moved(-0.5 * apart), moved(0.5 * apart),
      smaller.biases().tail(smaller.biases().size() - k - 1);
  return larger;
}

}  // namespace latent
