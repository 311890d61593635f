// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/click_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace gradcore::datasets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

ClickBatch three_samples() {
  ClickBatch batch(2, 2);
  batch.append({{1, 2}, {{7}, {}}, 1});
  batch.append({{3, 4}, {{5}, {4, 4, 0}}, 0});
  batch.append({{5, 6}, {{0xFFFFFFFE}, {9}}, 1});
  return batch;
}

const std::vector<std::uint32_t> kRows = {0xFFFFFFFF, 10};

TEST(ClickBatch, LaysBagsOutAsEmbeddingBagTakesThem) {
  const ClickBatch batch = three_samples();
  EXPECT_EQ(batch.size(), 3u);
  EXPECT_THAT(batch.dense, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(batch.labels, ElementsAre(1, 0, 1));
  EXPECT_THAT(batch.tables[0].offsets, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(batch.tables[0].indices, ElementsAre(7, 5, 0xFFFFFFFE));
  EXPECT_THAT(batch.tables[1].offsets, ElementsAre(0, 0, 3, 4));
  EXPECT_THAT(batch.tables[1].indices, ElementsAre(4, 4, 0, 9));
  EXPECT_THAT(batch.tables[1].bag(0), IsEmpty());
  EXPECT_THAT(batch.tables[1].bag(1), ElementsAre(4, 4, 0));
  EXPECT_THAT(batch.dense_of(2), ElementsAre(5, 6));
  EXPECT_EQ(batch.tables[1].count(), 3u);
  check_batch(batch, kRows);
}

TEST(ClickBatch, MayBeEmpty) {
  const ClickBatch none(13, 2);
  EXPECT_EQ(none.size(), 0u);
  EXPECT_THAT(none.tables[0].offsets, ElementsAre(0));
  check_batch(none, kRows);
  check_batch(ClickBatch(), {});
  // No features, no tables: a label is all there is.
  ClickBatch labels(0, 0);
  labels.append({{}, {}, 1});
  EXPECT_THAT(labels.dense_of(0), IsEmpty());
  check_batch(labels, {});
}

TEST(ClickBatch, TakesOnlySamplesOfItsShape) {
  ClickBatch batch = three_samples();
  const ClickBatch before = batch;
  EXPECT_THAT(
      [&] {
        batch.append({{1}, {{1}, {1}}, 0});
      },
      ThrowsMessage<std::invalid_argument>(
          "a sample of 1 features and 2 tables is no part of a batch of 2 and 2"));
  EXPECT_THROW(batch.append({{1, 2}, {{1}}, 0}), std::invalid_argument);
  EXPECT_EQ(batch, before);
}

TEST(ClickBatch, ContradictionsAreNamed) {
  const auto complaint = [](const auto& change) {
    ClickBatch batch = three_samples();
    change(batch);
    try {
      check_batch(batch, kRows);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(complaint([](ClickBatch& b) { b.tables[1].indices[2] = 10; }),
              HasSubstr("index 2 of table 1 is 10, but the table has 10 rows"));
  EXPECT_THAT(complaint([](ClickBatch& b) { b.tables[0].indices[0] = 0xFFFFFFFF; }),
              HasSubstr("index 0 of table 0 is 4294967295"));
  EXPECT_THAT(complaint([](ClickBatch& b) { b.labels[1] = 2; }), HasSubstr("label 1 is 2"));
  EXPECT_THAT(complaint([](ClickBatch& b) { b.dense.pop_back(); }),
              HasSubstr("5 dense numbers for 3 samples of 2"));
  EXPECT_THAT(complaint([](ClickBatch& b) { b.tables.pop_back(); }), HasSubstr("1 tables"));
  EXPECT_THAT(complaint([](ClickBatch& b) { b.tables[0].offsets.pop_back(); }),
              HasSubstr("table 0 has 3 offsets for 3 samples"));
  for (const std::vector<std::uint32_t>& offsets :
       {std::vector<std::uint32_t>{0, 3, 0, 4}, {1, 1, 3, 4}, {0, 0, 3, 5}, {0, 0, 3, 3}}) {
    EXPECT_THAT(complaint([&](ClickBatch& b) { b.tables[1].offsets = offsets; }),
                HasSubstr("offsets of table 1 do not ascend from 0 to its 4"));
  }
}

}  // namespace
}  // namespace gradcore::datasets
