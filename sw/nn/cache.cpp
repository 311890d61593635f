// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/cache.h"

#include <algorithm>

#include "sw/compiler/network.h"

namespace gradcore::nn {
namespace {

constexpr std::uint64_t kAlignment = 64;

}  // namespace

Cache::Cache(std::uint32_t places, std::uint64_t base, std::uint64_t bytes)
    : places_(places), base_(base), dram_(bytes) {}

Region Cache::region(const std::string& name, std::uint64_t bytes) {
  try {
    return {name, base_ + dram_.allocate(name, bytes, kAlignment), bytes};
  } catch (const runtime::OutOfMemory& error) {
    throw compiler::CompileError(error.what());
  }
}

Region Cache::table(const std::string& name, std::uint32_t row_bytes) {
  return region(name, std::uint64_t{places_} * row_bytes);
}

unsigned Cache::offset(std::uint32_t row_bytes) {
  const auto found = std::find(widths_.begin(), widths_.end(), row_bytes);
  const auto number = static_cast<unsigned>(found - widths_.begin());
  if (kFirstRegister + number >= isa::kRegisters) {
    throw compiler::CompileError(
        "attention of too many different widths: the chip has no register left for another one");
  }
  if (found == widths_.end()) widths_.push_back(row_bytes);
  return kFirstRegister + number;
}

View Cache::exchange(Step& step, const std::string& name, const View& row) {
  const std::uint32_t bytes = 2 * row.cols;
  const Region at = table(name + " keys and values", bytes);
  kept_.push_back(at);
  step.out().store(name + " keep", row, at.address, bytes, isa::Format::kBf16, offset(bytes));
  const View all = step.operand(name + " keys and values", places_, row.cols);
  step.out().load(name + " keys and values", all, at.address, bytes, isa::Format::kBf16);
  return all;
}

View Cache::position(Step& step, const std::string& name, const Parameter& parameter) {
  const std::uint32_t bytes = 4 * parameter.cols();
  const View row = step.accumulator(name, 1, parameter.cols());
  step.out().load(name, row, parameter.home().value, bytes, isa::Format::kFp32, offset(bytes));
  return row;
}

void Cache::load_mask(Step& step, const Region& table) {
  const std::uint32_t bytes = 4 * places_;
  mask_ = step.operand("mask", 1, places_);
  step.out().load("mask", mask_, table.address, bytes, isa::Format::kFp32, offset(bytes));
}

}  // namespace gradcore::nn
