#include "command/reports/selection_report.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <range/v3/algorithm/any_of.hpp>
#include <string_view>
#include <utility>

#include "command/options/option_hints.hpp"
#include "command/shell/printable.hpp"

namespace latent::cli {
namespace {

Json to_json(const CandidateReport& candidate, const std::string& criterion) {
  const CandidateOutcome& outcome = candidate.outcome;
  Json json;
  if (outcome.components) json["components"] = *outcome.components;
  if (!candidate.covariance.empty()) json["covariance"] = candidate.covariance;
  if (outcome.scores) {
    const Scores& scores = *outcome.scores;
    json["log_likelihood"] = scores.log_likelihood;
    if (scores.discount > 0.0) json["discount"] = scores.discount;
    json["free_parameters"] = static_cast<std::int64_t>(scores.free_parameters);
    json["aic"] = scores.aic;
    json["bic"] = scores.bic;
    if (scores.icl) json["icl"] = *scores.icl;
    json["converged"] = scores.converged;
  }
  if (outcome.value && !own_columns(criterion).empty()) json[criterion] = *outcome.value;
  if (outcome.standard_error) json["standard_error"] = *outcome.standard_error;
  if (outcome.behind_best) {
    json["behind_best"] = outcome.behind_best->value;
    json["behind_best_standard_error"] = outcome.behind_best->standard_error;
  }
  if (!outcome.notes.empty()) json["notes"] = outcome.notes;
  if (outcome.failure) json["failure"] = *outcome.failure;
  return json;
}

std::string icl_of(const Scores& scores) { return scores.icl ? fmt::format("{:.3f}", *scores.icl) : "-"; }

std::string short_number(const std::optional<double>& value, int digits) {
  return value ? fmt::format("{:.{}g}", *value, digits) : std::string("-");
}

// What to say if the best has the most, or the fewest, components of those that could be fitted: others may be better.
std::optional<std::string> end_of_list(const SelectionReport& report) {
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  std::size_t most = 0;
  for (const CandidateReport& candidate : report.candidates) {
    if (candidate.outcome.failure || !candidate.outcome.components) continue;
    fewest = std::min(fewest, *candidate.outcome.components);
    most = std::max(most, *candidate.outcome.components);
  }
  const std::size_t best = report.candidates[report.best].outcome.components.value_or(0);
  const auto sentence = [&](std::string_view end, std::string_view more) {
    return fmt::format("the best by {} has {} component{}, the {} that were compared; compare {}", report.criterion,
                       best, best == 1 ? "" : "s", end, more);
  };
  if (best == most && most > fewest) return sentence("most", "more");
  if (best == fewest && fewest > 1 && most > fewest) return sentence("fewest", "fewer");
  return std::nullopt;
}

}  // namespace

bool has_covariances(const SelectionReport& report) {
  return ranges::any_of(report.candidates,
                        [](const CandidateReport& candidate) { return !candidate.covariance.empty(); });
}

std::vector<std::string> own_columns(const std::string& criterion) {
  if (criterion == CrossValidation::name) return {"CV log-lik.", "behind best", "s.e."};
  if (criterion == MonteCarloCrossValidation::name) return {"MCCV", "behind best", "s.e."};
  if (criterion == HeldOut::name) return {"held out", "behind best", "s.e."};
  if (criterion == "lrt") return {"p-value", "s.e."};
  return {};
}

std::vector<std::string> own_cells(const CandidateOutcome& outcome, const std::string& criterion) {
  constexpr int digits = 6;
  constexpr int digits_of_error = 2;
  const std::size_t columns = own_columns(criterion).size();
  if (columns == 0) return {};
  std::vector<std::string> cells = {short_number(outcome.value, digits)};
  if (columns == 2) {
    cells.push_back(short_number(outcome.standard_error, digits_of_error));
    return cells;
  }
  if (outcome.behind_best) {
    cells.push_back(fmt::format("{:.2f}", outcome.behind_best->value));
    cells.push_back(fmt::format("{:.2f}", outcome.behind_best->standard_error));
  } else {
    cells.insert(cells.end(), 2, "-");
  }
  return cells;
}

std::string sentence(const SelectionReport& report) {
  std::string best = fmt::format("best by {}", report.criterion);
  if (!report.simplest) return best;
  const auto& behind = report.candidates[report.best].outcome.behind_best;
  if (behind && behind->value > 0.0) return fmt::format("the simplest within one standard error of the {}", best);
  if (*report.simplest == report.best) return best + "; no simpler one is within one standard error of it";
  return fmt::format("{}; {} is the simplest within one standard error of it", best,
                     report.candidates[*report.simplest].outcome.label);
}

std::string json_text(const SelectionReport& report) {
  Json json;
  json["model"] = report.fit.model;
  json["criterion"] = report.criterion;
  json["candidates"] = Json::array();
  for (const CandidateReport& candidate : report.candidates) {
    json["candidates"].push_back(to_json(candidate, report.criterion));
  }
  json["best"] = report.best;
  json["warnings"] = with_options(warnings_of(report));
  if (report.simplest) json["simplest"] = *report.simplest;
  json["fit"] = to_json(report.fit);
  return dumped(json);
}

void print_table(std::ostream& out, const SelectionReport& report) {
  const bool kinds = has_covariances(report);
  const auto kind = [&](const std::string& text) { return kinds ? fmt::format("  {:<10}", text) : std::string(); };
  const auto in_columns = [](const std::vector<std::string>& cells) {
    std::string text;
    for (const std::string& cell : cells) text += fmt::format("  {:>11}", cell);
    return text;
  };

  fmt::print(out, "  components{}  log-likelihood  parameters           AIC           BIC           ICL{}\n",
             kind("covariance"), in_columns(own_columns(report.criterion)));
  for (std::size_t i = 0; i < report.candidates.size(); ++i) {
    const CandidateReport& candidate = report.candidates[i];
    const CandidateOutcome& outcome = candidate.outcome;
    fmt::print(out, "{} {:>10}{}", i == report.best ? '*' : ' ', outcome.components.value_or(0),
               kind(candidate.covariance));
    if (outcome.scores) {
      const Scores& scores = *outcome.scores;
      fmt::print(out, "  {:>14.6f}  {:>10}  {:>12.3f}  {:>12.3f}  {:>12}", scores.log_likelihood,
                 scores.free_parameters, scores.aic, scores.bic, icl_of(scores));
    }
    if (outcome.failure) {
      fmt::print(out, "  failed: {}\n", printable(*outcome.failure));
    } else {
      fmt::print(out, "{}\n", in_columns(own_cells(outcome, report.criterion)));
    }
  }
  fmt::print(out, "* {}\n", sentence(report));
}

std::vector<std::string> warnings_of(const SelectionReport& report) {
  std::vector<std::string> warnings;
  if (auto end = end_of_list(report)) warnings.push_back(std::move(*end));
  for (std::size_t i = 0; i < report.candidates.size(); ++i) {
    const CandidateOutcome& outcome = report.candidates[i].outcome;
    for (const std::string& note : outcome.notes) warnings.push_back(fmt::format("{}: {}", outcome.label, note));
    if (i == report.best) continue;  // its own warnings say so
    if (outcome.failure) warnings.push_back(fmt::format("{}: {}", outcome.label, *outcome.failure));
    if (outcome.scores && !outcome.scores->converged) warnings.push_back(outcome.label + ": not converged");
  }
  return warnings;
}

}  // namespace latent::cli
