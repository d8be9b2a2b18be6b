// latent new-model: a project for a model of one's own, in a new folder.
#include "command/commands/new_model.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "command/commands/command.hpp"
#include "command/options/options.hpp"
#include "command/shell/output_file.hpp"
#include "core/ascii_text.hpp"
#include "latent/core/errors.hpp"

namespace latent::cli {
namespace {

// One name, as each place spells it. The template's own are my-model, my_model and MyModel.
struct Names {
  std::string project;
  std::string file;
  std::string type;
};

// Of ASCII, whatever the locale: the names become identifiers.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_separator(char c) { return c == '-' || c == '_'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

void require_name(const std::string& name) {
  const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || is_separator(c); };
  constexpr std::size_t longest = 64;
  if (name.empty() || name.size() > longest || !is_letter(name.front()) || !std::ranges::all_of(name, allowed)) {
    throw Error(
        fmt::format("NAME: {}: must be at most {} letters (a to z), digits, hyphens and underscores, and begin "
                    "with a letter",
                    name, longest));
  }
}

std::string file_name(const std::string& name) {
  std::string file;
  for (const char c : name) file += c == '-' ? '_' : lower_case(c);
  return file;
}

// "zero-inflated_counts" and "zeroInflatedCounts" both give ZeroInflatedCounts.
std::string type_name(const std::string& name) {
  std::string type;
  bool begins_word = true;
  for (const char c : name) {
    if (!is_separator(c)) type += begins_word ? upper(c) : c;
    begins_word = is_separator(c);
  }
  // Not to be taken for a macro, the library's namespace, or what each model has in it.
  constexpr std::array<std::string_view, 3> others = {"Eigen", "Data", "Statistics"};
  const bool taken = std::ranges::find(others, type) != others.end() ||
                     std::ranges::none_of(type, [](char c) { return c >= 'a' && c <= 'z'; });
  return taken ? type + "Model" : type;
}

// In one pass: what has been put in is not looked at again.
std::string renamed(std::string_view text, const Names& names) {
  const std::array<std::pair<std::string_view, std::string_view>, 3> changes = {
      {{"my-model", names.project}, {"MyModel", names.type}, {"my_model", names.file}}};
  std::string result;
  while (!text.empty()) {
    const auto* const change =
        std::ranges::find_if(changes, [&](const auto& each) { return text.starts_with(each.first); });
    result += change == changes.end() ? text.substr(0, 1) : change->second;
    text.remove_prefix(change == changes.end() ? 1 : change->first.size());
  }
  return result;
}

// Never one that is there: nothing of the user's is written over.
void make_folder(const std::string& name) {
  std::error_code error;
  if (std::filesystem::create_directory(name, error)) return;
  throw Error(fmt::format("NAME: {}: {}", name, error ? error.message() : "is there already; choose another name"));
}

void write_files(const std::string& folder, const Names& names) {
  for (const TemplateFile& file : new_model_files()) {
    const std::string path = fmt::format("{}/{}", folder, renamed(file.name, names));
    write_output(path, [&](std::ostream& out) { out << renamed(file.text, names); });
    fmt::print(std::cout, "{}\n", path);
  }
}

void write_project(const std::string& name) {
  require_name(name);
  const Names names{.project = name, .file = file_name(name), .type = type_name(name)};
  make_folder(name);
  try {
    write_files(name, names);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(name, ignored);  // it is this call's own
    throw;
  }
  fmt::print(
      std::cout,
      "\nThe model {} is in {}/{}.hpp. To build, test and fit it:\n"
      "  cmake -S {} -B {}/build\n  cmake --build {}/build\n  ctest --test-dir {}/build\n  {}/build/{} {}/deaths.csv\n",
      names.type, name, names.file, name, name, name, name, name, names.file, name);
}

}  // namespace

void add_new_model(Command& latent) {
  Command* command = latent.add_subcommand("new-model", "a project for a model of your own, in a new folder");
  const auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "of the model and the folder: letters, digits, - and _")->required();
  command->footer("Example: latent new-model poisson-mixture");
  command->callback([name] { write_project(*name); });
}

}  // namespace latent::cli
