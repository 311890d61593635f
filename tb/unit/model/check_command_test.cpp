// SPDX-License-Identifier: Apache-2.0
// Every reason to refuse a command, its order among the others, and its lack of effect.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "sw/model/functional_core.h"
#include "tb/harness/random_patterns.h"
#include "tb/unit/model/core_fixture.h"

namespace gradcore::model {
namespace {

using device::GemmCommand;
using device::GemmError;
using device::GemmOperand;
using device::kAccumulatorBase;
using harness::RandomPatterns;

struct Refusal {
  const char* why;
  std::function<void(GemmCommand&)> change;
  GemmError error;
  GemmOperand operand;
};

std::vector<Refusal> refusals() {
  using enum GemmError;
  const auto x = GemmOperand::kX, w = GemmOperand::kW, y = GemmOperand::kY,
             none = GemmOperand::kNone;
  return {
      {"good", [](auto&) {}, kNone, none},
      {"m is 0", [](auto& c) { c.m = 0; }, kZeroSize, none},
      {"k is 0", [](auto& c) { c.k = 0; }, kZeroSize, none},
      {"n is 0", [](auto& c) { c.n = 0; }, kZeroSize, none},
      {"batch is 0", [](auto& c) { c.batch = 0; }, kZeroSize, none},
      {"size before alignment", [](auto& c) { c.m = 0, c.x.address = 1; }, kZeroSize, none},
      {"x address", [](auto& c) { c.x.address = 16; }, kMisaligned, x},
      {"x row stride", [](auto& c) { c.x.row_stride += 2; }, kMisaligned, x},
      {"x batch stride", [](auto& c) { c.x.batch_stride += 8; }, kMisaligned, x},
      {"w address", [](auto& c) { c.w.address += 1; }, kMisaligned, w},
      {"y address, half a tile", [](auto& c) { c.y.address += 32; }, kMisaligned, y},
      {"y row stride", [](auto& c) { c.y.row_stride += 32; }, kMisaligned, y},
      {"y batch stride", [](auto& c) { c.y.batch_stride += 32; }, kMisaligned, y},
      {"alignment counts even where a stride is not used",
       [](auto& c) { c.batch = 1, c.x.batch_stride = 1; }, kMisaligned, x},
      {"alignment before range, x before w and y",
       [](auto& c) { c.x.address = 1u << 20, c.w.address = 1, c.y.address += 4; }, kMisaligned, w},
      {"x in accumulator memory", [](auto& c) { c.x.address = kAccumulatorBase; }, kOutOfRange, x},
      {"w in accumulator memory", [](auto& c) { c.w.address = kAccumulatorBase; }, kOutOfRange, w},
      {"y in operand memory", [](auto& c) { c.y.address = 0; }, kOutOfRange, y},
      {"x ends with memory", [](auto& c) { c.x.address = 2048 - 256; }, kNone, none},
      {"x ends beyond memory", [](auto& c) { c.x.address = 2048 - 224; }, kOutOfRange, x},
      {"x transposed has its own rows",
       [](auto& c) { c.k = 16, c.x = {.address = 1792, .row_stride = 64}, c.trans_x = true; },
       kNone, none},
      {"x untransposed has four tiles in a row",
       [](auto& c) { c.k = 16, c.x = {.address = 1888, .row_stride = 64}; }, kOutOfRange, x},
      {"w ends with memory", [](auto& c) { c.w.address = 1792; }, kNone, none},
      {"w ends beyond memory", [](auto& c) { c.w.address = 1824; }, kOutOfRange, w},
      {"y ends with memory", [](auto& c) { c.y.address += 4096 - 512; }, kNone, none},
      {"y ends beyond memory", [](auto& c) { c.y.address += 4096 - 448; }, kOutOfRange, y},
      {"address beyond memory", [](auto& c) { c.x.address = 0x7FFF'FFE0; }, kOutOfRange, x},
      {"32 bits wrap in rows", [](auto& c) { c.x.row_stride = 0xFFFF'FFE0; }, kOutOfRange, x},
      {"32 bits wrap in batches", [](auto& c) { c.batch = 3, c.w.batch_stride = 0x8000'0000; },
       kOutOfRange, w},
      {"64 bits nearly wrap", [](auto& c) { c.batch = ~0u, c.y.batch_stride = 0xFFFF'FFC0; },
       kOutOfRange, x},
      {"largest sizes", [](auto& c) { c.m = c.k = c.n = c.batch = ~0u; }, kOutOfRange, x},
      {"largest y",
       [](auto& c) {
         c.m = ~0u, c.x.row_stride = c.x.batch_stride = c.w.batch_stride = 0, c.batch = ~0u;
         c.y.row_stride = c.y.batch_stride = 0xFFFF'FFC0;
       },
       kOutOfRange, y},
      {"range before overlap, x first", [](auto& c) { c.y.row_stride = 0, c.x.address = 2048; },
       kOutOfRange, x},
      {"rows of y overlap", [](auto& c) { c.y.row_stride = 64; }, kOverlap, y},
      {"rows of y coincide", [](auto& c) { c.y.row_stride = 0; }, kOverlap, y},
      {"a single row cannot overlap", [](auto& c) { c.m = 4, c.y.row_stride = 0; }, kNone, none},
      {"a single row of y as stored",
       [](auto& c) { c.n = 4, c.trans_y = true, c.y.row_stride = 0; }, kNone, none},
      {"two rows of y as stored", [](auto& c) { c.m = 4, c.trans_y = true, c.y.row_stride = 0; },
       kOverlap, y},
      {"operands may overlap", [](auto& c) { c.x.row_stride = c.w.row_stride = 0; }, kNone, none},
      {"batches may overlap", [](auto& c) { c.y.batch_stride = 64; }, kNone, none},
  };
}

TEST(CheckCommand, RefusesAsDocumentedAndWithoutEffect) {
  RandomPatterns random(32);
  for (const Refusal& test : refusals()) {
    SCOPED_TRACE(test.why);
    FunctionalCore core(small_hardware(4));
    fill(core, random);
    const auto operands = image(core, 0), accumulators = image(core, kAccumulatorBase);
    GemmCommand command = good_command();
    test.change(command);
    core.submit(command);
    const device::Completion completion = core.wait();
    EXPECT_EQ(completion.id, 77u);
    EXPECT_EQ(completion.error, test.error);
    EXPECT_EQ(completion.operand, test.operand);
    EXPECT_EQ(image(core, 0), operands);
    EXPECT_EQ(image(core, kAccumulatorBase) == accumulators, test.error != GemmError::kNone);
  }
}

}  // namespace
}  // namespace gradcore::model
