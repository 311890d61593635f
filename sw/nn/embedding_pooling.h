// SPDX-License-Identifier: Apache-2.0
// Sums or means of rows of embedding tables over bags, as a pass of its own, for a mini-batch of
// any size: tables and results lie in DRAM. The chip goes through blocks of bags in a loop
// (pooling_lists.h): while one is summed up, the next one's rows are loaded and the results of the
// one before stored. An empty bag is +0.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sw/nn/embedding_pass.h"
#include "sw/nn/lanes.h"
#include "sw/nn/launch.h"
#include "sw/nn/pooling_lists.h"

namespace gradcore::nn {

// Of all tables, one below the other, and of mini-batches.
struct EmbeddingPoolingShape {
  device::Hardware hardware;
  std::uint32_t table_rows = 0;
  std::uint32_t features = 16;
  std::uint32_t bags = 0;  // of a mini-batch
  Pooling pooling = Pooling::kSum;
  PoolingShape blocks;
  std::uint32_t most_blocks = 0;  // that there is room for in DRAM
  EmbeddingHome home;
  std::uint64_t dram_base = 0;  // a multiple of 64
};

class EmbeddingPooling {
 public:
  // Throws compiler::CompileError when something does not fit.
  explicit EmbeddingPooling(const EmbeddingPoolingShape& shape);

  // All numbers in DRAM are binary32; matrices lie row by row.
  struct Regions {
    Region rows;     // of the tables: table_rows x features
    Region results;  // bags x features
    Region scales;   // bags x 1: 1 / indices of each bag (mean)
    Region lists;
    Region spare;
  };
  const Regions& regions() const { return regions_; }
  const compiler::ChipProgram& program() const { return pass_.program; }
  std::uint64_t dram_end() const { return pass_.end; }

  // Makes the lists and the scales of a mini-batch, and its results. Throws what PoolingLists
  // throws, std::invalid_argument for more blocks or other bags than there is room for, and
  // compiler::ChipError.
  void run(runtime::Device& device, const datasets::Bags& bags,
           const std::function<void()>& observer = {}) const;
  // The same in two steps: what is in DRAM before the launch, and the launch.
  void prepare(runtime::Device& device, const PoolingLists& lists,
               const datasets::Bags& bags) const;
  void launch(runtime::Device& device, const std::function<void()>& observer = {}) const;

  // Without what fills up blocks, and without instructions.
  PassWork work(const PoolingLists& lists, const datasets::Bags& bags) const;

 private:
  struct Buffer {
    View rows, results, scales;  // rows: those of the block, then the hot ones
    std::uint32_t list_at = 0;
  };
  void plan_dram();
  void plan_local();
  void load_block(compiler::Emitter& out, std::uint32_t buffer, std::uint32_t block) const;
  compiler::Emitter begin() const;
  compiler::Emitter turn() const;
  std::uint32_t block_bytes() const;

  EmbeddingPoolingShape shape_;
  Regions regions_;
  PassProgram pass_;
  View sums_;  // partial
  std::vector<Buffer> buffers_;
};

}  // namespace gradcore::nn
