// SPDX-License-Identifier: Apache-2.0
// When each unit worked on which instruction, from the events of a Verilated chip or of a board.
//
// A unit takes instructions before it is done with those it has (the matrix unit and loads up to
// 4, the vector unit 2), so what is measured is when it took one (`accepted`) and when all of it
// was written (`done`). An instruction is shown while it is the oldest one in its unit: from
// max(accepted, done of the one before it) to its done. So shown, instructions of a unit never
// overlap, and together they last as long as the unit had anything in work. Where instructions run
// back to back, an interval is as long as its instruction's share of the unit, but late by the
// latency of the pipeline.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "sw/isa/assembler.h"
#include "sw/runtime/status.h"

namespace gradcore::runtime {

// One instruction carried out. Cycles are numbered by whoever reports the events.
struct Span {
  CountedUnit unit = CountedUnit::kMatrix;
  std::uint32_t address = 0;  // of the instruction, the low half
  std::uint64_t accepted = 0, begin = 0, done = 0;

  std::uint64_t cycles() const { return done - begin; }
};

// Events of all units, in the order of their cycles, become spans in the order of their ends.
class Timeline {
 public:
  using Sink = std::function<void(const Span&)>;
  explicit Timeline(Sink sink) : sink_(std::move(sink)) {}

  void start(std::uint64_t cycle, CountedUnit unit, std::uint32_t address);
  // Of the oldest instruction that the unit has. In one cycle an end comes before a start. Throws
  // std::logic_error when the unit has none.
  void done(std::uint64_t cycle, CountedUnit unit);

  // Instructions taken and not done.
  std::size_t in_work() const;

 private:
  struct Track {
    std::deque<Span> works;
    std::uint64_t last_done = 0;
  };
  Sink sink_;
  std::array<Track, kCountedUnitNames.size()> tracks_;
};

// The number of the instruction by which turns of a program's loop are told apart: the first one of
// the matrix unit in its first loop. Nothing if there is none.
std::optional<std::size_t> turn_mark(const isa::Program& program);

// What instructions are called, by their addresses.
class InstructionNames {
 public:
  struct Entry {
    std::string program;
    isa::Instruction instruction;
    std::string name;          // short_name() of it
    std::string note;          // the line of text that it comes from
    bool begins_turn = false;  // see turn_mark()
  };

  // Programs must not overlap in the low half of the address.
  void add(const std::string& program, const isa::Assembly& assembly, std::uint64_t base);
  // Null for an address at which no instruction is known.
  const Entry* find(std::uint32_t address) const;

 private:
  struct Program {
    std::uint32_t base = 0;
    std::vector<Entry> entries;
  };
  std::vector<Program> programs_;
};

// Kind and sizes: "gemm 32x784x16" (M x K x N), "vector 784x16 add relu", "load 32x784 bf16".
std::string short_name(const isa::Instruction& instruction);

// Writes spans in the Chrome trace event format, which ui.perfetto.dev and chrome://tracing open:
// one cycle is shown as one microsecond. A track for each unit, and two for orientation: programs,
// each from its first instruction to its last, and turns of their loops, from one turn's mark to
// the next (in a training loop that is a step). Nothing is kept in memory.
class TraceWriter {
 public:
  // `about` says what ran, in one line. `out` and `names` must outlive the writer.
  TraceWriter(std::ostream& out, const InstructionNames& names, std::string_view about);

  void write(const Span& span);
  // `note` says what is left out, if anything. Nothing may be written after it.
  void finish(std::string_view note = "");

  std::uint64_t spans() const { return spans_; }

 private:
  // A program that runs, and the turn of its loop.
  struct Run {
    std::string program;
    std::uint64_t begin = 0, end = 0;
    std::optional<std::uint64_t> turn;  // its begin
  };
  void follow(const Span& span, const InstructionNames::Entry& entry);
  void end_turn(std::uint64_t cycle);
  void end_run();
  void event(std::size_t track, std::uint64_t begin, std::uint64_t end, std::string_view name,
             std::string_view category);

  std::ostream& out_;
  const InstructionNames& names_;
  std::uint64_t spans_ = 0;
  std::optional<Run> run_;
  std::map<std::string, std::uint64_t> turns_;  // of each program so far
};

}  // namespace gradcore::runtime
