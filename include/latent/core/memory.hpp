/// @file
/// How much memory there is for this program, and a sentence where something needs more.
///
/// A system that promises memory that it doesn't have ends the program once it is used. So what is needed is estimated,
/// and compared with what there is, before it is asked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "latent/core/errors.hpp"

namespace latent {

/// More memory is needed than there is.
class TooLittleMemory : public Error {
 public:
  using Error::Error;
};

/// The bytes that this process may have, whether or not others have some of them now: the least of the machine's
/// memory, the limit of its control group and of those around it (Linux), and its own limits of address space and data
/// (`ulimit -v`, `ulimit -d`).
[[nodiscard]] std::uint64_t memory_at_hand();

/// The limit of the control group alone, of a system with these folders of processes and of control groups, in version
/// 1 or 2; the largest number where there is none.
[[nodiscard]] std::uint64_t limit_of_control_group(const std::string& processes = "/proc",
                                                   const std::string& control_groups = "/sys/fs/cgroup");

/// A number of bytes with three digits, as "20 GB" or "1.5 MB": of 1000 bytes, not 1024, each unit is 1000 of the one
/// before.
[[nodiscard]] std::string size_text(double bytes);

/// Refuses what needs more bytes than memory_at_hand().
/// @param bytes what is needed.
/// @param what the subject of the sentence, as "a matrix of 50000×50000 numbers".
/// @param advice what to do about it.
/// @throws TooLittleMemory: "WHAT needs at least 20 GB of memory, and there are 16 GB; ADVICE".
void require_memory(double bytes, std::string_view what, std::string_view advice);

}  // namespace latent
