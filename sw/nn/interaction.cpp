// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/interaction.h"

#include <fmt/format.h>

#include <algorithm>

namespace gradcore::nn {

using compiler::column;
using compiler::constant;
using compiler::ListedRows;
using compiler::matrix;
using compiler::RowChoice;
using isa::Apply;
using isa::Combine;

namespace {

constexpr float kAdagradEpsilon = 1e-10f;

}  // namespace

Interaction::Interaction(Context context, const std::string& name, const Tables& tables,
                         const std::vector<std::uint32_t>& chunks,
                         std::vector<std::unique_ptr<Layer>> bottom)
    : parameters_(context.parameters),
      name_(name),
      n_(context.matrices.n()),
      tables_(tables),
      samples_(chunks),
      bottom_(std::move(bottom)),
      lists_(tables.shapes, chunks, vector_rows(tables, n_), n_) {
  const std::uint32_t rows = vector_rows(tables, n_);
  std::uint32_t next = 0;
  const auto list = [&](std::uint32_t count) {
    const std::uint32_t at = next;
    next += (count + 3) / 4 * 4;
    return at;
  };
  const std::uint32_t most = *std::max_element(chunks.begin(), chunks.end());
  spread_ = list(most);
  gather_ = list(most);
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    const BagLists::Chunk& part = lists_.chunks()[c];
    places_.push_back({list(part.rows.count), list(part.forward.count), list(part.backward.count)});
    const std::string which = fmt::format("{} {}", name, c);
    const auto zeros = [&](const View& view) {
      context.constants.push_back(
          {view, std::vector<float>(std::size_t{view.rows} * view.cols, 0.0f)});
      return view;
    };
    vectors_.push_back(zeros(context.matrices.operand(which + " vectors", chunks[c] * rows,
                                                      tables.features, Life::kRun)));
    d_products_.push_back(
        zeros(context.matrices.operand(which + " dZ", chunks[c] * rows, rows, Life::kRun)));
  }
  entries_ = next;
  for (std::uint32_t s = 0; s < most; ++s) {
    constant_lists_.push_back(s | (s * rows) << 16);
  }
  constant_lists_.resize(gather_, kNoEntry);
  for (std::uint32_t s = 0; s < most; ++s) {
    constant_lists_.push_back((s * rows) | s << 16);
  }
}

std::uint32_t Interaction::vector_rows(const Tables& tables, unsigned n) {
  return compiler::tiles(1 + static_cast<std::uint32_t>(tables.shapes.size()), n) * n;
}

// Loads the rows that no chunk before has needed, and sums them into the vectors of the samples.
void Interaction::pool(Step& step, std::size_t chunk) {
  const BagLists::Chunk& part = lists_.chunks()[chunk];
  const Places& at = places_[chunk];
  if (chunk == 0) slots_ = step.accumulator(name_ + " rows", lists_.slots(), tables_.features);
  const auto load_list = [&](const char* what, std::uint32_t to, const BagLists::Part& list) {
    step.out().load_list(name_ + what, to, list.count, std::uint64_t{4} * list.at, kListRegister);
  };
  load_list(" list of rows", at.rows, part.rows);
  load_list(" list of bags", at.forward, part.forward);
  step.out().load(name_ + " rows", new_slots(chunk), tables_.home.value, 4 * tables_.features,
                  isa::Format::kFp32, 0, RowChoice{.list_at = at.rows, .limit = lists_.rows()});
  if (step.trains() && tables_.is_adagrad) {
    // Long before it is needed: behind the stores of the step before nothing else holds it back.
    const View state = step.accumulator(name_ + " state", part.slots, 1);
    step.out().load(name_ + " state", state, tables_.home.state, 4, isa::Format::kFp32, 0,
                    RowChoice{.list_at = at.rows, .limit = lists_.rows()});
    state_.put(chunk, state);
  }
  const ListedRows rows{at.forward, part.forward.count};
  VectorOperation o{.cols = tables_.features, .a = matrix(slots_)};
  if (lists_.is_single()) {
    o.d = vectors_[chunk];
    step.out().listed(name_ + " vectors", o, rows);
    return;
  }
  const View sums = step.accumulator(name_ + " sums", vectors_[chunk].rows, vectors_[chunk].cols);
  step.vector(name_ + " sums", {.rows = sums.rows, .cols = sums.cols, .d = sums});
  o.combine = Combine::kAdd;
  o.c = matrix(sums);
  o.d = sums;
  step.out().listed(name_ + " sums", o, rows);
  step.vector(name_ + " vectors",
              {.rows = sums.rows, .cols = sums.cols, .a = matrix(sums), .d = vectors_[chunk]});
}

View Interaction::new_slots(std::size_t chunk) const {
  const BagLists::Chunk& part = lists_.chunks()[chunk];
  return slots_.block(n_, part.first_slot, 0, part.slots, tables_.features);
}

// The first row of each sample's products is with itself, which is not used.
Value Interaction::forward(Step& step, std::size_t chunk, const Value& input) {
  const std::uint32_t samples = samples_[chunk];
  const std::uint32_t rows = vector_rows(tables_, n_);
  const auto vectors = static_cast<std::uint32_t>(1 + tables_.shapes.size());
  pool(step, chunk);
  Value bottom = input;
  for (const auto& layer : bottom_) bottom = layer->forward(step, chunk, bottom);
  const View out = step.operand(name_ + " result", samples, tables_.features + pairs());
  VectorOperation o = step.operation_of(name_ + " bottom", bottom);
  const View dense = out.block(n_, 0, 0, samples, tables_.features);
  o.d = dense;
  step.vector(name_ + " bottom", o);
  step.out().listed(name_ + " bottom vectors",
                    {.cols = tables_.features, .a = matrix(dense), .d = vectors_[chunk]},
                    {spread_, samples});

  const View& t = vectors_[chunk];
  const View first = t.block(n_, 0, 0, vectors, tables_.features);
  const View products = step.product(name_ + " products", samples * rows, rows);
  const std::uint32_t next = rows / n_ * t.stride;
  step.out().gemm(name_ + " products", first, first.t(), products.block(n_, 0, 0, vectors, vectors),
                  false, {samples, next, next, rows / n_ * products.stride});
  // What is below the diagonal becomes one row; in DRAM, where a row may begin anywhere.
  const std::uint64_t scratch = home_.products + std::uint64_t{4} * pairs() * first_sample(chunk);
  for (std::uint32_t i = 1; i < vectors; ++i) {
    step.out().store(name_ + " pairs", products.block(n_, 0, 0, products.rows, i),
                     scratch + std::uint64_t{4} * (i * (i - 1) / 2), 4 * pairs(),
                     isa::Format::kFp32, 0, RowChoice{samples, i, rows});
  }
  step.out().load(name_ + " pairs", out.block(n_, 0, tables_.features, samples, pairs()), scratch,
                  4 * pairs(), isa::Format::kFp32);
  return Value(out);
}

// dT = (dZ + dZ^T) T, where dZ has only what is below the diagonal.
Value Interaction::backward(Step& step, std::size_t chunk, const Value& gradient,
                            bool wants_input) {
  const std::uint32_t samples = samples_[chunk];
  const std::uint32_t rows = vector_rows(tables_, n_);
  const auto vectors = static_cast<std::uint32_t>(1 + tables_.shapes.size());
  const View dx = step.accumulator_of(name_ + " gradient", gradient);
  const std::uint64_t scratch = home_.gradients + std::uint64_t{4} * pairs() * first_sample(chunk);
  step.out().store(name_ + " gradient of pairs",
                   dx.block(n_, 0, tables_.features, samples, pairs()), scratch, 4 * pairs(),
                   isa::Format::kFp32);
  const View& dz = d_products_[chunk];
  for (std::uint32_t i = 1; i < vectors; ++i) {
    step.out().load(name_ + " dZ", dz.block(n_, 0, 0, dz.rows, i),
                    scratch + std::uint64_t{4} * (i * (i - 1) / 2), 4 * pairs(), isa::Format::kFp32,
                    0, RowChoice{samples, i, rows});
  }
  const View& t = vectors_[chunk];
  const View first = t.block(n_, 0, 0, vectors, tables_.features);
  const View first_dz = dz.block(n_, 0, 0, vectors, vectors);
  const View dt = step.product(name_ + " dT", samples * rows, tables_.features);
  const View first_dt = dt.block(n_, 0, 0, vectors, tables_.features);
  const compiler::GemmBatch batch{samples, rows / n_ * dz.stride, rows / n_ * t.stride,
                                  rows / n_ * dt.stride};
  step.out().gemm(name_ + " dT", first_dz, first, first_dt, false, batch);
  step.out().gemm(name_ + " dT", first_dz.t(), first, first_dt, true, batch);

  const View bottom = step.accumulator(name_ + " bottom gradient", samples, tables_.features);
  step.out().listed(name_ + " bottom gradient",
                    {.cols = tables_.features,
                     .a = matrix(dt),
                     .combine = Combine::kAdd,
                     .c = matrix(dx.block(n_, 0, 0, samples, tables_.features)),
                     .d = bottom},
                    {gather_, samples});
  add_gradients(step, chunk, dt);
  if (chunk + 1 == samples_.size()) update_rows(step);
  Value out(bottom);
  for (std::size_t l = bottom_.size(); l-- > 0;) {
    out = bottom_[l]->backward(step, chunk, out, wants_input || l > 0);
  }
  return out;
}

// Gradients of the bags of a chunk to those of the rows, in the order of the list.
void Interaction::add_gradients(Step& step, std::size_t chunk, const View& dt) {
  const BagLists::Chunk& part = lists_.chunks()[chunk];
  if (chunk == 0) {
    gradients_ = step.accumulator(name_ + " gradients of rows", lists_.slots(), tables_.features);
    step.vector(name_ + " gradients of rows",
                {.rows = lists_.slots(), .cols = tables_.features, .d = gradients_});
  }
  step.out().load_list(name_ + " list of gradients", places_[chunk].backward, part.backward.count,
                       std::uint64_t{4} * part.backward.at, kListRegister);
  step.out().listed(name_ + " gradients of rows",
                    {.cols = tables_.features,
                     .a = matrix(dt),
                     .combine = Combine::kAdd,
                     .c = matrix(gradients_),
                     .d = gradients_},
                    {places_[chunk].backward, part.backward.count});
}

// SGD: w -= rate g. Row-wise Adagrad (Duchi, Hazan, Singer: Adaptive subgradient methods, 2011; one
// number for a row as in DLRM): h += mean of g^2, w -= rate g / sqrt(h + epsilon).
void Interaction::update_rows(Step& step) {
  for (std::size_t c = 0; c < samples_.size(); ++c) {
    const BagLists::Chunk& part = lists_.chunks()[c];
    const View slots = new_slots(c);
    const View g = gradients_.block(n_, part.first_slot, 0, part.slots, tables_.features);
    const RowChoice listed{.list_at = places_[c].rows, .limit = lists_.rows()};
    VectorOperation o{.rows = part.slots,
                      .cols = tables_.features,
                      .a = matrix(g),
                      .b = parameters_.number(compiler::Number::kRate, part.slots),
                      .combine = Combine::kReverseSubtract,
                      .c = matrix(slots),
                      .d = slots};
    if (tables_.is_adagrad) {
      const View squares = step.row_sums(
          name_ + " squares",
          {.rows = part.slots, .cols = tables_.features, .a = matrix(g), .b = matrix(g)});
      const View& state = state_[c];
      step.vector(name_ + " state", {.rows = part.slots,
                                     .cols = 1,
                                     .a = matrix(squares),
                                     .b = constant(1.0f / static_cast<float>(tables_.features)),
                                     .combine = Combine::kAdd,
                                     .c = matrix(state),
                                     .d = state});
      const View root = step.to_accumulator(name_ + " 1 / root", {.rows = 1,
                                                                  .cols = part.slots,
                                                                  .a = matrix(state.t()),
                                                                  .combine = Combine::kAdd,
                                                                  .c = constant(kAdagradEpsilon),
                                                                  .apply = Apply::kRsqrt});
      const View scale = step.to_accumulator(name_ + " rate / root",
                                             {.rows = 1,
                                              .cols = part.slots,
                                              .a = matrix(root),
                                              .b = parameters_.number(compiler::Number::kRate, 1)});
      o.b = column(scale.t());
      step.out().store(name_ + " state", state, tables_.home.state, 4, isa::Format::kFp32, 0,
                       listed);
    }
    step.vector(name_ + " rows", o);
    step.out().store(name_ + " rows", slots, tables_.home.value, 4 * tables_.features,
                     isa::Format::kFp32, 0, listed);
  }
}

std::uint32_t Interaction::first_sample(std::size_t chunk) const {
  std::uint32_t out = 0;
  for (std::size_t c = 0; c < chunk; ++c) out += samples_[c];
  return out;
}

double Interaction::macs(std::uint32_t rows, bool wants_input) const {
  double out = pair_macs(rows);
  for (std::size_t l = 0; l < bottom_.size(); ++l) {
    out += bottom_[l]->macs(rows, wants_input || l > 0);
  }
  return out;
}

double Interaction::pair_macs(std::uint32_t rows) const {
  const double vectors = 1 + static_cast<double>(tables_.shapes.size());
  return 2 * vectors * vectors * tables_.features * rows;
}

double Interaction::pair_macs_executed(std::uint32_t rows) const {
  const double side = vector_rows(tables_, n_);
  return 3 * side * side * tables_.features * rows;
}

}  // namespace gradcore::nn
