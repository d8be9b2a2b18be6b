// Tests that run once for each instruction set that the kernels were compiled for and this processor has.
#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdint>
#include <string>

namespace latent {

/// A test with the kernels of one instruction set; the parameter is Highway's number of it.
class OnInstructionSet : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

inline std::string instruction_set_name(const testing::TestParamInfo<std::int64_t>& test) {
  return hwy::TargetName(test.param);
}

}  // namespace latent

#define LATENT_ON_EACH_INSTRUCTION_SET(Suite)                                                  \
  INSTANTIATE_TEST_SUITE_P(All, Suite, testing::ValuesIn(hwy::SupportedAndGeneratedTargets()), \
                           latent::instruction_set_name)
