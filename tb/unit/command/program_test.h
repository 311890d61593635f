// SPDX-License-Identifier: Apache-2.0
// Programs on the chip compared with the model: how they end, what the units get, and when.
#pragma once

#include <algorithm>
#include <cstring>

#include "tb/unit/command/command_system.h"
#include "tb/unit/command/program_walk.h"

namespace gradcore::harness {

inline constexpr std::uint32_t kData = 0x8000;  // stores of the model must not hit the program

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() { system_.open_windows(); }
  void TearDown() override { EXPECT_EQ(system_.bench().assertion_failures(), 0u); }

  std::uint64_t dram_bytes() { return system_.dram().words.size() * 4; }

  // What the model says of the program in DRAM.
  model::ChipStatus model_status(std::uint64_t address) {
    model::FunctionalChip chip(kBenchHardware, dram_bytes());
    std::memcpy(chip.dram().data(), system_.dram().words.data(), dram_bytes());
    chip.set_windows(read_, write_);
    return chip.run(address);
  }

  model::ChipStatus chip_status() {
    const std::uint32_t error = system_.get(reg::kError);
    model::ChipStatus out;
    out.error = static_cast<isa::Error>(reg::error::kCause.of(error));
    out.operand = reg::error::kOperand.of(error);
    out.address = system_.get64(reg::kErrorAddress);
    out.instructions = system_.get64(reg::kInstructions);
    return out;
  }

  void expect_status(const model::ChipStatus& want) {
    const model::ChipStatus got = chip_status();
    EXPECT_EQ(static_cast<unsigned>(got.error), static_cast<unsigned>(want.error));
    EXPECT_EQ(got.operand, want.operand);
    EXPECT_EQ(got.address, want.address);
    EXPECT_EQ(got.instructions, want.instructions);
    const bool good = want.error == isa::Error::kNone;
    EXPECT_EQ(system_.get(reg::kStatus),
              good ? reg::status::kDone.mask() : reg::status::kError.mask());
  }

  // What was started is what the program has, unit by unit in its order.
  void expect_order(const Walk& walk) {
    std::array<std::vector<const Dispatched*>, kUnits> want;
    for (const Dispatched& one : walk.dispatched) want[one.unit].push_back(&one);
    std::array<std::size_t, kUnits> next{};
    std::vector<std::pair<const Dispatched*, const Started*>> pairs;
    for (const Started& one : system_.started()) {
      const std::size_t at = next[one.unit]++;
      ASSERT_LT(at, want[one.unit].size()) << "unit " << one.unit;
      ASSERT_EQ(one.key, want[one.unit][at]->key) << "unit " << one.unit << ", number " << at;
      ASSERT_GT(one.done, one.cycle) << "never done";
      pairs.emplace_back(want[one.unit][at], &one);
    }
    for (unsigned u = 0; u < kUnits; ++u) ASSERT_EQ(next[u], want[u].size()) << "unit " << u;
    for (unsigned t = 0; t < isa::kTokens; ++t) {
      std::vector<std::uint64_t> given, taken;
      for (const auto& [what, when] : pairs) {
        if (((what->give >> t) & 1u) != 0) given.push_back(when->done);
        if (((what->take >> t) & 1u) != 0) taken.push_back(when->cycle);
      }
      std::sort(given.begin(), given.end());
      std::sort(taken.begin(), taken.end());
      ASSERT_LE(taken.size(), given.size());
      for (std::size_t k = 0; k < taken.size(); ++k) {
        ASSERT_LT(given[k], taken[k]) << "token " << t << ", number " << k;
      }
    }
    std::vector<std::uint64_t> done_before(200), start_after(200, ~std::uint64_t{0});
    for (const auto& [what, when] : pairs) {
      const std::size_t part = std::min<std::size_t>(what->syncs, 199);
      done_before[part] = std::max(done_before[part], when->done);
      start_after[part] = std::min(start_after[part], when->cycle);
    }
    std::uint64_t done = 0;
    for (std::size_t part = 0; part + 1 < 199; ++part) {
      done = std::max(done, done_before[part]);
      ASSERT_LT(done, start_after[part + 1]) << "sync " << part;
    }
  }

  void expect_counters() {
    const std::uint64_t cycles = system_.get64(reg::counter::kCycles);
    for (unsigned u = 0; u < kUnits; ++u) {
      std::uint64_t sum = 0;
      for (unsigned k = 0; k < 4; ++k) sum += system_.get64(reg::kCounters[1 + 4 * u + k].at);
      EXPECT_EQ(sum, cycles) << "unit " << u;
    }
  }

  void vary_surroundings() {
    system_.set_stalls(random_.one_in(2) ? 0 : random_.below(4));
    system_.dram().latency = random_.one_in(2) ? 5 : random_.below(100);
    system_.dram().pause = random_.below(3);
    for (unsigned u = 0; u < kUnits; ++u) {
      system_.unit(u).capacity = 1 + random_.below(8);
      system_.unit(u).slowest = random_.one_in(3) ? 1 : 1 + random_.below(100);
    }
  }

  std::uint64_t seed_ = seed_from_environment(1);
  RandomPatterns random_{seed_};
  CommandSystem system_{seed_ + 1};
  testing::ScopedTrace trace_{__FILE__, __LINE__, seed_message(seed_)};
  model::Window read_{0, 1 << 16}, write_{0, 1 << 16};
};

}  // namespace gradcore::harness
