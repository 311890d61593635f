// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sw/compiler/estimate.h"

namespace gradcore::cli {

runtime::InstructionNames names_of(const compiler::Programs& programs) {
  runtime::InstructionNames out;
  const auto add = [&](const char* name, const compiler::ChipProgram& program) {
    if (!program.assembly.program.empty()) out.add(name, program.assembly, program.address);
  };
  add("initialise", programs.initialise);
  add("begin", programs.begin);
  add("train", programs.train);
  add("end", programs.end);
  add("evaluate", programs.evaluate);
  add("save", programs.save);
  return out;
}

Recording::Recording(const RecordingOptions& options, const compiler::Programs& programs,
                     const std::string& about)
    : options_(options),
      names_(names_of(programs)),
      train_base_(static_cast<std::uint32_t>(programs.train.address)),
      train_bytes_(static_cast<std::uint32_t>(programs.train.assembly.program.size() *
                                              isa::kInstructionBytes)),
      timeline_([this](const runtime::Span& span) { take(span); }) {
  constexpr std::size_t kTurns = 5;
  if (options.keeps_step) most_spans_ = kTurns * programs.train.assembly.program.size();
  if (options.file.empty()) return;
  file_ = std::make_unique<io::AtomicFile>(options.file);
  writer_.emplace(file_->stream(), names_, about);
}

runtime::Timeline* Recording::timeline() {
  return writer_ || options_.keeps_step ? &timeline_ : nullptr;
}

void Recording::take(const runtime::Span& span) {
  if (span.address - train_base_ < train_bytes_ && spans_.size() < most_spans_) {
    spans_.push_back(span);
  }
  if (!writer_) return;
  if (!first_) first_ = span.begin;
  if (span.done - *first_ <= options_.max_cycles) {
    writer_->write(span);
  } else {
    ++left_out_;
  }
}

void Recording::commit() {
  if (!writer_) return;
  writer_->finish(left_out_ == 0
                      ? ""
                      : fmt::format("{} instructions that ended after the first {} cycles",
                                    left_out_, options_.max_cycles));
  file_->commit();
}

std::vector<runtime::Span> estimated_spans(const compiler::Programs& programs,
                                           const device::Hardware& hardware) {
  const auto cycle = [](double time) { return static_cast<std::uint64_t>(std::llround(time)); };
  std::array<std::uint64_t, runtime::kCountedUnitNames.size()> last{};
  std::vector<runtime::Span> out;
  for (const compiler::Timed& step :
       compiler::estimate(programs.train.assembly.program, hardware).steps) {
    const auto address = static_cast<std::uint32_t>(programs.train.address +
                                                    step.instruction * isa::kInstructionBytes);
    const std::uint64_t start = cycle(step.start), done = cycle(step.done);
    out.push_back({static_cast<runtime::CountedUnit>(step.unit), address, start,
                   std::max(start, last[step.unit]), done});
    last[step.unit] = done;
  }
  return out;
}

}  // namespace gradcore::cli
