// SPDX-License-Identifier: Apache-2.0
// The lists of a pass that sums rows of embedding tables up to bags, for a mini-batch of any size.
//
// Blocks are of bags. A block loads each row that its bags name once; the rows that
// most blocks would load stay in local memory through the whole pass. A bag is summed up in the
// order of its indices, in parts(indices, kPoolingChain) partial sums (embedding_lists.h), so its
// sum is a function of the bag alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sw/datasets/click_batch.h"
#include "sw/nn/embedding_lists.h"

namespace gradcore::nn {

// What is the same for every block of a pass. Sizes are multiples of the array's size.
struct PoolingShape {
  std::uint32_t rows = 0;     // that a block loads
  std::uint32_t entries = 0;  // from rows to partial sums
  std::uint32_t sums = 0;     // partial
  std::uint32_t bags = 0;
  std::uint32_t hot = 0;      // rows that stay
  std::uint32_t buffers = 3;  // blocks under way; their number is a multiple of it
};

// First come `hot` numbers of rows. Then the blocks: `rows` numbers of rows, the i-th for slot i,
// hot row h being slot rows + h; `entries` entries from slots to partial sums; `sums` entries from
// these to bags of the block; and `bags` numbers of bags. The last one, which is only loaded ahead,
// is of nothing.
class PoolingLists {
 public:
  // Throws std::invalid_argument, in a sentence, for an index that the tables do not have, or a bag
  // that is larger than a block.
  PoolingLists(const datasets::Bags& bags, std::uint32_t table_rows, const PoolingShape& shape);

  std::uint32_t blocks() const { return blocks_; }
  std::span<const std::uint32_t> words() const { return words_; }
  std::uint64_t loads() const { return loads_; }  // of rows, by all blocks and at the beginning
  std::uint64_t sums() const { return sums_; }    // partial

  static std::size_t block_words(const PoolingShape& shape) {
    return std::size_t{shape.rows} + shape.entries + shape.sums + shape.bags;
  }
  static std::size_t words(const PoolingShape& shape, std::uint32_t blocks) {
    return shape.hot + (std::size_t{blocks} + 1) * block_words(shape);
  }

 private:
  std::uint32_t blocks_ = 0;
  std::uint64_t loads_ = 0, sums_ = 0;
  std::vector<std::uint32_t> words_;
};

// Blocks of a shape that suits such a batch, with lists of so many entries in list memory.
PoolingShape pooling_shape(const datasets::Bags& bags, unsigned n, std::uint32_t list_entries);

}  // namespace gradcore::nn
