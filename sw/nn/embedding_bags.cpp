// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/embedding_bags.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/nn/embedding_pass.h"
#include "sw/nn/watch.h"

namespace gradcore::nn {

using compiler::column;
using compiler::constant;
using compiler::ListedRows;
using compiler::matrix;
using compiler::RowChoice;
using isa::Apply;
using isa::Combine;

EmbeddingBags::EmbeddingBags(Context context, const std::string& name, const Tables& tables,
                             const std::vector<std::uint32_t>& chunks, std::uint32_t vector_rows,
                             std::uint32_t list_at)
    : parameters_(context.parameters),
      name_(name),
      n_(context.matrices.n()),
      tables_(tables),
      samples_(chunks),
      lists_(tables.shapes, chunks, vector_rows, n_),
      places_(lists_, list_at) {
  const std::uint32_t rows = 2 * lists_.slots();
  slots_ =
      context.matrices.accumulator(name + " rows", lists_.slots(), tables.features, Life::kRun);
  kept_ = context.matrices.accumulator(name + " kept rows", rows, tables.features, Life::kRun);
  if (tables.is_adagrad) {
    kept_state_ = context.matrices.accumulator(name + " kept state", rows, 1, Life::kRun);
    state_ = context.matrices.accumulator(name + " state", lists_.slots(), 1, Life::kRun);
  }
}

EmbeddingBags::Places::Places(const BagLists& lists, std::uint32_t first) : end(first) {
  constexpr std::uint32_t kAlign = 4;  // entries
  const auto list = [&](std::uint32_t count) {
    const std::uint32_t at = end;
    end += compiler::tiles(count, kAlign) * kAlign;
    return at;
  };
  for (const BagLists::Chunk& chunk : lists.chunks()) {
    rows.push_back(list(std::max(chunk.rows.count, chunk.backward.count)));
    bags.push_back(list(chunk.forward.count));
  }
  moves = list(lists.slots());
}

std::uint32_t EmbeddingBags::list_end(const BagLists& lists, std::uint32_t list_at) {
  return Places(lists, list_at).end;
}

// The rows of all slots that belong to a chunk.
View EmbeddingBags::of_chunk(const View& all, std::size_t chunk) const {
  const BagLists::Chunk& part = lists_.chunks()[chunk];
  return all.block(n_, part.first_slot, 0, part.slots, all.cols);
}

void EmbeddingBags::load_list(compiler::Emitter& out, const std::string& what, std::uint32_t to,
                              const BagLists::Part& list) const {
  out.load_list(name_ + what, to, list.count, std::uint64_t{4} * list.at, kListRegister);
}

// Without training every row comes from DRAM.
void EmbeddingBags::load_rows(compiler::Emitter& out, std::size_t chunk) const {
  const std::uint32_t list = places_.rows[chunk];
  load_list(out, " list of rows", list, lists_.chunks()[chunk].rows);
  out.load(name_ + " rows", of_chunk(slots_, chunk), tables_.home.value, 4 * tables_.features,
           isa::Format::kFp32, 0, RowChoice{.list_at = list, .limit = lists_.rows()});
}

void EmbeddingBags::take_rows(compiler::Emitter& out, std::size_t chunk) const {
  const BagLists::Chunk& part = lists_.chunks()[chunk];
  const ListedRows rows{places_.rows[chunk], part.rows.count};
  load_list(out, " list of rows", rows.list_at, part.rows);
  out.listed(name_ + " rows",
             {.cols = tables_.features, .a = matrix(kept_), .d = of_chunk(slots_, chunk)}, rows);
  if (!tables_.is_adagrad) return;
  out.listed(name_ + " state", {.cols = 1, .a = matrix(kept_state_), .d = of_chunk(state_, chunk)},
             rows);
}

// Both lists have one place, so nothing comes before all has gone; that a row which goes may be one
// that comes, tokens know from the tables' part of DRAM as well.
void EmbeddingBags::move_rows(Step& step) const {
  load_list(step.out(), " list of rows that go", places_.moves, lists_.going());
  send_rows(step.out());
  load_list(step.out(), " list of rows that come", places_.moves, lists_.coming());
  get_rows(step.out());
}

// In parts of a chunk's slots, between which others may use DRAM.
template <typename Move>
void EmbeddingBags::for_each_part(std::uint32_t first, Move move) const {
  for (const BagLists::Chunk& part : lists_.chunks()) {
    const RowChoice listed{.list_at = places_.moves + part.first_slot, .limit = lists_.rows()};
    const auto rows = [&](const View& all) {
      return all.block(n_, first + part.first_slot, 0, part.slots, all.cols);
    };
    move(" rows", rows(kept_), tables_.home.value, 4 * tables_.features, listed);
    if (tables_.is_adagrad) move(" state", rows(kept_state_), tables_.home.state, 4u, listed);
  }
}

// Rows updated last, by the list in memory.
void EmbeddingBags::send_rows(compiler::Emitter& out) const {
  for_each_part(0, [&](const char* what, const View& from, std::uint64_t to, std::uint32_t pitch,
                       const RowChoice& listed) {
    out.store(fmt::format("{}{} go", name_, what), from, to, pitch, isa::Format::kFp32, 0, listed);
  });
}

void EmbeddingBags::get_rows(compiler::Emitter& out) const {
  for_each_part(lists_.slots(), [&](const char* what, const View& to, std::uint64_t from,
                                    std::uint32_t pitch, const RowChoice& listed) {
    out.load(fmt::format("{}{} come", name_, what), to, from, pitch, isa::Format::kFp32, 0, listed);
  });
}

void EmbeddingBags::begin(compiler::Emitter& out, std::uint64_t first_rows) const {
  out.load_list(name_ + " list of the first rows", places_.moves, lists_.slots(), first_rows);
  get_rows(out);
}

void EmbeddingBags::end(compiler::Emitter& out, std::uint64_t last_rows) const {
  out.load_list(name_ + " list of the last rows", places_.moves, lists_.slots(), last_rows);
  out.plain(isa::Opcode::kSync);
  send_rows(out);
}

void EmbeddingBags::pool(Step& step, std::size_t chunk, const View& vectors) const {
  const BagLists::Chunk& part = lists_.chunks()[chunk];
  if (step.trains()) {
    take_rows(step.out(), chunk);
  } else {
    load_rows(step.out(), chunk);
  }
  const ListedRows bags{places_.bags[chunk], part.forward.count};
  load_list(step.out(), " list of bags", bags.list_at, part.forward);
  VectorOperation o{.cols = tables_.features, .a = matrix(slots_)};
  if (lists_.is_single()) {
    o.d = vectors;
    step.out().listed(name_ + " vectors", o, bags);
    return;
  }
  const View sums = step.accumulator(name_ + " sums", vectors.rows, vectors.cols);
  step.vector(name_ + " sums", {.rows = sums.rows, .cols = sums.cols, .d = sums});
  o.combine = Combine::kAdd;
  o.c = matrix(sums);
  o.d = sums;
  step.out().listed(name_ + " sums", o, bags);
  step.vector(name_ + " vectors",
              {.rows = sums.rows, .cols = sums.cols, .a = matrix(sums), .d = vectors});
}

// In the order of the list, whose first entry for a slot says so: the slot need not be 0 before.
void EmbeddingBags::add_gradients(Step& step, std::size_t chunk, const View& vectors) {
  const BagLists::Chunk& part = lists_.chunks()[chunk];
  if (chunk == 0) {
    gradients_ = step.accumulator(name_ + " gradients of rows", lists_.slots(), tables_.features);
  }
  load_list(step.out(), " list of gradients", places_.rows[chunk], part.backward);
  step.out().listed(name_ + " gradients of rows",
                    {.cols = tables_.features,
                     .a = matrix(vectors),
                     .combine = Combine::kAdd,
                     .c = matrix(gradients_),
                     .d = gradients_},
                    {places_.rows[chunk], part.backward.count});
}

// SGD: w -= rate g. Row-wise Adagrad (Duchi, Hazan, Singer: Adaptive subgradient methods, 2011; one
// number for a row as in DLRM): h += mean of g^2, w -= rate g / sqrt(h + epsilon).
void EmbeddingBags::update(Step& step) {
  step.show(kRowGradients, Side::kBelow, Value(gradients_));
  for (std::size_t c = 0; c < samples_.size(); ++c) {
    const BagLists::Chunk& part = lists_.chunks()[c];
    const View g = of_chunk(gradients_, c);
    VectorOperation o{.rows = part.slots,
                      .cols = tables_.features,
                      .a = matrix(g),
                      .b = parameters_.number(compiler::Number::kRate, part.slots),
                      .combine = Combine::kReverseSubtract,
                      .c = matrix(of_chunk(slots_, c)),
                      .d = of_chunk(kept_, c)};
    if (tables_.is_adagrad) {
      const View squares = step.row_sums(
          name_ + " squares",
          {.rows = part.slots, .cols = tables_.features, .a = matrix(g), .b = matrix(g)});
      const View state = of_chunk(kept_state_, c);
      step.vector(name_ + " state", {.rows = 1,
                                     .cols = part.slots,
                                     .a = matrix(squares.t()),
                                     .b = constant(1.0f / static_cast<float>(tables_.features)),
                                     .combine = Combine::kAdd,
                                     .c = matrix(of_chunk(state_, c).t()),
                                     .d = state.t()});
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
    }
    step.vector(name_ + " rows", o);
  }
}

}  // namespace gradcore::nn
