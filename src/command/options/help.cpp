#include "command/options/help.hpp"

#include <sstream>

#include "command/options/options.hpp"

namespace latent::cli {
namespace {

constexpr std::size_t page_width = 80;
constexpr std::size_t name_width = 24;

}  // namespace

std::string help_entry(const std::string& name, const std::string& text) {
  std::string all = "  " + name;
  std::size_t column = all.size();
  const auto begin_text = [&] {
    all += column < name_width ? std::string(name_width - column, ' ') : "\n" + std::string(name_width, ' ');
    column = name_width;
  };
  begin_text();
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (column > name_width && column + 1 + word.size() > page_width) {
      all += "\n" + std::string(name_width, ' ');
      column = name_width;
    }
    if (column > name_width) {
      all += ' ';
      ++column;
    }
    all += word;
    column += word.size();
  }
  return all + "\n";
}

std::vector<const Option*> named_options(const Command& command) {
  auto options = command.options();
  std::erase_if(options, [](const Option* option) { return option->is_argument(); });
  return options;
}

std::vector<std::string> long_names(const std::vector<const Option*>& options) {
  std::vector<std::string> names;
  for (const Option* option : options) {
    for (const std::string& name : option->long_names()) names.push_back("--" + name);
  }
  return names;
}

std::string usage(const Command& command) {
  std::string words = "latent " + command.name();
  for (const Option* argument : positionals(command)) words.append(" ").append(argument->argument_name());
  return words;
}

std::vector<const Option*> positionals(const Command& command) {
  auto options = command.options();
  std::erase_if(options, [](const Option* option) { return !option->is_argument(); });
  return options;
}

std::vector<const Command*> listed_subcommands(const Command& latent) {
  auto commands = latent.subcommands();
  std::erase_if(commands, [](const Command* command) { return command->is_hidden(); });
  return commands;
}

std::vector<std::string> subcommand_names(const Command& latent) {
  std::vector<std::string> names;
  for (const Command* command : listed_subcommands(latent)) names.push_back(command->name());
  return names;
}

}  // namespace latent::cli
