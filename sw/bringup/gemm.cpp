// SPDX-License-Identifier: Apache-2.0
// Step `gemm`: the three products of a layer in training, on the same tensors:
// Y = X W, dX = dY W^T, dW = X^T dY.
#include <fmt/format.h>

#include <vector>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/bringup/twin.h"
#include "sw/train/random.h"

namespace gradcore::bringup {
namespace {

// A bfloat16 operand in operand memory, or a binary32 result in accumulator memory.
struct Matrix {
  std::uint32_t rows = 0, cols = 0;
  std::uint32_t mem = 0, mem_rows = 0;
  std::uint64_t dram = 0;
};

class Layer {
 public:
  Layer(Board& board, const LayerSize& size) : twin_(board), h_(twin_.hardware()) {
    x_ = operand(size.batch, size.inputs);
    w_ = operand(size.inputs, size.outputs);
    dy_ = operand(size.batch, size.outputs);
    y_ = result(size.batch, size.outputs);
    dx_ = result(size.batch, size.inputs);
    dw_ = result(size.inputs, size.outputs);
    if (dram_ > twin_.arena_bytes()) throw std::logic_error("a layer for tests is too large");
  }

  void run(std::uint64_t seed) {
    std::string text;
    std::uint64_t stream = 0;
    for (const Matrix* const m : {&x_, &w_, &dy_}) {
      std::vector<std::uint16_t> values(std::size_t{m->rows} * m->cols);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint64_t bits = train::random_bits(seed, 30 + stream, i);
        // Exponents of a dozen binades: some products are shifted out, some sums cancel.
        values[i] = static_cast<std::uint16_t>((bits & 0x807F) | (120 + (bits >> 16) % 12) << 7);
      }
      twin_.write(m->dram, bytes_of(values));
      text += transfer("load", "bf16", *m, 2);
      ++stream;
    }
    text += "sync\n" + gemm(x_, w_, y_, x_.rows, x_.cols, w_.cols, "");
    text += gemm(dy_, w_, dx_, dy_.rows, dy_.cols, w_.rows, "trans_w=1");
    text += gemm(x_, dy_, dw_, x_.cols, x_.rows, dy_.cols, "trans_x=1");
    text += "sync\n";
    for (const Matrix* const m : {&y_, &dx_, &dw_}) text += transfer("store", "fp32", *m, 4);
    twin_.run(text + "halt\n");
    expect("Y = X W", y_);
    expect("dX = dY W^T", dx_);
    expect("dW = X^T dY", dw_);
  }

 private:
  std::uint32_t tiles(std::uint32_t size) const { return (size + h_.n - 1) / h_.n; }

  Matrix operand(std::uint32_t rows, std::uint32_t cols) {
    Matrix out{rows, cols, operands_, tiles(cols) * h_.operand_tile_bytes(), dram_};
    operands_ += tiles(rows) * out.mem_rows;
    dram_ += (std::uint64_t{2} * rows * cols + 63) / 64 * 64;
    return out;
  }
  Matrix result(std::uint32_t rows, std::uint32_t cols) {
    Matrix out{rows, cols, accumulators_, tiles(cols) * h_.accumulator_tile_bytes(), dram_};
    accumulators_ += tiles(rows) * out.mem_rows;
    dram_ += (std::uint64_t{4} * rows * cols + 63) / 64 * 64;
    return out;
  }

  static std::string transfer(const char* kind, const char* format, const Matrix& m,
                              unsigned element) {
    return fmt::format("{} format={} rows={} cols={} mem=0x{:x} mem_rows={} dram={} pitch={}\n",
                       kind, format, m.rows, m.cols, m.mem, m.mem_rows, m.dram, element * m.cols);
  }
  static std::string gemm(const Matrix& x, const Matrix& w, const Matrix& y, std::uint32_t m,
                          std::uint32_t k, std::uint32_t n, const char* flags) {
    return fmt::format(
        "gemm m={} k={} n={} batch=1 x=0x{:x} x_rows={} w=0x{:x} w_rows={} "
        "y=0x{:x} y_rows={} {}\n",
        m, k, n, x.mem, x.mem_rows, w.mem, w.mem_rows, y.mem, y.mem_rows, flags);
  }

  void expect(const char* product, const Matrix& m) {
    const std::vector<Difference> all = twin_.compare(m.dram, m.rows, m.cols);
    if (all.empty()) return;
    const Difference& d = all.front();
    throw Failure(
        fmt::format("{}, element ({}, {}), PE column {}: expected 0x{:08x}, got 0x{:08x} ({} of {} "
                    "elements differ)",
                    product, d.row, d.column, d.column % h_.n, d.expected, d.got, all.size(),
                    std::size_t{m.rows} * m.cols),
        "the step array passed: look at what is new, several tiles, transposes, and rows and "
        "columns that are no multiple of the array");
  }

  Twin twin_;
  runtime::Hardware h_;
  std::uint32_t operands_ = 0, accumulators_ = 0x8000'0000u;
  std::uint64_t dram_ = Twin::kData;
  Matrix x_, w_, dy_, y_, dx_, dw_;
};

}  // namespace

void check_layer(Board& board, const LayerSize& size, std::uint64_t seed) {
  Layer(board, size).run(seed);
}

std::string check_gemm(Board& board, const Settings& settings) {
  const unsigned n = board.device().hardware().n;
  const LayerSize odd = {2 * n + 1, 3 * n - 1, 2 * n + 3}, even = {2 * n, 2 * n, 3 * n};
  check_layer(board, odd, settings.seed);
  settings.observer();
  check_layer(board, even, settings.seed + 1);
  return fmt::format("Y, dX and dW of {} x {} x {} and {} x {} x {}, all bits equal", odd.batch,
                     odd.inputs, odd.outputs, even.batch, even.inputs, even.outputs);
}

}  // namespace gradcore::bringup
