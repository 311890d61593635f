// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

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
