// SPDX-License-Identifier: Apache-2.0
// A short run on the Verilated chip and on the functional one, with the same bits in the end.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "sw/runtime/model_device.h"
#include "tb/harness/rtl_chip.h"
#include "tb/unit/nn/small_run.h"

namespace gradcore::harness {

inline std::vector<std::byte> dram_of(runtime::Device& device) {
  std::vector<std::byte> bytes(device.dram_bytes());
  device.read(0, bytes);
  return bytes;
}

inline void expect_equal(const std::vector<nn::Tensor>& a, const std::vector<nn::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t t = 0; t < a.size(); ++t) EXPECT_EQ(a[t].values, b[t].values) << a[t].name;
}

// A launch of `shape.steps` from drawn parameters on, and the test. Losses, outputs, parameters,
// tables and what the optimizer remembers of them; then all of DRAM. The outcome is the functional
// chip's.
inline nn::Outcome expect_same_run(nn::Model& model, nn::Feed& feed, const nn::LaunchShape& shape,
                                   const AxiMemorySettings& memory) {
  const nn::Compiled compiled = nn::compile(model, shape);
  const device::Hardware& hardware = model.description().hardware;
  runtime::ModelDevice functional(hardware, compiled.dram_end);
  RtlChip* chip = nullptr;
  const auto rtl = make_rtl_chip(
      {.hardware = hardware, .dram_bytes = compiled.dram_end, .memory = memory}, &chip);
  const nn::Outcome want = nn::train_on(functional, model, compiled, feed, shape);
  const nn::Outcome got = nn::train_on(*rtl, model, compiled, feed, shape);
  EXPECT_EQ(got.losses, want.losses);
  EXPECT_EQ(got.test.loss, want.test.loss);
  EXPECT_EQ(got.test.outputs, want.test.outputs);
  expect_equal(got.end.parameters, want.end.parameters);
  expect_equal(got.end.state, want.end.state);
  expect_equal(got.end.tables, want.end.tables);
  expect_equal(got.end.table_state, want.end.table_state);
  EXPECT_EQ(dram_of(*rtl), dram_of(functional));
  EXPECT_EQ(chip->assertion_failures(), 0u);
  return want;
}

}  // namespace gradcore::harness
