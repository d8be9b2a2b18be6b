#include "latent/testing/check_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <utility>

#include "latent/core/errors.hpp"
#include "testing/checks.hpp"

namespace latent {
namespace detail {
namespace {

struct NamedCheck {
  std::string_view name;
  Finding (*run)(const Bench& bench);
  bool needs_place = true;
};

// What is simple comes first: where it fails, what follows may fail for the same reason.
constexpr std::array checks = {
    NamedCheck{"starts", check_starts, false},
    NamedCheck{"finite", check_finite},
    NamedCheck{"repeatable", check_repeatable},
    NamedCheck{"copies", check_copies},
    NamedCheck{"ascent", check_ascent},
    NamedCheck{"m_step_state", check_m_step_state},
    NamedCheck{"one_pass", check_one_pass},
    NamedCheck{"additive_statistics", check_additive_statistics},
    NamedCheck{"additive_log_likelihood", check_additive_log_likelihood},
    NamedCheck{"scaled_statistics", check_scaled_statistics},
    NamedCheck{"weights", check_weights},
    NamedCheck{"threads", check_threads},
    NamedCheck{"elbo", check_elbo},
    NamedCheck{"fisher_identity", check_fisher_identity},
    NamedCheck{"m_step", check_m_step},
    NamedCheck{"parameters", check_parameters},
    NamedCheck{"free_parameters", check_free_parameters},
    NamedCheck{"file", check_file},
    NamedCheck{"posterior", check_posterior},
    NamedCheck{"complete_statistics", check_complete_statistics},
    NamedCheck{"relabelling", check_relabelling},
    NamedCheck{"sample_score", check_sample_score},
    NamedCheck{"recovery", check_recovery},
    NamedCheck{"brute_force", check_brute_force},
};

constexpr auto names = [] {
  std::array<std::string_view, checks.size()> all;
  for (std::size_t i = 0; i < checks.size(); ++i) all[i] = checks[i].name;
  return all;
}();

const NamedCheck& check_of(std::string_view name) {
  const auto* const found = std::ranges::find(checks, name, &NamedCheck::name);
  if (found != checks.end()) return *found;
  throw InvalidOption("check", std::string(name), fmt::format("must be one of {}", fmt::join(names, ", ")));
}

void require_valid(const CheckOptions& options) {
  const auto positive = [](const char* option, double value) {
    if (!(value > 0.0)) throw InvalidOption(option, fmt::to_string(value), "must be greater than 0");
  };
  positive("starts", options.starts);
  positive("iterations", options.iterations);
  positive("accuracy", options.accuracy);
  positive("draws", static_cast<double>(options.draws));
  if (options.redundant_parameters < 0) {
    throw InvalidOption("redundant_parameters", fmt::to_string(options.redundant_parameters), "must not be negative");
  }
}

void require_weights(const AnyModel& model, const AnyData& data, const CheckOptions& options) {
  if (!options.weights || !model.refinements().sized) return;
  const auto size = static_cast<Index>(model.size(data));
  if (options.weights->size() != size) {
    throw InvalidOption("weights", fmt::format("{} of them", options.weights->size()),
                        fmt::format("must be as many as the data have items, {}", size));
  }
  if (!(options.weights->array() >= 0.0).all() || !options.weights->allFinite()) {
    throw InvalidOption("weights", "some of them", "must be finite and not negative");
  }
}

Finding result_of(const NamedCheck& check, const Bench& bench) {
  if (check.needs_place && bench.places().empty()) {
    return lacks("no start gave parameters to check at: " + bench.failure());
  }
  try {
    return check.run(bench);
  } catch (const ThrewIn& error) {
    return {.name = {},
            .outcome = CheckOutcome::failed,
            .function = error.function(),
            .message = fmt::format("{} threw: {}", error.function(), error.what())};
  }
}

}  // namespace

ModelReport check_model(const AnyModel& model, const AnyData& data, const CheckOptions& options,
                        std::span<const std::string_view> wanted) {
  require_valid(options);
  require_weights(model, data, options);
  const Bench bench(model, data, options);
  ModelReport report;
  report.checks.reserve(wanted.size());
  for (const std::string_view name : wanted) {
    Finding finding = result_of(check_of(name), bench);
    finding.name = name;
    report.checks.push_back(std::move(finding));
  }
  return report;
}

}  // namespace detail

std::span<const std::string_view> check_names() { return detail::names; }

bool ModelReport::passed() const {
  const auto with = [&](CheckOutcome outcome) { return std::ranges::count(checks, outcome, &CheckResult::outcome); };
  return with(CheckOutcome::failed) == 0 && with(CheckOutcome::passed) > 0;
}

const CheckResult& ModelReport::operator[](std::string_view name) const {
  const auto found = std::ranges::find(checks, name, &CheckResult::name);
  if (found == checks.end()) throw InvalidOption("check", std::string(name), "must be one of those in the report");
  return *found;
}

namespace {

const char* word_for(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::passed:
      return "passed";
    case CheckOutcome::failed:
      return "FAILED";
    case CheckOutcome::not_applicable:
      return "not applicable";
  }
  return "";
}

std::string figures_of(const CheckResult& result) {
  return fmt::format("{:.2g} (allowed {:.2g})", result.disagreement, result.allowed);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const CheckResult& result) {
  out << result.name << ": " << word_for(result.outcome);
  if (result.outcome != CheckOutcome::not_applicable) {
    out << ", " << result.function << ", disagreement " << figures_of(result);
  }
  return out << ": " << result.message;
}

std::ostream& operator<<(std::ostream& out, const ModelReport& report) {
  std::size_t failed = 0;
  std::size_t passed = 0;
  for (const CheckResult& result : report.checks) {
    const bool made = result.outcome != CheckOutcome::not_applicable;
    const char* const mark = !made ? "-" : result.outcome == CheckOutcome::passed ? "ok" : "FAILED";
    out << fmt::format("{:<6} {:<24} {}\n", mark, result.name, result.message);
    if (made) out << fmt::format("{:<31} disagreement {}, {}\n", "", figures_of(result), result.function);
    failed += result.outcome == CheckOutcome::failed ? 1U : 0U;
    passed += result.outcome == CheckOutcome::passed ? 1U : 0U;
  }
  return out << fmt::format("{} passed, {} failed, {} not applicable\n", passed, failed,
                            report.checks.size() - passed - failed);
}

}  // namespace latent
