// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/benchmark.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <system_error>

#include "sw/device/local_memory.h"

namespace gradcore::cli {
namespace {

using device::GemmCommand;
using device::GemmShape;
using device::Hardware;
using device::Memory;

constexpr std::size_t kFields = 6;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::size_t start = 0;
  for (std::size_t end = line.find(','); end != std::string::npos; end = line.find(',', start)) {
    fields.push_back(line.substr(start, end - start));
    start = end + 1;
  }
  fields.push_back(line.substr(start));
  return fields;
}

// Blocks of one product whose operands fit half of operand memory each, and the result.
GemmShape block_of(const Hardware& hardware, GemmShape shape) {
  const unsigned n = hardware.n;
  const std::uint64_t half = device::capacity(hardware, Memory::kOperand) / 2;
  const std::uint64_t all = device::capacity(hardware, Memory::kAccumulator);
  const auto halve = [n](std::uint32_t& size) { size = (size / 2 + n - 1) / n * n; };
  for (;;) {
    const bool x = device::tile_count(n, shape.m, shape.k) <= half;
    const bool w = device::tile_count(n, shape.k, shape.n) <= half;
    const bool y = device::tile_count(n, shape.m, shape.n) <= all;
    if (x && w && y) return shape;
    // What is halved first: M or N (whichever is larger), so that sums stay in one piece.
    if (!y || shape.m + shape.n > shape.k) {
      halve(shape.m >= shape.n ? shape.m : shape.n);
    } else {
      halve(shape.k);
    }
  }
}

// Packed tile by tile from `address` on, in memory as stored.
device::MatrixRef place(std::uint32_t address, std::uint32_t rows, std::uint32_t cols,
                        std::uint32_t batch, unsigned n, std::uint32_t tile_bytes) {
  device::MatrixRef ref;
  ref.address = address;
  ref.row_stride = static_cast<std::uint32_t>(device::tile_count(n, 1, cols)) * tile_bytes;
  if (batch > 1) {
    ref.batch_stride = static_cast<std::uint32_t>(device::tile_count(n, rows, cols)) * tile_bytes;
  }
  return ref;
}

GemmCommand command_for(const Hardware& hardware, const GemmShape& shape, const std::string& pass,
                        bool accumulate) {
  const unsigned n = hardware.n;
  GemmCommand c;
  c.m = shape.m;
  c.k = shape.k;
  c.n = shape.n;
  c.batch = shape.batch;
  c.accumulate = accumulate;
  c.trans_w = pass == "dX";  // dX = dY W^T
  c.trans_x = pass == "dW";  // dW = X^T dY
  const std::uint32_t half = hardware.operand_kib * 1024 / 2;
  const std::uint32_t tile = hardware.operand_tile_bytes();
  c.x = place(0, c.trans_x ? c.k : c.m, c.trans_x ? c.m : c.k, c.batch, n, tile);
  c.w = place(half, c.trans_w ? c.n : c.k, c.trans_w ? c.k : c.n, c.batch, n, tile);
  c.y = place(device::kAccumulatorBase, c.m, c.n, c.batch, n, hardware.accumulator_tile_bytes());
  return device::oriented(c, device::best_orientation(shape, n));
}

bool batch_fits(const Hardware& hardware, const GemmShape& s) {
  const unsigned n = hardware.n;
  const std::uint64_t half = device::capacity(hardware, Memory::kOperand) / 2;
  return device::tile_count(n, s.m, s.k, s.batch) <= half &&
         device::tile_count(n, s.k, s.n, s.batch) <= half &&
         device::tile_count(n, s.m, s.n, s.batch) <=
             device::capacity(hardware, Memory::kAccumulator);
}

}  // namespace

std::string BenchmarkRow::workload() const { return name.substr(0, name.find('.')); }

std::vector<BenchmarkRow> load_benchmark(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file)
    throw BenchmarkError(
        fmt::format("cannot read '{}': {}", path.string(), std::generic_category().message(errno)));
  std::vector<BenchmarkRow> rows;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#' || line.starts_with("name,")) continue;
    const std::vector<std::string> fields = split(line);
    std::array<std::uint32_t, 4> sizes{};
    bool good = fields.size() == kFields;
    for (std::size_t i = 0; good && i < sizes.size(); ++i) {
      const std::string& text = fields[i + 2];
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sizes[i]);
      good = error == std::errc{} && end == text.data() + text.size() && sizes[i] > 0;
    }
    if (!good) {
      throw BenchmarkError(fmt::format(
          "{}:{}: not a benchmark row, expected name,pass,M,K,N,count with sizes of at least 1",
          path.string(), number));
    }
    rows.push_back({fields[0], fields[1], {sizes[0], sizes[1], sizes[2], sizes[3]}});
  }
  if (rows.empty()) throw BenchmarkError(fmt::format("'{}' has no rows", path.string()));
  return rows;
}

std::vector<GemmCommand> benchmark_commands(const Hardware& hardware, const BenchmarkRow& row) {
  if (batch_fits(hardware, row.shape)) {
    return {command_for(hardware, row.shape, row.pass, false)};
  }
  std::vector<GemmCommand> commands;
  GemmShape one = row.shape;
  one.batch = 1;
  const GemmShape block = block_of(hardware, one);
  for (std::uint32_t repeat = 0; repeat < row.shape.batch; ++repeat) {
    for (std::uint32_t m = 0; m < one.m; m += block.m) {
      for (std::uint32_t n = 0; n < one.n; n += block.n) {
        for (std::uint32_t k = 0; k < one.k; k += block.k) {
          const GemmShape part{std::min(block.m, one.m - m), std::min(block.k, one.k - k),
                               std::min(block.n, one.n - n), 1};
          commands.push_back(command_for(hardware, part, row.pass, k > 0));
        }
      }
    }
  }
  return commands;
}

std::vector<device::ScheduledGemm> benchmark_schedule(const std::vector<GemmCommand>& commands) {
  std::vector<device::ScheduledGemm> schedule;
  for (const GemmCommand& c : commands) {
    schedule.push_back({{c.m, c.k, c.n, c.batch}, device::Orientation::kDirect});
  }
  return schedule;
}

}  // namespace gradcore::cli
