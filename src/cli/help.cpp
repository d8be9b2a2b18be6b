#include "help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

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

// How many letters must be inserted, left out, replaced or exchanged with the next to make `to` of `from`: the
// Damerau–Levenshtein distance, in its restricted form.
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> distance(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
  for (std::size_t i = 0; i <= from.size(); ++i) distance[i][0] = i;
  for (std::size_t j = 0; j <= to.size(); ++j) distance[0][j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = distance[i - 1][j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, replaced});
      const bool exchanged = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (exchanged) distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
    }
  }
  return distance[from.size()][to.size()];
}

// The one of `names` that takes the fewest edits, or is the only one that goes on as the word; empty where none is
// near.
std::string nearest(const std::string& word, const std::vector<std::string>& names) {
  const auto goes_on = [&](const std::string& name) { return word.size() > 2 && name.starts_with(word); };
  if (std::ranges::count_if(names, goes_on) == 1) return *std::ranges::find_if(names, goes_on);
  const auto distance = [&](const std::string& name) { return edits(word, name); };
  const auto best = std::ranges::min_element(names, {}, distance);
  const std::size_t letters = word.size() - std::min(word.size(), word.find_first_not_of('-'));
  return best == names.end() || distance(*best) > std::max<std::size_t>(1, letters / 3) ? "" : *best;
}

std::string suggestion(const std::string& name, const std::string& otherwise) {
  return name.empty() ? otherwise : fmt::format("did you mean {}?", name);
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

std::string unknown_word(const CLI::App& latent, const std::vector<std::string>& words) {
  const CLI::App* command = &latent;
  for (const std::string& word : words) {
    if (word == "--") break;
    if (word.starts_with("--")) {
      const std::string option = word.substr(0, word.find('='));
      if (command->get_option_no_throw(option) != nullptr) continue;
      const std::string path = command == &latent ? "latent" : "latent " + command->get_name();
      return fmt::format("{}: there is no such option; {}", option,
                         suggestion(nearest(option, long_names(named_options(*command))), path + " --help lists them"));
    }
    if (command != &latent) continue;
    const auto named = latent.get_subcommands([&](const CLI::App* known) { return known->get_name() == word; });
    if (!named.empty()) {
      command = named.front();
      continue;
    }
    const auto names = subcommand_names(latent);
    return fmt::format("{}: there is no such subcommand; {}", word,
                       suggestion(nearest(word, names), fmt::format("there are {}", fmt::join(names, ", "))));
  }
  return {};
}

}  // namespace latent::cli
