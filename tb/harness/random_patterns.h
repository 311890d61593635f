// SPDX-License-Identifier: Apache-2.0
// Reproducible random bits, and operands that are likely to hurt: plain uniform patterns meet a
// tie, a cancellation or a subnormal once in thousands of millions.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace gradcore::harness {

// The environment's GRADCORE_SEED (decimal or 0x...), else `fallback`. Tests print it on failure.
inline std::uint64_t seed_from_environment(std::uint64_t fallback) {
  const char* text = std::getenv("GRADCORE_SEED");
  return text == nullptr || *text == '\0' ? fallback : std::strtoull(text, nullptr, 0);
}

// For SCOPED_TRACE and failure messages: how to see the same numbers again.
inline std::string seed_message(std::uint64_t seed) {
  return "reproduce with GRADCORE_SEED=" + std::to_string(seed);
}

// Draws follow one another in separate statements, here and in callers: C++ leaves the order of
// function arguments and of most operands to the compiler, and a seed should mean the same to all.
class RandomPatterns {
 public:
  explicit RandomPatterns(std::uint64_t seed) : state_(seed) {}

  // 64 uniform bits: splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
  // generators", OOPSLA 2014).
  std::uint64_t bits() {
    state_ += 0x9E37'79B9'7F4A'7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9u;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EBu;
    return z ^ (z >> 31);
  }
  std::uint32_t bits32() { return static_cast<std::uint32_t>(bits() >> 32); }

  // 0 .. bound - 1, for bound >= 1.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>((std::uint64_t{bits32()} * bound) >> 32);
  }
  bool one_in(std::uint32_t count) { return below(count) == 0; }

  // Any binary32: uniform, special, subnormal, at a power of two, or with few bits set.
  std::uint32_t fp32() {
    const std::uint32_t r = bits32();
    switch (below(8)) {
      case 0:
        return corner_fp32();
      case 1:  // subnormal, or the smallest normals
        return r & 0x80FF'FFFFu;
      case 2:  // just around a power of two
        return (r & 0xFF80'0000u) + below(5) - 2u;
      case 3:  // sparse fraction: exact sums and ties
        return r & (0xFF80'0000u | (bits32() & bits32() & bits32()));
      case 4:  // near the middle, so that two of them interact
        return (r & 0x807F'FFFFu) | ((96u + below(64)) << 23);
      default:
        return r;
    }
  }

  // Two binary32 whose sum or product is worth looking at.
  std::pair<std::uint32_t, std::uint32_t> fp32_pair() {
    const std::uint32_t a = fp32();
    const std::uint32_t b = fp32();
    const std::uint32_t exponent = (a >> 23) & 0xFFu;
    switch (below(6)) {
      case 0:  // exponents at most 27 apart: alignment, sticky, ties
        return {a, with_exponent(b, exponent + below(55) - 27u)};
      case 1:  // nearly equal magnitudes, opposite signs: cancellation
        return {a, (a ^ 0x8000'0000u) + below(9) - 4u};
      case 2:  // the same binade or the next, opposite signs
        return {a,
                with_exponent((b & 0x7FFF'FFFFu) | (~a & 0x8000'0000u), exponent + below(3) - 1u)};
      case 3:  // product near the subnormal range
        return {a, with_exponent(b, 127u - exponent + below(50) - 30u)};
      case 4:  // product near overflow
        return {a, with_exponent(b, 381u - exponent + below(4) - 2u)};
      default:
        return {a, b};
    }
  }

  // Any bfloat16, with the same taste.
  std::uint16_t bf16() { return static_cast<std::uint16_t>(fp32() >> 16); }

  // Neither NaN nor infinity.
  std::uint16_t finite_bf16() {
    const std::uint16_t value = bf16();
    const bool is_finite = (value & 0x7F80u) != 0x7F80u;
    return is_finite ? value : static_cast<std::uint16_t>(value & 0xBFFFu);
  }

  // Finite, of either sign, exponent field within `spread` of `centre`; `spread` <= 63.
  std::uint16_t bf16_near(std::uint32_t centre, std::uint32_t spread) {
    const std::uint32_t field = clamp_exponent(centre + below(2 * spread + 1) - spread);
    return static_cast<std::uint16_t>((bits32() & 0x807Fu) | (field << 7));
  }

  // A vector for a dot product, in one of several moods: any finite values, one narrow range, a
  // wide range, mostly zeros and subnormals, or (if asked for) a few infinities and NaNs.
  std::vector<std::uint16_t> bf16_vector(std::size_t size, bool with_specials = false) {
    std::vector<std::uint16_t> out(size);
    const std::uint32_t mood = below(with_specials ? 6 : 5);
    const std::uint32_t centre = below(255);
    const std::uint32_t spread = below(40);
    for (std::uint16_t& value : out) {
      switch (mood) {
        case 0:
          value = finite_bf16();
          break;
        case 1:
          value = bf16_near(centre, 2);
          break;
        case 2:
          value = bf16_near(centre, spread);
          break;
        case 3:
          value = one_in(4) ? bf16_near(1, 3) : static_cast<std::uint16_t>(bits32() & 0x8000u);
          break;
        case 4:
          value = bf16_near(127, 6);
          break;
        default:
          value = one_in(8) ? bf16() : finite_bf16();
          if (one_in(16)) value = static_cast<std::uint16_t>(0x7F80u | (bits32() & 0x8000u));
          break;
      }
    }
    return out;
  }

 private:
  static std::uint32_t clamp_exponent(std::uint32_t field) {  // a wrapped difference counts as 0
    return field > 0x8000'0000u ? 0u : field > 254u ? 254u : field;
  }
  static std::uint32_t with_exponent(std::uint32_t bits, std::uint32_t field) {
    return (bits & 0x807F'FFFFu) | (clamp_exponent(field) << 23);
  }

  std::uint32_t corner_fp32() {
    static constexpr std::array<std::uint32_t, 20> kCorners = {
        0x0000'0000,  // zero
        0x0000'0001,  // smallest subnormal
        0x0000'0002, 0x0040'0000,
        0x007F'FFFF,  // largest subnormal
        0x0080'0000,  // smallest normal
        0x0080'0001, 0x3380'0000, 0x3F00'0000,
        0x3F7F'FFFF,  // just below one
        0x3F80'0000,  // one
        0x3F80'0001, 0x4B7F'FFFF, 0x4B80'0000, 0x7F00'0000, 0x7F7F'FFFE,
        0x7F7F'FFFF,   // largest finite
        0x7F80'0000,   // infinity
        0x7F80'0001,   // a signalling NaN
        0x7FC0'0000};  // the canonical NaN
    const std::uint32_t magnitude = kCorners[below(kCorners.size())];
    return magnitude | (bits32() & 0x8000'0000u);
  }

  std::uint64_t state_;
};

}  // namespace gradcore::harness
