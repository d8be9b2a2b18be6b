#include "latent/data/standardization.hpp"

#include <algorithm>
#include <cmath>

#include "latent/core/errors.hpp"

namespace latent {
namespace {

struct MeanAndScale {
  double mean = 0.0;
  double scale = 0.0;
};

// Values are taken relative to the largest in size, so that no sum or square of them is too large or too small.
class Column {
 public:
  Column(const Observations& data, std::size_t column) : data_(data), column_(column) {}

  [[nodiscard]] MeanAndScale mean_and_scale() const {
    const double largest = largest_distance(0.0);
    if (std::isinf(largest)) refuse("a value is infinite");
    const double unit = largest == 0.0 ? 1.0 : largest;
    const double mean = unit * weighted_mean([&](double x) { return x / unit; });
    const double spread = largest_distance(mean);
    if (spread == 0.0) refuse("all its values are equal, so that it has no spread to be standardised by");
    const double scale = spread * std::sqrt(weighted_mean([&](double x) {
                           const double z = (x - mean) / spread;
                           return z * z;
                         }));
    if (!std::isfinite(scale) || scale == 0.0) refuse("its values are too far apart, or too near, to be standardised");
    return {.mean = mean, .scale = scale};
  }

 private:
  [[noreturn]] void refuse(const char* reason) const { throw InvalidData(reason, {}, column_ + 1); }

  // Calls visit(x, w) for each value that counts.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (std::size_t row = 0; row < data_.size(); ++row) {
      const double x = data_(row, column_);
      if (!std::isnan(x) && data_.weight(row) > 0.0) visit(x, data_.weight(row));
    }
  }

  [[nodiscard]] double largest_distance(double from) const {
    double largest = 0.0;
    for_each([&](double x, double) { largest = std::max(largest, std::abs(x - from)); });
    return largest;
  }

  template <class Function>
  [[nodiscard]] double weighted_mean(const Function& function) const {
    double sum = 0.0;
    double weight = 0.0;
    for_each([&](double x, double w) {
      sum += w * function(x);
      weight += w;
    });
    if (weight == 0.0) refuse("it has no value of positive weight");
    return sum / weight;
  }

  const Observations& data_;
  std::size_t column_;
};

}  // namespace

RowMatrix Standardization::means_in_data_units(const RowMatrix& means) const {
  return ((means.array().rowwise() * scale.transpose().array()).rowwise() + mean.transpose().array()).matrix();
}

RowMatrix Standardization::standardized_means(const RowMatrix& means) const {
  return ((means.array().rowwise() - mean.transpose().array()).rowwise() / scale.transpose().array()).matrix();
}

Matrix Standardization::covariance_in_data_units(const Matrix& covariance) const {
  if (covariance.cols() == 1) return (covariance.array() * scale.array().square()).matrix();
  return covariance.cwiseProduct(scale * scale.transpose());
}

Matrix Standardization::standardized_covariance(const Matrix& covariance) const {
  if (covariance.cols() == 1) return (covariance.array() / scale.array().square()).matrix();
  return covariance.cwiseQuotient(scale * scale.transpose());
}

Standardization standardization(const Observations& data) {
  const auto dimension = static_cast<Index>(data.dimension());
  Standardization units{Vector(dimension), Vector(dimension)};
  for (Index column = 0; column < dimension; ++column) {
    const auto [mean, scale] = Column(data, static_cast<std::size_t>(column)).mean_and_scale();
    units.mean[column] = mean;
    units.scale[column] = scale;
  }
  return units;
}

RowMatrix standardized(const Observations& data, const Standardization& units) {
  RowMatrix values(static_cast<Index>(data.size()), static_cast<Index>(data.dimension()));
  for (Index row = 0; row < values.rows(); ++row) {
    for (Index column = 0; column < values.cols(); ++column) {
      const double x = data(static_cast<std::size_t>(row), static_cast<std::size_t>(column));
      values(row, column) = (x - units.mean[column]) / units.scale[column];
    }
  }
  return values;
}

double log_likelihood_change(const Observations& data, const Standardization& units) {
  double change = 0.0;
  for (std::size_t column = 0; column < data.dimension(); ++column) {
    double weight = 0.0;
    for (std::size_t row = 0; row < data.size(); ++row)
      weight += std::isnan(data(row, column)) ? 0.0 : data.weight(row);
    change -= weight * std::log(units.scale[static_cast<Index>(column)]);
  }
  return change;
}

}  // namespace latent
