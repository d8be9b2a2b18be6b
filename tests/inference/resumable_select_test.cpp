#include "latent/inference/resumable_select.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "fixtures/random_models.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class ResumableSelect : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(file_); }
  void TearDown() override { std::filesystem::remove(file_); }

  std::string file_ =
      testing::TempDir() +
      fmt::format("latent_{}_{}", testing::UnitTest::GetInstance()->current_test_info()->name(), ::getpid());
};

RowMatrix three_clusters() {
  RandomEngine rng = random_stream(340, 0);
  return random_models::clustered_data(60, 2, 3, rng);
}

std::vector<Candidate<GaussianMixture>> mixtures(std::size_t most) {
  std::vector<Candidate<GaussianMixture>> candidates;
  for (std::size_t k = 1; k <= most; ++k) candidates.push_back({fmt::format("{} components", k), GaussianMixture(k)});
  return candidates;
}

// From `count` looks at a run on, all is to stop, as if somebody had pressed Ctrl-C.
StoppingRule interruption_after(int count) {
  const auto left = std::make_shared<std::atomic<int>>(count);
  const auto reason = [left]() -> std::optional<StopReason> {
    if (*left > 0) return std::nullopt;
    return StopReason{.rule = "interrupted", .converged = false};
  };
  return StoppingRule(
      [left, reason](const Trace&) {
        --*left;
        return reason();
      },
      [reason](double) { return reason(); });
}

const FitOptions options = {
    .restarts = 3, .seed = 3, .threads = 2, .stop = estimated_rest(1e-6) || iteration_limit(200)};

void expect_same(const Selection<GaussianMixture>& result, const Selection<GaussianMixture>& expected) {
  EXPECT_EQ(result.criterion, expected.criterion);
  EXPECT_EQ(result.best, expected.best);
  EXPECT_EQ(result.simplest, expected.simplest);
  ASSERT_EQ(result.candidates.size(), expected.candidates.size());
  for (std::size_t i = 0; i < expected.candidates.size(); ++i) {
    const CandidateOutcome& one = result.candidates[i];
    const CandidateOutcome& other = expected.candidates[i];
    EXPECT_EQ(one.value, other.value) << i;
    EXPECT_EQ(one.standard_error, other.standard_error);
    EXPECT_EQ(one.failure, other.failure);
    EXPECT_EQ(one.notes, other.notes);
    ASSERT_EQ(one.scores.has_value(), other.scores.has_value());
    if (one.scores) {
      EXPECT_EQ(one.scores->log_likelihood, other.scores->log_likelihood);
      EXPECT_EQ(one.scores->icl, other.scores->icl);
      EXPECT_EQ(one.scores->converged, other.scores->converged);
    }
    ASSERT_EQ(one.behind_best.has_value(), other.behind_best.has_value());
    if (one.behind_best) {
      EXPECT_EQ(one.behind_best->value, other.behind_best->value);
      EXPECT_EQ(one.behind_best->standard_error, other.behind_best->standard_error);
    }
  }
  EXPECT_EQ(result.fit.model.parameters(), expected.fit.model.parameters());
  EXPECT_EQ(result.fit.log_likelihood, expected.fit.log_likelihood);
  EXPECT_EQ(result.fit.rest, expected.fit.rest);
  EXPECT_EQ(result.fit.stop.rule, expected.fit.stop.rule);
  EXPECT_EQ(result.fit.best_restart, expected.fit.best_restart);
  EXPECT_EQ(result.fit.warnings, expected.fit.warnings);
  ASSERT_EQ(result.fit.trace.size(), expected.fit.trace.size());
  for (std::size_t t = 0; t < expected.fit.trace.size(); ++t) {
    EXPECT_EQ(result.fit.trace[t].objective, expected.fit.trace[t].objective);
    EXPECT_EQ(result.fit.trace[t].parameter_change, expected.fit.trace[t].parameter_change);
  }
  ASSERT_EQ(result.fit.restarts.size(), expected.fit.restarts.size());
  for (std::size_t r = 0; r < expected.fit.restarts.size(); ++r) {
    EXPECT_EQ(result.fit.restarts[r].objective, expected.fit.restarts[r].objective);
    EXPECT_EQ(result.fit.restarts[r].iterations, expected.fit.restarts[r].iterations);
  }
}

// Interrupts a selection again and again, later each time, until it has an end. Returns how often it was.
template <class Select>
int interrupted_until_done(const Select& select, std::optional<Selection<GaussianMixture>>& result) {
  constexpr int first = 60;
  constexpr int most = 1000;
  for (int calls = 0; calls < most; ++calls) {
    FitOptions interrupted = options;
    interrupted.stop = options.stop || interruption_after(first * (calls + 1));
    try {
      result = select(interrupted);
      return calls;
    } catch (const SelectionStopped&) {
      continue;
    }
  }
  return most;
}

template <class Criterion>
void expect_same_bits_after_interruptions(const std::string& file, const Criterion& criterion) {
  const RowMatrix data = three_clusters();
  const auto candidates = mixtures(3);
  std::optional<Selection<GaussianMixture>> result;
  const int interruptions = interrupted_until_done(
      [&](const FitOptions& interrupted) {
        return resumable_select(candidates, data, {.file = file, .seconds = 0.0}, criterion, interrupted);
      },
      result);
  EXPECT_GT(interruptions, 1);
  ASSERT_TRUE(result.has_value());
  expect_same(*result, select(candidates, data, criterion, options));
}

TEST_F(ResumableSelect, EndsWithTheVeryBitsOfAnUninterruptedSelection) {
  expect_same_bits_after_interruptions(file_, Bic{});
}

TEST_F(ResumableSelect, TermsOfCrossValidationAreKept) {
  expect_same_bits_after_interruptions(file_, CrossValidation{.folds = 4});
}

TEST_F(ResumableSelect, ReplicatesAreKept) {
  const RowMatrix data = three_clusters();
  const auto candidates = mixtures(3);
  constexpr double level = 0.2;
  const auto selected_by = [&](const FitOptions& fit) {
    return resumable_select_by_lrt(candidates, data, {.file = file_, .seconds = 0.0}, level,
                                   {.replicates = 9, .fit = fit});
  };
  std::optional<Selection<GaussianMixture>> result;
  EXPECT_GT(interrupted_until_done(selected_by, result), 1);
  ASSERT_TRUE(result.has_value());
  expect_same(*result, select_by_lrt(candidates, data, level, {.replicates = 9, .fit = options}));
}

// Nothing is fitted again of what the file has.
TEST_F(ResumableSelect, WhatHasEndedIsReadBack) {
  const RowMatrix data = three_clusters();
  const auto first = resumable_select(mixtures(3), data, {.file = file_}, Bic{}, options);
  int iterations = 0;
  FitOptions watched = options;
  watched.observers = {{.on_iteration = [&](int, const Iteration&) { ++iterations; }}};
  expect_same(resumable_select(mixtures(3), data, {.file = file_}, Bic{}, watched), first);
  EXPECT_EQ(iterations, 0);
}

TEST_F(ResumableSelect, OfAnotherSelectionIsRefused) {
  const RowMatrix data = three_clusters();
  resumable_select(mixtures(2), data, {.file = file_, .settings = "one"}, Bic{}, options);
  const auto expect_refused = [&](const auto& action, const std::string& reason) {
    EXPECT_THAT(action, ThrowsMessage<InvalidOption>(HasSubstr(reason)));
  };
  const SelectionCheckpoint checkpoint = {.file = file_, .settings = "one"};
  expect_refused([&] { resumable_select(mixtures(2), data, checkpoint, Aic{}, options); },
                 "is of a selection by bic, not a selection by aic");
  expect_refused([&] { resumable_select(mixtures(3), data, checkpoint, Bic{}, options); }, "is of other candidates");
  expect_refused([&] { resumable_select(mixtures(2), data, {.file = file_, .settings = "two"}, Bic{}, options); },
                 "is of a selection by bic with other settings");
  FitOptions other = options;
  other.seed = 4;
  expect_refused([&] { resumable_select(mixtures(2), data, checkpoint, Bic{}, other); }, "with seed 3, not 4");
  other = options;
  other.restarts = 4;
  expect_refused([&] { resumable_select(mixtures(2), data, checkpoint, Bic{}, other); }, "with 3 restarts, not 4");
  expect_refused([&] { resumable_fit(GaussianMixture(2), data, {.file = file_}, options); },
                 "is of a selection by bic, not a fit by EM");

  RowMatrix moved = data;
  moved(7, 1) += 1e-9;
  expect_refused([&] { resumable_select(mixtures(2), moved, checkpoint, Bic{}, options); }, "other data");
  const RowMatrix wider = RowMatrix::Random(60, 3);
  expect_refused([&] { resumable_select(mixtures(2), wider, checkpoint, Bic{}, options); }, "other data");
  EXPECT_NO_THROW(resumable_select(mixtures(2), data, checkpoint, Bic{}, options));
}

// A candidate that has no fit is tried again, and fails again.
TEST_F(ResumableSelect, FailuresAreNotKept) {
  const RowMatrix data = three_clusters().topRows(3);
  FitOptions few = options;
  few.restarts = 1;
  const auto expected = select(mixtures(4), data, Aic{}, few);
  ASSERT_TRUE(expected.candidates.back().failure.has_value());
  expect_same(resumable_select(mixtures(4), data, {.file = file_}, Aic{}, few), expected);
  expect_same(resumable_select(mixtures(4), data, {.file = file_}, Aic{}, few), expected);
}

TEST(SelectionStore, HasAPlaceForEachReplicateOfThousandsOfTests) {
  std::set<std::int64_t> places;
  for (const std::size_t test : {0U, 1U, 2146U, 2147U, 2148U, 4294U, 4295U, 1'000'000U}) {
    for (const std::size_t replicate : {0U, 1U, 999'999U}) {
      const std::int64_t place = detail::place_of_replicate(test, replicate);
      EXPECT_LT(place, 0) << test;
      EXPECT_TRUE(places.insert(place).second) << test << " " << replicate;
    }
  }
}

TEST_F(ResumableSelect, TakesOtherModels) {
  const std::vector<TossSet> tosses = {TossSet(5, 10), TossSet(9, 10), TossSet(8, 10), TossSet(4, 10), TossSet(7, 10)};
  const std::vector<Candidate<CoinMixture>> candidates = {{"1", CoinMixture(1)}, {"2", CoinMixture(2)}};
  const auto expected = select(candidates, tosses, Bic{}, options);
  for (int i = 0; i < 2; ++i) {
    const auto selection = resumable_select(candidates, tosses, {.file = file_}, Bic{}, options);
    EXPECT_EQ(selection.best, expected.best);
    EXPECT_EQ(selection.fit.model.biases(), expected.fit.model.biases());
  }
}

}  // namespace
}  // namespace latent
