// Numbers of things in messages.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace latent {

// "1 observation", "2 observations": the plural is the noun with an s.
template <class Number>
std::string counted(Number number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == Number{1} ? "" : "s");
}

}  // namespace latent
