// SPDX-License-Identifier: Apache-2.0
#include "sw/runtime/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace gradcore::runtime {
namespace {

// Numbers of tracks; those of units begin at 1.
constexpr std::size_t kPrograms = kCountedUnitNames.size() + 1;
constexpr std::size_t kTurns = kPrograms + 1;

std::size_t index(CountedUnit unit) { return static_cast<std::size_t>(unit); }

// A string of JSON, quotes included.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

// The name of an enum's value.
std::string_view choice(const isa::Instruction& instruction, isa::Field field) {
  for (const isa::FieldInfo& info : instruction.info()->fields) {
    if (!(info.field == field)) continue;
    for (const isa::EnumValueInfo& value : info.values) {
      if (value.value == instruction.get(field)) return value.name;
    }
  }
  return "?";
}

}  // namespace

void Timeline::start(std::uint64_t cycle, CountedUnit unit, std::uint32_t address) {
  tracks_[index(unit)].works.push_back({unit, address, cycle, 0, 0});
}

void Timeline::done(std::uint64_t cycle, CountedUnit unit) {
  Track& track = tracks_[index(unit)];
  if (track.works.empty()) {
    throw std::logic_error(fmt::format("the {} unit is done with what it has not started",
                                       kCountedUnitNames[index(unit)]));
  }
  Span span = track.works.front();
  track.works.pop_front();
  span.begin = std::max(span.accepted, track.last_done);
  span.done = cycle;
  track.last_done = cycle;
  sink_(span);
}

std::size_t Timeline::in_work() const {
  std::size_t sum = 0;
  for (const Track& track : tracks_) sum += track.works.size();
  return sum;
}

std::optional<std::size_t> turn_mark(const isa::Program& program) {
  bool in_loop = false;
  for (std::size_t i = 0; i < program.size(); ++i) {
    const std::uint32_t opcode = program[i].opcode();
    if (opcode == static_cast<unsigned>(isa::Opcode::kLoop)) in_loop = true;
    if (opcode == static_cast<unsigned>(isa::Opcode::kEnd)) in_loop = false;
    if (in_loop && opcode == static_cast<unsigned>(isa::Opcode::kGemm)) return i;
  }
  return std::nullopt;
}

void InstructionNames::add(const std::string& program, const isa::Assembly& assembly,
                           std::uint64_t base) {
  Program out{static_cast<std::uint32_t>(base), {}};
  const std::optional<std::size_t> mark = turn_mark(assembly.program);
  for (std::size_t i = 0; i < assembly.program.size(); ++i) {
    const isa::Instruction& instruction = assembly.program[i];
    const std::string note = i < assembly.source.size() ? assembly.source[i] : "";
    out.entries.push_back({program, instruction, short_name(instruction), note, i == mark});
  }
  programs_.push_back(std::move(out));
}

const InstructionNames::Entry* InstructionNames::find(std::uint32_t address) const {
  for (const Program& program : programs_) {
    const std::uint32_t offset = address - program.base;
    if (offset % isa::kInstructionBytes == 0 &&
        offset / isa::kInstructionBytes < program.entries.size()) {
      return &program.entries[offset / isa::kInstructionBytes];
    }
  }
  return nullptr;
}

std::string short_name(const isa::Instruction& instruction) {
  const isa::InstructionInfo* const info = instruction.info();
  if (info == nullptr) return "unknown";
  switch (static_cast<isa::Opcode>(info->opcode)) {
    case isa::Opcode::kGemm: {
      namespace f = isa::gemm;
      const std::uint32_t batch = instruction.get(f::kBatch);
      return fmt::format("gemm {}{}x{}x{}", batch > 1 ? fmt::format("{} x ", batch) : "",
                         instruction.get(f::kM), instruction.get(f::kK), instruction.get(f::kN));
    }
    case isa::Opcode::kVector: {
      namespace f = isa::vector;
      std::string out = fmt::format("vector {}x{} {}", instruction.get(f::kRows),
                                    instruction.get(f::kCols), choice(instruction, f::kCombine));
      if (instruction.get(f::kApply) != 0) {
        out += fmt::format(" {}", choice(instruction, f::kApply));
      }
      if (instruction.get(f::kReduce) != 0) {
        out += fmt::format(", {} of rows", choice(instruction, f::kReduce));
      }
      return out;
    }
    case isa::Opcode::kLoad:
    case isa::Opcode::kStore:
      namespace f
      = isa::load;
      return fmt::format("{} {}x{} {}", info->name, instruction.get(f::kRows),
                         instruction.get(f::kCols), choice(instruction, f::kFormat));
    default:
      return std::string(info->name);
  }
}

TraceWriter::TraceWriter(std::ostream& out, const InstructionNames& names, std::string_view about)
    : out_(out), names_(names) {
  out_ << "{\"traceEvents\":[\n"
       << fmt::format(R"({{"ph":"M","pid":1,"name":"process_name","args":{{"name":{}}}}})",
                      quoted(about));
  const auto track = [this](std::size_t number, std::string_view name, std::size_t place) {
    out_ << fmt::format(
        ",\n"
        R"({{"ph":"M","pid":1,"tid":{0},"name":"thread_name","args":{{"name":"{1}"}}}},)"
        "\n"
        R"({{"ph":"M","pid":1,"tid":{0},"name":"thread_sort_index","args":{{"sort_index":{2}}}}})",
        number, name, place);
  };
  track(kPrograms, "program", 1);
  track(kTurns, "turn of its loop", 2);
  for (std::size_t u = 0; u < kCountedUnitNames.size(); ++u) {
    track(u + 1, kCountedUnitNames[u], u + 3);
  }
}

void TraceWriter::event(std::size_t track, std::uint64_t begin, std::uint64_t end,
                        std::string_view name, std::string_view category) {
  out_ << fmt::format(
      ",\n"
      R"({{"ph":"X","pid":1,"tid":{},"ts":{},"dur":{},"name":{},"cat":{}}})",
      track, begin, end - begin, quoted(name), quoted(category));
}

void TraceWriter::follow(const Span& span, const InstructionNames::Entry& entry) {
  if (run_ && run_->program != entry.program) end_run();
  if (!run_) run_ = Run{entry.program, span.begin, span.done, std::nullopt};
  run_->begin = std::min(run_->begin, span.begin);
  run_->end = std::max(run_->end, span.done);
  if (!entry.begins_turn) return;
  end_turn(span.begin);
  run_->turn = span.begin;
}

void TraceWriter::end_turn(std::uint64_t cycle) {
  if (!run_->turn) return;
  event(kTurns, *run_->turn, cycle, fmt::format("{} {}", run_->program, ++turns_[run_->program]),
        run_->program);
  run_->turn.reset();
}

void TraceWriter::end_run() {
  if (!run_) return;
  end_turn(run_->end);
  event(kPrograms, run_->begin, run_->end, run_->program, run_->program);
  run_.reset();
}

void TraceWriter::write(const Span& span) {
  ++spans_;
  const InstructionNames::Entry* const known = names_.find(span.address);
  if (known != nullptr) follow(span, *known);
  out_ << fmt::format(
      ",\n"
      R"({{"ph":"X","pid":1,"tid":{},"ts":{},"dur":{},"name":{},"cat":{},"args":{{)",
      index(span.unit) + 1, span.begin, span.cycles(),
      quoted(known != nullptr ? known->name : "unknown"),
      quoted(known != nullptr ? known->program : "unknown"));
  if (known != nullptr) {
    out_ << fmt::format(R"("note":{},"instruction":{},)", quoted(known->note),
                        quoted(isa::disassemble(known->instruction)));
  }
  out_ << fmt::format(
      R"("address":"0x{:08x}","accepted":{},"done":{},"behind others in the unit":{}}}}})",
      span.address, span.accepted, span.done, span.begin - span.accepted);
}

void TraceWriter::finish(std::string_view note) {
  end_run();
  out_ << fmt::format(
      "\n],\"displayTimeUnit\":\"ms\",\n\"otherData\":{{"
      "\"time\":\"one microsecond of the picture is one cycle of the clock\",\n"
      "\"events\":\"a unit takes instructions before it is done with those it has: each is shown "
      "while it is the oldest one in its unit, from the later of its own 'accepted' and the 'done' "
      "of the one before it\",\n"
      "\"left out\":{}}}}}\n",
      quoted(note.empty() ? "nothing" : note));
}

}  // namespace gradcore::runtime
