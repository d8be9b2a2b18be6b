#include "latent/solver/checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stop_token>

#include "fixtures/random_models.hpp"
#include "latent/methods/anderson.hpp"
#include "latent/methods/parabolic_em.hpp"
#include "latent/methods/squarem.hpp"
#include "latent/models/gaussian_mixture.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class CheckpointTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(file_); }
  void TearDown() override { std::filesystem::remove(file_); }

  std::string file_ =
      testing::TempDir() + "latent_checkpoint_test_" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

RowMatrix three_clusters() {
  RandomEngine rng = random_stream(340, 0);
  return random_models::clustered_data(400, 3, 3, rng);
}

// Stops all runs after `count` iterations in all, as if somebody had pressed Ctrl-C.
StoppingRule after_iterations(int count) {
  return StoppingRule([left = std::make_shared<std::atomic<int>>(count)](const Trace&) -> std::optional<StopReason> {
    if (--*left > 0) return std::nullopt;
    return StopReason{.rule = "interrupted", .converged = false};
  });
}

template <class Model>
void expect_same(const FitResult<Model>& result, const FitResult<Model>& expected) {
  EXPECT_EQ(result.model.parameters(), expected.model.parameters());
  EXPECT_EQ(result.best_restart, expected.best_restart);
  EXPECT_EQ(result.warnings, expected.warnings);
  EXPECT_EQ(result.stop.rule, expected.stop.rule);
  ASSERT_EQ(result.trace.size(), expected.trace.size());
  for (std::size_t t = 0; t < expected.trace.size(); ++t) {
    EXPECT_EQ(result.trace[t].objective, expected.trace[t].objective);
    EXPECT_EQ(result.trace[t].gain, expected.trace[t].gain);
    EXPECT_EQ(result.trace[t].elbo_after_m_step, expected.trace[t].elbo_after_m_step);
    EXPECT_EQ(result.trace[t].e_steps, expected.trace[t].e_steps);
  }
  ASSERT_EQ(result.restarts.size(), expected.restarts.size());
  for (std::size_t r = 0; r < expected.restarts.size(); ++r) {
    EXPECT_EQ(result.restarts[r].objective, expected.restarts[r].objective);
    EXPECT_EQ(result.restarts[r].start_objective, expected.restarts[r].start_objective);
    EXPECT_EQ(result.restarts[r].iterations, expected.restarts[r].iterations);
    EXPECT_EQ(result.restarts[r].effort.e_steps, expected.restarts[r].effort.e_steps);
  }
}

template <class Method>
void expect_same_bits_after_interruptions(const std::string& file, const Method& method, const FitOptions& options) {
  const RowMatrix data = three_clusters();
  const auto expected = fit(GaussianMixture(3), data, options, method);
  for (const int between : {2, 9}) {  // iterations of all restarts between two interruptions
    std::filesystem::remove(file);
    FitResult<GaussianMixture> result = expected;
    int calls = 0;
    do {
      ASSERT_LT(++calls, 1000);
      FitOptions interrupted = options;
      interrupted.stop = options.stop || after_iterations(between + 4);  // each call begins with one look a restart
      result = resumable_fit(GaussianMixture(3), data, {.file = file, .seconds = 0.0}, interrupted, method);
    } while (std::any_of(result.restarts.begin(), result.restarts.end(),
                         [](const RestartOutcome& restart) { return restart.stop.rule == "interrupted"; }));
    EXPECT_GT(calls, 1);
    expect_same(result, expected);
  }
}

const FitOptions four_restarts = {
    .restarts = 4, .seed = 3, .threads = 2, .stop = relative_gain(1e-8) || iteration_limit(60)};

TEST_F(CheckpointTest, ResumedToTheVeryBitsOfAnUninterruptedFit) {
  expect_same_bits_after_interruptions(file_, PlainEM(), four_restarts);
}

TEST_F(CheckpointTest, TheMemoryOfAMethodIsKept) {
  expect_same_bits_after_interruptions(file_, Squarem(), four_restarts);
  expect_same_bits_after_interruptions(file_, Anderson(), four_restarts);
  expect_same_bits_after_interruptions(file_, ParabolicEM(), four_restarts);
}

TEST_F(CheckpointTest, ShortRunsAreNotRepeated) {
  FitOptions options = four_restarts;
  options.short_runs = ShortRuns{.runs = 3, .iterations = 2};
  expect_same_bits_after_interruptions(file_, PlainEM(), options);
}

TEST_F(CheckpointTest, AFitFromAGivenStartIsKeptToo) {
  const RowMatrix data = three_clusters();
  RandomEngine rng = random_stream(341, 0);
  GaussianMixture start(3);
  start.initialize(data, rng);
  const FitOptions options = {.stop = iteration_limit(20)};
  const auto expected = fit_from(start, data, options);
  resumable_fit_from(start, data, {.file = file_}, {.stop = iteration_limit(11)});
  const auto result = resumable_fit_from(start, data, {.file = file_}, options);
  expect_same(result, expected);
}

// A trace that is thinned before, and after.
TEST_F(CheckpointTest, ALongRunIsResumedToTheSameBitsFromAFileThatStaysSmall) {
  const RowMatrix data{{-2.0}, {-1.0}, {0.5}, {1.0}, {3.0}, {7.0}, {8.0}, {9.5}};
  const FitOptions options = {.restarts = 1, .stop = iteration_limit(9000)};
  const auto expected = fit(GaussianMixture(2), data, options);
  for (const int interruption : {1000, 2060, 5001}) {
    std::filesystem::remove(file_);
    resumable_fit(GaussianMixture(2), data, {.file = file_}, {.restarts = 1, .stop = iteration_limit(interruption)});
    const auto result = resumable_fit(GaussianMixture(2), data, {.file = file_}, options);
    expect_same(result, expected);
    for (std::size_t t = 0; t < expected.trace.size(); ++t) {
      EXPECT_EQ(result.trace[t].number, expected.trace[t].number);
    }
    EXPECT_LT(std::filesystem::file_size(file_), 200'000U);  // 9,000 iterations would be 570,000 bytes
  }
}

TEST_F(CheckpointTest, AFitThatHasEndedIsReadBack) {
  const RowMatrix data = three_clusters();
  const auto first = resumable_fit(GaussianMixture(3), data, {.file = file_}, four_restarts);
  int iterations = 0;
  FitOptions watched = four_restarts;
  watched.observers = {{.on_iteration = [&](int, const Iteration&) { ++iterations; }}};
  expect_same(resumable_fit(GaussianMixture(3), data, {.file = file_}, watched), first);
  EXPECT_EQ(iterations, 4);  // where each restart was
}

TEST_F(CheckpointTest, OfAnotherFitIsRefused) {
  const RowMatrix data = three_clusters();
  const auto again = [&](const GaussianMixture& model, const FitOptions& options) {
    return resumable_fit(model, data, {.file = file_}, options);
  };
  again(GaussianMixture(3), four_restarts);
  FitOptions other = four_restarts;
  other.seed = 4;
  EXPECT_THAT([&] { again(GaussianMixture(3), other); },
              ThrowsMessage<InvalidOption>(HasSubstr("is of a fit with seed 3, not 4")));
  other = four_restarts;
  other.restarts = 5;
  EXPECT_THAT([&] { again(GaussianMixture(3), other); }, ThrowsMessage<InvalidOption>(HasSubstr("4 restarts, not 5")));
  EXPECT_THAT([&] { again(GaussianMixture(2), four_restarts); },
              ThrowsMessage<InvalidOption>(HasSubstr("of another model")));
  EXPECT_THAT([&] { resumable_fit(GaussianMixture(3), data, {.file = file_}, four_restarts, Squarem()); },
              ThrowsMessage<InvalidOption>(HasSubstr("by EM, not a fit by SQUAREM")));
  std::filesystem::remove(file_);
  resumable_fit(GaussianMixture(3), data, {.file = file_}, four_restarts, Squarem{SquaremScheme::s1});
  EXPECT_THAT([&] { resumable_fit(GaussianMixture(3), data, {.file = file_}, four_restarts, Squarem()); },
              ThrowsMessage<InvalidOption>(HasSubstr("by SQUAREM with other settings")));
  std::filesystem::remove(file_);
  again(GaussianMixture(3), four_restarts);
  const RowMatrix other_data = 1.01 * data;
  EXPECT_THAT([&] { resumable_fit(GaussianMixture(3), other_data, {.file = file_}, four_restarts); },
              ThrowsMessage<InvalidOption>(HasSubstr("was made with other data")));
  again(GaussianMixture(3), four_restarts);  // which is left as it was
}

TEST_F(CheckpointTest, AFileThatIsNoneIsRefusedAndLeftAsItIs) {
  std::ofstream(file_) << "my thesis";
  const RowMatrix data = three_clusters();
  EXPECT_THAT([&] { resumable_fit(GaussianMixture(3), data, {.file = file_}, four_restarts); },
              ThrowsMessage<InvalidOption>(HasSubstr("is no checkpoint; give another file")));
  std::string text;
  std::getline(std::ifstream(file_) >> std::ws, text);
  EXPECT_EQ(text, "my thesis");
}

// Whatever byte is damaged: a length in it may be, and must not be believed.
TEST_F(CheckpointTest, ADamagedFileIsRefused) {
  const RowMatrix data = three_clusters();
  resumable_fit(GaussianMixture(3), data, {.file = file_}, four_restarts);
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(file_));
  for (std::streamoff place = 0; place < size; place += 1 + size / 50) {
    std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(place);
    const char was = static_cast<char>(file.get());
    file.seekp(place);
    file.put(static_cast<char>(~was));
    file.close();
    EXPECT_THAT([&] { resumable_fit(GaussianMixture(3), data, {.file = file_}, four_restarts); },
                ThrowsMessage<InvalidOption>(testing::AnyOf(HasSubstr("is damaged"), HasSubstr("is no checkpoint"))))
        << "byte " << place;
    file.open(file_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(place);
    file.put(was);
  }
  EXPECT_NO_THROW(resumable_fit(GaussianMixture(3), data, {.file = file_}, four_restarts));
  std::filesystem::resize_file(file_, static_cast<std::uintmax_t>(size - 1));
  EXPECT_THAT([&] { resumable_fit(GaussianMixture(3), data, {.file = file_}, four_restarts); },
              ThrowsMessage<InvalidOption>(HasSubstr("is damaged")));
}

// Restarts that had not begun when a stop was requested begin when the fit goes on.
TEST_F(CheckpointTest, RestartsThatHadNotBegunBeginLater) {
  const RowMatrix data = three_clusters();
  const auto expected = fit(GaussianMixture(3), data, four_restarts);
  std::stop_source interrupt;
  FitOptions interrupted = four_restarts;
  interrupted.threads = 1;
  interrupted.stop = four_restarts.stop || stop_requested(interrupt.get_token());
  interrupted.observers = {{.on_iteration = [&](int, const Iteration& iteration) {
    if (iteration.number == 2) interrupt.request_stop();
  }}};
  const auto first = resumable_fit(GaussianMixture(3), data, {.file = file_}, interrupted);
  EXPECT_EQ(std::ranges::count_if(first.restarts, [](const RestartOutcome& restart) { return !restart.begun; }), 3);
  EXPECT_THAT(first.warnings, testing::Contains("3 of 4 restarts had not begun (stop requested)"));
  expect_same(resumable_fit(GaussianMixture(3), data, {.file = file_}, four_restarts), expected);
}

TEST_F(CheckpointTest, AFileThatCannotBeWrittenIsToldBeforeTheFit) {
  const RowMatrix data = three_clusters();
  EXPECT_THAT([&] { resumable_fit(GaussianMixture(3), data, {.file = "/no/such/folder/file"}, four_restarts); },
              ThrowsMessage<Error>(HasSubstr("/no/such/folder/file: can't be written")));
}

TEST_F(CheckpointTest, AFileThatCannotBeWrittenLaterIsAWarning) {
  const std::string folder = file_ + ".folder";
  std::filesystem::create_directory(folder);
  const RowMatrix data = three_clusters();
  FitOptions options = four_restarts;
  options.observers = {{.on_iteration = [&](int, const Iteration&) { std::filesystem::remove_all(folder); }}};
  const auto result = resumable_fit(GaussianMixture(3), data, {.file = folder + "/file", .seconds = 0.0}, options);
  EXPECT_THAT(result.warnings, testing::Contains(HasSubstr("the last checkpoint could not be kept")));
}

}  // namespace
}  // namespace latent
