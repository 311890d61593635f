// SPDX-License-Identifier: Apache-2.0
// Where the dense and the sparse features of a recommendation model meet (Naumov et al., Deep
// learning recommendation model for personalization and recommendation systems, 2019).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sw/nn/embedding_bags.h"
#include "sw/nn/table_passes.h"

namespace gradcore::nn {

// The result of the bottom layers, and the products of all pairs of it and the bags' sums.
//
// The vectors of a sample are rows of a tile (or of some tiles below each other): row 0 is the
// result of the bottom layers, row 1 + t the sum of table t's bag. Their products are one small
// matrix product for each sample.
class Interaction final : public Layer {
 public:
  // The result has features + pairs() columns. `tables` must outlive the layer; its home is needed
  // only when instructions are made.
  Interaction(Context context, const std::string& name, const Tables& tables,
              const std::vector<std::uint32_t>& chunks, std::vector<std::unique_ptr<Layer>> bottom);
  Value forward(Step& step, std::size_t chunk, const Value& input) override;
  Value backward(Step& step, std::size_t chunk, const Value& gradient, bool wants_input) override;
  double macs(std::uint32_t rows, bool wants_input) const override;
  // Of the products of pairs among these, as the benchmark counts them (T T^t forward, (dZ + dZ^t)
  // T backward, each with all vectors of a sample), and as the array carries them out.
  double pair_macs(std::uint32_t rows) const;
  double pair_macs_executed(std::uint32_t rows) const;

  std::uint32_t pairs() const {
    const auto vectors = static_cast<std::uint32_t>(1 + tables_.shapes.size());
    return vectors * (vectors - 1) / 2;
  }
  // Not with passes.
  const EmbeddingBags& bags() const { return bags_.value(); }
  const BagLists& lists() const { return bags().lists(); }
  // What list memory holds from entry 0 on all the time, and how many entries are used in all.
  const std::vector<std::uint32_t>& constant_lists() const { return constant_lists_; }
  std::uint32_t list_entries() const { return bags_ ? bags_->list_end() : 2 * gather_; }
  // Without passes.
  static std::uint32_t list_entries(const BagLists& lists,
                                    const std::vector<std::uint32_t>& chunks);

  // DRAM for the pairs and their gradients of all samples, binary32.
  struct Scratch {
    std::uint64_t products = 0, gradients = 0;
  };
  void set_scratch(const Scratch& scratch) { home_ = scratch; }

  // With passes: what they are, with what they need in DRAM besides from an address on.
  TablePassesShape passes(const device::Hardware& hardware, std::uint64_t dram_base) const;
  // Rows of a chunk's vectors that belong to a sample.
  static std::uint32_t vector_rows(const Tables& tables, unsigned n);

 private:
  std::uint32_t first_sample(std::size_t chunk) const;
  std::uint64_t vectors_home(std::size_t chunk) const;

  std::string name_;
  unsigned n_;
  const Tables& tables_;
  std::vector<std::uint32_t> samples_;  // of each chunk
  std::vector<std::unique_ptr<Layer>> bottom_;
  std::uint32_t gather_ = 0;  // constant lists: from entry 0 sample to its row 0; from here on back
  std::optional<EmbeddingBags> bags_;  // without passes
  std::vector<std::uint32_t> constant_lists_;
  std::vector<View> vectors_, d_products_;  // of each chunk; what no sample has is 0 for ever
  Scratch home_;
};

}  // namespace gradcore::nn
