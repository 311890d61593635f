// SPDX-License-Identifier: Apache-2.0
// What passes over embedding tables have in common: a program that begins, goes through blocks in a
// loop, and ends; its place and that of its data in DRAM.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sw/compiler/compile.h"
#include "sw/compiler/emitter.h"
#include "sw/compiler/ordering.h"
#include "sw/datasets/click_batch.h"

namespace gradcore::nn {

using compiler::Region;
using compiler::View;

// What no order of instructions can save for a mini-batch: what DRAM moves, in beats of 16 bytes,
// and the cycles of the vector unit.
struct PassWork {
  std::uint64_t read = 0, written = 0;
  std::uint64_t vector = 0;
};

// Of row-wise Adagrad, under the root.
inline constexpr float kAdagradEpsilon = 1e-10f;

enum class Pooling : std::uint8_t { kSum, kMean };

// Where matrices lie in DRAM that a pass shares with others, by address; the rest it has for
// itself. `bags` are results of bags, or their gradients.
struct EmbeddingHome {
  std::optional<std::uint64_t> rows, state, bags;
};

// The bags of all tables, for tables that lie one below the other, so that row r of table t is that
// many rows behind all rows of the tables before it. Each sample has `stride` bags: those that are
// empty, `first` of them before that of the first table, belong to no table. So results are the
// vectors that a layer works on, sample by sample. Throws std::invalid_argument, in one sentence,
// for an index that its table does not have, or more tables than there is room for.
datasets::Bags joined(const datasets::ClickBatch& batch, std::span<const std::uint32_t> table_rows,
                      std::uint32_t first, std::uint32_t stride);

// Of each bag 1 / its indices, of an empty one +0.
std::vector<float> mean_scales(const datasets::Bags& bags);

// Throws std::invalid_argument when a mini-batch is not what a pass was made for.
void check_fits(const datasets::Bags& bags, std::uint32_t expected, std::uint32_t blocks,
                std::uint32_t most_blocks);

inline constexpr std::uint32_t kWord = 4;  // bytes
constexpr std::uint64_t beats(std::uint64_t bytes) {
  constexpr std::uint64_t kBeat = 16;
  return (bytes + kBeat - 1) / kBeat;
}

// Throws compiler::CompileError.
void require(bool holds, const std::string& sentence);

// Entries of list memory for so many words: whole parts of those of which the compiler keeps
// account.
std::uint32_t list_room(std::size_t words);

// Regions one behind the other, below 4 GiB.
class DramPlan {
 public:
  explicit DramPlan(std::uint64_t base) : next_(base) {}
  // Or at a place that somebody else has planned.
  Region take(const std::string& name, std::uint64_t bytes,
              const std::optional<std::uint64_t>& home = {});
  std::uint64_t end() const { return next_; }

 private:
  std::uint64_t next_;
};

// Register with the address of the lists of a turn's first block; what `begin` sets it to.
inline constexpr unsigned kBlockRegister = 1;

struct PassProgram {
  compiler::ChipProgram program;
  std::size_t loop = 0;  // the instruction that says how many turns
  std::uint64_t end = 0;
};

// The turns of the loop as `turn` is, with tokens; `begin` and `end` as they are, with everything
// done between them and the loop. `idle` is a tile that begin writes anew or nobody reads, `spare`
// 16 bytes of DRAM likewise. Lies at `spare` + 64.
PassProgram pass_program(const device::Hardware& hardware, const compiler::Emitter& begin,
                         compiler::Emitter turn, const compiler::Emitter& end, const View& idle,
                         const Region& spare);

}  // namespace gradcore::nn
