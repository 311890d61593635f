// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/guard.h"

#include <algorithm>

namespace gradcore::compiler {
namespace {

using isa::Apply;
using isa::Combine;
using isa::Reduce;

}  // namespace

void GuardEmitter::add_squares(const std::string& note, const View& gradient) {
  const auto row_of = [&](unsigned column, std::uint32_t rows) {
    return places_.sums[column].block(out_.n(), 0, 0, rows, 1).t();
  };
  const unsigned fresh = 1 - sums_;
  out_.vector(note + ": squares", {.rows = gradient.rows,
                                   .cols = gradient.cols,
                                   .a = matrix(gradient),
                                   .b = matrix(gradient),
                                   .reduce = Reduce::kSum,
                                   .e = row_of(fresh, gradient.rows).t()});
  // The longer one of old and new has the sums from now on.
  const std::uint32_t both = std::min(summed_, gradient.rows);
  const unsigned longer = gradient.rows >= summed_ ? fresh : sums_;
  if (both > 0) {
    out_.vector("squares so far", {.rows = 1,
                                   .cols = both,
                                   .a = matrix(row_of(fresh, both)),
                                   .combine = Combine::kAdd,
                                   .c = matrix(row_of(sums_, both)),
                                   .d = row_of(longer, both)});
  }
  sums_ = longer;
  summed_ = std::max(summed_, gradient.rows);
}

void GuardEmitter::decide() {
  const GuardPlace& p = places_;
  const auto single = [&](const std::string& note, const Source& a, const Source& b,
                          Combine combine, const Source& c, Apply apply, const View& d) {
    VectorOperation op;
    op.rows = 1;
    op.cols = d.cols;
    op.a = a;
    op.b = b;
    op.combine = combine;
    op.c = c;
    op.apply = apply;
    op.d = d;
    out_.vector(note, op);
  };
  constexpr auto kNothing = Apply::kIdentity;
  out_.vector("sum of squares", {.rows = 1,
                                 .cols = summed_,
                                 .a = matrix(p.sums[sums_].block(out_.n(), 0, 0, summed_, 1).t()),
                                 .reduce = Reduce::kSum,
                                 .e = p.total});
  if (optimizer_.clip_norm > 0) {
    single("1 / norm", matrix(p.total), constant(1), Combine::kProduct, {}, Apply::kRsqrt, p.scale);
    single("scale of the gradients, at most 1", column(p.scale), constant(optimizer_.clip_norm),
           Combine::kMin, constant(1), kNothing, p.scale_row);
  }
  if (!optimizer_.skip_nonfinite) return;
  // 0 times anything finite is 0.
  single("1 if finite, else 0", matrix(p.total), constant(0), Combine::kEqual, constant(0),
         kNothing, p.finite);
  single("1 if not", matrix(p.finite), constant(1), Combine::kReverseSubtract, constant(1),
         kNothing, p.not_finite);
  if (p.skipped.rows > 0) {
    single("steps skipped", matrix(p.not_finite), constant(1), Combine::kAdd, matrix(p.skipped),
           kNothing, p.skipped);
  }
  single("finite gradients, as a row", column(p.finite), constant(1), Combine::kProduct, {},
         kNothing, p.finite_row);
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    const bool is_rate = numbers_[i] == Number::kRate || numbers_[i] == Number::kMoment;
    single("number of the optimizer", column(p.finite), plain_(numbers_[i], 1),
           is_rate ? Combine::kProduct : Combine::kAdd, column(p.not_finite), kNothing,
           p.numbers[i]);
  }
}

void GuardEmitter::apply(const std::string& note, const View& gradient) {
  const GuardPlace& p = places_;
  const auto source = [&](const View& view) {
    return gradient.rows == 1 ? column(view) : row(view);
  };
  VectorOperation op;
  op.rows = gradient.rows;
  op.cols = gradient.cols;
  op.a = matrix(gradient);
  if (optimizer_.clip_norm > 0) op.b = source(p.scale_row);
  if (optimizer_.skip_nonfinite) {
    op.combine = Combine::kMask;
    op.c = source(p.finite_row);
  }
  op.d = gradient;
  out_.vector(note + ": gradient to be applied", op);
}

}  // namespace gradcore::compiler
