// SPDX-License-Identifier: Apache-2.0
// Step `counters`: of each unit busy, token, memory and idle sum to all cycles, and the matrix unit
// is busy for at least as long as its products take.
#include <fmt/format.h>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/bringup/twin.h"

namespace gradcore::bringup {
namespace {

// Work for all four units, and products of so many multiply-accumulates.
constexpr unsigned kSize = 5, kTurns = 8;  // in tiles

std::string program(const runtime::Hardware& h) {
  const std::uint32_t size = kSize * h.n;
  return fmt::format(
      "loop count={0}\n"
      "load format=bf16 rows={1} cols={1} mem=0 mem_rows={2} dram=r1+4096 pitch={3} give=t0\n"
      "gemm m={1} k={1} n={1} batch=1 x=0 x_rows={2} w=0 w_rows={2} y=0x80000000 y_rows={4} "
      "take=t0 give=t1\n"
      "vector rows={1} cols={1} a=0x80000000 a_rows={5} b_is=constant b_constant=1 c_is=constant "
      "apply=relu write_d=1 d=0x80000000 d_rows={5} take=t1 give=t2\n"
      "store rows={6} cols={1} mem=0x80000000 mem_rows={4} dram=4096 pitch={7} take=t2\nsync\n"
      "end\nhalt\n",
      kTurns, size, kSize * h.operand_tile_bytes(), 2 * size, kSize * h.accumulator_tile_bytes(),
      kSize, h.n, 4 * size);
}

}  // namespace

std::string check_counters(Board& board, const Settings&) {
  Twin twin(board);
  const runtime::Counters before = twin.chip().counters();
  if (!before.has_clock) throw NotThere("a device without a clock");
  twin.run(program(twin.hardware()));
  const runtime::Counters counters = twin.chip().counters() - before;
  const char* const hint = "look at rtl/command/event_counters.sv and at the bus of the registers";
  for (std::size_t u = 0; u < counters.units.size(); ++u) {
    const runtime::UnitCounters& unit = counters.units[u];
    const std::uint64_t sum = unit.busy + unit.token + unit.memory + unit.idle;
    if (sum == counters.cycles && unit.busy > 0) continue;
    throw Failure(
        fmt::format(
            "{}: expected busy + token + memory + idle = {} cycles, busy not 0, got {} + {} "
            "+ {} + {} = {}",
            runtime::kCountedUnitNames[u], counters.cycles, unit.busy, unit.token, unit.memory,
            unit.idle, sum),
        hint);
  }
  const std::uint64_t ideal = std::uint64_t{kTurns} * kSize * kSize * kSize * twin.hardware().n;
  const std::uint64_t busy = counters.units[0].busy;
  if (busy < ideal) {
    throw Failure(fmt::format("matrix: expected at least {} busy cycles for its multiply-"
                              "accumulates, got {}",
                              ideal, busy),
                  hint);
  }
  return fmt::format("{} cycles of every unit accounted for, matrix busy {} of at least {}",
                     counters.cycles, busy, ideal);
}

}  // namespace gradcore::bringup
