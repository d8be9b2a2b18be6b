/// @file
/// Observers of a fit: every iteration as a row of CSV, and lines of progress.
///
///     std::ofstream file("trace.csv");
///     options.observers = {csv_trace(file), progress(std::cerr)};
#pragma once

#include <iosfwd>
#include <string>

#include "latent/solver/fit.hpp"

namespace latent {

/// The names of a trace's columns: iteration, log_likelihood, objective, gain, elbo_after_m_step, parameter_change,
/// e_steps, seconds.
[[nodiscard]] std::string trace_header();
/// An iteration as a row of CSV under that header, numbers in full, an empty cell where there is none.
[[nodiscard]] std::string trace_row(const Iteration& iteration);

/// Writes every iteration of every restart as it comes, the restart's number before the columns of `trace_header`; of a
/// restart that goes on from a checkpoint, those that its trace has come first. Rows of restarts that run at once are
/// mixed. The stream must outlive the fit.
[[nodiscard]] Observer csv_trace(std::ostream& out);

/// Writes a line for each restart that ended, and in between one for the iteration at hand, but no more often than
/// every `seconds`. The stream must outlive the fit.
/// @throws InvalidOption where `seconds` is negative or no number.
[[nodiscard]] Observer progress(std::ostream& out, double seconds = 1.0);

}  // namespace latent
