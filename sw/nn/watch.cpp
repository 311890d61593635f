// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/watch.h"

#include "sw/nn/description.h"

namespace gradcore::nn {
namespace {

const char* name_of(LayerKind kind) {
  switch (kind) {
    case LayerKind::kEmbedding:
      return "embedding";
    case LayerKind::kLinear:
      return "linear";
    case LayerKind::kActivation:
      return "activation";
    case LayerKind::kNorm:
      return "norm";
    case LayerKind::kAttention:
      return "attention";
    case LayerKind::kResidual:
      return "residual";
    case LayerKind::kInteraction:
      return "interaction";
    case LayerKind::kSwiglu:
      return "swiglu";
    case LayerKind::kDropout:
      return "dropout";
  }
  return "layer";
}

}  // namespace

Watched::Watched(const std::string& path, LayerKind kind, std::unique_ptr<Layer> layer)
    : name_(path + name_of(kind)), layer_(std::move(layer)) {}

Value Watched::forward(Step& step, std::size_t chunk, const Value& input) {
  Value out = layer_->forward(step, chunk, input);
  step.show(name_ + " output", Side::kBelow, out);
  return out;
}

Value Watched::backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) {
  Value out = layer_->backward(step, chunk, gradient, wants_input);
  if (out) step.show(name_ + " gradient", Side::kBelow, out);
  return out;
}

}  // namespace gradcore::nn
