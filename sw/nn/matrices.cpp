// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/matrices.h"

#include <algorithm>
#include <stdexcept>

#include "sw/compiler/network.h"

namespace gradcore::nn {
namespace {

// Tiles of a memory that addresses of 31 bits can name, whatever the array's size is.
constexpr std::uint32_t kMostTiles = 1u << 19;

}  // namespace

View Matrices::add(const std::string& name, bool accumulator, std::uint32_t rows,
                   std::uint32_t cols, Life life, Walk walk) {
  if (rows == 0 || cols == 0) throw std::logic_error("a matrix without elements: " + name);
  const std::uint32_t row_tiles = compiler::tiles(rows, n_);
  std::uint32_t stride = compiler::tiles(cols, n_);
  if (walk == Walk::kOtherWay && row_tiles > 1) {
    while (stride % 4 != 3) ++stride;
  }
  if (walk == Walk::kDownRows && row_tiles > 1) {
    // To the next bank, as along rows: who goes the same way at the same pace meets nobody.
    // An odd step goes through all of them.
    const std::uint32_t step = accumulator ? 4 : 2;
    while (stride % step != 1) ++stride;
  }
  // The last row of tiles needs no gap behind it.
  const std::uint64_t size = std::uint64_t{row_tiles - 1} * stride + compiler::tiles(cols, n_);
  std::uint32_t& used = used_[accumulator ? 1 : 0];
  if (used + size > kMostTiles) {
    throw compiler::CompileError("the network is too large for a chip with memories of 2 GiB");
  }
  Matrix matrix;
  matrix.name = name;
  matrix.life = life;
  matrix.tiles = static_cast<std::uint32_t>(size);
  matrix.view = {
      .accumulator = accumulator, .first = used, .stride = stride, .rows = rows, .cols = cols};
  used += matrix.tiles;
  by_tile_[accumulator ? 1 : 0].push_back(all_.size());
  all_.push_back(matrix);
  return matrix.view;
}

std::size_t Matrices::number_at(bool accumulator, std::uint32_t tile) const {
  const std::vector<std::size_t>& numbers = by_tile_[accumulator ? 1 : 0];
  const auto behind =
      std::upper_bound(numbers.begin(), numbers.end(), tile,
                       [&](std::uint32_t t, std::size_t i) { return t < all_[i].view.first; });
  if (behind != numbers.begin()) {
    const Matrix& matrix = all_[*std::prev(behind)];
    if (tile < matrix.view.first + matrix.tiles) return *std::prev(behind);
  }
  throw std::logic_error("there is no matrix at this place");
}

device::Hardware Matrices::unbounded(device::Hardware hardware) const {
  const auto kib = [](std::uint64_t tiles, std::uint64_t bytes) {
    return static_cast<std::uint32_t>((tiles * bytes + 1023) / 1024 + 1);
  };
  hardware.operand_kib = kib(used_[0], hardware.operand_tile_bytes());
  hardware.accumulator_kib = kib(used_[1], hardware.accumulator_tile_bytes());
  return hardware;
}

}  // namespace gradcore::nn
