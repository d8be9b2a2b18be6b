// latent completion: what a shell needs to complete the command, from the options as they are defined.
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "command/commands/command.hpp"
#include "command/model_names.hpp"
#include "command/options/help.hpp"
#include "command/options/option_values.hpp"
#include "command/options/options.hpp"

namespace latent::cli {
namespace {

bool takes_file(const Option& option) { return option.type_name().starts_with("FILE"); }

// The names that options take.
void print_name_cases(const Command& command) {
  fmt::print(std::cout, "      case $before in\n");
  for (const Option* option : named_options(command)) {
    const auto names = names_taken_by(*option);
    if (names.empty()) continue;
    fmt::print(std::cout, "        {}) names='{}' ;;\n", typed_name(*option), fmt::join(names, " "));
  }
  fmt::print(std::cout, "      esac\n");
}

// The options of the subcommands; those before whose value the shell has nothing to offer, or files.
void print_option_cases(const Command& latent) {
  for (const Command* command : listed_subcommands(latent)) {
    std::vector<const Option*> of_files;
    std::vector<const Option*> of_others;
    for (const Option* option : named_options(*command)) {
      if (option->takes_value()) (takes_file(*option) ? of_files : of_others).push_back(option);
    }
    fmt::print(std::cout, "    {})\n      options='{}'\n      files='{}'\n      values='{}'\n", command->name(),
               fmt::join(long_names(named_options(*command)), " "), fmt::join(long_names(of_files), " "),
               fmt::join(long_names(of_others), " "));
    print_name_cases(*command);
    const auto arguments = positionals(*command);
    if (!arguments.empty() && arguments.front()->argument_name() == "MODEL") {
      fmt::print(std::cout, "      models='yes'\n");
    }
    fmt::print(std::cout, "      ;;\n");
  }
}

void print_bash(const Command& latent) {
  fmt::print(std::cout,
             R"(# Completion of latent in bash, as `latent completion bash` prints it: source this file, or put it where
# bash-completion looks.
_latent() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}}
  local options='' files='' values='' models='' names=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W '{} {}' -- "$word")
    return
  fi
  case ${{COMP_WORDS[1]}} in
)",
             fmt::join(subcommand_names(latent), " "), fmt::join(long_names(named_options(latent)), " "));
  print_option_cases(latent);
  fmt::print(std::cout, R"(  esac
  if [[ " $files " == *" $before "* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  elif [ -n "$names" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
  elif [[ " $values " == *" $before "* ]]; then
    return
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
  elif [ -n "$models" ] && [ "$COMP_CWORD" -eq 2 ]; then
    mapfile -t COMPREPLY < <(compgen -W '{}' -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}}
complete -o filenames -F _latent latent
)",
             fmt::join(model_names(), " "));
}

}  // namespace

void add_completion(Command& latent) {
  Command* command = latent.add_subcommand("completion", "a script that completes the command in a shell");
  const auto shell = std::make_shared<std::string>();
  takes_name(command->add_option("SHELL", *shell, "bash"), {"bash"})->required();
  command->footer("Example: latent completion bash >latent.bash");
  command->callback([&latent, shell] { print_bash(latent); });
}

}  // namespace latent::cli
