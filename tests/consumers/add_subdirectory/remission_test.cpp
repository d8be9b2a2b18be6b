// Weeks in remission of 21 children with leukaemia under 6-mercaptopurine; 12 had not relapsed when the trial ended
// (Freireich et al. 1963). The maximum is in closed form: relapses over weeks, 9/359.
#include <gtest/gtest.h>
#include <latent/solver/fit.hpp>
#include <latent/testing/conformance_suite.hpp>

#include <vector>

#include "censored_exponential.hpp"

namespace {

const std::vector<Time>& remissions() {
  static const std::vector<Time> all = {{6, false}, {6, false},  {6, false},  {6, true},   {7, false},  {9, true},
                                        {10, true}, {10, false}, {11, true},  {13, false}, {16, false}, {17, true},
                                        {19, true}, {20, true},  {22, false}, {23, false}, {25, true},  {32, true},
                                        {32, true}, {34, true},  {35, true}};
  return all;
}

LATENT_CONFORMANCE_SUITE(Censored, CensoredExponential(), remissions());

TEST(CensoredExponential, IsTheRateOfRelapsesInWeeks) {
  const auto result = latent::fit(CensoredExponential(), remissions(),
                                  {.stop = latent::relative_gain(1e-15) || latent::iteration_limit(1000)});
  EXPECT_NEAR(result.model.rate, 9.0 / 359.0, 1e-8);
}

}  // namespace
