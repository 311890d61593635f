// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/embedding_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sw/cli/chip.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/table.h"
#include "sw/datasets/zipf.h"
#include "sw/nn/embedding_pooling.h"
#include "sw/nn/embedding_update.h"
#include "sw/train/random.h"

namespace gradcore::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::uint32_t kIndices = 65'536, kTableRows = 1'000'000, kFeatures = 16;
constexpr std::uint32_t kLongestBag = 512;
constexpr double kExponent = 1.05;
constexpr std::uint32_t kMostBlocks = 3'000;

// Short bags are more frequent than long ones, and one in 16 is empty.
datasets::Bags make_bags() {
  constexpr std::uint64_t kEmpty = 16;
  const datasets::Zipf sizes(kLongestBag, 1.0);
  const datasets::Zipf rows(kTableRows, kExponent);
  datasets::RandomStream random(1, 0, 0);
  datasets::Bags out;
  while (out.indices.size() < kIndices) {
    const auto left = kIndices - static_cast<std::uint32_t>(out.indices.size());
    const std::uint32_t drawn = sizes.draw(random) + 1;
    const std::uint32_t size = random.below(kEmpty) == 0 ? 0 : std::min(drawn, left);
    for (std::uint32_t i = 0; i < size; ++i) out.indices.push_back(rows.draw(random));
    out.offsets.push_back(static_cast<std::uint32_t>(out.indices.size()));
  }
  return out;
}

std::vector<float> numbers(std::size_t count, std::uint64_t stream) {
  std::vector<float> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = train::random_uniform(train::random_bits(1, stream, i), 1.0f);
  }
  return out;
}

// How the DRAM of a measurement behaves.
constexpr double kShared = 16, kBoth = 32;

class Report {
 public:
  Report(Session& session, std::size_t indices)
      : indices_(static_cast<double>(indices)),
        table_(session.out(), {{"pass", 25},
                               {"bytes of DRAM a cycle", 28},
                               {"cycles", 7, true},
                               {"of an index", 11, true},
                               {"traffic", 7, true},
                               {"vector", 6, true},
                               {"over", 6, true}}) {}

  void row(const std::string& name, double bandwidth, std::uint64_t cycles,
           const nn::PassWork& work) {
    const bool is_shared = bandwidth == kShared;
    const std::uint64_t traffic =
        is_shared ? work.read + work.written : std::max(work.read, work.written);
    const auto each = [&](std::uint64_t all) {
      return fmt::format("{:.2f}", static_cast<double>(all) / indices_);
    };
    const auto bound = static_cast<double>(std::max(traffic, work.vector));
    table_.row({name, is_shared ? "16, reads and writes together" : "16 each way",
                fmt::to_string(cycles), each(cycles), each(traffic), each(work.vector),
                fmt::format("{:.1f} %", 100 * (static_cast<double>(cycles) / bound - 1))});
    json_.push_back({{"name", name},
                     {"bandwidth", bandwidth},
                     {"indices", indices_},
                     {"cycles", cycles},
                     {"traffic_cycles", traffic},
                     {"vector_cycles", work.vector}});
  }
  const ordered_json& json() const { return json_; }

 private:
  double indices_;
  Table table_;
  ordered_json json_ = ordered_json::array();
};

std::unique_ptr<runtime::Device> chip_for(const device::Hardware& hardware, std::uint64_t dram,
                                          double bandwidth) {
  compiler::Memory memory;
  memory.bandwidth = bandwidth;
  return make_chip({.backend = "rtl", .hardware = hardware, .dram_bytes = dram, .memory = memory});
}

template <typename Pass>
std::uint64_t cycles_of(const Pass& pass, runtime::Device& chip) {
  InterruptGuard::check();
  const std::uint64_t before = chip.counters().cycles;
  pass.launch(chip, InterruptGuard::check);
  return chip.counters().cycles - before;
}

void bench_pooling(const device::Hardware& hardware, const datasets::Bags& bags, Report& report) {
  nn::EmbeddingPoolingShape shape;
  shape.hardware = hardware;
  shape.table_rows = kTableRows;
  shape.features = kFeatures;
  shape.bags = static_cast<std::uint32_t>(bags.count());
  shape.pooling = nn::Pooling::kMean;
  shape.blocks = nn::pooling_shape(bags, hardware.n, hardware.list_entries());
  shape.most_blocks = kMostBlocks;
  const nn::PoolingLists lists(bags, shape.table_rows, shape.blocks);
  const nn::EmbeddingPooling pass(shape);
  for (const double bandwidth : {kShared, kBoth}) {
    const auto chip = chip_for(hardware, pass.dram_end(), bandwidth);
    nn::write_floats(*chip, pass.regions().rows, 0,
                     numbers(std::size_t{kTableRows} * kFeatures, 1));
    pass.prepare(*chip, lists, bags);
    report.row("means of bags", bandwidth, cycles_of(pass, *chip), pass.work(lists, bags));
  }
}

void bench_update(const device::Hardware& hardware, const datasets::Bags& bags, bool is_adagrad,
                  Report& report) {
  nn::EmbeddingShape shape;
  shape.hardware = hardware;
  shape.table_rows = kTableRows;
  shape.features = kFeatures;
  shape.bags = static_cast<std::uint32_t>(bags.count());
  shape.is_adagrad = is_adagrad;
  shape.blocks = nn::update_shape(bags, hardware, kFeatures);
  shape.most_blocks = kMostBlocks;
  const nn::UpdateLists lists(bags, shape.table_rows, shape.blocks);
  const nn::EmbeddingUpdate pass(shape);
  for (const double bandwidth : {kShared, kBoth}) {
    const auto chip = chip_for(hardware, pass.dram_end(), bandwidth);
    nn::write_floats(*chip, pass.regions().rows, 0,
                     numbers(std::size_t{kTableRows} * kFeatures, 1));
    nn::write_floats(*chip, pass.regions().gradients, 0, numbers(bags.count() * kFeatures, 2));
    pass.prepare(*chip, lists, bags, 0.1f);
    report.row(is_adagrad ? "update, row-wise adagrad" : "update, sgd", bandwidth,
               cycles_of(pass, *chip), pass.work(lists, bags));
  }
}

}  // namespace

ordered_json bench_embedding(const device::Hardware& hardware, Session& session) {
  const datasets::Bags bags = make_bags();
  std::vector<std::uint32_t> rows = bags.indices;
  std::sort(rows.begin(), rows.end());
  session.out() << fmt::format(
      "\nEmbedding tables in DRAM: {} indices (Zipf, exponent {}) in {} bags of 0 to {}, of {} "
      "rows "
      "of {} features;\nthey name {} rows. Cycles for each index; traffic: what DRAM needs for "
      "rows, states, gradients or results, and\nlists; vector: what the vector unit is busy for at "
      "least; over: how far the cycles are above the larger of the two.\n",
      bags.indices.size(), kExponent, bags.count(), kLongestBag, kTableRows, kFeatures,
      std::unique(rows.begin(), rows.end()) - rows.begin());
  Report report(session, bags.indices.size());
  bench_pooling(hardware, bags, report);
  for (const bool is_adagrad : {false, true}) bench_update(hardware, bags, is_adagrad, report);
  return report.json();
}

}  // namespace gradcore::cli
