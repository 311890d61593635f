// SPDX-License-Identifier: Apache-2.0
// Dropout in the first step of a run, and attention of whose weights some are left out, as
// plain_layers.h has the other layers.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "sw/model/vector_unit.h"
#include "tb/unit/nn/plain_layers.h"

namespace gradcore::nn::plain {

// Of the matrices of a mini-batch: 0 for what is left out, else 1 / (1 - rate).
class Mask {
 public:
  Mask(double rate, std::uint64_t seed, std::uint32_t number, std::uint32_t step = 0)
      : rate_(rate), seed_(seed), number_(number), step_(step) {}
  double at(std::uint64_t part, std::size_t row, std::size_t col, std::size_t cols) const {
    if (rate_ == 0) return 1;
    const auto key = static_cast<std::uint32_t>(
        train::random_bits(seed_, (std::uint64_t{1} << 41) + number_, part));
    const std::uint32_t word = model::random_word(key ^ step_, static_cast<std::uint16_t>(number_),
                                                  static_cast<std::uint32_t>(row * cols + col));
    return word < static_cast<std::uint32_t>(rate_ * 0x1p32) ? 0 : 1 / (1 - rate_);
  }

 private:
  double rate_;
  std::uint64_t seed_;
  std::uint32_t number_, step_;
};

// Rows come in chunks of these sizes.
class PlainDropout final : public Layer {
 public:
  PlainDropout(const Mask& mask, std::vector<std::uint32_t> chunks)
      : mask_(mask), chunks_(std::move(chunks)) {}
  Matrix forward(Rounding& /*round*/, const Matrix& x) override { return masked(x); }
  Matrix backward(Rounding& /*round*/, const Matrix& dy) override { return masked(dy); }

 private:
  Matrix masked(const Matrix& a) const {
    Matrix out(a.rows, a.cols);
    std::size_t first = 0;
    for (std::size_t chunk = 0; chunk < chunks_.size(); first += chunks_[chunk++]) {
      for (std::size_t r = 0; r < chunks_[chunk]; ++r) {
        for (std::size_t c = 0; c < a.cols; ++c) {
          out.at(first + r, c) = a.at(first + r, c) * mask_.at(chunk, r, c, a.cols);
        }
      }
    }
    return out;
  }

  Mask mask_;
  std::vector<std::uint32_t> chunks_;
};

}  // namespace gradcore::nn::plain
