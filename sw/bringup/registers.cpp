// SPDX-License-Identifier: Apache-2.0
// Step `registers`: every register of the generated description.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"

namespace gradcore::bringup {
namespace {

namespace reg = isa::reg;
using reg::Access;
using reg::RegisterInfo;

constexpr const char* kHint =
    "look at the bus between bridge and chip (rtl/bridge/bus_master.sv) and at timing: a register "
    "that is wrong now and then is a path that is too slow";

// What the parameters of the design decide; the step `identity` looks at these.
bool is_parameter(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames = {"description", "build", "operand_kib",
                                                      "accumulator_kib", "list_entries"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Windows are whole beats of 16 bytes: the lowest bits of base and size do not exist.
std::uint32_t writable_bits(const RegisterInfo& info, bool high) {
  const bool is_window = info.name.starts_with("read_") || info.name.starts_with("write_");
  return is_window && !high ? info.bits & ~0xFu : info.bits;
}

struct Half {
  const RegisterInfo& info;
  bool high;

  std::uint32_t offset() const { return info.at.offset + (high ? 4u : 0u); }
  std::string name() const {
    if (info.at.width == 32) return fmt::format("{} (0x{:03x})", info.name, offset());
    return fmt::format("{}, {} half (0x{:03x})", info.name, high ? "high" : "low", offset());
  }
};

std::vector<Half> halves() {
  std::vector<Half> out;
  for (const RegisterInfo& info : reg::kRegisters) {
    out.push_back({info, false});
    if (info.at.width == 64) out.push_back({info, true});
  }
  return out;
}

class Checker {
 public:
  explicit Checker(runtime::ChipPort& port) : port_(port) {}

  void expect(const Half& half, std::uint32_t expected, std::string_view when) {
    const std::uint32_t got = port_.read_register(half.offset());
    if (got == expected) return;
    throw Failure(fmt::format("register {} {}: expected 0x{:08x}, got 0x{:08x}, bits 0x{:08x}",
                              half.name(), when, expected, got, expected ^ got),
                  kHint);
  }

  void reset_value(const Half& half) {
    if (is_parameter(half.info.name)) return;
    expect(half, half.high ? 0 : half.info.reset, "after a reset");
  }

  // A one in every place; all ones and all zeros.
  void walk(const Half& half) {
    const std::uint32_t bits = writable_bits(half.info, half.high);
    for (unsigned b = 0; b < 34; ++b) {
      const std::uint32_t value = b < 32 ? 1u << b : b == 32 ? ~0u : 0u;
      port_.write_register(half.offset(), value);
      expect(half, value & bits, fmt::format("after 0x{:08x} was written", value));
    }
  }

  // Values that are all different, so that no two registers can be one.
  void tell_apart(const std::vector<Half>& all) {
    const auto value = [](const Half& half) { return 0x9E37'79B9u * (half.offset() + 1); };
    const auto is_kept = [](const Half& half) { return half.info.access == Access::kReadWrite; };
    for (const Half& half : all) {
      if (is_kept(half)) port_.write_register(half.offset(), value(half));
    }
    for (const Half& half : all) {
      if (is_kept(half)) {
        expect(half, value(half) & writable_bits(half.info, half.high), "after all were written");
      }
    }
  }

  // What can only be read stays as it is.
  void write_in_vain(const Half& half) {
    const std::uint32_t before = port_.read_register(half.offset());
    for (const std::uint32_t value : {~0u, 0u}) {
      port_.write_register(half.offset(), value);
      expect(half, before, fmt::format("after 0x{:08x} was written in vain", value));
    }
  }

  // The first byte behind the board's memory.
  void memory_end() {
    std::array<std::byte, 1> byte{};
    try {
      port_.read_dram(port_.dram_bytes(), byte);
    } catch (const bridge::Refusal& refusal) {
      if (refusal.status() == bridge::Status::kBadAddress) return;
    }
    throw Failure(
        fmt::format("a read of memory at 0x{:x}, its end: expected status {}, got another",
                    port_.dram_bytes(), static_cast<unsigned>(bridge::Status::kBadAddress)),
        kHint);
  }

  void refused(std::uint32_t offset, bool writes, bridge::Status expected) {
    std::string got = "an answer";
    try {
      if (writes) {
        port_.write_register(offset, 0);
      } else {
        port_.read_register(offset);
      }
    } catch (const bridge::Refusal& refusal) {
      if (refusal.status() == expected) return;
      got = refusal.what();
    }
    throw Failure(
        fmt::format("{} at 0x{:03x}, where no register is: expected status {}, got {}",
                    writes ? "a write" : "a read", offset, static_cast<unsigned>(expected), got),
        kHint);
  }

 private:
  runtime::ChipPort& port_;
};

// Starting without a window fails at once, with a flag that writing a one clears.
void check_interrupt_status(runtime::ChipPort& port, Checker& checker) {
  const auto find = [](std::string_view name) {
    return Half{*std::find_if(std::begin(reg::kRegisters), std::end(reg::kRegisters),
                              [name](const RegisterInfo& one) { return one.name == name; }),
                false};
  };
  const Half happened = find("interrupt_status"), status = find("status");
  port.write(reg::kControl, reg::control::kStart.mask());
  checker.expect(status, reg::status::kError.mask(), "after a start without a window");
  checker.expect(happened, reg::interrupt_status::kError.mask(), "after a program was refused");
  port.write(reg::kInterruptStatus, reg::interrupt_status::kDone.mask());
  checker.expect(happened, reg::interrupt_status::kError.mask(), "after another flag was cleared");
  port.write(reg::kInterruptStatus, reg::interrupt_status::kError.mask());
  checker.expect(happened, 0, "after its flag was cleared");
  port.write(reg::kControl, reg::control::kSoftReset.mask());
  checker.expect(status, 0, "after a soft reset");
}

}  // namespace

std::string check_registers(Board& board, const Settings& settings) {
  runtime::ChipPort& port = board.port();
  Checker checker(port);
  const std::vector<Half> all = halves();
  board.reset();
  for (const Half& half : all) checker.reset_value(half);
  unsigned written = 0, unknown = 0;
  for (const Half& half : all) {
    settings.observer();
    if (half.info.access == Access::kReadWrite) {
      checker.walk(half);
      ++written;
    } else if (half.info.access == Access::kRead) {
      checker.write_in_vain(half);
    }
  }
  checker.tell_apart(all);
  board.reset();
  for (const Half& half : all) checker.reset_value(half);
  check_interrupt_status(port, checker);

  // Between the registers, behind them, behind the counters, and behind those of the bridge.
  const std::uint32_t last = all.back().offset();
  const std::uint32_t counters_end = std::end(reg::kCounters)[-1].at.offset + 8u;
  constexpr std::uint32_t kLastOfChip = 0xFFC;
  for (const std::uint32_t offset : {reg::kError.offset + 4u, last + 4,
                                     reg::kCounters[0].at.offset - 4u, counters_end, kLastOfChip}) {
    for (const bool writes : {false, true}) {
      checker.refused(offset, writes, bridge::Status::kBusError);
    }
    ++unknown;
  }
  checker.refused(bridge::reg::kLineErrors.offset + 4u, false, bridge::Status::kBusError);
  checker.memory_end();
  board.reset();
  return fmt::format("{} words, {} of them written bit by bit, {} addresses without a register",
                     all.size(), written, unknown + 1);
}

}  // namespace gradcore::bringup
