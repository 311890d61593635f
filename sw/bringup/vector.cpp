// SPDX-License-Identifier: Apache-2.0
// Step `vector`: D = apply(combine(a * b, c)), sums and maxima of rows.
#include <fmt/format.h>

#include <bit>
#include <string>
#include <vector>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/bringup/twin.h"
#include "sw/isa/isa.h"
#include "sw/model/bf16.h"
#include "sw/train/random.h"

namespace gradcore::bringup {
namespace {

struct Case {
  std::string name;
  std::string fields;
  bool to_bf16 = false;  // D in operand memory
  bool column_e = false;
};

std::vector<Case> cases() {
  std::vector<Case> out;
  const std::string plain = "c_is=constant combine=product ";
  for (const isa::EnumValueInfo& apply : isa::kApplyValues) {
    out.push_back({std::string(apply.name),
                   plain + fmt::format("b_is=constant b_constant=1 apply={}", apply.name)});
  }
  for (const isa::EnumValueInfo& combine : isa::kCombineValues) {
    // c_constant is the threshold of dropout: half of all random words.
    out.push_back({std::string(combine.name),
                   fmt::format("combine={} c_constant=0x80000000 seed=77 stream=3", combine.name)});
  }
  out.push_back({"sum of rows", plain + "b_is=row reduce=sum", false, true});
  out.push_back({"maximum of rows", plain + "b_is=column reduce=max", false, true});
  out.push_back({"row and column", "b_is=row c_is=column combine=add"});
  out.push_back({"bfloat16", plain + "b_is=constant b_constant=1", true});
  out.push_back({"bfloat16, stochastic",
                 plain + "b_is=constant b_constant=1 stochastic=1 seed=5 stream=9", true});
  return out;
}

// Special values first, then numbers around 1 that functions can do something with.
std::vector<std::uint32_t> operands(std::size_t count, std::uint64_t seed, std::uint64_t stream) {
  const std::uint32_t special[] = {0x0000'0000, 0x8000'0000, 0x3F80'0000, 0xBF80'0000, 0x7F80'0000,
                                   0xFF80'0000, 0x7FC0'0000, 0x0000'0001, 0x8070'0000, 0x7F7F'FFFF};
  std::vector<std::uint32_t> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t bits = train::random_bits(seed, stream, i);
    const auto exponent = static_cast<std::uint32_t>(127 - 12 + bits % 18);
    out[i] = (static_cast<std::uint32_t>(bits >> 32) & 0x807F'FFFFu) | exponent << 23;
    // Sources meet each other's special values at different elements.
    if (const std::size_t s = (i + 3 * stream) % 41; s < std::size(special)) out[i] = special[s];
  }
  return out;
}

class VectorTest {
 public:
  VectorTest(Board& board, std::uint64_t seed) : twin_(board) {
    const unsigned n = twin_.hardware().n;
    rows_ = n + 1;
    cols_ = 2 * n + 1;
    across_ = 3;
    area_ = 2 * across_ * twin_.hardware().accumulator_tile_bytes();
    for (unsigned s = 0; s < kSources; ++s) {
      sources_[s] = operands(count(), seed, 20 + s);
      twin_.write(dram(s), bytes_of(sources_[s]));
    }
  }

  std::size_t count() const { return std::size_t{rows_} * cols_; }

  void check(const Case& one) {
    twin_.run(program(one));
    expect(one, 'D', dram(kSources), cols_, one.to_bf16 ? 2 : 4);
    if (one.column_e) expect(one, 'E', dram(kSources + 1), 1, 4);
  }

 private:
  static constexpr unsigned kSources = 3;

  std::uint64_t dram(unsigned matrix) const {
    return Twin::kData + (4 * count() + 63) / 64 * 64 * matrix;
  }
  // In accumulator memory.
  std::uint32_t local(unsigned matrix) const { return 0x8000'0000u + area_ * matrix; }

  std::string transfer(const char* kind, const char* format, std::uint32_t mem, bool in_operands,
                       std::uint64_t at, std::uint32_t cols, unsigned element) const {
    const std::uint32_t tile = in_operands ? twin_.hardware().operand_tile_bytes()
                                           : twin_.hardware().accumulator_tile_bytes();
    return fmt::format("{} format={} rows={} cols={} mem=0x{:x} mem_rows={} dram={} pitch={}\n",
                       kind, format, rows_, cols, mem, (cols == 1 ? 1 : across_) * tile, at,
                       cols * element);
  }

  std::string program(const Case& one) const {
    std::string text;
    for (unsigned s = 0; s < kSources; ++s) {
      text += transfer("load", "fp32", local(s), false, dram(s), cols_, 4);
    }
    text += fmt::format(
        "sync\nvector rows={} cols={} a=0x{:x} a_rows={} d=0x{:x} d_rows={} write_d=1 {}", rows_,
        cols_, local(0), across_, one.to_bf16 ? 0 : local(kSources), across_, one.fields);
    // A constant has no place.
    if (one.fields.find("b_is=constant") == std::string::npos) {
      text += fmt::format(" b=0x{:x} b_rows={}", local(1), across_);
    }
    if (one.fields.find("combine=product") == std::string::npos &&
        one.fields.find("combine=dropout") == std::string::npos) {
      text += fmt::format(" c=0x{:x} c_rows={}", local(2), across_);
    }
    if (one.column_e) text += fmt::format(" write_e=1 e=0x{:x} e_rows=1", local(kSources + 1));
    text += "\nsync\n";
    text += one.to_bf16
                ? transfer("store", "bf16", 0, true, dram(kSources), cols_, 2)
                : transfer("store", "fp32", local(kSources), false, dram(kSources), cols_, 4);
    if (one.column_e) {
      text += transfer("store", "fp32", local(kSources + 1), false, dram(kSources + 1), 1, 4);
    }
    return text + "halt\n";
  }

  void expect(const Case& one, char matrix, std::uint64_t at, std::uint32_t cols,
              unsigned element) {
    const std::vector<Difference> all = twin_.compare(at, rows_, cols, element);
    if (all.empty()) return;
    const Difference& d = all.front();
    const std::size_t i = std::size_t{d.row} * cols_ + d.column;
    throw Failure(
        fmt::format("{}, {}({}, {}) of a = 0x{:08x}, b = 0x{:08x}, c = 0x{:08x}: expected 0x{:x}, "
                    "got 0x{:x} ({} of {} elements differ)",
                    one.name, matrix, d.row, d.column, sources_[0][i], sources_[1][i],
                    sources_[2][i], d.expected, d.got, all.size(), std::size_t{rows_} * cols),
        "a single function wrong: its table (block RAM) or its path; all of them: what they share, "
        "multiplier and adder; single columns: a lane");
  }

  Twin twin_;
  std::uint32_t rows_ = 0, cols_ = 0, across_ = 0, area_ = 0;
  std::vector<std::uint32_t> sources_[kSources];
};

}  // namespace

std::string check_vector(Board& board, const Settings& settings) {
  VectorTest test(board, settings.seed);
  const std::vector<Case> all = cases();
  for (const Case& one : all) {
    settings.observer();
    test.check(one);
  }
  return fmt::format("{} instructions on {} elements each, all bits equal", all.size(),
                     test.count());
}

}  // namespace gradcore::bringup
