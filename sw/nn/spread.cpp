// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/spread.h"

#include <algorithm>

namespace gradcore::nn {

void Spread::add(std::span<const std::uint32_t> sequence) {
  // Multiples of the golden ratio, modulo 1: wherever one stops, they are spread evenly.
  constexpr std::uint32_t kGolden = 0x9E3779B9u;
  const std::uint64_t phase = sequences_++ * kGolden;  // of 2^32
  for (std::uint64_t k = 0; k < sequence.size(); ++k) {
    elements_.push_back({((k << 32) + phase) / sequence.size(), sequence[k]});
  }
}

std::vector<std::uint32_t> Spread::take() {
  std::stable_sort(elements_.begin(), elements_.end(),
                   [](const Element& a, const Element& b) { return a.place < b.place; });
  std::vector<std::uint32_t> out;
  out.reserve(elements_.size());
  for (const Element& e : elements_) out.push_back(e.value);
  elements_.clear();
  sequences_ = 0;
  return out;
}

}  // namespace gradcore::nn
