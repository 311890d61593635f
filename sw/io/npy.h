// SPDX-License-Identifier: Apache-2.0
// Tensors as .npy files, so that a golden vector is one numpy.save away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "sw/io/npy_header.h"

namespace gradcore::io {

enum class ElementType {
  kFloat32,   // dtype float32
  kBfloat16,  // dtype uint16: the 16 bits of a bfloat16
};

// A tensor in the host's memory, the last dimension contiguous.
struct Tensor {
  ElementType type = ElementType::kFloat32;
  std::vector<std::size_t> shape;     // 1 to 3 dimensions, none of them 0
  std::vector<std::uint32_t> values;  // binary32 bit patterns; a bfloat16 b is b << 16
};

// Reads a file of dtype float32 or uint16, in C or Fortran order. Bits are kept, those of NaNs
// too. Throws FileError when the file is anything else, or when its length is not exactly what its
// header says; memory is asked for only after that check.
Tensor load_npy(const std::filesystem::path& path);

// Writes format version 1.0 in C order, whole or not at all (AtomicFile). A bfloat16 tensor must
// have zeros in the lower halves of its values. Throws FileError when the file cannot be written,
// std::invalid_argument when the tensor contradicts itself.
void save_npy(const std::filesystem::path& path, const Tensor& tensor);

}  // namespace gradcore::io
