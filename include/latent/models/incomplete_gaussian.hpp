/// @file
/// The incomplete Gaussian: a multivariate normal distribution with values missing at random.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "latent/core/random.hpp"
#include "latent/data/observations.hpp"

namespace latent {

/// All observations that have the same columns observed, reduced to what their likelihood depends on.
struct MissingnessPattern {
  std::vector<Index> observed;  ///< O: the columns observed (from 0), ascending; at least one
  std::vector<Index> missing;   ///< M: the others, ascending
  double weight = 0.0;          ///< n, the sum of their weights
  Vector mean;                  ///< the weighted mean of x_O to the nearest double; |O|
  Vector mean_remainder;        ///< what that rounding took: m = mean + mean_remainder; |O|
  Matrix root;                  ///< R with RᵀR = Σ w (x_O − m)(x_O − m)ᵀ; at most |O| rows
};

/// A data set with holes, grouped by missingness pattern. A missing value is NaN.
///
/// Whatever the number of observations, an E-step on it costs O(patterns · d³), and each pattern is factorised once.
/// Observations with nothing observed, or of weight 0, say nothing about the parameters: they are in no pattern.
/// Building it costs O(N·d²) time. The roots never hold more than the data; means, column lists and row numbers add to
/// that, by up to three times the data where each observation has a pattern of its own.
class IncompleteObservations {
 public:
  /// @throws InvalidData where there are no observations, a value is infinite or too large for its square, all weights
  /// are 0, a column has nothing observed, or a column's observed values are all equal; each names the place.
  explicit IncompleteObservations(const Observations& data);

  /// All patterns, with what was observed in each.
  [[nodiscard]] const std::vector<MissingnessPattern>& patterns() const { return patterns_; }
  /// d.
  [[nodiscard]] std::size_t dimension() const { return static_cast<std::size_t>(means_.size()); }
  /// The number of observations with something observed, and a weight that is not 0.
  [[nodiscard]] std::size_t observations() const { return observations_; }
  /// The sum of their weights.
  [[nodiscard]] double total_weight() const { return total_weight_; }
  /// The mean of the values observed in each column, d.
  [[nodiscard]] const Vector& observed_means() const { return means_; }
  /// The variance of the values observed in each column, d; all are positive.
  [[nodiscard]] const Vector& observed_variances() const { return variances_; }

  /// The patterns, as the model takes them.
  operator std::span<const MissingnessPattern>() const { return patterns_; }  // NOLINT(google-explicit-constructor)

 private:
  std::vector<MissingnessPattern> patterns_;
  std::size_t observations_ = 0;
  double total_weight_ = 0.0;
  Vector means_;
  Vector variances_;
};

/// A pattern stands for many observations, so drawing patterns is no bootstrap. Draw observations, and group them anew:
///
///     bootstrap(model, [&](RandomEngine& rng) { return IncompleteObservations(resample(observations, rng)); }, …)
std::vector<MissingnessPattern> resample(std::span<const MissingnessPattern> data, RandomEngine& rng) = delete;

/// A pattern is many observations summed up, so that none of them can be held out any more (latent/data/data_set.hpp).
std::vector<MissingnessPattern> subset(std::span<const MissingnessPattern> patterns,
                                       const std::vector<std::size_t>& rows) = delete;

/// Expected sufficient statistics of the completed data x̂, about a centre c: the mean of the E-step as a double.
struct IncompleteGaussianStatistics {
  Vector centre;                ///< c, d
  double weight = 0.0;          ///< n
  Vector sum;                   ///< E Σ (x − c), d
  Matrix scatter;               ///< E Σ (x − c)(x − c)ᵀ, d×d
  double log_likelihood = 0.0;  ///< of the observed values, under the parameters of the E-step, natural log

  /// Adds the statistics of other patterns, moved to this centre where they were taken about another:
  /// s' = s − n δ and S' = S − s δᵀ − δ sᵀ + n δ δᵀ, with δ from the other centre to this. Cost O(d²).
  /// @pre both are of the same d.
  IncompleteGaussianStatistics& operator+=(const IncompleteGaussianStatistics& other);
  /// As if every pattern's weight were multiplied.
  IncompleteGaussianStatistics& operator*=(double factor);
};

/// x ~ N(μ, Σ) in d dimensions, of which some values were not observed, missing at random (Little & Rubin 2002,
/// ch. 11.2; Dempster, Laird & Rubin 1977, section 4.1.3).
///
///     const IncompleteObservations data(observations);
///     auto result = fit(IncompleteGaussian(data), data);
///     RowMatrix filled = result.model.impute(observations);
class IncompleteGaussian {
 public:
  /// The patterns of an `IncompleteObservations`.
  using Data = std::span<const MissingnessPattern>;
  /// What `e_step` gives and `m_step` takes.
  using Statistics = IncompleteGaussianStatistics;

  /// The usual start: the means and variances of the values observed in each column, and no correlation.
  /// @param data the patterns.
  /// @param penalty a ≥ 0: subtracts a·{tr(S Σ⁻¹) + log|Σ|} from the log-likelihood, with S the diagonal of the
  /// observed variances, which keeps Σ away from singularity (the penalty of Chen & Tan 2009, J. Multivariate Analysis
  /// 100:1367); 0 is plain maximum likelihood.
  /// @throws InvalidOption where the penalty is negative or not finite.
  explicit IncompleteGaussian(const IncompleteObservations& data, double penalty = 0.0);

  /// Given parameters, μ [d] and Σ [d×d], without penalty; μ is then what the doubles say, to the last digit.
  /// @throws InvalidOption where shapes don't fit, or Σ is not symmetric and positive definite: a column must keep more
  /// than 100·d·ε of its variance given those before it.
  IncompleteGaussian(const Vector& mean, Matrix covariance);

  /// Given parameters, without penalty: μ = `mean` + `beyond` [d], of which more digits are kept than a double holds,
  /// and Σ [d×d].
  /// @throws InvalidOption as above.
  IncompleteGaussian(const Vector& mean, const Vector& beyond, Matrix covariance);

  /// μ to the nearest double, d, in the units of the data. Of columns that lie far from 0 beside their spread, the
  /// model keeps more digits of μ than a double holds: the likelihood is that of the μ that the M-step found.
  [[nodiscard]] const Vector& mean() const { return mean_; }
  /// What rounding to that double took: μ = mean() + mean_remainder(), d.
  [[nodiscard]] const Vector& mean_remainder() const { return remainder_; }
  /// Σ, d×d, in the units of the data squared.
  [[nodiscard]] const Matrix& covariance() const { return covariance_; }
  /// a.
  [[nodiscard]] double penalty() const { return penalty_; }
  /// d.
  [[nodiscard]] std::size_t dimension() const { return static_cast<std::size_t>(mean_.size()); }
  /// Sets the penalty, with the scale of the data.
  /// @throws InvalidOption where it is negative or not finite.
  void set_penalty(const IncompleteObservations& data, double penalty);

  /// A pattern takes as long as hundreds of observations of other models.
  [[nodiscard]] std::size_t smallest_part() const { return 16; }

  /// @throws InvalidData where the dimension is another, or there is nothing observed.
  void check(Data data) const;
  /// Looks for columns that others determine, so that an M-step that comes upon one of them can name all. The
  /// parameters stay as they are. Cost O(patterns·d²) for each of up to 16 patterns.
  void prepare(Data data);
  /// The conditional mean and covariance of what is missing given what was observed, summed up at once.
  [[nodiscard]] Statistics e_step(Data data) const;
  /// μ = E Σ x / n, Σ = (S + 2a·diag) / (n + 2a), S being the expected scatter about μ.
  /// @throws DegenerateFit where Σ is singular, or so near to it that rounding decides: a column keeps less than
  /// 100·d·ε of its variance given those before it; InvalidColumns where that is not for want of observations.
  void m_step(const Statistics& statistics);
  /// Σ w log N(x_O | μ_O, Σ_OO), natural log, constants included, penalty not. Cost O(patterns·d³).
  [[nodiscard]] double log_likelihood(Data data) const;
  /// Q = −½ { n (d log 2π + log|Σ|) + tr(Σ⁻¹ S) }, natural log, S being the expected scatter of the completed data
  /// about the present μ. Cost O(d³).
  [[nodiscard]] double expected_log_joint(const Statistics& statistics) const;
  /// ε·d·n Σ_jj/L_jj² for the most nearly collinear column, in nats: the statistics hold sums of squares in doubles, of
  /// which tr(Σ⁻¹S) takes the smallest directions. Cost O(d²).
  [[nodiscard]] double expected_log_joint_error(const Statistics& statistics) const;
  /// The penalty, −a { tr(S Σ⁻¹) + log|Σ| }, natural log, S being the diagonal of the observed variances; 0 where there
  /// is none. Cost O(d³).
  [[nodiscard]] double log_prior() const;

  /// Without constraints: μ, then the log-Cholesky factor of Σ.
  [[nodiscard]] Vector parameters() const;
  /// μ is then what the doubles say.
  /// @pre as many entries as `parameters()`.
  /// @throws DegenerateFit as `m_step`.
  void set_parameters(const Vector& parameters);
  /// The diagonal of the complete-data information on `parameters()`, without the penalty. Cost O(d³).
  [[nodiscard]] Vector complete_information(const Statistics& statistics) const;
  /// d for the mean and d(d+1)/2 for the covariance.
  [[nodiscard]] double free_parameters() const;

  /// The data with each missing value replaced by its conditional mean given what was observed in its row, N×d; a row
  /// with nothing observed becomes the mean. Observed values stay as they are. Each pattern is factorised once.
  /// @throws InvalidData where the dimension is another, or a value is infinite or too large for its square.
  [[nodiscard]] RowMatrix impute(const Observations& data) const;
  /// The covariance of the missing values given the observed ones, |M|×|M| in the order of the columns, for a row in
  /// which the columns marked true are missing. It does not depend on the values observed.
  /// @throws InvalidOption unless there are as many marks as columns.
  [[nodiscard]] Matrix conditional_covariance(const std::vector<bool>& missing) const;
  /// `count` complete draws, count×d, in the units of the data. Cost O(count·d²).
  [[nodiscard]] RowMatrix sample(std::size_t count, RandomEngine& rng) const;
  /// Data with the holes of the given data: for each pattern of weight n, the mean and root of ⌊n⌋ observations of its
  /// columns, and of one that weighs the rest. They are drawn from their own distributions, a normal and a Wishart by
  /// Bartlett's decomposition. Cost O(patterns·d³), whatever the weights.
  /// @throws DegenerateFit where the covariance of what is observed together is singular.
  [[nodiscard]] std::vector<MissingnessPattern> sample_like(Data data, RandomEngine& rng) const;

  /// For cereal; see latent/core/persistence.hpp.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(mean_, remainder_, covariance_, factor_, penalty_, scale_);
  }

 private:
  void set_mean(const Vector& mean, const Vector& beyond);
  void set_covariance(Matrix covariance);
  void refuse_dependent_columns(const Matrix& covariance) const;

  Vector mean_;
  Vector remainder_;  // of μ, beyond the doubles of mean_
  Matrix covariance_;
  Matrix factor_;  // the Cholesky factor of the covariance
  double penalty_ = 0.0;
  Vector scale_;                                 // the diagonal of S in the penalty
  std::vector<std::vector<Index>> dependences_;  // for messages: columns, the last of which the others determine
};

}  // namespace latent
