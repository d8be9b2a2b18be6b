#include "command/reports/projection.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "command/shell/printable.hpp"

namespace latent::cli {
namespace {

constexpr std::size_t longest_name = 32;

Interval both(const Interval& a, const Interval& b) {
  return {.low = std::min(a.low, b.low), .high = std::max(a.high, b.high)};
}

// What lies within `all`, but no further from the points than half of their span.
Interval framed(const Interval& points, const Interval& all) {
  const double margin = (points.high - points.low) / 2.0;
  return {.low = std::max(all.low, points.low - margin), .high = std::min(all.high, points.high + margin)};
}

}  // namespace

Projection onto_columns(const std::vector<std::string>& columns) {
  const auto count = static_cast<Index>(columns.size());
  Projection projection{.centre = Vector::Zero(count), .axes = Matrix::Identity(count, count), .names = {}};
  for (const std::string& column : columns) projection.names.push_back(printable(column, longest_name));
  return projection;
}

Projection onto_principal_axes(const Observations& data, std::size_t count) {
  const Vector means = column_means(data);
  // A column of equal values has no spread: any unit will do for it.
  const Vector deviations =
      column_variances(data).cwiseSqrt().unaryExpr([](double deviation) { return deviation > 0.0 ? deviation : 1.0; });
  Matrix correlation = Matrix::Zero(means.size(), means.size());
  for (std::size_t row = 0; row < data.size(); ++row) {
    const Vector standard = (data[row] - means).cwiseQuotient(deviations);
    correlation.selfadjointView<Eigen::Lower>().rankUpdate(standard, data.weight(row));
  }
  correlation /= data.total_weight();

  // Ascending; the last is the first principal axis.
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(correlation);
  const double total = solver.eigenvalues().sum();
  const Index axes = std::min(static_cast<Index>(count), means.size());
  Projection projection{
      .centre = means, .axes = Matrix(means.size(), axes), .names = {}, .note = "axes of the standardised columns"};
  constexpr double percent = 100.0;
  for (Index axis = 0; axis < axes; ++axis) {
    const Index which = means.size() - 1 - axis;
    Vector loadings = solver.eigenvectors().col(which);
    Index largest = 0;
    loadings.cwiseAbs().maxCoeff(&largest);
    if (loadings[largest] < 0.0) loadings = -loadings;
    projection.axes.col(axis) = loadings.cwiseQuotient(deviations);
    const double share = total > 0.0 ? std::max(0.0, solver.eigenvalues()[which] / total) : 0.0;
    projection.names.push_back(fmt::format("principal axis {} ({:.0f} %)", axis + 1, percent * share));
  }
  return projection;
}

Projection usual_projection(const Observations& data, const std::vector<std::string>& columns) {
  constexpr std::size_t most_axes = 4;
  return columns.size() <= 2 ? onto_columns(columns) : onto_principal_axes(data, most_axes);
}

Matrix projected(const Projection& projection, const Observations& data, const std::vector<std::size_t>& rows) {
  Matrix points(static_cast<Index>(rows.size()), projection.axes.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    points.row(static_cast<Index>(i)) = projection.axes.transpose() * (data[rows[i]] - projection.centre);
  }
  return points;
}

Series ellipses(const Projection& projection, const Vector& mean, const Matrix& covariance, Index across, Index up) {
  Matrix plane(projection.axes.rows(), 2);
  plane << projection.axes.col(across), projection.axes.col(up);
  const Eigen::Vector2d centre = plane.transpose() * (mean - projection.centre);
  // C = V D Vᵀ: V D^½ (cos, sin)ᵀ is on the ellipse of one standard deviation.
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> solver(plane.transpose() * covariance * plane);
  const Eigen::Matrix2d root =
      solver.eigenvectors() * solver.eigenvalues().cwiseMax(0.0).cwiseSqrt().asDiagonal().toDenseMatrix();

  constexpr int corners = 72;
  Series series{.mark = Mark::line};
  for (const double deviations : {1.0, 2.0, 3.0}) {
    for (int i = 0; i <= corners; ++i) {
      const double angle = 2.0 * std::numbers::pi * i / corners;
      const Eigen::Vector2d at = centre + deviations * root * Eigen::Vector2d(std::cos(angle), std::sin(angle));
      series.x.push_back(at.x());
      series.y.push_back(at.y());
    }
    series.x.push_back(std::numeric_limits<double>::quiet_NaN());
    series.y.push_back(std::numeric_limits<double>::quiet_NaN());
  }
  return series;
}

Seen seen(const Projection& projection, const Vector& mean, Index across, Index up) {
  const Vector from_centre = mean - projection.centre;
  return {.x = projection.axes.col(across).dot(from_centre), .y = projection.axes.col(up).dot(from_centre)};
}

void frame_points(Panel& panel) {
  Panel points{.series = panel.series};
  std::erase_if(points.series, [](const Series& series) { return series.mark != Mark::points; });
  const Interval across = horizontal_range(points);
  const Interval up = vertical_range(points);
  panel.x.range = framed(across, both(across, horizontal_range(panel)));
  panel.y.range = framed(up, both(up, vertical_range(panel)));
}

}  // namespace latent::cli
