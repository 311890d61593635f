// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/embedding_update.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/compiler/update.h"

namespace gradcore::nn {

using compiler::column;
using compiler::constant;
using compiler::Emitter;
using compiler::matrix;
using compiler::RowChoice;
using compiler::VectorOperation;
using isa::Combine;
using isa::Format;
using isa::Opcode;

EmbeddingUpdate::EmbeddingUpdate(const EmbeddingShape& shape) : shape_(shape) {
  const BlockShape& blocks = shape_.blocks;
  const unsigned n = shape_.hardware.n;
  const std::uint32_t entries = shape_.hardware.list_entries();
  require(
      blocks.rows > 0 && blocks.entries > 0 && blocks.hot > 0 && blocks.rows % n == 0 &&
          blocks.entries % n == 0 && blocks.hot % n == 0 && blocks.buffers >= 2,
      fmt::format("blocks of {} rows and {} entries, {} slots, {} buffers: expected multiples of "
                  "{} and two buffers or more",
                  blocks.rows, blocks.entries, blocks.hot, blocks.buffers, n));
  require(std::max<std::uint64_t>(
              std::uint64_t{blocks.buffers} * list_room(UpdateLists::block_words(blocks)),
              UpdateLists::end_words(blocks)) <= entries,
          fmt::format("{} buffers of {} rows and {} entries, and twice {} slots at the end: more "
                      "than the {} entries of list memory",
                      blocks.buffers, blocks.rows, blocks.entries, blocks.hot, entries));
  require(shape_.bags > 0 && shape_.table_rows > 0 && shape_.features > 0 &&
              shape_.most_blocks >= blocks.buffers,
          "an embedding pass has bags, rows, features, and a block for each buffer");
  plan_dram();
  plan_local();
  pass_ = pass_program(shape_.hardware, begin(), turn(), end(), hot_.values, regions_.spare);
}

std::uint32_t EmbeddingUpdate::block_bytes() const {
  return kWord * static_cast<std::uint32_t>(UpdateLists::block_words(shape_.blocks));
}

void EmbeddingUpdate::plan_dram() {
  DramPlan plan(shape_.dram_base);
  const std::uint64_t row = std::uint64_t{kWord} * shape_.features;
  regions_.rows = plan.take("rows of tables", row * shape_.table_rows, shape_.home.rows);
  regions_.state =
      plan.take("state of rows", shape_.is_adagrad ? std::uint64_t{kWord} * shape_.table_rows : 0,
                shape_.home.state);
  regions_.gradients = plan.take("gradients of bags", row * shape_.bags, shape_.home.bags);
  regions_.scales = plan.take(
      "scales of bags", shape_.pooling == Pooling::kMean ? std::uint64_t{kWord} * shape_.bags : 0);
  regions_.rate = plan.take("rate", row);
  regions_.lists =
      plan.take("lists", kWord * UpdateLists::words(shape_.blocks, shape_.most_blocks));
  regions_.spare = plan.take("spare bytes", kWord);
}

// What is read together is on different sides: gradients of bags and their sums; sums and rows;
// squares and state. Rows and state are on one side, so that DMA keeps out of the way of the sums.
void EmbeddingUpdate::plan_local() {
  const BlockShape& blocks = shape_.blocks;
  const unsigned n = shape_.hardware.n;
  const std::uint32_t cols = shape_.features;
  Lanes lanes(shape_.hardware);
  if (!blocks.gathers) bag_gradients_ = lanes.take(TileSide::kEven, shape_.bags, cols);
  sums_ = lanes.take(TileSide::kOdd, blocks.buffers * blocks.rows + blocks.hot, cols);
  for (std::uint32_t b = 0; b <= blocks.buffers; ++b) {
    const bool is_hot = b == blocks.buffers;
    const std::uint32_t rows = is_hot ? blocks.hot : blocks.rows;
    Rows out;
    out.values = lanes.take(TileSide::kEven, rows, cols);
    if (shape_.is_adagrad) out.state = lanes.take(TileSide::kEven, rows, 1);
    if (is_hot) {
      out.gradients = lanes.take(TileSide::kOdd, rows, cols);
      hot_ = out;
    } else {
      out.gradients = sums_.block(n, b * blocks.rows, 0, rows, cols);
      out.list_at = b * list_room(UpdateLists::block_words(blocks));
      out.bags =
          blocks.gathers ? lanes.take(TileSide::kEven, blocks.entries, cols) : bag_gradients_;
      if (blocks.gathers && shape_.pooling == Pooling::kMean) {
        out.scales = lanes.take(TileSide::kOdd, blocks.entries, 1);
      }
      buffers_.push_back(out);
    }
  }
  rate_ = lanes.take(TileSide::kEven, 1, cols);
  const std::uint32_t most = std::max(blocks.rows, blocks.hot);
  if (shape_.is_adagrad) {
    temporaries_.squares = lanes.take(TileSide::kOdd, most, 1);
    temporaries_.root = lanes.take(TileSide::kEven, 1, most);
    temporaries_.scale = lanes.take(TileSide::kOdd, 1, most);
  }
  if (shape_.pooling == Pooling::kMean && !blocks.gathers) {
    scales_ = lanes.take(TileSide::kOdd, 1, shape_.bags);
  }
}

void EmbeddingUpdate::load_rows(Emitter& out, const Rows& rows) const {
  const RowChoice listed{.list_at = rows.list_at, .limit = shape_.table_rows};
  out.load("rows", rows.values, regions_.rows.address, kWord * shape_.features, Format::kFp32, 0,
           listed);
  if (shape_.is_adagrad) {
    out.load("state", rows.state, regions_.state.address, kWord, Format::kFp32, 0, listed);
  }
}

// Rows first: then states, which take less of the bus, are read while the next block is updated.
void EmbeddingUpdate::store_rows(Emitter& out, const Rows& rows) const {
  const RowChoice listed{.list_at = rows.list_at, .limit = shape_.table_rows};
  out.store("rows", rows.values, regions_.rows.address, kWord * shape_.features, Format::kFp32, 0,
            listed);
  if (shape_.is_adagrad) {
    out.store("state", rows.state, regions_.state.address, kWord, Format::kFp32, 0, listed);
  }
}

// SGD: w -= rate g. Row-wise Adagrad: h += mean of g^2, w -= rate g / sqrt(h + epsilon). As in
// interaction.cpp.
void EmbeddingUpdate::update(Emitter& out, const Rows& rows) const {
  const std::uint32_t count = rows.values.rows;
  const std::uint32_t cols = shape_.features;
  VectorOperation o{.rows = count,
                    .cols = cols,
                    .a = matrix(rows.gradients),
                    .b = compiler::equal_row(rate_, count),
                    .combine = Combine::kReverseSubtract,
                    .c = matrix(rows.values),
                    .d = rows.values};
  if (shape_.is_adagrad) {
    out.vector("squares", {.rows = count,
                           .cols = cols,
                           .a = matrix(rows.gradients),
                           .b = matrix(rows.gradients),
                           .reduce = isa::Reduce::kSum,
                           .e = temporaries_.squares});
    out.vector("state", {.rows = count,
                         .cols = 1,
                         .a = matrix(temporaries_.squares),
                         .b = constant(1.0f / static_cast<float>(cols)),
                         .combine = Combine::kAdd,
                         .c = matrix(rows.state),
                         .d = rows.state});
    out.vector("1 / root", {.rows = 1,
                            .cols = count,
                            .a = matrix(rows.state.t()),
                            .combine = Combine::kAdd,
                            .c = constant(kAdagradEpsilon),
                            .apply = isa::Apply::kRsqrt,
                            .d = temporaries_.root});
    out.vector("rate / root", {.rows = 1,
                               .cols = count,
                               .a = matrix(temporaries_.root),
                               .b = compiler::equal_row(rate_, 1),
                               .d = temporaries_.scale});
    o.b = column(temporaries_.scale.t());
  }
  out.vector("update", o);
}

void EmbeddingUpdate::load_block(Emitter& out, std::uint32_t buffer, std::uint32_t block) const {
  out.load_list("lists", buffers_[buffer].list_at, block_bytes() / kWord,
                std::uint64_t{block} * block_bytes(), kBlockRegister);
  load_rows(out, buffers_[buffer]);
  if (!shape_.blocks.gathers) return;
  const Rows& rows = buffers_[buffer];
  const RowChoice bags{.list_at = rows.list_at + shape_.blocks.rows + shape_.blocks.entries,
                       .limit = shape_.bags};
  out.load("gradients", rows.bags, regions_.gradients.address, kWord * shape_.features,
           Format::kFp32, 0, bags);
  if (shape_.pooling == Pooling::kMean) {
    out.load("scales", rows.scales, regions_.scales.address, kWord, Format::kFp32, 0, bags);
  }
}

// All gradients of bags, and the means of them.
void EmbeddingUpdate::load_gradients(Emitter& out) const {
  const std::uint32_t cols = shape_.features;
  out.load("gradients", bag_gradients_, regions_.gradients.address, kWord * cols, Format::kFp32);
  if (shape_.pooling == Pooling::kSum) return;
  out.load("scales", scales_, regions_.scales.address, kWord * shape_.bags, Format::kFp32);
  out.plain(Opcode::kSync);
  out.vector("mean", {.rows = shape_.bags,
                      .cols = cols,
                      .a = matrix(bag_gradients_),
                      .b = column(scales_.t()),
                      .d = bag_gradients_});
}

Emitter EmbeddingUpdate::begin() const {
  Emitter out(shape_.hardware.n);
  const std::uint32_t cols = shape_.features;
  out.set("lists", kBlockRegister,
          static_cast<std::uint32_t>(regions_.lists.address) +
              kWord * static_cast<std::uint32_t>(UpdateLists::end_words(shape_.blocks)));
  out.load("rate", rate_, regions_.rate.address, kWord * cols, Format::kFp32);
  if (!shape_.blocks.gathers) load_gradients(out);
  load_block(out, 0, 0);
  const std::uint32_t first_hot = shape_.blocks.buffers * shape_.blocks.rows;
  out.vector("sums of hot rows",
             {.rows = shape_.blocks.hot,
              .cols = cols,
              .d = sums_.block(shape_.hardware.n, first_hot, 0, shape_.blocks.hot, cols)});
  return out;
}

// A block for each buffer; with each the next one is loaded.
Emitter EmbeddingUpdate::turn() const {
  Emitter out(shape_.hardware.n);
  const std::uint32_t buffers = shape_.blocks.buffers;
  const std::uint32_t cols = shape_.features;
  for (std::uint32_t b = 0; b < buffers; ++b) {
    const Rows& rows = buffers_[b];
    load_block(out, (b + 1) % buffers, b + 1);
    out.vector("sums", {.rows = shape_.blocks.rows, .cols = cols, .d = rows.gradients});
    if (shape_.blocks.gathers && shape_.pooling == Pooling::kMean) {
      out.vector("mean", {.rows = shape_.blocks.entries,
                          .cols = cols,
                          .a = matrix(rows.bags),
                          .b = column(rows.scales),
                          .d = rows.bags});
    }
    out.listed("sums",
               {.cols = cols,
                .a = matrix(rows.bags),
                .combine = Combine::kAdd,
                .c = matrix(sums_),
                .d = sums_},
               {rows.list_at + shape_.blocks.rows, shape_.blocks.entries});
    update(out, rows);
    store_rows(out, rows);
  }
  out.add("", kBlockRegister, kBlockRegister, buffers * block_bytes());
  return out;
}

// The hottest rows.
Emitter EmbeddingUpdate::end() const {
  Emitter out(shape_.hardware.n);
  const std::uint32_t hot = shape_.blocks.hot;
  const std::uint32_t cols = shape_.features;
  out.load_list("lists of hot rows", 0, 2 * hot, regions_.lists.address);
  load_rows(out, hot_);
  out.vector("gradients of hot rows", {.rows = hot, .cols = cols, .d = hot_.gradients});
  out.plain(Opcode::kSync);
  out.listed("gradients of hot rows",
             {.cols = cols,
              .a = matrix(sums_.block(shape_.hardware.n, shape_.blocks.buffers * shape_.blocks.rows,
                                      0, hot, cols)),
              .combine = Combine::kAdd,
              .c = matrix(hot_.gradients),
              .d = hot_.gradients},
             {hot, hot});
  update(out, hot_);
  out.plain(Opcode::kSync);
  store_rows(out, hot_);
  return out;
}

void EmbeddingUpdate::prepare(runtime::Device& device, const UpdateLists& lists,
                              const datasets::Bags& bags, float rate) const {
  check_fits(bags, shape_.bags, lists.blocks(), shape_.most_blocks);
  device.write(regions_.lists.address, std::as_bytes(lists.words()));
  if (shape_.pooling == Pooling::kMean) {
    write_floats(device, regions_.scales, 0, mean_scales(bags));
  }
  write_floats(device, regions_.rate, 0, std::vector<float>(shape_.features, rate));
  put_program(device, pass_.program);
  change_program(device, pass_.program, pass_.loop, isa::loop::kCount,
                 lists.blocks() / shape_.blocks.buffers);
}

void EmbeddingUpdate::launch(runtime::Device& device, const std::function<void()>& observer) const {
  run_program(device, pass_.program, observer);
}

void EmbeddingUpdate::run(runtime::Device& device, const datasets::Bags& bags, float rate,
                          const std::function<void()>& observer) const {
  const UpdateLists lists(bags, shape_.table_rows, shape_.blocks);
  prepare(device, lists, bags, rate);
  launch(device, observer);
}

PassWork EmbeddingUpdate::work(const UpdateLists& lists, const datasets::Bags& bags) const {
  const std::uint64_t row = beats(std::uint64_t{kWord} * shape_.features);
  const std::uint64_t visit = lists.rows() * (row + (shape_.is_adagrad ? 1 : 0));
  PassWork out;
  out.written = visit;
  // A gathered gradient has a number and, of a mean, a scale by itself.
  const std::uint64_t gradients = shape_.blocks.gathers ? lists.gathered() : shape_.bags;
  out.read = visit + beats(kWord * (bags.indices.size() + lists.rows() + lists.gathered())) +
             gradients * row;
  // A line clears a sum, one updates the row; squares and their state are two more.
  const std::uint64_t across = compiler::tiles(shape_.features, shape_.hardware.n);
  out.vector = across * (bags.indices.size() + 2 * std::uint64_t{lists.rows()});
  if (shape_.is_adagrad) out.vector += (across + 1) * lists.rows();
  if (shape_.pooling == Pooling::kMean) {
    out.read += shape_.blocks.gathers ? gradients : beats(kWord * gradients);
    out.vector += across * gradients;
  }
  return out;
}

}  // namespace gradcore::nn
