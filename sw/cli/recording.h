// SPDX-License-Identifier: Apache-2.0
// What units did during a training run: a timeline in a file, and one step for the report.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sw/compiler/compile.h"
#include "sw/io/atomic_file.h"
#include "sw/report/page.h"
#include "sw/runtime/timeline.h"

namespace gradcore::cli {

struct RecordingOptions {
  std::string file;              // the timeline; empty: none
  std::uint64_t max_cycles = 0;  // of it, counted from the first instruction on
  bool keeps_step = false;       // for the report
};

class Recording {
 public:
  // `about` says what runs, in one line. Throws io::FileError.
  Recording(const RecordingOptions& options, const compiler::Programs& programs,
            const std::string& about);

  // For the chip; null if nothing is to be recorded.
  runtime::Timeline* timeline();
  // Ends the file and puts it in its place. Without it no file is written. Throws io::FileError.
  void commit();

  const runtime::InstructionNames& names() const { return names_; }
  // Of the first turns of the training loop.
  const std::vector<runtime::Span>& spans() const { return spans_; }
  // Instructions in the file.
  std::uint64_t written() const { return writer_ ? writer_->spans() : 0; }

 private:
  void take(const runtime::Span& span);

  RecordingOptions options_;
  runtime::InstructionNames names_;
  std::uint32_t train_base_ = 0, train_bytes_ = 0;
  std::size_t most_spans_ = 0;
  std::vector<runtime::Span> spans_;
  std::optional<std::uint64_t> first_;  // cycle
  std::uint64_t left_out_ = 0;          // instructions
  std::unique_ptr<io::AtomicFile> file_;
  std::optional<runtime::TraceWriter> writer_;
  runtime::Timeline timeline_;
};

// The names of all programs of a run.
runtime::InstructionNames names_of(const compiler::Programs& programs);

// What a chip without a clock would have done, by the compiler's estimate.
std::vector<runtime::Span> estimated_spans(const compiler::Programs& programs,
                                           const device::Hardware& hardware);

}  // namespace gradcore::cli
