// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/embedding_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "sw/cli/chip.h"
#include "sw/cli/interrupt.h"
#include "sw/cli/table.h"
#include "sw/datasets/zipf.h"
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

}  // namespace

ordered_json bench_embedding(const device::Hardware& hardware, Session& session) {
  const datasets::Bags bags = make_bags();
  nn::EmbeddingShape shape;
  shape.hardware = hardware;
  shape.table_rows = kTableRows;
  shape.features = kFeatures;
  shape.bags = static_cast<std::uint32_t>(bags.count());
  shape.blocks = nn::update_shape(bags, hardware.n, hardware.list_entries());
  shape.most_blocks = kMostBlocks;
  const nn::UpdateLists lists(bags, shape.table_rows, shape.blocks);
  session.out() << fmt::format(
      "\nThe update of embedding tables: {} indices (Zipf, exponent {}) in {} bags of 0 to {}, of "
      "{} rows of {}\nfeatures, of which they name {}. Cycles for each index; traffic: what DRAM "
      "needs for rows, states, gradients and lists;\nvector: what the vector unit is busy for at "
      "least; over: how far the cycles are above the larger of the two.\n",
      bags.indices.size(), kExponent, bags.count(), kLongestBag, kTableRows, kFeatures,
      lists.rows());
  Table table(session.out(), {{"optimizer", 17},
                              {"bytes of DRAM a cycle", 28},
                              {"cycles", 7, true},
                              {"of an index", 11, true},
                              {"traffic", 7, true},
                              {"vector", 6, true},
                              {"over", 6, true}});
  ordered_json out = ordered_json::array();
  constexpr double kShared = 16, kBoth = 32;
  for (const bool is_adagrad : {false, true}) {
    for (const double bandwidth : {kShared, kBoth}) {
      InterruptGuard::check();
      shape.is_adagrad = is_adagrad;
      const nn::EmbeddingUpdate update(shape);
      compiler::Memory memory;
      memory.bandwidth = bandwidth;
      const auto chip = make_chip({.backend = "rtl",
                                   .hardware = hardware,
                                   .dram_bytes = update.dram_end(),
                                   .memory = memory});
      nn::write_floats(*chip, update.regions().rows, 0,
                       numbers(std::size_t{kTableRows} * kFeatures, 1));
      nn::write_floats(*chip, update.regions().gradients, 0, numbers(bags.count() * kFeatures, 2));
      update.prepare(*chip, lists, bags, 0.1f);
      const std::uint64_t before = chip->counters().cycles;
      update.launch(*chip, InterruptGuard::check);
      const auto cycles = static_cast<double>(chip->counters().cycles - before);
      const nn::PassWork work = update.work(lists, bags);
      const bool is_shared = bandwidth == kShared;
      const auto traffic = static_cast<double>(is_shared ? work.read + work.written
                                                         : std::max(work.read, work.written));
      const auto vector = static_cast<double>(work.vector);
      const double over = cycles / std::max(traffic, vector) - 1;
      const auto each = [&](double all) {
        return fmt::format("{:.2f}", all / static_cast<double>(bags.indices.size()));
      };
      const char* const name = is_adagrad ? "row-wise adagrad" : "sgd";
      table.row({name, is_shared ? "16, reads and writes together" : "16 each way",
                 fmt::format("{:.0f}", cycles), each(cycles), each(traffic), each(vector),
                 fmt::format("{:.1f} %", 100 * over)});
      out.push_back({{"name", name},
                     {"bandwidth", bandwidth},
                     {"indices", bags.indices.size()},
                     {"rows", lists.rows()},
                     {"cycles", cycles},
                     {"traffic_cycles", traffic},
                     {"vector_cycles", vector}});
    }
  }
  return out;
}

}  // namespace gradcore::cli
