// SPDX-License-Identifier: Apache-2.0
#include "sw/train/mlp.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "sw/device/schedule.h"
#include "sw/train/digest.h"
#include "sw/train/elementwise.h"
#include "sw/train/random.h"

namespace gradcore::train {
namespace {

using device::GemmCommand;
using device::LocalMatrix;
using device::Memory;

// The command for y = op(x) op(w), in the orientation with fewer cycles.
GemmCommand product(const LocalMatrix& x, bool trans_x, const LocalMatrix& w, bool trans_w,
                    const LocalMatrix& y, unsigned n) {
  GemmCommand command;
  command.m = y.rows;
  command.k = trans_x ? x.rows : x.cols;
  command.n = y.cols;
  command.trans_x = trans_x;
  command.trans_w = trans_w;
  command.x = x.ref;
  command.w = w.ref;
  command.y = y.ref;
  return oriented(command, device::best_orientation({command.m, command.k, command.n, 1}, n));
}

}  // namespace

Mlp::Mlp(device::Device& device, std::vector<std::uint32_t> widths, std::uint32_t max_batch,
         std::uint64_t seed)
    : device_(device), max_batch_(max_batch) {
  if (widths.size() < 2 || std::count(widths.begin(), widths.end(), 0u) != 0 || max_batch == 0) {
    throw std::invalid_argument("a network needs an input, an output and a batch, none of size 0");
  }
  device::LocalAllocator memory(device.hardware());
  for (std::uint32_t i = 0; i + 1 < widths.size(); ++i) {
    Layer layer;
    layer.inputs = widths[i];
    layer.outputs = widths[i + 1];
    layer.x = memory.allocate(Memory::kOperand, max_batch, layer.inputs);
    layer.w = memory.allocate(Memory::kOperand, layer.inputs, layer.outputs);
    layer.dy = memory.allocate(Memory::kOperand, max_batch, layer.outputs);
    layer.y = memory.allocate(Memory::kAccumulator, max_batch, layer.outputs);
    layer.dw = memory.allocate(Memory::kAccumulator, layer.inputs, layer.outputs);
    if (i > 0) layer.dx = memory.allocate(Memory::kAccumulator, max_batch, layer.inputs);

    const std::size_t size = std::size_t{layer.inputs} * layer.outputs;
    // He et al., Delving deep into rectifiers, 2015. IEEE fixes the bits of the square root.
    const float limit = std::sqrt(6.0f / static_cast<float>(layer.inputs));
    layer.weights.resize(size);
    for (std::size_t j = 0; j < size; ++j) {
      layer.weights[j] = random_uniform(random_bits(seed, i, j), limit);
    }
    layer.weight_velocity.assign(size, 0.0f);
    layer.bias.assign(layer.outputs, 0.0f);
    layer.bias_velocity.assign(layer.outputs, 0.0f);
    layers_.push_back(std::move(layer));
  }
}

std::span<const float> Mlp::forward(std::span<const float> inputs) {
  const std::size_t samples = inputs.size() / layers_.front().inputs;
  if (samples == 0 || samples > max_batch_ || samples * layers_.front().inputs != inputs.size()) {
    throw std::invalid_argument("the inputs are not 1 to max_batch whole samples");
  }
  if (!weights_are_uploaded_) {
    for (const Layer& layer : layers_) upload(layer.w, layer.weights);
    weights_are_uploaded_ = true;
  }
  const auto rows = static_cast<std::uint32_t>(samples);
  std::span<const float> x = inputs;
  for (std::uint32_t i = 0; i < layers_.size(); ++i) {
    Layer& layer = layers_[i];
    const LocalMatrix place = layer.x.first_rows(rows), y = layer.y.first_rows(rows);
    upload(place, x);
    const GemmCommand command = product(place, false, layer.w, false, y, device_.hardware().n);
    run(std::span(&command, 1));
    layer.output = download(y, i, Pass::kForward);
    add_bias(layer.output, layer.bias);
    if (i + 1 < layers_.size()) relu(layer.output);
    x = layer.output;
  }
  return logits();
}

float Mlp::step(std::span<const float> inputs, std::span<const std::uint8_t> labels, float rate,
                float momentum) {
  forward(inputs);
  const auto rows = static_cast<std::uint32_t>(labels.size());
  std::vector<float> dy(logits().size());
  const float loss = softmax_cross_entropy(logits(), labels, layers_.back().outputs, dy);

  for (auto i = static_cast<std::uint32_t>(layers_.size()); i-- > 0;) {
    Layer& layer = layers_[i];
    const LocalMatrix x = layer.x.first_rows(rows), gradient = layer.dy.first_rows(rows);
    const unsigned n = device_.hardware().n;
    upload(gradient, dy);
    std::vector<GemmCommand> commands;
    if (i > 0) {
      commands.push_back(product(gradient, false, layer.w, true, layer.dx.first_rows(rows), n));
    }
    commands.push_back(product(x, true, gradient, false, layer.dw, n));
    run(commands);

    std::vector<float> bias_gradient(layer.outputs);
    column_sum(dy, bias_gradient);
    if (i > 0) {
      dy = download(layer.dx.first_rows(rows), i, Pass::kGradX);
      relu_gradient(dy, layers_[i - 1].output);
    }
    const std::vector<float> weight_gradient = download(layer.dw, i, Pass::kGradW);
    momentum_sgd(layer.weights, layer.weight_velocity, weight_gradient, rate, momentum);
    momentum_sgd(layer.bias, layer.bias_velocity, bias_gradient, rate, momentum);
  }
  weights_are_uploaded_ = false;
  return loss;
}

std::uint64_t Mlp::digest() const {
  Digest digest;
  for (const Layer& layer : layers_) {
    for (const auto* values :
         {&layer.weights, &layer.bias, &layer.weight_velocity, &layer.bias_velocity}) {
      digest.add(std::span<const float>(*values));
    }
  }
  return digest.value();
}

std::vector<ProductRecord> Mlp::take_products() { return std::exchange(products_, {}); }

void Mlp::upload(const LocalMatrix& to, std::span<const float> values) {
  bits_.resize(values.size());
  std::transform(values.begin(), values.end(), bits_.begin(),
                 [](float v) { return std::bit_cast<std::uint32_t>(v); });
  device::upload(device_, to, bits_);
}

std::vector<float> Mlp::download(const LocalMatrix& from, std::uint32_t layer, Pass pass) {
  bits_.resize(std::size_t{from.rows} * from.cols);
  device::download(device_, from, bits_);
  Digest digest;
  digest.add(std::span<const std::uint32_t>(bits_));
  products_.push_back({layer, pass, digest.value()});
  std::vector<float> values(bits_.size());
  std::transform(bits_.begin(), bits_.end(), values.begin(),
                 [](std::uint32_t v) { return std::bit_cast<float>(v); });
  return values;
}

void Mlp::run(std::span<const GemmCommand> commands) {
  report_ += device::run_commands(device_, commands);
  for (const GemmCommand& c : commands) macs_ += device::macs({c.m, c.k, c.n, c.batch});
}

}  // namespace gradcore::train
