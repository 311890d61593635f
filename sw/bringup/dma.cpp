// SPDX-License-Identifier: Apache-2.0
// Step `dma`: loads and stores of random shape, place, stride and format, and all of their DRAM
// against the model's.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/bringup/twin.h"
#include "sw/device/gemm_command.h"
#include "sw/train/random.h"

namespace gradcore::bringup {
namespace {

constexpr std::uint64_t kPage = 4096;  // that no burst of AXI4 may cross

class Random {
 public:
  explicit Random(std::uint64_t seed) : seed_(seed) {}
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(train::random_bits(seed_, 6, index_++) % bound);
  }

 private:
  std::uint64_t seed_, index_ = 0;
};

// A load or a store, and where in DRAM it is.
struct Transfer {
  std::string text;
  std::uint64_t dram = 0, pitch = 0, row_bytes = 0;
  std::uint32_t rows = 0;

  bool touches(std::uint64_t address) const {
    for (std::uint32_t r = 0; r < rows; ++r) {
      const std::uint64_t row = dram + r * pitch;
      if (address >= row && address < row + row_bytes) return true;
    }
    return false;
  }
};

// What a load and the store behind it have in common: a matrix in local memory.
struct Local {
  bool accumulator = false;
  std::uint32_t rows = 0, cols = 0, row_first = 0, row_step = 0, mem = 0, mem_rows = 0;
};

class Maker {
 public:
  Maker(const Twin& twin, std::uint64_t seed)
      : h_(twin.hardware()), half_(twin.arena_bytes() / 2), random_(seed) {}

  Local local(bool accumulator) {
    for (;;) {
      Local out;
      out.accumulator = accumulator;
      out.rows = 1 + random_.below(2 * h_.n + 1);
      out.cols = 1 + random_.below(3 * h_.n + 1);
      out.row_first = random_.below(h_.n);
      const std::uint32_t steps[] = {0, 1, 2, h_.n};
      out.row_step = steps[random_.below(4)];
      const std::uint32_t tile =
          accumulator ? h_.accumulator_tile_bytes() : h_.operand_tile_bytes();
      const std::uint32_t tiles = 1024 * (accumulator ? h_.accumulator_kib : h_.operand_kib) / tile;
      const std::uint32_t across = (out.cols + h_.n - 1) / h_.n;
      const std::uint32_t last =
          (out.row_first + (out.rows - 1) * std::max(out.row_step, 1u)) / h_.n;
      const std::uint32_t needed = (last + 1) * across;
      if (needed > tiles) continue;
      out.mem =
          (accumulator ? device::kAccumulatorBase : 0) + tile * random_.below(tiles - needed + 1);
      out.mem_rows = tile * across;
      return out;
    }
  }

  // Loads come from the lower half of the arena, stores go to the upper one; both begin a few
  // elements before a page's end, and their rows have gaps.
  Transfer transfer(const Local& local, bool store, bool fp32) {
    const std::uint64_t begin = store ? half_ : Twin::kData;
    const std::uint64_t end = store ? 2 * half_ : half_;
    const std::uint64_t element = fp32 ? 4 : 2;
    for (;;) {
      Transfer out;
      out.rows = local.rows;
      out.row_bytes = local.cols * element;
      out.pitch = out.row_bytes + element * random_.below(8);
      const auto pages = static_cast<std::uint32_t>((end - begin) / kPage);
      const std::uint64_t border = begin + kPage * (1 + random_.below(pages));
      out.dram = border - element * (1 + random_.below(64));
      if (out.dram + (out.rows - 1) * out.pitch + out.row_bytes > end) continue;
      out.text = fmt::format(
          "{} format={} rows={} cols={} mem=0x{:x} mem_rows={} row_first={} row_step={} dram={} "
          "pitch={}",
          store ? "store" : "load", fp32 ? "fp32" : "bf16", local.rows, local.cols, local.mem,
          local.mem_rows, local.row_first, local.row_step, out.dram, out.pitch);
      return out;
    }
  }

 private:
  runtime::Hardware h_;
  std::uint64_t half_;
  Random random_;
};

[[noreturn]] void fail(const Twin::Byte& byte, const std::vector<Transfer>& stores) {
  std::string by = "no store of this program writes there";
  for (const Transfer& store : stores) {
    if (store.touches(byte.address)) by = fmt::format("written by '{}'", store.text);
  }
  throw Failure(
      fmt::format("DRAM at 0x{:x}: expected 0x{:02x}, got 0x{:02x}; {}", byte.address,
                  byte.expected, byte.got, by),
      "rows, formats and places of that store tell whether conversion, a gap between rows, "
      "or a burst at a multiple of 4 KiB is wrong");
}

}  // namespace

std::string check_dma(Board& board, const Settings& settings) {
  constexpr unsigned kPrograms = 4, kPairs = 12;
  Twin twin(board, Twin::Fill::kAll);
  Maker maker(twin, settings.seed);
  std::vector<std::uint32_t> data((twin.arena_bytes() / 2 - Twin::kData) / 4);
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<std::uint32_t>(train::random_bits(settings.seed, 7, i));
  }
  twin.write(Twin::kData, bytes_of(data));
  std::vector<Transfer> stores;
  for (unsigned p = 0; p < kPrograms; ++p) {
    settings.observer();
    std::string text;
    for (unsigned i = 0; i < kPairs; ++i) {
      // All eight kinds: memory, format of the load, format of the store.
      const Local local = maker.local((i & 1) != 0);
      const Transfer load = maker.transfer(local, false, (i & 2) != 0);
      stores.push_back(maker.transfer(local, true, (i & 4) != 0));
      text += load.text + "\nsync\n" + stores.back().text + "\nsync\n";
    }
    twin.run(text + "halt\n");
  }
  if (const Twin::Byte byte = twin.first_difference(); byte.address < twin.arena_bytes()) {
    fail(byte, stores);
  }
  return fmt::format("{} loads and as many stores, {} KiB of DRAM compared", kPrograms * kPairs,
                     twin.arena_bytes() >> 10);
}

}  // namespace gradcore::bringup
