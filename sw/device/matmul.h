// SPDX-License-Identifier: Apache-2.0
// Matrix products of host matrices of any size on a device.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "sw/device/device.h"
#include "sw/device/schedule.h"

namespace gradcore::device {

// A device refused a command. what() says which one and why.
class CommandError : public std::runtime_error {
 public:
  explicit CommandError(const Completion& completion);
  const Completion& completion() const { return completion_; }

 private:
  Completion completion_;
};

// What commands cost. Cycles count from the first submission to the last completion, without the
// time in which the host moves data; zero on backends without a clock.
struct MatmulReport {
  std::uint64_t commands = 0;
  std::uint64_t cycles = 0;
  std::uint64_t busy_cycles = 0;
  MatmulReport& operator+=(const MatmulReport& other);
};

// Submits all commands, one behind the other, and waits for all of them. The ids are replaced by
// the index in the list. Throws CommandError for the first refused one, after all have completed.
MatmulReport run_commands(Device& device, std::span<const GemmCommand> commands);

// y = op(x) op(w) (+ c) for each matrix of the batch. Matrices are row-major, dense, one after the
// other, and the bits of binary32 values; x and w are rounded to bfloat16 on the way. A transpose
// flag says that the memory holds the transpose (x: K x M, w: N x K, y and c: N x M).
struct MatmulArgs {
  GemmShape shape;
  bool trans_x = false, trans_w = false, trans_y = false;
  std::span<const std::uint32_t> x, w;
  std::span<const std::uint32_t> c;  // empty: the sum starts at +0; may be the same memory as y
  std::span<std::uint32_t> y;
  std::optional<Orientation> orientation;  // none: the one with fewer cycles
};

// A product that does not fit into local memory is split: the batch, then M and N, and K where it
// must be, at multiples of the array's size and ascending, which leaves every bit as it is.
// Throws std::invalid_argument for a size of zero or a span of the wrong size, AllocationError for
// memory that does not hold even one tile of each matrix, CommandError.
MatmulReport matmul(Device& device, const MatmulArgs& args);
// The same for a list. As many as fit into local memory together are uploaded first and then run
// back to back. None may read what another one writes.
MatmulReport matmul(Device& device, std::span<const MatmulArgs> list);

}  // namespace gradcore::device
