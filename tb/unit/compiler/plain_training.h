// SPDX-License-Identifier: Apache-2.0
// A training step as mathematics has it, on matrices in the host's memory, in the chip's
// arithmetic: what programs of the compiler are held against, bit by bit.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "sw/compiler/network.h"
#include "sw/compiler/places.h"
#include "sw/compiler/update.h"
#include "sw/model/gemm.h"
#include "sw/model/vector.h"

namespace gradcore::compiler {

using Bits = std::uint32_t;
inline Bits bits(float x) { return std::bit_cast<Bits>(x); }
inline float value(Bits x) { return std::bit_cast<float>(x); }

struct Matrix {
  Matrix() = default;
  Matrix(std::size_t height, std::size_t width) : rows(height), cols(width), data(height * width) {}
  Bits& at(std::size_t r, std::size_t c) { return data[r * cols + c]; }
  Bits at(std::size_t r, std::size_t c) const { return data[r * cols + c]; }
  std::size_t rows = 0, cols = 0;
  std::vector<Bits> data;
};

// function(row, column) for every element.
template <typename Function>
Matrix filled(std::size_t rows, std::size_t cols, Function function) {
  Matrix out(rows, cols);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) out.at(r, c) = function(r, c);
  }
  return out;
}

class PlainTraining {
 public:
  struct Layer {
    Matrix weights, bias;  // the bias is a row
    Matrix weight_state[2], bias_state[2];
    Matrix output;  // rounded to bfloat16; of the last layer the logits
  };

  // Biases and state 0.
  PlainTraining(const Network& network, const std::vector<std::vector<float>>& start)
      : network_(network) {
    std::size_t inputs = network.inputs;
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
      const std::size_t outputs = network.layers[l].outputs;
      Layer layer;
      layer.weights = filled(inputs, outputs, [&](std::size_t r, std::size_t c) {
        return bits(start[l][r * outputs + c]);
      });
      layer.bias = Matrix(1, outputs);
      for (unsigned s = 0; s < 2; ++s) {
        layer.weight_state[s] = Matrix(inputs, outputs);
        layer.bias_state[s] = Matrix(1, outputs);
      }
      layers.push_back(layer);
      inputs = outputs;
    }
  }

  // The loss; inputs are rounded to bfloat16, labels are classes.
  float step(const Matrix& inputs, std::span<const std::uint8_t> labels, std::uint64_t number,
             std::uint64_t steps) {
    const std::size_t batch = labels.size();
    forward(inputs);
    Matrix gradient(batch, layers.back().output.cols);
    const float loss = softmax(labels, gradient);
    std::vector<Matrix> weight_gradients;
    std::vector<Matrix> bias_gradients;
    for (std::size_t l = layers.size(); l-- > 0;) {
      Layer& layer = layers[l];
      const Matrix& x = l == 0 ? inputs : layers[l - 1].output;
      const Matrix rounded = round(gradient);
      const Matrix dw = product(transpose(round(x)), rounded);
      // The last layer's bias sums what is rounded, the others what is not.
      const Matrix db = column_sums(l + 1 == layers.size() ? rounded : gradient);
      if (l > 0) gradient = below(l, product(rounded, transpose(round(layer.weights))));
      weight_gradients.insert(weight_gradients.begin(), dw);
      bias_gradients.insert(bias_gradients.begin(), db);
    }
    if (network_.optimizer.is_guarded() && !guard(weight_gradients, bias_gradients)) {
      ++skipped;
      return loss;
    }
    for (std::size_t l = 0; l < layers.size(); ++l) {
      Layer& layer = layers[l];
      update(layer.weights, layer.weight_state, weight_gradients[l], number, steps);
      update(layer.bias, layer.bias_state, bias_gradients[l], number, steps);
    }
    return loss;
  }

  void forward(const Matrix& inputs) {
    Matrix x = inputs;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      Layer& layer = layers[l];
      const Matrix y = product(round(x), round(layer.weights));
      layer.output = filled(y.rows, y.cols, [&](std::size_t r, std::size_t c) {
        const Bits z = model::fp32_add(y.at(r, c), layer.bias.at(0, c));
        switch (network_.layers[l].activation) {
          case Activation::kRelu:
            return model::apply(isa::Apply::kRelu, z);
          case Activation::kTanh:
            return model::apply(isa::Apply::kTanh, z);
          default:
            return z;
        }
      });
      if (l + 1 < layers.size()) layer.output = round(layer.output);
      x = layer.output;
    }
  }

  std::vector<Layer> layers;
  std::uint64_t skipped = 0;

 private:
  static Bits mul(Bits a, Bits b) { return model::fp32_mul(a, b); }
  static Bits add(Bits a, Bits b) { return model::fp32_add(a, b); }
  static Bits sub(Bits a, Bits b) { return add(a, model::fp32_negate(b)); }

  static Matrix round(const Matrix& m) {
    return filled(m.rows, m.cols, [&](std::size_t r, std::size_t c) {
      return model::bf16_to_fp32(model::fp32_to_bf16_rne(m.at(r, c)));
    });
  }
  static Matrix transpose(const Matrix& m) {
    return filled(m.cols, m.rows, [&](std::size_t r, std::size_t c) { return m.at(c, r); });
  }
  Matrix product(const Matrix& x, const Matrix& w) const {
    const auto halves = [](const Matrix& m) {
      std::vector<std::uint16_t> out;
      for (const Bits b : m.data) out.push_back(static_cast<std::uint16_t>(b >> 16));
      return out;
    };
    const auto a = halves(x);
    const auto b = halves(w);
    Matrix y(x.rows, w.cols);
    model::gemm({network_.hardware.n, network_.hardware.f}, {x.rows, x.cols, w.cols}, {a, x.cols},
                {b, w.cols}, {y.data, y.cols}, false);
    return y;
  }

  // Tiles of N as trees, tiles in order.
  Bits sum(const std::vector<Bits>& values) const {
    const std::size_t n = network_.hardware.n;
    Bits total = 0;
    for (std::size_t first = 0; first < values.size(); first += n) {
      std::vector<Bits> line(n, model::kFp32Sign);
      for (std::size_t i = 0; i < n && first + i < values.size(); ++i) line[i] = values[first + i];
      for (std::size_t half = n / 2; half > 0; half /= 2) {
        for (std::size_t i = 0; i < half; ++i) line[i] = add(line[i], line[i + half]);
      }
      total = first == 0 ? line[0] : add(total, line[0]);
    }
    return total;
  }
  // Of either half of the batch (the first has a tile more where they are odd), then of both.
  Matrix column_sums(const Matrix& m) const {
    const std::size_t n = network_.hardware.n;
    const std::size_t tiles = (m.rows + n - 1) / n;
    const std::size_t split = tiles < 2 ? m.rows : (tiles + 1) / 2 * n;
    return filled(1, m.cols, [&](std::size_t, std::size_t c) {
      std::vector<Bits> parts[2];
      for (std::size_t r = 0; r < m.rows; ++r) parts[r < split ? 0 : 1].push_back(m.at(r, c));
      return parts[1].empty() ? sum(parts[0]) : add(sum(parts[0]), sum(parts[1]));
    });
  }

  float softmax(std::span<const std::uint8_t> labels, Matrix& gradient) const {
    const Matrix& z = layers.back().output;
    const auto batch = static_cast<float>(labels.size());
    const Bits hot = bits(1.0f / batch);
    std::vector<Bits> losses;
    for (std::size_t r = 0; r < z.rows; ++r) {
      Bits largest = z.at(r, 0);
      for (std::size_t c = 1; c < z.cols; ++c) largest = model::fp32_max(largest, z.at(r, c));
      std::vector<Bits> e;
      std::vector<Bits> picked;
      for (std::size_t c = 0; c < z.cols; ++c) {
        e.push_back(model::fp32_exp(sub(z.at(r, c), largest)));
        picked.push_back(mul(z.at(r, c), labels[r] == c ? hot : 0));
      }
      const Bits s = sum(e);
      const Bits scale = model::fp32_reciprocal(mul(s, bits(batch)));
      for (std::size_t c = 0; c < z.cols; ++c) {
        gradient.at(r, c) = sub(mul(e[c], scale), labels[r] == c ? hot : 0);
      }
      losses.push_back(sub(mul(add(model::fp32_log(s), largest), hot), sum(picked)));
    }
    return value(sum(losses));
  }

  // The gradient before the activation of layer l - 1, from that of its output.
  Matrix below(std::size_t l, const Matrix& dx) const {
    const Matrix& a = layers[l - 1].output;
    return filled(dx.rows, dx.cols, [&](std::size_t r, std::size_t c) {
      switch (network_.layers[l - 1].activation) {
        case Activation::kRelu:
          return model::fp32_compare(a.at(r, c), 0) > 0 ? dx.at(r, c) : 0;
        case Activation::kTanh:
          return mul(dx.at(r, c), sub(bits(1), mul(a.at(r, c), a.at(r, c))));
        default:
          return dx.at(r, c);
      }
    });
  }

  // Squares of the biases in their order, then of the weights, the last layer first, by blocks of
  // columns: of each row, then row by row over all of these, then of all rows.
  bool guard(std::vector<Matrix>& weights, std::vector<Matrix>& biases) const {
    const Places places(network_, static_cast<unsigned>(tables_of(network_).size()));
    std::vector<Bits> sums;
    const auto squares = [&](const Matrix& m, std::size_t first, std::size_t width) {
      for (std::size_t r = 0; r < m.rows; ++r) {
        std::vector<Bits> line;
        for (std::size_t c = first; c < std::min(first + width, m.cols); ++c) {
          line.push_back(mul(m.at(r, c), m.at(r, c)));
        }
        if (r < sums.size()) {
          sums[r] = add(sums[r], sum(line));
        } else {
          sums.push_back(sum(line));
        }
      }
    };
    for (const Matrix& m : biases) squares(m, 0, m.cols);
    for (std::size_t l = weights.size(); l-- > 0;) {
      for (std::size_t c = 0; c < weights[l].cols; c += places.layers[l].block) {
        squares(weights[l], c, places.layers[l].block);
      }
    }
    const Bits total = sum(sums);
    const Optimizer& o = network_.optimizer;
    if (o.clip_norm > 0) {
      const Bits scale = model::fp32_min(mul(model::fp32_rsqrt(total), bits(o.clip_norm)), bits(1));
      for (std::vector<Matrix>* all : {&weights, &biases}) {
        for (Matrix& m : *all) {
          for (Bits& x : m.data) x = mul(x, scale);
        }
      }
    }
    return !o.skip_nonfinite || (total & model::kFp32Infinity) != model::kFp32Infinity;
  }

  void update(Matrix& w, Matrix (&state)[2], const Matrix& g, std::uint64_t number,
              std::uint64_t steps) const {
    const Optimizer& o = network_.optimizer;
    const auto table = [&](Table t) { return bits(table_value(network_, t, number, steps)); };
    for (std::size_t i = 0; i < w.data.size(); ++i) {
      Bits& first = state[0].data[i];
      Bits& second = state[1].data[i];
      if (o.method == Method::kSgd) {
        first = add(mul(first, bits(o.momentum)), g.data[i]);
        w.data[i] = sub(w.data[i], mul(first, table(Table::kRate)));
        continue;
      }
      first = add(mul(first, bits(o.beta1)), g.data[i]);
      second = add(mul(second, bits(o.beta2)), mul(g.data[i], g.data[i]));
      const Bits inverse = model::fp32_rsqrt(add(second, bits(0x1p-100f)));
      const Bits root = model::fp32_reciprocal(add(mul(second, inverse), table(Table::kEpsilon)));
      if (o.weight_decay > 0) w.data[i] = mul(w.data[i], table(Table::kKeep));
      w.data[i] = sub(w.data[i], mul(mul(first, root), table(Table::kMoment)));
    }
  }

  Network network_;
};

}  // namespace gradcore::compiler
