#include "command/options/command_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "command/model_names.hpp"
#include "command/options/help.hpp"
#include "command/options/option_values.hpp"
#include "command/options/options.hpp"
#include "command/reports/nearest.hpp"
#include "core/ascii_text.hpp"

namespace latent::cli {
namespace {

using Words = std::span<const std::string>;

// "latent fit MODEL DATA [OPTIONS]".
std::string usage_of(const Command& command) { return usage(command) + " [OPTIONS]"; }

std::string name_in(const std::string& word) { return word.substr(0, word.find('=')); }

bool has_empty_part(std::string_view list, char delimiter) {
  while (true) {
    const std::size_t end = list.find(delimiter);
    if (without_blanks(list.substr(0, end)).empty()) return true;
    if (end == std::string_view::npos) return false;
    list.remove_prefix(end + 1);
  }
}

const Option* option_of(const Command& command, const std::string& word) {
  return word.starts_with('-') ? command.option_named(name_in(word)) : nullptr;
}

const Command* subcommand_named(const Command& latent, const std::string& name) {
  const auto all = latent.subcommands();
  const auto named = std::ranges::find(all, name, &Command::name);
  return named == all.end() ? nullptr : *named;
}

// What comes after the hyphens, of either kind: text that was pasted may begin with a dash.
std::string without_hyphens(std::string word) {
  constexpr std::array<std::string_view, 4> hyphens = {"-", "\u2013", "\u2014", "\u2212"};
  for (bool more = true; more;) {
    more = false;
    for (const std::string_view hyphen : hyphens) {
      if (!word.starts_with(hyphen)) continue;
      word.erase(0, hyphen.size());
      more = true;
    }
  }
  return word;
}

bool looks_like_an_option(const std::string& word) { return word.size() > 1 && without_hyphens(word) != word; }

// The option that was meant by a word with too few hyphens, none, or a mistake in it; empty if none is near.
std::string option_meant(const Command& command, const std::string& word) {
  const std::string name = name_in(without_hyphens(word));
  const std::vector<std::string> names = long_names(named_options(command));
  std::string components = "--components";  // which is K in formulas, and an option -k elsewhere
  if (equal_in_any_case(name, "k") && std::ranges::find(names, components) != names.end()) return components;
  return nearest("--" + name, names);
}

[[noreturn]] void refuse_unknown_option(const Command& command, const std::string& path, const std::string& word) {
  throw Error(fmt::format("{}: there is no such option; {}", name_in(word),
                          suggestion(option_meant(command, word), path + " --help lists them")));
}

// An option of a subcommand that was typed before it, or of none.
[[noreturn]] void refuse_option_of_latent(const Command& latent, const std::string& word, Words after) {
  for (const std::string& later : after) {
    const Command* command = subcommand_named(latent, later);
    const Option* option = command == nullptr ? nullptr : option_of(*command, word);
    if (option == nullptr) continue;
    throw Error(fmt::format("{}: must come after the subcommand: {} {}", name_in(word), usage_of(*command),
                            name_and_value(*option)));
  }
  refuse_unknown_option(latent, "latent", word);
}

[[noreturn]] void refuse_subcommand(const Command& latent, const std::string& word) {
  const auto names = subcommand_names(latent);
  std::string near = nearest(word, names);
  for (const std::string& model : model_names()) {
    if (model == word) near = "latent fit " + word;
  }
  throw Error(fmt::format("{}: there is no such subcommand; {}", word,
                          suggestion(near, fmt::format("there are {}", fmt::join(names, ", ")))));
}

// Reads the words of one subcommand.
class SubcommandWords {
 public:
  SubcommandWords(const Command& command, Words words) : command_(command), words_(words) {}

  // Whether help is asked for; the words after that may be anything.
  bool read() {
    bool options = true;
    while (!words_.empty()) {
      const std::string word = next();
      if (options && word == "--") {
        options = false;
      } else if (options && looks_like_an_option(word)) {
        if (read_option(word)) return true;
      } else {
        read_argument(word);
      }
    }
    require_all();
    return false;
  }

 private:
  std::string next() {
    std::string word = words_.front();
    words_ = words_.subspan(1);
    return word;
  }

  // Whether it is the option that asks for help.
  bool read_option(const std::string& word) {
    const Option* option = option_of(command_, word);
    if (option == nullptr) refuse_unknown_option(command_, "latent " + command_.name(), word);
    if (!option->takes_value() && word != name_in(word)) {
      throw Error(fmt::format("{}: {}: takes no value; leave it out", name_in(word), word.substr(word.find('=') + 1)));
    }
    if (option == command_.help_option()) return true;
    if (option->takes_value()) read_value(*option, word);
    const bool again = std::ranges::find(given_, option) != given_.end();
    if (again && option->takes_value() && !option->takes_several()) {
      throw Error(fmt::format("{}: given twice; leave one of them out", name_in(word)));
    }
    given_.push_back(option);
    return false;
  }

  void read_value(const Option& option, const std::string& word) {
    const std::string name = name_in(word);
    std::string value;
    if (word != name) {
      value = word.substr(name.size() + 1);
    } else {
      const bool there = !words_.empty() && words_.front() != "--" && option_of(command_, words_.front()) == nullptr;
      if (!there) throw Error(fmt::format("{}: has no value; write {}", name, name_and_value(option)));
      value = next();
    }
    if (without_blanks(value).empty()) {
      throw Error(fmt::format("{}: '{}': is empty; write {}", name, value, name_and_value(option)));
    }
    if (option.delimiter() != '\0' && has_empty_part(value, option.delimiter())) {
      throw Error(fmt::format("{}: '{}': one of the list is empty; write {}, with a comma between two", name, value,
                              name_and_value(option)));
    }
  }

  void read_argument(const std::string& word) {
    const auto arguments = positionals(command_);
    if (word.empty()) throw Error(fmt::format("'': is empty; {}", usage_of(command_)));
    if (++arguments_ <= arguments.size()) return;
    const std::string near = option_of_bare_word(word);
    if (!near.empty()) throw Error(fmt::format("{}: is one argument too many; did you mean {}?", word, near));
    throw Error(
        fmt::format("{}: is one argument too many for {}; quote a name that has spaces, and write lists with "
                    "commas and without spaces",
                    word, usage_of(command_)));
  }

  // "--components" for "components" or "components=2".
  [[nodiscard]] std::string option_of_bare_word(const std::string& word) const {
    const std::string name = "--" + name_in(word);
    return command_.option_named(name) == nullptr ? std::string() : name;
  }

  void require_all() const {
    const auto arguments = positionals(command_);
    if (arguments_ < arguments.size()) {
      throw Error(fmt::format("{}: not given; {}", arguments[arguments_]->argument_name(), usage_of(command_)));
    }
    for (const Option* option : named_options(command_)) {
      const bool given = std::ranges::find(given_, option) != given_.end();
      if (!given && option->is_required()) {
        throw Error(fmt::format("{}: not given; write {}, the {}", typed_name(*option), name_and_value(*option),
                                option->description()));
      }
    }
    for (const Option* option : given_) {
      for (const Option* other : option->excluded()) {
        if (std::ranges::find(given_, other) == given_.end()) continue;
        throw Error(fmt::format("{}: can't be given with {}; leave one of the two out", typed_name(*option),
                                typed_name(*other)));
      }
    }
  }

  const Command& command_;
  Words words_;
  std::vector<const Option*> given_;
  std::size_t arguments_ = 0;
};

}  // namespace

std::string as_typed(const InvalidOption& error, const Command& latent) {
  std::string option = "--" + error.option();
  std::ranges::replace_if(option, [](char c) { return c == ' ' || c == '_'; }, '-');
  const auto has_option = [&](const Command* command) { return command->option_named(option) != nullptr; };
  const bool known = std::ranges::any_of(listed_subcommands(latent), has_option);
  return fmt::format("{}: {}: {}", known ? option : error.option(), error.value(), error.allowed());
}

const Command* help_asked_for(const Command& latent, const std::vector<std::string>& words) {
  if (words.empty() || words.front().empty()) throw Error("SUBCOMMAND: not given; latent --help lists the subcommands");
  const std::string& first = words.front();
  const Words after = Words(words).subspan(1);
  if (looks_like_an_option(first)) {
    const Option* option = option_of(latent, first);
    if (option == nullptr) refuse_option_of_latent(latent, first, after);
    if (first != name_in(first)) throw Error(fmt::format("{}: takes no value; leave it out", name_in(first)));
    return option == latent.help_option() ? &latent : nullptr;
  }
  const Command* command = subcommand_named(latent, first);
  if (command == nullptr) refuse_subcommand(latent, first);
  return SubcommandWords(*command, after).read() ? command : nullptr;
}

}  // namespace latent::cli
