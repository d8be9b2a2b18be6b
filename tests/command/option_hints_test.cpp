#include "command/options/option_hints.hpp"

#include <gtest/gtest.h>

#include <string>

namespace latent::cli {
namespace {

TEST(OptionHints, NameTheOption) {
  EXPECT_EQ(with_options(std::string("use diagonal covariances, or fewer columns")),
            "use --covariance diagonal, or fewer columns (--columns)");
  EXPECT_EQ(with_options(std::string("a line of more than 4 bytes; see ReadingLimits::row")),
            "a line of more than 4 bytes; see --max-row");
}

TEST(OptionHints, LeaveNamesAsTheyAre) {
  const auto same = [](const std::string& sentence) { EXPECT_EQ(with_options(sentence), sentence); };
  same("data.csv: column 'fewer columns': the value is infinite");
  same("data.csv: columns 'a', '(choose b', 'don't use diagonal covariances': they are equal");
  EXPECT_EQ(with_options(std::string("the columns' names 'fewer columns' and 'fewer threads' can't be: fewer columns")),
            "the columns' names 'fewer columns' and 'fewer threads' can't be: fewer columns (--columns)");
  EXPECT_EQ(with_options(std::string("it can't be, isn't it: fewer threads")),
            "it can't be, isn't it: fewer threads (--threads)");
  EXPECT_EQ(with_options(std::string("'fewer columns")), "'fewer columns (--columns)");
  same("''");
  same("");
}

}  // namespace
}  // namespace latent::cli
