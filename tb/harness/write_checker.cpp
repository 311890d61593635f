// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/write_checker.h"

#include <algorithm>

#include "sw/model/functional_core.h"

namespace gradcore::harness {

using device::kAccumulatorBase;
using device::MatrixRef;

namespace {

std::uint32_t tiles(std::uint32_t size, unsigned n) { return (size + n - 1) / n; }

// The tile (row, column) of a matrix as seen through its transpose flag.
std::uint32_t tile_of(const MatrixRef& ref, std::uint32_t batch, std::uint32_t row,
                      std::uint32_t column, bool transposed, std::uint32_t tile_bytes) {
  if (transposed) std::swap(row, column);
  return (ref.address % kAccumulatorBase + batch * ref.batch_stride + row * ref.row_stride) /
             tile_bytes +
         column;
}

}  // namespace

std::size_t WriteChecker::Line::element(std::uint32_t lane, unsigned n) const {
  const std::size_t start = std::size_t{tile} * n * n;
  return start + (by_column ? std::size_t{lane} * n + index : std::size_t{index} * n + lane);
}

WriteChecker::WriteChecker(const device::Hardware& hardware)
    : hardware_(hardware),
      operands_(std::size_t{hardware.operand_kib} * 1024 / 2),
      accumulators_(std::size_t{hardware.accumulator_kib} * 1024 / 4) {}

void WriteChecker::host_write(std::uint32_t address, std::span<const std::uint32_t> values,
                              std::uint32_t lane_mask) {
  const std::size_t offset = address % kAccumulatorBase;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (((lane_mask >> i) & 1u) == 0) continue;
    if (address >= kAccumulatorBase) {
      accumulators_.at(offset / 4 + i) = values[i];
    } else {
      operands_.at(offset / 2 + i) = model::fp32_to_bf16_rne(values[i]);
    }
  }
}

void WriteChecker::command(const device::GemmCommand& command) {
  // A refused command writes nothing.
  if (model::check_command(hardware_, command).error == device::GemmError::kNone) {
    commands_.push_back(command);
  }
}

WriteChecker::Line WriteChecker::result_line() const {
  const device::GemmCommand& c = commands_.front();
  return {.tile = tile_of(c.y, place_.batch, place_.m_tile, place_.n_tile, c.trans_y,
                          hardware_.accumulator_tile_bytes()),
          .index = place_.row % hardware_.n,
          .by_column = c.trans_y};
}

ColumnOperands WriteChecker::operands(std::uint32_t column) const {
  const device::GemmCommand& c = commands_.front();
  const unsigned n = hardware_.n;
  const std::uint32_t bytes = hardware_.operand_tile_bytes();
  const Line x{.tile = tile_of(c.x, place_.batch, place_.m_tile, place_.k_tile, c.trans_x, bytes),
               .index = place_.row % n,
               .by_column = c.trans_x};
  // Along k: columns of W as written.
  const Line w{.tile = tile_of(c.w, place_.batch, place_.k_tile, place_.n_tile, c.trans_w, bytes),
               .index = column % n,
               .by_column = !c.trans_w};
  ColumnOperands out{std::vector<std::uint16_t>(n), std::vector<std::uint16_t>(n)};
  const std::uint32_t count = std::min(c.k - place_.k_tile * n, n);
  for (std::uint32_t lane = 0; lane < count; ++lane) {
    out.streamed[lane] = operands_[x.element(lane, n)];
    out.stationary[lane] = operands_[w.element(lane, n)];
  }
  return out;
}

// The order of load_sequencer and stream_sequencer: batches, tiles of columns, tiles along k, rows.
void WriteChecker::advance() {
  const device::GemmCommand& c = commands_.front();
  const unsigned n = hardware_.n;
  place_.m_tile = ++place_.row / n;
  if (place_.row < c.m) return;
  place_.row = place_.m_tile = 0;
  if (++place_.k_tile < tiles(c.k, n)) return;
  place_.k_tile = 0;
  if (++place_.n_tile < tiles(c.n, n)) return;
  place_.n_tile = 0;
  if (++place_.batch < c.batch) return;
  place_ = {};
  commands_.pop_front();
  ++finished_;
}

std::optional<WrongWrite> WriteChecker::check(const ResultWrite& write) {
  WrongWrite wrong;
  wrong.command_number = finished_;
  if (commands_.empty()) {
    wrong.wrong_line = true;
    return wrong;
  }
  const device::GemmCommand command = commands_.front();
  const unsigned n = hardware_.n;
  const Line line = result_line();
  const std::uint32_t first = place_.n_tile * n;
  const std::uint32_t count = std::min(command.n - first, n);
  const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << count) - 1);
  wrong.command = command;
  wrong.place = place_;
  wrong.column = first;
  wrong.wrong_line = write.tile != line.tile || write.index != line.index ||
                     write.by_column != line.by_column || write.mask != mask;
  bool is_wrong = wrong.wrong_line;
  for (std::uint32_t lane = 0; lane < count; ++lane) {
    std::uint32_t& y = accumulators_[line.element(lane, n)];
    const std::uint32_t addend = command.accumulate || place_.k_tile != 0 ? y : 0;
    ColumnOperands column = operands(first + lane);
    const model::TileSum sum = model::tile_dot(column.streamed, column.stationary, hardware_.f);
    y = model::fp32_add(addend, model::sum_to_fp32(sum, hardware_.f));
    if (is_wrong || write.data[lane] == y) continue;
    is_wrong = true;
    wrong.column = first + lane;
    wrong.addend = addend;
    wrong.expected = y;
    wrong.got = write.data[lane];
    wrong.operands = std::move(column);
  }
  advance();
  if (!is_wrong) return std::nullopt;
  return wrong;
}

}  // namespace gradcore::harness
