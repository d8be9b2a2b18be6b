#include "latent/solver/checkpoint.hpp"

#include <fmt/format.h>

#include <boost/crc.hpp>
#include <cereal/types/map.hpp>
#include <cmath>
#include <filesystem>
#include <string_view>

#include "core/counted.hpp"
#include "latent/core/write_file.hpp"

namespace latent::detail {
namespace {

constexpr std::string_view format = "latent checkpoint 4";

// Eight digits that change where the text does.
std::string checksum(std::string_view text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return fmt::format("{:08x}", crc.checksum());
}

// An update method, or what it says of itself where it is more than one fit.
std::string made_by(const FitIdentity& identity) {
  return identity.method.starts_with("a ") ? identity.method : "a fit by " + identity.method;
}

std::string different(const FitIdentity& there, const FitIdentity& here) {
  if (there.method != here.method) return fmt::format("is of {}, not {}", made_by(there), made_by(here));
  if (there.settings != here.settings) return fmt::format("is of {} with other settings", made_by(there));
  if (there.seed != here.seed) return fmt::format("is of a fit with seed {}, not {}", there.seed, here.seed);
  if (there.restarts != here.restarts) {
    return fmt::format("is of a fit with {}, not {}", counted(there.restarts, "restart"), here.restarts);
  }
  if (there.short_runs != here.short_runs || there.short_iterations != here.short_iterations) {
    return fmt::format("is of a fit with {} of {}, not {} of {}", counted(there.short_runs, "short run"),
                       counted(there.short_iterations, "iteration"), here.short_runs, here.short_iterations);
  }
  if (there.model == here.model) return {};
  return here.method.starts_with("a ") ? "is of other candidates"
                                       : "is of a fit of another model, or from another start";
}

}  // namespace

void throw_unusable(const std::string& file, const std::string& reason) {
  throw InvalidOption("checkpoint", file, reason + "; give another file, or remove this one");
}

namespace {

// What is in the file after its first words and its checksum, which both must be right before a length in it is
// believed.
std::string checked_text(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw_unusable(file, "can't be read");
  std::string first(format.size(), ' ');
  in.read(first.data(), static_cast<std::streamsize>(first.size()));
  if (!in || first != format) throw_unusable(file, "is no checkpoint");
  std::string sum(checksum({}).size(), ' ');
  in.read(sum.data(), static_cast<std::streamsize>(sum.size()));
  std::ostringstream rest;
  rest << in.rdbuf();
  std::string text = std::move(rest).str();
  if (checksum(text) != sum) throw_unusable(file, "is damaged");
  return text;
}

}  // namespace

CheckpointFile::CheckpointFile(Checkpoint checkpoint, FitIdentity identity)
    : checkpoint_(std::move(checkpoint)), identity_(std::move(identity)) {
  if (!(checkpoint_.seconds >= 0.0) || std::isinf(checkpoint_.seconds)) {
    throw InvalidOption("checkpoint seconds", fmt::to_string(checkpoint_.seconds), "must be finite and not negative");
  }
  if (std::filesystem::exists(checkpoint_.file)) read();
  write();
}

void CheckpointFile::read() {
  std::istringstream in(checked_text(checkpoint_.file));
  FitIdentity identity;
  try {
    cereal::PortableBinaryInputArchive archive(in);
    archive(identity, kept_);
  } catch (const std::exception&) {
    throw_unusable(checkpoint_.file, "is of another version of the program");
  }
  const std::string difference = different(identity, identity_);
  if (!difference.empty()) throw_unusable(checkpoint_.file, difference);
}

void CheckpointFile::write() const {
  const std::string text = to_text(identity_, kept_);
  write_file(checkpoint_.file, [&](std::ostream& out) { out << format << checksum(text) << text; });
}

std::optional<std::string> CheckpointFile::recall(std::int64_t place) const {
  const auto found = kept_.find(place);
  return found == kept_.end() ? std::nullopt : std::optional(found->second);
}

bool CheckpointFile::due(std::int64_t place) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const auto [kept_at, first] = kept_at_.try_emplace(place, now);
  if (first && checkpoint_.seconds > 0.0) return false;
  if (std::chrono::duration<double>(now - kept_at->second).count() < checkpoint_.seconds) return false;
  kept_at->second = now;
  return true;
}

void CheckpointFile::keep(std::int64_t place, std::string state) {
  const std::lock_guard lock(mutex_);
  kept_[place] = std::move(state);
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - written_at_;
  if (since.count() >= checkpoint_.seconds) try_to_write();
}

void CheckpointFile::finish() {
  const std::lock_guard lock(mutex_);
  try_to_write();
}

void CheckpointFile::try_to_write() {
  written_at_ = std::chrono::steady_clock::now();
  try {
    write();
  } catch (const Error& error) {
    failure_ = fmt::format("the last checkpoint could not be kept: {}", error.what());
    return;
  }
  failure_.reset();
}

}  // namespace latent::detail
