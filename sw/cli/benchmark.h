// SPDX-License-Identifier: Apache-2.0
// The benchmark: matrix products of whole training steps, and how long the matrix unit takes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "sw/device/device.h"
#include "sw/device/schedule.h"

namespace gradcore::cli {

// A row of sw/data/bench/training_gemms.csv.
struct BenchmarkRow {
  std::string name, pass;  // pass: fwd, dX, dW or gemm
  device::GemmShape shape;
  std::string workload() const;  // the name up to the first dot
};

class BenchmarkError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws BenchmarkError with file and line.
std::vector<BenchmarkRow> load_benchmark(const std::filesystem::path& path);

// The commands for `row`: operands anywhere in the first and second half of operand memory, result
// in accumulator memory; split where it does not fit, each part in the faster orientation.
std::vector<device::GemmCommand> benchmark_commands(const device::Hardware& hardware,
                                                    const BenchmarkRow& row);
// The same commands, as practical_limit wants them.
std::vector<device::ScheduledGemm> benchmark_schedule(
    const std::vector<device::GemmCommand>& commands);

}  // namespace gradcore::cli
