// SPDX-License-Identifier: Apache-2.0
#include "sw/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace gradcore::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(const std::string& text) {
  try {
    parse_config(text, "sim.yaml");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Config, EmptyFileGivesTheDefaults) {
  const Config config = parse_config("", "sim.yaml");
  EXPECT_EQ(config.hardware, device::Hardware{});
  EXPECT_EQ(config.seed, 1u);
  EXPECT_EQ(config.vectors.size(), default_vectors().size());
  EXPECT_EQ(config.training.epochs, train::TrainConfig{}.epochs);
  EXPECT_EQ(config.log.level, "info");
}

TEST(Config, ReadsEverything) {
  const Config config = parse_config(R"(
hardware: {n: 8, f: 32, operand_kib: 256, accumulator_kib: 128}
seed: 0x10
vectors:
  - name: fc
    layer: {batch: 2, in: 3, out: 5}
    values: bits
    accumulate: true
  - {name: part, layer: {batch: 2, in: 3, out: 5}, passes: [dW, fwd]}
  - {name: one, gemm: {m: 7, k: 8, n: 9, trans_b: true}}
training:
  seed: 3
  hidden: [16, 32]
  batch: 8
  epochs: 2
  learning_rate: 0.5
  momentum: 0
  min_accuracy: 0.25
  data: digits.csv
log: {level: debug, file: run.log}
)",
                                     "folder/sim.yaml");
  EXPECT_EQ(config.hardware, (device::Hardware{8, 32, 256, 128}));
  EXPECT_EQ(config.seed, 16u);
  ASSERT_EQ(config.vectors.size(), 6u);
  const GoldenVector& dx = config.vectors[1];
  EXPECT_EQ(dx.name, "fc");
  EXPECT_EQ(pass_name(dx.pass), "dX");
  EXPECT_THAT((std::vector{dx.m, dx.k, dx.n}), ElementsAre(2, 5, 3));
  EXPECT_FALSE(dx.trans_a);
  EXPECT_TRUE(dx.trans_b);
  EXPECT_TRUE(dx.accumulate);
  EXPECT_EQ(dx.values, Distribution::kBits);
  const GoldenVector& dw = config.vectors[3];
  EXPECT_EQ(pass_name(dw.pass), "dW");
  EXPECT_THAT((std::vector{dw.m, dw.k, dw.n}), ElementsAre(3, 2, 5));
  EXPECT_TRUE(dw.trans_a);
  EXPECT_EQ(config.vectors[4].pass, Pass::kForward);
  EXPECT_EQ(config.vectors[5].pass, Pass::kGemm);
  EXPECT_TRUE(config.vectors[5].trans_b);
  EXPECT_EQ(config.training.seed, 3u);
  EXPECT_THAT(config.training.hidden, ElementsAre(16, 32));
  EXPECT_EQ(config.training.batch, 8u);
  EXPECT_EQ(config.training.epochs, 2u);
  EXPECT_EQ(config.training.learning_rate, 0.5f);
  EXPECT_EQ(config.training.momentum, 0.0f);
  EXPECT_EQ(config.training.min_accuracy, 0.25f);
  EXPECT_EQ(config.training.data, "folder/digits.csv");
  EXPECT_EQ(config.log.level, "debug");
  EXPECT_EQ(config.log.file, "run.log");
}

TEST(Config, TrainingTakesTheSeedOfTheRun) {
  EXPECT_EQ(parse_config("seed: 5", "x").training.seed, 5u);
  EXPECT_EQ(parse_config("seed: 5\ntraining: {epochs: 1}", "x").training.seed, 5u);
}

TEST(Config, ErrorsHavePlaceAndExpectation) {
  EXPECT_EQ(error_of("hardwre: {n: 8}"),
            "sim.yaml:1:1: unknown key 'hardwre', expected hardware, seed, vectors, training or "
            "log (nearest valid key: hardware)");
  EXPECT_EQ(error_of("hardware:\n  n: 12\n"),
            "sim.yaml:2:6: hardware.n is '12', expected 4, 8, 16 or 32");
  EXPECT_EQ(error_of("hardware:\n  f: 49\n"),
            "sim.yaml:2:6: hardware.f is '49', expected an integer from 24 to 48");
  EXPECT_THAT(
      error_of("hardware: {n: 32, operand_kib: 3}"),
      StartsWith("sim.yaml:1:32: hardware.operand_kib is '3', expected an integer from 4 "));
  EXPECT_THAT(error_of("hardware:\nseed: 1"), StartsWith("sim.yaml:1:1: hardware is nothing"));
  EXPECT_THAT(error_of("seed: -1"),
              HasSubstr("expected an integer from 0 to 18446744073709551615"));
  EXPECT_THAT(error_of("training: {momentum: 1}"), HasSubstr("training.momentum"));
  EXPECT_THAT(error_of("training: {learning_rate: 0}"), HasSubstr("training.learning_rate"));
  EXPECT_THAT(error_of("training: {hidden: [64, 0]}"),
              StartsWith("sim.yaml:1:25: training.hidden[1] is '0'"));
  EXPECT_THAT(error_of("log: {level: verbose}"), HasSubstr("expected trace, debug, info"));
}

TEST(Config, ErrorsInVectors) {
  EXPECT_THAT(error_of("vectors: []"), HasSubstr("vectors is an empty list"));
  EXPECT_THAT(error_of("vectors:\n  - {layer: {batch: 1, in: 1, out: 1}}"),
              StartsWith("sim.yaml:2:5: vectors[0] has no 'name'"));
  EXPECT_THAT(error_of("vectors:\n  - {name: a}"), HasSubstr("neither 'layer' nor 'gemm'"));
  EXPECT_THAT(error_of("vectors:\n  - {name: a, layer: {}, gemm: {}}"), HasSubstr("both 'layer'"));
  EXPECT_THAT(error_of("vectors:\n  - {name: a, gemm: {m: 1, k: 0, n: 1}}"),
              HasSubstr("vectors[0].gemm.k is '0', expected an integer from 1 to 65536"));
  EXPECT_THAT(error_of("vectors:\n  - {name: a, gemm: {m: 1, n: 1}}"), HasSubstr("has no 'k'"));
  EXPECT_THAT(error_of("vectors:\n  - {name: a, gemm: {m: 65536, k: 65536, n: 1}}"),
              HasSubstr("a matrix of 4294967296 elements"));
  EXPECT_THAT(error_of("vectors:\n  - {name: a, gemm: {m: 1, k: 1, n: 1}, passes: [fwd]}"),
              HasSubstr("belongs to a layer"));
  EXPECT_THAT(error_of("vectors:\n  - {name: a, gemm: {m: 1, k: 1, n: 1}, values: norml}"),
              HasSubstr("(nearest: normal)"));
}

// The examples are valid, and sim.yaml spells out exactly the defaults.
TEST(Config, ExamplesInTheTree) {
  const std::filesystem::path folder =
      std::filesystem::path(GRADCORE_SOURCE_DIR) / "sw" / "configs";
  unsigned count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    // Descriptions of networks, which Network.ExamplesInTheTree and Description.* read.
    const std::string name = entry.path().stem().string();
    if (name == "digits" || name == "mlp" || name == "gpt" || name.starts_with("dlrm")) continue;
    EXPECT_NO_THROW(load_config(entry.path())) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 5u);

  const Config sim = load_config(folder / "sim.yaml");
  const Config defaults;
  EXPECT_EQ(sim.hardware, defaults.hardware);
  EXPECT_EQ(sim.seed, defaults.seed);
  ASSERT_EQ(sim.vectors.size(), defaults.vectors.size());
  for (std::size_t i = 0; i < sim.vectors.size(); ++i) {
    const GoldenVector &a = sim.vectors[i], &b = defaults.vectors[i];
    EXPECT_EQ(
        std::tie(a.name, a.pass, a.m, a.k, a.n, a.trans_a, a.trans_b, a.accumulate, a.values),
        std::tie(b.name, b.pass, b.m, b.k, b.n, b.trans_a, b.trans_b, b.accumulate, b.values));
  }
  const train::TrainConfig &a = sim.training, &b = defaults.training;
  EXPECT_EQ(std::tie(a.seed, a.hidden, a.batch, a.epochs, a.learning_rate, a.momentum,
                     a.min_accuracy, a.data),
            std::tie(b.seed, b.hidden, b.batch, b.epochs, b.learning_rate, b.momentum,
                     b.min_accuracy, b.data));
  EXPECT_EQ(sim.log.level, defaults.log.level);
  EXPECT_EQ(sim.log.file, defaults.log.file);
}

}  // namespace
}  // namespace gradcore::config
