// SPDX-License-Identifier: Apache-2.0
// A whole network in binary64 from its description: loss and gradients of a mini-batch.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "sw/nn/model.h"
#include "tb/unit/nn/plain_dropout.h"

namespace gradcore::nn::plain {

class Network {
 public:
  // `chunks`: Model::chunks(), where rows are left out.
  Network(const Description& description, const DataShape& data,
          std::vector<std::uint32_t> chunks = {})
      : data_(data),
        chunks_(std::move(chunks)),
        seed_(description.seed),
        loss_(description.loss),
        width_(data.is_text ? 0 : data.inputs) {
    layers_ = make_all(description.layers);
    for (const auto& layer : layers_) layer->list(tensors_);
  }
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Like Model::parameters().
  const std::vector<Tensor*>& tensors() const { return tensors_; }

  // The mean loss. Of text `inputs` is a column of numbers.
  double loss(Rounding round, const Matrix& inputs, const std::vector<float>& labels) {
    return forward(round, inputs, labels).first;
  }
  // The same; leaves gradients in the tensors, and returns that of the inputs (not of text).
  std::pair<double, Matrix> gradients(Rounding round, const Matrix& inputs,
                                      const std::vector<float>& labels) {
    for (Tensor* t : tensors_) t->gradient = Matrix(t->value.rows, t->value.cols);
    auto [loss, gradient] = forward(round, inputs, labels);
    gradient = round(gradient);
    for (std::size_t l = layers_.size(); l-- > 0;) {
      gradient = layers_[l]->backward(round, gradient);
    }
    return {loss, gradient};
  }

 private:
  std::pair<double, Matrix> forward(Rounding& round, const Matrix& inputs,
                                    const std::vector<float>& labels) {
    for (Tensor* t : tensors_) t->operand = round(t->value);
    Matrix z = inputs;
    for (const auto& layer : layers_) z = layer->forward(round, z);
    double mean = 0;
    Matrix gradient(z.rows, z.cols);
    const auto rows = static_cast<double>(z.rows);
    for (std::size_t r = 0; r < z.rows; ++r) {
      if (loss_ == LossKind::kBinaryCrossEntropy) {
        const double y = double{labels[r]};
        const double level = 1 / (1 + std::exp(-z.at(r, 0)));
        mean -= (y * std::log(level) + (1 - y) * std::log(1 - level)) / rows;
        gradient.at(r, 0) = (level - y) / rows;
        continue;
      }
      const auto label = static_cast<std::size_t>(labels[r]);
      double sum = 0;
      for (std::size_t c = 0; c < z.cols; ++c) sum += std::exp(z.at(r, c) - z.at(r, label));
      mean += std::log(sum) / rows;
      for (std::size_t c = 0; c < z.cols; ++c) {
        const double part = std::exp(z.at(r, c) - z.at(r, label)) / sum;
        gradient.at(r, c) = (part - (c == label ? 1 : 0)) / rows;
      }
    }
    return {mean, gradient};
  }

  Layers make_all(const std::vector<LayerDescription>& layers) {
    Layers out;
    for (const LayerDescription& layer : layers) out.push_back(make(layer));
    return out;
  }

  std::unique_ptr<Layer> make(const LayerDescription& layer) {
    switch (layer.kind) {
      case LayerKind::kEmbedding: {
        width_ = layer.outputs;
        auto out = std::make_unique<PlainEmbedding>(data_.inputs, width_, data_.sequence,
                                                    layer.has_positions);
        tokens_ = out->tokens();
        return out;
      }
      case LayerKind::kLinear: {
        const std::size_t inputs = width_;
        width_ = layer.outputs > 0 ? layer.outputs : data_.classes;
        return std::make_unique<PlainLinear>(inputs, width_, layer.has_bias,
                                             layer.is_tied ? tokens_ : nullptr);
      }
      case LayerKind::kActivation:
        return std::make_unique<PlainActivation>(layer.function);
      case LayerKind::kSwiglu:
        width_ /= 2;
        return std::make_unique<PlainSwiglu>();
      case LayerKind::kNorm:
        return std::make_unique<PlainNorm>(layer.norm, width_);
      case LayerKind::kAttention:
        return std::make_unique<PlainAttention>(width_, layer.heads, data_.sequence, layer.has_bias,
                                                attention_mask(layer));
      case LayerKind::kResidual:
        return std::make_unique<PlainResidual>(make_all(layer.layers));
      case LayerKind::kDropout:
        return std::make_unique<PlainDropout>(mask(layer), chunks_);
      case LayerKind::kInteraction:
        break;  // interaction_test.cpp has its own
    }
    return nullptr;
  }

  Mask mask(const LayerDescription& layer) {
    return {layer.dropout, seed_, layer.dropout > 0 ? dropouts_++ : 0};
  }
  PlainAttention::Mask attention_mask(const LayerDescription& layer) {
    if (layer.dropout == 0) return nullptr;
    return [mask = mask(layer), cols = data_.sequence](auto part, auto row, auto col) {
      return mask.at(part, row, col, cols);
    };
  }

  DataShape data_;
  std::vector<std::uint32_t> chunks_;
  std::uint64_t seed_;
  std::uint32_t dropouts_ = 0;
  LossKind loss_;
  std::size_t width_;
  Tensor* tokens_ = nullptr;
  Layers layers_;
  std::vector<Tensor*> tensors_;
};

}  // namespace gradcore::nn::plain
