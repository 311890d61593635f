// SPDX-License-Identifier: Apache-2.0
// A click log that is made, not measured: any number of samples of any shape, and what a model can
// reach on them is known.
//
// The probability of each click comes from a planted model of the form that DLRM has, with hidden
// numbers for every category: linear terms of the dense features and of the categories, and
// products of all pairs of latent vectors, one for each table (the sum over the bag) and one for
// the dense features. A label is 1 with that probability. So nobody can have a smaller expected log
// loss than the mean entropy of the probabilities, and who learns the hidden numbers has that.
//
// Sample i is a function of (seed, i) and of the shape, the same bits everywhere: all is computed
// in integers (fixed_math.h), and only numbers that a float holds exactly are turned into floats.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sw/datasets/click_batch.h"
#include "sw/datasets/zipf.h"

namespace gradcore::datasets {

struct ClickTable {
  std::uint32_t rows = 1000;    // 1 .. 2^31
  double zipf = 1.05;           // how uneven their popularity is, 0 .. 8 (zipf.h)
  std::uint32_t least_bag = 1;  // indices of a sample, 0 .. most_bag, all numbers between alike;
  std::uint32_t most_bag = 1;   // 1 .. 512
};

struct ClickLogConfig {
  std::uint64_t seed = 1;
  std::uint32_t dense_features = 13;  // 0 .. 4096
  std::vector<ClickTable> tables;     // up to 1024
  // Popular categories have small numbers if false, else those of a fixed permutation.
  bool scatter = true;
  double mean_logit = -1.1;  // -20 .. 20
  // How much each part of the planted model moves the logit: its mean absolute deviation, 0 .. 8.
  double dense_strength = 0.5;
  double category_strength = 0.6;
  double interaction_strength = 0.6;
};

// Two sequences of samples without end.
enum class Part { kTrain, kTest };

// What can be reached on some samples. The logarithms are those of <cmath>.
struct PlantedLoss {
  double best = 0;        // mean entropy of the probabilities: no model has less in expectation
  double planted = 0;     // log loss of the planted model on these very labels
  double constant = 0;    // log loss of who knows only how many clicks there are
  double click_rate = 0;  // labels that are 1
};

class ClickLog {
 public:
  // Throws std::invalid_argument, in one sentence.
  explicit ClickLog(const ClickLogConfig& config);

  const ClickLogConfig& config() const { return config_; }
  std::vector<std::uint32_t> table_rows() const;

  // Sample `number`, below 2^63, of a part.
  ClickSample sample(Part part, std::uint64_t number) const;
  // Samples first, first + 1, ...; none if count is 0.
  ClickBatch batch(Part part, std::uint64_t first, std::size_t count) const;

  // Of a click, for a sample of this log; its label does not matter.
  double probability(const ClickSample& sample) const;

  // Of the samples that batch(part, first, count) has. Throws std::invalid_argument when count is
  // 0.
  PlantedLoss planted_loss(Part part, std::uint64_t first, std::uint64_t count) const;

 private:
  static constexpr std::size_t kFactors = 4;

  struct Table {
    Zipf popularity;
    std::uint64_t multiplier, offset;  // of the permutation
    std::int64_t scale;                // Q20: makes sums over bags of any length comparable
  };
  // The parts of a logit before they are scaled: Q32, Q24, Q24.
  struct Parts {
    std::int64_t dense = 0, category = 0, interaction = 0;
  };
  // Takes the mean away and makes the mean absolute deviation what it shall be.
  struct Scaling {
    std::int64_t mean = 0, deviation = 1, strength = 0;  // deviation in units of 2^shift
    unsigned shift = 0;
    std::int64_t operator()(std::int64_t part) const;  // Q24
  };

  void features(std::uint64_t number, ClickSample& out) const;
  Parts parts(const ClickSample& sample) const;
  std::uint64_t probability_q53(const ClickSample& sample) const;
  void calibrate();

  ClickLogConfig config_;
  std::vector<Table> tables_;
  std::vector<std::int64_t> dense_weights_;  // of each feature 1 + kFactors numbers in Q12
  std::int64_t dense_scale_ = 0;             // Q20
  std::int64_t mean_logit_ = 0;              // Q24
  Scaling dense_, category_, interaction_;
};

}  // namespace gradcore::datasets
