// Files that are written whole or not at all.
#include "latent/core/write_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "fixtures/own_folder.hpp"
#include "latent/core/errors.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class WriteFile : public OwnFolder {
 protected:
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder()), std::filesystem::directory_iterator()));
  }

  static std::string text_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

  static void write(const std::string& path, const std::string& text) {
    write_file(path, [&](std::ostream& out) { out << text; });
  }

  const std::string file_ = (folder() / "file.txt").string();
};

TEST_F(WriteFile, WritesAllAndLeavesNothingElse) {
  for (const std::size_t size : {0, 1, 65535, 65536, 65537, 1000000}) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * i % 251);
    write(file_, text);
    EXPECT_EQ(text_of(file_), text);
    EXPECT_EQ(files(), 1U);
  }
}

TEST_F(WriteFile, WhoHasTheOldFileOpenKeepsIt) {
  write(file_, "old");
  std::ifstream reader(file_);
  write(file_, "new, and longer");
  std::string text;
  std::getline(reader, text);
  EXPECT_EQ(text, "old");
  EXPECT_EQ(text_of(file_), "new, and longer");
}

TEST_F(WriteFile, WhereTheWriterThrowsTheOldFileStays) {
  write(file_, "old");
  EXPECT_THAT(
      [&] {
        write_file(file_, [](std::ostream& out) {
          out << std::string(100000, 'x');
          throw std::runtime_error("no more");
        });
      },
      ThrowsMessage<std::runtime_error>("no more"));
  EXPECT_EQ(text_of(file_), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(WriteFile, WhereThereIsNoRoomTheOldFileStays) {
  write(file_, "old");
  const auto usual_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &usual), 0);
  const rlimit small = {.rlim_cur = 100000, .rlim_max = usual.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_THAT([&] { write(file_, std::string(200000, 'x')); },
              ThrowsMessage<Error>(file_ + ": can't be written: File too large"));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &usual), 0);
  static_cast<void>(std::signal(SIGXFSZ, usual_handler));
  EXPECT_EQ(text_of(file_), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(WriteFile, PermissionsStay) {
  const auto permissions = [&] { return std::filesystem::status(file_).permissions(); };
  const mode_t usual = ::umask(027);
  write(file_, "old");
  EXPECT_EQ(static_cast<unsigned>(permissions()), 0640U);
  for (const mode_t mode : {0600U, 0666U, 0755U}) {
    ASSERT_EQ(::chmod(file_.c_str(), mode), 0);
    write(file_, "new");
    EXPECT_EQ(static_cast<unsigned>(permissions()), mode);
  }
  ::umask(usual);
}

// Such as was kept from changes.
TEST_F(WriteFile, AFileThatMayNotBeWrittenIsNotReplaced) {
  write(file_, "kept");
  ASSERT_EQ(::chmod(file_.c_str(), 0444), 0);
  EXPECT_THAT([&] { write(file_, "new"); },
              ThrowsMessage<Error>(file_ + ": can't be written: the file is read-only; change its permissions, or give "
                                           "another name"));
  EXPECT_EQ(text_of(file_), "kept");
  EXPECT_EQ(files(), 1U);
  ASSERT_EQ(::chmod(file_.c_str(), 0644), 0);
  write(file_, "new");
  EXPECT_EQ(text_of(file_), "new");
}

constexpr uid_t nobody = 65534;

// Whoever is not this user, in a folder that all may write to.
TEST_F(WriteFile, FilesOfOtherUsersAreInNobodysWay) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be another user";
  ASSERT_EQ(::chmod(folder().c_str(), 01777), 0);
  std::ofstream(folder() / ".file.txt.partial") << "another's";
  std::ofstream(folder() / "other.txt") << "another's";
  ASSERT_EQ(::chmod((folder() / ".file.txt.partial").c_str(), 0600), 0);
  ASSERT_EQ(::chmod((folder() / "other.txt").c_str(), 0644), 0);
  ASSERT_EQ(::seteuid(nobody), 0);
  EXPECT_NO_THROW(write(file_, "new"));
  EXPECT_THAT([&] { write((folder() / "other.txt").string(), "new"); },
              ThrowsMessage<Error>(HasSubstr("other.txt: can't be written: Permission denied")));
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(text_of(file_), "new");
  EXPECT_EQ(text_of(folder() / "other.txt"), "another's");
  EXPECT_EQ(text_of(folder() / ".file.txt.partial"), "another's");
  EXPECT_EQ(files(), 3U);
}

TEST_F(WriteFile, ASymbolicLinkStaysALink) {
  std::filesystem::create_directories(folder() / "a" / "b");
  const auto aim = folder() / "a" / "b" / "aim.txt";
  std::filesystem::create_symlink("a/b/other", folder() / "link");
  std::filesystem::create_symlink("aim.txt", folder() / "a" / "b" / "other");
  for (const std::string text : {"where there was none", "in its place"}) {
    write((folder() / "link").string(), text);
    EXPECT_TRUE(std::filesystem::is_symlink(folder() / "link"));
    EXPECT_TRUE(std::filesystem::is_symlink(folder() / "a" / "b" / "other"));
    EXPECT_EQ(text_of(aim), text);
  }
  std::filesystem::create_symlink("circle", folder() / "circle");
  EXPECT_THAT([&] { write((folder() / "circle").string(), "x"); },
              ThrowsMessage<Error>(HasSubstr("circle: can't be written: Too many levels of symbolic links")));
}

TEST_F(WriteFile, APipeAndADeviceAreWrittenAsStreams) {
  const std::string pipe = (folder() / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string seen;
  std::thread reader([&] { seen = text_of(pipe); });
  write(pipe, std::string(200000, 'x'));
  reader.join();
  EXPECT_EQ(seen.size(), 200000U);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));

  write("/dev/null", "x");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_THAT([] { write("/dev/full", "x"); },
              ThrowsMessage<Error>("/dev/full: can't be written: No space left on device"));
}

TEST_F(WriteFile, ADescriptorGoesOnWhereItWas) {
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_GE(descriptor, 0);
  for (const std::string name : {"/dev/fd/", "/proc/self/fd/"}) write(name + std::to_string(descriptor), name + "\n");
  ::close(descriptor);
  EXPECT_EQ(text_of(file_), "/dev/fd/\n/proc/self/fd/\n");
}

// A process that was killed leaves its file, and the next one takes it; one that is at work is left alone, and so is a
// link.
TEST_F(WriteFile, WhatAKilledProcessLeftIsTaken) {
  const std::string left = (folder() / ".file.txt.partial").string();
  std::ofstream(left) << std::string(1000, 'x');
  write(file_, "new");
  EXPECT_EQ(text_of(file_), "new");
  EXPECT_EQ(files(), 1U);

  std::ofstream(folder() / "other.txt") << "another's";
  std::filesystem::create_symlink("other.txt", left);
  write(file_, "again");
  EXPECT_EQ(text_of(file_), "again");
  EXPECT_EQ(text_of(folder() / "other.txt"), "another's");

  std::filesystem::remove(left);
  write_file(file_, [&](std::ostream& out) {
    write(file_, "by another, meanwhile");
    out << "by the one that ended last";
  });
  EXPECT_EQ(text_of(file_), "by the one that ended last");
  EXPECT_EQ(files(), 2U);
}

}  // namespace
}  // namespace latent
