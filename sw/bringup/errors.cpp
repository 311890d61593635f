// SPDX-License-Identifier: Apache-2.0
// Step `errors`: what an instruction may not do stops the program with its error, at its address;
// after a reset the chip works again.
#include <fmt/format.h>

#include <vector>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/bringup/twin.h"

namespace gradcore::bringup {
namespace {

using isa::Error;

struct Case {
  std::string name;
  std::string text;  // after an instruction that is carried out
  Error error;       // documented; the model must agree
};

std::vector<Case> cases(const runtime::Hardware& h, std::uint64_t arena) {
  const auto load = [](const std::string& fields) {
    return "load rows=1 cols=1 pitch=4 " + fields + "\n";
  };
  const std::string zeros = " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
  return {{"an instruction that does not exist", ".words 0xff" + zeros, Error::kOpcode},
          {"a bit of no field", ".words 0x101" + zeros, Error::kReserved},
          {"a load outside the window", load(fmt::format("dram={}", arena)), Error::kWindow},
          {"a store outside the window",
           fmt::format("store rows=1 cols=1 pitch=4 dram={}\n", arena), Error::kWindow},
          {"a token that nothing gives", load("dram=4096 take=t3"), Error::kDeadlock},
          {"a misaligned address of local memory", load("mem=2 dram=4096"), Error::kMisaligned},
          {"a misaligned address of DRAM", load("dram=4098"), Error::kMisaligned},
          {"an address behind operand memory",
           load(fmt::format("mem={} dram=4096", h.operand_kib * 1024)), Error::kOutOfRange},
          {"no rows", "load cols=1 pitch=4 dram=4096\n", Error::kZeroSize},
          {"an end without a loop", ".words 0x05" + zeros, Error::kNesting}};
}

// A copy of some bytes through local memory: after a reset it must be carried out.
void work(Twin& twin) {
  const std::vector<std::uint32_t> words = {0x1234'5678, 0x9ABC'DEF0, 0x0FED'CBA9, 0x8765'4321};
  twin.write(Twin::kData, bytes_of(words));
  twin.write(Twin::kData + 64, bytes_of(std::vector<std::uint32_t>(words.size())));
  twin.run(
      "load rows=1 cols=4 mem=0x80000000 dram=4096 pitch=16 give=t1\n"
      "store rows=1 cols=4 mem=0x80000000 dram=4160 pitch=16 take=t1\nhalt\n");
  if (!twin.compare(Twin::kData + 64, 1, 4).empty()) {
    throw Failure("a copy of 16 bytes at 0x1040 differs from what was copied");
  }
}

void reset_and_work(Twin& twin, const std::string& after) {
  twin.chip().reset();
  try {
    work(twin);
  } catch (const Failure& failure) {
    throw Failure(fmt::format("after {} and a soft reset: {}", after, failure.what()),
                  "something keeps its state over the reset: look at rtl/command/run_control.sv");
  }
}

// Only the board has one: the model has no clock.
void check_watchdog(Board& board, Twin& twin) {
  namespace reg = isa::reg;
  board.port().write(reg::kWatchdog, 1);  // DRAM takes longer than that
  const std::string text = isa::to_bytes(isa::assemble("halt\n", "bring-up"));
  twin.write(0, std::as_bytes(std::span(text)));
  const runtime::Status status = run_to_end(twin.chip(), 0);
  board.port().write(reg::kWatchdog, reg::kResetWatchdog);
  if (status.error != Error::kTimeout) {
    throw Failure(fmt::format("the watchdog, set to 1 cycle: expected error {}, got '{}'",
                              static_cast<unsigned>(Error::kTimeout), runtime::describe(status)),
                  "look at the register watchdog and at rtl/command/run_control.sv");
  }
  reset_and_work(twin, "the watchdog");
}

}  // namespace

std::string check_errors(Board& board, const Settings& settings) {
  Twin twin(board);
  work(twin);
  const std::vector<Case> all = cases(twin.hardware(), twin.arena_bytes());
  for (const Case& one : all) {
    settings.observer();
    try {
      const runtime::Status status = twin.compare_ends("set rd=r1 value=1\n" + one.text + "halt\n");
      if (status.error != one.error) throw std::logic_error("a test of an error has another one");
    } catch (const Failure& failure) {
      throw Failure(fmt::format("{}: {}", one.name, failure.what()),
                    "sw/isa/README.md tells the errors; checks of instructions are in rtl/command, "
                    "rtl/matrix, rtl/vector and rtl/dma");
    }
    reset_and_work(twin, one.name);
  }
  const bool has_watchdog = twin.chip().counters().has_clock;
  if (has_watchdog) check_watchdog(board, twin);
  return fmt::format("{} errors{}, each followed by a reset and work", all.size(),
                     has_watchdog ? " and the watchdog" : "");
}

}  // namespace gradcore::bringup
