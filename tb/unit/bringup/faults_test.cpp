// SPDX-License-Identifier: Apache-2.0
// Each kind of fault is found by the step that is for it, and named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sw/bringup/checks.h"
#include "sw/bringup/step.h"
#include "tb/unit/bringup/faulty_device.h"

namespace gradcore::bringup {
namespace {

using testing::HasSubstr;

constexpr runtime::Hardware kSmall{.n = 4, .operand_kib = 16, .accumulator_kib = 32};
constexpr std::uint64_t kDram = 64 << 10;

struct Fixture {
  const char* name;
  Fault fault;
  const char* step;
  std::vector<const char*> said;  // parts of the sentence
};

void PrintTo(const Fixture& fixture, std::ostream* out) { *out << fixture.name; }

class Faults : public testing::TestWithParam<Fixture> {};

// All steps for which a device is enough.
std::vector<Outcome> run_all(Board& board) {
  return run_steps(
      board, {.soak_seconds = 0.01}, {.first = 4}, [](const Step&) {}, [](const Outcome&) {});
}

TEST_P(Faults, AreFoundAndNamed) {
  DeviceBoard board(kSmall, kDram, GetParam().fault);
  const std::vector<Outcome> outcomes = run_all(board);
  EXPECT_FALSE(has_passed(outcomes));
  for (const Outcome& one : outcomes) {
    if (one.name == GetParam().step) {
      EXPECT_EQ(one.verdict, Verdict::kFailed) << one.figure;
      for (const char* const part : GetParam().said) EXPECT_THAT(one.difference, HasSubstr(part));
      EXPECT_NE(one.hint, "");
      std::cout << one.name << ": " << one.difference << '\n';
      return;
    }
    EXPECT_NE(one.verdict, Verdict::kFailed) << one.name << ": " << one.difference;
  }
  ADD_FAILURE() << "no step " << GetParam().step;
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Faults,
    testing::Values(
        Fixture{"DramBit", {.dram = StuckBit{0x1234, 5, true}}, "dram", {"0x1234, bit 5"}},
        Fixture{"DramBitLow", {.dram = StuckBit{0xFFFF, 0, false}}, "dram", {"0xffff, bit 0"}},
        Fixture{"DramAddress", {.lost_address = 0x2000}, "dram", {"walking address"}},
        // 16 elements a tile, 4 a row.
        Fixture{"OperandBit",
                {.operand = StuckBit{16 * 37 + 4 * 2 + 3, 9, true}},
                "local memory",
                {"operand memory, tile 37, element (row 2, column 3), bit 9"}},
        Fixture{"AccumulatorBit",
                {.accumulator = StuckBit{16 * 511 + 4 * 1, 31, false}},
                "local memory",
                {"accumulator memory, tile 511, element (row 1, column 0), bit 31"}},
        Fixture{"ListBitHigh",
                {.list = StuckBit{777, 30, false}},
                "local memory",
                {"list memory, entry 777, bit 30"}},
        Fixture{"ListBitLow",
                {.list = StuckBit{2, 0, true}},
                "local memory",
                {"list memory, entry 2, bit 0"}},
        Fixture{"ShortStores", {.drops_bytes = true}, "local memory", {"memory, tile 0"}},
        Fixture{"Pe", {.pe = std::pair{2u, 1u}}, "array", {"PE row 2, column 1", "(1 of 16"}},
        Fixture{"PeOfTheCorner", {.pe = std::pair{3u, 3u}}, "array", {"PE row 3, column 3"}},
        Fixture{"Exp", {.function = isa::Apply::kExp}, "vector", {"exp, D(0, 0)"}},
        Fixture{"Rsqrt", {.function = isa::Apply::kRsqrt}, "vector", {"rsqrt, D("}},
        Fixture{"Errors",
                {.loses_errors = true},
                "errors",
                {"an instruction that does not exist", "there is no such instruction",
                 "got 'the program ended"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Faults, CountersThatDoNotAddUp) {
  DeviceBoard good(kSmall, kDram, {.counts = true});
  EXPECT_THAT(check_counters(good, {}), HasSubstr("accounted for"));
  DeviceBoard bad(kSmall, kDram, {.counts = true, .miscounts = true});
  try {
    check_counters(bad, {});
    ADD_FAILURE() << "nothing found";
  } catch (const Failure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("vector: expected busy + token + memory + idle"));
  }
}

// Without the step that finds it, a broken PE is still found by the next ones.
TEST(Faults, LaterStepsSeeABrokenPeToo) {
  DeviceBoard board(kSmall, kDram, {.pe = std::pair{1u, 2u}});
  EXPECT_THROW(check_gemm(board, {}), Failure);
  EXPECT_THROW(check_training_step(board, {}), Failure);
  EXPECT_THROW(check_soak(board, {.soak_seconds = 0.01}), Failure);
}

}  // namespace
}  // namespace gradcore::bringup
