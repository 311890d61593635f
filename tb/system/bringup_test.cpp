// SPDX-License-Identifier: Apache-2.0
// The bring-up of the FPGA board's top in simulation: all steps pass, and faults of what lies
// between chip and host are found by the step that is for them. Faults of the chip:
// tb/unit/bringup.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <optional>

#include "sw/bringup/board.h"
#include "sw/bringup/step.h"
#include "sw/runtime/chip_device.h"
#include "tb/board/virtual_board.h"

namespace gradcore::bringup {
namespace {

using board::VirtualBoard;
using board::VirtualLine;
using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr bridge::LinkSettings kLink{.patience = milliseconds(40),
                                     .max_patience = milliseconds(200),
                                     .hello_attempts = 10,
                                     .attempts = 40,
                                     .salt = 77};

// What becomes of a word that is read.
struct Fault {
  std::function<std::uint32_t(std::uint32_t offset, std::uint32_t value)> register_read{};
  std::function<void(std::uint64_t address, std::span<std::byte> bytes)> dram_read{};
  std::function<bool(std::uint32_t offset)> register_lost{};  // writes that go nowhere
};

class FaultyPort final : public runtime::ChipPort {
 public:
  FaultyPort(runtime::ChipPort& port, const Fault& fault) : port_(port), fault_(fault) {}

  std::uint32_t read_register(std::uint32_t offset) override {
    const std::uint32_t value = port_.read_register(offset);
    return fault_.register_read ? fault_.register_read(offset, value) : value;
  }
  void write_register(std::uint32_t offset, std::uint32_t value) override {
    if (fault_.register_lost && fault_.register_lost(offset)) return;
    port_.write_register(offset, value);
  }
  std::uint64_t dram_bytes() const override { return port_.dram_bytes(); }
  void read_dram(std::uint64_t address, std::span<std::byte> bytes) override {
    port_.read_dram(address, bytes);
    if (fault_.dram_read) fault_.dram_read(address, bytes);
  }
  void write_dram(std::uint64_t address, std::span<const std::byte> bytes) override {
    port_.write_dram(address, bytes);
  }
  bool wait_for_interrupt(std::uint64_t cycles) override {
    return port_.wait_for_interrupt(cycles);
  }

 private:
  runtime::ChipPort& port_;
  Fault fault_;
};

class FaultyBoard final : public SerialBoard {
 public:
  FaultyBoard(VirtualBoard& virtual_board, const Fault& fault)
      : SerialBoard(
            "virtual board",
            [&virtual_board] { return std::make_unique<VirtualLine>(virtual_board); }, kLink,
            [] {}),
        fault_(fault) {}

  runtime::ChipPort& port() override {
    if (!port_) port_.emplace(SerialBoard::port(), fault_);
    return *port_;
  }

 private:
  Fault fault_;
  std::optional<FaultyPort> port_;
};

std::vector<Outcome> run(Board& board, const Selection& selection, double soak_seconds = 0) {
  return run_steps(
      board, {.window_bytes = 4096, .soak_seconds = soak_seconds, .training_steps = 20}, selection,
      [](const Step&) {},
      [](const Outcome& one) {
        std::cout << one.number << ' ' << one.name << ' ' << verdict_name(one.verdict) << ' '
                  << one.seconds << " s: " << one.figure << one.difference << std::endl;
      });
}

TEST(Bringup, AllStepsPassOnTheBoard) {
  VirtualBoard virtual_board(board::make_small_board(), {});
  FaultyBoard board(virtual_board, {});
  const std::vector<Outcome> outcomes = run(board, {}, 0.5);
  EXPECT_EQ(outcomes.size(), steps().size());
  for (const Outcome& one : outcomes) {
    EXPECT_EQ(one.verdict, Verdict::kPassed) << one.name << ": " << one.figure << one.difference;
  }
  EXPECT_EQ(virtual_board.model().assertion_failures(), 0u);
}

struct Case {
  const char* name;
  const char* step;
  const char* said;
  Fault fault;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class BringupFaults : public testing::TestWithParam<Case> {};

TEST_P(BringupFaults, AreFoundByTheirStep) {
  VirtualBoard virtual_board(board::make_small_board(), {});
  FaultyBoard board(virtual_board, GetParam().fault);
  const std::size_t last = find_step(GetParam().step).value();
  // Those that come late do not need the early ones here.
  const std::size_t first = last <= *find_step("dram") ? 1 : last;
  const std::vector<Outcome> outcomes = run(board, {.first = first, .last = last});
  ASSERT_EQ(outcomes.size(), last - first + 1);
  for (std::size_t i = 0; i + 1 < outcomes.size(); ++i) {
    EXPECT_EQ(outcomes[i].verdict, Verdict::kPassed)
        << outcomes[i].name << ": " << outcomes[i].difference;
  }
  EXPECT_EQ(outcomes.back().verdict, Verdict::kFailed);
  EXPECT_THAT(outcomes.back().difference, HasSubstr(GetParam().said));
}

namespace reg = isa::reg;

std::vector<Case> faults() {
  const auto at = [](std::uint32_t where, auto change) {
    return Fault{.register_read = [where, change](std::uint32_t offset, std::uint32_t value) {
      return offset == where ? change(value) : value;
    }};
  };
  return {{"Echo", "link", "echo 0: expected",
           at(reg::kProgramAddress.offset, [](std::uint32_t v) { return v | 0x100u; })},
          {"OtherSources", "identity", "register description: expected",
           at(reg::kDescription.offset, [](std::uint32_t v) { return v ^ 1u; })},
          {"NoSize", "identity", "register operand_kib: expected whole tiles",
           at(reg::kOperandKib.offset, [](std::uint32_t) { return 0u; })},
          {"ResetValue", "registers",
           "register watchdog (0x060) after a reset: expected 0x01000000, got 0x01000001",
           at(reg::kWatchdog.offset, [](std::uint32_t v) { return v | 1u; })},
          {"StuckRegister", "registers", "register write_size, high half (0x05c) after 0x00020000",
           at(reg::kWriteSize.offset + 4u, [](std::uint32_t v) { return v & ~0x2'0000u; })},
          {"LostWrites",
           "registers",
           "register interrupt_enable (0x064) after 0x00000001",
           {.register_lost = [](std::uint32_t o) { return o == reg::kInterruptEnable.offset; }}},
          {"DramBit",
           "dram",
           "DRAM at 0x5, bit 6",
           {.dram_read =
                [](std::uint64_t address, std::span<std::byte> bytes) {
                  if (address <= 5 && 5 < address + bytes.size()) {
                    bytes[5 - address] |= std::byte{0x40};
                  }
                }}},
          {"Counters", "counters", "store: expected busy + token + memory + idle",
           at(reg::counter::kStoreIdle.offset, [](std::uint32_t v) { return v + 1; })}};
}

INSTANTIATE_TEST_SUITE_P(Kinds, BringupFaults, testing::ValuesIn(faults()),
                         [](const auto& info) { return std::string(info.param.name); });

// A PE that spoils every sum of its column, in the RTL: the one whose error differs is named.
TEST(Bringup, ABrokenPeIsNamed) {
  VirtualBoard virtual_board(board::make_broken_board(), {});
  FaultyBoard board(virtual_board, {});
  const std::vector<Outcome> outcomes = run(board, {.first = 7, .last = 12});
  EXPECT_EQ(outcomes[0].verdict, Verdict::kFailed);
  EXPECT_THAT(outcomes[0].difference, HasSubstr("PE row 2, column 1"));
  EXPECT_EQ(outcomes[1].verdict, Verdict::kPassed) << outcomes[1].difference;  // vector
  EXPECT_EQ(outcomes[2].verdict, Verdict::kPassed) << outcomes[2].difference;  // errors
  EXPECT_EQ(outcomes[3].figure, "needs array");
}

// The line repeats what it must; how much that is decides.
TEST(Bringup, ABadLineFailsItsStepAndNoOther) {
  VirtualBoard virtual_board(board::make_small_board(),
                             {.flip = 1e-4, .drop = 1e-4, .insert = 1e-4, .seed = 5});
  FaultyBoard board(virtual_board, {});
  const std::vector<Outcome> outcomes = run(board, {.first = 1, .last = 2});
  EXPECT_EQ(outcomes[0].verdict, Verdict::kFailed);
  EXPECT_THAT(outcomes[0].difference, HasSubstr("expected 1 % repeated at most"));
  EXPECT_EQ(outcomes[1].verdict, Verdict::kPassed) << outcomes[1].difference;
}

// Nobody there: the first step says so, and no other is tried.
TEST(Bringup, ASilentBoardEndsIt) {
  SerialBoard board(
      "nothing",
      []() -> std::unique_ptr<bridge::Line> {
        throw bridge::LineError("there is no port 'nothing'");
      },
      kLink, [] {});
  const std::vector<Outcome> outcomes = run(board, {});
  EXPECT_EQ(outcomes[0].verdict, Verdict::kFailed);
  EXPECT_EQ(outcomes[0].difference, "there is no port 'nothing'");
  for (std::size_t i = 1; i < outcomes.size(); ++i) {
    EXPECT_EQ(outcomes[i].verdict, Verdict::kSkipped);
    EXPECT_EQ(outcomes[i].figure, "the board does not answer");
  }
}

}  // namespace
}  // namespace gradcore::bringup
