#include "latent/core/write_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ostream>
#include <system_error>
#include <utility>

#include "latent/core/errors.hpp"

namespace latent {
namespace {

[[noreturn]] void throw_unwritable(const std::string& path, int reason) {
  throw Error(fmt::format("{}: can't be written: {}", path, std::strerror(reason)));
}

// A descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { static_cast<void>(close()); }

  [[nodiscard]] int number() const { return number_; }
  // The reason where closing fails, as it may where writing was put off; otherwise 0.
  [[nodiscard]] int close() {
    const int number = std::exchange(number_, -1);
    return number < 0 || ::close(number) == 0 || errno == EINTR ? 0 : errno;
  }

 private:
  int number_;
};

// Runs `write` into a descriptor; the reason where that fails, otherwise 0.
int written(int descriptor, const std::function<void(std::ostream&)>& write) {
  DescriptorBuffer buffer(descriptor);
  std::ostream out(&buffer);
  try {
    write(out);
  } catch (...) {
    // What the writer says of a stream that failed is less than what the system says.
    if (buffer.failure() == 0) throw;
  }
  out.flush();
  return buffer.failure();
}

void write_stream(const std::string& path, int descriptor, const std::function<void(std::ostream&)>& write) {
  if (descriptor < 0) throw_unwritable(path, errno);
  Descriptor stream(descriptor);
  int reason = written(stream.number(), write);
  if (reason == 0) reason = stream.close();
  if (reason != 0) throw_unwritable(path, reason);
}

// The name of a file beside one of that name; other attempts have others.
std::string beside(std::string name, int attempt) {
  constexpr std::size_t longest = 200;  // so that the whole is a name that the system takes
  name.resize(std::min(name.size(), longest));
  return attempt == 0 ? fmt::format(".{}.partial", name) : fmt::format(".{}.{}.partial", name, attempt);
}

// A descriptor of an empty file that no other process writes; -1, with errno, where there is none. One that a process
// left when it was killed is taken, so that such files don't become many: nobody has it locked. A link, or a file of
// another user, may be a trap.
int opened_alone(const std::filesystem::path& file) {
  int number = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  const bool is_new = number >= 0;
  if (!is_new) {
    if (errno != EEXIST) return -1;
    number = ::open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    errno = EEXIST;
    if (number < 0) return -1;
  }
  struct stat opened = {};
  struct stat named = {};
  // Some file systems have no locks, and say so.
  const bool locked_by_another = ::flock(number, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  const bool alone = !locked_by_another && ::fstat(number, &opened) == 0 && ::lstat(file.c_str(), &named) == 0 &&
                     opened.st_ino == named.st_ino && opened.st_dev == named.st_dev && S_ISREG(opened.st_mode) &&
                     opened.st_nlink == 1 && (is_new || opened.st_uid == ::geteuid()) && ::ftruncate(number, 0) == 0;
  if (alone) return number;
  if (is_new && !locked_by_another) ::unlink(file.c_str());
  ::close(number);
  errno = EEXIST;
  return -1;
}

// A new file in a folder, which is removed at the end unless it took another's place.
class NewFile {
 public:
  NewFile(std::string path, const FileTarget& target) : path_(std::move(path)), descriptor_(-1) {
    constexpr int tries = 1000;
    int number = -1;
    for (int attempt = 0; attempt < tries && number < 0; ++attempt) {
      file_ = target.folder() / beside(target.file.filename().string(), attempt);
      number = opened_alone(file_);
      if (number < 0 && errno != EEXIST) break;
    }
    if (number < 0) throw_unwritable(path_, errno);
    descriptor_.emplace(number);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  NewFile(NewFile&&) = delete;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile() {
    if (!file_.empty()) ::unlink(file_.c_str());
  }

  void take_permissions_of(const struct stat& old) {
    // Only root can give a file away; to others the file becomes their own, in the group that it had if they are in it.
    constexpr auto unchanged = static_cast<uid_t>(-1);
    if (::fchown(descriptor_->number(), old.st_uid, old.st_gid) != 0) {
      static_cast<void>(::fchown(descriptor_->number(), unchanged, old.st_gid));
    }
    constexpr mode_t permissions = 0777;
    if (::fchmod(descriptor_->number(), old.st_mode & permissions) != 0) throw_unwritable(path_, errno);
  }

  void write(const std::function<void(std::ostream&)>& write) {
    const int reason = written(descriptor_->number(), write);
    if (reason != 0) throw_unwritable(path_, reason);
  }

  void take_place_of(const std::filesystem::path& file) {
    // Some file systems can't wait for the disk, and say so.
    if (::fsync(descriptor_->number()) != 0 && errno != EINVAL && errno != ENOTSUP) throw_unwritable(path_, errno);
    if (std::rename(file_.c_str(), file.c_str()) != 0) throw_unwritable(path_, errno);
    file_.clear();
    // Only now, as the lock keeps other processes from taking the file while it has its first name.
    if (const int reason = descriptor_->close(); reason != 0) throw_unwritable(path_, reason);
  }

 private:
  std::string path_;  // as messages name it
  std::filesystem::path file_;
  std::optional<Descriptor> descriptor_;
};

// The number of a descriptor that a path in /proc names.
std::optional<int> descriptor_named(const std::filesystem::path& path) {
  std::error_code error;
  const auto descriptors = std::filesystem::canonical("/proc/self/fd", error);
  if (error || std::filesystem::weakly_canonical(path.parent_path(), error) != descriptors) return std::nullopt;
  const std::string name = path.filename().string();
  int number = -1;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (failure != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace

DescriptorBuffer::DescriptorBuffer(int descriptor) : descriptor_(descriptor), buffer_(std::size_t{1} << 16U) {
  setp(buffer_.data(), buffer_.data() + buffer_.size());
}

int write_whole(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd room = {.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

void DescriptorBuffer::write_out() {
  if (failure_ == 0) failure_ = write_whole(descriptor_, {pbase(), static_cast<std::size_t>(pptr() - pbase())});
  setp(buffer_.data(), buffer_.data() + buffer_.size());
}

DescriptorBuffer::int_type DescriptorBuffer::overflow(int_type letter) {
  write_out();
  if (failure_ != 0) return traits_type::eof();
  if (traits_type::eq_int_type(letter, traits_type::eof())) return traits_type::not_eof(letter);
  return sputc(traits_type::to_char_type(letter));
}

int DescriptorBuffer::sync() {
  write_out();
  return failure_ == 0 ? 0 : -1;
}

std::filesystem::path FileTarget::folder() const { return file.has_parent_path() ? file.parent_path() : "."; }

FileTarget file_target(const std::string& path) {
  constexpr int most_links = 40;  // as Linux follows
  FileTarget target{.file = path};
  std::error_code error;
  for (int links = 0; links <= most_links; ++links) {
    target.descriptor = descriptor_named(target.file);
    if (target.descriptor || !std::filesystem::is_symlink(target.file, error)) return target;
    const auto next = std::filesystem::read_symlink(target.file, error);
    if (error) return target;
    target.file = next.is_absolute() ? next : target.folder() / next;
  }
  throw_unwritable(path, ELOOP);
}

namespace {

// A new file could take its place all the same; but whoever made it so does not want that.
void require_writable(const std::string& path, const FileTarget& target, mode_t permissions) {
  if ((permissions & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0) {
    throw Error(
        fmt::format("{}: can't be written: the file is read-only; change its permissions, or give another name", path));
  }
  if (::faccessat(AT_FDCWD, target.file.c_str(), W_OK, AT_EACCESS) != 0) throw_unwritable(path, errno);
}

}  // namespace

void write_file(const std::string& path, const std::function<void(std::ostream&)>& write) {
  const FileTarget target = file_target(path);
  if (target.descriptor) return write_stream(path, ::dup(*target.descriptor), write);
  struct stat old = {};
  const bool exists = ::stat(target.file.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) {
    return write_stream(path, ::open(target.file.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY), write);
  }
  if (exists) require_writable(path, target, old.st_mode);
  NewFile file(path, target);
  if (exists) file.take_permissions_of(old);
  file.write(write);
  file.take_place_of(target.file);
}

}  // namespace latent
