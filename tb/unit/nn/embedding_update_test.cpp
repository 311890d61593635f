// SPDX-License-Identifier: Apache-2.0
// The update of embedding tables, bit for bit that of a plain one.
#include "sw/nn/embedding_update.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "sw/compiler/run.h"
#include "sw/runtime/model_device.h"
#include "tb/unit/nn/plain_embedding.h"

namespace gradcore::nn {
namespace {

struct Case {
  std::string name;
  unsigned n = 4;
  std::uint32_t features = 4, table_rows = 300, bags = 40, least = 0, most = 12;
  bool is_mean = false, is_adagrad = false;
  double exponent = 1.05;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::vector<std::uint32_t> bits(const std::vector<float>& values) {
  std::vector<std::uint32_t> out;
  for (const float x : values) out.push_back(std::bit_cast<std::uint32_t>(x));
  return out;
}

class EmbeddingUpdates : public testing::TestWithParam<Case> {
 protected:
  EmbeddingUpdates() {
    shape_.hardware.n = c_.n;
    shape_.hardware.accumulator_kib = 512;
    shape_.table_rows = c_.table_rows;
    shape_.features = c_.features;
    shape_.bags = c_.bags;
    shape_.pooling = c_.is_mean ? Pooling::kMean : Pooling::kSum;
    shape_.is_adagrad = c_.is_adagrad;
    shape_.most_blocks = 900;
    shape_.blocks = update_shape(batch(0), shape_.hardware, c_.features);
    plain_.rows = plain::random_floats(std::size_t{c_.table_rows} * c_.features, 1, 1.0f);
    plain_.state = plain::random_floats(c_.table_rows, 2, 0.1f);
    for (float& h : plain_.state) h = std::abs(h);
  }

  datasets::Bags batch(std::uint64_t number) const {
    return plain::zipf_bags(c_.bags, c_.least, c_.most, c_.table_rows, 11 + number, c_.exponent);
  }
  std::vector<float> gradients(std::uint64_t number) const {
    return plain::random_floats(std::size_t{c_.bags} * c_.features, 20 + number, 1.0f);
  }
  void write(runtime::Device& device, const EmbeddingUpdate& update, std::uint64_t number) const {
    write_floats(device, update.regions().rows, 0, plain_.rows);
    if (c_.is_adagrad) write_floats(device, update.regions().state, 0, plain_.state);
    write_floats(device, update.regions().gradients, 0, gradients(number));
  }
  void expect_plain(runtime::Device& device, const EmbeddingUpdate& update) const {
    const Region& rows = update.regions().rows;
    const Region& state = update.regions().state;
    EXPECT_EQ(bits(read_floats(device, rows, 0, plain_.rows.size())), bits(plain_.rows));
    if (!c_.is_adagrad) return;
    EXPECT_EQ(bits(read_floats(device, state, 0, plain_.state.size())), bits(plain_.state));
  }

  const Case& c_ = GetParam();
  EmbeddingShape shape_;
  plain::Embedding plain_ = {c_.n, c_.features, c_.is_adagrad, c_.is_mean, {}, {}};
};

TEST_P(EmbeddingUpdates, AreThoseOfPlainCode) {
  const EmbeddingUpdate update(shape_);
  runtime::ModelDevice device(shape_.hardware, update.dram_end());
  for (std::uint64_t step = 0; step < 2; ++step) {
    write(device, update, step);
    update.run(device, batch(step), 0.3f);
    plain_.update(batch(step), gradients(step), 0.3f);
    expect_plain(device, update);
  }
}

// Sums have their order from the index list, not from the blocks.
TEST_P(EmbeddingUpdates, DoNotDependOnBlocks) {
  plain_.update(batch(0), gradients(0), 0.5f);
  const plain::Embedding want = plain_;
  const bool must_gather = shape_.blocks.gathers;
  for (const std::uint32_t rows : {1u, 5u}) {
    shape_.blocks = {rows * c_.n, 20 * c_.n, 32 * c_.n, 2, must_gather || rows > 1};
    plain_.rows = plain::random_floats(plain_.rows.size(), 1, 1.0f);
    plain_.state = plain::random_floats(plain_.state.size(), 2, 0.1f);
    for (float& h : plain_.state) h = std::abs(h);
    shape_.most_blocks = 3000;
    const EmbeddingUpdate update(shape_);
    runtime::ModelDevice device(shape_.hardware, update.dram_end());
    write(device, update, 0);
    update.run(device, batch(0), 0.5f);
    plain_ = want;
    expect_plain(device, update);
  }
}

TEST(EmbeddingUpdateShape, GathersGradientsThatDoNotFit) {
  datasets::Bags bags;
  bags.offsets.assign(1 + 8'000, 0);
  EXPECT_FALSE(update_shape(bags, {.n = 16}, 16).gathers);
  EXPECT_TRUE(update_shape(bags, {.n = 16}, 40).gathers);
  EXPECT_TRUE(update_shape(bags, {.n = 16, .accumulator_kib = 1024}, 16).gathers);
  bags.offsets.assign(1 + 8'500, 0);
  EXPECT_TRUE(update_shape(bags, {.n = 16}, 16).gathers);
}

// What the host would have refused. The chip refuses it, and says where it is; here in the first
// block, before anything is updated.
TEST_P(EmbeddingUpdates, RefuseARowThatTablesDoNotHave) {
  const EmbeddingUpdate update(shape_);
  runtime::ModelDevice device(shape_.hardware, update.dram_end());
  write(device, update, 0);
  const datasets::Bags bags = batch(0);
  const UpdateLists lists(bags, c_.table_rows, shape_.blocks);
  update.prepare(device, lists, bags, 0.5f);
  const std::uint32_t bad = c_.table_rows;
  const std::uint64_t place = UpdateLists::end_words(shape_.blocks) + 2;
  device.write(update.regions().lists.address + 4 * place, std::as_bytes(std::span(&bad, 1)));
  try {
    update.launch(device);
    FAIL() << "a row beyond the tables was taken";
  } catch (const compiler::ChipError& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find(fmt::format("entry 2 is 0x{:x}", bad)), std::string::npos) << what;
  }
  expect_plain(device, update);  // as they were
}

std::vector<Case> cases() {
  return {
      {.name = "Sgd"},
      {.name = "Adagrad", .is_adagrad = true},
      {.name = "Mean", .is_mean = true, .is_adagrad = true},
      {.name = "WideRows", .features = 10, .is_adagrad = true},
      {.name = "Alike", .table_rows = 2000, .exponent = 0},
      {.name = "OneRow", .table_rows = 1, .bags = 30, .most = 30},
      {.name = "NoIndex", .bags = 3, .most = 0},
      {.name = "FewIndicesOfOneRow", .n = 16, .table_rows = 1, .bags = 20, .least = 1, .most = 1},
      {.name = "Gathered", .bags = 11000, .most = 1, .is_mean = true},
      {.name = "MoreThan16Bits",
       .n = 16,
       .features = 16,
       .table_rows = 5000,
       .bags = 70000,
       .most = 1,
       .is_adagrad = true},
      {.name = "Many",
       .n = 16,
       .features = 16,
       .table_rows = 20000,
       .bags = 300,
       .most = 100,
       .is_mean = true,
       .is_adagrad = true}};
}

INSTANTIATE_TEST_SUITE_P(All, EmbeddingUpdates, testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace gradcore::nn
