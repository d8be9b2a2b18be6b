/// @file
/// The errors that latent throws. Every message is one line that names the thing at fault and what to do about it.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>

namespace latent {

/// Root of all errors thrown by latent.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Data that a model can't take.
///
/// Rows and columns count from 1, and rows count observations (the header of a file is not one). Where the data came
/// from a file, the reader of the file knows its name and the names of its columns: it rebuilds the sentence from
/// row(), column() and reason().
class InvalidData : public Error {
 public:
  /// The message reads "row R, column C: REASON", without what isn't given; row and column count from 1.
  explicit InvalidData(std::string reason, std::optional<std::size_t> row = {}, std::optional<std::size_t> column = {});

  /// The row at fault, counted from 1, where a single row is.
  [[nodiscard]] std::optional<std::size_t> row() const { return row_; }
  /// The column at fault, counted from 1, where a single column is.
  [[nodiscard]] std::optional<std::size_t> column() const { return column_; }
  /// What is wrong and what to do, without the place.
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
  std::optional<std::size_t> row_;
  std::optional<std::size_t> column_;
};

/// An option outside of what is allowed.
class InvalidOption : public Error {
 public:
  /// The message reads "OPTION: VALUE: ALLOWED", e.g. "components: 0: must be at least 1".
  InvalidOption(std::string option, std::string value, std::string allowed);

  /// The option, by the name that the caller gives it.
  [[nodiscard]] const std::string& option() const { return option_; }
  /// The value that was refused.
  [[nodiscard]] const std::string& value() const { return value_; }
  /// What is allowed.
  [[nodiscard]] const std::string& allowed() const { return allowed_; }

 private:
  std::string option_;
  std::string value_;
  std::string allowed_;
};

/// A run that left the parameter space: a component without observations, a singular covariance, a likelihood that is
/// not a number. The message says which component, and what to try.
class DegenerateFit : public Error {
 public:
  /// The reason, with the component at fault (from 1) where a single one is.
  explicit DegenerateFit(const std::string& reason, std::optional<std::size_t> component = {});

  /// The component at fault, counted from 1, where a single one is.
  [[nodiscard]] std::optional<std::size_t> component() const { return component_; }

 private:
  std::optional<std::size_t> component_;
};

/// The objective decreased, and the policy is to raise.
class ObjectiveDecreased : public Error {
 public:
  using Error::Error;
};

}  // namespace latent
