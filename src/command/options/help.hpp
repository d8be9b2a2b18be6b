// What --help prints.
#pragma once

#include <string>
#include <vector>

namespace latent::cli {

class Command;
class Option;

/// A line of help in 80 columns: the name on the left, and what it is on the right, over several lines where it is
/// long.
std::string help_entry(const std::string& name, const std::string& text);

/// The options of a subcommand with their names, --help first; without positionals.
std::vector<const Option*> named_options(const Command& command);

/// Their long names, as "--components".
std::vector<std::string> long_names(const std::vector<const Option*>& options);

/// How a subcommand is called, without its options: "latent fit MODEL DATA".
std::string usage(const Command& command);

/// The positionals of a subcommand, in order.
std::vector<const Option*> positionals(const Command& command);

/// The subcommands that help lists, in order.
std::vector<const Command*> listed_subcommands(const Command& latent);
/// Their names.
std::vector<std::string> subcommand_names(const Command& latent);

}  // namespace latent::cli
