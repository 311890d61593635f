// SPDX-License-Identifier: Apache-2.0
// What a model keeps of a sequence from one token to the next, in DRAM: tables with a row for each
// place of the sequence. A register for each width of a row holds how far this place's row is from
// the first one, so that one program serves all places.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/compiler/compile.h"
#include "sw/nn/parameters.h"
#include "sw/nn/step.h"
#include "sw/runtime/allocator.h"

namespace gradcore::nn {

using compiler::Region;

class Cache {
 public:
  // Of so many places, in `bytes` of DRAM from `base` on.
  Cache(std::uint32_t places, std::uint64_t base, std::uint64_t bytes);

  // A table of rows of so many bytes. Throws compiler::CompileError when DRAM is full.
  Region table(const std::string& name, std::uint32_t row_bytes);
  // The register with this place's distance in a table of such rows. Throws compiler::CompileError
  // when there are more widths than registers.
  unsigned offset(std::uint32_t row_bytes);

  // Puts a row of operand memory into a table of its own; the table, places x columns.
  View exchange(Step& step, const std::string& name, const View& row);
  // This place's row of a parameter that has a row for each place, as the parameter is in DRAM.
  View position(Step& step, const std::string& name, const Parameter& parameter);
  // A row: 0 up to this place, minus infinity for those behind it.
  const View& mask() const { return mask_; }
  void load_mask(Step& step, const Region& table);

  // What loads read and stores write, by ascending address.
  const std::vector<Region>& kept() const { return kept_; }
  // Bytes of a row, for the registers from `kFirstRegister` on.
  const std::vector<std::uint32_t>& widths() const { return widths_; }
  static constexpr unsigned kFirstRegister = 4;
  Region region(const std::string& name, std::uint64_t bytes);
  std::uint64_t end() const { return base_ + dram_.used(); }

 private:
  std::uint32_t places_;
  std::uint64_t base_;
  runtime::Allocator dram_;
  View mask_;
  std::vector<Region> kept_;
  std::vector<std::uint32_t> widths_;
};

}  // namespace gradcore::nn
