// SPDX-License-Identifier: Apache-2.0
// Step `local memory`: operand and accumulator memory, by loads and stores of single tiles that the
// chip carries out in the order that the march wants; what it stores goes to DRAM and to the host.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sw/bringup/budget.h"
#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/bringup/march.h"
#include "sw/bringup/twin.h"
#include "sw/device/gemm_command.h"

namespace gradcore::bringup {
namespace {

// One of the two memories, in tiles.
struct Memory {
  const char* name;
  const char* format;  // that moves its elements as they are
  std::uint32_t base;
  unsigned element;  // bytes
  std::uint64_t bytes;
};

class LocalTest {
 public:
  LocalTest(runtime::Device& device, const Settings& settings, const Memory& memory)
      : device_(device),
        settings_(settings),
        memory_(memory),
        n_(device.hardware().n),
        tile_(n_ * n_ * memory.element) {
    const std::uint64_t room = Twin::arena_bytes(device.hardware()) - kBuffer;
    room_ = room / tile_ * tile_;
  }

  std::vector<MemoryWindow> windows(std::uint64_t limit) const {
    return windows_of(memory_.bytes, limit, tile_);
  }

  void run(const std::vector<MemoryWindow>& windows) {
    // Both backgrounds, a tile each.
    device_.write(kZeros, std::vector<std::byte>(tile_, std::byte{0}));
    device_.write(kOnes, std::vector<std::byte>(tile_, std::byte{0xFF}));
    for (const MarchElement& element : kMarchCMinus) march(windows, element);
    address_in_data(windows, false);
    address_in_data(windows, true);
  }

 private:
  // DRAM: the program, the backgrounds, and a buffer for what is read, or written.
  static constexpr std::uint64_t kZeros = 1024, kOnes = 5120, kBuffer = 9216;

  // Parts of the windows that fit into the buffer, in the order of addresses or against it.
  std::vector<MemoryWindow> parts(const std::vector<MemoryWindow>& windows, bool down) const {
    std::vector<MemoryWindow> out;
    for (const MemoryWindow& window : windows) {
      for (std::uint64_t at = window.begin; at < window.end; at += room_) {
        out.push_back({at, std::min(at + room_, window.end)});
      }
    }
    if (down) std::reverse(out.begin(), out.end());
    return out;
  }

  // Tiles of a part, one after the other: r1 is in local memory, r2 in the buffer. The load of a
  // tile waits for the store that reads it.
  std::string program(const MemoryWindow& part, bool down, bool stores, const std::string& load) {
    const std::uint64_t tiles = part.bytes() / tile_;
    const std::uint64_t first = down ? (tiles - 1) * tile_ : 0;
    const auto step = static_cast<std::uint32_t>(down ? -tile_ : tile_);
    std::string text =
        fmt::format("set rd=r1 value=0x{:x}\nset rd=r2 value=0x{:x}\nloop count={}\n",
                    memory_.base + part.begin + first, kBuffer + first, tiles);
    const std::string shape = fmt::format("format={0} rows={1} cols={1} mem=r1 pitch={2}",
                                          memory_.format, n_, n_ * memory_.element);
    if (stores) {
      text += fmt::format("store {} dram=r2{}\n", shape, load.empty() ? "" : " give=t0");
    }
    if (!load.empty()) text += fmt::format("load {} {}{}\n", shape, load, stores ? " take=t0" : "");
    text += fmt::format("add rd=r1 rs=r1 value=0x{0:x}\nadd rd=r2 rs=r2 value=0x{0:x}\nend\nhalt\n",
                        step);
    return text;
  }

  void run_program(const std::string& text) {
    settings_.observer();
    const isa::Assembly assembly = isa::assemble_with_source(text, "bring-up");
    const std::string bytes = isa::to_bytes(assembly.program);
    device_.write(0, std::as_bytes(std::span(bytes)));
    const runtime::Status status = run_to_end(device_, 0);
    if (status.state == runtime::State::kDone) return;
    throw Failure(fmt::format("{}: expected 'the program ended', got '{}'", memory_.name,
                              runtime::describe(status, assembly)),
                  "the program lies in DRAM, and that passed: look at the chip's AXI4 port and at "
                  "the command processor");
  }

  void march(const std::vector<MemoryWindow>& windows, const MarchElement& element) {
    std::string load;
    if (element.writes >= 0) load = fmt::format("dram=0x{:x}", element.writes ? kOnes : kZeros);
    for (const MemoryWindow& part : parts(windows, element.down)) {
      run_program(program(part, element.down, element.reads >= 0, load));
      if (element.reads < 0) continue;
      expect(part, std::vector<std::byte>(part.bytes(), std::byte(element.reads ? 0xFF : 0)),
             name_of(element));
    }
  }

  void address_in_data(const std::vector<MemoryWindow>& windows, bool complement) {
    const std::vector<MemoryWindow> all = parts(windows, false);
    for (const MemoryWindow& part : all) {
      device_.write(kBuffer, address_words(part.begin, part.bytes(), complement));
      run_program(program(part, false, false, "dram=r2"));
    }
    for (const MemoryWindow& part : all) {
      run_program(program(part, false, true, ""));
      expect(part, address_words(part.begin, part.bytes(), complement),
             complement ? "complement of the address in data" : "address in data");
    }
  }

  void expect(const MemoryWindow& part, const std::vector<std::byte>& want,
              const std::string& phase) {
    std::vector<std::byte> got(want.size());
    device_.read(kBuffer, got);
    BitError error;
    if (!find_error(want, got, error)) return;
    const std::uint64_t at = part.begin + error.offset;
    const std::uint64_t in_tile = at % tile_ / memory_.element;
    const std::size_t first = error.offset / memory_.element * memory_.element;
    throw Failure(
        fmt::format("{} memory, tile {}, element (row {}, column {}), bit {}: expected 0x{:x}, got "
                    "0x{:x} ({}; {} of {} bytes differ)",
                    memory_.name, at / tile_, in_tile / n_, in_tile % n_,
                    8 * (at % memory_.element) + error.bit(), word_at(want, first, memory_.element),
                    word_at(got, first, memory_.element), phase, error.bad_bytes, want.size()),
        "one column of many tiles is one bank of block RAM; many elements are the way there: DMA, "
        "or a time that is too short");
  }

  runtime::Device& device_;
  const Settings& settings_;
  Memory memory_;
  unsigned n_;
  std::uint64_t tile_, room_ = 0;  // bytes; of the buffer
};

}  // namespace

std::string check_local_memory(Board& board, const Settings& settings) {
  constexpr unsigned kPasses = 9;  // five of March C-, four of addresses
  runtime::Device& device = board.device();
  const runtime::Hardware& h = device.hardware();
  const std::uint64_t arena = Twin::arena_bytes(h);
  if (device.dram_bytes() < arena) {
    throw NotThere(fmt::format("needs {} KiB of DRAM", arena >> 10));
  }
  device.set_windows({0, arena}, {0, arena});
  const std::uint64_t limit = memory_budget(device, settings, 2 * kPasses);
  const Memory memories[] = {
      {"operand", "bf16", 0, 2, std::uint64_t{h.operand_kib} << 10},
      {"accumulator", "fp32", device::kAccumulatorBase, 4, std::uint64_t{h.accumulator_kib} << 10}};
  std::string figure;
  for (const Memory& memory : memories) {
    LocalTest test(device, settings, memory);
    const std::vector<MemoryWindow> windows = test.windows(limit);
    test.run(windows);
    figure += fmt::format("{} {}, ", memory.name, coverage(memory.bytes, windows));
  }
  return figure + fmt::format("list {} entries", check_list_memory(board));
}

}  // namespace gradcore::bringup
