// SPDX-License-Identifier: Apache-2.0
// What came out of `gradcore train`, and the report that it writes.
#pragma once

#include <string>
#include <vector>

#include "sw/compiler/compile.h"
#include "sw/compiler/run.h"
#include "sw/report/page.h"
#include "sw/runtime/status.h"

namespace gradcore::cli {

struct TrainResult {
  std::vector<float> losses;     // of every step
  std::vector<double> accuracy;  // after each epoch
  double seconds = 0;            // on the chip, evaluation left out
  double estimated = 0;          // cycles of a step; 0: no estimate
  runtime::Counters counters;    // of the training steps
};

struct TrainedRun {
  std::string backend;
  const compiler::Network& network;
  const compiler::RunPlan& plan;
  const compiler::Compiled& compiled;
  const TrainResult& result;
};

// "784-128-10"
std::string network_shape(const compiler::Network& network);

// `spans` are what units did in the first steps (Recording); if there are none, the picture of a
// step is the compiler's estimate, and says so.
report::Report make_report(const TrainedRun& run, const std::vector<runtime::Span>& spans);

// Adds the picture of a step of the training loop: of these spans, or of the compiler's estimate.
void add_step(report::Report& report, const compiler::Programs& programs,
              const device::Hardware& hardware, const std::vector<runtime::Span>& spans);

// Writes it as a page of HTML, whole or not at all. Throws io::FileError.
void write_report(const std::string& path, const report::Report& report);

}  // namespace gradcore::cli
