// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/embedding_pooling.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace gradcore::nn {
namespace {

using compiler::column;
using compiler::Emitter;
using compiler::matrix;
using compiler::RowChoice;
using isa::Combine;
using isa::Format;

}  // namespace

EmbeddingPooling::EmbeddingPooling(const EmbeddingPoolingShape& shape) : shape_(shape) {
  const PoolingShape& blocks = shape_.blocks;
  const unsigned n = shape_.hardware.n;
  const std::uint32_t entries = shape_.hardware.list_entries();
  for (const std::uint32_t size :
       {blocks.rows, blocks.entries, blocks.sums, blocks.bags, blocks.hot}) {
    require(size > 0 && size % n == 0 && blocks.buffers >= 2,
            fmt::format("a size of blocks of bags is {}, expected a multiple of {}, and two "
                        "buffers or more",
                        size, n));
  }
  require(
      std::max<std::uint64_t>(
          std::uint64_t{blocks.buffers} * list_room(PoolingLists::block_words(blocks)),
          blocks.hot) <= entries,
      fmt::format("{} buffers of {} rows, {} entries, {} sums and {} bags: more than the {} "
                  "entries of list memory",
                  blocks.buffers, blocks.rows, blocks.entries, blocks.sums, blocks.bags, entries));
  require(shape_.bags > 0 && shape_.table_rows > 0 && shape_.features > 0 &&
              shape_.most_blocks >= blocks.buffers,
          "an embedding pass has bags, rows, features, and a block for each buffer");
  plan_dram();
  plan_local();
  pass_ = pass_program(shape_.hardware, begin(), turn(), Emitter(n), sums_, regions_.spare);
}

std::uint32_t EmbeddingPooling::block_bytes() const {
  return kWord * static_cast<std::uint32_t>(PoolingLists::block_words(shape_.blocks));
}

void EmbeddingPooling::plan_dram() {
  DramPlan plan(shape_.dram_base);
  const std::uint64_t row = std::uint64_t{kWord} * shape_.features;
  regions_.rows = plan.take("rows of tables", row * shape_.table_rows, shape_.home.rows);
  regions_.results = plan.take("results", row * shape_.bags, shape_.home.bags);
  regions_.scales = plan.take(
      "scales of bags", shape_.pooling == Pooling::kMean ? std::uint64_t{kWord} * shape_.bags : 0);
  regions_.lists =
      plan.take("lists", kWord * PoolingLists::words(shape_.blocks, shape_.most_blocks));
  regions_.spare = plan.take("spare bytes", kWord);
}

// Rows and sums, which are read together, are on different sides; so are sums and results.
void EmbeddingPooling::plan_local() {
  const PoolingShape& blocks = shape_.blocks;
  Lanes lanes(shape_.hardware);
  sums_ = lanes.take(TileSide::kOdd, blocks.sums, shape_.features);
  for (std::uint32_t b = 0; b < blocks.buffers; ++b) {
    Buffer out;
    out.rows = lanes.take(TileSide::kEven, blocks.rows + blocks.hot, shape_.features);
    out.results = lanes.take(TileSide::kEven, blocks.bags, shape_.features);
    if (shape_.pooling == Pooling::kMean) {
      out.scales = lanes.take(TileSide::kOdd, blocks.bags, 1);
    }
    out.list_at = b * list_room(PoolingLists::block_words(blocks));
    buffers_.push_back(out);
  }
}

void EmbeddingPooling::load_block(Emitter& out, std::uint32_t buffer, std::uint32_t block) const {
  const Buffer& b = buffers_[buffer];
  const PoolingShape& blocks = shape_.blocks;
  const std::uint32_t cols = shape_.features;
  out.load_list("lists", b.list_at, block_bytes() / kWord, std::uint64_t{block} * block_bytes(),
                kBlockRegister);
  out.load("rows", b.rows.block(shape_.hardware.n, 0, 0, blocks.rows, cols), regions_.rows.address,
           kWord * cols, Format::kFp32, 0,
           RowChoice{.list_at = b.list_at, .limit = shape_.table_rows});
  if (shape_.pooling == Pooling::kMean) {
    const std::uint32_t bags_at = b.list_at + blocks.rows + blocks.entries + blocks.sums;
    out.load("scales", b.scales, regions_.scales.address, kWord, Format::kFp32, 0,
             RowChoice{.list_at = bags_at, .limit = shape_.bags});
  }
}

Emitter EmbeddingPooling::begin() const {
  Emitter out(shape_.hardware.n);
  const PoolingShape& blocks = shape_.blocks;
  const std::uint32_t cols = shape_.features;
  out.set("lists", kBlockRegister,
          static_cast<std::uint32_t>(regions_.lists.address) + kWord * blocks.hot);
  out.load_list("list of hot rows", 0, blocks.hot, regions_.lists.address);
  // The others are copied from the first buffer.
  const auto hot = [&](std::uint32_t b) {
    return buffers_[b].rows.block(shape_.hardware.n, blocks.rows, 0, blocks.hot, cols);
  };
  out.load("hot rows", hot(0), regions_.rows.address, kWord * cols, Format::kFp32, 0,
           RowChoice{.list_at = 0, .limit = shape_.table_rows});
  out.plain(isa::Opcode::kSync);
  load_block(out, 0, 0);
  for (std::uint32_t b = 1; b < blocks.buffers; ++b) {
    out.vector("hot rows", {.rows = blocks.hot, .cols = cols, .a = matrix(hot(0)), .d = hot(b)});
  }
  return out;
}

// A block for each buffer; with each the next one is loaded.
Emitter EmbeddingPooling::turn() const {
  Emitter out(shape_.hardware.n);
  const PoolingShape& blocks = shape_.blocks;
  const std::uint32_t cols = shape_.features;
  for (std::uint32_t b = 0; b < blocks.buffers; ++b) {
    const Buffer& buffer = buffers_[b];
    const std::uint32_t entries_at = buffer.list_at + blocks.rows;
    load_block(out, (b + 1) % blocks.buffers, b + 1);
    out.vector("sums", {.rows = blocks.sums, .cols = cols, .d = sums_});
    out.vector("results", {.rows = blocks.bags, .cols = cols, .d = buffer.results});
    out.listed("sums",
               {.cols = cols,
                .a = matrix(buffer.rows),
                .combine = Combine::kAdd,
                .c = matrix(sums_),
                .d = sums_},
               {entries_at, blocks.entries});
    out.listed("results",
               {.cols = cols,
                .a = matrix(sums_),
                .combine = Combine::kAdd,
                .c = matrix(buffer.results),
                .d = buffer.results},
               {entries_at + blocks.entries, blocks.sums});
    if (shape_.pooling == Pooling::kMean) {
      out.vector("means", {.rows = blocks.bags,
                           .cols = cols,
                           .a = matrix(buffer.results),
                           .b = column(buffer.scales),
                           .d = buffer.results});
    }
    out.store(
        "results", buffer.results, regions_.results.address, kWord * cols, Format::kFp32, 0,
        RowChoice{.list_at = entries_at + blocks.entries + blocks.sums, .limit = shape_.bags});
  }
  out.add("", kBlockRegister, kBlockRegister, blocks.buffers * block_bytes());
  return out;
}

void EmbeddingPooling::prepare(runtime::Device& device, const PoolingLists& lists,
                               const datasets::Bags& bags) const {
  check_fits(bags, shape_.bags, lists.blocks(), shape_.most_blocks);
  device.write(regions_.lists.address, std::as_bytes(lists.words()));
  if (shape_.pooling == Pooling::kMean) {
    write_floats(device, regions_.scales, 0, mean_scales(bags));
  }
  put_program(device, pass_.program);
  change_program(device, pass_.program, pass_.loop, isa::loop::kCount,
                 lists.blocks() / shape_.blocks.buffers);
}

void EmbeddingPooling::launch(runtime::Device& device,
                              const std::function<void()>& observer) const {
  run_program(device, pass_.program, observer);
}

void EmbeddingPooling::run(runtime::Device& device, const datasets::Bags& bags,
                           const std::function<void()>& observer) const {
  const PoolingLists lists(bags, shape_.table_rows, shape_.blocks);
  prepare(device, lists, bags);
  launch(device, observer);
}

PassWork EmbeddingPooling::work(const PoolingLists& lists, const datasets::Bags& bags) const {
  const std::uint64_t row = beats(std::uint64_t{kWord} * shape_.features);
  const std::uint64_t across = compiler::tiles(shape_.features, shape_.hardware.n);
  const bool is_mean = shape_.pooling == Pooling::kMean;
  PassWork out;
  out.written = row * shape_.bags;
  out.read = lists.loads() * row +
             beats(kWord * (bags.indices.size() + lists.loads() + lists.sums() + shape_.bags)) +
             (is_mean ? shape_.bags : 0);
  out.vector = across * (bags.indices.size() + 2 * lists.sums() + (is_mean ? 2 : 1) * shape_.bags);
  return out;
}

}  // namespace gradcore::nn
