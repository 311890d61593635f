// SPDX-License-Identifier: Apache-2.0
// Several sequences made one, in which each is spread evenly from the first place to the last.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gradcore::nn {

// The elements of a sequence keep their order. Equal sequences are shifted against each other.
class Spread {
 public:
  void add(std::span<const std::uint32_t> sequence);
  std::vector<std::uint32_t> take();

 private:
  struct Element {
    std::uint64_t place = 0;  // 0 .. 2^32, of the whole
    std::uint32_t value = 0;
  };
  std::vector<Element> elements_;
  std::uint32_t sequences_ = 0;
};

}  // namespace gradcore::nn
