// SPDX-License-Identifier: Apache-2.0
// Several sequences made one, in which each is spread evenly from the first place to the last.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace gradcore::nn {

template <typename Value>
class Spread {
 public:
  // The elements of a sequence keep their order. Equal sequences are shifted against each other.
  template <typename Sequence>
  void add(const Sequence& sequence) {
    // Multiples of the golden ratio, modulo 1: wherever one stops, they are spread evenly.
    constexpr std::uint32_t kGolden = 0x9E3779B9u;
    const std::uint64_t phase = sequences_++ * kGolden;  // of 2^32
    std::uint64_t k = 0;
    for (const Value& value : sequence) {
      elements_.push_back({((k++ << 32) + phase) / sequence.size(), value});
    }
  }

  std::vector<Value> take() {
    std::stable_sort(elements_.begin(), elements_.end(),
                     [](const Element& a, const Element& b) { return a.place < b.place; });
    std::vector<Value> out;
    out.reserve(elements_.size());
    for (const Element& e : elements_) out.push_back(e.value);
    elements_.clear();
    sequences_ = 0;
    return out;
  }

 private:
  struct Element {
    std::uint64_t place = 0;  // 0 .. 2^32, of the whole
    Value value;
  };
  std::vector<Element> elements_;
  std::uint32_t sequences_ = 0;
};

}  // namespace gradcore::nn
