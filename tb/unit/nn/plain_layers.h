// SPDX-License-Identifier: Apache-2.0
// Every layer forward and backward, as mathematics has it, on a whole mini-batch. Rounding stands
// where a layer of the chip hands a matrix to the matrix unit or keeps it in operand memory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sw/nn/layer.h"
#include "tb/unit/nn/plain_matrix.h"

namespace gradcore::nn::plain {

struct Tensor {
  Matrix value, gradient;
  Matrix operand;  // what the matrix unit has of it, in this run
};

class Layer {
 public:
  virtual ~Layer() = default;
  virtual Matrix forward(Rounding& round, const Matrix& x) = 0;
  // Adds to the gradients of the parameters.
  virtual Matrix backward(Rounding& round, const Matrix& dy) = 0;
  virtual void list(std::vector<Tensor*>& /*to*/) {}
  // Whether it puts its input into operand memory as it is, before anybody else has used it.
  virtual bool takes_operand() const { return false; }
};
using Layers = std::vector<std::unique_ptr<Layer>>;

inline Matrix column_sums(const Matrix& a) {
  return filled(1, a.cols, [&](std::size_t /*r*/, std::size_t c) {
    double out = 0;
    for (std::size_t r = 0; r < a.rows; ++r) out += a.at(r, c);
    return out;
  });
}

class PlainLinear final : public Layer {
 public:
  PlainLinear(std::size_t inputs, std::size_t outputs, bool has_bias, Tensor* tied)
      : is_tied_(tied != nullptr), has_bias_(has_bias), tied_(tied) {
    if (!is_tied_) weights_.value = Matrix(inputs, outputs);
    if (has_bias) bias_.value = Matrix(1, outputs);
  }
  Matrix forward(Rounding& round, const Matrix& x) override {
    x_ = round(x);
    const Matrix w = is_tied_ ? turned(tied_->operand) : weights_.operand;
    Matrix y = product(x_, w);
    for (std::size_t i = 0; has_bias_ && i < y.data.size(); ++i) {
      y.data[i] += bias_.value.data[i % y.cols];
    }
    return y;
  }
  Matrix backward(Rounding& round, const Matrix& dy) override {
    if (has_bias_) add(bias_.gradient, column_sums(dy));
    const Matrix d = round(dy);
    if (is_tied_) {
      add(tied_->gradient, product(turned(d), x_));
      return product(d, tied_->operand);
    }
    add(weights_.gradient, product(turned(x_), d));
    return product(d, turned(weights_.operand));
  }
  void list(std::vector<Tensor*>& to) override {
    if (!is_tied_) to.push_back(&weights_);
    if (has_bias_) to.push_back(&bias_);
  }
  bool takes_operand() const override { return true; }

 private:
  bool is_tied_, has_bias_;
  Tensor weights_, bias_;
  Tensor* tied_;
  Matrix x_;
};

// f and its slope at x; of tanh the slope that follows from the rounded result.
class PlainActivation final : public Layer {
 public:
  explicit PlainActivation(Function function) : function_(function) {}
  Matrix forward(Rounding& round, const Matrix& x) override {
    Matrix y = x;
    y.is_operand = false;
    slope_ = y;
    for (std::size_t i = 0; i < y.data.size(); ++i) {
      std::tie(y.data[i], slope_.data[i]) = at(x.data[i]);
    }
    y = round(y);
    if (function_ == Function::kTanh) {
      for (std::size_t i = 0; i < y.data.size(); ++i) slope_.data[i] = 1 - y.data[i] * y.data[i];
    }
    if (function_ != Function::kRelu) slope_ = round(slope_);
    return y;
  }
  Matrix backward(Rounding& /*round*/, const Matrix& dy) override {
    return filled(dy.rows, dy.cols,
                  [&](std::size_t r, std::size_t c) { return dy.at(r, c) * slope_.at(r, c); });
  }

 private:
  std::pair<double, double> at(double x) const {
    switch (function_) {
      case Function::kRelu:
        return {x > 0 ? x : 0, x > 0 ? 1 : 0};
      case Function::kTanh:
        return {std::tanh(x), 1 - std::tanh(x) * std::tanh(x)};
      case Function::kSilu: {
        const double level = 1 / (1 + std::exp(-x));
        return {x * level, level + x * level * (1 - level)};
      }
      case Function::kGelu: {
        const double root = std::sqrt(2 / std::acos(-1.0));
        const double t = std::tanh(root * (x + 0.044715 * x * x * x));
        const double inner = root * (1 + 3 * 0.044715 * x * x);
        return {x * (1 + t) / 2, (1 + t) / 2 + x * (1 - t * t) * inner / 2};
      }
    }
    return {};
  }

  Function function_;
  Matrix slope_;
};

// Of rows of gates and, behind them, as many values: silu(gate) * value, and both slopes.
class PlainSwiglu final : public Layer {
 public:
  Matrix forward(Rounding& round, const Matrix& x) override {
    const std::size_t half = x.cols / 2;
    Matrix y(x.rows, half), by_gate(x.rows, half), by_value(x.rows, half);
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t c = 0; c < half; ++c) {
        const double gate = x.at(r, c);
        const double value = x.at(r, half + c);
        const double level = 1 / (1 + std::exp(-gate));
        y.at(r, c) = gate * level * value;
        by_gate.at(r, c) = (level + gate * level * (1 - level)) * value;
        by_value.at(r, c) = gate * level;
      }
    }
    by_gate_ = round(by_gate);
    by_value_ = round(by_value);
    return round(y);
  }
  Matrix backward(Rounding& /*round*/, const Matrix& dy) override {
    return filled(dy.rows, 2 * dy.cols, [&](std::size_t r, std::size_t c) {
      const std::size_t of = c % dy.cols;
      return dy.at(r, of) * (c < dy.cols ? by_gate_ : by_value_).at(r, of);
    });
  }

 private:
  Matrix by_gate_, by_value_;
};

class PlainNorm final : public Layer {
 public:
  PlainNorm(Norm::Kind kind, std::size_t features) : is_layer_(kind == Norm::Kind::kLayer) {
    gain_.value = shift_.value = Matrix(1, features);
  }
  Matrix forward(Rounding& round, const Matrix& x) override {
    inverse_.assign(x.rows, 0);
    Matrix normal(x.rows, x.cols);
    for (std::size_t r = 0; r < x.rows; ++r) {
      const double mean = is_layer_ ? mean_of(r, x.cols, [&](auto c) { return x.at(r, c); }) : 0;
      const double variance = mean_of(
          r, x.cols, [&](std::size_t c) { return (x.at(r, c) - mean) * (x.at(r, c) - mean); });
      inverse_[r] = 1 / std::sqrt(variance + 1e-5);
      for (std::size_t c = 0; c < x.cols; ++c) {
        normal.at(r, c) = (x.at(r, c) - mean) * inverse_[r];
      }
    }
    normal_ = round(normal);
    return filled(x.rows, x.cols, [&](std::size_t r, std::size_t c) {
      return normal_.at(r, c) * gain_.value.data[c] + (is_layer_ ? shift_.value.data[c] : 0);
    });
  }
  Matrix backward(Rounding& /*round*/, const Matrix& dy) override {
    Matrix weighted = dy, g = dy;
    for (std::size_t i = 0; i < dy.data.size(); ++i) {
      weighted.data[i] *= normal_.data[i];
      g.data[i] *= gain_.value.data[i % dy.cols];
    }
    add(gain_.gradient, column_sums(weighted));
    if (is_layer_) add(shift_.gradient, column_sums(dy));
    Matrix dx(dy.rows, dy.cols);
    for (std::size_t r = 0; r < dy.rows; ++r) {
      const double mean = is_layer_ ? mean_of(r, dy.cols, [&](auto c) { return g.at(r, c); }) : 0;
      const double share =
          mean_of(r, dy.cols, [&](std::size_t c) { return g.at(r, c) * normal_.at(r, c); });
      for (std::size_t c = 0; c < dy.cols; ++c) {
        dx.at(r, c) = (g.at(r, c) - mean - normal_.at(r, c) * share) * inverse_[r];
      }
    }
    return dx;
  }
  void list(std::vector<Tensor*>& to) override {
    to.push_back(&gain_);
    if (is_layer_) to.push_back(&shift_);
  }

 private:
  template <typename F>
  static double mean_of(std::size_t /*row*/, std::size_t cols, F f) {
    double out = 0;
    for (std::size_t c = 0; c < cols; ++c) out += f(c);
    return out / static_cast<double>(cols);
  }

  bool is_layer_;
  Tensor gain_, shift_;
  Matrix normal_;
  std::vector<double> inverse_;
};

// Of the weights of head h of sequence s some are left out by `mask`(heads s + h, row, column).
class PlainAttention final : public Layer {
 public:
  using Mask = std::function<double(std::size_t part, std::size_t row, std::size_t col)>;
  PlainAttention(std::size_t features, std::size_t heads, std::size_t sequence, bool has_bias,
                 Mask mask)
      : mask_(std::move(mask)),
        features_(features),
        heads_(heads),
        sequence_(sequence),
        in_(features, 3 * features, has_bias, nullptr),
        out_(features, features, has_bias, nullptr) {}
  Matrix forward(Rounding& round, const Matrix& x) override {
    projected_ = round(in_.forward(round, x));
    weights_.clear();
    kept_.clear();
    Matrix mixed(x.rows, features_);
    for_each_head(x.rows, [&](std::size_t first, std::size_t head) {
      const Matrix scores =
          product(part(projected_, first, head), turned(part(projected_, first, features_ + head)));
      Matrix p(sequence_, sequence_);
      for (std::size_t r = 0; r < sequence_; ++r) {
        double sum = 0;  // of what is not in the future
        for (std::size_t c = 0; c <= r; ++c) {
          sum += p.at(r, c) = std::exp(scale() * (scores.at(r, c) - scores.at(r, 0)));
        }
        for (std::size_t c = 0; c <= r; ++c) p.at(r, c) /= sum;
      }
      const std::size_t number = weights_.size();
      weights_.push_back(round(p));
      kept_.push_back(mask_ == nullptr ? weights_.back()
                                       : round(filled(sequence_, sequence_, [&](auto r, auto c) {
                                           return weights_.back().at(r, c) * mask_(number, r, c);
                                         })));
      put(mixed, first, head, product(kept_.back(), part(projected_, first, 2 * features_ + head)));
    });
    return out_.forward(round, mixed);
  }
  Matrix backward(Rounding& round, const Matrix& dy) override {
    const Matrix d_mixed = round(out_.backward(round, dy));
    Matrix d_projected(dy.rows, 3 * features_);
    std::size_t next = 0;
    for_each_head(dy.rows, [&](std::size_t first, std::size_t head) {
      const Matrix& p = weights_[next];
      const Matrix& kept = kept_[next++];
      const Matrix d_head = part(d_mixed, first, head);
      put(d_projected, first, 2 * features_ + head, product(turned(kept), d_head));
      const Matrix dp = product(d_head, turned(part(projected_, first, 2 * features_ + head)));
      Matrix ds(sequence_, sequence_);
      for (std::size_t r = 0; r < sequence_; ++r) {
        double sum = 0;
        for (std::size_t c = 0; c < sequence_; ++c) sum += kept.at(r, c) * dp.at(r, c);
        for (std::size_t c = 0; c < sequence_; ++c) {
          ds.at(r, c) = scale() * (kept.at(r, c) * dp.at(r, c) - p.at(r, c) * sum);
        }
      }
      ds = round(ds);
      put(d_projected, first, head, product(ds, part(projected_, first, features_ + head)));
      put(d_projected, first, features_ + head, product(turned(ds), part(projected_, first, head)));
    });
    return in_.backward(round, d_projected);
  }
  void list(std::vector<Tensor*>& to) override {
    in_.list(to);
    out_.list(to);
  }
  bool takes_operand() const override { return true; }

 private:
  std::size_t width() const { return features_ / heads_; }
  double scale() const { return 1 / std::sqrt(static_cast<double>(width())); }
  // f(first row, first column) of every head of every sequence.
  template <typename F>
  void for_each_head(std::size_t rows, F f) const {
    for (std::size_t first = 0; first < rows; first += sequence_) {
      for (std::size_t h = 0; h < heads_; ++h) f(first, h * width());
    }
  }
  Matrix part(const Matrix& of, std::size_t row, std::size_t col) const {
    return filled(sequence_, width(),
                  [&](std::size_t r, std::size_t c) { return of.at(row + r, col + c); });
  }
  void put(Matrix& to, std::size_t row, std::size_t col, const Matrix& what) const {
    for (std::size_t r = 0; r < sequence_; ++r) {
      for (std::size_t c = 0; c < width(); ++c) to.at(row + r, col + c) = what.at(r, c);
    }
  }

  Mask mask_;
  std::size_t features_, heads_, sequence_;
  PlainLinear in_, out_;
  Matrix projected_;
  std::vector<Matrix> weights_, kept_;
};

// Takes the numbers of tokens as a column.
class PlainEmbedding final : public Layer {
 public:
  PlainEmbedding(std::size_t vocabulary, std::size_t features, std::size_t sequence,
                 bool has_positions)
      : sequence_(sequence), has_positions_(has_positions) {
    tokens_.value = Matrix(vocabulary, features);
    if (has_positions) positions_.value = Matrix(sequence, features);
  }
  Matrix forward(Rounding& /*round*/, const Matrix& x) override {
    numbers_ = x;
    return filled(x.rows, tokens_.value.cols, [&](std::size_t r, std::size_t c) {
      return tokens_.operand.at(static_cast<std::size_t>(x.at(r, 0)), c) +
             (has_positions_ ? positions_.value.at(r % sequence_, c) : 0);
    });
  }
  Matrix backward(Rounding& round, const Matrix& dy) override {
    const Matrix d = round(dy);
    for (std::size_t r = 0; r < dy.rows; ++r) {
      for (std::size_t c = 0; c < dy.cols; ++c) {
        tokens_.gradient.at(static_cast<std::size_t>(numbers_.at(r, 0)), c) += d.at(r, c);
        if (has_positions_) positions_.gradient.at(r % sequence_, c) += dy.at(r, c);
      }
    }
    return {};
  }
  void list(std::vector<Tensor*>& to) override {
    to.push_back(&tokens_);
    if (has_positions_) to.push_back(&positions_);
  }
  Tensor* tokens() { return &tokens_; }

 private:
  std::size_t sequence_;
  bool has_positions_;
  Tensor tokens_, positions_;
  Matrix numbers_;
};

class PlainResidual final : public Layer {
 public:
  explicit PlainResidual(Layers layers) : layers_(std::move(layers)) {}
  Matrix forward(Rounding& round, const Matrix& x) override {
    // Where the matrix unit takes the input itself, its copy is what there is of it.
    const Matrix kept = layers_.front()->takes_operand() ? round(x) : x;
    Matrix inner = kept;
    for (const auto& layer : layers_) inner = layer->forward(round, inner);
    return sum(kept, inner);
  }
  Matrix backward(Rounding& round, const Matrix& dy) override {
    Matrix inner = dy;
    for (std::size_t l = layers_.size(); l-- > 0;) inner = layers_[l]->backward(round, inner);
    return sum(dy, inner);
  }
  void list(std::vector<Tensor*>& to) override {
    for (const auto& layer : layers_) layer->list(to);
  }

 private:
  Layers layers_;
};

}  // namespace gradcore::nn::plain
