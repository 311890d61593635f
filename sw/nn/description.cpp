// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/description.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sw/compiler/network_reader.h"
#include "sw/config/config.h"
#include "sw/config/yaml_reader.h"

namespace gradcore::nn {
namespace fs = std::filesystem;
namespace {

using config::Mapping;
using config::Value;

constexpr std::uint32_t kMaxDimension = 65536;
constexpr std::uint32_t kMaxRepeats = 1024;
constexpr std::size_t kMaxLayers = 4096;
constexpr double kMostDropped = 0.99;

std::uint32_t dimension(const Value& value) {
  return value.integer<std::uint32_t>(1, kMaxDimension);
}

template <typename Read>
void optional(const Mapping& mapping, const char* key, Read read) {
  if (const auto value = mapping.find(key)) read(*value);
}

const std::vector<std::string> kFunctions = {"relu", "tanh", "gelu", "silu"};

// In the order of DataSet.
const std::vector<std::string> kDataSets = {"text", "click_log", "criteo"};

LayerDescription activation(Function function, const Value& at) {
  LayerDescription out;
  out.kind = LayerKind::kActivation;
  out.place = at.place();
  out.function = function;
  return out;
}

// A layer without settings: its name alone.
LayerDescription plain_layer(const Value& value) {
  std::vector<std::string> names = kFunctions;
  names.insert(names.end(), {"layer_norm", "rms_norm"});
  const std::size_t choice = value.choice(names);
  if (choice < kFunctions.size()) return activation(static_cast<Function>(choice), value);
  LayerDescription out;
  out.kind = LayerKind::kNorm;
  out.place = value.place();
  out.norm = choice == kFunctions.size() ? Norm::Kind::kLayer : Norm::Kind::kRootMeanSquare;
  return out;
}

void append_layers(std::vector<LayerDescription>& to, const Value& list);

// The last layer, a linear one, becomes two side by side: the gate, and what goes through it.
void append_swiglu(std::vector<LayerDescription>& to, const Value& at) {
  LayerDescription& linear = to.back();
  if (linear.outputs == 0 || linear.is_tied) {
    at.fail("swiglu takes two linear layers, expected a number of outputs and no tied weights");
  }
  linear.outputs *= 2;
  LayerDescription out;
  out.kind = LayerKind::kSwiglu;
  out.place = at.place();
  to.push_back(out);
}

// What a mapping describes is told by its one key that names a layer.
void append_layer(std::vector<LayerDescription>& to, const Value& value) {
  if (value.is_scalar()) {
    to.push_back(plain_layer(value));
    return;
  }
  const Mapping mapping = value.mapping({"embedding", "positions", "linear", "bias", "tied",
                                         "activation", "attention", "dropout", "residual",
                                         "interaction", "tables", "pooling", "repeat", "layers"});
  const std::vector<std::string> kinds = {"embedding", "linear",      "attention",
                                          "residual",  "interaction", "repeat"};
  std::vector<std::string> found;
  for (const std::string& kind : kinds) {
    if (mapping.find(kind)) found.push_back(kind);
  }
  if (found.empty() && mapping.find("dropout")) found.emplace_back("dropout");
  if (found.size() != 1) {
    value.fail(
        fmt::format("a layer with {} of the keys embedding, linear, attention, residual, dropout "
                    "and repeat, expected one",
                    found.size()));
  }
  const std::string& kind = found.front();
  const auto only = [&](const char* key, std::initializer_list<const char*> of) {
    optional(mapping, key, [&](const Value& v) {
      if (std::none_of(of.begin(), of.end(), [&](const char* k) { return kind == k; })) {
        v.fail(fmt::format("{} does not belong to {}", v.name(), kind));
      }
    });
  };
  only("positions", {"embedding"});
  only("tied", {"linear"});
  only("bias", {"linear", "attention"});
  only("activation", {"linear"});
  only("dropout", {"dropout", "attention"});
  only("layers", {"repeat"});
  only("tables", {"interaction"});
  only("pooling", {"interaction"});

  const Value main = mapping.require(kind);
  LayerDescription layer;
  layer.place = value.place();
  optional(mapping, "bias", [&](const Value& v) { layer.has_bias = v.boolean(); });
  optional(mapping, "dropout", [&](const Value& v) { layer.dropout = v.number(0, kMostDropped); });
  if (kind == "repeat") {
    const std::uint32_t times = main.integer<std::uint32_t>(1, kMaxRepeats);
    std::vector<LayerDescription> block;
    append_layers(block, mapping.require("layers"));
    if (block.size() * times > kMaxLayers) main.fail("more than 4096 layers");
    for (std::uint32_t i = 0; i < times; ++i) to.insert(to.end(), block.begin(), block.end());
    return;
  }
  if (kind == "embedding") {
    layer.kind = LayerKind::kEmbedding;
    layer.outputs = dimension(main);
    optional(mapping, "positions", [&](const Value& v) { layer.has_positions = v.boolean(); });
  } else if (kind == "attention") {
    layer.kind = LayerKind::kAttention;
    layer.heads = dimension(main);
  } else if (kind == "dropout") {
    layer.kind = LayerKind::kDropout;
  } else if (kind == "residual") {
    layer.kind = LayerKind::kResidual;
    append_layers(layer.layers, main);
    const auto last = std::find_if(layer.layers.rbegin(), layer.layers.rend(),
                                   [](const auto& l) { return l.kind != LayerKind::kDropout; });
    if (last != layer.layers.rend()) last->is_last_of_residual = true;
  } else if (kind == "interaction") {
    layer.kind = LayerKind::kInteraction;
    append_layers(layer.layers, main);
    optional(mapping, "tables", [&](const Value& v) {
      layer.is_adagrad = v.choice({"sgd", "adagrad"}) == 1;
    });
    optional(mapping, "pooling", [&](const Value& v) {
      layer.is_mean = v.choice({"sum", "mean"}) == 1;
    });
  } else {
    layer.kind = LayerKind::kLinear;
    // As many as there are classes (characters of a text) has a name.
    constexpr const char* kClasses = "classes";
    const bool is_named = main.is_scalar() && main.text() == kClasses;
    if (!is_named) layer.outputs = dimension(main);
    optional(mapping, "tied", [&](const Value& v) { layer.is_tied = v.boolean(); });
  }
  to.push_back(layer);
  optional(mapping, "activation", [&](const Value& v) {
    std::vector<std::string> names = kFunctions;
    names.insert(names.end(), {"identity", "swiglu"});
    const std::size_t choice = v.choice(names);
    if (choice < kFunctions.size()) to.push_back(activation(static_cast<Function>(choice), v));
    if (names[choice] == "swiglu") append_swiglu(to, v);
  });
}

void append_layers(std::vector<LayerDescription>& to, const Value& list) {
  for (const Value& layer : list.list()) append_layer(to, layer);
  if (to.size() > kMaxLayers) list.fail("more than 4096 layers");
}

// Tables of a click log that is made: all alike.
void read_click_log(const Mapping& mapping, datasets::ClickLogConfig& out) {
  constexpr std::uint32_t kMostTables = 1024, kMostRows = 1u << 30, kMostBag = 512;
  constexpr double kMostZipf = 8;
  datasets::ClickTable table;
  std::uint32_t tables = 8;
  optional(mapping, "dense", [&](const Value& v) { out.dense_features = dimension(v); });
  optional(mapping, "tables",
           [&](const Value& v) { tables = v.integer<std::uint32_t>(1, kMostTables); });
  optional(mapping, "rows",
           [&](const Value& v) { table.rows = v.integer<std::uint32_t>(1, kMostRows); });
  optional(mapping, "zipf", [&](const Value& v) { table.zipf = v.number(0, kMostZipf); });
  optional(mapping, "bag", [&](const Value& v) {
    if (v.is_scalar()) {
      table.least_bag = table.most_bag = v.integer<std::uint32_t>(1, kMostBag);
      return;
    }
    const std::vector<Value> range = v.list();
    if (range.size() != 2)
      v.fail("a bag of " + v.name() + " needs one number or two, [least, most]");
    table.most_bag = range[1].integer<std::uint32_t>(1, kMostBag);
    table.least_bag = range[0].integer<std::uint32_t>(0, table.most_bag);
  });
  out.tables.assign(tables, table);
}

DataDescription read_data(const Value& value, const fs::path& folder) {
  const Mapping mapping =
      value.mapping({"set", "file", "sequence", "dense", "tables", "rows", "zipf", "bag"});
  DataDescription out;
  out.set = static_cast<DataSet>(mapping.require("set").choice(kDataSets));
  const auto only = [&](const char* key, bool belongs) {
    optional(mapping, key, [&](const Value& v) {
      if (!belongs) v.fail(fmt::format("{} does not belong to this set of data", v.name()));
    });
  };
  const bool is_text = out.set == DataSet::kText;
  const bool is_made = out.set == DataSet::kClickLog;
  only("file", !is_made);
  only("sequence", is_text);
  for (const char* key : {"dense", "tables", "zipf", "bag"}) only(key, is_made);
  only("rows", !is_text);
  optional(mapping, "file",
           [&](const Value& v) { out.file = (folder / v.text()).lexically_normal().string(); });
  optional(mapping, "sequence", [&](const Value& v) { out.sequence = dimension(v); });
  if (is_made) read_click_log(mapping, out.clicks);
  if (out.set == DataSet::kCriteo) {
    if (out.file.empty()) value.fail("there is no file, expected one in Criteo's format");
    optional(mapping, "rows",
             [&](const Value& v) { out.table_rows = v.integer<std::uint32_t>(1, 1u << 26); });
  }
  return out;
}

Description read_description(const Value& file, const fs::path& path) {
  const fs::path folder = path.parent_path();
  const Mapping root =
      file.mapping({"hardware", "memory", "data", "layers", "loss", "optimizer", "schedule",
                    "batch", "steps", "test_batches", "test_every", "seed"});
  Description out;
  out.name = path.stem().string();
  optional(root, "hardware", [&](const Value& v) { out.hardware = config::read_hardware(v); });
  optional(root, "memory", [&](const Value& v) { out.memory = compiler::read_memory(v); });
  out.data = read_data(root.require("data"), folder);
  append_layers(out.layers, root.require("layers"));
  out.loss = static_cast<LossKind>(
      root.require("loss").choice({"softmax_cross_entropy", "binary_cross_entropy"}));
  out.optimizer = compiler::read_optimizer(root.require("optimizer"));
  const bool has_tables = std::ranges::any_of(
      out.layers, [](const auto& layer) { return layer.kind == LayerKind::kInteraction; });
  if (out.optimizer.is_guarded() && has_tables) {
    root.require("optimizer")
        .fail(
            "gradients of embedding tables are neither clipped nor looked through, expected "
            "neither "
            "clip_norm nor skip_nonfinite");
  }
  out.schedule = compiler::read_schedule(root.require("schedule"));
  optional(root, "batch", [&](const Value& v) { out.batch = dimension(v); });
  optional(root, "steps",
           [&](const Value& v) { out.steps = v.integer<std::uint64_t>(1, 100'000'000); });
  optional(root, "test_batches",
           [&](const Value& v) { out.test_batches = v.integer<std::uint32_t>(0, 65536); });
  optional(root, "test_every",
           [&](const Value& v) { out.test_every = v.integer<std::uint64_t>(1); });
  optional(root, "seed", [&](const Value& v) { out.seed = v.integer<std::uint64_t>(0); });
  return out;
}

}  // namespace

bool is_description(const fs::path& path) {
  try {
    const YAML::Node data = YAML::LoadFile(path.string())["data"];
    const std::string set = data["set"].as<std::string>("");
    return std::find(kDataSets.begin(), kDataSets.end(), set) != kDataSets.end();
  } catch (const YAML::Exception&) {
    return false;  // whoever reads it says what is wrong
  }
}

Description load_description(const fs::path& path) {
  return read_description(config::Value::load(path), path);
}

Description parse_description(const std::string& text, const std::string& name) {
  return read_description(config::Value::parse(text, name), fs::path(name));
}

}  // namespace gradcore::nn
