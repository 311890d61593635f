// SPDX-License-Identifier: Apache-2.0
// Steps `step` and `training`: networks trained on the board and on the model, bit for bit.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <vector>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/compiler/compile.h"
#include "sw/compiler/dataset.h"
#include "sw/compiler/run.h"

namespace gradcore::bringup {
namespace {

using compiler::Activation;
using compiler::Compiled;
using compiler::CompileError;
using compiler::Network;
using compiler::RunPlan;
using compiler::TrainingRun;

constexpr const char* kHint =
    "every unit by itself passed: look at tokens, at units that work at the same time, and at "
    "timing "
    "under load (power, temperature)";

struct Training {
  Network network;
  train::Dataset data;
  RunPlan plan;
  Compiled compiled;
};

// Nothing if it does not fit into the chip's memories.
std::optional<Training> plan(const Network& network, const train::Dataset& data,
                             std::uint32_t steps, std::uint32_t epochs, std::uint64_t dram_bytes) {
  Training out{network, data, {}, {}};
  // Only training counts here; test data would take room.
  out.data.test = {};
  out.plan = compiler::plan_run(network, out.data, steps);
  out.plan.shape.steps = steps;
  out.plan.epochs = epochs;
  out.plan.shape.test_batches = 1;
  out.plan.shape.dram_bytes = dram_bytes;
  try {
    out.compiled = compiler::compile(network, out.plan.shape);
  } catch (const CompileError&) {
    return std::nullopt;
  }
  return out;
}

// Both devices in step, an epoch after the other; the losses of all steps.
class Race {
 public:
  Race(Board& board, const Settings& settings, const Training& training)
      : training_(training),
        settings_(settings),
        chip_(prepared(board.device(), training)),
        model_(prepared(board.model(), training)) {}

  std::vector<float> run() {
    TrainingRun want(model_, training_.network, training_.plan, training_.compiled, training_.data);
    try {
      TrainingRun got(chip_, training_.network, training_.plan, training_.compiled, training_.data);
      got.set_observer(settings_.observer);
      std::vector<float> losses;
      for (std::uint32_t e = 0; e < training_.plan.epochs; ++e) {
        expect(want.train_epoch(), got.train_epoch(), losses);
      }
      return losses;
    } catch (const compiler::ChipError& error) {
      throw Failure(fmt::format("expected the program to end, got '{}'", error.what()), kHint);
    }
  }

  void compare_dram() {
    const std::uint64_t bytes = training_.compiled.dram_end;
    std::vector<std::byte> want(bytes), got(bytes);
    model_.read(0, want);
    chip_.read(0, got);
    for (std::uint64_t at = 0; at < bytes; ++at) {
      if (want[at] == got[at]) continue;
      throw Failure(
          fmt::format("DRAM at 0x{:x} after the step: expected 0x{:02x}, got 0x{:02x}", at,
                      std::to_integer<unsigned>(want[at]), std::to_integer<unsigned>(got[at])),
          kHint);
    }
  }

 private:
  // What no program writes is zeros on both.
  static runtime::Device& prepared(runtime::Device& device, const Training& training) {
    device.free_all();
    const std::uint64_t all = device.dram_bytes() / 16 * 16;
    device.set_windows({0, all}, {0, all});
    device.write(0, std::vector<std::byte>(training.compiled.dram_end));
    return device;
  }

  static void expect(const std::vector<float>& want, const std::vector<float>& got,
                     std::vector<float>& losses) {
    for (std::size_t s = 0; s < want.size(); ++s) {
      const auto expected = std::bit_cast<std::uint32_t>(want[s]);
      const auto found = std::bit_cast<std::uint32_t>(got[s]);
      if (expected != found) {
        throw Failure(fmt::format("loss of step {}: expected {} (0x{:08x}), got {} (0x{:08x})",
                                  losses.size() + 1, want[s], expected, got[s], found),
                      kHint);
      }
      losses.push_back(got[s]);
    }
  }

  const Training& training_;
  const Settings& settings_;
  runtime::Device& chip_;
  runtime::Device& model_;
};

Network network_of(const runtime::Hardware& hardware, std::uint32_t inputs,
                   const std::vector<compiler::Linear>& layers, std::uint32_t batch) {
  Network out;
  out.hardware = hardware;
  out.inputs = inputs;
  out.layers = layers;
  out.batch = batch;
  return out;
}

// The first of these that fits is trained.
struct DigitsShape {
  std::uint32_t hidden, batch, steps;  // of a launch
};
constexpr std::array<DigitsShape, 10> kDigits = {{{128, 32, 25},
                                                  {128, 32, 10},
                                                  {64, 32, 10},
                                                  {64, 16, 10},
                                                  {32, 16, 10},
                                                  {32, 16, 4},
                                                  {16, 16, 4},
                                                  {16, 8, 4},
                                                  {16, 8, 2},
                                                  {16, 8, 1}}};

}  // namespace

std::uint64_t check_small_network(Board& board, const Settings& settings, std::uint64_t seed,
                                  std::uint32_t steps) {
  const runtime::Device& device = board.device();
  for (const std::uint32_t hidden : {10u, 4u}) {
    Network network = network_of(device.hardware(), 12, {{hidden, Activation::kRelu}, {4}}, 8);
    network.data = {compiler::DataKind::kSynthetic, "", 12, 4, 48, 8};
    network.schedule.learning_rate = 0.1f;
    network.seed = seed;
    const auto training =
        plan(network, compiler::make_dataset(network), steps, 1, device.dram_bytes());
    if (!training) continue;
    Race race(board, settings, *training);
    race.run();
    race.compare_dram();
    return training->compiled.dram_end;
  }
  throw NotThere("no network fits into the board's memories");
}

std::string check_training_step(Board& board, const Settings& settings) {
  const std::uint64_t bytes = check_small_network(board, settings, settings.seed, 1);
  return fmt::format("loss and {} bytes of DRAM, all bits equal", bytes);
}

std::string check_training(Board& board, const Settings& settings) {
  const runtime::Device& device = board.device();
  const train::Dataset data = train::load_digits();
  for (const DigitsShape& shape : kDigits) {
    Network network = network_of(device.hardware(), data.features,
                                 {{shape.hidden, Activation::kRelu}, {data.classes}}, shape.batch);
    const std::uint32_t steps = std::min(shape.steps, settings.training_steps);
    const auto training =
        plan(network, data, steps, settings.training_steps / steps, device.dram_bytes());
    if (!training) continue;
    const std::vector<float> losses = Race(board, settings, *training).run();
    return fmt::format("{} steps of {}-{}-{}, batch {}: loss {:.4f} to {:.4f}, all bits equal",
                       losses.size(), data.features, shape.hidden, data.classes, shape.batch,
                       losses.front(), losses.back());
  }
  throw NotThere("no network of the digits fits into the board's memories");
}

}  // namespace gradcore::bringup
