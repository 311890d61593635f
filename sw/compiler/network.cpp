// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "sw/compiler/network_reader.h"
#include "sw/config/config.h"
#include "sw/config/yaml_reader.h"

namespace gradcore::compiler {
namespace fs = std::filesystem;
namespace {

using config::Mapping;
using config::Value;

constexpr std::uint32_t kMaxDimension = 65536;
constexpr std::uint32_t kMaxSamples = 1u << 24;

std::uint32_t dimension(const Value& value) {
  return value.integer<std::uint32_t>(1, kMaxDimension);
}

float fraction(const Value& value) {  // from 0 to below 1
  constexpr double kBelowOne = 0.999999;
  return static_cast<float>(value.number(0, kBelowOne));
}

template <typename Read>
void optional(const Mapping& mapping, const char* key, Read read) {
  if (const auto value = mapping.find(key)) read(*value);
}

Linear read_layer(const Value& value) {
  const Mapping mapping = value.mapping({"linear", "activation"});
  Linear layer;
  layer.outputs = dimension(mapping.require("linear"));
  optional(mapping, "activation", [&](const Value& v) {
    layer.activation = static_cast<Activation>(v.choice({"identity", "relu", "tanh"}));
  });
  return layer;
}

Data read_data(const Value& value, const fs::path& folder) {
  const Mapping mapping =
      value.mapping({"set", "file", "inputs", "classes", "samples", "test_samples"});
  Data data;
  data.kind = static_cast<DataKind>(mapping.require("set").choice({"digits", "synthetic"}));
  for (const char* key : {"inputs", "classes", "samples", "test_samples"}) {
    optional(mapping, key, [&](const Value& v) {
      if (data.kind == DataKind::kDigits) {
        v.fail(
            fmt::format("{} is given by the digits, expected only with synthetic data", v.name()));
      }
    });
  }
  optional(mapping, "file", [&](const Value& v) {
    if (data.kind == DataKind::kSynthetic) {
      v.fail(v.name() + " belongs to digits, expected no file of synthetic data");
    }
    data.file = (folder / v.text()).string();
  });
  optional(mapping, "inputs", [&](const Value& v) { data.inputs = dimension(v); });
  optional(mapping, "classes",
           [&](const Value& v) { data.classes = v.integer<std::uint32_t>(2, 256); });
  optional(mapping, "samples",
           [&](const Value& v) { data.samples = v.integer<std::uint32_t>(1, kMaxSamples); });
  optional(mapping, "test_samples",
           [&](const Value& v) { data.test_samples = v.integer<std::uint32_t>(1, kMaxSamples); });
  return data;
}

Network read_network(const Value& file, const fs::path& folder) {
  const Mapping root =
      file.mapping({"hardware", "memory", "data", "layers", "loss", "optimizer", "schedule",
                    "weights", "batch", "epochs", "shuffle", "seed", "min_accuracy"});
  Network out;
  optional(root, "hardware", [&](const Value& v) { out.hardware = config::read_hardware(v); });
  optional(root, "memory", [&](const Value& v) { out.memory = read_memory(v); });
  out.data = read_data(root.require("data"), folder);
  out.inputs = out.data.inputs;
  for (const Value& layer : root.require("layers").list()) {
    out.layers.push_back(read_layer(layer));
  }
  const Value layers = root.require("layers");
  if (out.layers.back().outputs != out.data.classes) {
    layers.fail(
        fmt::format("the last of the layers has {} outputs, expected one for each of the "
                    "{} classes",
                    out.layers.back().outputs, out.data.classes));
  }
  if (out.layers.back().activation != Activation::kIdentity) {
    layers.fail("the last of the layers has an activation, expected none before the loss");
  }
  root.require("loss").choice({"softmax_cross_entropy"});
  out.optimizer = read_optimizer(root.require("optimizer"));
  out.schedule = read_schedule(root.require("schedule"));
  optional(root, "weights", [&](const Value& v) {
    out.weights = static_cast<WeightPlace>(v.choice({"auto", "local", "dram"}));
  });
  optional(root, "batch", [&](const Value& v) { out.batch = dimension(v); });
  optional(root, "epochs",
           [&](const Value& v) { out.epochs = v.integer<std::uint32_t>(1, 100'000); });
  optional(root, "shuffle", [&](const Value& v) {
    out.shuffle_each_epoch = v.choice({"once", "epoch"}) == 1;
  });
  optional(root, "seed", [&](const Value& v) { out.seed = v.integer<std::uint64_t>(0); });
  optional(root, "min_accuracy",
           [&](const Value& v) { out.min_accuracy = static_cast<float>(v.number(0, 1)); });
  return out;
}

}  // namespace

Optimizer read_optimizer(const Value& value) {
  const Mapping mapping = value.mapping({"method", "momentum", "beta1", "beta2", "epsilon",
                                         "weight_decay", "clip_norm", "skip_nonfinite"});
  Optimizer out;
  out.method = static_cast<Method>(mapping.require("method").choice({"sgd", "adamw"}));
  const bool is_sgd = out.method == Method::kSgd;
  const auto belongs = [&](const Value& v, bool to_this) {
    if (!to_this) {
      v.fail(fmt::format("{} belongs to {}, expected no such key here", v.name(),
                         is_sgd ? "adamw" : "sgd"));
    }
  };
  optional(mapping, "momentum", [&](const Value& v) {
    belongs(v, is_sgd);
    out.momentum = fraction(v);
  });
  optional(mapping, "beta1", [&](const Value& v) {
    belongs(v, !is_sgd);
    out.beta1 = fraction(v);
  });
  optional(mapping, "beta2", [&](const Value& v) {
    belongs(v, !is_sgd);
    out.beta2 = fraction(v);
  });
  optional(mapping, "epsilon", [&](const Value& v) {
    belongs(v, !is_sgd);
    out.epsilon = static_cast<float>(v.number(std::numeric_limits<float>::min(), 1));
  });
  optional(mapping, "weight_decay", [&](const Value& v) {
    belongs(v, !is_sgd);
    out.weight_decay = static_cast<float>(v.number(0, 1));
  });
  optional(mapping, "clip_norm", [&](const Value& v) {
    constexpr double kLargest = 1e18;  // its square is finite
    out.clip_norm = static_cast<float>(v.number(std::numeric_limits<float>::min(), kLargest));
  });
  optional(mapping, "skip_nonfinite", [&](const Value& v) { out.skip_nonfinite = v.boolean(); });
  return out;
}

Schedule read_schedule(const Value& value) {
  constexpr double kMaxRate = 1e6;
  const Mapping mapping = value.mapping({"learning_rate", "warmup_steps", "decay", "final_part"});
  Schedule out;
  out.learning_rate = static_cast<float>(
      mapping.require("learning_rate").number(std::numeric_limits<float>::min(), kMaxRate));
  optional(mapping, "warmup_steps",
           [&](const Value& v) { out.warmup_steps = v.integer<std::uint32_t>(0); });
  optional(mapping, "decay", [&](const Value& v) {
    out.decay = static_cast<Decay>(v.choice({"none", "linear", "cosine"}));
  });
  optional(mapping, "final_part",
           [&](const Value& v) { out.final_part = static_cast<float>(v.number(0, 1)); });
  return out;
}

Memory read_memory(const Value& value) {
  constexpr std::uint32_t kMaxLatency = 100'000;
  constexpr double kLeastBandwidth = 0.01, kMostBandwidth = 16;  // a beat a cycle
  constexpr double kMostStall = 0.99;                            // more would never end
  const Mapping mapping = value.mapping(
      {"latency", "write_latency", "bandwidth", "stalls", "reorder", "interleave", "seed"});
  Memory out;
  optional(mapping, "latency",
           [&](const Value& v) { out.latency = v.integer<std::uint32_t>(1, kMaxLatency); });
  optional(mapping, "write_latency",
           [&](const Value& v) { out.write_latency = v.integer<std::uint32_t>(1, kMaxLatency); });
  optional(mapping, "bandwidth",
           [&](const Value& v) { out.bandwidth = v.number(kLeastBandwidth, kMostBandwidth); });
  optional(mapping, "stalls", [&](const Value& v) {
    const Mapping stalls = v.mapping({"ar", "r", "aw", "w", "b"});
    const auto read = [&](const char* key, double& part) {
      optional(stalls, key, [&](const Value& p) { part = p.number(0, kMostStall); });
    };
    read("ar", out.stalls.ar);
    read("r", out.stalls.r);
    read("aw", out.stalls.aw);
    read("w", out.stalls.w);
    read("b", out.stalls.b);
  });
  optional(mapping, "reorder", [&](const Value& v) { out.reorder = v.number(0, 1); });
  optional(mapping, "interleave", [&](const Value& v) { out.interleave = v.boolean(); });
  optional(mapping, "seed", [&](const Value& v) { out.seed = v.integer<std::uint64_t>(0); });
  return out;
}

float Schedule::rate(std::uint64_t step, std::uint64_t steps) const {
  const double full = learning_rate;
  if (step < warmup_steps) {
    return static_cast<float>(full * static_cast<double>(step + 1) / (warmup_steps + 1.0));
  }
  const std::uint64_t length = steps > warmup_steps ? steps - warmup_steps : 1;
  const double done =
      std::min(static_cast<double>(step - warmup_steps) / static_cast<double>(length), 1.0);
  double part = 1;
  if (decay == Decay::kLinear) part = 1 - done;
  if (decay == Decay::kCosine) part = (1 + std::cos(std::numbers::pi * done)) / 2;
  return static_cast<float>(full * (final_part + (1 - final_part) * part));
}

Network load_network(const fs::path& path) {
  return read_network(Value::load(path), path.parent_path());
}

Network parse_network(const std::string& text, const std::string& name) {
  return read_network(Value::parse(text, name), fs::path(name).parent_path());
}

}  // namespace gradcore::compiler
