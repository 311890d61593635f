// SPDX-License-Identifier: Apache-2.0
// Random programs, legal and illegal, on the Verilated chip: status and all of memory as on the
// functional one, whatever DRAM does.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "sw/model/functional_chip.h"
#include "tb/harness/broken_program.h"
#include "tb/harness/rtl_chip.h"
#include "tb/harness/shrink_program.h"

namespace gradcore::harness {
namespace {

constexpr unsigned kFailures = 3;  // listed

struct Size {
  device::Hardware hardware;
  std::uint64_t dram_bytes;
};

ProgramSpace space_of(const Size& size) {
  ProgramSpace space;
  space.hardware = size.hardware;
  space.dram_bytes = size.dram_bytes;
  space.read = space.write = {0, size.dram_bytes};
  return space;
}

AxiMemorySettings any_memory(std::uint64_t seed) {
  RandomPatterns random(seed);
  AxiMemorySettings memory;
  memory.seed = seed;
  memory.latency = 1 + random.below(60);
  memory.write_latency = 1 + random.below(40);
  if (random.one_in(2)) {
    const auto part = [&random] { return 0.1 * random.below(8); };
    memory.stalls.ar = part();
    memory.stalls.r = part();
    memory.stalls.aw = part();
    memory.stalls.w = part();
    memory.stalls.b = part();
    memory.reorder = 0.3;
    memory.interleave = random.one_in(2);
  }
  return memory;
}

// One Verilated chip for many programs: soft reset between them is part of the test.
class ChipRandom : public testing::TestWithParam<Size> {
 protected:
  ChipRandom() : space_(space_of(GetParam())), chip_(make(any_memory(1))) {}
  void TearDown() override { EXPECT_EQ(rtl_->assertion_failures(), 0u) << "in the design"; }

  std::unique_ptr<runtime::ChipDevice> make(const AxiMemorySettings& memory) {
    return make_rtl_chip(
        {.hardware = GetParam().hardware, .dram_bytes = GetParam().dram_bytes, .memory = memory},
        &rtl_);
  }

  // Every few programs a new chip with a DRAM of another mood.
  void another_dram(std::uint64_t seed) {
    constexpr std::uint64_t kPrograms = 8;
    if (seed % kPrograms != 0) return;
    EXPECT_EQ(rtl_->assertion_failures(), 0u) << "in the design";
    chip_ = make(any_memory(seed));
  }

  // Empty, or what differs.
  std::string run(const RandomProgram& program, std::uint64_t start) {
    model::FunctionalChip model(program.space.hardware, program.space.dram_bytes);
    model.set_windows(program.space.read, program.space.write);
    std::copy(program.dram.begin(), program.dram.end(), model.dram().begin());
    const model::ChipStatus want = model.run(start);

    rtl_->write_dram(0, program.dram);
    chip_->set_windows(program.space.read, program.space.write);
    rtl_->memory().watch_writes(
        {{program.space.write.base, program.space.write.base + program.space.write.size}});
    const std::uint64_t stray = rtl_->memory().stray_bytes();
    chip_->launch(start);
    const runtime::Status got = chip_->wait(2'000'000);
    if (got.state == runtime::State::kRunning) return "does not end";
    if (rtl_->memory().stray_bytes() != stray) return "writes outside its window";
    if (got.error != want.error || got.operand != want.operand || got.address != want.address ||
        got.instructions != want.instructions || got.position != want.position ||
        got.index != want.index) {
      return "ends otherwise: " + runtime::describe(got);
    }
    // After an error that comes to light late other units may be ahead.
    if (want.error == isa::Error::kBus || want.error == isa::Error::kIndex) return "";
    std::vector<std::byte> dram(program.dram.size());
    rtl_->read_dram(0, dram);
    return first_difference(program, model.dram(), dram);
  }

  void legal(std::uint64_t first, std::uint64_t last) {
    unsigned failures = 0;
    for (std::uint64_t seed = first; seed < last && failures < kFailures; ++seed) {
      another_dram(seed);
      RandomPatterns windows(seed);
      const RandomProgram program = random_program(with_random_windows(space_, windows), {}, seed);
      const std::string difference = run(program, program.address);
      if (difference.empty()) continue;
      ++failures;
      const RandomProgram small = shrink(program, {}, [this](const RandomProgram& candidate) {
        return !run(candidate, candidate.address).empty();
      });
      ADD_FAILURE() << "seed " << seed << ": " << difference
                    << "\nshorter: " << run(small, small.address) << "\n"
                    << small.describe();
    }
  }

  void illegal(std::uint64_t first, std::uint64_t last) {
    constexpr unsigned kErrors = static_cast<unsigned>(isa::Error::kTokens) + 1;
    unsigned failures = 0;
    for (std::uint64_t seed = first; seed < last && failures < kFailures; ++seed) {
      another_dram(seed);
      RandomPatterns windows(seed);
      auto error = static_cast<isa::Error>(1 + seed % kErrors);
      if (error == isa::Error::kTimeout) error = isa::Error::kIndex;
      const BrokenProgram broken =
          broken_program(with_random_windows(space_, windows), {}, error, seed);
      const std::string difference = run(broken.program, broken.start);
      if (difference.empty()) continue;
      ++failures;
      ADD_FAILURE() << "seed " << seed << ", " << broken.what << ": " << difference;
    }
  }

  // A program that is ended by a soft reset, and another one behind it.
  void reset_amid(std::uint64_t seed) {
    RandomPatterns random(seed);
    const RandomProgram program = random_program(with_random_windows(space_, random), {}, seed);
    rtl_->write_dram(0, program.dram);
    chip_->set_windows(program.space.read, program.space.write);
    chip_->launch(program.address);
    if (chip_->wait(random.below(4'000)).state == runtime::State::kRunning) chip_->reset();
    ASSERT_TRUE(rtl_->memory().is_idle());
    const RandomProgram next = random_program(space_, {}, seed + 100);
    ASSERT_EQ(run(next, next.address), "") << "seed " << seed;
  }

  ProgramSpace space_;
  RtlChip* rtl_ = nullptr;
  std::unique_ptr<runtime::ChipDevice> chip_;
};

TEST_P(ChipRandom, LegalPrograms) { legal(1, GetParam().hardware.n == 4 ? 150 : 15); }
TEST_P(ChipRandom, IllegalPrograms) { illegal(1, GetParam().hardware.n == 4 ? 200 : 24); }
TEST_P(ChipRandom, SoakLegalPrograms) { legal(1'000, GetParam().hardware.n == 4 ? 6'000 : 1'300); }
TEST_P(ChipRandom, SoakIllegalPrograms) {
  illegal(1'000, GetParam().hardware.n == 4 ? 4'000 : 1'300);
}

// More tokens under way than a count of 8 bits holds, while the taker is held up.
TEST_P(ChipRandom, FloodsOfTokens) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const RandomProgram flood = token_flood(space_, seed);
    ASSERT_EQ(run(flood, flood.address), "") << "seed " << seed;
  }
}

// A soft reset in the middle of anything: nothing stray is written, and the next program runs as
// on a new chip.
TEST_P(ChipRandom, SoftResetAnyTime) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) reset_amid(seed);
}

// DRAM that never answers: the watchdog ends the program.
TEST_P(ChipRandom, SilentDramEndsInTimeout) {
  AxiMemorySettings silent;
  silent.stalls.r = 1;
  chip_ = make(silent);
  chip_->port().write(isa::reg::kWatchdog, 500);
  chip_->launch(0);
  const runtime::Status status = chip_->wait(5'000);
  EXPECT_EQ(status.state, runtime::State::kFailed);
  EXPECT_EQ(status.error, isa::Error::kTimeout);
}

INSTANTIATE_TEST_SUITE_P(
    All, ChipRandom,
    testing::Values(Size{{.n = 4, .f = 40, .operand_kib = 16, .accumulator_kib = 32}, 0x10000},
                    Size{{.n = 16, .f = 40, .operand_kib = 2048, .accumulator_kib = 2048},
                         0x80000}),
    [](const auto& info) { return "N" + std::to_string(info.param.hardware.n); });

}  // namespace
}  // namespace gradcore::harness
