// SPDX-License-Identifier: Apache-2.0
#include "sw/device/matmul.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

#include "sw/device/local_memory.h"
#include "sw/model/bf16.h"
#include "sw/model/functional_core.h"
#include "sw/model/gemm.h"

namespace gradcore::device {
namespace {

using ::testing::HasSubstr;

// Passes everything on and remembers the commands; answers some of them with an error.
class SpyDevice final : public Device {
 public:
  explicit SpyDevice(const Hardware& hardware) : core_(hardware) {}
  const Hardware& hardware() const override { return core_.hardware(); }
  void write_line(std::uint32_t address, std::span<const std::uint32_t> values,
                  std::uint32_t lane_mask) override {
    EXPECT_EQ(waiting_, 0u) << "local memory is written while commands work on it";
    core_.write_line(address, values, lane_mask);
  }
  void read_line(std::uint32_t address, std::span<std::uint32_t> values) override {
    EXPECT_EQ(waiting_, 0u) << "local memory is read while commands work on it";
    core_.read_line(address, values);
  }
  void submit(const GemmCommand& command) override {
    commands.push_back(command);
    longest_queue = std::max(longest_queue, ++waiting_);
    core_.submit(command);
  }
  Completion wait() override {
    --waiting_;
    return core_.wait();
  }
  Counters counters() const override { return {10 * commands.size(), 9 * commands.size()}; }

  std::vector<GemmCommand> commands;
  std::size_t longest_queue = 0;

 private:
  model::FunctionalCore core_;
  std::size_t waiting_ = 0;
};

using Words = std::vector<std::uint32_t>;

Words random_words(std::mt19937_64& random, std::size_t size) {
  Words words(size);
  // Exponents near 127, so that sums round and their order shows.
  for (std::uint32_t& w : words) {
    const auto bits = static_cast<std::uint32_t>(random());
    w = (bits & 0x807FFFFFu) | ((118 + (bits >> 23) % 16) << 23);
  }
  return words;
}

struct Problem {
  MatmulArgs args;
  Words x, w, c, y;
};

void fill(Problem& p, const GemmShape& shape, unsigned flags, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::size_t b = shape.batch;
  p.x = random_words(random, b * shape.m * shape.k);
  p.w = random_words(random, b * shape.k * shape.n);
  p.y.assign(b * shape.m * shape.n, 0xDEADBEEF);
  p.args.shape = shape;
  p.args.trans_x = (flags & 1) != 0;
  p.args.trans_w = (flags & 2) != 0;
  p.args.trans_y = (flags & 4) != 0;
  p.args.x = p.x;
  p.args.w = p.w;
  p.args.y = p.y;
  if ((flags & 8) != 0) {
    p.c = random_words(random, p.y.size());
    p.args.c = p.c;
  }
}

Words expected(const Problem& p, const Hardware& hardware) {
  const GemmShape& s = p.args.shape;
  const auto rounded = [](const Words& words) {
    std::vector<std::uint16_t> out;
    for (const std::uint32_t w : words) out.push_back(model::fp32_to_bf16_rne(w));
    return out;
  };
  const std::vector<std::uint16_t> x = rounded(p.x), w = rounded(p.w);
  Words y = p.c.empty() ? Words(p.y.size()) : p.c;
  for (std::size_t b = 0; b < s.batch; ++b) {
    const auto part = [b](auto& data, std::size_t size) {
      return std::span(data).subspan(b * size, size);
    };
    model::gemm({hardware.n, hardware.f}, {s.m, s.k, s.n},
                {part(x, std::size_t{s.m} * s.k), p.args.trans_x ? s.m : s.k, p.args.trans_x},
                {part(w, std::size_t{s.k} * s.n), p.args.trans_w ? s.k : s.n, p.args.trans_w},
                {part(y, std::size_t{s.m} * s.n), p.args.trans_y ? s.m : s.n, p.args.trans_y},
                !p.c.empty());
  }
  return y;
}

const GemmShape kShapes[] = {
    {1, 1, 1},     {4, 4, 4},       {5, 3, 7},     {13, 29, 6},    {33, 65, 17},
    {1, 200, 1},   {70, 1, 70},     {2, 9, 150},   {40, 40, 40},   {3, 4, 5, 11},
    {9, 16, 9, 8}, {20, 30, 20, 3}, {61, 3, 2, 2}, {7, 100, 9, 5},
};

// Local memories from barely enough to roomy: the same bits from all.
TEST(Matmul, AnySizeInAnyMemory) {
  const Hardware small[] = {{4, 40, 1, 1},  {4, 30, 2, 1},   {8, 40, 1, 1}, {8, 40, 64, 64},
                            {16, 40, 1, 1}, {16, 48, 64, 4}, {32, 40, 4, 4}};
  std::uint64_t seed = 0;
  for (const Hardware& hardware : small) {
    for (const GemmShape& shape : kShapes) {
      for (unsigned flags = 0; flags < 16; ++flags) {
        SCOPED_TRACE(::testing::Message() << "n " << hardware.n << ", " << hardware.operand_kib
                                          << " KiB, " << shape.m << "x" << shape.k << "x" << shape.n
                                          << " b" << shape.batch << " flags " << flags);
        SpyDevice device(hardware);
        Problem p;
        fill(p, shape, flags, ++seed);
        const MatmulReport report = matmul(device, p.args);
        ASSERT_EQ(p.y, expected(p, hardware));
        EXPECT_EQ(report.commands, device.commands.size());
        EXPECT_EQ(report.cycles, 10 * report.commands);
        EXPECT_EQ(report.busy_cycles, 9 * report.commands);
      }
    }
  }
}

TEST(Matmul, WhatFitsIsOneCommand) {
  for (const GemmShape& shape : kShapes) {
    SpyDevice device({4, 40, 64, 64});
    Problem p;
    fill(p, shape, 0, 1);
    matmul(device, p.args);
    EXPECT_EQ(device.commands.size(), 1u);
  }
}

// K is cut at multiples of the array only, and the pieces of a sum follow each other.
TEST(Matmul, PiecesOfKAscend) {
  SpyDevice device({4, 40, 1, 1});
  Problem p;
  fill(p, {6, 203, 6}, 0, 1);
  matmul(device, p.args);
  ASSERT_GT(device.commands.size(), 1u);
  std::uint32_t k = 0;
  for (const GemmCommand& command : device.commands) {
    EXPECT_EQ(k % 4, 0u);
    EXPECT_EQ(command.accumulate, k != 0);
    k += command.k;
  }
  EXPECT_EQ(k, 203u);
}

TEST(Matmul, EitherOrientationGivesTheSameBits) {
  const Hardware hardware{4, 40, 4, 4};
  for (unsigned flags = 0; flags < 16; ++flags) {
    Words results[2];
    for (const Orientation orientation : {Orientation::kDirect, Orientation::kExchanged}) {
      model::FunctionalCore core(hardware);
      Problem p;
      fill(p, {11, 23, 6, 2}, flags, 5);
      p.args.orientation = orientation;
      matmul(core, p.args);
      results[static_cast<int>(orientation)] = p.y;
    }
    EXPECT_EQ(results[0], results[1]) << flags;
  }
}

TEST(Matmul, ListsRunBackToBack) {
  const Hardware hardware{4, 40, 64, 64};
  for (const std::uint32_t kib : {1u, 2u, hardware.operand_kib}) {
    const Hardware with{4, 40, kib, kib};
    SpyDevice device(with);
    std::deque<Problem> problems;
    std::vector<MatmulArgs> list;
    for (std::uint64_t i = 0; i < std::size(kShapes); ++i) {
      fill(problems.emplace_back(), kShapes[i], static_cast<unsigned>(i) % 16, i);
      list.push_back(problems.back().args);
    }
    matmul(device, list);
    for (const Problem& p : problems) EXPECT_EQ(p.y, expected(p, with));
    if (kib == hardware.operand_kib) {
      EXPECT_EQ(device.longest_queue, std::size(kShapes));
    }
  }
  SpyDevice device(hardware);
  EXPECT_EQ(matmul(device, std::span<const MatmulArgs>{}).commands, 0u);
}

TEST(Matmul, AccumulatesInPlace) {
  const Hardware hardware{4, 40, 1, 1};
  model::FunctionalCore core(hardware);
  Problem p;
  fill(p, {30, 20, 30}, 8, 3);
  const Words want = expected(p, hardware);
  p.args.y = p.c;
  matmul(core, p.args);
  EXPECT_EQ(p.c, want);
}

TEST(Matmul, RefusesWrongSizes) {
  model::FunctionalCore core({4, 40, 1, 1});
  Problem p;
  fill(p, {3, 4, 5}, 0, 1);
  p.args.shape.k = 0;
  EXPECT_THROW(matmul(core, p.args), std::invalid_argument);
  p.args.shape.k = 5;
  EXPECT_THROW(matmul(core, p.args), std::invalid_argument);
}

TEST(Matmul, SaysWhenNotEvenATileFits) {
  Hardware hardware{32, 40, 2, 4};  // an operand tile is 2 KiB: one fits, a product needs two
  SpyDevice device({32, 40, 4, 4});
  Problem p;
  fill(p, {3, 4, 5}, 0, 1);
  EXPECT_NO_THROW(matmul(device, p.args));
  model::FunctionalCore core(hardware);
  try {
    matmul(core, p.args);
    FAIL();
  } catch (const AllocationError& error) {
    EXPECT_THAT(error.what(), HasSubstr("2 KiB of operand and 4 KiB of accumulator memory"));
  }
}

TEST(RunCommands, RefusedCommandsBecomeSentences) {
  model::FunctionalCore core({4, 40, 1, 1});
  GemmCommand good;
  good.m = good.k = good.n = 1;
  good.x.row_stride = good.w.row_stride = 32;
  good.y = {kAccumulatorBase, 64, 0};
  GemmCommand bad = good;
  bad.w.address = 7;
  GemmCommand worse = good;
  worse.m = 0;
  const GemmCommand commands[] = {good, bad, worse, good};
  try {
    run_commands(core, commands);
    FAIL();
  } catch (const CommandError& error) {
    EXPECT_EQ(error.completion().id, 1u);
    EXPECT_EQ(error.completion().error, GemmError::kMisaligned);
    EXPECT_STREQ(error.what(),
                 "the device refused GEMM command 1: the address or a stride of W is not a "
                 "multiple of its tile");
  }
  // Nothing is left over from the failure.
  EXPECT_THROW(core.wait(), std::logic_error);
  EXPECT_EQ(run_commands(core, std::span(commands, 1)).commands, 1u);
}

}  // namespace
}  // namespace gradcore::device
