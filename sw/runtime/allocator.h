// SPDX-License-Identifier: Apache-2.0
// Room in DRAM, given out from the bottom up.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace gradcore::runtime {

// what() is one sentence: what does not fit, how large it is and how much there is.
class OutOfMemory : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Allocator {
 public:
  explicit Allocator(std::uint64_t bytes) : bytes_(bytes) {}

  // The address of `bytes` bytes at a multiple of `alignment`, a power of two. `what` stands in the
  // message of OutOfMemory. Throws std::invalid_argument for an alignment that is none.
  std::uint64_t allocate(std::string_view what, std::uint64_t bytes, std::uint64_t alignment);
  // Gives everything back.
  void clear() { used_ = 0; }

  std::uint64_t used() const { return used_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_;
  std::uint64_t used_ = 0;
};

}  // namespace gradcore::runtime
