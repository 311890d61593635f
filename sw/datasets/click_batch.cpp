// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/click_batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace gradcore::datasets {
namespace {

template <typename... Values>
void require(bool is_good, fmt::format_string<Values...> why, Values&&... values) {
  if (is_good) return;
  throw std::invalid_argument(
      fmt::format("a batch of clicks: {}", fmt::format(why, std::forward<Values>(values)...)));
}

}  // namespace

void ClickBatch::append(const ClickSample& sample) {
  if (sample.dense.size() != dense_features || sample.bags.size() != tables.size()) {
    throw std::invalid_argument(
        fmt::format("a sample of {} features and {} tables is no part of a batch of {} and {}",
                    sample.dense.size(), sample.bags.size(), dense_features, tables.size()));
  }
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  for (std::size_t t = 0; t < tables.size(); ++t) {
    if (sample.bags[t].size() > kMost - tables[t].indices.size()) {
      throw std::length_error(fmt::format("table {} of a batch has 2^32 indices or more", t));
    }
  }
  dense.insert(dense.end(), sample.dense.begin(), sample.dense.end());
  for (std::size_t t = 0; t < tables.size(); ++t) {
    std::vector<std::uint32_t>& indices = tables[t].indices;
    indices.insert(indices.end(), sample.bags[t].begin(), sample.bags[t].end());
    tables[t].offsets.push_back(static_cast<std::uint32_t>(indices.size()));
  }
  labels.push_back(sample.label);
}

void check_batch(const ClickBatch& batch, std::span<const std::uint32_t> table_sizes) {
  require(batch.dense.size() == batch.size() * batch.dense_features,
          "{} dense numbers for {} samples of {}", batch.dense.size(), batch.size(),
          batch.dense_features);
  require(batch.tables.size() == table_sizes.size(), "{} tables, expected {}", batch.tables.size(),
          table_sizes.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    require(batch.labels[i] <= 1, "label {} is {}, expected 0 or 1", i, batch.labels[i]);
  }
  for (std::size_t t = 0; t < batch.tables.size(); ++t) {
    const Bags& bags = batch.tables[t];
    require(bags.offsets.size() == batch.size() + 1,
            "table {} has {} offsets for {} samples, expected one more than samples", t,
            bags.offsets.size(), batch.size());
    require(bags.offsets.front() == 0 && bags.offsets.back() == bags.indices.size() &&
                std::is_sorted(bags.offsets.begin(), bags.offsets.end()),
            "the offsets of table {} do not ascend from 0 to its {} indices", t,
            bags.indices.size());
    for (std::size_t i = 0; i < bags.indices.size(); ++i) {
      require(bags.indices[i] < table_sizes[t],
              "index {} of table {} is {}, but the table has {} rows", i, t, bags.indices[i],
              table_sizes[t]);
    }
  }
}

}  // namespace gradcore::datasets
