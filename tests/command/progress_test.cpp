// What is on a terminal while a fit is at work, and after it.
#include "command/shell/progress.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <thread>

#include "command/shell/standard_streams.hpp"

namespace latent::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// Standard error leads to another descriptor as long as this lives.
class StandardErrorTo {
 public:
  explicit StandardErrorTo(int descriptor) : usual_(::dup(STDERR_FILENO)) { ::dup2(descriptor, STDERR_FILENO); }
  StandardErrorTo(const StandardErrorTo&) = delete;
  StandardErrorTo& operator=(const StandardErrorTo&) = delete;
  StandardErrorTo(StandardErrorTo&&) = delete;
  StandardErrorTo& operator=(StandardErrorTo&&) = delete;
  ~StandardErrorTo() {
    ::dup2(usual_, STDERR_FILENO);
    ::close(usual_);
  }

 private:
  int usual_;
};

std::string text_on(int terminal) {
  std::array<char, 10000> bytes = {};
  const ssize_t count = ::read(terminal, bytes.data(), bytes.size());
  return {bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

TEST(Progress, IsTakenAwayBeforeAnErrorIsTold) {
  int terminal = -1;
  int its_end = -1;
  ASSERT_EQ(::openpty(&terminal, &its_end, nullptr, nullptr, nullptr), 0);
  std::string before;
  {
    const StandardErrorTo guard(its_end);
    try {
      Progress progress(false);
      progress.observer().on_iteration(1, {.number = 7});
      before = text_on(terminal);
      throw std::runtime_error("an error");
    } catch (const std::runtime_error& error) {
      write_to_standard_error(error.what());
    }
  }
  EXPECT_THAT(before, HasSubstr("iteration 7"));
  const std::string expected = "\r\033[Kan error";
  std::string after;
  while (after.size() < expected.size()) after += text_on(terminal);
  EXPECT_EQ(after, expected);
  ::close(its_end);
  ::close(terminal);
}

TEST(Progress, WritesNothingWhereThereWasNoLine) {
  int terminal = -1;
  int its_end = -1;
  ASSERT_EQ(::openpty(&terminal, &its_end, nullptr, nullptr, nullptr), 0);
  {
    const StandardErrorTo guard(its_end);
    Progress(false).end();
    Progress(true).end();
    write_to_standard_error("all");
  }
  EXPECT_EQ(text_on(terminal), "all");
  ::close(its_end);
  ::close(terminal);
}

// As where standard error is a pipe that another program made so.
TEST(StandardError, IsWrittenWholeAlsoWhereWritingDoesNotWait) {
  std::array<int, 2> ends = {-1, -1};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
  std::string text(1'000'000, 'x');  // a pipe holds 64 kB
  text += "the end";
  std::string seen;
  std::thread reader([&] {
    for (std::string part = text_on(ends[0]); !part.empty(); part = text_on(ends[0])) seen += part;
  });
  {
    const StandardErrorTo guard(ends[1]);
    write_to_standard_error(text);
  }
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  EXPECT_EQ(seen.size(), text.size());
  EXPECT_THAT(seen, EndsWith("the end"));
}

}  // namespace
}  // namespace latent::cli
