// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/dropout.h"

#include <stdexcept>

#include "sw/train/random.h"

namespace gradcore::nn {

VectorOperation Dropping::of(const VectorOperation& product, std::uint64_t part) const {
  constexpr std::uint64_t kStreams = std::uint64_t{1} << 41;  // apart from those of start values
  if (!is_product(product)) throw std::logic_error("only of a product elements are left out");
  VectorOperation out = product;
  out.combine = isa::Combine::kDropout;
  out.c = {};
  out.c.bits = static_cast<std::uint32_t>(rate_ * 0x1p32);
  out.seed = static_cast<std::uint32_t>(train::random_bits(seed_, kStreams + number_, part));
  out.stream = number_ & 0xFFFFu;
  out.seed_base = kStepRegister;
  return out;
}

Value Dropout::forward(Step& step, std::size_t chunk, const Value& input) {
  return step.trains() && dropping_ != nullptr ? dropped(step, chunk, input) : input;
}

Value Dropout::backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) {
  if (!wants_input) return {};
  return dropping_ != nullptr ? dropped(step, chunk, gradient) : gradient;
}

// Forward and backward alike; always the whole, since words belong to its elements.
Value Dropout::dropped(Step& step, std::size_t chunk, const Value& value) const {
  VectorOperation o = step.operation_of(name_ + " input", value);
  if (!is_product(o) || o.b.is != isa::Operand::kConstant ||
      o.b.bits != compiler::constant(1).bits) {
    o = Value(step.accumulator_of(name_ + " input", value)).operation();
  }
  o.b = compiler::constant(dropping_->scale());
  return {value.rows(), value.cols(), dropping_->of(o, chunk)};
}

}  // namespace gradcore::nn
