// SPDX-License-Identifier: Apache-2.0
// The update of embedding tables as a pass of its own, for a mini-batch of any size: gradients of
// bags and tables lie in DRAM, the gradients of the rows that the bags name are summed up, and
// these rows updated.
//
// The chip goes through blocks of rows in a loop (embedding_lists.h): while one is summed up and
// updated, the next one is loaded and the one before stored. Gradients of bags lie in local memory
// through the whole pass, or, where they are too many, are loaded with each block. Every row that
// is named is read and written once, no other is touched.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sw/compiler/emitter.h"
#include "sw/nn/embedding_lists.h"
#include "sw/nn/embedding_pass.h"
#include "sw/nn/lanes.h"
#include "sw/nn/launch.h"

namespace gradcore::nn {

// Of all tables, one below the other, and of mini-batches.
struct EmbeddingShape {
  device::Hardware hardware;
  std::uint32_t table_rows = 0;
  std::uint32_t features = 16;
  std::uint32_t bags = 0;  // of a mini-batch
  Pooling pooling = Pooling::kSum;
  bool is_adagrad = false;  // row-wise; else SGD
  BlockShape blocks;
  std::uint32_t most_blocks = 0;  // that there is room for in DRAM
  EmbeddingHome home;
  std::uint64_t dram_base = 0;  // a multiple of 64
};

class EmbeddingUpdate {
 public:
  // Throws compiler::CompileError when something does not fit.
  explicit EmbeddingUpdate(const EmbeddingShape& shape);

  // All numbers in DRAM are binary32; matrices lie row by row.
  struct Regions {
    Region rows, state;  // of the tables: table_rows x features, table_rows x 1 (Adagrad)
    Region gradients;    // bags x features
    Region scales;       // 1 x bags: 1 / indices of each bag (mean)
    Region rate;         // 1 x features, all the same
    Region lists;
    Region spare;
  };
  const Regions& regions() const { return regions_; }
  const compiler::ChipProgram& program() const { return pass_.program; }
  std::uint64_t dram_end() const { return pass_.end; }

  // Makes the lists and the scales of a mini-batch, and updates the tables by its gradients, which
  // are in DRAM. Throws what UpdateLists throws, std::invalid_argument for more blocks or other
  // bags than there is room for, and compiler::ChipError.
  void run(runtime::Device& device, const datasets::Bags& bags, float rate,
           const std::function<void()>& observer = {}) const;
  // The same in two steps: what is in DRAM before the launch, and the launch.
  void prepare(runtime::Device& device, const UpdateLists& lists, const datasets::Bags& bags,
               float rate) const;
  void launch(runtime::Device& device, const std::function<void()>& observer = {}) const;

  // Without what fills up blocks, and without instructions.
  PassWork work(const UpdateLists& lists, const datasets::Bags& bags) const;

 private:
  struct Rows {  // that are updated together
    View values, state, gradients;
    View bags, scales;  // that a block has gathered
    std::uint32_t list_at = 0;
  };
  struct Temporaries {
    View squares, root, scale;
  };

  void plan_dram();
  void plan_local();
  void load_block(compiler::Emitter& out, std::uint32_t buffer, std::uint32_t block) const;
  void load_rows(compiler::Emitter& out, const Rows& rows) const;
  void load_gradients(compiler::Emitter& out) const;
  void update(compiler::Emitter& out, const Rows& rows) const;
  void store_rows(compiler::Emitter& out, const Rows& rows) const;
  compiler::Emitter begin() const;
  compiler::Emitter turn() const;
  compiler::Emitter end() const;
  std::uint32_t block_bytes() const;

  EmbeddingShape shape_;
  Regions regions_;
  PassProgram pass_;
  View bag_gradients_, scales_, rate_;
  View sums_;  // of all buffers and hot slots
  std::vector<Rows> buffers_;
  Rows hot_;
  Temporaries temporaries_;
};

}  // namespace gradcore::nn
