/// @file
/// The Gaussian mixture, the reference model.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latent/core/random.hpp"
#include "latent/data/observations.hpp"

namespace latent {

/// What the components' covariances Σ_k may look like. The stored shape of each is named behind it.
enum class CovarianceKind {
  full,      ///< any Σ_k; K of d×d
  tied,      ///< one Σ for all components; 1 of d×d
  diagonal,  ///< diagonal Σ_k; K of d×1, the variances
  spherical  ///< Σ_k = σ_k²·I; K of 1×1, the variance
};

/// "full", "tied", "diagonal" or "spherical".
[[nodiscard]] std::string_view to_string(CovarianceKind kind);
/// The kind of that name.
/// @throws InvalidOption for any other name.
[[nodiscard]] CovarianceKind covariance_kind(std::string_view name);

/// How `GaussianMixture::initialize` picks a random start.
enum class MixtureStart {
  kmeans_plus_plus,        ///< means and proportions of the clusters around k-means++ centres, their pooled covariance
  random_observations,     ///< means at K observations, equal weights, the covariance of all the data
  random_responsibilities  ///< an M-step from responsibilities drawn uniformly from the simplex
};

/// The penalty −a Σ_k { tr(S_x Σ_k⁻¹) + log|Σ_k| } on the log-likelihood: it keeps every component's covariance away
/// from singularity, scales with the data, and vanishes as they grow (Chen & Tan 2009, J. Multivariate Analysis
/// 100:1367).
struct CovariancePenalty {
  /// a ≥ 0; 0 is plain maximum likelihood.
  double strength = 0.0;
  /// S_x, the covariance of all the data, in the shape of the covariance kind.
  Matrix scale = {};
};

/// A floor for the covariances: the likelihood is maximised subject to Σ_k ⪰ B, which is a maximisation over a smaller
/// space and bends nothing inside of it. With a floor the likelihood is bounded, and no component can collapse.
struct CovarianceFloor {
  /// c, the share of the groups' own covariance W that every component keeps in each direction.
  double share = 0.0;
  /// B, in the shape of the covariance kind, in the units of the data squared; empty if there is no floor.
  Matrix least = {};
  /// W, the groups' own covariance, likewise; where it is empty, `GaussianMixture::discount` is 0.
  Matrix within = {};
  /// R, of the spacing at which values were recorded, likewise.
  Matrix resolution = {};
};

/// How a Gaussian mixture is estimated.
struct GaussianMixtureOptions {
  /// What the components' covariances may look like.
  CovarianceKind covariance = CovarianceKind::full;
  /// Whether the mixing weights stay as they are (equal, at a random start) and only the components are estimated.
  bool fixed_weights = false;
  /// The floor's c, as `covariance_floor` takes it. By default there is a floor, unless a penalty (0 included) or a
  /// ridge is given. 0 is plain maximum likelihood.
  std::optional<double> floor = {};
  /// The penalty's a, if `prepare` is to set a penalty; 0 is none.
  std::optional<double> penalty = {};
  /// Added to each variance after each M-step, to compare with software that does so. The objective may then decrease.
  double ridge = 0.0;
  /// How `initialize` picks a random start.
  MixtureStart start = MixtureStart::kmeans_plus_plus;
};

/// Expected sufficient statistics of a Gaussian mixture, with r_nk the responsibilities times the observations'
/// weights. Moments are taken about centres c_k, the means of the E-step, so that nothing cancels where the spread of
/// the data is large beside that of a component.
struct GaussianMixtureStatistics {
  RowMatrix centres;             ///< c_k, K×d
  Vector weights;                ///< n_k = Σ_n r_nk, K
  RowMatrix sums;                ///< Σ_n r_nk (x_n − c_k), K×d
  std::vector<Matrix> scatters;  ///< Σ_n r_nk (x_n − c_k)(x_n − c_k)ᵀ, in the shape of the kind; lower triangle only
  double log_likelihood = 0.0;   ///< under the parameters of the E-step, natural log
  bool assigned = false;         ///< whether the responsibilities were given, and are no posterior

  /// Adds the statistics of other observations, moved to these centres where they were taken about others:
  /// s' = s − n δ and S' = S − s δᵀ − δ sᵀ + n δ δᵀ, with δ from the other centre to this. Cost O(K·d²).
  /// @pre both are of the same kind, K and d.
  GaussianMixtureStatistics& operator+=(const GaussianMixtureStatistics& other);
  /// As if every observation's weight were multiplied.
  GaussianMixtureStatistics& operator*=(double factor);
};

/// p(x) = Σ_k π_k N(x | μ_k, Σ_k): a mixture of K normal distributions in d dimensions (McLachlan & Peel 2000, ch. 3).
///
/// An E-step costs O(N·K·d²) (diagonal and spherical: O(N·K·d)) and holds O(K·d²) memory, never N×K. It and the
/// log-likelihood take data that `check` lets pass, and look no more.
class GaussianMixture {
 public:
  /// N×d, complete; the view copies nothing.
  using Data = Observations;
  /// What `e_step` gives and `m_step` takes.
  using Statistics = GaussianMixtureStatistics;

  /// A mixture of `components` components without parameters yet: `initialize` gives it a start.
  /// @throws InvalidOption where there is no component, or an option is out of its range.
  explicit GaussianMixture(std::size_t components, const GaussianMixtureOptions& options = {});

  /// A mixture with given parameters: weights π [K], means μ [K×d], covariances in the shape of the kind. It has no
  /// floor and no penalty until `prepare`, which `fit` and `fit_from` call, or until they are set.
  /// @throws InvalidOption where shapes don't fit, weights don't sum to 1, or a covariance is not positive definite.
  GaussianMixture(Vector weights, RowMatrix means, std::vector<Matrix> covariances,
                  const GaussianMixtureOptions& options = {});

  /// K.
  [[nodiscard]] std::size_t components() const { return components_; }
  /// d; 0 before there are parameters.
  [[nodiscard]] std::size_t dimension() const { return static_cast<std::size_t>(means_.cols()); }
  /// How it is estimated.
  [[nodiscard]] const GaussianMixtureOptions& options() const { return options_; }

  /// π, K; they sum to 1.
  [[nodiscard]] const Vector& weights() const { return weights_; }
  /// μ, K×d, in the units of the data.
  [[nodiscard]] const RowMatrix& means() const { return means_; }
  /// Σ in the shape of the kind, in the units of the data squared.
  [[nodiscard]] const std::vector<Matrix>& covariances() const { return covariances_; }
  /// Σ_k of component `component` (from 0), d×d whatever the kind.
  [[nodiscard]] Matrix covariance(std::size_t component) const;

  /// The penalty that is set; of strength 0 where none is.
  [[nodiscard]] const CovariancePenalty& penalty() const { return penalty_; }
  /// Sets the penalty; of strength 0 it is none.
  /// @throws InvalidOption where the strength is negative or not finite, or the scale not of the covariances' shape;
  /// before there are parameters, `check` throws the latter.
  void set_penalty(CovariancePenalty penalty);

  /// The floor that is set; its `least` is empty if there is none.
  [[nodiscard]] const CovarianceFloor& floor() const { return floor_; }
  /// Sets the floor; one without `least` is none. Covariances below it are raised to it.
  /// @throws InvalidOption if the share is negative or not finite, or `least` is not positive definite or not of the
  /// covariances' shape; before there are parameters, `check` throws the latter.
  void set_floor(CovarianceFloor floor);
  /// The components (from 0) whose covariances rest on the floor in some direction; of a tied covariance that does,
  /// all. In that direction the estimate is the floor, not a maximum of the likelihood. Cost O(K·d³), diagonal and
  /// spherical O(K·d).
  [[nodiscard]] std::vector<std::size_t> components_on_floor() const;

  /// @throws InvalidData where data are missing, infinite or too large, a column is constant, or (full, tied)
  /// determined by others, the dimension is not that of the parameters, or there are fewer observations, or weight,
  /// than components; InvalidOption where the penalty's scale is not of the shape of the data's covariance. Cost
  /// O(N·d²), diagonal and spherical O(N·d).
  void check(const Observations& data) const;
  /// Sets the floor and the penalty that the options ask for from the data, unless they are set already, and raises
  /// covariances below the floor to it. What is set depends on the data and on the kind, not on the number of
  /// components: mixtures of more components contain those of fewer. Cost: that of `covariance_floor`.
  /// @throws as `covariance_floor`.
  void prepare(const Observations& data);
  /// A random start by `options().start`; calls `prepare`.
  /// @throws InvalidData where there are fewer distinct observations than components. Cost: that of some two E-steps.
  void initialize(const Observations& data, RandomEngine& rng);

  /// So many observations that their moments take longer than the d² sums of a part of the data.
  [[nodiscard]] std::size_t smallest_part() const;
  /// Bayes' rule, r_nk = π_k N(x_n | μ_k, Σ_k) / Σ_j π_j N(x_n | μ_j, Σ_j), summed up at once.
  [[nodiscard]] Statistics e_step(const Observations& data) const;
  /// The statistics for given responsibilities q without the observations' weights, N×K, rows that sum to 1. Their
  /// `log_likelihood` is the ELBO of q: the log-likelihood for the posterior, less for any other. Cost as the E-step.
  /// @throws InvalidOption where `responsibilities` is not N×K.
  [[nodiscard]] Statistics complete_statistics(const Observations& data, const Matrix& responsibilities) const;
  /// π_k = n_k / n, μ_k = Σ_n r_nk x_n / n_k, Σ_k = (S_k + 2a S_x) / (n_k + 2a), S_k being the scatter about μ_k; a Σ_k
  /// that is not ⪰ B is replaced by the maximiser subject to that. A component to which the posterior leaves nothing
  /// but rounding, n_k ≤ ε n, keeps its mean, and without a penalty its covariance: no value changes the objective.
  /// @throws DegenerateFit where no observations are assigned to a component, or its covariance is singular.
  void m_step(const Statistics& statistics);
  /// Σ_n w_n log p(x_n), natural log, constants included and the penalty not; −∞ where an observation is out of reach
  /// of every component. Cost O(N·K·d²), diagonal and spherical O(N·K·d).
  /// @throws Error before there are parameters, InvalidData where the dimension is another; so does the E-step.
  [[nodiscard]] double log_likelihood(const Observations& data) const;
  /// Q = Σ_k { n_k (log π_k − ½ d log 2π − ½ log|Σ_k|) − ½ tr(Σ_k⁻¹ S_k) }, natural log, S_k being the scatter about
  /// the present μ_k. Cost O(K·d³), diagonal and spherical O(K·d).
  [[nodiscard]] double expected_log_joint(const Statistics& statistics) const;
  /// ε·d·n Σ_jj/L_jj² for the most nearly collinear column, in nats: the statistics hold sums of squares in doubles, of
  /// which tr(Σ⁻¹S) takes the smallest directions. Cost O(K·d²).
  [[nodiscard]] double expected_log_joint_error(const Statistics& statistics) const;
  /// The penalty, −a Σ_k { tr(S_x Σ_k⁻¹) + log|Σ_k| }, natural log; 0 where there is none. Cost O(K·d³), diagonal and
  /// spherical O(K·d).
  [[nodiscard]] double log_prior() const;

  /// Without constraints: log π_k/π_K for k < K (none with fixed weights), μ row after row, then each covariance as its
  /// log-Cholesky factor (full, tied) or log standard deviations (diagonal, spherical).
  [[nodiscard]] Vector parameters() const;
  /// @pre as many entries as `parameters()`.
  /// @throws DegenerateFit where a covariance is singular, or below the floor. Cost O(K·d³), diagonal and spherical
  /// O(K·d).
  void set_parameters(const Vector& parameters);
  /// The diagonal of the complete-data information on `parameters()`, without the penalty. Cost O(K·d³).
  [[nodiscard]] Vector complete_information(const Statistics& statistics) const;
  /// K − 1 for the weights, unless they are fixed, and K·d for the means; for the covariances K·d(d+1)/2 if full,
  /// d(d+1)/2 if tied, K·d if diagonal, K if spherical.
  [[nodiscard]] double free_parameters() const;

  /// A sentence for each component that holds less than one observation, and for each that rests on the floor, with the
  /// number of observations that it holds. Cost as `components_on_floor`; of an E-step as well if the weights are
  /// fixed.
  [[nodiscard]] std::vector<std::string> remarks(const Observations& data) const;

  /// The nats of the log-likelihood that components owe to being narrower than the data can vouch for: what they would
  /// lose if their covariances were raised to R (which B is cut back from), and, where one holds fewer than 4
  /// observations (full: or fewer than d + 2), to W. `fit` and `select` take it off where they compare. Cost: an E-step
  /// if there are such components.
  [[nodiscard]] double discount(const Observations& data) const;

  /// Puts the components into order: the heaviest first; of equal weight (to 1e-6) the one of the smaller mean first,
  /// column by column. So the same maximum has the same numbering, whatever the seed.
  void sort_components();

  /// The responsibilities r_nk without the observations' weights, N×K; each row sums to 1. Cost as the E-step, without
  /// moments.
  /// @throws InvalidData, with the row, for an observation that no component reaches or that has a missing value, and
  /// where the dimension is another; Error before there are parameters.
  [[nodiscard]] Matrix posterior(const Observations& data) const;
  /// Σ_n w_n log max_k r_nk, natural log, which ICL takes; as `classification_certainty` of `posterior`, without an N×K
  /// array.
  [[nodiscard]] double certainty(const Observations& data) const;
  /// log p(x_n) of each observation, natural log, N; −∞ where no component reaches it. Cost as `posterior`.
  /// @throws InvalidData where the dimension is another; Error before there are parameters.
  [[nodiscard]] Vector log_densities(const Observations& data) const;
  /// `count` draws, count×d, in the units of the data. Each part of them draws from a stream of its own: the same bits
  /// for any number of threads. Cost O(count·d²), diagonal and spherical O(count·d).
  /// @throws Error before there are parameters.
  [[nodiscard]] RowMatrix sample(std::size_t count, RandomEngine& rng) const;

  /// This mixture (its options, its penalty) with the parameters of a smaller one, of which component `component` (from
  /// 0) is divided into components `component` and `component` + 1: half the weight each, means `apart` standard
  /// deviations away from each other along its principal axis, and covariances that much narrower along it, so that
  /// both together keep its mean and covariance. Nothing if the kinds of covariance differ, this mixture has not
  /// exactly one component more, fixed weights are others, or `apart` is not in [0, 2). Cost O(K·d² + d³).
  /// @pre both mixtures have parameters.
  [[nodiscard]] std::optional<GaussianMixture> split_from(const GaussianMixture& smaller, std::size_t component,
                                                          double apart) const;

  /// For cereal; see latent/core/persistence.hpp.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(components_, options_.covariance, options_.fixed_weights, options_.floor, options_.penalty, options_.ridge,
            options_.start, floor_.share, floor_.least, floor_.within, floor_.resolution, floor_factor_,
            penalty_.strength, penalty_.scale, weights_, means_, covariances_, factors_);
  }

 private:
  enum class BelowFloor { raise, refuse };
  void set_covariances(std::vector<Matrix> covariances, BelowFloor below);
  [[nodiscard]] double floor_share(double total_weight) const;
  void require_parameters() const;
  void require_dimension(const Observations& data) const;
  // Expected observations of each component, K.
  [[nodiscard]] Vector observations_held(const Observations& data) const;

  std::size_t components_;
  GaussianMixtureOptions options_;
  CovarianceFloor floor_;
  Matrix floor_factor_;  // Cholesky factor of the floor, in its shape
  CovariancePenalty penalty_;
  Vector weights_;
  RowMatrix means_;
  std::vector<Matrix> covariances_;
  std::vector<Matrix> factors_;  // Cholesky factors of the covariances, in their shape
};

/// The component (from 0) of the largest posterior probability in each row of the responsibilities, N×K; the first of
/// equals.
[[nodiscard]] std::vector<std::size_t> labels(const Matrix& posterior);

/// The floor B for the covariances of a mixture of this kind, whatever its number of components.
///
///  1. W is the covariance within groups: that of a mixture with one covariance for all its components, whose number is
///     chosen by BIC. The likelihood of such a mixture has no spikes, and W depends on no single component.
///  2. R = diag(δ_j²/4), with δ_j the spacing at which the values of column j were recorded (0 if they show none): a
///     density cannot resolve what was recorded more coarsely. In B, R is cut back to half the covariance of all the
///     data.
///  3. B = W^½ max(W^−½ R W^−½, c) W^½, and no more than the covariance of all the data: a single component is always
///     plain maximum likelihood.
///
/// The share c is `usual_floor_share(n)` if it isn't given, with n the total weight; c = 0 gives no floor. B is
/// equivariant under shifts and column scaling (full and tied: under invertible linear maps, as far as R is 0).
/// It depends on no seed. docs/defaults.md derives the constants, and compares. Of more than 4,096 observations, W is
/// that of a sample. Cost: O(N·d²), diagonal and spherical O(N·d); some hundred E-steps of the sample; and that of
/// finding δ, at most O(N·d·log N).
/// @throws InvalidOption if the share is negative or not finite, or above 1; InvalidData where data are missing,
/// infinite or too large, or the weights sum to less than 1.
[[nodiscard]] CovarianceFloor covariance_floor(const Observations& data, CovarianceKind kind,
                                               std::optional<double> share = {});

/// c = n⁻², kept within [1e-8, 1e-2]: no component is more than n times narrower than the groups are, in any direction.
[[nodiscard]] double usual_floor_share(double total_weight);

/// The penalty of strength a and the scale of the data, in the shape of the kind.
/// Cost O(N·d²), diagonal and spherical O(N·d).
/// @throws InvalidData where data are missing, infinite or too large, or the weights sum to less than 1.
[[nodiscard]] CovariancePenalty covariance_penalty(const Observations& data, CovarianceKind kind, double strength);

}  // namespace latent
