// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sw/nn/watch.h"

namespace gradcore::nn {

using compiler::CompileError;

namespace {

constexpr float kDeviation = 0.02f;  // of start weights of a network with embeddings

unsigned count_residuals(const std::vector<LayerDescription>& layers) {
  unsigned out = 0;
  for (const LayerDescription& layer : layers) {
    if (layer.kind == LayerKind::kResidual) out += 1 + count_residuals(layer.layers);
  }
  return out;
}

// A mini-batch of independent rows is cut into parts, so that the matrix unit has work on one while
// the vector unit and DMA work on others; sequences stay whole.
std::vector<std::uint32_t> cut(std::uint32_t batch, std::uint32_t sequence, unsigned n) {
  constexpr std::uint32_t kParts = 4;
  if (sequence > 1) return std::vector<std::uint32_t>(batch, sequence);
  const std::uint32_t each = std::max(compiler::tiles(batch, n) / kParts, 1u) * n;
  std::vector<std::uint32_t> out;
  for (std::uint32_t left = batch; left > 0; left -= out.back()) {
    out.push_back(left < each + n ? left : each);
  }
  return out;
}

Idle make_idle(Matrices& matrices) {
  const std::string name = "for the first tokens";
  return {matrices.operand(name, 1, 1, Life::kRun), matrices.operand(name, 1, 1, Life::kRun),
          matrices.accumulator(name, 1, 1, Life::kRun),
          matrices.accumulator(name, 1, 1, Life::kRun)};
}

}  // namespace

Model::Model(const Description& description, const DataShape& data, Residence residence)
    : description_(description),
      data_(data),
      matrices_(description.hardware.n),
      idle_(make_idle(matrices_)),
      parameters_(matrices_, description_.optimizer, residence),
      chunks_(cut(description.batch, data.sequence, description.hardware.n)),
      width_(data.is_text ? 0 : data.inputs),
      residuals_(count_residuals(description.layers)) {
  for (std::size_t i = 0; i < description_.layers.size(); ++i) {
    first_parameters_.push_back(parameters_.all().size());
    layers_.push_back(make_watched(description_.layers[i], fmt::format("{}.", i)));
  }
  outputs_ = width_;
  const std::uint32_t wanted =
      description_.loss == LossKind::kBinaryCrossEntropy ? 1 : data.classes;
  if (outputs_ != wanted) {
    throw CompileError(
        fmt::format("the last of the layers has {} outputs, expected {}", outputs_, wanted));
  }
  loss_ = std::make_unique<Loss>(Context{matrices_, parameters_, constants_}, description_.loss,
                                 outputs_);
}

std::uint32_t Model::rows() const {
  return std::accumulate(chunks_.begin(), chunks_.end(), std::uint32_t{0});
}

std::vector<std::unique_ptr<Layer>> Model::make_all(const std::vector<LayerDescription>& layers,
                                                    const std::string& path) {
  std::vector<std::unique_ptr<Layer>> out;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    out.push_back(make_watched(layers[i], fmt::format("{}{}.", path, i)));
  }
  return out;
}

// Null: nothing is left out.
std::shared_ptr<const Dropping> Model::dropping(const LayerDescription& layer) {
  if (layer.dropout == 0) return nullptr;
  return std::make_shared<Dropping>(layer.dropout, description_.seed, dropouts_++);
}

std::unique_ptr<Layer> Model::make_watched(const LayerDescription& layer, const std::string& path) {
  return std::make_unique<Watched>(path, layer.kind, make(layer, path));
}

std::unique_ptr<Layer> Model::make(const LayerDescription& layer, const std::string& path) {
  const Context context{matrices_, parameters_, constants_};
  const auto fail = [&](const std::string& what) {
    throw CompileError(fmt::format("{}: {}", layer.place, what));
  };
  if (layer.kind != LayerKind::kEmbedding && width_ == 0) {
    fail("the first layer takes numbers of tokens, expected an embedding");
  }
  const Start weights = tokens_ != nullptr
                            ? Start{Start::Kind::kNormal, kDeviation}
                            : Start{Start::Kind::kUniform,
                                    std::sqrt(6.0f / static_cast<float>(std::max(width_, 1u)))};
  // What is added to the residual stream starts smaller, by the root of how many add (Radford et
  // al., Language models are unsupervised multitask learners, 2019).
  Start adds = weights;
  adds.size /= std::sqrt(static_cast<float>(std::max(residuals_, 1u)));
  switch (layer.kind) {
    case LayerKind::kEmbedding: {
      if (width_ != 0) fail("an embedding takes numbers of tokens, expected it first");
      auto out = std::make_unique<TokenEmbedding>(
          context, path + "embedding", data_.inputs, layer.outputs, data_.sequence,
          layer.has_positions, Start{Start::Kind::kNormal, kDeviation});
      tokens_ = out->tokens();
      width_ = layer.outputs;
      return out;
    }
    case LayerKind::kLinear: {
      const std::uint32_t outputs = layer.outputs > 0 ? layer.outputs : data_.classes;
      if (layer.is_tied &&
          (tokens_ == nullptr || tokens_->rows() != outputs || tokens_->cols() != width_)) {
        fail(
            "tied weights are those of an embedding, expected as many outputs as tokens and as "
            "many inputs as its features");
      }
      auto out = std::make_unique<Linear>(context, path + "linear", width_, outputs, layer.has_bias,
                                          layer.is_last_of_residual ? adds : weights,
                                          layer.is_tied ? tokens_ : nullptr);
      width_ = outputs;
      return out;
    }
    case LayerKind::kActivation:
      return std::make_unique<ActivationLayer>(path + "activation", layer.function);
    case LayerKind::kSwiglu:
      if (width_ / 2 % description_.hardware.n != 0) {
        fail(fmt::format("swiglu gives {} features, expected a multiple of {}", width_ / 2,
                         description_.hardware.n));
      }
      width_ /= 2;
      return std::make_unique<Swiglu>(path + "swiglu");
    case LayerKind::kNorm:
      return std::make_unique<Norm>(context, path + "norm", layer.norm, width_);
    case LayerKind::kAttention: {
      if (data_.sequence == 1) fail("attention needs data in sequences");
      const unsigned n = description_.hardware.n;
      if (width_ % layer.heads != 0 || width_ / layer.heads % n != 0) {
        fail(fmt::format("{} features in {} heads, expected a multiple of {} in each", width_,
                         layer.heads, n));
      }
      if (data_.sequence % n != 0) {
        fail(fmt::format("sequences of {} tokens, expected a multiple of {}", data_.sequence, n));
      }
      return std::make_unique<Attention>(
          context, path + "attention", width_, layer.heads, data_.sequence, layer.has_bias, weights,
          layer.is_last_of_residual ? adds : weights, dropping(layer));
    }
    case LayerKind::kDropout:
      return std::make_unique<Dropout>(path + "dropout", dropping(layer));
    case LayerKind::kInteraction: {
      if (data_.tables.empty()) fail("an interaction needs data with tables of categories");
      if (interaction_ != nullptr || path != "0.") {
        fail("there is more than one interaction, or layers before it, expected it first");
      }
      std::vector<std::unique_ptr<Layer>> bottom = make_all(layer.layers, path);
      // They are carried out in the step before.
      if (has_dropout())
        fail("dropout among the bottom layers, expected it behind the interaction");
      const unsigned n = description_.hardware.n;
      if (width_ % n != 0) {
        fail(fmt::format("the bottom layers give {} features, expected a multiple of {}", width_,
                         n));
      }
      tables_.shapes = data_.tables;
      tables_.features = width_;
      tables_.is_adagrad = layer.is_adagrad;
      tables_.is_mean = layer.is_mean;
      const BagLists lists(tables_.shapes, chunks_, Interaction::vector_rows(tables_, n), n);
      // Rows of all slots, their gradients, and twice as many that are kept; of their state, which
      // has a column of tiles, thrice as much. A quarter of the memory is left for all others.
      const std::uint64_t words =
          std::uint64_t{lists.slots()} * (4 * tables_.features + (layer.is_adagrad ? 3 * n : 0));
      tables_.has_passes =
          layer.is_mean ||
          Interaction::list_entries(lists, chunks_) > description_.hardware.list_entries() ||
          4 * words > std::uint64_t{768} * description_.hardware.accumulator_kib;
      auto out = std::make_unique<Interaction>(context, path + "interaction", tables_, chunks_,
                                               std::move(bottom));
      if (out->list_entries() > description_.hardware.list_entries()) {
        fail(fmt::format(
            "lists of {} entries for a batch of {}, expected at most {}: a smaller "
            "batch",
            out->list_entries(), description_.batch, description_.hardware.list_entries()));
      }
      interaction_ = out.get();
      width_ += out->pairs();
      return out;
    }
    case LayerKind::kResidual: {
      const std::uint32_t before = width_;
      std::vector<std::unique_ptr<Layer>> inner = make_all(layer.layers, path);
      if (width_ != before) {
        fail(fmt::format("a residual gives {} features for {}, expected as many", width_, before));
      }
      return std::make_unique<Residual>(path + "residual", std::move(inner));
    }
  }
  throw std::logic_error("there is no such layer");
}

std::vector<Value> Model::emit_first(Step& step, const std::vector<Value>& inputs) {
  std::vector<Value> out;
  for (std::size_t c = 0; c < inputs.size(); ++c) {
    out.push_back(layers_.front()->forward(step, c, inputs[c]));
  }
  return out;
}

std::vector<Value> Model::emit(Step& step, const std::vector<Data>& chunks, std::size_t first) {
  std::vector<Value> outputs;
  std::vector<Value> gradients;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    Value value = chunks[c].input;
    for (std::size_t l = first; l < layers_.size(); ++l) {
      value = layers_[l]->forward(step, c, value);
    }
    outputs.push_back(value);
    gradients.push_back(loss_->emit(step, c, value, chunks[c].labels, rows()));
    if (step.trains()) step.show("loss gradient", Side::kBelow, gradients.back());
  }
  if (!step.trains()) return outputs;
  for (std::size_t l = layers_.size(); l-- > 0;) {
    for (std::size_t c = 0; c < chunks.size(); ++c) {
      gradients[c] = layers_[l]->backward(step, c, gradients[c], l > 0);
    }
    parameters_.update(step, first_parameters_[l]);
  }
  return outputs;
}

Value Model::emit_next(Step& step, Cache& cache, const Value& token) {
  Value value = token;
  for (const auto& layer : layers_) value = layer->next(step, cache, value);
  return value;
}

double Model::step_macs() const {
  double out = 0;
  for (std::size_t l = 0; l < layers_.size(); ++l) out += layers_[l]->macs(rows(), l > 0);
  return out;
}

}  // namespace gradcore::nn
