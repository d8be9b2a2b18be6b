// What `latent new-model` refuses, and what it calls things; that its project builds and passes is tested in
// tests/consumers.
#include <gmock/gmock.h>

#include "command/fixture.hpp"

namespace latent::command {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(Command, NewModelNamesFilesAndTypeAfterTheModel) {
  const Outcome outcome = latent("new-model zero-inflated_counts");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(read("zero-inflated_counts/zero_inflated_counts.hpp"), HasSubstr("class ZeroInflatedCounts {"));
  EXPECT_THAT(read("zero-inflated_counts/CMakeLists.txt"), HasSubstr("project(zero-inflated_counts "));
  for (const std::string& line : lines(outcome.out)) {
    if (line.empty()) break;  // the files come first
    EXPECT_THAT(read(line), Not(HasSubstr("my_model"))) << line;
    EXPECT_THAT(read(line), Not(HasSubstr("MyModel"))) << line;
    EXPECT_THAT(read(line), Not(HasSubstr("my-model"))) << line;
  }
}

TEST_F(Command, NewModelCallsNoTypeAsALibraryOrAMacro) {
  EXPECT_EQ(latent("new-model eigen").status, 0);
  EXPECT_THAT(read("eigen/eigen.hpp"), HasSubstr("class EigenModel {"));
  EXPECT_EQ(latent("new-model EOF").status, 0);
  EXPECT_THAT(read("EOF/eof.hpp"), HasSubstr("class EOFModel {"));
  EXPECT_EQ(latent("new-model data").status, 0);
  EXPECT_THAT(read("data/data.hpp"), HasSubstr("class DataModel {"));
}

TEST_F(Command, NewModelPutsANameInOnce) {
  EXPECT_EQ(latent("new-model my_model_2").status, 0);
  EXPECT_THAT(read("my_model_2/CMakeLists.txt"), HasSubstr("project(my_model_2 "));
  EXPECT_EQ(latent("new-model MyModel-2").status, 0);
  EXPECT_THAT(read("MyModel-2/CMakeLists.txt"), HasSubstr("project(MyModel-2 "));
}

TEST_F(Command, NewModelNeverWritesIntoAFolderThatIsThere) {
  EXPECT_EQ(latent("new-model mine").status, 0);
  write("mine/mine.hpp", "precious");
  const Outcome again = latent("new-model mine");
  EXPECT_EQ(again.status, 2);
  EXPECT_EQ(again.err, "latent: NAME: mine: is there already; choose another name\n");
  EXPECT_EQ(read("mine/mine.hpp"), "precious");
}

class RefusesName : public Command, public testing::WithParamInterface<const char*> {};

TEST_P(RefusesName, WithWhatIsAllowed) {
  const Outcome outcome = latent(fmt::format("new-model '{}'", GetParam()));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("letters (a to z), digits, hyphens and underscores, and begin with a letter"));
  EXPECT_EQ(lines(outcome.err).size(), 1);
}

INSTANTIATE_TEST_SUITE_P(Names, RefusesName,
                         testing::Values("2nd", "_x", "a b", "a/b", "../a", "a.b", "größe", "a;b", "a$b",
                                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                         [](const auto& test) { return fmt::format("{}", test.index); });

}  // namespace
}  // namespace latent::command
