// SPDX-License-Identifier: Apache-2.0
// Sums and means of bags, bit for bit those of plain code.
#include "sw/nn/embedding_pooling.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "sw/compiler/run.h"
#include "sw/runtime/model_device.h"
#include "tb/unit/nn/plain_embedding.h"

namespace gradcore::nn {
namespace {

struct Case {
  std::string name;
  unsigned n = 4;
  std::uint32_t features = 4, table_rows = 300, bags = 40, least = 0, most = 12;
  bool is_mean = false;
  double exponent = 1.05;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::vector<std::uint32_t> bits(const std::vector<float>& values) {
  std::vector<std::uint32_t> out;
  for (const float x : values) out.push_back(std::bit_cast<std::uint32_t>(x));
  return out;
}

class EmbeddingPoolings : public testing::TestWithParam<Case> {
 protected:
  EmbeddingPoolings() {
    bags_ = plain::zipf_bags(c_.bags, c_.least, c_.most, c_.table_rows, 11, c_.exponent);
    shape_.hardware.n = c_.n;
    shape_.table_rows = c_.table_rows;
    shape_.features = c_.features;
    shape_.bags = c_.bags;
    shape_.pooling = c_.is_mean ? Pooling::kMean : Pooling::kSum;
    shape_.most_blocks = 500;
    shape_.blocks = pooling_shape(bags_, c_.n, shape_.hardware.list_entries());
    plain_.rows = plain::random_floats(std::size_t{c_.table_rows} * c_.features, 1, 1.0f);
  }

  const Case& c_ = GetParam();
  datasets::Bags bags_;
  EmbeddingPoolingShape shape_;
  plain::Embedding plain_ = {c_.n, c_.features, false, c_.is_mean, {}, {}};
};

TEST_P(EmbeddingPoolings, AreThoseOfPlainCode) {
  const EmbeddingPooling pooling(shape_);
  runtime::ModelDevice device(shape_.hardware, pooling.dram_end());
  write_floats(device, pooling.regions().rows, 0, plain_.rows);
  pooling.run(device, bags_);
  const std::vector<float> want = plain_.pooled(bags_);
  EXPECT_EQ(bits(read_floats(device, pooling.regions().results, 0, want.size())), bits(want));
}

// A bag's sum is the same in whatever mini-batch it comes.
TEST_P(EmbeddingPoolings, DependOnTheBagAlone) {
  datasets::Bags single;
  const auto last = bags_.bag(bags_.count() - 1);
  single.indices.assign(last.begin(), last.end());
  single.offsets.push_back(static_cast<std::uint32_t>(last.size()));
  shape_.bags = 1;
  shape_.blocks = pooling_shape(single, c_.n, shape_.hardware.list_entries());
  const EmbeddingPooling pooling(shape_);
  runtime::ModelDevice device(shape_.hardware, pooling.dram_end());
  write_floats(device, pooling.regions().rows, 0, plain_.rows);
  pooling.run(device, single);
  std::vector<float> want = plain_.pooled(bags_);
  want.erase(want.begin(), want.end() - c_.features);
  EXPECT_EQ(bits(read_floats(device, pooling.regions().results, 0, want.size())), bits(want));
}

// What the host would have refused: the chip says where it is. Results of its block and of those
// behind it are not written.
TEST_P(EmbeddingPoolings, RefuseARowThatTablesDoNotHave) {
  const EmbeddingPooling pooling(shape_);
  runtime::ModelDevice device(shape_.hardware, pooling.dram_end());
  const PoolingLists lists(bags_, c_.table_rows, shape_.blocks);
  pooling.prepare(device, lists, bags_);
  const std::vector<float> before(std::size_t{c_.bags} * c_.features, -3.0f);
  write_floats(device, pooling.regions().results, 0, before);
  const std::uint32_t bad = c_.table_rows + 7;
  const std::uint64_t place = shape_.blocks.hot + 1;
  device.write(pooling.regions().lists.address + 4 * place, std::as_bytes(std::span(&bad, 1)));
  std::string what;
  try {
    pooling.launch(device);
  } catch (const compiler::ChipError& error) {
    what = error.what();
  }
  EXPECT_NE(what.find(fmt::format("entry 1 is 0x{:x}", bad)), std::string::npos) << what;
  EXPECT_EQ(read_floats(device, pooling.regions().results, 0, before.size()), before);
}

std::vector<Case> cases() {
  return {{.name = "Sums"},
          {.name = "Means", .is_mean = true},
          {.name = "WideRows", .features = 10, .is_mean = true},
          {.name = "Alike", .table_rows = 2000, .exponent = 0},
          {.name = "LongBags", .table_rows = 100, .bags = 8, .most = 150},
          {.name = "LongBagsOfManyRows", .table_rows = 5000, .bags = 4, .least = 210, .most = 220},
          {.name = "OneRow", .table_rows = 1, .most = 40},
          {.name = "Empty", .bags = 9, .most = 0, .is_mean = true},
          {.name = "LargeArray", .n = 32, .features = 40, .table_rows = 900, .is_mean = true},
          {.name = "MiddleArray", .n = 8, .features = 16, .table_rows = 900, .most = 60},
          {.name = "UpTo512",
           .n = 16,
           .features = 16,
           .table_rows = 20000,
           .bags = 60,
           .most = 512,
           .is_mean = true}};
}

INSTANTIATE_TEST_SUITE_P(All, EmbeddingPoolings, testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });

// What no buffer can hold is said with sizes.
TEST(EmbeddingPoolingShape, BagsThatAreTooLongAreRefused) {
  const datasets::Bags bags = plain::zipf_bags(1, 512, 512, 100'000, 1, 0);
  EmbeddingPoolingShape shape;
  shape.hardware.n = 4;
  shape.table_rows = 100'000;
  shape.bags = 1;
  shape.blocks = pooling_shape(bags, 4, shape.hardware.list_entries());
  shape.most_blocks = 10;
  try {
    const EmbeddingPooling pooling(shape);
    FAIL() << "a bag of 512 indices fits";
  } catch (const compiler::CompileError& error) {
    EXPECT_NE(std::string(error.what()).find("2 buffers of 512 rows, 512 entries, 36 sums"),
              std::string::npos)
        << error.what();
  }
}

std::string complaint(const datasets::Bags& bags, const PoolingShape& shape) {
  try {
    const PoolingLists lists(bags, 10, shape);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(PoolingLists, RefuseWhatTheyCannotHold) {
  const PoolingShape shape{4, 8, 4, 4, 4, 2};
  EXPECT_EQ(complaint({{0, 2, 2, 3}, {4, 9, 9}}, shape), "");
  EXPECT_EQ(complaint({{0, 2, 2, 3}, {4, 9, 10}}, shape),
            "index 0 of bag 2 is 10, expected below the 10 rows of the tables");
  EXPECT_EQ(complaint({{0, 9}, {1, 1, 1, 1, 1, 1, 1, 1, 1}}, shape),
            "bag 0 of 9 indices is larger than a block of 8 entries and 4 rows");
  EXPECT_EQ(complaint({{0, 5}, {1, 2, 3, 4, 5}}, shape),
            "bag 0 of 5 indices is larger than a block of 8 entries and 4 rows");
}

}  // namespace
}  // namespace gradcore::nn
