// SPDX-License-Identifier: Apache-2.0
// What a board does without a program: its lights, its button, and that nobody on the line is heard
// wrongly. ulx3s_test trains on it.
#include <gtest/gtest.h>

#include "sw/bridge/serial_chip.h"
#include "sw/isa/registers.h"
#include "tb/board/virtual_board.h"

namespace gradcore::board {
namespace {

using std::chrono::milliseconds;

// As rtl/fpga/board.sv has them.
constexpr unsigned kReceives = 1u << 1, kSends = 1u << 2, kDamaged = 1u << 6, kSilent = 1u << 7;

class BoardTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(board_.model().assertion_failures(), 0u); }

  // All lights that were on at any time within these cycles.
  unsigned lights_within(int cycles) {
    unsigned seen = 0;
    for (int i = 0; i < cycles; ++i) {
      board_.cycle();
      seen |= board_.model().lights();
    }
    return seen;
  }
  void send(std::initializer_list<unsigned> bytes) {
    for (const unsigned byte : bytes) board_.send(static_cast<std::byte>(byte));
  }

  bridge::LinkSettings settings_{.patience = milliseconds(40), .hello_attempts = 10};
  VirtualBoard board_{make_small_board(), {}};
};

TEST_F(BoardTest, DarkUntilBytesCome) {
  EXPECT_EQ(lights_within(2000) & (kReceives | kSends | kDamaged | kSilent), 0u);
  send({0x55});
  EXPECT_EQ(lights_within(200) & (kReceives | kSends | kDamaged), kReceives);
}

TEST_F(BoardTest, ComplainsOfDamagedFramesAndTakesTheNextOne) {
  lights_within(100);  // out of its reset
  send({bridge::kFlag, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, bridge::kFlag});
  EXPECT_EQ(lights_within(2000) & (kDamaged | kSends), kDamaged | kSends);
  bridge::SerialChip chip(std::make_unique<VirtualLine>(board_), settings_);
  EXPECT_EQ(chip.read_register(isa::reg::kIdentity.offset), isa::reg::kResetIdentity);
}

TEST_F(BoardTest, SendsWhenItAnswers) {
  bridge::SerialChip chip(std::make_unique<VirtualLine>(board_), settings_);
  EXPECT_EQ(chip.read_register(isa::reg::kIdentity.offset), isa::reg::kResetIdentity);
  EXPECT_EQ(lights_within(1) & (kDamaged | kSilent), 0u);
}

TEST_F(BoardTest, TheButtonEndsTheSession) {
  bridge::SerialChip chip(std::make_unique<VirtualLine>(board_), settings_);
  EXPECT_EQ(chip.read_register(isa::reg::kIdentity.offset), isa::reg::kResetIdentity);
  board_.model().press(true);
  for (int i = 0; i < 100; ++i) board_.cycle();
  board_.model().press(false);
  for (int i = 0; i < 100; ++i) board_.cycle();
  EXPECT_THROW(chip.read_register(0), bridge::LinkError);
  bridge::SerialChip next(std::make_unique<VirtualLine>(board_), settings_);
  EXPECT_EQ(next.read_register(isa::reg::kIdentity.offset), isa::reg::kResetIdentity);
}

}  // namespace
}  // namespace gradcore::board
