// SPDX-License-Identifier: Apache-2.0
#include "sw/runtime/allocator.h"

#include <fmt/format.h>

#include <bit>

namespace gradcore::runtime {

std::uint64_t Allocator::allocate(std::string_view what, std::uint64_t bytes,
                                  std::uint64_t alignment) {
  if (!std::has_single_bit(alignment)) {
    throw std::invalid_argument("an alignment is a power of two");
  }
  const std::uint64_t start = (used_ + alignment - 1) & ~(alignment - 1);
  const bool fits = start >= used_ && start <= bytes_ && bytes <= bytes_ - start;
  if (!fits) {
    throw OutOfMemory(fmt::format("{} of {} bytes does not fit into DRAM: {} of its {} are taken",
                                  what, bytes, used_, bytes_));
  }
  used_ = start + bytes;
  return start;
}

}  // namespace gradcore::runtime
