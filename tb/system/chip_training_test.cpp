// SPDX-License-Identifier: Apache-2.0
// Whole training runs on the Verilated chip and on the functional one: the same bits, and in how
// many cycles.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "sw/compiler/compile.h"
#include "sw/compiler/dataset.h"
#include "sw/compiler/run.h"
#include "sw/runtime/model_device.h"
#include "tb/harness/rtl_chip.h"

namespace gradcore::harness {
namespace {

using compiler::Network;

constexpr std::uint64_t kDram = 16u << 20;

std::vector<std::byte> dram_of(runtime::Device& device) {
  std::vector<std::byte> bytes(device.dram_bytes());
  device.read(0, bytes);
  return bytes;
}

struct Training {
  explicit Training(const Network& network, std::uint64_t steps)
      : data(compiler::make_dataset(network)),
        plan(compiler::plan_run(network, data, steps)),
        compiled(compiler::compile(network, plan.shape)) {}
  train::Dataset data;
  compiler::RunPlan plan;
  compiler::Compiled compiled;
};

TEST(ChipTraining, MlpStep) {
  const Network network = compiler::load_network(GRADCORE_SOURCE_DIR "/sw/configs/mlp.yaml");
  const Training run(network, std::getenv("STEPS") ? std::atoi(std::getenv("STEPS")) : 10);
  runtime::ModelDevice model(network.hardware, kDram);
  RtlChip* chip = nullptr;
  const auto rtl = make_rtl_chip({.hardware = network.hardware, .dram_bytes = kDram}, &chip);
  std::vector<std::vector<float>> losses;
  if (std::getenv("EVENTS")) std::printf("%s", compiler::listing(network, run.compiled).c_str());
  if (std::getenv("EVENTS"))
    chip->watch_events([](std::uint64_t c, const ChipOutputs& o) {
      for (unsigned u = 0; u < 4; ++u) {
        if (o.events[u].start) std::printf("E %llu %u start %x\n", (unsigned long long)c, u, o.events[u].address);
        if (o.events[u].done) std::printf("E %llu %u done\n", (unsigned long long)c, u);
      }
    });
  for (runtime::Device* device : {static_cast<runtime::Device*>(&model),
                                  static_cast<runtime::Device*>(rtl.get())}) {
    compiler::TrainingRun training(*device, network, run.plan, run.compiled, run.data);
    const auto before = device->counters();
    losses.push_back(training.train_epoch());
    std::printf("epoch cycles %llu\n", (unsigned long long)(device->counters().cycles - before.cycles));
    for (unsigned u = 0; u < 4; ++u) {
    const auto& c = device->counters().units[u]; const auto& b = before.units[u];
    std::printf("%s busy %llu token %llu memory %llu idle %llu starved %llu\n",
                runtime::kCountedUnitNames[u], (unsigned long long)(c.busy-b.busy),
                (unsigned long long)(c.token-b.token), (unsigned long long)(c.memory-b.memory),
                (unsigned long long)(c.idle-b.idle), (unsigned long long)(c.starved-b.starved));
    }
  }
  EXPECT_EQ(losses[0], losses[1]);
  EXPECT_EQ(dram_of(model), dram_of(*rtl));
  EXPECT_EQ(chip->assertion_failures(), 0u);
  const runtime::Counters counters = rtl->counters();
  std::printf("cycles %llu\n", (unsigned long long)counters.cycles);
  for (unsigned u = 0; u < 4; ++u) {
    const auto& c = counters.units[u];
    std::printf("%s busy %llu token %llu memory %llu idle %llu starved %llu\n",
                runtime::kCountedUnitNames[u], (unsigned long long)c.busy,
                (unsigned long long)c.token, (unsigned long long)c.memory,
                (unsigned long long)c.idle, (unsigned long long)c.starved);
  }
}

}  // namespace
}  // namespace gradcore::harness
