// SPDX-License-Identifier: Apache-2.0
// Tokens one after the other through a model on a device.
//
// The model sees as many tokens as its sequence is long. When there is no place left for another
// one, the last half of them begins a new sequence: these go through the model again, at their new
// places, and there is room for as many new ones.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sw/nn/decoding.h"
#include "sw/runtime/device.h"

namespace gradcore::nn {

class Decoder {
 public:
  // Takes its part of DRAM. The model's `initialise` must have been launched with the parameters
  // (Training::restore), which must still be where it found them. All must outlive this object.
  // Throws runtime::OutOfMemory.
  Decoder(runtime::Device& device, const CompiledDecoding& compiled);

  // Is called now and then while the chip works, and may throw to give up.
  void set_observer(std::function<void()> observer) { observer_ = std::move(observer); }

  // The next tokens, at least one; then the logits of the token that follows them. Throws
  // compiler::ChipError.
  std::vector<float> append(std::span<const std::uint32_t> tokens);
  // Forgets all tokens.
  void clear();
  // Those that the model sees, by place, and the logits after each of them.
  const std::vector<std::uint32_t>& window() const { return window_; }
  std::vector<float> logits(std::uint32_t place);

 private:
  runtime::Device& device_;
  const CompiledDecoding& compiled_;
  std::function<void()> observer_;
  std::vector<std::uint32_t> window_;
};

}  // namespace gradcore::nn
