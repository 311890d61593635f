// SPDX-License-Identifier: Apache-2.0
// One matrix product of tensors from files, checked and computed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sw/device/device.h"
#include "sw/device/schedule.h"
#include "sw/io/npy.h"

namespace gradcore::cli {

// Tensors whose shapes do not belong together. what() is one sentence that names the files.
class ShapeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct NamedTensor {
  std::string name;
  io::Tensor tensor;
};
NamedTensor load_tensor(const std::filesystem::path& path);

// Y = op(A) op(B) (+ C). Tensors are matrices, or have a batch of them as first dimension; a
// single matrix is used for every matrix of the other's batch. A vector is a row of A, a column
// of B, and the only row or column of C.
struct GemmProblem {
  NamedTensor a, b;
  bool trans_a = false, trans_b = false;
  std::optional<NamedTensor> c;
};

// Throws ShapeError.
device::GemmShape gemm_shape(const GemmProblem& problem);
// Throws ShapeError unless the tensor can be the result of a product of that shape.
void check_result_shape(const NamedTensor& tensor, const device::GemmShape& shape);

// m x n, with the batch as first dimension if A or B has one; float32. Throws ShapeError and what
// the device throws.
io::Tensor compute(device::Device& device, const GemmProblem& problem);

}  // namespace gradcore::cli
