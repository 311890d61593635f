// SPDX-License-Identifier: Apache-2.0
// Step `array`: Y = X W, where PE (row k, column n) multiplies X[.., k] by W[k][n]. With X
// diagonal, every element Y[k][n] is the product of a single PE.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/bringup/twin.h"
#include "sw/train/random.h"

namespace gradcore::bringup {
namespace {

using Halves = std::vector<std::uint16_t>;

constexpr const char* kHint =
    "one PE: its DSP block or its registers; all of a column: the adder at its foot; all of a row: "
    "the operand that enters it; other ones each time: a clock that is too fast";

// Pairs of bfloat16: ones, all bits of both significands, single bits, alternating bits, signs,
// very small and very large numbers.
constexpr std::uint16_t kPairs[][2] = {
    {0x3F80, 0x3F80}, {0x3FFF, 0x3FFF}, {0xBFFF, 0x3FFF}, {0x3FAA, 0x3FD5}, {0x3FD5, 0xBFAA},
    {0x3F81, 0x3FFF}, {0x3F82, 0x3FFF}, {0x3F84, 0x3FFF}, {0x3F88, 0x3FFF}, {0x3F90, 0x3FFF},
    {0x3FA0, 0x3FFF}, {0x3FC0, 0x3FFF}, {0xBFFF, 0xBF81}, {0x0041, 0x7E33}, {0x7F11, 0x0095}};

// A batch of tiles: X, W and what came of them.
struct Tiles {
  std::size_t batch = 0;
  Halves x, w;  // batch * n * n, row by row
  std::vector<std::uint32_t> expected, got;
};

// A random bfloat16 within a few binades of 1.
std::uint16_t random_half(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  const std::uint64_t bits = train::random_bits(seed, stream, index);
  const auto exponent = static_cast<std::uint16_t>(124 + bits % 8);
  return static_cast<std::uint16_t>((bits >> 16 & 0x807F) | exponent << 7);
}

class ArrayTest {
 public:
  ArrayTest(Board& board, const Settings& settings)
      : twin_(board), seed_(settings.seed), n_(twin_.hardware().n) {}

  // Every PE alone, all with the same operands, so that the one that differs from its neighbours is
  // known even if it spoils all sums of its column.
  void alone() {
    Tiles tiles = make(std::size(kPairs));
    for (std::size_t b = 0; b < tiles.batch; ++b) {
      for (unsigned i = 0; i < n_; ++i) {
        tiles.x[at(b, i, i)] = kPairs[b][0];
        for (unsigned j = 0; j < n_; ++j) tiles.w[at(b, i, j)] = kPairs[b][1];
      }
    }
    run(tiles);
    if (tiles.expected != tiles.got) blame(tiles);
  }

  // One row after the other with random operands, then one column after the other.
  void rows() {
    Tiles tiles = random(n_, 10);
    for (std::size_t b = 0; b < n_; ++b) {
      for (unsigned i = 0; i < n_ * n_; ++i) {
        if (i % n_ != b) tiles.x[b * n_ * n_ + i] = 0;
      }
    }
    run(tiles);
    expect(tiles, "row", true);
  }
  void columns() {
    Tiles tiles = random(n_, 11);
    for (std::size_t b = 0; b < n_; ++b) {
      for (unsigned i = 0; i < n_ * n_; ++i) {
        if (i % n_ != b) tiles.w[b * n_ * n_ + i] = 0;
      }
    }
    run(tiles);
    expect(tiles, "column", false);
  }

  // All PEs at once; the CRC-32 of the results.
  std::uint32_t whole() {
    Tiles tiles = random(n_, 12);
    run(tiles);
    const std::uint32_t want = signature(tiles.expected);
    const std::uint32_t got = signature(tiles.got);
    if (want == got) return got;
    expect(tiles, fmt::format("signature: expected {:08x}, got {:08x}; tile", want, got), true);
    return got;
  }

 private:
  std::size_t at(std::size_t batch, unsigned row, unsigned column) const {
    return (batch * n_ + row) * n_ + column;
  }
  Tiles make(std::size_t batch) const {
    Tiles out;
    out.batch = batch;
    out.x.resize(batch * n_ * n_);
    out.w.resize(batch * n_ * n_);
    return out;
  }
  Tiles random(std::size_t batch, std::uint64_t stream) const {
    Tiles out = make(batch);
    for (std::size_t i = 0; i < out.x.size(); ++i) {
      out.x[i] = random_half(seed_, stream, 2 * i);
      out.w[i] = random_half(seed_, stream, 2 * i + 1);
    }
    return out;
  }

  void run(Tiles& tiles) {
    const std::uint64_t bytes = 2 * tiles.x.size();
    const std::uint64_t w = Twin::kData + bytes, y = w + bytes;
    const std::uint32_t tile = twin_.hardware().operand_tile_bytes();
    twin_.write(Twin::kData, bytes_of(tiles.x));
    twin_.write(w, bytes_of(tiles.w));
    const std::size_t rows = tiles.batch * n_;
    twin_.run(fmt::format(
        "load format=bf16 rows={0} cols={1} mem=0 mem_rows={2} dram={3} pitch={4}\n"
        "load format=bf16 rows={0} cols={1} mem={5} mem_rows={2} dram={5}+{3} pitch={4}\nsync\n"
        "gemm m={1} k={1} n={1} batch={6} x=0 x_batch={2} w={5} w_batch={2} y=0x80000000 "
        "y_batch={7}\nsync\n"
        "store rows={0} cols={1} mem=0x80000000 mem_rows={7} dram={8} pitch={9}\nhalt\n",
        rows, n_, tile, Twin::kData, 2 * n_, bytes, tiles.batch, 2 * tile, y, 4 * n_));
    tiles.expected = twin_.elements(true, y, tiles.x.size());
    tiles.got = twin_.elements(false, y, tiles.x.size());
  }

  static std::uint32_t signature(const std::vector<std::uint32_t>& values) {
    const std::vector<std::byte> bytes = bytes_of(values);
    return static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
  }

  // The rows of a column whose PE is to blame: those that are wrong, or, where most are, those that
  // are wrong in another way. None if all are alike.
  std::vector<unsigned> bad_rows(const Tiles& tiles, std::size_t batch, unsigned column) const {
    std::vector<unsigned> wrong, odd;
    std::map<std::uint32_t, unsigned> values;
    for (unsigned k = 0; k < n_; ++k) {
      const std::size_t i = at(batch, k, column);
      if (tiles.got[i] != tiles.expected[i]) wrong.push_back(k);
      ++values[tiles.got[i]];
    }
    if (wrong.size() <= n_ / 2) return wrong;
    const auto most = std::max_element(values.begin(), values.end(),
                                       [](auto& a, auto& b) { return a.second < b.second; });
    for (unsigned k = 0; k < n_; ++k) {
      if (tiles.got[at(batch, k, column)] != most->first) odd.push_back(k);
    }
    return odd.size() <= n_ / 2 ? odd : std::vector<unsigned>{};
  }

  [[noreturn]] void blame(const Tiles& tiles) const {
    std::map<std::pair<unsigned, unsigned>, unsigned> votes;  // of (row, column)
    std::set<unsigned> columns;
    for (std::size_t b = 0; b < tiles.batch; ++b) {
      for (unsigned j = 0; j < n_; ++j) {
        for (const unsigned k : bad_rows(tiles, b, j)) ++votes[{k, j}];
        for (unsigned k = 0; k < n_; ++k) {
          if (tiles.got[at(b, k, j)] != tiles.expected[at(b, k, j)]) columns.insert(j);
        }
      }
    }
    const auto i = static_cast<std::size_t>(
        std::mismatch(tiles.expected.begin(), tiles.expected.end(), tiles.got.begin()).first -
        tiles.expected.begin());
    const std::size_t b = i / (n_ * n_);
    const std::string first = fmt::format(
        "0x{:04x} x 0x{:04x} in PE row {}, column {} alone: expected 0x{:08x}, got 0x{:08x}",
        kPairs[b][0], kPairs[b][1], i / n_ % n_, i % n_, tiles.expected[i], tiles.got[i]);
    const auto best =
        std::max_element(votes.begin(), votes.end(),
                         [](const auto& one, const auto& two) { return one.second < two.second; });
    if (votes.empty()) {
      throw Failure(
          fmt::format("column {} of the array, all rows alike: {}", *columns.begin(), first),
          kHint);
    }
    throw Failure(fmt::format("PE row {}, column {} ({} of {} PEs suspect): {}", best->first.first,
                              best->first.second, votes.size(), n_ * n_, first),
                  kHint);
  }

  // Which PE made an element of a batch wrong: row m of X, each element alone.
  std::string locate(const Tiles& tiles, std::size_t batch, unsigned m, unsigned column) {
    Tiles probe = make(1);
    for (unsigned k = 0; k < n_; ++k) probe.x[at(0, k, k)] = tiles.x[at(batch, m, k)];
    std::copy_n(tiles.w.begin() + static_cast<std::ptrdiff_t>(at(batch, 0, 0)), n_ * n_,
                probe.w.begin());
    run(probe);
    const std::vector<unsigned> rows = bad_rows(probe, 0, column);
    if (rows.empty()) return fmt::format("PE column {}, rows only together", column);
    return fmt::format("PE row {}, column {}", rows.front(), column);
  }

  // `what` of a batch is its number, of a row or column of the array.
  void expect(const Tiles& tiles, const std::string& what, bool finds_row) {
    for (std::size_t i = 0; i < tiles.got.size(); ++i) {
      if (tiles.got[i] == tiles.expected[i]) continue;
      const std::size_t b = i / (n_ * n_);
      const auto m = static_cast<unsigned>(i / n_ % n_), j = static_cast<unsigned>(i % n_);
      const std::string where =
          what == "row" ? fmt::format("PE row {}, column {}", b, j) : locate(tiles, b, m, j);
      throw Failure(
          fmt::format("{}: random operands, {} {}{}, element ({}, {}): expected 0x{:08x}, "
                      "got 0x{:08x}",
                      where, what, b, finds_row ? "" : " alone", m, j, tiles.expected[i],
                      tiles.got[i]),
          kHint);
    }
  }

  Twin twin_;
  std::uint64_t seed_;
  unsigned n_;
};

}  // namespace

std::string check_array(Board& board, const Settings& settings) {
  ArrayTest test(board, settings);
  test.alone();
  test.rows();
  test.columns();
  const std::uint32_t signature = test.whole();
  const unsigned n = board.device().hardware().n;
  return fmt::format("{} PEs with {} pairs of operands each, {} rows, {} columns, signature {:08x}",
                     n * n, std::size(kPairs), n, n, signature);
}

}  // namespace gradcore::bringup
