// SPDX-License-Identifier: Apache-2.0
// Samples of a recommendation model: numbers, lists of categories, and whether there was a click.
// What every source of such data gives (click_log.h, criteo.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gradcore::datasets {

struct ClickSample {
  std::vector<float> dense;                      // as many for every sample of a source
  std::vector<std::vector<std::uint32_t>> bags;  // of each table the indices of rows, any number
  std::uint8_t label = 0;                        // 1: a click
};

// The bags of one table for all samples of a batch, in the form of PyTorch's
//   torch.nn.functional.embedding_bag(indices, table, offsets, mode="sum",
//   include_last_offset=True)
struct Bags {
  std::vector<std::uint32_t> offsets = {
      0};                              // of each bag in `indices`, and where the last one ends
  std::vector<std::uint32_t> indices;  // in the order of the sample; duplicates are allowed

  std::size_t count() const { return offsets.size() - 1; }
  std::span<const std::uint32_t> bag(std::size_t sample) const {
    return std::span(indices).subspan(offsets[sample], offsets[sample + 1] - offsets[sample]);
  }
  bool operator==(const Bags&) const = default;
};

struct ClickBatch {
  std::uint32_t dense_features = 0;
  std::vector<float> dense;  // a row of dense_features for each sample
  std::vector<Bags> tables;
  std::vector<std::uint8_t> labels;

  ClickBatch() = default;
  ClickBatch(std::uint32_t features, std::size_t table_count)
      : dense_features(features), tables(table_count) {}

  std::size_t size() const { return labels.size(); }
  std::span<const float> dense_of(std::size_t sample) const {
    return std::span(dense).subspan(sample * dense_features, dense_features);
  }

  // Throws std::invalid_argument when the sample has another number of features or tables, and
  // std::length_error when a table's indices would be 2^32 or more; the batch stays as it was.
  void append(const ClickSample& sample);
  bool operator==(const ClickBatch&) const = default;
};

// Throws std::invalid_argument, in one sentence, unless the parts of the batch belong together and
// every index of table t is below table_sizes[t].
void check_batch(const ClickBatch& batch, std::span<const std::uint32_t> table_sizes);

}  // namespace gradcore::datasets
