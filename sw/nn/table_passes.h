// SPDX-License-Identifier: Apache-2.0
// The embedding tables of a recommendation model, worked on by passes of their own around the
// programs that do the rest of a step: for mini-batches whose lists, or whose rows, are more than
// local memory holds, and for means.
//
//   pool      bags of all samples to vectors, in DRAM
//   ...       somebody takes the vectors, and puts their gradients in their place
//   update    rows of the tables, by these gradients
//
// A pass uses local memory and list memory as if nobody else did.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sw/nn/bags.h"
#include "sw/nn/embedding_pooling.h"
#include "sw/nn/embedding_update.h"

namespace gradcore::nn {

struct TablePassesShape {
  device::Hardware hardware;
  std::vector<BagShape> tables;  // one below the other in DRAM
  std::uint32_t features = 0;
  std::uint32_t samples = 0;  // of a mini-batch
  // Vectors of a sample: `first` that are +0, then one of each table, then more that are +0.
  std::uint32_t first = 0, vector_rows = 0;
  Pooling pooling = Pooling::kSum;
  bool is_adagrad = false;      // row-wise; else SGD
  EmbeddingHome home;           // rows and state of tables, vectors
  std::uint64_t dram_base = 0;  // a multiple of 64
};

class TablePasses {
 public:
  // Throws compiler::CompileError when something does not fit, whatever mini-batches will be.
  explicit TablePasses(TablePassesShape shape);

  const Region& rows() const { return rows_; }
  const Region& state() const { return state_; }
  const Region& vectors() const { return vectors_; }  // samples x vector_rows rows, and gradients
  std::uint64_t dram_end() const { return end_; }

  // Each pass is made for its mini-batch. Throws std::invalid_argument, in a sentence, for one of
  // another size, or with an index that its table does not have or a bag that is too long, and
  // compiler::CompileError, compiler::ChipError.
  void pool(runtime::Device& device, const datasets::ClickBatch& batch,
            const std::function<void()>& observer = {}) const;
  void update(runtime::Device& device, const datasets::ClickBatch& batch, float rate,
              const std::function<void()>& observer = {}) const;

 private:
  datasets::Bags bags_of(const datasets::ClickBatch& batch) const;
  EmbeddingHome home() const;
  template <typename Pass>
  const Pass& checked(const Pass& pass) const;

  TablePassesShape shape_;
  std::vector<std::uint32_t> table_rows_;
  std::uint32_t all_rows_ = 0;
  Region rows_, state_, vectors_;
  std::uint64_t work_ = 0, end_ = 0;  // DRAM for what a pass has for itself
};

}  // namespace gradcore::nn
