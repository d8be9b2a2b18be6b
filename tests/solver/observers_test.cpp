#include "latent/solver/observers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "fixtures/random_models.hpp"
#include "latent/models/gaussian_mixture.hpp"

namespace latent {
namespace {

using testing::HasSubstr;

RowMatrix clusters() {
  RandomEngine rng = random_stream(360, 0);
  return random_models::clustered_data(90, 2, 2, rng);
}

TEST(TraceRow, HasNumbersInFullAndEmptyCells) {
  EXPECT_EQ(trace_row({.number = 0, .log_likelihood = -0.1, .objective = -1e300, .e_steps = 1}),
            "0,-0.1,-1e+300,,,,1,0");
  EXPECT_EQ(trace_row({.number = 2,
                       .log_likelihood = -1.0 / 3.0,
                       .objective = -1.0,
                       .gain = 0.5,
                       .elbo_after_m_step = -1.25,
                       .parameter_change = 1e-9,
                       .e_steps = 3,
                       .seconds = 0.125}),
            "2,-0.3333333333333333,-1,0.5,-1.25,1e-09,3,0.125");
  // A parameter went to infinity.
  EXPECT_EQ(trace_row({.number = 1,
                       .log_likelihood = -1.0,
                       .objective = -1.0,
                       .parameter_change = std::numeric_limits<double>::infinity(),
                       .e_steps = 2}),
            "1,-1,-1,,,,2,0");
}

TEST(CsvTrace, HasARowForEachIterationOfEachRestart) {
  std::ostringstream out;
  const RowMatrix data = clusters();
  const auto result =
      fit(GaussianMixture(2), data, {.restarts = 3, .stop = iteration_limit(4), .observers = {csv_trace(out)}});
  std::istringstream in(out.str());
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "restart," + trace_header());
  std::vector<std::string> best;
  int rows = 0;
  for (; std::getline(in, line); ++rows) {
    const std::string prefix = std::to_string(result.best_restart) + ",";
    if (line.starts_with(prefix)) best.push_back(line.substr(prefix.size()));
  }
  EXPECT_EQ(rows, 3 * 5);
  ASSERT_EQ(best.size(), result.trace.size());
  for (std::size_t t = 0; t < best.size(); ++t) EXPECT_EQ(best[t], trace_row(result.trace[t]));
}

TEST(CsvTrace, BeginsWithWhatACheckpointHas) {
  std::ostringstream out;
  const Observer observer = csv_trace(out);
  const Trace trace = {{.number = 0}, {.number = 1}, {.number = 2}};
  observer.on_recall(4, trace);
  observer.on_iteration(4, trace.back());
  observer.on_iteration(4, {.number = 3});
  std::string expected = "restart," + trace_header() + '\n';
  for (int number = 0; number <= 3; ++number) expected += "4," + trace_row({.number = number}) + '\n';
  EXPECT_EQ(out.str(), expected);
}

TEST(Progress, TellsOfEachRestartAndOfTheIterationsBetween) {
  std::ostringstream out;
  const RowMatrix data = clusters();
  fit(GaussianMixture(2), data, {.restarts = 2, .stop = iteration_limit(3), .observers = {progress(out, 0.0)}});
  EXPECT_THAT(out.str(), HasSubstr("restart 1, iteration 3: objective "));
  EXPECT_THAT(out.str(), HasSubstr("restart 2 ended after 3 iterations: objective "));

  std::ostringstream patient;
  fit(GaussianMixture(2), data, {.restarts = 2, .stop = iteration_limit(3), .observers = {progress(patient, 1e9)}});
  EXPECT_THAT(patient.str(), testing::Not(HasSubstr(", iteration ")));
  EXPECT_THROW((void)progress(out, -1.0), InvalidOption);
}

}  // namespace
}  // namespace latent
