// The words of a command line, checked before CLI11 takes them, so that every refusal names the word as it was typed.
#pragma once

#include <string>
#include <vector>

#include "latent/core/errors.hpp"

namespace latent::cli {

class Command;

/// Whose help the words ask for: `latent` itself or one of its subcommands; null if they ask for none.
///
/// @throws Error for a word that is not an option, a subcommand or an argument of it, an option without its value, a
/// flag with one, an option given twice or with one that excludes it, and an argument or option that is missing.
const Command* help_asked_for(const Command& latent, const std::vector<std::string>& words);

/// What the library refuses, with the option as it is typed: "--time-limit: -1: …" for the library's "time limit". What
/// is not an option of the command keeps its name.
std::string as_typed(const InvalidOption& error, const Command& latent);

}  // namespace latent::cli
