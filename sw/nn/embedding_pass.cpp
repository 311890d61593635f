// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/embedding_pass.h"

#include <fmt/format.h>

#include <stdexcept>

#include "sw/compiler/loop.h"

namespace gradcore::nn {
namespace {

constexpr std::uint64_t kAlignment = 64;

std::uint64_t aligned(std::uint64_t address) {
  return (address + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

void require(bool holds, const std::string& sentence) {
  if (!holds) throw compiler::CompileError(sentence);
}

std::vector<float> mean_scales(const datasets::Bags& bags) {
  std::vector<float> out;
  for (std::size_t b = 0; b < bags.count(); ++b) {
    const std::size_t size = bags.bag(b).size();
    out.push_back(size == 0 ? 0.0f : 1.0f / static_cast<float>(size));
  }
  return out;
}

void check_fits(const datasets::Bags& bags, std::uint32_t expected, std::uint32_t blocks,
                std::uint32_t most_blocks) {
  if (bags.count() != expected) {
    throw std::invalid_argument(fmt::format("{} bags, expected {}", bags.count(), expected));
  }
  if (blocks > most_blocks) {
    throw std::invalid_argument(fmt::format("{} indices make {} blocks, expected {} at most",
                                            bags.indices.size(), blocks, most_blocks));
  }
}

std::uint32_t list_room(std::size_t words) {
  constexpr std::uint32_t kPart = compiler::kListTile;
  return static_cast<std::uint32_t>((words + kPart - 1) / kPart * kPart);
}

datasets::Bags joined(const datasets::ClickBatch& batch, std::span<const std::uint32_t> table_rows,
                      std::uint32_t first, std::uint32_t stride) {
  if (batch.tables.size() != table_rows.size() || first + table_rows.size() > stride) {
    throw std::invalid_argument(
        fmt::format("{} tables in a batch, expected {}, behind {} of the {} bags of a sample",
                    batch.tables.size(), table_rows.size(), first, stride));
  }
  datasets::check_batch(batch, table_rows);
  datasets::Bags out;
  for (std::size_t sample = 0; sample < batch.size(); ++sample) {
    std::uint32_t first_row = 0;
    for (std::uint32_t b = 0; b < stride; ++b) {
      if (b >= first && b - first < table_rows.size()) {
        for (const std::uint32_t index : batch.tables[b - first].bag(sample)) {
          out.indices.push_back(first_row + index);
        }
        first_row += table_rows[b - first];
      }
      out.offsets.push_back(static_cast<std::uint32_t>(out.indices.size()));
    }
  }
  return out;
}

Region DramPlan::take(const std::string& name, std::uint64_t bytes,
                      const std::optional<std::uint64_t>& home) {
  if (home) return {name, *home, bytes};
  const Region out{name, next_, bytes};
  next_ = aligned(next_ + bytes);
  require(next_ < std::uint64_t{1} << 32,
          fmt::format("an embedding pass ends beyond the first 4 GiB of DRAM, with its {}", name));
  return out;
}

PassProgram pass_program(const device::Hardware& hardware, const compiler::Emitter& begin,
                         compiler::Emitter turn, const compiler::Emitter& end, const View& idle,
                         const Region& spare) {
  compiler::Registers first{};
  for (const isa::Instruction& i : begin.program()) compiler::update(i, first);
  const compiler::Advance advance = compiler::order_loop(turn.program(), first, hardware);
  const View operand{.stride = 1, .rows = 1, .cols = 1};
  View element = idle;
  element.rows = element.cols = 1;
  const compiler::IdlePlaces places = {operand, operand,       element,
                                       element, spare.address, spare.address};
  isa::Assembly assembly =
      compiler::loop_program({1, 1}, places, advance, begin, compiler::Emitter(hardware.n), turn);
  PassProgram out;
  for (std::size_t i = 0; i < assembly.program.size(); ++i) {
    if (assembly.program[i].opcode() == static_cast<unsigned>(isa::Opcode::kLoop)) out.loop = i;
  }
  assembly.program.pop_back();  // the halt
  assembly.source.pop_back();
  compiler::Emitter last(hardware.n);
  last.plain(isa::Opcode::kSync);
  last.append(end);
  last.plain(isa::Opcode::kHalt);
  const isa::Assembly& more = last.assembly();
  assembly.program.insert(assembly.program.end(), more.program.begin(), more.program.end());
  assembly.source.insert(assembly.source.end(), more.source.begin(), more.source.end());
  out.program = {std::move(assembly), aligned(spare.address + spare.bytes)};
  out.end = out.program.address + out.program.assembly.program.size() * isa::kInstructionBytes;
  return out;
}

}  // namespace gradcore::nn
