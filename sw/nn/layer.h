// SPDX-License-Identifier: Apache-2.0
// A layer writes its instructions into a step: forward, and after all layers' forward backward, in
// the opposite order. A mini-batch comes in chunks, groups of its rows that take up less room one
// after the other; what has to do with neighbours needs them to be whole sequences. A layer keeps
// what backward needs of each chunk.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sw/nn/cache.h"
#include "sw/nn/parameters.h"
#include "sw/nn/step.h"
#include "sw/nn/value.h"

namespace gradcore::nn {

class Layer {
 public:
  virtual ~Layer() = default;

  // Both are called once in a step for each chunk of the mini-batch, chunks in ascending order.
  virtual Value forward(Step& step, std::size_t chunk, const Value& input) = 0;
  // Of the loss: from the gradient of the result that of the input, and contributions to the
  // gradients of the parameters. Without `wants_input` the result is empty.
  virtual Value backward(Step& step, std::size_t chunk, const Value& gradient,
                         bool wants_input) = 0;
  // Of a single row, the next one of a sequence; `cache` has what is kept of those before it.
  virtual Value next(Step& step, Cache& /*cache*/, const Value& input) {
    return forward(step, 0, input);
  }

  // Multiply-accumulates of useful work in a training step for so many rows: forward, and backward
  // with or without a gradient of the input.
  virtual double macs(std::uint32_t /*rows*/, bool /*wants_input*/) const { return 0; }
};

// Of each chunk what a layer keeps; a step begins with chunk 0.
template <typename T>
class Kept {
 public:
  void put(std::size_t chunk, const T& value) {
    if (chunk == 0) values_.clear();
    values_.push_back(value);
  }
  const T& operator[](std::size_t chunk) const { return values_.at(chunk); }

 private:
  std::vector<T> values_;
};

// Numbers that never change, in local memory from the start.
struct Constant {
  View view;
  std::vector<float> values;  // row by row; bfloat16 must hold those in operand memory
};

// What layers are made with.
struct Context {
  Matrices& matrices;  // those that programs share
  Parameters& parameters;
  std::vector<Constant>& constants;
};

// Y = X W + bias.
class Linear final : public Layer {
 public:
  // With `tied` the weights are the transpose of another layer's, outputs x inputs.
  Linear(Context context, const std::string& name, std::uint32_t inputs, std::uint32_t outputs,
         bool has_bias, const Start& start, Parameter* tied = nullptr);
  Value forward(Step& step, std::size_t chunk, const Value& input) override;
  Value backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) override;
  double macs(std::uint32_t rows, bool wants_input) const override;

 private:
  void weight_gradient(Step& step, const View& input, const View& gradient);

  Parameters& parameters_;
  std::string name_;
  std::uint32_t inputs_, outputs_;
  bool is_tied_;
  Parameter* weights_;
  Parameter* bias_ = nullptr;
  Kept<View> inputs_kept_;
};

enum class Function : std::uint8_t { kRelu, kTanh, kGelu, kSilu };

// GELU is Hendrycks' and Gimpel's form with tanh (Gaussian error linear units, 2016).
class ActivationLayer final : public Layer {
 public:
  ActivationLayer(const std::string& name, Function function) : name_(name), function_(function) {}
  Value forward(Step& step, std::size_t chunk, const Value& input) override;
  Value backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) override;

 private:
  void simple(Step& step, const Value& piece, const View& y, const std::optional<View>& slope);

  std::string name_;
  Function function_;
  Kept<View> kept_;  // what backward multiplies with (ReLU: compares)
};

// silu(gate) * value of rows whose first half is the gate, the other half the value: between two
// linear layers the feed-forward layer of Llama (Shazeer, GLU variants improve transformer, 2020).
// A half is as wide as a multiple of the array's size.
class Swiglu final : public Layer {
 public:
  explicit Swiglu(const std::string& name) : name_(name) {}
  Value forward(Step& step, std::size_t chunk, const Value& input) override;
  Value backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) override;

 private:
  struct Slopes {
    View gate, value;  // what backward multiplies with, for either half
  };
  std::string name_;
  Kept<Slopes> kept_;
};

// Of each row: (x - mean) / sqrt(variance + epsilon) * gain + shift (Ba, Kiros, Hinton: Layer
// normalization, 2016), or x / sqrt(mean of squares + epsilon) * gain (Zhang, Sennrich: Root mean
// square layer normalization, 2019).
class Norm final : public Layer {
 public:
  enum class Kind : std::uint8_t { kLayer, kRootMeanSquare };
  Norm(Context context, const std::string& name, Kind kind, std::uint32_t features);
  Value forward(Step& step, std::size_t chunk, const Value& input) override;
  Value backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) override;

 private:
  struct Result {
    View normal;   // bfloat16
    View inverse;  // of the standard deviation, a row
  };
  void parameter_gradient(Step& step, const Parameter& parameter, const VectorOperation& operation);

  Parameters& parameters_;
  std::string name_;
  Kind kind_;
  std::uint32_t features_;
  Parameter* gain_;
  Parameter* shift_ = nullptr;
  Kept<Result> kept_;
};

class Dropping;  // dropout.h

// Causal attention with several heads between two linear layers (Vaswani et al., Attention is all
// you need, 2017). A chunk is a sequence. In training weights may be left out at random.
class Attention final : public Layer {
 public:
  Attention(Context context, const std::string& name, std::uint32_t features, std::uint32_t heads,
            std::uint32_t sequence, bool has_bias, const Start& start, const Start& out_start,
            std::shared_ptr<const Dropping> dropping = nullptr);
  Value forward(Step& step, std::size_t chunk, const Value& input) override;
  Value backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) override;
  Value next(Step& step, Cache& cache, const Value& input) override;
  double macs(std::uint32_t rows, bool wants_input) const override;

 private:
  struct Result {
    View projected;             // queries, keys, values: columns of one matrix, in bfloat16
    std::vector<View> weights;  // of each head, after softmax
  };
  View part(const View& projected, unsigned which, std::uint32_t head) const;
  View head_of(const View& mixed, std::uint32_t head) const;
  View weights_of(Step& step, const View& queries, const View& keys, const View& mask) const;
  View kept_of(Step& step, std::size_t chunk, std::uint32_t head, const View& weights) const;
  View scores_gradient(Step& step, const View& projected, const View& weights, const View& kept,
                       const View& d_mixed, std::uint32_t head) const;
  View kept_scores_gradient(Step& step, const View& weights, const View& kept,
                            const View& d_weights) const;
  float scale() const;

  std::string name_;
  unsigned n_;
  std::uint32_t features_, heads_, sequence_;
  Linear in_, out_;
  View mask_;  // 0, or minus infinity for what lies in the future
  std::shared_ptr<const Dropping> dropping_;
  Kept<Result> kept_;
};

// Vectors of tokens, and of their positions in the sequence. The input has the numbers of a
// chunk's tokens as one row; a number that is no token's counts as a token of zeros.
class TokenEmbedding final : public Layer {
 public:
  TokenEmbedding(Context context, const std::string& name, std::uint32_t vocabulary,
                 std::uint32_t features, std::uint32_t sequence, bool has_positions,
                 const Start& start);
  Value forward(Step& step, std::size_t chunk, const Value& input) override;
  Value backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) override;
  Value next(Step& step, Cache& cache, const Value& input) override;

  // For an output layer that shares them.
  Parameter* tokens() { return tokens_; }

 private:
  View chosen_by(Step& step, const View& tokens) const;
  View vectors_of(Step& step, const View& chosen) const;

  Parameters& parameters_;
  std::string name_;
  std::uint32_t vocabulary_, features_;
  Parameter* tokens_;
  Parameter* positions_ = nullptr;
  View numbers_;     // 0, 1, 2, ...
  Kept<View> kept_;  // one-hot
};

// x + layers(x)
class Residual final : public Layer {
 public:
  Residual(const std::string& name, std::vector<std::unique_ptr<Layer>> layers)
      : name_(name), layers_(std::move(layers)) {}
  Value forward(Step& step, std::size_t chunk, const Value& input) override;
  Value backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) override;
  Value next(Step& step, Cache& cache, const Value& input) override;
  double macs(std::uint32_t rows, bool wants_input) const override;

 private:
  std::string name_;
  std::vector<std::unique_ptr<Layer>> layers_;
};

}  // namespace gradcore::nn
