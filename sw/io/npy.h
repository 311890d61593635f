// SPDX-License-Identifier: Apache-2.0
// Tensors as .npy files, so that a golden vector is one numpy.save away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <istream>
#include <span>
#include <string>
#include <vector>

#include "sw/io/array.h"
#include "sw/io/npy_header.h"

namespace gradcore::io {

// A tensor in the host's memory, the last dimension contiguous.
struct Tensor {
  ElementType type = ElementType::kFloat32;  // or kBfloat16
  std::vector<std::size_t> shape;            // 1 to 3 dimensions, none of them 0
  std::vector<std::uint32_t> values;         // binary32 bit patterns; a bfloat16 b is b << 16
};

// Reads a file of dtype float32 or uint16, in C or Fortran order. Bits are kept, those of NaNs
// too. Throws FileError when the file is anything else, or when its length is not exactly what its
// header says; memory is asked for only after that check.
Tensor load_npy(const std::filesystem::path& path);

// Writes format version 1.0 in C order, whole or not at all (AtomicFile). A bfloat16 tensor must
// have zeros in the lower halves of its values. Throws FileError when the file cannot be written,
// std::invalid_argument when the tensor contradicts itself.
void save_npy(const std::filesystem::path& path, const Tensor& tensor);

// The same from anywhere, of any ElementType, for up to kMaxNpyDimensions; sizes of 0 and single
// numbers included. `bytes` is all that the stream holds, header included.
inline constexpr std::size_t kMaxNpyDimensions = 8;
Array read_npy(std::istream& stream, std::uint64_t bytes, const std::string& name);

// What stands before the data of such an array: format version 1.0, C order, a multiple of 64
// bytes. Throws std::invalid_argument for more dimensions.
std::string npy_header_bytes(ElementType type, std::span<const std::size_t> shape);

}  // namespace gradcore::io
