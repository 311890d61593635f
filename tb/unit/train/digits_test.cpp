// SPDX-License-Identifier: Apache-2.0
#include "sw/train/digits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "sw/io/error.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::train {
namespace {
namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(Digits, TheCopyInTheTreeIsWhole) {
  const Dataset data = load_digits();
  EXPECT_EQ(data.features, 64u);
  EXPECT_EQ(data.classes, 10u);
  EXPECT_EQ(data.train.count(), 1437u);
  EXPECT_EQ(data.test.count(), 360u);
  EXPECT_EQ(data.train.inputs.size(), 1437u * 64);
  EXPECT_EQ(data.test.inputs.size(), 360u * 64);
  // The published counts of the classes.
  const int published[] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
  for (std::uint8_t digit = 0; digit < 10; ++digit) {
    const auto in = [&](const Samples& part) {
      return std::count(part.labels.begin(), part.labels.end(), digit);
    };
    EXPECT_EQ(in(data.train) + in(data.test), published[digit]);
    EXPECT_GE(in(data.test), 25);
  }
  // The first image, a zero, is the first test sample.
  EXPECT_EQ(data.test.labels[0], 0);
  EXPECT_EQ(data.test.inputs[2], 5.0f / 16);
  EXPECT_EQ(data.train.labels[0], 1);
  EXPECT_EQ(*std::max_element(data.train.inputs.begin(), data.train.inputs.end()), 1.0f);
}

class DigitsFile : public ::testing::Test {
 protected:
  static std::string line(const std::string& pixel, const std::string& label) {
    std::string out;
    for (int i = 0; i < 64; ++i) out += pixel + ",";
    return out + label + "\n";
  }
  // What loading `content` complains about, after the file's name.
  std::string complaint(const std::string& content) {
    std::ofstream(path_) << content;
    try {
      load_digits(path_);
    } catch (const io::FileError& error) {
      const std::string what = error.what();
      const std::size_t at = what.find(path_.string());
      return at == std::string::npos ? "without the name: " + what
                                     : what.substr(at + path_.string().size());
    }
    return "loads";
  }
  std::string good(int lines) {
    std::string out;
    for (int i = 0; i < lines; ++i) out += line("16", "9");
    return out;
  }
  tb::ScratchFolder folder_;
  const fs::path path_ = folder_ / "digits.csv";
};

TEST_F(DigitsFile, MalformedLinesAreNamed) {
  EXPECT_EQ(complaint(good(10)), "loads");
  EXPECT_EQ(complaint(good(9) + line("3", "1\r") + "\n"), "loads");
  EXPECT_EQ(complaint(good(3) + line("17", "9")),
            ":4: value 1 is '17', expected an integer from 0 to 16");
  EXPECT_EQ(complaint(good(3) + line("1", "10")),
            ":4: value 65 is '10', expected an integer from 0 to 9");
  EXPECT_THAT(complaint(line("1.5", "1")), HasSubstr(":1: value 1 is '1.5'"));
  EXPECT_THAT(complaint(line("-1", "1")), HasSubstr(":1: value 1 is '-1'"));
  EXPECT_THAT(complaint(line("", "1")), HasSubstr(":1: value 1 is ''"));
  EXPECT_EQ(complaint("1,2,3\n"), ":1: 3 values, expected 64 pixels and a label");
  EXPECT_EQ(complaint(line("1", "1,2")), ":1: more than 65 values, expected 64 pixels and a label");
  EXPECT_EQ(complaint(line("1", "1,")), ":1: more than 65 values, expected 64 pixels and a label");
  EXPECT_THAT(complaint("PK\x03\x04 not text"), HasSubstr(":1: value 1 is"));
}

TEST_F(DigitsFile, TooFewSamples) {
  EXPECT_EQ(complaint(""), "' has 0 samples, at least 10 expected");
  EXPECT_EQ(complaint(good(9)), "' has 9 samples, at least 10 expected");
}

TEST_F(DigitsFile, MissingFilesAndFolders) {
  EXPECT_THAT([&] { load_digits(path_); },
              ::testing::ThrowsMessage<io::FileError>(EndsWith("No such file or directory")));
  EXPECT_THAT([] { load_digits(fs::temp_directory_path()); },
              ::testing::ThrowsMessage<io::FileError>(EndsWith("Is a directory")));
}

}  // namespace
}  // namespace gradcore::train
