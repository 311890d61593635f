// SPDX-License-Identifier: Apache-2.0
// The core as a whole: queue and completions, refused commands, the host beside the matrix unit,
// reset, stalls, and that nothing but the result is ever written.
#include "tb/unit/top/core_pair.h"

namespace gradcore::harness {
namespace {

using device::GemmCommand;
using device::kAccumulatorBase;

class Gradcore : public testing::TestWithParam<unsigned> {
 protected:
  static constexpr std::uint32_t kTiles = 16;  // of each memory that these tests use

  void fill() {
    pair_.fill(0, kTiles, random_);
    pair_.fill(kAccumulatorBase, kTiles, random_);
  }
  void compare() {
    pair_.compare_lines(0, kTiles);
    pair_.compare_lines(kAccumulatorBase, kTiles);
  }

  // Small, within the first tiles of the memories, all flags. May collide with others.
  GemmCommand small_command() {
    GemmCommand c;
    for (std::uint32_t* size : {&c.m, &c.k, &c.n}) *size = 1 + random_.below(2 * n_);
    c.id = random_.bits32();
    for (bool* flag : {&c.trans_x, &c.trans_w, &c.trans_y, &c.accumulate}) {
      *flag = random_.one_in(2);
    }
    const std::uint32_t operand = pair_.hardware().operand_tile_bytes();
    const std::uint32_t accumulator = pair_.hardware().accumulator_tile_bytes();
    c.x = {random_.below(kTiles - 3) * operand, 2 * operand, 0};
    c.w = {random_.below(kTiles - 3) * operand, 2 * operand, 0};
    c.y = {kAccumulatorBase + random_.below(kTiles - 3) * accumulator, 2 * accumulator, 0};
    return c;
  }

  // The same, refused for one reason or another.
  GemmCommand refused_command() {
    GemmCommand c = small_command();
    switch (random_.below(5)) {
      case 0:
        c.k = 0;
        break;
      case 1:
        c.y.address += 4;
        break;
      case 2:
        c.w.address = kAccumulatorBase - pair_.hardware().operand_tile_bytes();
        break;
      case 3:
        c.m = c.n = 2 * n_;
        c.y.row_stride = pair_.hardware().accumulator_tile_bytes();
        break;
      default:
        c.batch = 0xFFFF'FFFFu;
        c.y.batch_stride = pair_.hardware().accumulator_tile_bytes();
        break;
    }
    return c;
  }

  Stalls random_stalls() {
    Stalls stalls;
    for (unsigned* side : {&stalls.command, &stalls.completion, &stalls.memory_request,
                           &stalls.memory_data, &stalls.traffic}) {
      *side = random_.below(250);
    }
    stalls.seed = random_.bits();
    return stalls;
  }

  unsigned n_ = GetParam();
  CorePair pair_{n_};
  std::uint64_t seed_ = seed_from_environment(7);
  RandomPatterns random_{seed_};
  testing::ScopedTrace trace_{__FILE__, __LINE__, seed_message(seed_)};
};

TEST_P(Gradcore, RefusedCommandsHaveNoEffectAndKeepTheirPlace) {
  fill();
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 12; ++i) {
      pair_.submit(random_.one_in(2) ? refused_command() : small_command());
    }
    for (int i = 0; i < 12; ++i) pair_.wait();
  }
  compare();
}

TEST_P(Gradcore, ReservedBitsAreRefused) {
  fill();
  const GemmCommand command = small_command();
  for (unsigned bit = 4; bit < 64; ++bit) {
    auto words = RtlDevice::encode(command);
    (bit < 32 ? words[0] : words[15]) |= 1u << (bit % 32);
    pair_.rtl().submit_words(words);
    const device::Completion completion = pair_.rtl().wait();
    EXPECT_EQ(completion.id, command.id);
    EXPECT_EQ(completion.error, device::GemmError::kReserved);
    EXPECT_EQ(completion.operand, device::GemmOperand::kNone);
  }
  compare();
}

// Everything at once: a queue full of commands, refused ones among them, host reads and writes in
// between, and all sides of all ports holding back at random.
TEST_P(Gradcore, RandomCommandsAndTrafficUnderStalls) {
  fill();
  std::vector<std::uint32_t> values(n_);
  for (int round = 0; round < 60; ++round) {
    pair_.rtl().set_stalls(random_stalls());
    for (int i = 0; i < 6; ++i) {
      pair_.submit(random_.one_in(8) ? refused_command() : small_command());
    }
    // Lines that no command touches.
    for (std::uint32_t& value : values) value = random_.fp32();
    const std::uint32_t mask = random_.bits32();
    const std::uint32_t operand = (kTiles + 2) * pair_.hardware().operand_tile_bytes();
    const std::uint32_t accumulator =
        kAccumulatorBase + (kTiles + 2) * pair_.hardware().accumulator_tile_bytes();
    for (const std::uint32_t address : {operand, accumulator}) {
      pair_.rtl().write_line(address, values, mask);
      pair_.model().write_line(address, values, mask);
      pair_.compare_lines(address, 1);
    }
    for (int i = 0; i < 6; ++i) pair_.wait();
    pair_.rtl().set_stalls({});
    compare();
    if (HasFailure()) return;
  }
}

// Whatever else goes on, a completion is not seen before the last line of the result is in memory.
TEST_P(Gradcore, CompletionMeansThatTheResultIsWritten) {
  fill();
  std::vector<std::uint32_t> got(n_);
  std::vector<std::uint32_t> want(n_);
  pair_.rtl().set_stalls({.traffic = 160, .seed = random_.bits()});
  for (int i = 0; i < 200; ++i) {
    const GemmCommand c = small_command();
    const std::uint32_t tile_row = (c.trans_y ? c.n - 1 : c.m - 1) / n_;
    const std::uint32_t tile_col = (c.trans_y ? c.m - 1 : c.n - 1) / n_;
    const std::uint32_t row = c.trans_y ? 0 : (c.m - 1) % n_;
    const std::uint32_t line = c.y.address + tile_row * c.y.row_stride +
                               tile_col * pair_.hardware().accumulator_tile_bytes() + row * 4 * n_;
    pair_.submit(c);
    pair_.wait();
    pair_.rtl().read_line(line, got);
    pair_.model().read_line(line, want);
    ASSERT_EQ(got, want) << "command " << i;
  }
}

// Port A of operand memory serves stream and host in turn: each gets every other cycle.
TEST_P(Gradcore, BusyHostHalvesTheStreamAndNoMore) {
  const GemmCase test{.command = place_gemm(pair_.hardware(), 600, n_, n_, 1, 0)};
  pair_.load(test);
  const std::vector<std::uint32_t> values(n_, 0x3F80'0000u);
  const std::uint32_t far = 1u << 20;
  const std::uint64_t start = pair_.cycles();
  pair_.submit(test.command);
  pair_.rtl().idle(30);
  const std::uint64_t before = pair_.cycles();
  for (int i = 0; i < 200; ++i) pair_.rtl().write_line(far, values, ~0u);
  EXPECT_EQ(pair_.cycles() - before, 2 * 200u);
  pair_.wait();
  // 600 vectors, 200 cycles for the host, and what a command takes alone.
  EXPECT_EQ(pair_.cycles() - start, 600 + 200 + 2 * n_ + 37u);
  pair_.compare(test);
}

// Accumulator memory belongs to the matrix unit: the host waits until it leaves a cycle free, and
// does not cost it any.
TEST_P(Gradcore, HostWaitsForAccumulatorMemory) {
  const GemmCase test{.command = place_gemm(pair_.hardware(), 600, n_, n_, 1, 8)};
  pair_.load(test);
  const std::uint32_t far = kAccumulatorBase + (1u << 20);
  std::vector<std::uint32_t> values(n_, 0x1234'5678u);
  for (const bool write : {true, false}) {
    const std::uint64_t start = pair_.cycles();
    pair_.submit(test.command);
    pair_.rtl().idle(100);
    if (write) {
      pair_.rtl().write_line(far, values, ~0u);
    } else {
      pair_.rtl().read_line(far, values);
      EXPECT_EQ(values, std::vector<std::uint32_t>(n_, 0x1234'5678u));
    }
    EXPECT_GT(pair_.cycles() - start, 600u);
    pair_.wait();
    EXPECT_EQ(pair_.cycles() - start, 600 + 2 * n_ + 37u) << (write ? "write" : "read");
  }
  pair_.compare(test);
}

// Whatever is under way is forgotten: no write and no completion of it follows.
TEST_P(Gradcore, ResetInTheMiddleOfWork) {
  for (std::uint32_t after = 1; after < 180; after += 7) {
    GemmCase test{.command = place_gemm(pair_.hardware(), 2 * n_ + 1, 3 * n_, n_ + 3, 2, 8)};
    test.seed = random_.bits();
    test.command.id = 0;
    for (int i = 0; i < 3; ++i) pair_.rtl().submit(test.command);
    pair_.rtl().idle(after);
    pair_.rtl().model().set_reset(true);
    pair_.rtl().idle(3);
    pair_.rtl().model().set_reset(false);

    pair_.load(test);
    test.command.id = after;
    pair_.submit(test.command);
    const device::Completion want = pair_.model().wait();
    device::Completion got = pair_.rtl().wait();
    while (got.id == 0) got = pair_.rtl().wait();  // of before the reset
    EXPECT_EQ(got.id, want.id);
    EXPECT_EQ(got.error, want.error);
    pair_.compare(test);
    if (HasFailure()) return;
  }
}

// From the cycle after its acceptance to the last write.
TEST_P(Gradcore, BusyWhileACommandIsInTheCore) {
  const auto busy = [this] { return pair_.rtl().counters().busy_cycles; };
  pair_.rtl().idle(10);
  for (const std::uint32_t m : {1u, 2u, 9u, n_}) {
    const GemmCase test{.command = place_gemm(pair_.hardware(), m, n_, n_, 1, 0)};
    pair_.load(test);
    const std::uint64_t before = busy();
    pair_.rtl().idle(100);
    EXPECT_EQ(busy(), before);
    const std::uint64_t start = pair_.cycles();
    pair_.submit(test.command);
    pair_.wait();
    pair_.rtl().idle(100);
    EXPECT_EQ(busy() - before, pair_.cycles() - start - 100 - 2) << m << " rows";
  }
}

INSTANTIATE_TEST_SUITE_P(N, Gradcore, testing::Values(4u, 8u, 16u, 32u),
                         [](const auto& info) { return "N" + std::to_string(info.param); });

// Every line of both memories, after commands that may write only their results.
TEST(GradcoreSweep, NothingOutsideTheResultsIsWritten) {
  const std::uint64_t seed = seed_from_environment(11);
  SCOPED_TRACE(seed_message(seed));
  RandomPatterns random(seed);
  CorePair pair(4);
  const device::Hardware& hardware = pair.hardware();
  const std::uint64_t operand_tiles =
      std::uint64_t{1024} * hardware.operand_kib / hardware.operand_tile_bytes();
  const std::uint64_t accumulator_tiles =
      std::uint64_t{1024} * hardware.accumulator_kib / hardware.accumulator_tile_bytes();
  pair.fill(0, operand_tiles, random);
  pair.fill(kAccumulatorBase, accumulator_tiles, random);
  for (int i = 0; i < 60; ++i) {
    const std::uint32_t m = 1 + random.below(20);
    const std::uint32_t k = 1 + random.below(20);
    const std::uint32_t n = 1 + random.below(20);
    GemmCommand c = place_gemm(hardware, m, k, n, 1 + random.below(3), random.below(16), &random);
    // Anywhere, the last tiles of the memory among them.
    const auto last = static_cast<std::uint32_t>(accumulator_tiles - result_tiles(hardware, c));
    const std::uint32_t tile = random.one_in(3) ? last : random.below(last);
    c.y.address = kAccumulatorBase + tile * hardware.accumulator_tile_bytes();
    pair.submit(c);
    if (random.one_in(3)) {
      c.y.address += hardware.accumulator_tile_bytes() * (last - tile + 1);  // a tile too far
      pair.submit(c);
      pair.wait();
    }
    pair.wait();
  }
  pair.compare_lines(0, operand_tiles);
  pair.compare_lines(kAccumulatorBase, accumulator_tiles);
}

}  // namespace
}  // namespace gradcore::harness
