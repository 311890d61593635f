// SPDX-License-Identifier: Apache-2.0
#include "sw/config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

namespace gradcore::config {
namespace fs = std::filesystem;
namespace {

constexpr std::uint32_t kMaxDimension = 65536;
constexpr std::uint64_t kMaxElements = std::uint64_t{1} << 26;  // of one matrix: 256 MiB
constexpr std::uint32_t kMaxKib = std::uint32_t{1} << 20;       // half of the address space

std::uint32_t dimension(const Mapping& mapping, const std::string& key) {
  return mapping.require(key).integer<std::uint32_t>(1, kMaxDimension);
}

bool flag(const Mapping& mapping, const std::string& key) {
  const std::optional<Value> value = mapping.find(key);
  return value && value->boolean();
}

void check_size(const Value& place, const GoldenVector& vector) {
  const auto elements = [](std::uint32_t rows, std::uint32_t columns) {
    return std::uint64_t{rows} * columns;
  };
  const std::uint64_t largest = std::max(
      {elements(vector.m, vector.k), elements(vector.k, vector.n), elements(vector.m, vector.n)});
  if (largest > kMaxElements) {
    place.fail(fmt::format("{} has a matrix of {} elements, expected at most {}", place.name(),
                           largest, kMaxElements));
  }
}

// Appends the vectors of one entry of the list.
void read_vector(const Value& value, std::vector<GoldenVector>& vectors) {
  const Mapping entry = value.mapping({"name", "layer", "gemm", "values", "accumulate", "passes"});
  GoldenVector like;
  like.name = entry.require("name").text();
  if (const auto values = entry.find("values")) {
    like.values = static_cast<Distribution>(values->choice(distribution_names()));
  }
  like.accumulate = flag(entry, "accumulate");

  const std::optional<Value> layer = entry.find("layer");
  const std::optional<Value> gemm = entry.find("gemm");
  if (layer.has_value() == gemm.has_value()) {
    value.fail(fmt::format("{} has {}, expected one of 'layer' and 'gemm'", value.name(),
                           layer ? "both 'layer' and 'gemm'" : "neither 'layer' nor 'gemm'"));
  }
  const std::optional<Value> passes = entry.find("passes");
  if (gemm) {
    if (passes) passes->fail(passes->name() + " belongs to a layer, expected no passes of a gemm");
    const Mapping shape = gemm->mapping({"m", "k", "n", "trans_a", "trans_b"});
    like.m = dimension(shape, "m");
    like.k = dimension(shape, "k");
    like.n = dimension(shape, "n");
    like.trans_a = flag(shape, "trans_a");
    like.trans_b = flag(shape, "trans_b");
    check_size(*gemm, like);
    vectors.push_back(like);
    return;
  }
  const Mapping shape = layer->mapping({"batch", "in", "out"});
  const std::vector<GoldenVector> all = layer_vectors(
      like, dimension(shape, "batch"), dimension(shape, "in"), dimension(shape, "out"));
  check_size(*layer, all[0]);
  if (!passes) {
    vectors.insert(vectors.end(), all.begin(), all.end());
    return;
  }
  const std::vector<std::string> names = {
      pass_name(Pass::kForward), pass_name(Pass::kInputGradient), pass_name(Pass::kWeightGradient)};
  for (const Value& pass : passes->list()) vectors.push_back(all[pass.choice(names)]);
}

train::TrainConfig read_training(const Value& value, std::uint64_t seed, const fs::path& folder) {
  constexpr double kMaxRate = 1e6;
  const Mapping mapping = value.mapping(
      {"seed", "hidden", "batch", "epochs", "learning_rate", "momentum", "min_accuracy", "data"});
  train::TrainConfig training;
  training.seed = seed;
  if (const auto v = mapping.find("seed")) training.seed = v->integer<std::uint64_t>(0);
  if (const auto v = mapping.find("hidden")) {
    training.hidden.clear();
    for (const Value& width : v->list()) {
      training.hidden.push_back(width.integer<std::uint32_t>(1, kMaxDimension));
    }
  }
  if (const auto v = mapping.find("batch")) {
    training.batch = v->integer<std::uint32_t>(1, kMaxDimension);
  }
  if (const auto v = mapping.find("epochs")) training.epochs = v->integer<std::uint32_t>(1, 100000);
  if (const auto v = mapping.find("learning_rate")) {
    training.learning_rate =
        static_cast<float>(v->number(std::numeric_limits<float>::min(), kMaxRate));
  }
  if (const auto v = mapping.find("momentum")) {
    training.momentum = static_cast<float>(v->number(0, 0.9999));
  }
  if (const auto v = mapping.find("min_accuracy")) {
    training.min_accuracy = static_cast<float>(v->number(0, 1));
  }
  if (const auto v = mapping.find("data")) training.data = (folder / v->text()).string();
  return training;
}

Log read_log(const Value& value) {
  const Mapping mapping = value.mapping({"level", "file"});
  Log log;
  if (const auto v = mapping.find("level")) log.level = log_levels()[v->choice(log_levels())];
  if (const auto v = mapping.find("file")) log.file = v->text();
  return log;
}

Config read_config(const Value& file, const fs::path& folder) {
  Config config;
  if (file.is_null()) return config;
  const Mapping root = file.mapping({"hardware", "seed", "vectors", "training", "log"});
  if (const auto v = root.find("hardware")) config.hardware = read_hardware(*v);
  if (const auto v = root.find("seed")) config.seed = v->integer<std::uint64_t>(0);
  config.training.seed = config.seed;
  if (const auto v = root.find("vectors")) {
    config.vectors.clear();
    for (const Value& entry : v->list()) read_vector(entry, config.vectors);
  }
  if (const auto v = root.find("training")) {
    config.training = read_training(*v, config.seed, folder);
  }
  if (const auto v = root.find("log")) config.log = read_log(*v);
  return config;
}

}  // namespace

device::Hardware read_hardware(const Value& value) {
  const Mapping mapping = value.mapping({"n", "f", "operand_kib", "accumulator_kib"});
  device::Hardware hardware;
  if (const auto v = mapping.find("n")) {
    hardware.n = 4u << v->choice({"4", "8", "16", "32"});
  }
  if (const auto v = mapping.find("f")) hardware.f = v->integer<unsigned>(24, 48);
  // What rtl/top/gradcore.sv elaborates: powers of two, and two tiles or more.
  const auto read_kib = [&](const char* key, std::uint32_t& kib, std::uint32_t least_bytes) {
    const auto v = mapping.find(key);
    if (!v) return;
    kib = v->integer<std::uint32_t>((least_bytes + 1023) / 1024, kMaxKib);
    if (!std::has_single_bit(kib)) {
      v->fail(fmt::format("{} is {}, expected a power of two", v->name(), kib));
    }
  };
  read_kib("operand_kib", hardware.operand_kib, 2 * hardware.operand_tile_bytes());
  read_kib("accumulator_kib", hardware.accumulator_kib, 2 * hardware.accumulator_tile_bytes());
  return hardware;
}

Config load_config(const fs::path& path) {
  return read_config(Value::load(path), path.parent_path());
}

Config parse_config(const std::string& text, const std::string& name) {
  return read_config(Value::parse(text, name), fs::path(name).parent_path());
}

}  // namespace gradcore::config
