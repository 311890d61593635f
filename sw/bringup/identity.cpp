// SPDX-License-Identifier: Apache-2.0
// Step `identity`: is the chip the one that this program knows, and does its clock run as it says?
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"

namespace gradcore::bringup {
namespace {

namespace reg = isa::reg;

constexpr const char* kOtherSources =
    "the design on the board and this program come from different sources: build both anew";

std::uint32_t read32(runtime::ChipPort& port, reg::Register at) {
  return static_cast<std::uint32_t>(port.read(at));
}

void expect(std::string_view what, std::uint64_t expected, std::uint64_t got, const char* hint) {
  if (expected == got) return;
  throw Failure(fmt::format("register {}: expected 0x{:x}, got 0x{:x}", what, expected, got), hint);
}

void check_memory(std::string_view what, std::uint32_t kib, unsigned tile_bytes) {
  constexpr std::uint32_t kMostKib = 1u << 20;
  if (kib == 0 || kib > kMostKib || std::uint64_t{kib} * 1024 % tile_bytes != 0) {
    throw Failure(fmt::format("register {}: expected whole tiles of {} bytes, got {} KiB", what,
                              tile_bytes, kib),
                  kOtherSources);
  }
}

// How fast the bridge's counter of cycles runs by this computer's clock.
double measured_khz(runtime::ChipPort& port) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kPause = std::chrono::milliseconds(250);
  const std::uint64_t first = port.read(bridge::reg::kCycles);
  const Clock::time_point start = Clock::now();
  std::this_thread::sleep_for(kPause);
  const std::uint64_t last = port.read(bridge::reg::kCycles);
  const std::chrono::duration<double, std::milli> time = Clock::now() - start;
  return static_cast<double>(last - first) / time.count();
}

// A serial line works within 4 % or so of the right clock; a counter and a computer agree better.
std::string check_clock(runtime::ChipPort& port) {
  constexpr double kTolerance = 0.03;
  constexpr double kSimulated = 0.1;  // no PLL is that wrong on a line that works
  const std::uint32_t khz = read32(port, bridge::reg::kClockKhz);
  if (khz == 0)
    throw Failure("register clock_khz: expected the board's clock, got 0", kOtherSources);
  const double measured = measured_khz(port);
  if (measured < kSimulated * khz) {
    return fmt::format("{} kHz ({:.0f} measured: a simulation)", khz, measured);
  }
  if (measured < (1 - kTolerance) * khz || measured > (1 + kTolerance) * khz) {
    throw Failure(fmt::format("the board's clock: expected {} kHz, got {:.0f} kHz", khz, measured),
                  "look at the PLL's parameters in rtl/fpga/boards.yaml and at the oscillator");
  }
  return fmt::format("{} kHz ({:.0f} measured)", khz, measured);
}

}  // namespace

std::string check_identity(Board& board, const Settings&) {
  runtime::ChipPort& port = board.port();
  expect("identity of the bridge", bridge::reg::kIdentityValue,
         read32(port, bridge::reg::kIdentity), kOtherSources);
  expect("identity", reg::kResetIdentity, read32(port, reg::kIdentity),
         "there is no GradCore chip behind the bridge, or its registers do not answer");
  expect("version (upper half)", reg::kResetVersion >> 16, read32(port, reg::kVersion) >> 16,
         kOtherSources);
  expect("description", reg::kDescriptionHash, read32(port, reg::kDescription), kOtherSources);

  runtime::Hardware h;
  const std::uint32_t build = read32(port, reg::kBuild);
  h.n = reg::build::kN.of(build);
  h.f = reg::build::kF.of(build);
  if (h.n != 4 && h.n != 8 && h.n != 16 && h.n != 32) {
    throw Failure(fmt::format("register build: expected an array of 4, 8, 16 or 32, got {}", h.n),
                  kOtherSources);
  }
  constexpr unsigned kLeastF = 24, kMostF = 48;
  if (h.f < kLeastF || h.f > kMostF) {
    throw Failure(fmt::format("register build: expected F from 24 to 48, got {}", h.f),
                  kOtherSources);
  }
  h.operand_kib = read32(port, reg::kOperandKib);
  h.accumulator_kib = read32(port, reg::kAccumulatorKib);
  check_memory("operand_kib", h.operand_kib, h.operand_tile_bytes());
  check_memory("accumulator_kib", h.accumulator_kib, h.accumulator_tile_bytes());
  expect("list_entries", h.list_entries(), read32(port, reg::kListEntries), kOtherSources);
  const std::uint32_t memory_kib = read32(port, bridge::reg::kMemoryKib);
  if (memory_kib == 0 || std::uint64_t{memory_kib} * 1024 != port.dram_bytes()) {
    throw Failure(fmt::format("register memory_kib: expected {} KiB, got {}",
                              port.dram_bytes() >> 10, memory_kib),
                  kOtherSources);
  }
  board.device();  // what it refuses of a chip is a failure, too
  return fmt::format("{0} x {0}, F = {1}, {2} + {3} KiB, {4} KiB of DRAM, {5}", h.n, h.f,
                     h.operand_kib, h.accumulator_kib, memory_kib, check_clock(port));
}

}  // namespace gradcore::bringup
