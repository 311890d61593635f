// SPDX-License-Identifier: Apache-2.0
#include "sw/device/schedule.h"

#include <algorithm>
#include <utility>

namespace gradcore::device {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

std::uint32_t first_tile_columns(const GemmShape& s, unsigned n) {
  return std::min<std::uint32_t>(s.n, n);
}

std::uint32_t last_tile_columns(const GemmShape& s, unsigned n) { return (s.n - 1) % n + 1; }

}  // namespace

GemmShape oriented(const GemmShape& shape, Orientation orientation) {
  GemmShape seen = shape;
  if (orientation == Orientation::kExchanged) std::swap(seen.m, seen.n);
  return seen;
}

GemmCommand oriented(const GemmCommand& command, Orientation orientation) {
  if (orientation == Orientation::kDirect) return command;
  GemmCommand seen = command;
  std::swap(seen.m, seen.n);
  std::swap(seen.x, seen.w);
  seen.trans_x = !command.trans_w;
  seen.trans_w = !command.trans_x;
  seen.trans_y = !command.trans_y;
  return seen;
}

std::uint64_t macs(const GemmShape& shape) {
  return std::uint64_t{shape.m} * shape.k * shape.n * shape.batch;
}

double ideal_cycles(const GemmShape& shape, unsigned n) {
  return static_cast<double>(macs(shape)) / (static_cast<double>(n) * n);
}

std::uint64_t tiles(const GemmShape& shape, Orientation orientation, unsigned n) {
  const GemmShape s = oriented(shape, orientation);
  return ceil_div(s.k, n) * ceil_div(s.n, n) * s.batch;
}

std::uint64_t cycles(const GemmShape& shape, Orientation orientation, unsigned n) {
  const GemmShape s = oriented(shape, orientation);
  if (macs(s) == 0) return 0;
  const std::uint64_t full = s.n / n;
  const std::uint64_t rest = s.n % n;
  std::uint64_t per_k_tile = full * std::max<std::uint64_t>(s.m, n);
  if (rest != 0) per_k_tile += std::max<std::uint64_t>(s.m, rest);
  return per_k_tile * ceil_div(s.k, n) * s.batch;
}

Orientation best_orientation(const GemmShape& shape, unsigned n) {
  const bool exchange =
      cycles(shape, Orientation::kExchanged, n) < cycles(shape, Orientation::kDirect, n);
  return exchange ? Orientation::kExchanged : Orientation::kDirect;
}

std::uint64_t practical_limit(std::span<const ScheduledGemm> gemms, unsigned n) {
  // A tile's load hides behind the stream of the tile before it. Within a GEMM every stream has M
  // rows, so only a GEMM's first tile looks back at another M.
  std::uint64_t total = 0;
  std::uint64_t rows_before = 1;  // of the stream before; the first load shows one cycle
  bool first = true;
  std::uint64_t end = 0;
  for (const ScheduledGemm& gemm : gemms) {
    const GemmShape s = oriented(gemm.shape, gemm.orientation);
    if (macs(s) == 0) continue;
    const std::uint64_t columns = first_tile_columns(s, n);
    total += first ? 1 : std::max(rows_before, columns);
    total += cycles(s, Orientation::kDirect, n) - std::max<std::uint64_t>(s.m, columns);
    rows_before = s.m;
    first = false;
    end = (n - 1) + (last_tile_columns(s, n) - 1);
  }
  return first ? 0 : total + rows_before + end;
}

}  // namespace gradcore::device
