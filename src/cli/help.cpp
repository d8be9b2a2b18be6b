#include "help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

namespace latent::cli {
namespace {

constexpr std::size_t page_width = 80;
constexpr std::size_t name_width = 24;

// "name    text", where the text goes on below itself.
std::string entry(const std::string& name, const std::string& text) {
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

}  // namespace

std::string Help::make_option(const CLI::Option* option, bool /*is_positional*/) const {
  return entry(name_and_value(*option), option->get_description());
}

std::string Help::make_subcommand(const CLI::App* subcommand) const {
  return entry(subcommand->get_name(), subcommand->get_description());
}

std::string name_and_value(const CLI::Option& option) {
  if (!option.nonpositional()) return option.get_name(true);
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  std::string all = fmt::format("{}", fmt::join(names, ", "));
  if (option.get_items_expected_max() == 0) return all;
  // Behind a colon the type has what its checks are called.
  const std::string type = option.get_type_name();
  return all + " " + type.substr(0, type.find(':'));
}

std::vector<const CLI::Option*> named_options(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->nonpositional(); });
}

std::vector<std::string> long_names(const std::vector<const CLI::Option*>& options) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<const CLI::Option*> positionals(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

std::vector<const CLI::App*> listed_subcommands(const CLI::App& latent) {
  return latent.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

std::vector<std::string> subcommand_names(const CLI::App& latent) {
  std::vector<std::string> names;
  for (const CLI::App* command : listed_subcommands(latent)) names.push_back(command->get_name());
  return names;
}

}  // namespace latent::cli
