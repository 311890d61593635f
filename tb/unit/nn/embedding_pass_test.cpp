// SPDX-License-Identifier: Apache-2.0
// Both passes on the same tables: they learn.
#include "sw/nn/embedding_pass.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "sw/nn/embedding_pooling.h"
#include "sw/nn/embedding_update.h"
#include "sw/runtime/model_device.h"
#include "tb/unit/nn/plain_embedding.h"

namespace gradcore::nn {
namespace {

// Two tables of 40 and 25 rows, samples with a bag of each behind an empty one.
datasets::ClickBatch batch_of(std::uint32_t samples) {
  datasets::RandomStream random(3, 0, 0);
  datasets::ClickBatch out(0, 2);
  for (std::uint32_t s = 0; s < samples; ++s) {
    datasets::ClickSample sample;
    for (const std::uint64_t rows : {40u, 25u}) {
      sample.bags.emplace_back();
      const std::uint64_t size = random.below(30);
      for (std::uint64_t i = 0; i < size; ++i) {
        sample.bags.back().push_back(static_cast<std::uint32_t>(random.below(rows)));
      }
    }
    out.append(sample);
  }
  return out;
}
constexpr std::array<std::uint32_t, 2> kTables = {40, 25};

TEST(EmbeddingPass, JoinsTables) {
  const datasets::ClickBatch batch = batch_of(7);
  const datasets::Bags bags = joined(batch, kTables, 1, 4);
  ASSERT_EQ(bags.count(), 28u);
  for (std::uint32_t s = 0; s < 7; ++s) {
    EXPECT_TRUE(bags.bag(4 * s).empty());
    EXPECT_TRUE(bags.bag(4 * s + 3).empty());
    for (std::uint32_t t = 0; t < 2; ++t) {
      const auto from = batch.tables[t].bag(s);
      const auto to = bags.bag(4 * s + 1 + t);
      ASSERT_EQ(to.size(), from.size());
      for (std::size_t k = 0; k < to.size(); ++k) EXPECT_EQ(to[k], from[k] + 40 * t);
    }
  }
}

TEST(EmbeddingPass, RefusesTablesThatDoNotFit) {
  const auto complaint = [](const std::function<void()>& act) -> std::string {
    try {
      act();
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  const datasets::ClickBatch batch = batch_of(3);
  EXPECT_EQ(complaint([&] { joined(batch, kTables, 1, 2); }),
            "2 tables in a batch, expected 2, behind 1 of the 2 bags of a sample");
  EXPECT_EQ(complaint([&] { joined(batch, std::array{40u}, 1, 4); }),
            "2 tables in a batch, expected 1, behind 1 of the 4 bags of a sample");
  EXPECT_NE(complaint([&] { joined(batch, std::array{40u, 5u}, 1, 4); }), "");
}

// Means of bags shall become what others are: the gradient is the difference. Tables are shared,
// and so are results and their gradients, which the host works on in between.
TEST(EmbeddingPass, PoolingAndUpdateLearnTogether) {
  constexpr std::uint32_t kFeatures = 8;
  const datasets::Bags bags = joined(batch_of(30), kTables, 1, 4);
  EmbeddingPoolingShape down;
  down.hardware.n = 4;
  down.table_rows = 65;
  down.features = kFeatures;
  down.bags = static_cast<std::uint32_t>(bags.count());
  down.pooling = Pooling::kMean;
  down.blocks = pooling_shape(bags, 4, down.hardware.list_entries());
  down.most_blocks = 60;
  const EmbeddingPooling pooling(down);
  EmbeddingShape up;
  up.hardware = down.hardware;
  up.table_rows = down.table_rows;
  up.features = kFeatures;
  up.bags = down.bags;
  up.pooling = down.pooling;
  up.is_adagrad = true;
  up.blocks = update_shape(bags, up.hardware, kFeatures);
  up.most_blocks = 60;
  up.home.rows = pooling.regions().rows.address;
  up.home.bags = pooling.regions().results.address;
  up.dram_base = (pooling.dram_end() + 63) / 64 * 64;
  const EmbeddingUpdate update(up);
  runtime::ModelDevice device(up.hardware, update.dram_end());

  const std::size_t count = bags.count() * kFeatures;
  plain::Embedding truth{4, kFeatures, true, true, plain::random_floats(65 * kFeatures, 1, 1.0f),
                         {}};
  const std::vector<float> wanted = truth.pooled(bags);
  plain::Embedding plain{4,
                         kFeatures,
                         true,
                         true,
                         plain::random_floats(65 * kFeatures, 2, 1.0f),
                         std::vector<float>(65, 0.0f)};
  write_floats(device, pooling.regions().rows, 0, plain.rows);
  write_floats(device, update.regions().state, 0, plain.state);
  std::vector<double> losses;
  for (int step = 0; step < 30; ++step) {
    pooling.run(device, bags);
    std::vector<float> at = read_floats(device, pooling.regions().results, 0, count);
    EXPECT_EQ(at, plain.pooled(bags)) << "step " << step;
    double loss = 0;
    for (std::size_t i = 0; i < count; ++i) {
      at[i] -= wanted[i];
      loss += double{at[i]} * double{at[i]};
    }
    losses.push_back(loss);
    write_floats(device, update.regions().gradients, 0, at);
    update.run(device, bags, 0.2f);
    plain.update(bags, at, 0.2f);
  }
  EXPECT_EQ(read_floats(device, pooling.regions().rows, 0, plain.rows.size()), plain.rows);
  EXPECT_LT(losses.back(), 0.05 * losses.front());
}

}  // namespace
}  // namespace gradcore::nn
