// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tb/unit/nn/small_run.h"

namespace gradcore::nn {
namespace {

using testing::ElementsAre;

void expect_error(const SmallNetwork& network, const std::string& message) {
  try {
    const Model model(network.description(), network.data);
    ADD_FAILURE() << "accepted: " << network.layers;
  } catch (const compiler::CompileError& error) {
    EXPECT_EQ(std::string(error.what()), message);
  }
}

std::vector<std::string> names(const Model& model) {
  std::vector<std::string> out;
  for (const auto& p : model.parameters().all()) out.push_back(p->name());
  return out;
}

// Layers stand in line 3 behind "layers: [".
TEST(Model, SaysWhichLayersDoNotFit) {
  const auto layers = [](const std::string& text, const DataShape& data) {
    return SmallNetwork{"test", 4, text, data, 2};
  };
  expect_error(layers("[linear: 8]", tokens(9, 8)),
               "test.yaml:3:10: the first layer takes numbers of tokens, expected an embedding");
  expect_error(layers("[layer_norm, linear: 8]", tokens(9, 8)),
               "test.yaml:3:10: the first layer takes numbers of tokens, expected an embedding");
  expect_error(layers("[embedding: 8, embedding: 8]", tokens(9, 8)),
               "test.yaml:3:24: an embedding takes numbers of tokens, expected it first");
  expect_error(layers("[embedding: 8]", features(9, 8)),
               "test.yaml:3:10: an embedding takes numbers of tokens, expected it first");
  const std::string tied =
      "tied weights are those of an embedding, expected as many outputs as tokens and as many "
      "inputs as its features";
  expect_error(layers("[{linear: 8, tied: true}]", features(9, 8)), "test.yaml:3:10: " + tied);
  expect_error(layers("[embedding: 8, linear: 12, {linear: classes, tied: true}]", tokens(9, 8)),
               "test.yaml:3:36: " + tied);
  expect_error(layers("[embedding: 8, {linear: 8, tied: true}]", tokens(9, 8)),
               "test.yaml:3:24: " + tied);
  expect_error(layers("[attention: 1]", features(8, 8)),
               "test.yaml:3:10: attention needs data in sequences");
  expect_error(layers("[embedding: 8, attention: 3]", tokens(9, 8)),
               "test.yaml:3:24: 8 features in 3 heads, expected a multiple of 4 in each");
  expect_error(layers("[embedding: 12, attention: 2]", tokens(9, 8)),
               "test.yaml:3:25: 12 features in 2 heads, expected a multiple of 4 in each");
  expect_error(layers("[embedding: 8, attention: 2]", tokens(9, 6)),
               "test.yaml:3:24: sequences of 6 tokens, expected a multiple of 4");
  expect_error(layers("[embedding: 8, residual: [relu, linear: 9]]", tokens(9, 8)),
               "test.yaml:3:24: a residual gives 9 features for 8, expected as many");
  expect_error(layers("[{linear: 6, activation: swiglu}, linear: 8]", features(9, 8)),
               "test.yaml:3:34: swiglu gives 6 features, expected a multiple of 4");
  expect_error(layers("[embedding: 8]", tokens(9, 8)),
               "the last of the layers has 8 outputs, expected 9");
  SmallNetwork binary = layers("[linear: 2]", features(9, 2));
  binary.loss = LossKind::kBinaryCrossEntropy;
  expect_error(binary, "the last of the layers has 2 outputs, expected 1");
}

// Sequences are chunks; rows that do not belong together are cut in two between tiles.
TEST(Model, CutsAMiniBatchIntoChunks) {
  const auto chunks = [](unsigned n, std::uint32_t batch, const DataShape& data) {
    const SmallNetwork network{
        "test", n, data.is_text ? "[embedding: 4, linear: classes]" : "[linear: 3]", data, batch};
    const Model model(network.description(), data);
    EXPECT_EQ(model.rows(), batch * data.sequence);
    return model.chunks();
  };
  EXPECT_THAT(chunks(4, 3, tokens(9, 8)), ElementsAre(8, 8, 8));
  EXPECT_THAT(chunks(4, 4, features(5, 3)), ElementsAre(4));
  EXPECT_THAT(chunks(4, 5, features(5, 3)), ElementsAre(5));
  EXPECT_THAT(chunks(4, 13, features(5, 3)), ElementsAre(4, 4, 5));
  EXPECT_THAT(chunks(16, 32, features(5, 3)), ElementsAre(16, 16));
  EXPECT_THAT(chunks(16, 33, features(5, 3)), ElementsAre(16, 17));
}

TEST(Model, NamesParametersByTheirPlace) {
  const SmallNetwork network{
      "test", 4,
      "[embedding: 8, residual: [layer_norm, {attention: 2, bias: false}], residual: [rms_norm, "
      "linear: 8], {linear: classes, tied: true}]",
      tokens(9, 8), 1};
  const Model model(network.description(), network.data);
  EXPECT_THAT(
      names(model),
      ElementsAre("0.embedding tokens", "0.embedding positions", "1.0.norm gain", "1.0.norm shift",
                  "1.1.attention in weights", "1.1.attention out weights", "2.0.norm gain",
                  "2.1.linear weights", "2.1.linear bias", "3.linear bias"));
  // Weight decay is for the matrices of linear layers.
  for (const auto& p : model.parameters().all()) {
    EXPECT_EQ(p->decays(), p->name().find("weights") != std::string::npos) << p->name();
  }
}

// 0.02 with embeddings, less by the root of the number of residuals in what is added to the stream;
// without embeddings as He et al. have it.
TEST(Model, StartsWithWeightsOfTheRightSize) {
  const SmallNetwork network{
      "test", 4,
      "[embedding: 8, {repeat: 2, layers: [residual: [linear: 8, attention: 2], residual: [linear: "
      "8, gelu, linear: 8]]}, {linear: classes}]",
      tokens(9, 8), 1};
  const Model model(network.description(), network.data);
  for (const auto& p : model.parameters().all()) {
    if (p->start().kind == Start::Kind::kConstant) continue;
    EXPECT_EQ(p->start().kind, Start::Kind::kNormal);
    const bool adds = p->name() == "1.1.attention out weights" ||
                      p->name() == "2.2.linear weights" ||
                      p->name() == "3.1.attention out weights" || p->name() == "4.2.linear weights";
    EXPECT_FLOAT_EQ(p->start().size, adds ? 0.01f : 0.02f) << p->name();
  }
  const SmallNetwork rows{"test", 4, "[linear: 6, linear: 5]", features(24, 5), 1};
  const Model mlp(rows.description(), rows.data);
  EXPECT_EQ(mlp.parameters().all()[0]->start().kind, Start::Kind::kUniform);
  EXPECT_FLOAT_EQ(mlp.parameters().all()[0]->start().size, 0.5f);
  EXPECT_FLOAT_EQ(mlp.parameters().all()[2]->start().size, 1.0f);
}

TEST(Model, CountsMultiplyAccumulates) {
  const auto macs = [](const std::string& layers, const DataShape& data, std::uint32_t batch) {
    const SmallNetwork network{"test", 4, layers, data, batch};
    return Model(network.description(), data).step_macs();
  };
  // Nothing below the first layer asks for a gradient.
  EXPECT_EQ(macs("[linear: 7, linear: 5]", features(9, 5), 10), 10 * (2 * 9 * 7 + 3 * 7 * 5));
  // Looking up is no work, but an embedding learns.
  EXPECT_EQ(macs("[embedding: 8, linear: classes]", tokens(9, 4), 2), 3 * 2 * 4 * 8 * 9);
  // Four projections; scores and mixing of all positions, masked or not.
  EXPECT_EQ(macs("[embedding: 8, residual: [attention: 2], linear: classes]", tokens(9, 4), 2),
            3 * 8 * (4 * 8 * 8 + 2 * 4 * 8 + 8 * 9));
}

}  // namespace
}  // namespace gradcore::nn
