// latent man-page: the command's manual, from the options as they are defined. It is printed when the command is built,
// and installed; help doesn't list it.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <iostream>
#include <string>
#include <string_view>

#include "command/commands/command.hpp"
#include "command/options/help.hpp"
#include "command/options/options.hpp"

namespace latent::cli {
namespace {

// As roff wants it: no line begins with a control character, and a hyphen that is typed stays one.
std::string roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else if (escaped.empty() && (c == '.' || c == '\'')) {
      escaped += std::string("\\&") + c;
    } else {
      escaped += c;
    }
  }
  return escaped;
}

void print_entry(const std::string& name, const std::string& text) {
  fmt::print(std::cout, ".TP\n\\fB{}\\fR\n{}\n", roff(name), roff(text));
}

void print_subcommand(const Command& command) {
  fmt::print(std::cout, ".SS \"{}\"\n{}.\n", roff(usage(command)), roff(command.description()));
  for (const Option* argument : positionals(command)) {
    print_entry(name_and_value(*argument), argument->description());
  }
  for (const Option* option : named_options(command)) {
    if (option != command.help_option()) print_entry(name_and_value(*option), option->description());
  }
  fmt::print(std::cout, ".PP\n{}\n", roff(command.footer()));
}

void print_man_page(const Command& latent) {
  // In mdoc's older brother, man(7), which both man-db and mandoc read.
  fmt::print(std::cout, ".TH LATENT 1 {} \"latent {}\"\n", LATENT_VERSION_DATE, LATENT_VERSION);
  fmt::print(std::cout, ".SH NAME\nlatent \\- {}\n", roff(latent.description()));
  fmt::print(std::cout, ".SH SYNOPSIS\n.B latent\nSUBCOMMAND [OPTIONS]\n.SH SUBCOMMANDS\n");
  for (const Command* command : listed_subcommands(latent)) print_subcommand(*command);
  fmt::print(std::cout, R"(.SH EXIT STATUS
.TP
0
Done. A fit that did not converge is a warning.
.TP
2
Bad usage, bad input, or output that can't be written.
.TP
3
No start gave a fit.
.TP
130
Interrupted by SIGINT, SIGTERM or SIGHUP; a checkpoint was written where one was asked for.
)");
}

}  // namespace

void add_man_page(Command& latent) {
  latent.add_subcommand("man-page", "this command's manual, for man")->hide()->callback([&latent] {
    print_man_page(latent);
  });
}

}  // namespace latent::cli
