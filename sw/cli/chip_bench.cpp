// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/chip_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sw/cli/chip.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/table.h"
#include "sw/compiler/dataset.h"
#include "sw/compiler/estimate.h"
#include "sw/compiler/run.h"

namespace gradcore::cli {
namespace {

using compiler::Network;
using nlohmann::ordered_json;

// A step is what a run of more steps takes longer than one of fewer.
constexpr std::uint32_t kFew = 6, kMany = 12;
// Of the first variant, best of so many: simulation speed.
constexpr std::uint32_t kTimed = 36, kTimes = 3;

struct Variant {
  const char* name;
  Network network;
};

std::vector<Variant> variants(const device::Hardware& hardware) {
  Network mlp;
  mlp.hardware = hardware;
  mlp.data.kind = compiler::DataKind::kSynthetic;
  mlp.data.inputs = 784;
  mlp.data.classes = 10;
  mlp.data.samples = 1024;
  mlp.data.test_samples = 64;
  mlp.inputs = 784;
  mlp.layers = {{128, compiler::Activation::kRelu}, {10, compiler::Activation::kIdentity}};
  mlp.batch = 32;
  mlp.schedule.learning_rate = 0.01f;
  Network clipped = mlp;
  clipped.optimizer.clip_norm = 1;
  Network adam = mlp;
  adam.optimizer.method = compiler::Method::kAdamW;
  adam.schedule.learning_rate = 0.001f;
  Network streamed = mlp;
  streamed.weights = compiler::WeightPlace::kDram;
  return {{"sgd, momentum", mlp},
          {"and clipped by the norm", clipped},
          {"adamw", adam},
          {"sgd, weights in DRAM", streamed}};
}

struct Run {
  runtime::Counters counters;
  double seconds = 0;
  double ideal = 0;
  double estimate = 0;  // of a step
  double traffic = 0;   // cycles that DRAM needs for a step's bytes
};

Run run(const Network& network, std::uint32_t steps) {
  const train::Dataset data = compiler::make_dataset(network);
  const compiler::RunPlan plan = compiler::plan_run(network, data, steps);
  const compiler::Compiled compiled = compiler::compile(network, plan.shape);
  const auto chip =
      make_chip({.backend = "rtl", .hardware = network.hardware, .dram_bytes = compiled.dram_end});
  compiler::TrainingRun training(*chip, network, plan, compiled, data);
  training.set_observer(InterruptGuard::check);
  const runtime::Counters before = chip->counters();
  const auto start = std::chrono::steady_clock::now();
  training.train_epoch();
  Run out;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  out.counters = chip->counters() - before;
  out.ideal = compiled.ideal_cycles;
  out.traffic = static_cast<double>(compiled.step_dram_bytes) / network.memory.bandwidth;
  const isa::Program& program = compiled.train.assembly.program;
  out.estimate = compiler::cycles_of_turn(program, compiler::estimate(program, network.hardware));
  return out;
}

double per_step(std::uint64_t many, std::uint64_t few) {
  return static_cast<double>(many - few) / (kMany - kFew);
}

}  // namespace

ordered_json bench_chip(const device::Hardware& hardware, Session& session) {
  const unsigned n = hardware.n;
  session.out() << fmt::format(
      "\nA whole training step on the chip {} x {}: MLP 784-128-10, batch 32; forward, loss, "
      "backward, update.\nestimate: the same units, queues and tokens, nobody waiting for a bank "
      "of local memory.\ntraffic: what DRAM alone needs for the bytes of a step, 16 a "
      "cycle.\nmatrix and vector unit: cycles at work, waiting for a token, for memory, "
      "without an instruction\n",
      n, n);
  Table table(session.out(), {{"optimizer", 23},
                              {"cycles", 7, true},
                              {"ideal", 7, true},
                              {"utilisation", 11, true},
                              {"estimate", 8, true},
                              {"traffic", 7, true},
                              {"matrix", 27, true},
                              {"vector", 27, true}});
  ordered_json out = ordered_json::array();
  const std::vector<Variant> all = variants(hardware);
  for (const Variant& variant : all) {
    InterruptGuard::check();
    const Run few = run(variant.network, kFew);
    const Run many = run(variant.network, kMany);
    const double cycles = per_step(many.counters.cycles, few.counters.cycles);
    const auto unit = [&](std::size_t u) {
      const runtime::UnitCounters& a = many.counters.units[u];
      const runtime::UnitCounters& b = few.counters.units[u];
      return fmt::format("{:.0f} + {:.0f} + {:.0f} + {:.0f}", per_step(a.busy, b.busy),
                         per_step(a.token, b.token), per_step(a.memory, b.memory),
                         per_step(a.idle, b.idle));
    };
    table.row({variant.name, fmt::format("{:.0f}", cycles), fmt::format("{:.0f}", many.ideal),
               fmt::format("{:.2f} %", 100 * many.ideal / cycles),
               fmt::format("{:.0f}", many.estimate), fmt::format("{:.0f}", many.traffic), unit(0),
               unit(1)});
    out.push_back({{"name", variant.name},
                   {"cycles", cycles},
                   {"ideal_cycles", many.ideal},
                   {"estimate_cycles", many.estimate},
                   {"traffic_cycles", many.traffic},
                   {"utilisation", many.ideal / cycles}});
  }
  double macs_per_s = 0;
  for (std::uint32_t i = 0; i < kTimes; ++i) {
    InterruptGuard::check();
    const Run timed = run(all.front().network, kTimed);
    macs_per_s = std::max(macs_per_s, kTimed * timed.ideal * n * n / timed.seconds);
  }
  session.out() << fmt::format(
      "\nsimulation of the whole chip, one thread ({} steps of {}, best of {}): {:.0f} million "
      "MAC/s\n",
      kTimed, all.front().name, kTimes, macs_per_s / 1e6);
  return out;
}

}  // namespace gradcore::cli
