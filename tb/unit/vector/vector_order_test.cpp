// SPDX-License-Identifier: Apache-2.0
// Long sequences of vector instructions that follow each other as closely as `order` lets them: in
// place, over what was read, on parts of what was written.
#include <cstring>

#include "tb/harness/program_trace.h"
#include "tb/harness/random_program.h"
#include "tb/unit/vector/vector_bench.h"

namespace gradcore::harness {
namespace {

class VectorOrder : public VectorUnitTest {
 protected:
  // The vector instructions of a random program, none for the other units, and the words for list
  // memory that it begins with.
  static std::vector<isa::Instruction> instructions(std::uint64_t seed,
                                                    std::vector<std::uint32_t>& list) {
    constexpr std::uint32_t kOperandKib = kTiles * kOpTile / 1024;
    constexpr std::uint32_t kAccumulatorKib = kTiles * kAccTile / 1024;
    constexpr std::size_t kDram = 0x10000;
    const ProgramSpace space{
        {.n = kN, .operand_kib = kOperandKib, .accumulator_kib = kAccumulatorKib},
        kDram,
        {0, kDram},
        {0, kDram}};
    ProgramOptions options;
    options.weights = {0, 1, 0, 0};
    std::vector<isa::Instruction> out;
    const RandomProgram program = random_program(space, options, seed);
    list.clear();
    for (const Step& step : trace(program.program)) {
      if (list.empty() && step.instruction.info()->unit == isa::Unit::kLoad &&
          step.instruction.get(isa::load::kToList) != 0) {
        list.resize(256);
        const std::byte* const from = program.dram.data() + step.instruction.get(isa::load::kDram);
        std::memcpy(list.data(), from, 4 * list.size());  // little-endian hosts only
      }
      if (step.instruction.info()->unit == isa::Unit::kVector) out.push_back(step.instruction);
    }
    return out;
  }
};

TEST_F(VectorOrder, RandomPrograms) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    std::vector<std::uint32_t> list;
    const std::vector<isa::Instruction> program = instructions(seed, list);
    fill_list(0, list);
    run(program, seed % 2 == 0);
    ASSERT_NO_FATAL_FAILURE(compare("seed " + std::to_string(seed) + "\n" + text(program)));
    for (unsigned tile = 0; tile < kTiles; ++tile) {
      fill(false, tile);
      fill(true, tile);
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
