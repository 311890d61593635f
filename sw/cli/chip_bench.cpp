// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/chip_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "sw/cli/chip.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/table.h"
#include "sw/compiler/dataset.h"
#include "sw/compiler/estimate.h"
#include "sw/compiler/run.h"
#include "sw/nn/training.h"
#include "sw/train/random.h"

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

// A text of 65 different characters, as many as the benchmark's has, without any sense: cycles are
// the same.
class NonsenseFeed final : public nn::Feed {
 public:
  explicit NonsenseFeed(std::uint32_t sequence) : sequence_(sequence) {}
  nn::DataShape shape() const override { return {kCharacters, kCharacters, sequence_, true, {}}; }
  std::string about() const override { return "nonsense of 65 different characters"; }
  void training(std::uint64_t step, const nn::StepData& to) override {
    const auto character = [&](std::uint64_t place) {
      return static_cast<float>(train::random_bits(1, step, place) % kCharacters);
    };
    for (std::size_t i = 0; i < to.inputs.size(); ++i) {
      to.inputs[i] = character(i);
      to.labels[i] = character(i + 1);
    }
  }
  void test(std::uint32_t batch, const nn::StepData& to) override { training(batch, to); }
  std::uint32_t test_batches() const override { return 1; }

 private:
  static constexpr std::uint32_t kCharacters = 65;
  std::uint32_t sequence_;
};

// sw/configs/gpt.yaml, which an installed program has not beside it.
constexpr const char* kGpt = R"(data: {set: text, sequence: 64}
layers:
  - embedding: 64
  - repeat: 2
    layers:
      - residual: [layer_norm, attention: 4]
      - residual: [layer_norm, linear: 256, gelu, linear: 64]
  - layer_norm
  - {linear: classes, bias: false, tied: true}
loss: softmax_cross_entropy
optimizer: {method: adamw, beta2: 0.99, weight_decay: 0.1}
schedule: {learning_rate: 0.002, warmup_steps: 20, decay: cosine, final_part: 0.1}
batch: 4
)";

ordered_json bench_gpt(const device::Hardware& hardware, Session& session) {
  nn::Description description = nn::parse_description(kGpt, "gpt");
  description.hardware = hardware;
  NonsenseFeed feed(description.data.sequence);
  const nn::LaunchShape shape{.steps = 2, .test_batches = 1};
  const nn::CompiledModel best = nn::compile_best(description, feed.shape(), shape);
  const nn::Compiled& compiled = best.compiled;
  const auto chip =
      make_chip({.backend = "rtl", .hardware = hardware, .dram_bytes = compiled.dram_end});
  nn::Training training(*chip, *best.model, compiled, feed, shape);
  training.set_observer(InterruptGuard::check);
  const auto cycles_of = [&](std::uint32_t steps) {
    const std::uint64_t before = chip->counters().cycles;
    training.train(steps);
    return chip->counters().cycles - before;
  };
  // What a launch of two steps takes longer than one of one.
  const std::uint64_t one = cycles_of(1);
  const auto cycles = static_cast<double>(cycles_of(2) - one);
  session.out() << fmt::format(
      "\nThe same of a GPT: 64 features, 4 heads, 2 layers, 64 tokens, 65 characters, batch 4, "
      "AdamW\n");
  Table table(session.out(), {{"model", 23},
                              {"cycles", 7, true},
                              {"ideal", 7, true},
                              {"utilisation", 11, true},
                              {"vector unit's work", 18, true},
                              {"estimate", 8, true}});
  const double vector = compiled.unit_cycles[compiler::unit_index(isa::Unit::kVector)];
  table.row({"gpt", fmt::format("{:.0f}", cycles), fmt::format("{:.0f}", compiled.ideal_cycles),
             fmt::format("{:.2f} %", 100 * compiled.ideal_cycles / cycles),
             fmt::format("{:.0f}", vector), fmt::format("{:.0f}", compiled.estimated_cycles)});
  return {{"name", "gpt"},
          {"cycles", cycles},
          {"ideal_cycles", compiled.ideal_cycles},
          {"vector_cycles", vector},
          {"estimate_cycles", compiled.estimated_cycles},
          {"utilisation", compiled.ideal_cycles / cycles}};
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
  // A head's features and a sequence's tokens are whole tiles up to this size.
  constexpr unsigned kLargest = 16;
  if (n <= kLargest) out.push_back(bench_gpt(hardware, session));
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
