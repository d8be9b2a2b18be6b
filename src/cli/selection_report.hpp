// What a selection came to, whatever the model: as text for people, and as JSON for programs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "latent/select.hpp"
#include "report.hpp"

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
  /// The best, as fit reports it.
  Report fit;
};

/// The report of a selection, but for the covariances, which are the model's own.
template <class Model>
SelectionReport selection_report_of(const Selection<Model>& selection, const Report& fit) {
  SelectionReport report{.criterion = selection.criterion, .candidates = {}, .best = selection.best, .fit = fit};
  for (const CandidateOutcome& outcome : selection.candidates) report.candidates.push_back({.outcome = outcome});
  return report;
}

/// Whether the candidates are of kinds of covariance.
bool has_covariances(const SelectionReport& report);

/// The heading of the criterion's own column; empty for bic, aic and icl, which every row has.
std::string own_column(const std::string& criterion);

/// One object, as `latent select --json` prints it.
Json to_json(const SelectionReport& report);

/// A row a candidate, the best marked.
void print_table(std::ostream& out, const SelectionReport& report);

/// What the reader of the table should know, beside the warnings of the best.
std::vector<std::string> warnings_of(const SelectionReport& report);

}  // namespace latent::cli
