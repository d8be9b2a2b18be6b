#include <fmt/format.h>

#include <ostream>

#include "latent/data/data_file.hpp"

// The format: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
namespace latent {

void write_npy(std::ostream& out, const Eigen::Ref<const RowMatrix>& values) {
  constexpr std::size_t alignment = 64;  // of the numbers, so that they can be mapped
  constexpr std::string_view version_1 = {"\x93NUMPY\x01\x00", 8};
  constexpr std::size_t before_header = version_1.size() + 2;

  std::string header =
      fmt::format("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}, {}), }}", values.rows(), values.cols());
  while ((before_header + header.size() + 1) % alignment != 0) header += ' ';
  header += '\n';

  out << version_1 << static_cast<char>(header.size() & 0xFFU) << static_cast<char>(header.size() >> 8U) << header;
  for (Index row = 0; row < values.rows(); ++row) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are written as they lie
    out.write(reinterpret_cast<const char*>(values.row(row).data()),
              static_cast<std::streamsize>(static_cast<std::size_t>(values.cols()) * sizeof(double)));
  }
}

}  // namespace latent
