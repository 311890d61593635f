// SPDX-License-Identifier: Apache-2.0
#include "sw/runtime/model_device.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gradcore::runtime {
namespace {

constexpr std::uint64_t kDram = 0x4000;

class ModelDeviceTest : public testing::Test {
 protected:
  std::uint64_t put(const std::string& text) {
    const std::string bytes = isa::to_bytes(isa::assemble(text, "test"));
    const std::uint64_t at = chip_.allocate("the program", bytes.size());
    chip_.write(at, std::as_bytes(std::span(bytes)));
    return at;
  }
  std::vector<std::byte> get(std::uint64_t address, std::size_t bytes) {
    std::vector<std::byte> out(bytes);
    chip_.read(address, out);
    return out;
  }

  ModelDevice chip_{{.n = 4, .operand_kib = 4, .accumulator_kib = 8}, kDram};
};

const std::string kCopy = "load rows=1 cols=4 dram=0x2000\nstore rows=1 cols=4 dram=0x3000\nhalt";

TEST_F(ModelDeviceTest, RunsAProgramOnDram) {
  const std::uint32_t ones[4] = {0x3F80'0000u, 0x4000'0000u, 0, 0xBF80'0000u};
  chip_.write(0x2000, std::as_bytes(std::span(ones)));
  chip_.launch(put(kCopy));
  const Status status = chip_.wait(100);
  EXPECT_EQ(status.state, State::kDone);
  EXPECT_EQ(status.instructions, 3u);
  EXPECT_EQ(get(0x3000, 16), get(0x2000, 16));
  EXPECT_EQ(chip_.wait(1).state, State::kDone) << "once more, the same";
  EXPECT_FALSE(chip_.counters().has_clock);
  EXPECT_EQ(chip_.counters().instructions, 3u);
  EXPECT_EQ(chip_.counters().cycles, 0u);
}

TEST_F(ModelDeviceTest, WaitsInParts) {
  chip_.launch(put("loop count=10\nset rd=r1 value=1\nend\nhalt"));
  EXPECT_THROW(chip_.launch(0), std::logic_error);
  const Status status = chip_.wait(6);
  EXPECT_EQ(status.state, State::kRunning);
  EXPECT_EQ(status.instructions, 6u);
  EXPECT_EQ(chip_.counters().instructions, 6u);
  EXPECT_EQ(chip_.wait(15).state, State::kRunning);
  EXPECT_EQ(chip_.wait(1).state, State::kDone);
  EXPECT_EQ(chip_.counters().instructions, 22u);
}

TEST_F(ModelDeviceTest, ResetEndsWhatRuns) {
  chip_.launch(put("loop count=4294967295\nset rd=r1 value=1\nend\nhalt"));
  EXPECT_EQ(chip_.wait(1000).state, State::kRunning);
  chip_.reset();
  EXPECT_EQ(chip_.counters().instructions, 0u);
  chip_.launch(put(kCopy));
  EXPECT_EQ(chip_.wait(100).state, State::kDone);
}

TEST_F(ModelDeviceTest, SaysWhatWasRefused) {
  const std::uint64_t at = put(kCopy);
  chip_.set_windows({0, kDram}, {0, 0x3000});
  chip_.launch(at);
  const Status status = chip_.wait(100);
  EXPECT_EQ(status.state, State::kFailed);
  EXPECT_EQ(status.error, isa::Error::kWindow);
  EXPECT_EQ(status.operand, 2u);
  EXPECT_EQ(status.address, at + 64);
  EXPECT_EQ(status.instructions, 1u);
}

TEST_F(ModelDeviceTest, TheHostStaysInDram) {
  std::vector<std::byte> bytes(16);
  EXPECT_NO_THROW(chip_.read(kDram - 16, bytes));
  EXPECT_THROW(chip_.read(kDram - 15, bytes), std::out_of_range);
  EXPECT_THROW(chip_.write(~std::uint64_t{0}, bytes), std::out_of_range);
  EXPECT_EQ(chip_.dram_bytes(), kDram);
  EXPECT_THROW(chip_.allocate("too much", kDram + 1), OutOfMemory);
  chip_.allocate("all", kDram);
  chip_.free_all();
  EXPECT_EQ(chip_.allocate("all", kDram), 0u);
}

}  // namespace
}  // namespace gradcore::runtime
