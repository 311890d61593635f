// SPDX-License-Identifier: Apache-2.0
// Every row of the benchmark that is small enough to simulate often: bits against the functional
// model, error against the bound, and the cycles that the README promises.
#include "sw/cli/benchmark.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sw/cli/golden.h"
#include "sw/device/matmul.h"
#include "sw/model/functional_core.h"
#include "tb/harness/gemm_case.h"
#include "tb/harness/rtl_device.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::harness {
namespace {

using cli::BenchmarkRow;
using device::GemmShape;
using device::Hardware;

const std::string kRows = GRADCORE_SOURCE_DIR "/sw/data/bench/training_gemms.csv";

constexpr std::uint64_t kLargest = 60'000'000;        // MACs of a row at N = 16
constexpr std::uint64_t kLargestElsewhere = 100'000;  // at other N

// Cycles from the first command to the last completion beyond the schedule's limit: command check,
// pipeline registers, completion.
constexpr std::uint64_t kLatency = 60;

unsigned flags_of(const std::string& pass) {
  if (pass == "dX") return 2;  // dX = dY W^T
  if (pass == "dW") return 1;  // dW = X^T dY
  return 0;
}

class Benchmark : public testing::TestWithParam<unsigned> {};

TEST_P(Benchmark, EveryRowIsBitExactAndWithinItsBound) {
  const Hardware hardware{.n = GetParam()};
  RtlDevice rtl(hardware);
  model::FunctionalCore model(hardware);
  std::uint64_t seed = 0;
  for (const BenchmarkRow& row : cli::load_benchmark(kRows)) {
    if (device::macs(row.shape) > (hardware.n == 16 ? kLargest : kLargestElsewhere)) continue;
    SCOPED_TRACE(row.name + " " + row.pass);
    const GemmShape& s = row.shape;
    const device::GemmCommand direct =
        place_gemm(hardware, s.m, s.k, s.n, s.batch, flags_of(row.pass));
    const GemmCase test{
        .command = device::oriented(direct, device::best_orientation(s, hardware.n)),
        .seed = ++seed};
    load_case(test, rtl, model);
    rtl.submit(test.command);
    model.submit(test.command);
    ASSERT_EQ(rtl.wait().error, device::GemmError::kNone);
    ASSERT_EQ(model.wait().error, device::GemmError::kNone);
    for (const std::string& line : compare_results(test, rtl, model)) ADD_FAILURE() << line;

    config::GoldenVector vector;
    vector.m = s.m;
    vector.k = s.k;
    vector.n = s.n;
    vector.trans_a = row.pass == "dW";
    vector.trans_b = row.pass == "dX";
    const cli::GoldenResult golden =
        cli::check_golden(rtl, vector, cli::golden_data(vector, seed, 0));
    EXPECT_EQ(golden.comparison.different, 0u);
    EXPECT_TRUE(golden.bound.holds()) << golden.bound.worst;
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(N, Benchmark, testing::Values(4u, 8u, 16u, 32u), [](const auto& info) {
  return std::string("N").append(std::to_string(info.param));
});

// Cycles are deterministic, so the utilisation that the README states is a test.
TEST(BenchmarkCycles, UtilisationOfTheWorkloads) {
  struct Goal {
    const char* workload;
    double percent;
  };
  constexpr Goal kGoals[] = {
      {"mlp_b32", 98.6}, {"dlrm_b64", 81.0}, {"dlrm_b128", 81.2}, {"gpt", 99.7}, {"sq256", 99.9}};
  const Hardware hardware;
  RtlDevice rtl(hardware);
  const std::vector<BenchmarkRow> rows = cli::load_benchmark(kRows);
  for (const Goal& goal : kGoals) {
    SCOPED_TRACE(goal.workload);
    std::vector<device::GemmCommand> commands;
    double ideal = 0;
    for (const BenchmarkRow& row : rows) {
      if (row.workload() != goal.workload) continue;
      const auto more = cli::benchmark_commands(hardware, row);
      commands.insert(commands.end(), more.begin(), more.end());
      ideal += device::ideal_cycles(row.shape, hardware.n);
    }
    const std::uint64_t cycles = device::run_commands(rtl, commands).cycles;
    EXPECT_GE(100 * ideal / static_cast<double>(cycles), goal.percent);
    const std::uint64_t limit =
        device::practical_limit(cli::benchmark_schedule(commands), hardware.n);
    EXPECT_GE(cycles, limit);
    EXPECT_LE(cycles, limit + kLatency);
  }
}

TEST(BenchmarkRows, MalformedFilesAreRefusedWithTheirLine) {
  EXPECT_THROW(cli::load_benchmark("/nonexistent.csv"), cli::BenchmarkError);
  const gradcore::tb::ScratchFolder folder;
  const std::filesystem::path path = folder.path() / "malformed_rows.csv";
  for (const char* line : {"x,fwd,1,2,3", "x,fwd,1,2,0,1", "x,fwd,1,2,3x,1", "x,fwd,1,2,3,4,5"}) {
    std::ofstream(path) << "name,pass,M,K,N,count\n" << line << '\n';
    try {
      cli::load_benchmark(path);
      ADD_FAILURE() << line;
    } catch (const cli::BenchmarkError& error) {
      EXPECT_NE(std::string(error.what()).find(".csv:2:"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace gradcore::harness
