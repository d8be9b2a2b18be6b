#include "command/options/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <utility>

#include "command/options/help.hpp"

namespace latent::cli {
namespace {

std::string name_and_value_of(const CLI::Option& option) {
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

// Help in latent's own form.
class Help : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_option(const CLI::Option* option, bool /*is_positional*/) const override {
    return help_entry(name_and_value_of(*option), option->get_description());
  }
  [[nodiscard]] std::string make_subcommand(const CLI::App* subcommand) const override {
    return help_entry(subcommand->get_name(), subcommand->get_description());
  }
};

}  // namespace

Option* Option::type_name(const std::string& type) {
  option_->type_name(type);
  return this;
}

Option* Option::required() {
  option_->required();
  return this;
}

Option* Option::delimiter(char between) {
  option_->delimiter(between);
  return this;
}

Option* Option::allow_extra_args(bool allowed) {
  option_->allow_extra_args(allowed);
  return this;
}

Option* Option::transform(const std::function<void(std::string& text)>& check, const std::string& shown) {
  const auto validate = [check](std::string& text) {
    check(text);
    return std::string();
  };
  option_->transform(CLI::Validator(validate, shown));
  return this;
}

void Option::excludes(Option* other) {
  if (other == nullptr) throw std::invalid_argument("there is no such option to exclude");
  option_->excludes(other->option_);
  excluded_.push_back(other);
  other->excluded_.push_back(this);
}

std::string name_and_value(const Option& option) { return name_and_value_of(*option.option_); }

bool Option::is_argument() const { return option_->get_positional(); }
bool Option::is_named(const std::string& word) const { return option_->check_name(word); }
std::string Option::argument_name() const { return option_->get_name(true); }
const std::vector<std::string>& Option::short_names() const { return option_->get_snames(); }
const std::vector<std::string>& Option::long_names() const { return option_->get_lnames(); }
const std::string& Option::description() const { return option_->get_description(); }
std::string Option::type_name() const { return option_->get_type_name(); }
bool Option::is_required() const { return option_->get_required(); }
bool Option::takes_value() const { return option_->get_items_expected_max() > 0; }
bool Option::takes_several() const { return option_->get_items_expected_max() > 1; }
char Option::delimiter() const { return option_->get_delimiter(); }

Command::Command(const std::string& name, const std::string& description)
    : owned_(std::make_unique<CLI::App>(description, name)), app_(owned_.get()) {
  app_->formatter(std::make_shared<Help>());
  added(app_->get_help_ptr());
}

Command::Command(CLI::App& app) : app_(&app) { added(app_->get_help_ptr()); }

Command::~Command() = default;

Option* Command::added(CLI::Option* option) { return options_.emplace_back(std::make_unique<Option>(*option)).get(); }

void Command::add_version(const std::string& version) { added(app_->set_version_flag("--version", version)); }

void Command::require_subcommand() { app_->require_subcommand(1); }

Command* Command::add_subcommand(const std::string& name, const std::string& description) {
  CLI::App& app = *app_->add_subcommand(name, description);
  return subcommands_.emplace_back(std::unique_ptr<Command>(new Command(app))).get();
}

template <class Value>
Option* Command::add_option(const std::string& name, Value& value, const std::string& description) {
  return added(app_->add_option(name, value, description));
}

template Option* Command::add_option(const std::string&, std::string&, const std::string&);
template Option* Command::add_option(const std::string&, std::vector<std::string>&, const std::string&);
template Option* Command::add_option(const std::string&, int&, const std::string&);
template Option* Command::add_option(const std::string&, std::uint64_t&, const std::string&);
template Option* Command::add_option(const std::string&, std::optional<std::string>&, const std::string&);
template Option* Command::add_option(const std::string&, std::optional<int>&, const std::string&);
template Option* Command::add_option(const std::string&, std::optional<std::int64_t>&, const std::string&);
template Option* Command::add_option(const std::string&, std::optional<std::uint64_t>&, const std::string&);
template Option* Command::add_option(const std::string&, std::optional<double>&, const std::string&);

Option* Command::add_flag(const std::string& name, bool& given, const std::string& description) {
  return added(app_->add_flag(name, given, description));
}

void Command::footer(const std::string& text) { app_->footer(text); }

Command* Command::hide() {
  app_->group("");
  return this;
}

void Command::callback(const std::function<void()>& action) { app_->callback(action); }

const std::string& Command::name() const { return app_->get_name(); }
std::string Command::description() const { return app_->get_description(); }
std::string Command::footer() const { return app_->get_footer(); }
bool Command::is_hidden() const { return app_->get_group().empty(); }

std::vector<const Option*> Command::options() const {
  std::vector<const Option*> all(options_.size());
  std::ranges::transform(options_, all.begin(), [](const auto& option) { return option.get(); });
  return all;
}

const Option* Command::option_named(const std::string& word) const {
  const auto found = std::ranges::find_if(options_, [&](const auto& option) { return option->is_named(word); });
  return found == options_.end() ? nullptr : found->get();
}

Option* Command::option_named(const std::string& word) {
  return const_cast<Option*>(std::as_const(*this).option_named(word));
}

std::vector<const Command*> Command::subcommands() const {
  std::vector<const Command*> all(subcommands_.size());
  std::ranges::transform(subcommands_, all.begin(), [](const auto& command) { return command.get(); });
  return all;
}

std::string Command::help() const {
  const CLI::App* parent = app_->get_parent();
  return app_->help(parent == nullptr ? "" : parent->get_name());
}

void Command::parse(std::vector<std::string> words) {
  std::ranges::reverse(words);  // as CLI11 wants them
  try {
    app_->parse(std::move(words));
  } catch (const CLI::CallForVersion& version) {
    std::cout << version.what() << std::endl;
  }
}

}  // namespace latent::cli
