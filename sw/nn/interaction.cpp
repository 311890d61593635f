// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/interaction.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/nn/watch.h"

namespace gradcore::nn {

using compiler::matrix;
using compiler::RowChoice;
using isa::Combine;

namespace {

// Where in list memory the second constant list begins: behind one entry for each sample.
std::uint32_t second_list(const std::vector<std::uint32_t>& chunks) {
  constexpr std::uint32_t kAlign = 4;
  return compiler::tiles(*std::max_element(chunks.begin(), chunks.end()), kAlign) * kAlign;
}

}  // namespace

Interaction::Interaction(Context context, const std::string& name, const Tables& tables,
                         const std::vector<std::uint32_t>& chunks,
                         std::vector<std::unique_ptr<Layer>> bottom)
    : name_(name),
      n_(context.matrices.n()),
      tables_(tables),
      samples_(chunks),
      bottom_(std::move(bottom)),
      gather_(second_list(chunks)) {
  const std::uint32_t rows = vector_rows(tables, n_);
  if (!tables.has_passes) bags_.emplace(context, name, tables, chunks, rows, 2 * gather_);
  for (std::size_t c = 0; c < chunks.size(); ++c) {
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
  const std::uint32_t most = *std::max_element(chunks.begin(), chunks.end());
  for (std::uint32_t s = 0; s < most; ++s) {
    constant_lists_.push_back(s | (s * rows) << 16);
  }
  constant_lists_.resize(gather_, model::kNoRow);
  for (std::uint32_t s = 0; s < most; ++s) {
    constant_lists_.push_back((s * rows) | s << 16);
  }
}

std::uint32_t Interaction::vector_rows(const Tables& tables, unsigned n) {
  return compiler::tiles(1 + static_cast<std::uint32_t>(tables.shapes.size()), n) * n;
}

// The first row of each sample's products is with itself, which is not used.
Value Interaction::forward(Step& step, std::size_t chunk, const Value& input) {
  const std::uint32_t samples = samples_[chunk];
  const std::uint32_t rows = vector_rows(tables_, n_);
  const auto vectors = static_cast<std::uint32_t>(1 + tables_.shapes.size());
  if (bags_) {
    bags_->pool(step, chunk, vectors_[chunk]);
  } else {
    step.out().load(name_ + " vectors", vectors_[chunk], vectors_home(chunk), 4 * tables_.features,
                    isa::Format::kFp32);
  }
  Value bottom = input;
  for (const auto& layer : bottom_) bottom = layer->forward(step, chunk, bottom);
  const View out = step.operand(name_ + " result", samples, tables_.features + pairs());
  VectorOperation o = step.operation_of(name_ + " bottom", bottom);
  const View dense = out.block(n_, 0, 0, samples, tables_.features);
  o.d = dense;
  step.vector(name_ + " bottom", o);
  step.out().listed(name_ + " bottom vectors",
                    {.cols = tables_.features, .a = matrix(dense), .d = vectors_[chunk]},
                    {0, samples});

  const View& t = vectors_[chunk];
  const View first = t.block(n_, 0, 0, vectors, tables_.features);
  const View products = step.product(name_ + " products", samples * rows, rows);
  const std::uint32_t next = rows / n_ * t.stride;
  step.out().gemm(name_ + " products", first, first.t(), products.block(n_, 0, 0, vectors, vectors),
                  false, {samples, next, next, rows / n_ * products.stride});
  // What is below the diagonal becomes one row; in DRAM, where a row may begin anywhere.
  const std::uint64_t scratch = home_.products + std::uint64_t{2} * pairs() * first_sample(chunk);
  for (std::uint32_t i = 1; i < vectors; ++i) {
    step.out().store(name_ + " pairs", products.block(n_, 0, 0, products.rows, i),
                     scratch + std::uint64_t{2} * (i * (i - 1) / 2), 2 * pairs(),
                     isa::Format::kBf16, 0, RowChoice{samples, i, rows});
  }
  step.out().load(name_ + " pairs", out.block(n_, 0, tables_.features, samples, pairs()), scratch,
                  2 * pairs(), isa::Format::kBf16);
  return Value(out);
}

// dT = (dZ + dZ^T) T, where dZ has only what is below the diagonal.
Value Interaction::backward(Step& step, std::size_t chunk, const Value& gradient,
                            bool wants_input) {
  const std::uint32_t samples = samples_[chunk];
  const std::uint32_t rows = vector_rows(tables_, n_);
  const auto vectors = static_cast<std::uint32_t>(1 + tables_.shapes.size());
  if (bags_ && chunk == 0) bags_->move_rows(step);
  const View dx = step.accumulator_of(name_ + " gradient", gradient);
  const std::uint64_t scratch = home_.gradients + std::uint64_t{2} * pairs() * first_sample(chunk);
  step.out().store(name_ + " gradient of pairs",
                   dx.block(n_, 0, tables_.features, samples, pairs()), scratch, 2 * pairs(),
                   isa::Format::kBf16);
  const View& dz = d_products_[chunk];
  for (std::uint32_t i = 1; i < vectors; ++i) {
    step.out().load(name_ + " dZ", dz.block(n_, 0, 0, dz.rows, i),
                    scratch + std::uint64_t{2} * (i * (i - 1) / 2), 2 * pairs(), isa::Format::kBf16,
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
  if (bags_) {
    bags_->add_gradients(step, chunk, dt);
    if (chunk + 1 == samples_.size()) bags_->update(step);
  } else {
    step.out().store(name_ + " gradients of vectors", dt, vectors_home(chunk), 4 * tables_.features,
                     isa::Format::kFp32);
  }
  Value out(bottom);
  step.show(name_ + " bottom gradient", Side::kBelow, out);
  for (std::size_t l = bottom_.size(); l-- > 0;) {
    out = bottom_[l]->backward(step, chunk, out, wants_input || l > 0);
  }
  return out;
}

std::uint32_t Interaction::first_sample(std::size_t chunk) const {
  std::uint32_t out = 0;
  for (std::size_t c = 0; c < chunk; ++c) out += samples_[c];
  return out;
}

TablePassesShape Interaction::passes(const device::Hardware& hardware,
                                     std::uint64_t dram_base) const {
  TablePassesShape out;
  out.hardware = hardware;
  out.tables = tables_.shapes;
  out.features = tables_.features;
  out.samples = first_sample(samples_.size());
  out.first = 1;
  out.vector_rows = vector_rows(tables_, n_);
  out.pooling = tables_.is_mean ? Pooling::kMean : Pooling::kSum;
  out.is_adagrad = tables_.is_adagrad;
  out.home = {tables_.home.value, tables_.home.state, tables_.home.vectors};
  out.dram_base = dram_base;
  return out;
}

std::uint64_t Interaction::vectors_home(std::size_t chunk) const {
  return tables_.home.vectors +
         std::uint64_t{4} * tables_.features * vector_rows(tables_, n_) * first_sample(chunk);
}

std::uint32_t Interaction::list_entries(const BagLists& lists,
                                        const std::vector<std::uint32_t>& chunks) {
  return EmbeddingBags::list_end(lists, 2 * second_list(chunks));
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
