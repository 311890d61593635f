// SPDX-License-Identifier: Apache-2.0
// What flows between layers, shown while a step is written down: sw/nn/dump.h has the chip write it
// to DRAM.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sw/nn/layer.h"

namespace gradcore::nn {

enum class LayerKind : std::uint8_t;

// Where a part of a matrix lies beside those that were shown before under the same name.
enum class Side : std::uint8_t {
  kBelow,   // rows of another chunk
  kBeside,  // columns of another block
};

class Watcher {
 public:
  virtual ~Watcher() = default;
  // May write instructions into the step, but must leave the value as it is.
  virtual void show(Step& step, const std::string& name, Side side, const Value& value) = 0;
};

// A layer whose results in both directions are shown: "<name> output", and "<name> gradient", that
// of its input.
class Watched final : public Layer {
 public:
  // `path` is that of the layer in the network, "1.0." the first one of the second layer.
  Watched(const std::string& path, LayerKind kind, std::unique_ptr<Layer> layer);
  Value forward(Step& step, std::size_t chunk, const Value& input) override;
  Value backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) override;
  Value next(Step& step, Cache& cache, const Value& input) override {
    return layer_->next(step, cache, input);
  }
  double macs(std::uint32_t rows, bool wants_input) const override {
    return layer_->macs(rows, wants_input);
  }

 private:
  std::string name_;
  std::unique_ptr<Layer> layer_;
};

}  // namespace gradcore::nn
