// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/gemm_case.h"

#include <algorithm>
#include <array>
#include <span>
#include <sstream>

namespace gradcore::harness {

using device::GemmCommand;
using device::Hardware;
using device::kAccumulatorBase;
using device::MatrixRef;

namespace {

constexpr std::size_t kReported = 8;  // differences listed in full

std::uint32_t tiles(std::uint32_t size, unsigned n) { return (size + n - 1) / n; }

struct Grid {
  std::uint32_t rows = 0, cols = 0;  // in tiles, as stored
};

Grid grid(std::uint32_t rows, std::uint32_t cols, bool transposed, unsigned n) {
  const Grid g{tiles(rows, n), tiles(cols, n)};
  return transposed ? Grid{g.cols, g.rows} : g;
}

// Tiles from the first to the last of all matrices of a batch.
std::uint64_t extent(const MatrixRef& ref, const Grid& g, std::uint32_t batch,
                     std::uint32_t tile_bytes) {
  return (std::uint64_t{g.rows - 1} * ref.row_stride +
          std::uint64_t{batch - 1} * ref.batch_stride) /
             tile_bytes +
         g.cols;
}

MatrixRef place(const Grid& g, std::uint32_t batch, std::uint32_t tile_bytes, std::uint32_t& next,
                RandomPatterns* scatter) {
  MatrixRef ref;
  const std::uint32_t gap = scatter ? scatter->below(3) : 0;
  const std::uint32_t skip = scatter ? scatter->below(3) : 0;
  const std::uint32_t stride = g.cols + gap;
  ref.address = (next + skip) * tile_bytes;
  ref.row_stride = stride * tile_bytes;
  ref.batch_stride = batch > 1 ? stride * g.rows * tile_bytes : 0;
  next += skip + stride * g.rows * batch;
  return ref;
}

std::uint32_t draw(Values values, RandomPatterns& random) {
  switch (values) {
    case Values::kAny:
      return random.fp32();
    case Values::kSpecials: {
      const std::uint32_t which = random.below(24);
      const std::uint32_t sign = random.bits32() & 0x8000'0000u;
      if (which == 0) return sign | 0x7f80'0000u;
      if (which == 1) return sign;
      if (which == 2 && random.one_in(8)) return 0x7fc0'0000u;
      break;
    }
    case Values::kNormal:
      break;
  }
  // Exponents 120 to 134, any significand and sign.
  const std::uint32_t bits = random.bits32();
  return (bits & 0x807f'ffffu) | ((120 + (random.bits32() % 15)) << 23);
}

void fill(std::span<device::Device* const> devices, std::uint32_t address, std::uint64_t tile_count,
          bool accumulator, Values values, RandomPatterns& random) {
  const unsigned n = devices.front()->hardware().n;
  const std::uint32_t line = n * (accumulator ? 4 : 2);
  const std::uint32_t all = n == 32 ? 0xffff'ffffu : (1u << n) - 1;
  std::vector<std::uint32_t> data(n);
  for (std::uint64_t i = 0; i < tile_count * n; ++i) {
    for (std::uint32_t& value : data) value = draw(values, random);
    const auto at = static_cast<std::uint32_t>(address + i * line);
    for (device::Device* const device : devices) device->write_line(at, data, all);
  }
}

Grid result_grid(const GemmCommand& c, unsigned n) { return grid(c.m, c.n, c.trans_y, n); }

}  // namespace

std::string GemmCase::describe(const Hardware& hardware) const {
  std::ostringstream text;
  text << "N=" << hardware.n << " F=" << hardware.f << " " << command.m << "x" << command.k << "x"
       << command.n << " batch " << command.batch << (command.trans_x ? " trans_x" : "")
       << (command.trans_w ? " trans_w" : "") << (command.trans_y ? " trans_y" : "")
       << (command.accumulate ? " accumulate" : "") << " seed " << seed;
  return text.str();
}

GemmCommand place_gemm(const Hardware& hardware, std::uint32_t m, std::uint32_t k, std::uint32_t n,
                       std::uint32_t batch, unsigned flags, RandomPatterns* scatter) {
  GemmCommand c;
  c.m = m;
  c.k = k;
  c.n = n;
  c.batch = batch;
  c.trans_x = (flags & 1) != 0;
  c.trans_w = (flags & 2) != 0;
  c.trans_y = (flags & 4) != 0;
  c.accumulate = (flags & 8) != 0;
  c.id = scatter ? scatter->bits32() : 7;
  std::uint32_t operand = 0;
  std::uint32_t accumulator = 1;
  c.x = place(grid(m, k, c.trans_x, hardware.n), batch, hardware.operand_tile_bytes(), operand,
              scatter);
  c.w = place(grid(k, n, c.trans_w, hardware.n), batch, hardware.operand_tile_bytes(), operand,
              scatter);
  c.y = place(result_grid(c, hardware.n), batch, hardware.accumulator_tile_bytes(), accumulator,
              scatter);
  c.y.address |= kAccumulatorBase;
  return c;
}

std::uint64_t result_tiles(const Hardware& hardware, const GemmCommand& c) {
  return extent(c.y, result_grid(c, hardware.n), c.batch, hardware.accumulator_tile_bytes());
}

namespace {

void load(const GemmCase& test, std::span<device::Device* const> devices) {
  const Hardware& hardware = devices.front()->hardware();
  const GemmCommand& c = test.command;
  RandomPatterns random(test.seed);
  fill(devices, c.x.address,
       extent(c.x, grid(c.m, c.k, c.trans_x, hardware.n), c.batch, hardware.operand_tile_bytes()),
       false, test.values, random);
  fill(devices, c.w.address,
       extent(c.w, grid(c.k, c.n, c.trans_w, hardware.n), c.batch, hardware.operand_tile_bytes()),
       false, test.values, random);
  const std::uint32_t tile = hardware.accumulator_tile_bytes();
  fill(devices, c.y.address - tile, result_tiles(hardware, c) + 2, true, test.values, random);
}

}  // namespace

void load_case(const GemmCase& test, device::Device& first, device::Device& second) {
  const std::array<device::Device*, 2> both = {&first, &second};
  load(test, both);
}

void load_case(const GemmCase& test, device::Device& device) {
  const std::array<device::Device*, 1> only = {&device};
  load(test, only);
}

std::vector<std::string> compare_results(const GemmCase& test, device::Device& actual,
                                         device::Device& expected) {
  const Hardware& hardware = actual.hardware();
  const unsigned n = hardware.n;
  std::vector<std::string> differences;
  std::vector<std::uint32_t> got(n);
  std::vector<std::uint32_t> want(n);
  const std::uint32_t start = test.command.y.address - hardware.accumulator_tile_bytes();
  const std::uint64_t lines = (result_tiles(hardware, test.command) + 2) * n;
  for (std::uint64_t i = 0; i < lines; ++i) {
    const auto at = static_cast<std::uint32_t>(start + i * n * 4);
    actual.read_line(at, got);
    expected.read_line(at, want);
    for (unsigned lane = 0; lane < n && got != want; ++lane) {
      if (got[lane] == want[lane]) continue;
      std::ostringstream text;
      text << test.describe(hardware) << ": tile " << static_cast<std::int64_t>(i / n) - 1
           << " of the result, row " << i % n << ", column " << lane << ": expected " << std::hex
           << want[lane] << ", got " << got[lane];
      differences.push_back(text.str());
      if (differences.size() == kReported) return differences;
    }
  }
  return differences;
}

}  // namespace gradcore::harness
