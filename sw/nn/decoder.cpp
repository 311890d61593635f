// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/decoder.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "sw/nn/launch.h"

namespace gradcore::nn {

Decoder::Decoder(runtime::Device& device, const CompiledDecoding& compiled)
    : device_(device), compiled_(compiled) {
  if (device_.allocate("the cache of a text", compiled.dram_end - compiled.dram_base) !=
      compiled.dram_base) {
    throw std::logic_error("the program was compiled for another place in DRAM");
  }
  put_program(device_, compiled.program);
  const std::size_t places = compiled.places;
  std::vector<float> mask(places * places, -std::numeric_limits<float>::infinity());
  for (std::size_t place = 0; place < places; ++place) {
    std::fill_n(mask.begin() + static_cast<std::ptrdiff_t>(place * places), place + 1, 0.0f);
  }
  write_floats(device_, compiled.mask, 0, mask);
  clear();
}

// What is behind the last token is masked, but must be numbers, and the same ones in every run.
void Decoder::clear() {
  window_.clear();
  for (const Region& region : compiled_.kept) {
    device_.write(region.address, std::vector<std::byte>(region.bytes));
  }
}

std::vector<float> Decoder::append(std::span<const std::uint32_t> tokens) {
  if (tokens.empty()) throw std::logic_error("no token follows");
  std::vector<std::uint32_t> all = window_;
  all.insert(all.end(), tokens.begin(), tokens.end());
  std::size_t first = window_.size();
  if (all.size() > compiled_.places) {
    const std::size_t keep = std::max<std::size_t>(compiled_.places / 2, 1);
    all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(keep));
    clear();
    first = 0;
  }
  const std::vector<float> numbers(all.begin() + static_cast<std::ptrdiff_t>(first), all.end());
  write_floats(device_, compiled_.tokens, 4 * first, numbers);
  for (const CompiledDecoding::Pointer& pointer : compiled_.pointers) {
    change_program(device_, compiled_.program, pointer.number, isa::set::kValue,
                   static_cast<std::uint32_t>(first) * pointer.row_bytes);
  }
  change_program(device_, compiled_.program, compiled_.loop, isa::loop::kCount,
                 static_cast<std::uint32_t>(numbers.size()));
  run_program(device_, compiled_.program, observer_);
  window_ = std::move(all);
  return logits(static_cast<std::uint32_t>(window_.size() - 1));
}

std::vector<float> Decoder::logits(std::uint32_t place) {
  if (place >= window_.size()) throw std::out_of_range("there is no token at this place");
  return read_floats(device_, compiled_.logits, std::uint64_t{4} * place * compiled_.outputs,
                     compiled_.outputs);
}

}  // namespace gradcore::nn
