#include "selection_report.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <range/v3/algorithm/any_of.hpp>
#include <string_view>
#include <utility>

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
    json["free_parameters"] = static_cast<std::int64_t>(scores.free_parameters);
    json["aic"] = scores.aic;
    json["bic"] = scores.bic;
    if (scores.icl) json["icl"] = *scores.icl;
    json["converged"] = scores.converged;
  }
  if (outcome.value) json[criterion] = *outcome.value;
  if (outcome.failure) json["failure"] = *outcome.failure;
  return json;
}

std::string icl_of(const Scores& scores) { return scores.icl ? fmt::format("{:.3f}", *scores.icl) : "-"; }

std::string own_value(const CandidateReport& candidate) {
  return candidate.outcome.value ? fmt::format("{:.6g}", *candidate.outcome.value) : std::string("-");
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

std::string own_column(const std::string& criterion) {
  if (criterion == "cv") return "CV log-lik.";
  if (criterion == "heldout") return "held out";
  if (criterion == "lrt") return "p-value";
  return {};
}

Json to_json(const SelectionReport& report) {
  Json json;
  json["model"] = report.fit.model;
  json["criterion"] = report.criterion;
  json["candidates"] = Json::array();
  for (const CandidateReport& candidate : report.candidates) {
    json["candidates"].push_back(to_json(candidate, report.criterion));
  }
  json["best"] = report.best;
  json["warnings"] = warnings_of(report);
  json["fit"] = to_json(report.fit);
  return json;
}

void print_table(std::ostream& out, const SelectionReport& report) {
  const bool kinds = has_covariances(report);
  const std::string own = own_column(report.criterion);
  const auto kind = [&](const std::string& text) { return kinds ? fmt::format("  {:<10}", text) : std::string(); };
  const auto last = [&](const std::string& text) {
    return own.empty() ? std::string() : fmt::format("  {:>11}", text);
  };

  fmt::print(out, "  components{}  log-likelihood  parameters           AIC           BIC           ICL{}\n",
             kind("covariance"), last(own));
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
      fmt::print(out, "  failed: {}\n", *outcome.failure);
    } else {
      fmt::print(out, "{}\n", last(own_value(candidate)));
    }
  }
  fmt::print(out, "* best by {}\n", report.criterion);
}

std::vector<std::string> warnings_of(const SelectionReport& report) {
  std::vector<std::string> warnings;
  if (auto end = end_of_list(report)) warnings.push_back(std::move(*end));
  for (std::size_t i = 0; i < report.candidates.size(); ++i) {
    const CandidateOutcome& outcome = report.candidates[i].outcome;
    if (i == report.best) continue;  // its own warnings say so
    if (outcome.failure) warnings.push_back(fmt::format("{}: {}", outcome.label, *outcome.failure));
    if (outcome.scores && !outcome.scores->converged) warnings.push_back(outcome.label + ": not converged");
  }
  return warnings;
}

}  // namespace latent::cli
