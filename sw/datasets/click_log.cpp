// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/click_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <stdexcept>

#include "sw/datasets/metrics.h"

namespace gradcore::datasets {
namespace {

// Streams of random numbers; those of table t are added to the last ones.
enum Stream : std::uint64_t {
  kDenseStream = 0x1000,
  kLabelStream,
  kWeightStream,
  kPermutationStream = 0x2000,
  kBagStream = 0x3000,
  kFactorStream = 0x4000,
};

constexpr std::uint32_t kMostFeatures = 4096;
constexpr std::size_t kMostTables = 1024;
constexpr std::uint32_t kLongestBag = 512;
constexpr std::uint32_t kMostRows = std::uint32_t{1} << 31;
constexpr std::uint64_t kCalibrationSamples = 1024;
constexpr int kDenseBits = 20;  // dense features are in Q20

template <typename... Values>
void require(bool is_good, fmt::format_string<Values...> why, Values&&... values) {
  if (is_good) return;
  throw std::invalid_argument(
      fmt::format("click log: {}", fmt::format(why, std::forward<Values>(values)...)));
}

void check(const ClickLogConfig& config) {
  require(config.dense_features <= kMostFeatures, "{} dense features, expected at most {}",
          config.dense_features, kMostFeatures);
  require(config.tables.size() <= kMostTables, "{} tables, expected at most {}",
          config.tables.size(), kMostTables);
  require(config.mean_logit >= -20 && config.mean_logit <= 20,
          "a mean logit of {}, expected -20 to 20", config.mean_logit);
  for (const double strength :
       {config.dense_strength, config.category_strength, config.interaction_strength}) {
    require(strength >= 0 && strength <= 8, "a strength of {}, expected 0 to 8", strength);
  }
  for (std::size_t t = 0; t < config.tables.size(); ++t) {
    const ClickTable& table = config.tables[t];
    require(table.rows >= 1 && table.rows <= kMostRows, "table {} has {} rows, expected 1 to 2^31",
            t, table.rows);
    require(table.zipf >= 0 && table.zipf <= 8, "table {} has Zipf exponent {}, expected 0 to 8", t,
            table.zipf);
    require(
        table.most_bag >= 1 && table.most_bag <= kLongestBag && table.least_bag <= table.most_bag,
        "table {} has bags of {} to {} indices, expected 1 to {} at most, and no more at least", t,
        table.least_bag, table.most_bag, kLongestBag);
  }
}

// A few random bits as a number in (-1, 1), symmetric, never 0, in units of 2^-bits.
constexpr std::int64_t symmetric(std::uint64_t bits, int count) {
  const std::uint64_t kept = bits & ((std::uint64_t{1} << count) - 1);
  return static_cast<std::int64_t>(2 * kept + 1) - (std::int64_t{1} << count);
}

// What belongs to a category: a linear term in Q16 and a latent vector in Q12, of one random
// number.
constexpr std::int64_t effect_of(std::uint64_t bits) { return symmetric(bits, 16); }
constexpr std::int64_t factor_of(std::uint64_t bits, std::size_t f) {
  return symmetric(bits >> (16 + 12 * f), 12);
}

// sqrt(3 / n) in Q20: makes a sum of n results of symmetric() one of variance 1. 0 for n = 0.
std::int64_t unit_scale(std::uint64_t twice_n) {
  return twice_n == 0 ? 0
                      : static_cast<std::int64_t>(integer_sqrt((std::uint64_t{6} << 40) / twice_n));
}

// Exact for numbers of config that are multiples of 2^-24, else rounded toward zero.
std::int64_t q24(double x) { return static_cast<std::int64_t>(x * (1 << 24)); }

}  // namespace

std::int64_t ClickLog::Scaling::operator()(std::int64_t part) const {
  // What is 64 deviations away counts as 64: no product below passes 63 bits.
  const std::int64_t most = 64 * deviation;
  const std::int64_t from_mean = std::clamp((part - mean) >> shift, -most, most);
  return from_mean * strength / deviation;
}

ClickLog::ClickLog(const ClickLogConfig& config) : config_(config) {
  check(config_);
  for (std::size_t t = 0; t < config_.tables.size(); ++t) {
    const ClickTable& table = config_.tables[t];
    RandomStream random(config_.seed, kPermutationStream + t, 0);
    std::uint64_t multiplier = 1, offset = 0;
    if (config_.scatter) {
      multiplier = 1 + random.below(table.rows);
      while (std::gcd(multiplier, std::uint64_t{table.rows}) != 1) ++multiplier;
      offset = random.below(table.rows);
    }
    tables_.push_back({Zipf(table.rows, table.zipf), multiplier, offset,
                       unit_scale(std::uint64_t{table.least_bag} + table.most_bag)});
  }
  for (std::uint32_t i = 0; i < config_.dense_features; ++i) {
    const std::uint64_t bits = train::random_bits(config_.seed, kWeightStream, i);
    dense_weights_.push_back(effect_of(bits) / 16);
    for (std::size_t f = 0; f < kFactors; ++f) dense_weights_.push_back(factor_of(bits, f));
  }
  dense_scale_ = unit_scale(2 * std::uint64_t{config_.dense_features});
  mean_logit_ = q24(config_.mean_logit);
  calibrate();
}

std::vector<std::uint32_t> ClickLog::table_rows() const {
  std::vector<std::uint32_t> rows;
  for (const ClickTable& table : config_.tables) rows.push_back(table.rows);
  return rows;
}

void ClickLog::features(std::uint64_t number, ClickSample& out) const {
  RandomStream dense(config_.seed, kDenseStream, number);
  out.dense.resize(config_.dense_features);
  for (float& value : out.dense) {
    // The sum of four uniform numbers is nearly normal; 7/8 of it has a variance of 1.02.
    const std::uint64_t bits = dense.next();
    std::int64_t sum = -2 * 0xFFFF;
    for (int i = 0; i < 64; i += 16) sum += static_cast<std::int64_t>(bits >> i & 0xFFFF);
    // 23 bits, and a power of two: exact.
    value = static_cast<float>(4 * 7 * sum) / (1 << kDenseBits);
  }
  out.bags.resize(tables_.size());
  for (std::size_t t = 0; t < tables_.size(); ++t) {
    const ClickTable& shape = config_.tables[t];
    RandomStream random(config_.seed, kBagStream + t, number);
    out.bags[t].resize(shape.least_bag + random.below(shape.most_bag - shape.least_bag + 1));
    for (std::uint32_t& index : out.bags[t]) {
      const std::uint64_t rank = tables_[t].popularity.draw(random);
      index = static_cast<std::uint32_t>((rank * tables_[t].multiplier + tables_[t].offset) %
                                         shape.rows);
    }
  }
}

ClickLog::Parts ClickLog::parts(const ClickSample& sample) const {
  using Factors = std::array<std::int64_t, kFactors>;
  Parts out;
  Factors all{};         // sums of the latent vectors, Q12
  std::int64_t own = 0;  // squares of each vector's elements, Q24
  const auto add_vector = [&](const Factors& sum, std::int64_t scale) {
    for (std::size_t f = 0; f < kFactors; ++f) {
      const std::int64_t element = sum[f] * scale >> 20;
      all[f] += element;
      own += element * element;
    }
  };

  Factors sum{};
  for (std::size_t i = 0; i < sample.dense.size(); ++i) {
    const auto value = static_cast<std::int64_t>(sample.dense[i] * (1 << kDenseBits));
    const std::int64_t* const weights = &dense_weights_[i * (1 + kFactors)];
    out.dense += weights[0] * value;
    for (std::size_t f = 0; f < kFactors; ++f) sum[f] += weights[1 + f] * value >> kDenseBits;
  }
  add_vector(sum, dense_scale_);

  for (std::size_t t = 0; t < tables_.size(); ++t) {
    std::int64_t effect = 0;
    sum = {};
    for (const std::uint32_t index : sample.bags[t]) {
      const std::uint64_t bits = train::random_bits(config_.seed, kFactorStream + t, index);
      effect += effect_of(bits);
      for (std::size_t f = 0; f < kFactors; ++f) sum[f] += factor_of(bits, f);
    }
    out.category += (effect << 8) * tables_[t].scale >> 20;
    add_vector(sum, tables_[t].scale);
  }
  // The sum over all pairs of different vectors.
  for (const std::int64_t element : all) out.interaction += element * element;
  out.interaction = (out.interaction - own) / 2;
  return out;
}

void ClickLog::calibrate() {
  std::vector<Parts> seen(kCalibrationSamples);
  ClickSample sample;
  for (std::uint64_t i = 0; i < kCalibrationSamples; ++i) {
    features(2 * i, sample);
    seen[i] = parts(sample);
  }
  const auto scaling = [&](std::int64_t Parts::*part, double strength) {
    constexpr auto kCount = static_cast<std::int64_t>(kCalibrationSamples);
    Scaling out;
    std::int64_t deviation = 0;
    // Divided first: sums of 1024 would fit, but not by much.
    for (const Parts& one : seen) out.mean += one.*part / kCount;
    for (const Parts& one : seen) deviation += std::abs(one.*part - out.mean) / kCount;
    const auto bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(deviation)));
    out.shift = static_cast<unsigned>(std::max(bits - 20, 0));
    out.deviation = std::max<std::int64_t>(deviation >> out.shift, 1);
    // A part that does not vary (no features, tables of one row) says nothing.
    out.strength = deviation == 0 ? 0 : q24(strength);
    return out;
  };
  dense_ = scaling(&Parts::dense, config_.dense_strength);
  category_ = scaling(&Parts::category, config_.category_strength);
  interaction_ = scaling(&Parts::interaction, config_.interaction_strength);
}

std::uint64_t ClickLog::probability_q53(const ClickSample& sample) const {
  const Parts raw = parts(sample);
  return logistic_q53(mean_logit_ + dense_(raw.dense) + category_(raw.category) +
                      interaction_(raw.interaction));
}

double ClickLog::probability(const ClickSample& sample) const {
  return static_cast<double>(probability_q53(sample)) / static_cast<double>(std::uint64_t{1} << 53);
}

ClickSample ClickLog::sample(Part part, std::uint64_t number) const {
  ClickSample out;
  const std::uint64_t of_both = 2 * number + (part == Part::kTest ? 1 : 0);
  features(of_both, out);
  const std::uint64_t draw = train::random_bits(config_.seed, kLabelStream, of_both) >> 11;
  out.label = draw < probability_q53(out) ? 1 : 0;
  return out;
}

ClickBatch ClickLog::batch(Part part, std::uint64_t first, std::size_t count) const {
  ClickBatch out(config_.dense_features, tables_.size());
  for (std::size_t i = 0; i < count; ++i) out.append(sample(part, first + i));
  return out;
}

PlantedLoss ClickLog::planted_loss(Part part, std::uint64_t first, std::uint64_t count) const {
  require(count > 0, "no samples to find a loss of");
  PlantedLoss sum;
  for (std::uint64_t i = 0; i < count; ++i) {
    const ClickSample one = sample(part, first + i);
    const double p = probability(one);
    sum.best += entropy(p);
    sum.planted -= one.label != 0 ? std::log(p) : std::log1p(-p);
    sum.click_rate += one.label;
  }
  const auto samples = static_cast<double>(count);
  const double rate = sum.click_rate / samples;
  return {sum.best / samples, sum.planted / samples, entropy(rate), rate};
}

}  // namespace gradcore::datasets
