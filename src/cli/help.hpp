// What --help prints.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace latent::cli {

/// Help in 80 columns: names on the left, and what they are on the right, over several lines where it is long.
class Help : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_option(const CLI::Option* option, bool is_positional) const override;
  [[nodiscard]] std::string make_subcommand(const CLI::App* subcommand) const override;
};

/// An option's or positional's name with what it takes, as "--components K" or "MODEL".
std::string name_and_value(const CLI::Option& option);

/// The options of a subcommand with their names, --help first; without positionals.
std::vector<const CLI::Option*> named_options(const CLI::App& command);

/// Their long names, as "--components".
std::vector<std::string> long_names(const std::vector<const CLI::Option*>& options);

/// The positionals of a subcommand, in order.
std::vector<const CLI::Option*> positionals(const CLI::App& command);

/// The subcommands that help lists, in order.
std::vector<const CLI::App*> listed_subcommands(const CLI::App& latent);
/// Their names.
std::vector<std::string> subcommand_names(const CLI::App& latent);

}  // namespace latent::cli
