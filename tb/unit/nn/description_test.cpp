// SPDX-License-Identifier: Apache-2.0
#include "sw/nn/description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "sw/config/yaml_reader.h"

namespace gradcore::nn {
namespace {

namespace fs = std::filesystem;

const std::string kGood = R"(hardware: {n: 8}
data: {set: text, file: some.txt, sequence: 16}
layers:
  - {embedding: 24, positions: false}
  - repeat: 2
    layers:
      - residual: [layer_norm, {attention: 3, bias: false}]
      - residual: [rms_norm, {linear: 40, activation: silu}, linear: 24]
  - {linear: 12, activation: identity}
  - gelu
  - {linear: classes, bias: false, tied: true}
loss: softmax_cross_entropy
optimizer: {method: adamw, weight_decay: 0.5}
schedule: {learning_rate: 0.25}
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kGood;
  text.replace(text.find(from), from.size(), to);
  return text;
}

// The whole message, or its beginning where it goes on with a list of what there is.
void expect_error(const std::string& text, const std::string& message) {
  try {
    parse_description(text, "test.yaml");
    ADD_FAILURE() << "accepted: " << text;
  } catch (const config::ConfigError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("test.yaml:" + message));
  }
}

// kGood with another first layer, in line 4.
void expect_layer_error(const std::string& layer, const std::string& message) {
  expect_error(with("{embedding: 24, positions: false}", layer), "4:" + message);
}

TEST(Description, ReadsWhatIsWritten) {
  const Description d = parse_description(kGood, "folder/test.yaml");
  EXPECT_EQ(d.name, "test");
  EXPECT_EQ(d.hardware.n, 8u);
  EXPECT_EQ(d.data.file, "folder/some.txt");
  EXPECT_EQ(d.data.sequence, 16u);
  EXPECT_EQ(d.loss, LossKind::kSoftmaxCrossEntropy);
  EXPECT_EQ(d.optimizer.method, compiler::Method::kAdamW);
  EXPECT_EQ(d.schedule.learning_rate, 0.25f);
  ASSERT_EQ(d.layers.size(), 8u);  // an embedding, twice two residuals, linear, gelu, linear
  EXPECT_EQ(d.layers[0].kind, LayerKind::kEmbedding);
  EXPECT_EQ(d.layers[0].outputs, 24u);
  EXPECT_FALSE(d.layers[0].has_positions);
  EXPECT_EQ(d.layers[0].place, "folder/test.yaml:4:5");
  const LayerDescription& attention = d.layers[3].layers.at(1);
  EXPECT_EQ(attention.kind, LayerKind::kAttention);
  EXPECT_EQ(attention.heads, 3u);
  EXPECT_FALSE(attention.has_bias);
  EXPECT_TRUE(attention.is_last_of_residual);
  EXPECT_EQ(d.layers[3].layers[0].norm, Norm::Kind::kLayer);
  EXPECT_FALSE(d.layers[3].layers[0].is_last_of_residual);
  const std::vector<LayerDescription>& block = d.layers[4].layers;
  ASSERT_EQ(block.size(), 4u);
  EXPECT_EQ(block[0].norm, Norm::Kind::kRootMeanSquare);
  EXPECT_EQ(block[1].outputs, 40u);
  EXPECT_TRUE(block[1].has_bias);
  EXPECT_EQ(block[2].kind, LayerKind::kActivation);
  EXPECT_EQ(block[2].function, Function::kSilu);
  EXPECT_EQ(d.layers[5].outputs, 12u);
  EXPECT_EQ(d.layers[6].function, Function::kGelu);
  EXPECT_EQ(d.layers[7].outputs, 0u) << "classes";
  EXPECT_TRUE(d.layers[7].is_tied);
  EXPECT_FALSE(d.layers[7].has_bias);
}

// Two linear layers as one: its columns are the gate's, and then those that the gate lets through.
TEST(Description, MakesTwoLayersOfSwiglu) {
  const Description d = parse_description(with("  - {linear: 12, activation: identity}",
                                               "  - {linear: 12, activation: swiglu, bias: false}"),
                                          "test.yaml");
  ASSERT_EQ(d.layers.size(), 9u);
  EXPECT_EQ(d.layers[5].kind, LayerKind::kLinear);
  EXPECT_EQ(d.layers[5].outputs, 24u);
  EXPECT_FALSE(d.layers[5].has_bias);
  EXPECT_EQ(d.layers[6].kind, LayerKind::kSwiglu);
}

TEST(Description, HasDropoutBesideLayersAndInAttention) {
  const Description d = parse_description(
      with("{attention: 3, bias: false}", "{attention: 3, dropout: 0.25}, dropout: 0.5"),
      "test.yaml");
  const std::vector<LayerDescription>& layers = d.layers[1].layers;
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[1].dropout, 0.25);
  EXPECT_TRUE(layers[1].is_last_of_residual) << "dropout has nothing that starts";
  EXPECT_EQ(layers[2].kind, LayerKind::kDropout);
  EXPECT_EQ(layers[2].dropout, 0.5);
  EXPECT_FALSE(layers[2].is_last_of_residual);
  EXPECT_EQ(d.layers[2].layers[1].dropout, 0);
}

TEST(Description, HasDefaults) {
  const Description d = parse_description(
      "data: {set: text}\nlayers: [embedding: 4, relu, tanh, linear: 3, attention: 1]\nloss: "
      "binary_cross_entropy\noptimizer: {method: sgd}\nschedule: {learning_rate: 1}\n",
      "test.yaml");
  EXPECT_EQ(d.hardware, device::Hardware{});
  EXPECT_TRUE(d.data.file.empty());
  EXPECT_EQ(d.data.sequence, 64u);
  EXPECT_EQ(d.loss, LossKind::kBinaryCrossEntropy);
  EXPECT_TRUE(d.layers[0].has_positions);
  EXPECT_EQ(d.layers[1].function, Function::kRelu);
  EXPECT_EQ(d.layers[2].function, Function::kTanh);
  EXPECT_TRUE(d.layers[3].has_bias);
  EXPECT_FALSE(d.layers[3].is_tied);
  EXPECT_TRUE(d.layers[4].has_bias);
  EXPECT_EQ(d.batch, 32u);
  EXPECT_EQ(d.steps, 300u);
  EXPECT_EQ(d.seed, 1u);
}

TEST(Description, SaysWhatIsWrongWithALayer) {
  expect_layer_error("geluu", "5: layers[0] is 'geluu', expected relu, tanh");
  expect_layer_error("{}", "5: a layer with 0 of the keys");
  expect_layer_error("{bias: true}", "5: a layer with 0 of the keys");
  expect_layer_error("{linear: 3, attention: 2}", "5: a layer with 2 of the keys");
  expect_layer_error("{linaer: 3}", "6: unknown key 'linaer' in layers[0]");
  expect_layer_error("{linear: 3, linear: 4}",
                     "17: key 'linear' is given twice in layers[0], expected once");
  expect_layer_error("{linear: 3, pooling: mean}",
                     "26: layers[0].pooling does not belong to linear");
  expect_layer_error("{linear: 0}",
                     "14: layers[0].linear is '0', expected an integer from 1 to 65536");
  expect_layer_error("{linear: 65537}",
                     "14: layers[0].linear is '65537', expected an integer from 1 to 65536");
  expect_layer_error("{linear: klasses}",
                     "14: layers[0].linear is 'klasses', expected an integer from 1 to 65536");
  expect_layer_error("{linear: [3]}",
                     "14: layers[0].linear is a list, expected an integer from 1 to 65536");
  expect_layer_error("{embedding: classes}",
                     "17: layers[0].embedding is 'classes', expected an integer from 1 to 65536");
  expect_layer_error("{attention: 0}",
                     "17: layers[0].attention is '0', expected an integer from 1 to 65536");
  expect_layer_error("{linear: 3, positions: true}",
                     "28: layers[0].positions does not belong to linear");
  expect_layer_error("{attention: 3, tied: true}",
                     "26: layers[0].tied does not belong to attention");
  expect_layer_error("{embedding: 3, bias: true}",
                     "26: layers[0].bias does not belong to embedding");
  expect_layer_error("{attention: 3, activation: relu}",
                     "32: layers[0].activation does not belong to attention");
  expect_layer_error("{linear: 3, dropout: 0.1}",
                     "26: layers[0].dropout does not belong to linear");
  expect_layer_error("{dropout: 1}",
                     "15: layers[0].dropout is '1', expected a number from 0 to 0.99");
  expect_layer_error("{dropout: -0.1}",
                     "15: layers[0].dropout is '-0.1', expected a number from 0 to 0.99");
  expect_layer_error("{dropout: 0.1, bias: true}", "26: layers[0].bias does not belong to dropout");
  expect_layer_error("dropout", "5: layers[0] is 'dropout', expected relu, tanh");
  expect_layer_error("{linear: 3, layers: [relu]}",
                     "25: layers[0].layers does not belong to linear");
  expect_layer_error("{linear: 3, activation: rleu}",
                     "29: layers[0].activation is 'rleu', expected relu, tanh, gelu, silu, "
                     "identity or swiglu (nearest: relu)");
  expect_layer_error("swiglu", "5: layers[0] is 'swiglu', expected relu, tanh");
  expect_layer_error("{linear: classes, activation: swiglu}",
                     "35: swiglu takes two linear layers, expected a number of outputs and no tied "
                     "weights");
  expect_layer_error("{linear: 8, tied: true, activation: swiglu}",
                     "41: swiglu takes two linear layers, expected a number of outputs and no tied "
                     "weights");
  expect_layer_error("{linear: 3, bias: maybe}",
                     "23: layers[0].bias is 'maybe', expected true or false");
  expect_layer_error("{linear: 3, tied: 1}", "23: layers[0].tied is '1', expected true or false");
  expect_layer_error("{repeat: 2}", "5: layers[0] has no 'layers', expected the key 'layers'");
  expect_layer_error("{repeat: 0, layers: [relu]}",
                     "14: layers[0].repeat is '0', expected an integer from 1 to 1024");
  expect_layer_error("{repeat: 1025, layers: [relu]}",
                     "14: layers[0].repeat is '1025', expected an integer from 1 to 1024");
  expect_layer_error("{repeat: 2, layers: []}",
                     "25: layers[0].layers is an empty list, expected at least one entry");
  expect_layer_error("{repeat: 1000, layers: [relu, relu, relu, relu, relu]}",
                     "14: more than 4096 layers");
  expect_layer_error("{residual: []}",
                     "16: layers[0].residual is an empty list, expected at least one entry");
  expect_layer_error("{residual: relu}", "16: layers[0].residual is 'relu', expected a list");
  expect_layer_error("[relu]", "5: layers[0] is a list, expected a mapping");
}

TEST(Description, SaysWhatElseIsWrong) {
  expect_error(with("loss: softmax_cross_entropy\n", ""),
               "1:1: the file has no 'loss', expected the key 'loss'");
  expect_error(with("softmax_cross_entropy", "softmax"),
               "12:7: loss is 'softmax', expected softmax_cross_entropy or binary_cross_entropy");
  expect_error(with("set: text", "set: texts"), "2:13: data.set is 'texts'");
  expect_error(with("set: text, ", ""), "2:7: data has no 'set', expected the key 'set'");
  expect_error(with("sequence: 16", "sequence: 0"),
               "2:45: data.sequence is '0', expected an integer from 1 to 65536");
  expect_error(with("sequence", "seqence"), "2:35: unknown key 'seqence' in data");
  expect_error(with("{n: 8}", "{n: 5}"), "1:15: hardware.n is '5', expected 4, 8, 16 or 32");
  expect_error(with("adamw", "adam"),
               "13:21: optimizer.method is 'adam', expected sgd or adamw (nearest: adamw)");
  expect_error(with("learning_rate", "rate"),
               "14:12: unknown key 'rate' in schedule, expected learning_rate, warmup_steps, decay "
               "or final_part");
  expect_error(kGood + "batch: 0\n", "15:8: batch is '0', expected an integer from 1 to 65536");
  expect_error(kGood + "steps: 0\n", "15:8: steps is '0', expected an integer from 1 to 100000000");
  expect_error(kGood + "steps: 100000001\n",
               "15:8: steps is '100000001', expected an integer from 1 to 100000000");
  expect_error(kGood + "test_batches: 65537\n",
               "15:15: test_batches is '65537', expected an integer from 0 to 65536");
  expect_error(kGood + "test_every: 0\n",
               "15:13: test_every is '0', expected an integer from 1 to 18446744073709551615");
  expect_error(kGood + "seed: -1\n",
               "15:7: seed is '-1', expected an integer from 0 to 18446744073709551615");
  expect_error(kGood + "bacth: 3\n", "15:1: unknown key 'bacth'");
  expect_error("layers: []\n", "1:1: the file has no 'data', expected the key 'data'");
  expect_error(with("layers:\n", "layers: relu\nlayrs:\n"), "4:1: unknown key 'layrs'");
  expect_error("", "1:1: the file is nothing, expected a mapping");
  expect_error("[1, 2", "1:1: not well-formed YAML, end of sequence flow not found");
}

class DescriptionFile : public testing::Test {
 protected:
  DescriptionFile() { fs::create_directories(folder_); }
  ~DescriptionFile() override { fs::remove_all(folder_); }
  DescriptionFile(const DescriptionFile&) = delete;
  DescriptionFile& operator=(const DescriptionFile&) = delete;
  fs::path write(const std::string& text) {
    std::ofstream(folder_ / "net.yaml") << text;
    return folder_ / "net.yaml";
  }
  fs::path folder_ = fs::path(testing::TempDir()) / "gradcore_description_test";
};

TEST_F(DescriptionFile, IsKnownByItsData) {
  EXPECT_TRUE(is_description(write(kGood)));
  EXPECT_TRUE(is_description(GRADCORE_SOURCE_DIR "/sw/configs/gpt.yaml"));
  EXPECT_FALSE(is_description(GRADCORE_SOURCE_DIR "/sw/configs/digits.yaml"));
  EXPECT_FALSE(is_description(write("data: {set: digits}\n")));
  EXPECT_FALSE(is_description(write("data: 3\n")));
  EXPECT_FALSE(is_description(write("[1, 2")));
  EXPECT_FALSE(is_description(write("")));
  EXPECT_FALSE(is_description(folder_ / "none.yaml"));
}

TEST_F(DescriptionFile, TakesPathsFromItsFolder) {
  const Description d = load_description(write(kGood));
  EXPECT_EQ(d.data.file, (folder_ / "some.txt").string());
  EXPECT_EQ(d.name, "net");
  EXPECT_THROW(load_description(folder_ / "none.yaml"), config::ConfigError);
}

}  // namespace
}  // namespace gradcore::nn
