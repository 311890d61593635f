// SPDX-License-Identifier: Apache-2.0
#include "sw/datasets/criteo.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <random>
#include <stdexcept>

#include "sw/io/error.h"
#include "tb/unit/datasets/gzip_bytes.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::datasets {
namespace {

using io::FileError;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::ThrowsMessage;

// A sample as the file has it; what is missing is an empty field.
struct Line {
  int label = 0;
  std::vector<std::optional<std::int32_t>> integers;
  std::vector<std::optional<std::uint32_t>> categories;

  std::string text() const {
    std::string out = std::to_string(label);
    for (const auto& x : integers) out += x ? fmt::format("\t{}", *x) : "\t";
    for (const auto& c : categories) out += c ? fmt::format("\t{:08x}", *c) : "\t";
    return out;
  }
};

// 200 samples that look like the real ones.
std::vector<Line> made_up() {
  std::mt19937 random(1);
  std::vector<Line> lines(200);
  for (Line& line : lines) {
    line.label = random() % 4 == 0 ? 1 : 0;
    for (std::size_t i = 0; i < kCriteoIntegers; ++i) {
      const auto x = static_cast<std::int32_t>(random() >> (1 + random() % 31)) - 3;
      line.integers.push_back(random() % 5 == 0 ? std::nullopt : std::optional(x));
    }
    for (std::size_t t = 0; t < kCriteoTables; ++t) {
      const auto category = static_cast<std::uint32_t>(random());
      line.categories.push_back(random() % 10 == 0 ? std::nullopt : std::optional(category));
    }
  }
  return lines;
}

std::string text_of(const std::vector<Line>& lines, const std::string& end) {
  std::string out;
  for (const Line& line : lines) out += line.text() + end;
  return out;
}

CriteoTables uneven_tables() {
  CriteoTables rows{};
  for (std::size_t t = 0; t < rows.size(); ++t)
    rows[t] = static_cast<std::uint32_t>(1 + t * t * 37);
  rows[25] = 0xFFFFFFFF;
  return rows;
}

class Criteo : public testing::Test {
 protected:
  ClickBatch all(const std::string& bytes) {
    CriteoReader reader(folder_.file("x.txt", bytes), rows_);
    return reader.next_batch(1000);
  }
  // What is wrong with these bytes, after the file's name.
  std::string complaint(const std::string& bytes) {
    const std::string name = (folder_ / "x.txt").string();
    try {
      all(bytes);
    } catch (const FileError& error) {
      const std::string what = error.what();
      EXPECT_TRUE(what.starts_with(name)) << what;
      return what.substr(std::min(name.size(), what.size()));
    }
    return "none";
  }
  // A line that is right, but for one field.
  static std::string with_field(std::size_t number, const std::string& field) {
    std::string out;
    for (std::size_t i = 1; i <= 40; ++i) {
      out += (i == 1 ? "" : "\t") + (i == number ? field : std::string("1"));
    }
    return out + "\n";
  }

  tb::ScratchFolder folder_;
  CriteoTables rows_ = uneven_tables();
};

TEST_F(Criteo, ReadsAndTransformsEveryField) {
  const std::vector<Line> lines = made_up();
  const ClickBatch batch = all(text_of(lines, "\n"));
  ASSERT_EQ(batch.size(), 200u);
  check_batch(batch, rows_);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    ASSERT_EQ(batch.labels[i], lines[i].label);
    for (std::size_t f = 0; f < kCriteoIntegers; ++f) {
      const double x = std::max(lines[i].integers[f].value_or(0), 0);
      ASSERT_FLOAT_EQ(batch.dense_of(i)[f], static_cast<float>(std::log(1 + x))) << i << " " << f;
    }
    for (std::size_t t = 0; t < kCriteoTables; ++t) {
      ASSERT_THAT(batch.tables[t].bag(i),
                  ElementsAre(lines[i].categories[t].value_or(0) % rows_[t]));
    }
  }
}

TEST_F(Criteo, TakesEveryEndOfLineAndCompression) {
  const std::vector<Line> lines = made_up();
  const std::string text = text_of(lines, "\n");
  const ClickBatch expected = all(text);
  EXPECT_EQ(all(text_of(lines, "\r\n")), expected);
  EXPECT_EQ(all(text.substr(0, text.size() - 1)), expected);
  EXPECT_EQ(all(tb::gzip(text)), expected);
  // A last line whose last category is missing, with and without an end.
  std::vector<Line> last = {lines[0]};
  last[0].categories[25].reset();
  EXPECT_THAT(all(text_of(last, "\n")).tables[25].indices, ElementsAre(0));
  EXPECT_THAT(all(text_of(last, "\r\n")).tables[25].indices, ElementsAre(0));
  EXPECT_THAT(all(text_of(last, "")).tables[25].indices, ElementsAre(0));
}

TEST_F(Criteo, GivesBatchesUntilTheEnd) {
  const std::string text = text_of(made_up(), "\n");
  const ClickBatch whole = all(text);
  CriteoReader reader(folder_.file("y.txt", text), rows_);
  ClickBatch joined(kCriteoIntegers, kCriteoTables);
  ClickSample sample;
  ASSERT_TRUE(reader.next(sample));
  joined.append(sample);
  EXPECT_EQ(reader.next_batch(0).size(), 0u);
  std::vector<std::size_t> sizes;
  for (;;) {
    const ClickBatch batch = reader.next_batch(64);
    sizes.push_back(batch.size());
    if (batch.size() == 0) break;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      sample.dense.assign(batch.dense_of(i).begin(), batch.dense_of(i).end());
      for (std::size_t t = 0; t < kCriteoTables; ++t) {
        sample.bags[t] = {batch.tables[t].bag(i)[0]};
      }
      sample.label = batch.labels[i];
      joined.append(sample);
    }
  }
  EXPECT_THAT(sizes, ElementsAre(64, 64, 64, 7, 0));
  EXPECT_EQ(joined, whole);
  EXPECT_FALSE(reader.next(sample));
}

TEST_F(Criteo, NumbersAtTheirLimits) {
  EXPECT_EQ(all("").size(), 0u);
  const ClickBatch empty = all(std::string(39, '\t') + "\n");
  EXPECT_THAT(empty.labels, ElementsAre(0));
  EXPECT_THAT(empty.dense, Each(0.0f));
  EXPECT_EQ(all(with_field(2, "2147483647")).dense[0], static_cast<float>(31 * std::log(2.0)));
  EXPECT_EQ(all(with_field(2, "-2147483648")).dense[0], 0.0f);
  EXPECT_EQ(all(with_field(14, "-1")).dense[12], 0.0f);
  EXPECT_THAT(all(with_field(40, "fffffffe")).tables[25].indices, ElementsAre(0xFFFFFFFE));
  EXPECT_THAT(all(with_field(40, "FFFFFFFF")).tables[25].indices, ElementsAre(0));
  EXPECT_THAT(all(with_field(15, "deadbeef")).tables[0].indices, ElementsAre(0));
  EXPECT_EQ(criteo_tables(7)[25], 7u);
  EXPECT_THROW(CriteoReader(folder_.file("x.txt", ""), criteo_tables(0)), std::invalid_argument);
}

TEST_F(Criteo, MalformedLinesAreNamed) {
  const std::string good = with_field(2, "5") + with_field(2, "");
  EXPECT_EQ(complaint(good), "none");
  EXPECT_EQ(complaint(good + "1\t2\n"),
            ":3: 2 fields between tabs, expected 40: a label, 13 integers and 26 categories");
  EXPECT_THAT(complaint(good + "\n"), HasSubstr(":3: 1 fields"));
  EXPECT_THAT(complaint("\t" + good), HasSubstr(":1: 41 fields"));
  EXPECT_EQ(complaint(good + with_field(1, "2")), ":3: the label is 2, expected 0 or 1");
  EXPECT_EQ(complaint(with_field(1, "yes")), ":1: field 1 is 'yes', expected the label 0 or 1");
  EXPECT_THAT(complaint(with_field(1, "01")), HasSubstr("field 1 is '01'"));
  EXPECT_EQ(complaint(good + with_field(14, "1.5")),
            ":3: field 14 is '1.5', expected an integer of 32 bits or nothing");
  EXPECT_THAT(complaint(with_field(2, "2147483648")), HasSubstr("field 2 is '2147483648'"));
  EXPECT_THAT(complaint(with_field(2, " ")), HasSubstr("field 2 is ' '"));
  EXPECT_EQ(complaint(with_field(15, "xyz")),
            ":1: field 15 is 'xyz', expected a category of up to 8 hexadecimal digits or nothing");
  for (const char* const field : {"-1", "0x1", "123456789", "000000001", "1 "}) {
    EXPECT_THAT(complaint(with_field(40, field)), HasSubstr(":1: field 40 is '")) << field;
  }
  // Long nonsense is quoted in part.
  EXPECT_THAT(complaint(with_field(3, std::string(1000, 'z'))),
              HasSubstr("field 3 is '" + std::string(20, 'z') + "', expected"));
  EXPECT_THAT(complaint("PK\x03\x04 not text"), HasSubstr(":1: 1 fields"));
}

TEST_F(Criteo, SamplesBeforeAMistakeCanBeHad) {
  CriteoReader reader(folder_.file("x.txt", with_field(1, "1") + "oh no\n"), rows_);
  ClickSample sample;
  EXPECT_TRUE(reader.next(sample));
  EXPECT_EQ(sample.label, 1);
  EXPECT_THAT([&] { reader.next(sample); },
              ThrowsMessage<FileError>(HasSubstr("x.txt:2: 1 fields")));
  EXPECT_THAT([&] { CriteoReader((folder_ / "no.txt"), rows_); },
              ThrowsMessage<FileError>(EndsWith("No such file or directory")));
  const std::string whole = tb::gzip(text_of(made_up(), "\n"));
  EXPECT_THAT([&] { all(whole.substr(0, whole.size() - 4)); },
              ThrowsMessage<FileError>(EndsWith("x.txt' could not be read after line 0: unexpected "
                                                "end of file")));
}

}  // namespace
}  // namespace gradcore::datasets
