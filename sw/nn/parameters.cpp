// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "sw/compiler/guard.h"
#include "sw/nn/watch.h"

namespace gradcore::nn {
namespace {

// Tiles of a block: large enough that its instructions are not many, small enough that blocks
// find room between others.
constexpr std::uint32_t kBlockTiles = 36;

// Columns of tiles of a block: one more than a multiple of the number of banks, so that rows of
// tiles of the gradient change banks without a gap.
std::uint32_t block_tiles(std::uint32_t rows, unsigned n) {
  constexpr std::uint32_t kBanks = 4;
  const std::uint32_t most = std::max(kBlockTiles / compiler::tiles(rows, n), 1u);
  return (most - 1) / kBanks * kBanks + 1;
}

}  // namespace

const View& Parameter::master() const {
  if (blocks_.size() != 1) throw std::logic_error("a parameter in blocks is asked for as a whole");
  return blocks_.front().master;
}

Parameter& Parameters::add(const std::string& name, std::uint32_t rows, std::uint32_t cols, Use use,
                           const Start& start, bool decays) {
  all_.push_back(std::make_unique<Parameter>());
  Parameter& p = *all_.back();
  p.name_ = name;
  p.rows_ = rows;
  p.cols_ = cols;
  p.start_ = start;
  p.decays_ = decays;
  const unsigned n = matrices_.n();
  const std::uint32_t width = use == Use::kMatrix ? block_tiles(rows, n) * n : cols;
  if (use != Use::kVector) {
    p.copy_ = matrices_.operand(name + " in bfloat16", rows, cols, Life::kRun);
  }
  const bool has_master = use != Use::kMatrix || residence_ != Residence::kCopies;
  for (std::uint32_t first = 0; first < cols; first += width) {
    Parameter::Block block;
    block.first = first;
    block.cols = std::min(width, cols - first);
    if (has_master) {
      block.master = matrices_.accumulator(name, rows, block.cols, Life::kRun);
    }
    for (unsigned s = 0; residence_ == Residence::kAll && s < states(); ++s) {
      block.state[s] = matrices_.accumulator(fmt::format("state {} of {}", s + 1, name), rows,
                                             block.cols, Life::kRun);
    }
    p.blocks_.push_back(block);
  }
  return p;
}

std::uint32_t Parameters::widest() const {
  std::uint32_t out = 1;
  for (const auto& p : all_) {
    for (const Parameter::Block& block : p->blocks()) out = std::max(out, block.cols);
  }
  return out;
}

GradientBlock Parameters::gradient(Step& step, const Parameter& parameter, std::size_t block) {
  for (const Gradient& g : gradients_) {
    if (g.parameter == &parameter && g.block == block) return {g.view, false};
  }
  const View view = step.product("gradient of " + parameter.name(), parameter.rows(),
                                 parameter.blocks()[block].cols);
  gradients_.push_back({&parameter, block, view});
  return {view, true};
}

void Parameters::add_row(Step& step, const Parameter& parameter, const View& column) {
  const GradientBlock to = gradient(step, parameter, 0);
  VectorOperation o{
      .rows = 1, .cols = parameter.cols(), .a = compiler::matrix(column.t()), .d = to.view};
  if (!to.is_first) {
    o.combine = isa::Combine::kAdd;
    o.c = compiler::matrix(to.view);
  }
  step.vector("gradient of " + parameter.name(), o);
}

Source Parameters::number(compiler::Number number, std::uint32_t rows) const {
  using compiler::Number;
  using compiler::Table;
  const auto scheduled = [&](Table table) {
    const auto at = std::find(numbers_.tables.begin(), numbers_.tables.end(), table);
    if (at == numbers_.tables.end()) return compiler::constant(numbers_.schedule.learning_rate);
    return compiler::equal_row(
        numbers_.rows.at(static_cast<std::size_t>(at - numbers_.tables.begin())), rows);
  };
  switch (number) {
    case Number::kMomentum:
      return compiler::constant(optimizer_.momentum);
    case Number::kBeta1:
      return compiler::constant(optimizer_.beta1);
    case Number::kBeta2:
      return compiler::constant(optimizer_.beta2);
    case Number::kRate:
      return scheduled(Table::kRate);
    case Number::kMoment:
      return scheduled(Table::kMoment);
    case Number::kEpsilon:
      return scheduled(Table::kEpsilon);
    case Number::kKeep:
      return scheduled(Table::kKeep);
  }
  throw std::logic_error("there is no such number");
}

void Parameters::update(Step& step, std::size_t first) {
  if (optimizer_.is_guarded()) {
    if (first == 0 && !gradients_.empty()) guarded_updates(step);
    return;
  }
  const auto is_due = [&](const Gradient& g) {
    return std::any_of(all_.begin() + static_cast<std::ptrdiff_t>(first), all_.end(),
                       [&](const auto& p) { return p.get() == g.parameter; });
  };
  for (const Gradient& g : gradients_) {
    if (!is_due(g)) continue;
    step.show("gradient of " + g.parameter->name(), Side::kBeside, Value(g.view));
    update(step, g,
           [&](compiler::Number which, std::uint32_t rows) { return number(which, rows); });
  }
  std::erase_if(gradients_, is_due);
}

void Parameters::update(Step& step, const Gradient& g, const compiler::NumberSource& source) {
  const Parameter& p = *g.parameter;
  const Parameter::Block& block = p.blocks()[g.block];
  compiler::Optimizer optimizer = optimizer_;
  if (!p.decays()) optimizer.weight_decay = 0;
  compiler::UpdatePart part{.note = p.name(),
                            .rows = p.rows(),
                            .cols = block.cols,
                            .master = block.master,
                            .state = block.state,
                            .gradient = g.view,
                            .copy = std::nullopt};
  if (p.has_weights()) {
    part.copy = p.weights().block(step.n(), 0, block.first, p.rows(), block.cols);
  }
  // What is not here comes and goes.
  std::vector<std::pair<View, std::uint64_t>> guests;
  const auto fetch = [&](View& view, std::uint64_t home) {
    if (view.rows > 0) return;
    view = step.accumulator(p.name() + " from DRAM", p.rows(), block.cols);
    const std::uint64_t address = home + p.offset(block);
    step.out().load(p.name(), view, address, 4 * block.cols, isa::Format::kFp32);
    guests.emplace_back(view, address);
  };
  fetch(part.master, p.home().value);
  for (unsigned s = 0; s < states(); ++s) fetch(part.state[s], p.home().state[s]);
  compiler::emit_update(step.out(), optimizer, source, part);
  for (const auto& [view, address] : guests) {
    step.out().store(p.name(), view, address, 4 * block.cols, isa::Format::kFp32);
  }
}

compiler::GuardPlace Parameters::guard_places(Step& step) const {
  std::uint32_t longest = 1;
  for (const Gradient& g : gradients_) longest = std::max(longest, g.view.rows);
  const auto make = [&](const char* name, std::uint32_t rows, std::uint32_t cols) {
    return step.accumulator(name, rows, cols);
  };
  compiler::GuardPlace out;
  for (View& sums : out.sums) sums = step.sums("squares of gradients", longest);
  for (View* view : {&out.total, &out.scale, &out.finite, &out.not_finite}) {
    *view = make("norm of gradients", 1, 1);
  }
  out.scale_row = make("scale of gradients", 1, widest());
  out.finite_row = make("finite gradients", 1, widest());
  for (std::size_t i = 0; i < compiler::numbers_of(optimizer_).size(); ++i) {
    out.numbers.push_back(make("numbers of the optimizer", 1, widest()));
  }
  return out;
}

// All gradients are there.
void Parameters::guarded_updates(Step& step) {
  const std::vector<compiler::Number> changed = compiler::numbers_of(optimizer_);
  const compiler::GuardPlace places = guard_places(step);
  const auto plain = [&](compiler::Number which, std::uint32_t rows) {
    return number(which, rows);
  };
  compiler::GuardEmitter guard(optimizer_, places, changed, plain, step.out());
  for (const Gradient& g : gradients_) {
    step.show("gradient of " + g.parameter->name(), Side::kBeside, Value(g.view));
    guard.add_squares(g.parameter->name(), g.view);
  }
  guard.decide();
  squares_ = places.total;
  const auto source = [&](compiler::Number which, std::uint32_t rows) {
    const auto at = std::find(changed.begin(), changed.end(), which);
    if (!optimizer_.skip_nonfinite || at == changed.end()) return number(which, rows);
    return compiler::equal_row(places.numbers.at(static_cast<std::size_t>(at - changed.begin())),
                               rows);
  };
  for (const Gradient& g : gradients_) {
    guard.apply(g.parameter->name(), g.view);
    update(step, g, source);
  }
  gradients_.clear();
}

}  // namespace gradcore::nn
