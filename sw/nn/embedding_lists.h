// SPDX-License-Identifier: Apache-2.0
// The lists of passes over an embedding table that is larger than local memory, for a mini-batch of
// any size: which rows visit in which block, and what is summed where. Integer work of the host.
//
// Indices follow a power law: a few rows have a large part of them. The hottest rows have slots in
// local memory through the whole pass, and their entries are spread evenly over its blocks; every
// other row visits once, with one block, whose entries are what is left of a fixed number. An entry
// must wait while one before it with the same target is under way in the vector unit, so entries of
// a target are as far apart as the list allows, and long sums are made of several partial ones.
//
// What is summed in which order depends on the index list alone, never on blocks or slots:
//   the addends of a sum, in the order of the index list, are dealt to parts(addends, chain)
//   partial sums, the k-th to partial sum k modulo parts; each begins with +0, and so does the
//   total, to which the partial sums are added in turn.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sw/datasets/click_batch.h"
#include "sw/device/device.h"
#include "sw/model/local_memory.h"

namespace gradcore::nn {

// An entry of a listed vector instruction: from row `source` of a to row `target` of D.
constexpr std::uint32_t list_entry(std::uint32_t source, std::uint32_t target) {
  return source | target << 16;
}

// A sum of so many addends has so many partial sums of at most `chain` addends.
constexpr std::uint32_t parts(std::uint32_t addends, std::uint32_t chain) {
  return addends <= chain ? 1 : (addends + chain - 1) / chain;
}
// Of gradients of rows: how often a target may come in a list of that many, and nobody waits.
std::uint32_t update_chain(std::size_t indices);
// Of a bag, whatever else is in the mini-batch: 512 indices are 32 sums of 16.
inline constexpr std::uint32_t kPoolingChain = 16;

// What is the same for every block of a pass. Sizes are multiples of the array's size.
struct BlockShape {
  std::uint32_t rows = 0;     // that visit with a block
  std::uint32_t entries = 0;  // of its list
  std::uint32_t hot = 0;      // slots that stay
  std::uint32_t buffers = 3;  // blocks under way; their number is a multiple of it
  // Whether a block loads the gradients of its bags, `entries` at most; else all of them lie in
  // local memory through the whole pass.
  bool gathers = false;
};

// Gradients of bags to gradients of rows. First come, for the end of the pass, `hot` numbers of
// rows, and as many entries from hot slots to these rows. Then the blocks: `rows` numbers of rows,
// the i-th for slot i of the block's buffer, and `entries` entries from bags to slots: slot s of
// buffer j is target j rows + s, hot slot h is target buffers rows + h. If a block gathers
// gradients, `entries` numbers of bags follow, and it is these that entries name. The last block,
// which is only loaded ahead, is of nothing.
class UpdateLists {
 public:
  // Throws std::invalid_argument, in a sentence, for an index that the tables do not have, more
  // than 2^16 bags that are not gathered, or more hot rows than slots.
  UpdateLists(const datasets::Bags& bags, std::uint32_t table_rows, const BlockShape& shape);

  std::uint32_t blocks() const { return blocks_; }
  std::span<const std::uint32_t> words() const { return words_; }
  std::uint32_t rows() const { return rows_; }          // that any bag names
  std::uint32_t hot_rows() const { return hot_rows_; }  // of these
  std::uint64_t gathered() const { return gathered_; }  // gradients, by all blocks

  static std::size_t end_words(const BlockShape& shape) { return std::size_t{2} * shape.hot; }
  static std::size_t block_words(const BlockShape& shape) {
    return std::size_t{shape.rows} + (shape.gathers ? 2 : 1) * std::size_t{shape.entries};
  }
  static std::size_t words(const BlockShape& shape, std::uint32_t blocks) {
    return end_words(shape) + (std::size_t{blocks} + 1) * block_words(shape);
  }

 private:
  struct Sum;
  struct Addend;
  struct Block;
  void write(const std::vector<Sum>& hot, const std::vector<Block>& blocks,
             const BlockShape& shape);

  std::uint32_t blocks_ = 0, rows_ = 0, hot_rows_ = 0;
  std::uint64_t gathered_ = 0;
  std::vector<std::uint32_t> words_;
};

// Blocks of a shape that suits such a batch. Gradients are gathered if there are too many bags.
BlockShape update_shape(const datasets::Bags& bags, const device::Hardware& hardware,
                        std::uint32_t features);

}  // namespace gradcore::nn
