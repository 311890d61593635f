// SPDX-License-Identifier: Apache-2.0
// What the tests of fp32_add and fp32_mul share: operands, and the CPU as second reference.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "sw/model/fp32.h"
#include "tb/harness/unit_bench.h"

namespace gradcore::harness {

// Magnitudes at which something changes: zeros, subnormals, the ends of binades, overflow, NaNs.
inline constexpr std::array<std::uint32_t, 40> kFp32Magnitudes = {
    0x0000'0000, 0x0000'0001, 0x0000'0002, 0x0000'0003, 0x003F'FFFF, 0x0040'0000, 0x0040'0001,
    0x007F'FFFE, 0x007F'FFFF, 0x0080'0000, 0x0080'0001, 0x00FF'FFFF, 0x0100'0000, 0x0B80'0000,
    0x0C00'0000, 0x1F80'0000, 0x2000'0001, 0x337F'FFFF, 0x3380'0000, 0x3380'0001, 0x33FF'FFFF,
    0x3400'0000, 0x3EFF'FFFF, 0x3F00'0000, 0x3F7F'FFFF, 0x3F80'0000, 0x3F80'0001, 0x3FC0'0000,
    0x4000'0000, 0x4B7F'FFFF, 0x4B80'0000, 0x5F80'0000, 0x6A00'0000, 0x7E80'0000, 0x7F00'0000,
    0x7F7F'FFFE, 0x7F7F'FFFF, 0x7F80'0000, 0x7F80'0001, 0x7FFF'FFFF};

struct BinaryCase {
  std::uint32_t a = 0, b = 0, want = 0;

  std::string describe() const {
    std::ostringstream text;
    text << std::hex << "of " << a << " and " << b;
    return text.str();
  }
};

// Operation: kLatency of the module, and the operation in the arithmetic of the CPU and the model,
//   static float cpu(float, float), static std::uint32_t model(std::uint32_t, std::uint32_t).
template <typename Operation>
class BinaryTest : public BenchTest {
 protected:
  template <typename Outputs>
  void check(std::vector<std::pair<std::uint32_t, std::uint32_t>> operands,
             const Outputs& outputs) {
    std::size_t next = 0;
    check_lanes(bench_, Operation::kLatency, operands.size() / kLanes + 1, outputs,
                [&](unsigned lane) {
                  const auto [a, b] = operands[next];
                  next = (next + 1) % operands.size();
                  return drive(lane, a, b);
                });
  }

  template <typename Outputs>
  void check_random(std::uint64_t patterns, const Outputs& outputs) {
    check_lanes(bench_, Operation::kLatency, patterns / kLanes, outputs, [&](unsigned lane) {
      const auto [a, b] = random_.fp32_pair();
      return drive(lane, a, b);
    });
  }

  static std::vector<std::pair<std::uint32_t, std::uint32_t>> corners() {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
    for (const std::uint32_t a : kFp32Magnitudes) {
      for (const std::uint32_t b : kFp32Magnitudes) {
        for (std::uint32_t signs = 0; signs < 4; ++signs) {
          out.emplace_back(a | (signs << 31), b | ((signs >> 1) << 31));
        }
      }
    }
    return out;
  }

 private:
  BinaryCase drive(unsigned lane, std::uint32_t a, std::uint32_t b) {
    bench_->a_i[lane] = a;
    bench_->b_i[lane] = b;
    const float result = Operation::cpu(std::bit_cast<float>(a), std::bit_cast<float>(b));
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(result);
    const BinaryCase out{a, b, model::fp32_is_nan(bits) ? model::kFp32Nan : bits};
    if (Operation::model(a, b) != out.want) {
      ADD_FAILURE() << "the model disagrees with the CPU " << out.describe();
    }
    return out;
  }
};

}  // namespace gradcore::harness
