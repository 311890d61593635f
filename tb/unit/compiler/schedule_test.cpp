// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sw/compiler/compile.h"
#include "sw/compiler/emitter.h"
#include "sw/compiler/estimate.h"
#include "sw/compiler/ordering.h"
#include "sw/compiler/step.h"

namespace gradcore::compiler {
namespace {

constexpr unsigned kN = 4;
constexpr std::uint32_t kRows = 64;  // long enough for the command processor to keep ahead

// Matrix `number` of either memory; one of kN x kN takes as much room.
View operand(std::uint32_t number, std::uint32_t rows = kRows) {
  return {.first = kRows / kN * number, .stride = 1, .rows = rows, .cols = kN};
}
View accumulator(std::uint32_t number) {
  View out = operand(number);
  out.accumulator = true;
  return out;
}

class LoopSchedule : public ::testing::Test {
 protected:
  LoopSchedule() { hardware_.n = kN; }

  // Product, then bias and activation on its result.
  void chain(std::uint32_t number) {
    const std::string name = std::string(1, static_cast<char>('a' + number));
    out_.gemm("product " + name, operand(3 * number), operand(3 * number + 1, kN),
              accumulator(2 * number), false);
    out_.vector("activation " + name, {.rows = kRows,
                                       .cols = kN,
                                       .a = matrix(accumulator(2 * number)),
                                       .d = operand(3 * number + 2)});
  }
  std::size_t place(const std::string& note) const {
    const std::vector<std::string>& notes = out_.assembly().source;
    return static_cast<std::size_t>(std::find(notes.begin(), notes.end(), note) - notes.begin());
  }
  double written() const {
    isa::Program body = out_.assembly().program;
    const Advance advance = order_loop(body, {}, hardware_);
    return turn_cycles(body, advance, hardware_);
  }

  device::Hardware hardware_;
  Emitter out_{kN};
};

TEST_F(LoopSchedule, FillsAUnitThatWouldWait) {
  // The product of z reads what the activation of a makes: written like this, the matrix unit waits
  // for it with b, c and d still to be done.
  chain(0);
  out_.gemm("product z", operand(2), operand(1, kN), accumulator(20), false);
  for (std::uint32_t i = 1; i < 4; ++i) chain(i);
  out_.add("pointer", 1, 1, 64);
  const double before = written();
  const std::vector<std::string> all = out_.assembly().source;
  const double after = schedule_loop(out_.assembly(), {}, hardware_);
  EXPECT_LT(after, before);
  EXPECT_EQ(after, written());
  EXPECT_GT(place("product z"), place("activation a"));
  EXPECT_GT(place("product z"), place("product b"));
  for (const char* name : {"a", "b", "c", "d"}) {
    EXPECT_LT(place(std::string("product ") + name), place(std::string("activation ") + name));
  }
  EXPECT_EQ(out_.assembly().source.back(), "pointer");
  EXPECT_TRUE(std::is_permutation(all.begin(), all.end(), out_.assembly().source.begin()));
}

TEST_F(LoopSchedule, KeepsWhatReadsAheadOfWhatOverwrites) {
  chain(0);
  out_.gemm("reader", operand(2), operand(1, kN), accumulator(20), false);
  out_.vector("overwrites", {.rows = kRows, .cols = kN, .d = operand(2)});
  schedule_loop(out_.assembly(), {}, hardware_);
  EXPECT_LT(place("activation a"), place("reader"));
  EXPECT_LT(place("reader"), place("overwrites"));
}

// Six chains, each with a matrix that only it needs from beginning to end, and a judge who knows
// what fits. One after the other, matrix and vector unit wait for each other.
class ScheduleInRoom : public LoopSchedule {
 protected:
  static constexpr std::size_t kChains = 6;

  ScheduleInRoom() {
    for (std::uint32_t i = 0; i < kChains; ++i) {
      chain(i);
      out_.gemm("second product", operand(3 * i + 2), operand(3 * i + 1, kN),
                accumulator(2 * i + 1), false);
      out_.vector("end", {.rows = kRows,
                          .cols = kN,
                          .a = matrix(accumulator(2 * i + 1)),
                          .d = operand(3 * i + 2)});
      room_.matrices.push_back({1, 10});
      room_.touched.insert(room_.touched.end(), 4, {i});
    }
    plain_ = out_.assembly().source;
  }
  // At most, and in an order as a judge sees it.
  std::uint32_t needed(const isa::Assembly& body) const {
    std::uint32_t most = 0;
    std::uint32_t now = 0;
    for (const std::string& note : body.source) {
      if (note.starts_with("product")) now += 10;
      most = std::max(most, now);
      if (note == "end") now -= 10;
    }
    return most;
  }
  std::optional<double> schedule(std::uint32_t tiles) { return schedule(tiles, tiles); }
  // The judge may want more room than the sum of matrices.
  std::optional<double> schedule(std::uint32_t room, std::uint32_t tiles) {
    room_.tiles = {0, room};
    judged_ = refused_ = 0;
    return schedule_loop(out_.assembly(), {}, hardware_, room_,
                         [&](const isa::Assembly& body) -> std::optional<double> {
                           ++judged_;
                           if (needed(body) > tiles) {
                             ++refused_;
                             return std::nullopt;
                           }
                           isa::Program ordered = body.program;
                           const Advance advance = order_loop(ordered, {}, hardware_);
                           return turn_cycles(ordered, advance, hardware_);
                         });
  }

  Room room_;
  std::vector<std::string> plain_;
  unsigned judged_ = 0, refused_ = 0;
};

TEST_F(ScheduleInRoom, KeepsToItAndUsesIt) {
  const double plain = written();
  double before = plain;
  for (const std::uint32_t tiles : {20u, 30u, 60u}) {
    SCOPED_TRACE(tiles);
    const std::optional<double> cycles = schedule(tiles);
    ASSERT_TRUE(cycles);
    EXPECT_EQ(*cycles, written());
    EXPECT_LE(needed(out_.assembly()), tiles);
    EXPECT_LE(*cycles, before);
    EXPECT_TRUE(std::is_permutation(plain_.begin(), plain_.end(), out_.assembly().source.begin()));
    if (tiles == 20) {
      EXPECT_EQ(refused_, 0u) << "orders keep to the room by themselves";
    }
    before = *cycles;
  }
  EXPECT_LT(before, plain);
}

// Ten tiles: one chain after the other, which is how the body came.
TEST_F(ScheduleInRoom, LeavesTheBodyWhereThereIsNone) {
  const double plain = written();
  const std::optional<double> cycles = schedule(10);
  ASSERT_TRUE(cycles);
  EXPECT_EQ(*cycles, plain);
  EXPECT_EQ(out_.assembly().source, plain_);
  EXPECT_FALSE(schedule(9)) << "not even for the plain order";
  EXPECT_EQ(judged_, 1u);
  EXPECT_EQ(out_.assembly().source, plain_);
}

// Matrices lie in one piece: what fits by the sum may not fit.
TEST_F(ScheduleInRoom, TriesWithLessWhereTheJudgeHasNoRoom) {
  const double plain = written();
  const std::optional<double> cycles = schedule(60, 40);
  ASSERT_TRUE(cycles);
  EXPECT_GT(refused_, 0u);
  EXPECT_LT(*cycles, 0.7 * plain);
  EXPECT_LE(needed(out_.assembly()), 40u);
}

// A judge's word counts, not the machine's: he likes the plain order.
TEST_F(ScheduleInRoom, AsksTheJudge) {
  room_.tiles = {0, 60};
  const auto cycles = schedule_loop(
      out_.assembly(), {}, hardware_, room_,
      [&](const isa::Assembly& body) { return std::optional(body.source == plain_ ? 7.0 : 8.0); });
  EXPECT_EQ(cycles, 7.0);
  EXPECT_EQ(out_.assembly().source, plain_);
}

TEST_F(LoopSchedule, TakesAnEmptyBodyAndRefusesControlInTheMiddle) {
  EXPECT_NO_THROW(schedule_loop(out_.assembly(), {}, hardware_));
  out_.add("pointer", 1, 1, 64);
  chain(0);
  EXPECT_THROW(schedule_loop(out_.assembly(), {}, hardware_), std::logic_error);
}

// The machine that finds orders knows less than the estimate that judges them: what it likes better
// must not be taken where it is not.
TEST(ScheduleOfTheBenchmark, IsNeverWorseThanWhatIsWritten) {
  for (const WeightPlace weights : {WeightPlace::kLocal, WeightPlace::kDram}) {
    for (const std::uint32_t batch : {4u, 32u}) {
      Network network = load_network(GRADCORE_SOURCE_DIR "/sw/configs/digits.yaml");
      network.weights = weights;
      network.batch = batch;
      const Places places(network, 0);
      const std::vector<WeightHome> homes(network.layers.size());
      Emitter body(network.hardware.n);
      StepEmitter(network, places, WeightStream(network, places, homes), {}, body).training();
      Registers registers{};
      registers[kInput] = places.input[0].address(network.hardware.n);
      registers[kNextInput] = places.input[1].address(network.hardware.n);
      const auto estimated = [&] {
        isa::Program ordered = body.program();
        const Advance advance = order_loop(ordered, registers, network.hardware);
        return turn_cycles(ordered, advance, network.hardware);
      };
      const double written = estimated();
      const double found = schedule_loop(body.assembly(), registers, network.hardware);
      EXPECT_LE(found, written);
      EXPECT_EQ(found, estimated());
    }
  }
}

// What the compiler promises for the benchmark; the matrix unit alone is busy for 25,856 cycles.
TEST(ScheduleOfTheBenchmark, KeepsTheMatrixUnitBusy) {
  const Network network = load_network(GRADCORE_SOURCE_DIR "/sw/configs/mlp.yaml");
  const Compiled compiled = compile(network, {.steps = 8});
  const isa::Program& program = compiled.train.assembly.program;
  EXPECT_LE(cycles_of_turn(program, estimate(program, network.hardware)), 25'900);
}

}  // namespace
}  // namespace gradcore::compiler
