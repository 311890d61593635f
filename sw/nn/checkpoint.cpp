// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "sw/io/npz.h"

namespace gradcore::nn {
namespace {

using io::Array;
using io::ElementType;
using io::NamedArray;

constexpr const char* kAbout = "about";  // JSON
constexpr const char* kFormat = "gradcore checkpoint 2";

NamedArray array_of(const Tensor& tensor) {
  return {tensor.name,
          io::make_array<float>(ElementType::kFloat32, {tensor.rows, tensor.cols}, tensor.values)};
}

Tensor tensor_of(const std::filesystem::path& path, io::NpzFile& file, const std::string& name,
                 std::uint32_t rows, std::uint32_t cols) {
  if (!file.contains(name)) {
    throw compiler::CompileError(fmt::format("{}: there is no '{}'", path.string(), name));
  }
  const Array array = file.load(name);
  if (array.type != ElementType::kFloat32 || array.shape != std::vector<std::size_t>{rows, cols}) {
    throw compiler::CompileError(
        fmt::format("{}: '{}' is no float32 array of {} x {}", path.string(), name, rows, cols));
  }
  return {name, rows, cols, array.values<float>()};
}

void add_tables(const std::filesystem::path& path, io::NpzFile& file, const Model& model,
                bool with_state, Snapshot& to) {
  const Tables& tables = model.tables();
  for (std::size_t t = 0; t < tables.shapes.size(); ++t) {
    const std::uint32_t rows = tables.shapes[t].rows;
    to.tables.push_back(tensor_of(path, file, table_name(t, ""), rows, tables.features));
    if (!with_state || !tables.is_adagrad) continue;
    to.table_state.push_back(tensor_of(path, file, table_name(t, ".state1"), rows, 1));
  }
}

std::string state_name(const Parameter& parameter, unsigned state) {
  return fmt::format("{}.state{}", parameter.name(), state + 1);
}

std::vector<Tensor> parameters_of(const std::filesystem::path& path, io::NpzFile& file,
                                  const Model& model) {
  std::vector<Tensor> out;
  for (const auto& p : model.parameters().all()) {
    out.push_back(tensor_of(path, file, p->name(), p->rows(), p->cols()));
  }
  return out;
}

// What the shapes of the parameters do not tell.
void describe(const LayerDescription& layer, const std::string& indent, std::string& out) {
  out += fmt::format(
      "{}layer {} outputs {} bias {} tied {} positions {} heads {} function {} norm {} adagrad "
      "{}\n",
      indent, static_cast<unsigned>(layer.kind), layer.outputs, layer.has_bias, layer.is_tied,
      layer.has_positions, layer.heads, static_cast<unsigned>(layer.function),
      static_cast<unsigned>(layer.norm), layer.is_adagrad);
  if (layer.is_mean) out += indent + "means of bags\n";
  for (const LayerDescription& inner : layer.layers) describe(inner, indent + "  ", out);
}

// Of all layers, in order.
void describe_dropout(const std::vector<LayerDescription>& layers, std::string& out) {
  for (const LayerDescription& layer : layers) {
    if (layer.dropout > 0) out += fmt::format("dropout {}\n", layer.dropout);
    describe_dropout(layer.layers, out);
  }
}

struct About {
  std::uint64_t step = 0;
  std::string network, run, meaning;
  std::uint64_t digest = 0;
};

About read_about(const std::filesystem::path& path, io::NpzFile& file) {
  const auto error = [&] {
    return io::FileError(path.string() + ": it is no checkpoint of this program");
  };
  const Array bytes = file.load(kAbout);
  if (bytes.type != ElementType::kUint8) throw error();
  try {
    const std::vector<std::uint8_t> text = bytes.values<std::uint8_t>();
    const auto json = nlohmann::json::parse(text.begin(), text.end());
    if (json.at("format") != kFormat) throw error();
    return {json.at("step").get<std::uint64_t>(), json.at("network").get<std::string>(),
            json.at("run").get<std::string>(), json.at("meaning").get<std::string>(),
            json.at("digest").get<std::uint64_t>()};
  } catch (const nlohmann::json::exception&) {
    throw error();
  }
}

void check_network(const std::filesystem::path& path, const About& about, const Model& model) {
  if (about.network == network_of(model)) return;
  throw compiler::CompileError(path.string() + ": it is of another network than the description's");
}

}  // namespace

std::string network_of(const Model& model) {
  const Description& d = model.description();
  std::string out;
  for (const LayerDescription& layer : d.layers) describe(layer, "", out);
  out += fmt::format("loss {}\n", static_cast<unsigned>(d.loss));
  for (const auto& p : model.parameters().all()) {
    out += fmt::format("{} {} x {}\n", p->name(), p->rows(), p->cols());
  }
  return out;
}

std::string run_of(const Model& model) {
  const Description& d = model.description();
  const device::Hardware& h = d.hardware;
  std::string out =
      fmt::format("n {} f {} batch {} steps {} seed {}\n", h.n, h.f, d.batch, d.steps, d.seed);
  out +=
      fmt::format("optimizer {} {} {} {} {} {} {} {}\n", static_cast<unsigned>(d.optimizer.method),
                  d.optimizer.momentum, d.optimizer.beta1, d.optimizer.beta2, d.optimizer.epsilon,
                  d.optimizer.weight_decay, d.optimizer.clip_norm, d.optimizer.skip_nonfinite);
  out += fmt::format("schedule {} {} {} {}\n", d.schedule.learning_rate, d.schedule.warmup_steps,
                     static_cast<unsigned>(d.schedule.decay), d.schedule.final_part);
  for (const BagShape& table : model.tables().shapes) {
    out += fmt::format("table {} x {} adagrad {}\n", table.rows, model.tables().features,
                       model.tables().is_adagrad);
  }
  describe_dropout(d.layers, out);
  return out;
}

void save_checkpoint(const std::filesystem::path& path, const Model& model,
                     const Snapshot& snapshot) {
  const nlohmann::ordered_json about = {{"format", kFormat},
                                        {"step", snapshot.step},
                                        {"network", network_of(model)},
                                        {"run", run_of(model)},
                                        {"meaning", snapshot.meaning.value_or("")},
                                        {"digest", snapshot.digest.value_or(0)}};
  const std::string text = about.dump();
  std::vector<NamedArray> arrays;
  arrays.push_back(
      {kAbout, io::make_array<std::uint8_t>(ElementType::kUint8, {text.size()},
                                            std::vector<std::uint8_t>(text.begin(), text.end()))});
  for (const Tensor& tensor : snapshot.parameters) arrays.push_back(array_of(tensor));
  for (const Tensor& tensor : snapshot.state) arrays.push_back(array_of(tensor));
  for (const Tensor& tensor : snapshot.tables) arrays.push_back(array_of(tensor));
  for (const Tensor& tensor : snapshot.table_state) arrays.push_back(array_of(tensor));
  io::save_npz(path, arrays);
}

Snapshot load_checkpoint(const std::filesystem::path& path, const Model& model) {
  io::NpzFile file(path);
  if (!file.contains(kAbout)) {
    throw io::FileError(path.string() + ": it holds arrays, but is no checkpoint of a run");
  }
  About about = read_about(path, file);
  check_network(path, about, model);
  if (about.run != run_of(model)) {
    throw compiler::CompileError(
        path.string() +
        ": it is of a run with another optimizer, schedule, batch, seed, array or "
        "dropout");
  }
  Snapshot out;
  out.step = about.step;
  out.meaning = std::move(about.meaning);
  out.digest = about.digest;
  for (const auto& p : model.parameters().all()) {
    out.parameters.push_back(tensor_of(path, file, p->name(), p->rows(), p->cols()));
    for (unsigned s = 0; s < model.parameters().states(); ++s) {
      out.state.push_back(tensor_of(path, file, state_name(*p, s), p->rows(), p->cols()));
    }
  }
  add_tables(path, file, model, true, out);
  return out;
}

Snapshot load_parameters(const std::filesystem::path& path, const Model& model) {
  io::NpzFile file(path);
  if (!file.contains(kAbout)) return load_weights(path, model);
  About about = read_about(path, file);
  check_network(path, about, model);
  Snapshot out;
  out.step = about.step;
  out.meaning = std::move(about.meaning);
  out.parameters = parameters_of(path, file, model);
  add_tables(path, file, model, false, out);
  return out;
}

void save_weights(const std::filesystem::path& path, const Snapshot& snapshot) {
  std::vector<NamedArray> arrays;
  for (const Tensor& tensor : snapshot.parameters) arrays.push_back(array_of(tensor));
  for (const Tensor& tensor : snapshot.tables) arrays.push_back(array_of(tensor));
  io::save_npz(path, arrays);
}

Snapshot load_weights(const std::filesystem::path& path, const Model& model) {
  io::NpzFile file(path);
  const auto& all = model.parameters().all();
  for (const std::string& name : file.names()) {
    const bool is_table =
        model.interaction() != nullptr && name.starts_with(table_name(0, "").substr(0, 6));
    if (!is_table &&
        std::none_of(all.begin(), all.end(), [&](const auto& p) { return p->name() == name; })) {
      throw compiler::CompileError(
          fmt::format("{}: the network has no parameter '{}'", path.string(), name));
    }
  }
  Snapshot out;
  out.parameters = parameters_of(path, file, model);
  add_tables(path, file, model, false, out);
  return out;
}

}  // namespace gradcore::nn
