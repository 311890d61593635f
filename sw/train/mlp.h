// SPDX-License-Identifier: Apache-2.0
// A multi-layer perceptron whose matrix products run on a device.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sw/device/device.h"
#include "sw/device/local_memory.h"
#include "sw/device/matmul.h"

namespace gradcore::train {

enum class Pass : std::uint8_t { kForward, kGradX, kGradW };

// The fingerprint of the result of one matrix product, to find the first one that differs.
struct ProductRecord {
  std::uint32_t layer = 0;  // from 0
  Pass pass = Pass::kForward;
  std::uint64_t digest = 0;
  bool operator==(const ProductRecord&) const = default;
};

// ReLU between the layers, none after the last. Weights, biases and their velocities are binary32
// on the host; the device rounds what it multiplies to bfloat16 and sums in binary32. Every
// operand is in local memory once, as the forward pass left it: backward products read it through
// transpose flags. With Y = X W + b for each layer and dY the gradient of its output:
//   forward  X W        dX = dY W^T (not for the first layer)        dW = X^T dY
class Mlp {
 public:
  // Layer i is widths[i] x widths[i + 1]; steps and predictions take at most max_batch samples.
  // Weights are uniform with variance 2 / widths[i], from the seed; biases zero. The device must
  // outlive this object. Throws device::AllocationError when it does not fit into local memory.
  Mlp(device::Device& device, std::vector<std::uint32_t> widths, std::uint32_t max_batch,
      std::uint64_t seed);

  // Logits of samples x widths.front() inputs; valid until the next call.
  std::span<const float> forward(std::span<const float> inputs);
  // One step of stochastic gradient descent with momentum; returns the mean loss before it. The
  // logits stay those of forward().
  float step(std::span<const float> inputs, std::span<const std::uint8_t> labels, float rate,
             float momentum);
  std::span<const float> logits() const { return layers_.back().output; }

  std::uint32_t max_batch() const { return max_batch_; }
  // Fingerprint of all weights, biases and velocities.
  std::uint64_t digest() const;
  // Of all products since the last call.
  std::vector<ProductRecord> take_products();
  // Multiply-accumulates and cost of all products since construction.
  std::uint64_t macs() const { return macs_; }
  const device::MatmulReport& report() const { return report_; }

 private:
  struct Layer {
    std::uint32_t inputs = 0, outputs = 0;
    std::vector<float> weights, bias, weight_velocity, bias_velocity;
    std::vector<float> output;      // of the last forward pass, after ReLU
    device::LocalMatrix x, w, dy;   // operand memory
    device::LocalMatrix y, dx, dw;  // accumulator memory
  };

  void upload(const device::LocalMatrix& to, std::span<const float> values);
  std::vector<float> download(const device::LocalMatrix& from, std::uint32_t layer, Pass pass);
  void run(std::span<const device::GemmCommand> commands);

  device::Device& device_;
  std::uint32_t max_batch_;
  std::vector<Layer> layers_;
  bool weights_are_uploaded_ = false;
  std::vector<ProductRecord> products_;
  std::vector<std::uint32_t> bits_;  // on the way to or from the device
  std::uint64_t macs_ = 0;
  device::MatmulReport report_;
};

}  // namespace gradcore::train
