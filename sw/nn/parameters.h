// SPDX-License-Identifier: Apache-2.0
// What a network learns, and its update.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sw/compiler/update.h"
#include "sw/nn/step.h"

namespace gradcore::nn {

// How a parameter begins.
struct Start {
  enum class Kind : std::uint8_t { kConstant, kUniform, kNormal };
  Kind kind = Kind::kConstant;
  float size = 0;  // the constant, the largest value, or the standard deviation
};

// A matrix, or a row, in binary32 with what the optimizer remembers of it; for the matrix unit
// there is a copy in bfloat16. Wide ones are cut into blocks of columns, each of which is updated
// by itself.
class Parameter {
 public:
  // Where rows is 0, local memory has none: it visits for the update, or there is none.
  struct Block {
    std::uint32_t first = 0, cols = 0;
    View master;
    std::array<View, 2> state;  // velocity, or first and second moment
  };

  const std::string& name() const { return name_; }
  std::uint32_t rows() const { return rows_; }
  std::uint32_t cols() const { return cols_; }
  const Start& start() const { return start_; }
  bool decays() const { return decays_; }
  const std::vector<Block>& blocks() const { return blocks_; }

  // The bfloat16 copy; of a parameter without one std::logic_error.
  const View& weights() const { return copy_.value(); }
  bool has_weights() const { return copy_.has_value(); }
  // The whole in binary32, of a parameter that is not cut.
  const View& master() const;
  // Where it lies in DRAM, and its state: one block behind the other, each row by row.
  struct Home {
    std::uint64_t value = 0;
    std::array<std::uint64_t, 2> state = {0, 0};
  };
  const Home& home() const { return home_; }
  void set_home(const Home& home) { home_ = home; }
  // Bytes of DRAM from its beginning to a block.
  std::uint64_t offset(const Block& block) const { return std::uint64_t{4} * rows_ * block.first; }

 private:
  friend class Parameters;
  std::string name_;
  std::uint32_t rows_ = 0, cols_ = 0;
  Start start_;
  bool decays_ = false;
  std::vector<Block> blocks_;
  std::optional<View> copy_;
  Home home_;
};

// What is in local memory all the time; the rest comes from DRAM for its update and goes back.
// Parameters that the vector unit works with stay in any case, but for their state.
enum class Residence : std::uint8_t {
  kAll,      // weights and what the optimizer remembers
  kWeights,  // binary32 weights
  kCopies,   // nothing but what the matrix unit works with
};

// A gradient under construction: the first contribution is written, further ones are added.
struct GradientBlock {
  View view;
  bool is_first = true;
};

class Parameters {
 public:
  Parameters(Matrices& matrices, const compiler::Optimizer& optimizer, Residence residence)
      : matrices_(matrices), optimizer_(optimizer), residence_(residence) {}

  enum class Use : std::uint8_t {
    kMatrix,  // by the matrix unit: has a copy in bfloat16, may be cut
    kVector,  // by the vector unit: binary32, never cut
    kBoth,    // by both: a copy, never cut
  };
  Parameter& add(const std::string& name, std::uint32_t rows, std::uint32_t cols, Use use,
                 const Start& start, bool decays);

  const std::vector<std::unique_ptr<Parameter>>& all() const { return all_; }
  // The widest block: the length of a row of the optimizer's numbers.
  std::uint32_t widest() const;

  // Where the gradient of a block of a parameter is gathered in this step.
  GradientBlock gradient(Step& step, const Parameter& parameter, std::size_t block);
  unsigned states() const { return optimizer_.method == compiler::Method::kAdamW ? 2 : 1; }
  // Adds a column to the gradient of a parameter that is a row.
  void add_row(Step& step, const Parameter& parameter, const View& column);
  // The numbers of the schedule in this step: of which tables, their rows in local memory, and the
  // schedule itself for what is constant.
  struct Numbers {
    std::vector<compiler::Table> tables;
    std::vector<View> rows;
    compiler::Schedule schedule;
  };
  void set_numbers(Numbers numbers) { numbers_ = std::move(numbers); }
  // What an update multiplies with, for so many rows of a matrix.
  Source number(compiler::Number number, std::uint32_t rows) const;
  // Behind the last contribution to the parameters from `first` on: their gradients become updates.
  // Where the optimizer needs all gradients before it changes anything, this waits for the last
  // ones, with `first` 0.
  void update(Step& step, std::size_t first);
  // Then it leaves the sum of their squares here, of the step under construction.
  const std::optional<View>& squares() const { return squares_; }

 private:
  struct Gradient {
    const Parameter* parameter = nullptr;
    std::size_t block = 0;
    View view;
  };

  compiler::GuardPlace guard_places(Step& step) const;
  void guarded_updates(Step& step);
  void update(Step& step, const Gradient& gradient, const compiler::NumberSource& source);

  Matrices& matrices_;
  const compiler::Optimizer& optimizer_;
  Residence residence_;
  std::vector<std::unique_ptr<Parameter>> all_;
  std::vector<Gradient> gradients_;  // of the step under construction
  Numbers numbers_;
  std::optional<View> squares_;
};

}  // namespace gradcore::nn
