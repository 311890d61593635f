// SPDX-License-Identifier: Apache-2.0
// gradcore bench: cycles and utilisation of the benchmark on the simulated core, whole training
// steps on the chip, and the speed of both simulations.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "sw/cli/backend.h"
#include "sw/cli/benchmark.h"
#include "sw/cli/chip_bench.h"
#include "sw/cli/commands.h"
#include "sw/cli/embedding_bench.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/options.h"
#include "sw/cli/table.h"
#include "sw/device/matmul.h"
#include "sw/io/atomic_file.h"
#include "sw/train/random.h"

namespace gradcore::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::string rows = GRADCORE_BENCHMARK, json;
  std::optional<unsigned> n;
};

// Utilisation in percent that others reach on a 16 x 16 array, or with as many multipliers.
// SCALE-Sim: the best of its three dataflows, 16 x 16. RedMulE: its RTL, 48 multipliers.
struct Peer {
  const char* name;
  double percent;
};
const std::map<std::string, Peer>& peers() {
  static const std::map<std::string, Peer> table = {
      {"mlp_b32", {"SCALE-Sim", 70.6}}, {"dlrm_b128", {"SCALE-Sim", 42.5}},
      {"gpt", {"SCALE-Sim", 73.9}},     {"sq256", {"SCALE-Sim", 89.5}},
      {"16x16x16", {"RedMulE", 36.0}},  {"32x32x32", {"RedMulE", 78.0}},
      {"32x128x10", {"RedMulE", 52.0}}, {"256x256x256", {"RedMulE", 96.9}},
  };
  return table;
}

// Small products of which many follow each other, beside the rows of the file.
std::vector<BenchmarkRow> small_rows() {
  return {{"16x16x16", "gemm", {16, 16, 16, 64}},
          {"32x32x32", "gemm", {32, 32, 32, 64}},
          {"32x128x10", "gemm", {32, 128, 10, 64}},
          {"256x256x256", "gemm", {256, 256, 256, 1}}};
}

struct Measured {
  std::uint64_t macs = 0, cycles = 0, limit = 0;
  double seconds = 0;
  double utilisation(unsigned n) const {
    return static_cast<double>(macs) / (static_cast<double>(n) * n * static_cast<double>(cycles));
  }
};

Measured measure(device::Device& device, const std::vector<BenchmarkRow>& rows) {
  std::vector<device::GemmCommand> commands;
  Measured result;
  for (const BenchmarkRow& row : rows) {
    const auto more = benchmark_commands(device.hardware(), row);
    commands.insert(commands.end(), more.begin(), more.end());
    result.macs += device::macs(row.shape);
  }
  const auto start = std::chrono::steady_clock::now();
  result.cycles = device::run_commands(device, commands).cycles;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.limit = device::practical_limit(benchmark_schedule(commands), device.hardware().n);
  return result;
}

// Operands: any finite values will do, cycles do not depend on them.
void fill(device::Device& device, std::uint64_t seed) {
  const device::Hardware& hardware = device.hardware();
  const std::uint32_t all = hardware.n == 32 ? 0xFFFF'FFFFu : (1u << hardware.n) - 1;
  std::vector<std::uint32_t> values(hardware.n);
  const std::uint32_t line = 2 * hardware.n;
  for (std::uint32_t at = 0; at < hardware.operand_kib * 1024; at += line) {
    for (std::uint32_t i = 0; i < hardware.n; ++i) {
      const std::uint64_t random = train::random_bits(seed, at, i);
      values[i] = (static_cast<std::uint32_t>(random) & 0x807F'FFFFu) |
                  (static_cast<std::uint32_t>(120 + (random >> 32) % 15) << 23);
    }
    device.write_line(at, values, all);
  }
}

std::string percent(double part) { return fmt::format("{:.2f} %", 100 * part); }

std::string peer_of(const std::string& name, unsigned n) {
  const auto found = peers().find(name);
  if (n != 16 || found == peers().end()) return "-";
  return fmt::format("{:.1f} % {}", found->second.percent, found->second.name);
}

void report(Table& table, const std::string& name, const Measured& m, unsigned n) {
  const double ideal = static_cast<double>(m.macs) / (static_cast<double>(n) * n);
  table.row({name, fmt::to_string(m.macs), fmt::to_string(m.cycles),
             fmt::format("{:.0f}", std::ceil(ideal)), percent(m.utilisation(n)),
             percent(ideal / static_cast<double>(m.limit)), peer_of(name, n)});
}

std::vector<Column> columns(const char* first) {
  return {{first, 26},        {"MACs", 11, true},        {"cycles", 9, true},
          {"ideal", 9, true}, {"utilisation", 11, true}, {"limit", 8, true},
          {"others", 0}};
}

bool run(const Options& options, Session& session) {
  config::Config config = session.start();
  config.hardware = with_array_size(config.hardware, options.n);
  const unsigned n = config.hardware.n;
  if (!options.json.empty()) io::require_writable(options.json);
  const std::vector<BenchmarkRow> rows = load_benchmark(options.rows);
  const auto device = make_device("rtl", config.hardware);
  fill(*device, config.seed);

  session.out() << fmt::format(
      "GradCore {} x {}, F = {}: matrix products only, operands in local memory.\nCycles from the "
      "first command to the last completion; limit: the same tiles without pipeline latency.\n\n",
      n, n, config.hardware.f);

  ordered_json gemms = ordered_json::array(), workloads = ordered_json::array();
  Table row_table(session.out(), columns("each row by itself"));
  std::vector<std::string> order;
  std::map<std::string, std::vector<BenchmarkRow>> by_workload;
  std::vector<BenchmarkRow> all = rows;
  const std::vector<BenchmarkRow> small = small_rows();
  all.insert(all.end(), small.begin(), small.end());
  for (const BenchmarkRow& row : all) {
    InterruptGuard::check();
    const Measured m = measure(*device, {row});
    report(row_table, row.name + (row.pass == "gemm" ? "" : " " + row.pass), m, n);
    gemms.push_back({{"name", row.name},
                     {"pass", row.pass},
                     {"m", row.shape.m},
                     {"k", row.shape.k},
                     {"n", row.shape.n},
                     {"count", row.shape.batch},
                     {"cycles", m.cycles},
                     {"utilisation", m.utilisation(n)}});
    if (row.pass == "gemm") continue;
    if (!by_workload.contains(row.workload())) order.push_back(row.workload());
    by_workload[row.workload()].push_back(row);
  }

  session.out() << "\nAll products of a training step, back to back\n";
  Table work_table(session.out(), columns("workload"));
  for (const std::string& name : order) {
    InterruptGuard::check();
    const Measured m = measure(*device, by_workload[name]);
    report(work_table, name, m, n);
    workloads.push_back({{"name", name},
                         {"macs", m.macs},
                         {"cycles", m.cycles},
                         {"utilisation", m.utilisation(n)}});
  }

  // Long enough for the clock, short enough to repeat: the fastest of three is the least disturbed.
  Measured speed;
  for (int i = 0; i < 3; ++i) {
    const Measured m = measure(*device, {{"speed", "gemm", {512, 512, 512, 1}}});
    if (i == 0 || m.seconds < speed.seconds) speed = m;
  }
  const double cycles_per_s = static_cast<double>(speed.cycles) / speed.seconds;
  const double macs_per_s = static_cast<double>(speed.macs) / speed.seconds;
  session.out() << fmt::format(
      "\nsimulation of the whole core, one thread (512^3, best of 3): {:.2f} million cycles/s, "
      "{:.0f} million MAC/s\n",
      cycles_per_s / 1e6, macs_per_s / 1e6);

  const ordered_json steps = bench_chip(config.hardware, session);
  const ordered_json embedding = bench_embedding(config.hardware, session);
  if (!options.json.empty()) {
    const ordered_json document = {
        {"hardware", {{"n", n}, {"f", config.hardware.f}}},
        {"workloads", workloads},
        {"gemms", gemms},
        {"steps", steps},
        {"embedding", embedding},
        {"simulation", {{"cycles_per_s", cycles_per_s}, {"macs_per_s", macs_per_s}}}};
    io::AtomicFile file(options.json);
    file.stream() << document.dump(2) << '\n';
    file.commit();
  }
  return true;
}

}  // namespace

Command add_bench(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const parser =
      app.add_subcommand("bench", "cycles and utilisation of the benchmark, speed of simulation");
  parser->add_option("--rows", options->rows, "the products, as name,pass,M,K,N,count")
      ->type_name("FILE.csv")
      ->capture_default_str();
  parser->add_option("--n", options->n, "size of the array (default: the configuration's, 16)")
      ->check(array_size());
  parser->add_option("--json", options->json, "write the results as JSON too")->type_name("FILE");
  return {parser, [options](Session& session) { return run(*options, session); }};
}

}  // namespace gradcore::cli
