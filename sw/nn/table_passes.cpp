// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/table_passes.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace gradcore::nn {
namespace {

// Of a pass's lists for each index, about twice what blocks that are half full need; of the blocks
// that any mini-batch has, and of its program and the small matrices.
constexpr std::uint64_t kWordsOfIndex = 8, kWordsOfVector = 8, kWords = 1 << 16;

}  // namespace

TablePasses::TablePasses(TablePassesShape shape) : shape_(std::move(shape)) {
  std::uint64_t most = 0;  // indices of a sample
  for (const BagShape& table : shape_.tables) {
    table_rows_.push_back(table.rows);
    all_rows_ += table.rows;
    most += table.most;
  }
  require(
      shape_.samples > 0 && shape_.features > 0 && all_rows_ > 0 &&
          shape_.first + shape_.tables.size() <= shape_.vector_rows,
      fmt::format("{} tables for {} samples of {} vectors, expected room for all of them behind "
                  "{}",
                  shape_.tables.size(), shape_.samples, shape_.vector_rows, shape_.first));
  DramPlan plan(shape_.dram_base);
  const std::uint64_t row = std::uint64_t{kWord} * shape_.features;
  const std::uint64_t vectors = std::uint64_t{shape_.samples} * shape_.vector_rows;
  rows_ = plan.take("rows of tables", row * all_rows_, shape_.home.rows);
  state_ = plan.take("state of rows", shape_.is_adagrad ? std::uint64_t{kWord} * all_rows_ : 0,
                     shape_.home.state);
  vectors_ = plan.take("vectors", row * vectors, shape_.home.bags);
  work_ = plan.end();
  plan.take("lists of passes",
            kWord * (kWordsOfIndex * most * shape_.samples + kWordsOfVector * vectors + kWords));
  end_ = plan.end();
}

datasets::Bags TablePasses::bags_of(const datasets::ClickBatch& batch) const {
  if (batch.size() != shape_.samples) {
    throw std::invalid_argument(
        fmt::format("{} samples, expected {}", batch.size(), shape_.samples));
  }
  for (std::size_t t = 0; t < batch.tables.size() && t < shape_.tables.size(); ++t) {
    for (std::size_t s = 0; s < batch.tables[t].count(); ++s) {
      const std::size_t size = batch.tables[t].bag(s).size();
      if (size <= shape_.tables[t].most) continue;
      throw std::invalid_argument(fmt::format(
          "a bag of {} indices of table {}, expected {} at most", size, t, shape_.tables[t].most));
    }
  }
  return joined(batch, table_rows_, shape_.first, shape_.vector_rows);
}

EmbeddingHome TablePasses::home() const {
  return {rows_.address, state_.address, vectors_.address};
}

template <typename Pass>
const Pass& TablePasses::checked(const Pass& pass) const {
  require(pass.dram_end() <= end_,
          fmt::format("a pass over embedding tables needs {} bytes of DRAM, and has {}",
                      pass.dram_end() - work_, end_ - work_));
  return pass;
}

void TablePasses::pool(runtime::Device& device, const datasets::ClickBatch& batch,
                       const std::function<void()>& observer) const {
  const datasets::Bags bags = bags_of(batch);
  EmbeddingPoolingShape shape;
  shape.hardware = shape_.hardware;
  shape.table_rows = all_rows_;
  shape.features = shape_.features;
  shape.bags = static_cast<std::uint32_t>(bags.count());
  shape.pooling = shape_.pooling;
  shape.blocks = pooling_shape(bags, shape_.hardware.n, shape_.hardware.list_entries());
  const PoolingLists lists(bags, shape.table_rows, shape.blocks);
  shape.most_blocks = lists.blocks();
  shape.home = home();
  shape.dram_base = work_;
  const EmbeddingPooling pass(shape);
  checked(pass).prepare(device, lists, bags);
  pass.launch(device, observer);
}

void TablePasses::update(runtime::Device& device, const datasets::ClickBatch& batch, float rate,
                         const std::function<void()>& observer) const {
  const datasets::Bags bags = bags_of(batch);
  EmbeddingShape shape;
  shape.hardware = shape_.hardware;
  shape.table_rows = all_rows_;
  shape.features = shape_.features;
  shape.bags = static_cast<std::uint32_t>(bags.count());
  shape.pooling = shape_.pooling;
  shape.is_adagrad = shape_.is_adagrad;
  shape.blocks = update_shape(bags, shape_.hardware, shape_.features);
  const UpdateLists lists(bags, shape.table_rows, shape.blocks);
  shape.most_blocks = lists.blocks();
  shape.home = home();
  shape.dram_base = work_;
  const EmbeddingUpdate pass(shape);
  checked(pass).prepare(device, lists, bags, rate);
  pass.launch(device, observer);
}

}  // namespace gradcore::nn
