// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/chip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "sw/cli/interrupt.h"
#include "sw/isa/assembler.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::cli {
namespace {

constexpr runtime::Hardware kSmall{.n = 4, .operand_kib = 16, .accumulator_kib = 32};

// Cycles of a program that loads 32 x 32 numbers.
std::uint64_t load_cycles(runtime::Device& chip) {
  const std::string bytes =
      isa::to_bytes(isa::assemble("load rows=32 cols=32 mem_rows=256 pitch=128\nhalt\n", "test"));
  chip.write(0x2000, std::as_bytes(std::span(bytes)));
  chip.launch(0x2000);
  EXPECT_EQ(chip.wait(1'000'000).state, runtime::State::kDone);
  return chip.counters().cycles;
}

TEST(Chip, TheModelIsAlwaysThere) {
  const auto chip = make_chip({.backend = "model", .hardware = kSmall, .dram_bytes = 4096});
  EXPECT_EQ(chip->hardware().n, 4u);
  EXPECT_EQ(chip->dram_bytes(), 4096u);
  EXPECT_FALSE(has_clock("model"));
  EXPECT_THROW(make_chip({.backend = "fpga", .hardware = kSmall}), BackendError);
  EXPECT_EQ(chip_names().front(), "model");
}

TEST(Chip, WaveformsAreThoseOfATracedOne) {
  EXPECT_THROW(make_chip({.backend = "model", .hardware = kSmall, .waves = {.file = "w.fst"}}),
               BackendError);
  if (rtl_chips().empty()) GTEST_SKIP() << "no chip is Verilated";
  const gradcore::tb::ScratchFolder scratch;
  const std::filesystem::path fst = scratch.path() / "w.fst";
  const WaveChoice waves{.file = fst.string(), .from = 100, .cycles = 200};
  auto chip =
      make_chip({.backend = "rtl", .hardware = kSmall, .dram_bytes = 1 << 16, .waves = waves});
  load_cycles(*chip);
  EXPECT_TRUE(std::filesystem::exists(scratch.path() / "w.gtkw"));  // it ended within the run
  chip = make_chip(
      {.backend = "rtl",
       .hardware = kSmall,
       .dram_bytes = 1 << 16,
       .waves = {.file = (scratch.path() / "late.fst").string(), .from = 1u << 30, .cycles = 1}});
  load_cycles(*chip);
  chip.reset();
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "late.fst"));
}

TEST(Chip, TheVerilatedOneIsSlowedByItsMemoryAndWatched) {
  if (rtl_chips().empty()) GTEST_SKIP() << "no chip is Verilated";
  EXPECT_TRUE(has_clock("rtl"));
  std::vector<runtime::Span> spans;
  runtime::Timeline timeline([&](const runtime::Span& span) { spans.push_back(span); });
  ChipChoice choice{.backend = "rtl", .hardware = kSmall, .dram_bytes = 1 << 16};
  choice.timeline = &timeline;
  const std::uint64_t fast = load_cycles(*make_chip(choice));
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].unit, runtime::CountedUnit::kLoad);
  EXPECT_EQ(spans[0].address, 0x2000u);
  EXPECT_GT(spans[0].cycles(), 256u);  // beats of 16 bytes
  choice.timeline = nullptr;
  choice.memory.latency = 1000;
  EXPECT_GT(load_cycles(*make_chip(choice)), fast + 1000);
  choice.memory = {};
  choice.memory.bandwidth = 4;
  EXPECT_GT(load_cycles(*make_chip(choice)), 4 * 256u);
}

TEST(Chip, SaysWhichVerilatedOnesThereAre) {
  if (rtl_chips().empty()) GTEST_SKIP() << "no chip is Verilated";
  try {
    make_chip({.backend = "rtl", .hardware = {.n = 4, .f = 30}});
    FAIL() << "there is no such chip";
  } catch (const BackendError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("n=4 f=30"));
    EXPECT_THAT(error.what(), testing::HasSubstr("only for"));
  }
}

TEST(Chip, ABoardIsCalledSo) {
  EXPECT_EQ(backend_name("model", {}), "model");
  EXPECT_EQ(backend_name("model", {.port = "/dev/ttyUSB0"}), "board");
  EXPECT_EQ(backend_in_words("board"), "a board");
  EXPECT_NE(backend_in_words("rtl"), backend_in_words("model"));
}

}  // namespace
}  // namespace gradcore::cli
