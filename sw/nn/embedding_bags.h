// SPDX-License-Identifier: Apache-2.0
// Embedding tables: sums of their rows for the bags of a mini-batch, and their update.
#pragma once

#include <string>
#include <vector>

#include "sw/nn/bags.h"
#include "sw/nn/layer.h"

namespace gradcore::nn {

// Embedding tables, one below the other in DRAM.
struct Tables {
  std::vector<BagShape> shapes;
  std::uint32_t features = 0;
  bool is_adagrad = false;  // row-wise; else SGD
  struct Home {
    std::uint64_t value = 0, state = 0;
    std::uint64_t vectors = 0;  // with passes: of all samples, and then their gradients
  } home;
  bool is_mean = false;  // of bags, else sums
  // Bags are summed, and rows updated, by passes of their own (table_passes.h): a step finds
  // vectors in DRAM, and leaves their gradients there.
  bool has_passes = false;

  std::uint64_t rows() const {  // of all tables
    std::uint64_t out = 0;
    for (const BagShape& table : shapes) out += table.rows;
    return out;
  }
};

// Of the slots of a step, as Step::show() is told.
inline constexpr const char* kRowGradients = "gradients of rows of tables";

// Register with the address of a step's lists in DRAM.
inline constexpr unsigned kListRegister = 9;

// The rows that a step needs lie in slots, in accumulator memory. In training updated rows are
// written to another place, the kept rows, with what has come from DRAM for the next step below
// them: from these two the next step takes its slots.
class EmbeddingBags {
 public:
  // Lists take list memory from entry `list_at` on. `tables` must outlive this; its home is needed
  // only when instructions are made.
  EmbeddingBags(Context context, const std::string& name, const Tables& tables,
                const std::vector<std::uint32_t>& chunks, std::uint32_t vector_rows,
                std::uint32_t list_at);

  // Sums of the bags of a chunk, in bfloat16, to the rows of `vectors` that the lists say.
  void pool(Step& step, std::size_t chunk, const View& vectors) const;
  // Rows that the step before has updated and this one does not need go to DRAM; those that the
  // next one needs and this one does not come. Behind all of pool(), before update().
  void move_rows(Step& step) const;
  // Gradients of the bags of a chunk, from such rows of `vectors`; chunks in their order.
  void add_gradients(Step& step, std::size_t chunk, const View& vectors);
  // With all gradients there are.
  void update(Step& step);

  // What stands before and behind the steps of a launch: the first rows come, by a list in DRAM;
  // the last rows go.
  void begin(compiler::Emitter& out, std::uint64_t first_rows) const;
  void end(compiler::Emitter& out, std::uint64_t last_rows) const;

  const BagLists& lists() const { return lists_; }
  // The first entry of list memory behind all lists; of such lists, from an entry on.
  std::uint32_t list_end() const { return places_.end; }
  static std::uint32_t list_end(const BagLists& lists, std::uint32_t list_at);

 private:
  struct Places {  // in list memory
    Places(const BagLists& lists, std::uint32_t first);
    std::vector<std::uint32_t> rows;  // of new slots, or where their values are; then of gradients
    std::vector<std::uint32_t> bags;  // both of each chunk
    std::uint32_t moves = 0;          // of rows that come and go
    std::uint32_t end = 0;
  };

  void load_list(compiler::Emitter& out, const std::string& what, std::uint32_t to,
                 const BagLists::Part& list) const;
  void load_rows(compiler::Emitter& out, std::size_t chunk) const;
  void take_rows(compiler::Emitter& out, std::size_t chunk) const;
  template <typename Move>
  void for_each_part(std::uint32_t first, Move move) const;
  void send_rows(compiler::Emitter& out) const;
  void get_rows(compiler::Emitter& out) const;
  View of_chunk(const View& all, std::size_t chunk) const;

  Parameters& parameters_;
  std::string name_;
  unsigned n_;
  const Tables& tables_;
  std::vector<std::uint32_t> samples_;  // of each chunk
  BagLists lists_;
  Places places_;
  View slots_, state_;      // state: of Adagrad
  View kept_, kept_state_;  // twice as many rows as there are slots
  View gradients_;          // of the step under construction
};

}  // namespace gradcore::nn
