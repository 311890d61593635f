// SPDX-License-Identifier: Apache-2.0
// Runs a fixed set of work through the numerics contract and prints a digest of every result bit.
// Built by several compilers with several flags: the digest must be the same everywhere, whatever
// the compiler's liberties and the floating-point modes of the machine.
//
//   model_digest [--hostile-fp-modes] [--expect FILE]
//
// With --expect, exit status 1 unless FILE holds just what was printed.
#include <array>
#include <cfenv>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <vector>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "sw/model/bf16.h"
#include "sw/model/dot.h"
#include "sw/model/fp32.h"
#include "sw/model/functional_core.h"
#include "sw/model/gemm.h"
#include "tb/harness/random_patterns.h"

namespace {

using gradcore::harness::RandomPatterns;
namespace device = gradcore::device;
namespace model = gradcore::model;

// FNV-1a, 64 bits, over the values' bytes from the lowest up.
class Digest {
 public:
  void add(std::uint64_t value) {
    for (int byte = 0; byte < 8; ++byte) {
      hash_ = (hash_ ^ ((value >> (8 * byte)) & 0xFFu)) * 0x100'0000'01B3u;
    }
  }
  void add(std::span<const std::uint32_t> values) {
    for (const std::uint32_t value : values) add(value);
  }
  std::string line(const char* name) const {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%-8s %016" PRIx64 "\n", name, hash_);
    return text.data();
  }

 private:
  std::uint64_t hash_ = 0xCBF2'9CE4'8422'2325u;
};

std::string digest_scalars() {
  RandomPatterns random(101);
  Digest add, mul, round, convert;
  for (int i = 0; i < 100'000; ++i) {
    const auto [a, b] = random.fp32_pair();
    add.add(model::fp32_add(a, b));
    mul.add(model::fp32_mul(a, b));
    const int exponent = static_cast<int>(random.below(400)) - 250;
    const std::uint64_t magnitude = random.bits() >> 2 >> random.below(62);
    round.add(model::fp32_round(random.one_in(2), magnitude, exponent));
    convert.add(model::fp32_to_bf16_rne(a));
    convert.add(model::fp32_to_bf16_stochastic(b, static_cast<std::uint16_t>(random.bits32())));
    convert.add(model::bf16_to_fp32(random.bf16()));
  }
  return add.line("add") + mul.line("mul") + round.line("round") + convert.line("convert");
}

std::string digest_dots() {
  RandomPatterns random(102);
  Digest out;
  for (int i = 0; i < 10'000; ++i) {
    const std::size_t size = 1 + random.below(32);
    const auto a = random.bf16_vector(size, true), w = random.bf16_vector(size, true);
    const unsigned f = 24 + random.below(25);
    const model::TileSum tile = model::tile_dot(a, w, f);
    out.add(static_cast<std::uint64_t>(tile.sum));
    out.add(model::sum_to_fp32(tile, f));
  }
  return out.line("dot");
}

std::string digest_gemms() {
  RandomPatterns random(103);
  Digest out;
  for (int i = 0; i < 48; ++i) {
    const model::Numerics numerics{4u << (i % 4), 24 + random.below(25)};
    const model::GemmShape shape{1 + random.below(20), 1 + random.below(70), 1 + random.below(20)};
    const auto x = random.bf16_vector(shape.m * shape.k, i % 3 == 0);
    const auto w = random.bf16_vector(shape.k * shape.n, i % 5 == 0);
    std::vector<std::uint32_t> y(shape.m * shape.n);
    for (auto& value : y) value = random.fp32();
    const bool trans_x = random.one_in(2), trans_w = random.one_in(2), trans_y = random.one_in(2);
    model::GemmStatistics statistics;
    model::gemm(numerics, shape, {x, trans_x ? shape.m : shape.k, trans_x},
                {w, trans_w ? shape.k : shape.n, trans_w},
                {y, trans_y ? shape.m : shape.n, trans_y}, random.one_in(2), &statistics);
    out.add(y);
    out.add(statistics.products);
    out.add(statistics.dropped);
  }
  return out.line("gemm");
}

std::string digest_core() {
  RandomPatterns random(104);
  Digest out;
  model::FunctionalCore core({.n = 8, .f = 40, .operand_kib = 16, .accumulator_kib = 16});
  std::vector<std::uint32_t> line(8);
  for (std::uint32_t at = 0; at < 16384; at += 16) {
    for (auto& value : line)
      value = random.one_in(64) ? random.fp32() : random.bits32() & ~(7u << 28);
    core.write_line(at, line, random.bits32());
  }
  const auto ref = [&](std::uint32_t base, std::uint32_t tile) {
    return device::MatrixRef{base + tile * random.below(64), tile * random.below(12),
                             tile * random.below(12)};
  };
  for (std::uint32_t id = 0; id < 40; ++id) {
    core.submit({.m = random.below(40),
                 .k = 1 + random.below(40),
                 .n = 1 + random.below(40),
                 .batch = 1 + random.below(3),
                 .trans_x = random.one_in(2),
                 .trans_w = random.one_in(2),
                 .trans_y = random.one_in(2),
                 .accumulate = random.one_in(2),
                 .x = ref(0, 128),
                 .w = ref(0, 128),
                 .y = ref(device::kAccumulatorBase, 256),
                 .id = id});
    out.add(static_cast<std::uint64_t>(core.wait().error));
  }
  for (std::uint32_t at = 0; at < 16384; at += 32) {
    core.read_line(device::kAccumulatorBase + at, line);
    out.add(line);
  }
  return out.line("core");
}

// Modes in which floating-point arithmetic gives other results than by default. Integers do not
// care, and that is the point.
void set_hostile_fp_modes() {
  std::fesetround(FE_UPWARD);
#if defined(__SSE__)
  constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
  _mm_setcsr(_mm_getcsr() | kFlushToZero | kDenormalsAreZero);
#endif
}

int run(std::span<char*> arguments) {
  std::string expected_file;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (std::strcmp(arguments[i], "--hostile-fp-modes") == 0) {
      set_hostile_fp_modes();
    } else if (std::strcmp(arguments[i], "--expect") == 0 && i + 1 < arguments.size()) {
      expected_file = arguments[++i];
    } else {
      std::cerr << "usage: model_digest [--hostile-fp-modes] [--expect FILE]\n";
      return 2;
    }
  }
  const std::string got = digest_scalars() + digest_dots() + digest_gemms() + digest_core();
  std::cout << got;
  if (expected_file.empty()) return 0;

  std::ifstream file(expected_file);
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  if (got == expected) return 0;
  std::cerr << "the results of this build are not those of " << expected_file << ":\n" << expected;
  return 1;
}

}  // namespace

int main(int argc, char** argv) { return run({argv, static_cast<std::size_t>(argc)}); }
