/// @file
/// Vectors and matrices of doubles.
#pragma once

#include <Eigen/Core>

namespace latent {

/// A signed count or position, as Eigen has it.
using Index = Eigen::Index;
/// A column of doubles.
using Vector = Eigen::VectorXd;
/// A matrix of doubles, laid out column after column: parameters and posteriors.
using Matrix = Eigen::MatrixXd;
/// A matrix laid out row after row, as NumPy's C order: one observation a row.
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace latent
