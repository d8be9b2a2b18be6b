// What a selection came to, whatever the model: as text for people, and as JSON for programs.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "command/reports/report.hpp"
#include "latent/inference/select.hpp"

namespace latent::cli {

struct CandidateReport {
  CandidateOutcome outcome;
  /// The kind of the covariance; empty for a model without one.
  std::string covariance = {};
};

struct SelectionReport {
  std::string criterion;
  std::vector<CandidateReport> candidates;
  /// The position of the best, from 0.
  std::size_t best = 0;
  /// The position of the simplest candidate within one standard error of the best, of a criterion that has such errors.
  std::optional<std::size_t> simplest = {};
  /// The best, as fit reports it.
  Report fit;
};

/// The report of a selection, but for the covariances, which are the model's own.
template <class Model>
SelectionReport selection_report_of(const Selection<Model>& selection, const Report& fit) {
  SelectionReport report{.criterion = selection.criterion,
                         .candidates = {},
                         .best = selection.best,
                         .simplest = selection.simplest,
                         .fit = fit};
  for (const CandidateOutcome& outcome : selection.candidates) report.candidates.push_back({.outcome = outcome});
  return report;
}

/// Whether the candidates are of kinds of covariance.
bool has_covariances(const SelectionReport& report);

/// The headings of the criterion's own columns: its value, and what is known of its error. None for bic, aic and icl,
/// which every row has.
std::vector<std::string> own_columns(const std::string& criterion);

/// The cells of a candidate in these columns.
std::vector<std::string> own_cells(const CandidateOutcome& outcome, const std::string& criterion);

/// One line, as "best by cv; 2 components is the simplest within one standard error of it".
std::string sentence(const SelectionReport& report);

/// One object, as `latent select --json` prints it.
std::string json_text(const SelectionReport& report);

/// A row a candidate, the best marked.
void print_table(std::ostream& out, const SelectionReport& report);

/// What the reader of the table should know, beside the warnings of the best.
std::vector<std::string> warnings_of(const SelectionReport& report);

}  // namespace latent::cli
