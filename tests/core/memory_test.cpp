#include "latent/core/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "fixtures/own_folder.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::uint64_t without_limit = std::numeric_limits<std::uint64_t>::max();

// A system of our own: what its files say.
class ControlGroup : public OwnFolder {
 protected:
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((folder() / path).parent_path());
    std::ofstream(folder() / path) << text << '\n';
  }
  [[nodiscard]] std::uint64_t limit() const { return limit_of_control_group(folder() / "proc", folder() / "cgroup"); }
};

TEST_F(ControlGroup, OfVersionTwoLimitsThoseWithinIt) {
  write("proc/self/cgroup", "0::/jobs/one");
  EXPECT_EQ(limit(), without_limit);
  write("cgroup/jobs/one/memory.max", "max");
  EXPECT_EQ(limit(), without_limit);
  write("cgroup/jobs/memory.max", "3000000000");
  EXPECT_EQ(limit(), 3'000'000'000U);
  write("cgroup/jobs/one/memory.max", "2000000000");
  EXPECT_EQ(limit(), 2'000'000'000U);
  write("cgroup/memory.max", "1000000000");
  EXPECT_EQ(limit(), 1'000'000'000U);
}

// As a container has it, that sees its own group as the root.
TEST_F(ControlGroup, MayBeTheRoot) {
  write("proc/self/cgroup", "0::/");
  write("cgroup/memory.max", "1000000000");
  EXPECT_EQ(limit(), 1'000'000'000U);
}

TEST_F(ControlGroup, OfVersionOneIsKnownByItsController) {
  write("proc/self/cgroup", "5:cpu,cpuacct:/jobs\n4:memory:/jobs");
  write("cgroup/memory/jobs/memory.limit_in_bytes", "2000000000");
  write("cgroup/memory.max", "1000");  // of no group that this process is in
  EXPECT_EQ(limit(), 2'000'000'000U);
}

TEST_F(ControlGroup, IsNoLimitWhereThereIsNone) { EXPECT_EQ(limit(), without_limit); }

TEST(MemoryAtHand, IsNoMoreThanTheMachineHas) {
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  EXPECT_GT(memory_at_hand(), 0U);
  EXPECT_LE(memory_at_hand(), pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

TEST(SizeText, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(size_text(0), "0 bytes");
  EXPECT_EQ(size_text(999), "999 bytes");
  EXPECT_EQ(size_text(1000), "1 kB");
  EXPECT_EQ(size_text(64e6), "64 MB");
  EXPECT_EQ(size_text(999.4e6), "999 MB");
  EXPECT_EQ(size_text(999.6e6), "1 GB");
  EXPECT_EQ(size_text(8.0 * 50'000 * 50'000), "20 GB");
  EXPECT_EQ(size_text(1.2345e12), "1.23 TB");
}

TEST(RequireMemory, RefusesWhatDoesNotFit) {
  EXPECT_NO_THROW(require_memory(1e6, "a vector", "leave it out"));
  const auto all = static_cast<double>(memory_at_hand());
  EXPECT_NO_THROW(require_memory(all, "a vector", "leave it out"));
  EXPECT_THAT([&] { require_memory(2e18, "a matrix", "leave it out"); },
              ThrowsMessage<TooLittleMemory>("a matrix needs at least 2 EB of memory, and there are " + size_text(all) +
                                             "; leave it out"));
}

}  // namespace
}  // namespace latent
