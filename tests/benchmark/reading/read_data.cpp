// Reads a data file as numbers, and prints how many rows and columns there are.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "latent/core/parallel.hpp"
#include "latent/data/data_file.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: read_data FILE THREADS\n");
    return 2;
  }
  try {
    latent::with_threads(std::stoi(argv[2]), [&] {
      const latent::NumericTable table = latent::open_data(argv[1]).numbers();
      fmt::print("{} {}\n", table.rows(), table.columns().size());
    });
  } catch (const std::exception& error) {
    fmt::print(stderr, "read_data: {}\n", error.what());
    return 2;
  }
}
