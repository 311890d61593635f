// SPDX-License-Identifier: Apache-2.0
// The smallest chip that is built, with 64 KiB of DRAM: programs from text.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "sw/isa/assembler.h"
#include "tb/harness/rtl_chip.h"

namespace gradcore::harness {

class SmallChip : public testing::Test {
 protected:
  static constexpr std::uint64_t kProgram = 0x8000;

  explicit SmallChip(const AxiMemorySettings& memory = {})
      : device_(make_rtl_chip({.hardware = {.n = 4, .operand_kib = 16, .accumulator_kib = 32},
                               .dram_bytes = 0x10000,
                               .memory = memory},
                              &chip_)) {}
  void TearDown() override { EXPECT_EQ(chip_->assertion_failures(), 0u) << "in the design"; }

  void launch(const std::string& text) {
    std::uint64_t at = kProgram;
    for (const isa::Instruction& i : isa::assemble(text, "test")) {
      device_->write(at, std::as_bytes(std::span(i.words())));
      at += isa::kInstructionBytes;
    }
    device_->launch(kProgram);
  }
  runtime::Status run(const std::string& text) {
    launch(text);
    return device_->wait(100'000);
  }
  // Of one program alone.
  std::uint64_t cycles(const std::string& text) {
    const std::uint64_t before = device_->counters().cycles;
    EXPECT_EQ(run(text).state, runtime::State::kDone);
    return device_->counters().cycles - before;
  }
  void put(std::uint64_t at, float value) {
    device_->write(at, std::as_bytes(std::span(&value, 1)));
  }
  float get(std::uint64_t at) {
    float value = 0;
    device_->read(at, std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }

  RtlChip* chip_ = nullptr;
  std::unique_ptr<runtime::ChipDevice> device_;
};

}  // namespace gradcore::harness
