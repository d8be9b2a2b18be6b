/// @file
/// The checks of latent/testing/check_model.hpp as a suite of GoogleTest, one test each, in a program of your own:
///
///     LATENT_CONFORMANCE_SUITE(TwoPoissons, TwoPoissons(), counts())
///     LATENT_CONFORMANCE_SUITE(Coins, latent::CoinMixture(2), tosses(), {.exchangeable = true})
///
/// A check that the model lacks the functions for is skipped, and says what is missing. Link with GTest::gtest_main.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "latent/testing/check_model.hpp"

namespace latent::testing {

/// Makes the check of that name.
using Conformance = std::function<CheckResult(std::string_view name)>;

/// The test of one check.
class ConformanceTest : public ::testing::Test {
 public:
  /// The test of the check `name`, which must outlive it.
  ConformanceTest(std::string_view name, Conformance conformance) : name_(name), conformance_(std::move(conformance)) {}

  /// Makes the check; skipped where the model lacks what it needs.
  void TestBody() override {
    const CheckResult result = conformance_(name_);
    RecordProperty("function", result.function);
    if (result.outcome == CheckOutcome::not_applicable) GTEST_SKIP() << result.message;
    EXPECT_EQ(result.outcome, CheckOutcome::passed) << result;
  }

 private:
  std::string_view name_;
  Conformance conformance_;
};

/// Registers a test for each check, as SUITE.CHECK.
inline bool register_conformance_suite(const char* suite, const char* file, int line, const Conformance& conformance) {
  for (const std::string_view name : check_names()) {
    ::testing::RegisterTest(suite, std::string(name).c_str(), nullptr, nullptr, file, line,
                            [name, conformance]() -> ::testing::Test* {
                              return new ConformanceTest(name, conformance);  // GoogleTest deletes it
                            });
  }
  return true;
}

/// The one result of `check_model` for the check of that name.
template <class Model, class Data, class LogJoint = detail::NoLogJoint>
CheckResult check_result(std::string_view name, const Model& model, const Data& data, const CheckOptions& options = {},
                         const LatentStates<LogJoint>& states = {}) {
  return check_model(std::span(&name, 1), model, data, options, states).checks.front();
}

}  // namespace latent::testing

/// LATENT_CONFORMANCE_SUITE(Name, model, data), or (Name, model, data, options), or (Name, model, data, options,
/// states): the arguments are those of `latent::check_model`, evaluated anew in each test.
#define LATENT_CONFORMANCE_SUITE(Name, ...)                                            \
  [[maybe_unused]] static const bool latent_conformance_suite_of_##Name =              \
      ::latent::testing::register_conformance_suite(                                   \
          #Name, __FILE__, __LINE__, [](std::string_view latent_name_of_check) {       \
            return ::latent::testing::check_result(latent_name_of_check, __VA_ARGS__); \
          })
