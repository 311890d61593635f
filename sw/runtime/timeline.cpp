// SPDX-License-Identifier: Apache-2.0
#include "sw/runtime/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace gradcore::runtime {
namespace {

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

void InstructionNames::add(const std::string& program, const isa::Assembly& assembly,
                           std::uint64_t base) {
  Program out{static_cast<std::uint32_t>(base), {}};
  for (std::size_t i = 0; i < assembly.program.size(); ++i) {
    const isa::Instruction& instruction = assembly.program[i];
    const std::string note = i < assembly.source.size() ? assembly.source[i] : "";
    out.entries.push_back({program, instruction, short_name(instruction), note});
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
  for (std::size_t u = 0; u < kCountedUnitNames.size(); ++u) {
    out_ << fmt::format(
        ",\n"
        R"({{"ph":"M","pid":1,"tid":{0},"name":"thread_name","args":{{"name":"{1}"}}}},)"
        "\n"
        R"({{"ph":"M","pid":1,"tid":{0},"name":"thread_sort_index","args":{{"sort_index":{0}}}}})",
        u + 1, kCountedUnitNames[u]);
  }
}

void TraceWriter::write(const Span& span) {
  ++spans_;
  const InstructionNames::Entry* const known = names_.find(span.address);
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
