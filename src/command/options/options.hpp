// The subcommands and options of a command line, as the rest of the command sees them: CLI11, which takes long to
// compile, is in options.cpp only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): as CLI11 calls it
class App;
class Option;
}  // namespace CLI

namespace latent::cli {

/// An option, flag or argument of a command. The functions that define it return it again.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}
  Option(const Option&) = delete;
  Option& operator=(const Option&) = delete;
  Option(Option&&) = delete;
  Option& operator=(Option&&) = delete;
  ~Option() = default;

  /// What the value is called in help, as "K".
  Option* type_name(const std::string& type);
  /// It must be given.
  Option* required();
  /// Several values may be given in one word, with this character between two.
  Option* delimiter(char between);
  /// Whether the words after its value may be further values.
  Option* allow_extra_args(bool allowed);
  /// `check` puts the value that is meant in place of the text of each one, or throws. `shown` goes to the type, behind
  /// a colon.
  Option* transform(const std::function<void(std::string& text)>& check, const std::string& shown);
  /// The two can't be given together.
  /// @throws std::invalid_argument where the other is null.
  void excludes(Option* other);

  /// An argument has a place, and no hyphens.
  [[nodiscard]] bool is_argument() const;
  /// Whether it is what a word with hyphens names.
  [[nodiscard]] bool is_named(const std::string& word) const;
  /// As an argument is written, "DATA".
  [[nodiscard]] std::string argument_name() const;
  /// With one hyphen, without it.
  [[nodiscard]] const std::vector<std::string>& short_names() const;
  /// With two hyphens, without them.
  [[nodiscard]] const std::vector<std::string>& long_names() const;
  [[nodiscard]] const std::string& description() const;
  /// What the value is called, and behind a colon what its checks are.
  [[nodiscard]] std::string type_name() const;
  [[nodiscard]] bool is_required() const;
  /// A flag takes none.
  [[nodiscard]] bool takes_value() const;
  [[nodiscard]] bool takes_several() const;
  /// The character between two values; null if there is none.
  [[nodiscard]] char delimiter() const;
  [[nodiscard]] const std::vector<const Option*>& excluded() const { return excluded_; }

  friend std::string name_and_value(const Option& option);

 private:
  CLI::Option* option_;
  std::vector<const Option*> excluded_;
};

/// An option's or argument's name with what it takes, as "--components K" or "MODEL".
std::string name_and_value(const Option& option);

/// The command, or one of its subcommands. Each has --help.
class Command {
 public:
  /// The command itself.
  /// @param name as it is typed.
  /// @param description what it is, in a line.
  Command(const std::string& name, const std::string& description);
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  Command(Command&&) = delete;
  Command& operator=(Command&&) = delete;
  ~Command();

  /// Adds --version.
  /// @param version the line that it prints.
  void add_version(const std::string& version);
  /// One of the subcommands must be given.
  void require_subcommand();
  /// Adds a subcommand, which this command owns.
  Command* add_subcommand(const std::string& name, const std::string& description);
  /// Adds an option, or an argument if the name has no hyphens. This command owns it.
  /// @param value gets what is given: text, a number, or one of them that may be missing; a vector gets several. It
  /// must last until the words are parsed.
  template <class Value>
  Option* add_option(const std::string& name, Value& value, const std::string& description);
  /// Adds an option without a value. This command owns it.
  /// @param given gets whether it is given; it must last until the words are parsed.
  Option* add_flag(const std::string& name, bool& given, const std::string& description);
  /// The last lines of the help.
  void footer(const std::string& text);
  /// Help doesn't list the subcommand.
  Command* hide();
  /// What is done when the subcommand was given, and the words are parsed.
  void callback(const std::function<void()>& action);

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] std::string description() const;
  [[nodiscard]] std::string footer() const;
  [[nodiscard]] bool is_hidden() const;
  /// In the order in which they were added, --help first.
  [[nodiscard]] std::vector<const Option*> options() const;
  /// The option that a word with hyphens names; null if there is none.
  [[nodiscard]] const Option* option_named(const std::string& word) const;
  [[nodiscard]] Option* option_named(const std::string& word);
  [[nodiscard]] const Option* help_option() const { return options_.front().get(); }
  /// In the order in which they were added.
  [[nodiscard]] std::vector<const Command*> subcommands() const;

  /// What --help prints.
  [[nodiscard]] std::string help() const;
  /// Reads the words of a command line, without the command's own name, and calls the subcommand's callback. Prints the
  /// version where that is asked for.
  void parse(std::vector<std::string> words);

 private:
  explicit Command(CLI::App& app);
  Option* added(CLI::Option* option);

  std::unique_ptr<CLI::App> owned_;  // null for a subcommand, which CLI11 owns
  CLI::App* app_;
  std::vector<std::unique_ptr<Option>> options_;
  std::vector<std::unique_ptr<Command>> subcommands_;
};

}  // namespace latent::cli
