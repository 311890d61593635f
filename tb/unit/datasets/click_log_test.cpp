// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/click_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "sw/datasets/metrics.h"

namespace gradcore::datasets {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ClickLogConfig small_config() {
  ClickLogConfig config;
  config.tables = {{.rows = 1000},
                   {.rows = 10'000'000, .zipf = 1.2, .least_bag = 0, .most_bag = 3},
                   {.rows = 1},
                   {.rows = 300, .zipf = 0, .least_bag = 512, .most_bag = 512}};
  return config;
}

// Only one part of the planted model moves the logit.
ClickLogConfig only(double dense, double category, double interaction) {
  ClickLogConfig config;
  config.tables.assign(4, {.rows = 100, .zipf = 0.5});
  config.dense_strength = dense;
  config.category_strength = category;
  config.interaction_strength = interaction;
  return config;
}

double logit_of(double p) { return std::log(p / (1 - p)); }

TEST(ClickLog, ASampleDependsOnSeedAndNumberOnly) {
  const ClickLog log(small_config());
  const ClickBatch batch = log.batch(Part::kTrain, 100, 20);
  EXPECT_EQ(log.batch(Part::kTrain, 100, 20), batch);
  for (const std::uint64_t i : {7u, 3u}) {
    const ClickSample one = log.sample(Part::kTrain, 100 + i);
    EXPECT_THAT(batch.dense_of(i), testing::ElementsAreArray(one.dense));
    EXPECT_EQ(batch.labels[i], one.label);
    for (std::size_t t = 0; t < 4; ++t) {
      EXPECT_THAT(batch.tables[t].bag(i), testing::ElementsAreArray(one.bags[t]));
    }
  }
  EXPECT_NE(log.batch(Part::kTest, 100, 20), batch);
  ClickLogConfig other = small_config();
  other.seed = 2;
  EXPECT_NE(ClickLog(other).batch(Part::kTrain, 100, 20), batch);
  // The largest numbers there are.
  EXPECT_NE(log.sample(Part::kTrain, (1ull << 63) - 1).dense,
            log.sample(Part::kTest, (1ull << 63) - 1).dense);
}

TEST(ClickLog, HasTheShapeThatWasAskedFor) {
  const ClickLog log(small_config());
  EXPECT_THAT(log.table_rows(), testing::ElementsAre(1000, 10'000'000, 1, 300));
  const ClickBatch batch = log.batch(Part::kTest, 0, 3000);
  check_batch(batch, log.table_rows());
  EXPECT_EQ(batch.size(), 3000u);
  EXPECT_EQ(batch.dense_features, 13u);
  std::map<std::size_t, int> lengths;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    EXPECT_THAT(batch.tables[0].bag(i), SizeIs(1));
    EXPECT_THAT(batch.tables[3].bag(i), SizeIs(512));
    ++lengths[batch.tables[1].bag(i).size()];
  }
  EXPECT_THAT(lengths, SizeIs(4));
  for (const auto& [length, count] : lengths) EXPECT_NEAR(count, 750, 100) << length;
  EXPECT_THAT(batch.tables[2].indices, Each(0u));
  // A bag may have an index twice.
  const auto bag = batch.tables[3].bag(0);
  EXPECT_LT(std::set<std::uint32_t>(bag.begin(), bag.end()).size(), 300u);
  // Both popular and rare categories of a large table occur.
  EXPECT_GT(std::set<std::uint32_t>(batch.tables[1].indices.begin(), batch.tables[1].indices.end())
                .size(),
            500u);
}

TEST(ClickLog, DenseFeaturesAreNearlyNormal) {
  const ClickBatch batch = ClickLog(only(1, 0, 0)).batch(Part::kTrain, 0, 10000);
  double sum = 0, squares = 0;
  for (const float x : batch.dense) {
    sum += x;
    squares += x * x;
    ASSERT_EQ(x * (1 << 18), std::floor(x * (1 << 18)));
  }
  const auto count = static_cast<double>(batch.dense.size());
  EXPECT_NEAR(sum / count, 0, 4 / std::sqrt(count));
  EXPECT_NEAR(squares / count, 1.02, 0.02);
}

TEST(ClickLog, ScatteringIsAPermutation) {
  ClickLogConfig config;
  config.tables = {{.rows = 60, .zipf = 0.3, .least_bag = 5, .most_bag = 5}};
  const std::vector<std::uint32_t> scattered =
      ClickLog(config).batch(Part::kTrain, 0, 1000).tables[0].indices;
  config.scatter = false;
  const std::vector<std::uint32_t> ranks =
      ClickLog(config).batch(Part::kTrain, 0, 1000).tables[0].indices;
  std::map<std::uint32_t, std::uint32_t> to;
  std::set<std::uint32_t> used;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    EXPECT_EQ(to.emplace(ranks[i], scattered[i]).first->second, scattered[i]);
    used.insert(scattered[i]);
  }
  EXPECT_THAT(to, SizeIs(60));
  EXPECT_THAT(used, SizeIs(60));
  EXPECT_NE(ranks, scattered);
  // Rank 0 is the most popular.
  EXPECT_GT(std::count(ranks.begin(), ranks.end(), 0u),
            std::count(ranks.begin(), ranks.end(), 59u));
}

TEST(ClickLog, LabelsHaveTheirProbability) {
  const ClickLog log(small_config());
  constexpr std::size_t kGroups = 8;
  std::vector<double> expected(kGroups, 0), variance(kGroups, 0), clicks(kGroups, 0);
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const ClickSample one = log.sample(Part::kTrain, i);
    const double p = log.probability(one);
    ASSERT_GT(p, 0);
    ASSERT_LT(p, 1);
    const auto group = static_cast<std::size_t>(p * kGroups);
    expected[group] += p;
    variance[group] += p * (1 - p);
    clicks[group] += one.label;
  }
  for (std::size_t g = 0; g < kGroups; ++g) {
    EXPECT_GT(expected[g], 10) << g;  // every group occurs
    EXPECT_LT(std::abs(clicks[g] - expected[g]), 4 * std::sqrt(variance[g])) << g;
  }
}

TEST(ClickLog, PlantedLossIsThatOfTheProbabilities) {
  const ClickLog log(small_config());
  double best = 0, planted = 0, clicks = 0;
  for (std::uint64_t i = 50; i < 1050; ++i) {
    const ClickSample one = log.sample(Part::kTest, i);
    const double p = log.probability(one);
    best += entropy(p);
    planted += log_loss(logit_of(p), one.label);
    clicks += one.label;
  }
  const PlantedLoss loss = log.planted_loss(Part::kTest, 50, 1000);
  EXPECT_NEAR(loss.best, best / 1000, 1e-12);
  EXPECT_NEAR(loss.planted, planted / 1000, 1e-9);
  EXPECT_NEAR(loss.click_rate, clicks / 1000, 1e-12);
  EXPECT_NEAR(loss.constant, entropy(clicks / 1000), 1e-12);
  EXPECT_THROW(log.planted_loss(Part::kTest, 0, 0), std::invalid_argument);

  const PlantedLoss many = log.planted_loss(Part::kTrain, 0, 20000);
  EXPECT_NEAR(many.planted, many.best, 0.01);
  EXPECT_LT(many.best, many.constant - 0.05);
  EXPECT_GT(many.best, 0.2);
  // Without any influence only the mean is left.
  ClickLogConfig flat = only(0, 0, 0);
  flat.mean_logit = -1.5;
  EXPECT_NEAR(ClickLog(flat).planted_loss(Part::kTrain, 0, 10).best,
              entropy(1 / (1 + std::exp(1.5))), 1e-9);
}

// Each strength is the mean absolute deviation of the logit, whatever the bags are.
TEST(ClickLog, StrengthsAreThoseOfTheLogit) {
  for (const ClickLogConfig& shape : {only(0.8, 0, 0), only(0, 0.8, 0), only(0, 0, 0.8)}) {
    for (const std::uint32_t longest : {1u, 100u}) {
      ClickLogConfig config = shape;
      config.mean_logit = 0.5;
      for (ClickTable& table : config.tables) table.most_bag = longest;
      const ClickLog log(config);
      std::vector<double> logits;
      for (std::uint64_t i = 0; i < 4000; ++i) {
        logits.push_back(logit_of(log.probability(log.sample(Part::kTest, i))));
      }
      double mean = 0, deviation = 0;
      for (const double z : logits) mean += z / 4000;
      for (const double z : logits) deviation += std::abs(z - mean) / 4000;
      EXPECT_NEAR(mean, 0.5, 0.12);
      EXPECT_NEAR(deviation, 0.8, 0.12);
    }
  }
}

// Mixed second difference of the logit over the categories of two tables: 0 if they only add.
double mixed_difference(const ClickLog& log) {
  ClickSample one = log.sample(Part::kTrain, 0);
  const auto logit = [&](std::uint32_t a, std::uint32_t b) {
    one.bags[0] = {a};
    one.bags[1] = {b};
    return logit_of(log.probability(one));
  };
  return logit(3, 5) - logit(3, 6) - logit(4, 5) + logit(4, 6);
}

TEST(ClickLog, PartsAreWhatTheirNamesSay) {
  EXPECT_NEAR(mixed_difference(ClickLog(only(0, 1, 0))), 0, 1e-4);
  EXPECT_GT(std::abs(mixed_difference(ClickLog(only(0, 0, 1)))), 0.01);
  for (const ClickLogConfig& config : {only(0, 1, 0), only(0, 0, 1)}) {
    const ClickLog log(config);
    ClickSample one = log.sample(Part::kTrain, 0);
    const auto p = [&](std::vector<std::uint32_t> bag) {
      one.bags[2] = std::move(bag);
      return log.probability(one);
    };
    EXPECT_EQ(p({1, 2, 3}), p({3, 1, 2}));
    EXPECT_NE(p({1, 2, 3}), p({1, 2, 2, 3}));
    EXPECT_NE(p({1}), p({2}));
    // A bag is a sum: categories add, and no vector meets itself.
    const auto z = [&](std::vector<std::uint32_t> bag) { return logit_of(p(std::move(bag))); };
    EXPECT_NEAR(z({1, 2}) - z({1}), z({2}) - z({}), 0.005);
    EXPECT_NEAR(z({7, 7}) - z({7}), z({7}) - z({}), 0.005);
    EXPECT_GT(std::abs(z({7}) - z({})), 0.02);
    // The dense features have a vector, too, and no more.
    const double before = p({1});
    one.dense[0] += 1;
    EXPECT_EQ(p({1}) != before, config.interaction_strength > 0);
  }
  // The dense features alone: linear, and nothing else matters.
  const ClickLog log(only(1, 0, 0));
  ClickSample one = log.sample(Part::kTrain, 0);
  std::fill(one.dense.begin(), one.dense.end(), 0.0f);
  const auto logit = [&](float x) {
    one.dense[4] = x;
    return logit_of(log.probability(one));
  };
  EXPECT_NEAR(logit(1) - logit(0), logit(2) - logit(1), 1e-5);
  EXPECT_GT(std::abs(logit(1) - logit(0)), 1e-3);
  const double before = logit(1);
  one.bags[0] = {50};
  EXPECT_EQ(logit(1), before);
}

// What is planted can be learnt: logistic regression on the dense features comes near the best.
TEST(ClickLog, RegressionReachesTheBestLoss) {
  const ClickLog log(only(1, 0, 0));
  const ClickBatch train = log.batch(Part::kTrain, 0, 20000);
  std::vector<double> weights(14, 0);
  const auto logit = [&](const ClickBatch& batch, std::size_t i) {
    double z = weights[13];
    for (std::size_t f = 0; f < 13; ++f) z += weights[f] * batch.dense_of(i)[f];
    return z;
  };
  for (int step = 0; step < 60; ++step) {
    std::vector<double> gradient(14, 0);
    for (std::size_t i = 0; i < train.size(); ++i) {
      const double error = 1 / (1 + std::exp(-logit(train, i))) - train.labels[i];
      for (std::size_t f = 0; f < 13; ++f) gradient[f] += error * train.dense_of(i)[f];
      gradient[13] += error;
    }
    for (std::size_t f = 0; f < 14; ++f) {
      weights[f] -= 4 * gradient[f] / static_cast<double>(train.size());
    }
  }
  const ClickBatch test = log.batch(Part::kTest, 0, 20000);
  std::vector<float> logits;
  for (std::size_t i = 0; i < test.size(); ++i) {
    logits.push_back(static_cast<float>(logit(test, i)));
  }
  const PlantedLoss reachable = log.planted_loss(Part::kTest, 0, test.size());
  EXPECT_LT(log_loss(logits, test.labels), reachable.planted + 0.002);
  EXPECT_GT(log_loss(logits, test.labels), reachable.planted - 0.001);
  EXPECT_GT(reachable.constant, reachable.planted + 0.1);
}

TEST(ClickLog, EdgesOfItsShape) {
  const ClickBatch none = ClickLog(small_config()).batch(Part::kTrain, 5, 0);
  EXPECT_EQ(none, ClickBatch(13, 4));
  ClickLogConfig config;
  config.dense_features = 0;
  EXPECT_THAT(ClickLog(config).sample(Part::kTrain, 0).bags, IsEmpty());
  // Categories that are nearly always the same, and bags that nearly always are empty.
  config.tables = {{.rows = 1u << 31, .zipf = 8, .least_bag = 0, .most_bag = 1}};
  config.interaction_strength = 8;
  const ClickLog log(config);
  const ClickBatch batch = log.batch(Part::kTest, 0, 200);
  check_batch(batch, log.table_rows());
  EXPECT_GT(batch.tables[0].indices.size(), 50u);
  // Many tables, long bags: nothing overflows, logits stay what they shall be.
  for (const auto& [tables, longest] : {std::pair(1024u, 16u), std::pair(16u, 512u)}) {
    config = ClickLogConfig();
    config.tables.assign(tables, {.rows = 3, .zipf = 2, .least_bag = longest, .most_bag = longest});
    const ClickLog large(config);
    EXPECT_LT(std::abs(logit_of(large.probability(large.sample(Part::kTrain, 0)))), 12);
  }
}

TEST(ClickLog, RefusesImpossibleShapes) {
  const auto complaint = [](const auto& change) {
    ClickLogConfig config = small_config();
    change(config);
    try {
      const ClickLog log(config);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_EQ(complaint([](ClickLogConfig& c) { c.tables[3].rows = 0; }),
            "click log: table 3 has 0 rows, expected 1 to 2^31");
  EXPECT_THAT(complaint([](ClickLogConfig& c) { c.tables[1].rows = 0x80000001; }),
              HasSubstr("2147483649 rows"));
  EXPECT_THAT(complaint([](ClickLogConfig& c) { c.tables[0].zipf = -1; }),
              HasSubstr("table 0 has Zipf exponent -1"));
  EXPECT_THAT(complaint([](ClickLogConfig& c) { c.tables[0].most_bag = 513; }),
              HasSubstr("table 0 has bags of 1 to 513 indices"));
  EXPECT_THAT(complaint([](ClickLogConfig& c) { c.tables[0].least_bag = 2; }),
              HasSubstr("bags of 2 to 1"));
  EXPECT_THAT(complaint([](ClickLogConfig& c) { c.tables[1].most_bag = 0; }),
              HasSubstr("bags of 0 to 0"));
  EXPECT_THAT(complaint([](ClickLogConfig& c) { c.dense_features = 4097; }),
              HasSubstr("4097 dense features"));
  EXPECT_THAT(complaint([](ClickLogConfig& c) { c.tables.resize(1025); }),
              HasSubstr("1025 tables"));
  EXPECT_THAT(complaint([](ClickLogConfig& c) { c.mean_logit = 21; }), HasSubstr("logit of 21"));
  EXPECT_THAT(complaint([](ClickLogConfig& c) { c.mean_logit = std::nan(""); }),
              HasSubstr("logit of nan"));
  EXPECT_THAT(complaint([](ClickLogConfig& c) { c.category_strength = 9; }),
              HasSubstr("a strength of 9"));
}

// FNV-1a of everything that a batch has.
std::uint64_t digest(const ClickBatch& batch) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  const auto add = [&](std::uint64_t value) {
    for (int i = 0; i < 64; i += 8) hash = (hash ^ (value >> i & 0xFF)) * 0x100000001B3u;
  };
  for (const float x : batch.dense) add(std::bit_cast<std::uint32_t>(x));
  for (const Bags& bags : batch.tables) {
    for (const std::uint32_t offset : bags.offsets) add(offset);
    for (const std::uint32_t index : bags.indices) add(index);
  }
  for (const std::uint8_t label : batch.labels) add(label);
  return hash;
}

// The same bits with every compiler, on every machine: if this changes, so do all runs.
TEST(ClickLog, IsMadeOfTheseBits) {
  const ClickLog log(small_config());
  EXPECT_EQ(digest(log.batch(Part::kTrain, 0, 500)), 7737102419885820130u);
  EXPECT_EQ(digest(log.batch(Part::kTest, 1'000'000'000, 500)), 7538247617972209602u);
}

}  // namespace
}  // namespace gradcore::datasets
