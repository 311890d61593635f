// SPDX-License-Identifier: Apache-2.0
// Which token comes next. The same on every machine: nothing but exact arithmetic and random bits
// that are a function of (seed, index).
#pragma once

#include <cstdint>
#include <span>

namespace gradcore::nn {

struct Sampling {
  bool is_greedy = false;   // the most probable one
  double temperature = 1;   // above 0; logits are divided by it
  std::uint32_t top_k = 0;  // only the most probable ones; 0: all
  std::uint64_t seed = 1;
};

// The number of a token, chosen by logits: by softmax(logits / temperature), within about 2^-40 of
// these probabilities. Of equal logits the token with the lower number counts as more probable.
// `index` says which of the random choices this is. Throws std::invalid_argument, in a sentence,
// when a logit is not a number or infinite.
std::uint32_t choose_token(std::span<const float> logits, const Sampling& sampling,
                           std::uint64_t index);

}  // namespace gradcore::nn
