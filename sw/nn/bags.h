// SPDX-License-Identifier: Apache-2.0
// Embedding tables in DRAM, and the lists of rows that a mini-batch needs of them.
//
// All tables have as many features and lie one below the other, so that a row has one number. A
// step has each row that it needs once, in a slot in local memory; bags are sums of slots,
// gradients of bags are added to gradients of slots. Of the updated rows those that the next step
// needs too stay in local memory; the others go back, and what the next step needs besides comes
// while this one is under way. So no step waits for what the one before it writes to DRAM. The host
// finds the rows and makes the lists; the chip checks every number of a row against the tables.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sw/datasets/click_batch.h"

namespace gradcore::nn {

struct BagShape {
  std::uint32_t rows = 0;             // of the table
  std::uint32_t least = 1, most = 1;  // indices of a sample
};

// Where the lists of a step are, in entries of 32 bits. For every chunk of the mini-batch: the rows
// of its new slots (those that no chunk before it has), and for its bags, index by index, from
// which slot to which row of the chunk's vectors, and back. For training besides: which rows come
// during this step for the next one, and which go that the step before has updated last.
class BagLists {
 public:
  // Chunks of so many samples; `vector_rows` rows of a chunk's vectors belong to a sample, row 1 +
  // t to table t. Slots of chunks begin at multiples of the array's size.
  BagLists(std::vector<BagShape> tables, const std::vector<std::uint32_t>& chunks,
           std::uint32_t vector_rows, unsigned n);

  struct Part {
    std::uint32_t at = 0, count = 0;  // entries
  };
  struct Chunk {
    Part rows, forward, backward;
    std::uint32_t first_slot = 0, slots = 0;
  };
  const std::vector<Chunk>& chunks() const { return chunks_; }
  const Part& coming() const { return coming_; }
  const Part& going() const { return going_; }
  std::uint32_t entries() const { return entries_; }  // of a step, a multiple of 16
  std::uint32_t slots() const { return slots_; }      // of all chunks
  std::uint32_t rows() const { return rows_; }        // of all tables
  const std::vector<BagShape>& tables() const { return tables_; }
  // Whether every bag has exactly one index, so that nothing is to be summed.
  bool is_single() const { return is_single_; }

  // Of a mini-batch; what is left of a list names no row. Throws std::invalid_argument, in a
  // sentence, for an index that its table does not have, or a bag that is too long.
  void fill(const datasets::ClickBatch& batch, std::span<std::uint32_t> entries) const;

  // Of the steps of a launch, one behind the other, each filled: what comes and goes, and instead
  // of the rows of new slots from where to which slot of the chunk: below slots() from that slot of
  // the step before, else what has come. The rows that must come before the first step, and those
  // that remain after the last one, slot by slot, are what is returned.
  struct Ends {
    std::vector<std::uint32_t> first, last;
  };
  Ends link(std::span<std::uint32_t> entries) const;

 private:
  std::vector<BagShape> tables_;
  std::vector<std::uint32_t> first_row_;  // of each table
  std::vector<std::uint32_t> samples_;    // of each chunk
  std::uint32_t vector_rows_;
  std::vector<Chunk> chunks_;
  Part coming_, going_;
  std::uint32_t entries_ = 0, slots_ = 0, rows_ = 0;
  bool is_single_ = true;
};

}  // namespace gradcore::nn
