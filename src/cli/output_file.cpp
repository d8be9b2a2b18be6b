#include "output_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "latent/errors.hpp"

namespace latent::cli {

void write_file(const std::string& path, const std::function<void(std::ostream&)>& write) {
  std::ofstream out(path);
  if (out) write(out);
  out.close();
  if (!out) throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
}

}  // namespace latent::cli
