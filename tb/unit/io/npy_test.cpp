// SPDX-License-Identifier: Apache-2.0
#include "sw/io/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <random>
#include <sstream>
#include <stdexcept>

#include "tb/unit/io/npy_bytes.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::io {
namespace {

using tb::npy_floats;
using tb::npy_header;
using tb::npy_prefix;
using tb::raw_bytes;
using tb::ScratchFolder;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::uint32_t> bits(const std::vector<float>& values) {
  std::vector<std::uint32_t> result;
  for (const float value : values) result.push_back(std::bit_cast<std::uint32_t>(value));
  return result;
}

// The sentence with which loading these bytes is refused.
std::string refusal(const std::string& bytes) {
  const ScratchFolder folder;
  const std::string name = folder.file("x.npy", bytes);
  try {
    load_npy(name);
  } catch (const FileError& error) {
    const std::string text = error.what();
    EXPECT_THAT(text, HasSubstr("'" + name + "'"));
    EXPECT_THAT(text, testing::Not(HasSubstr("\n")));
    return text;
  }
  return "accepted";
}

TEST(Npy, ReadsFloat32) {
  const ScratchFolder folder;
  const Tensor tensor =
      load_npy(folder.file("x.npy", npy_floats("(2, 3)", {1, -2, 3.5f, 4, 5, 6})));
  EXPECT_EQ(tensor.type, ElementType::kFloat32);
  EXPECT_THAT(tensor.shape, ElementsAre(2, 3));
  EXPECT_EQ(tensor.values, bits({1, -2, 3.5f, 4, 5, 6}));
}

TEST(Npy, ReadsBfloat16Bits) {
  const ScratchFolder folder;
  const std::vector<std::uint16_t> elements = {0x3F80, 0x8001, 0x7FC1};
  const Tensor tensor =
      load_npy(folder.file("x.npy", npy_header("<u2", "(3,)") + raw_bytes(elements)));
  EXPECT_EQ(tensor.type, ElementType::kBfloat16);
  EXPECT_THAT(tensor.shape, ElementsAre(3));
  EXPECT_THAT(tensor.values, ElementsAre(0x3F800000u, 0x80010000u, 0x7FC10000u));
}

TEST(Npy, ReadsFortranOrderTransposed) {
  const ScratchFolder folder;
  const Tensor two = load_npy(folder.file("x.npy", npy_floats("(2, 3)", {1, 4, 2, 5, 3, 6}, true)));
  EXPECT_EQ(two.values, bits({1, 2, 3, 4, 5, 6}));
  const Tensor three =
      load_npy(folder.file("y.npy", npy_floats("(2, 2, 2)", {1, 5, 3, 7, 2, 6, 4, 8}, true)));
  EXPECT_EQ(three.values, bits({1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(Npy, KeepsEveryBitOfSpecialValues) {
  const ScratchFolder folder;
  const std::vector<std::uint32_t> elements = {0x7F800001, 0xFFC12345, 0x00000001, 0x80000000};
  const Tensor tensor =
      load_npy(folder.file("x.npy", npy_header("<f4", "(4,)") + raw_bytes(elements)));
  EXPECT_EQ(tensor.values, elements);
  save_npy(folder / "y.npy", tensor);
  EXPECT_EQ(load_npy(folder / "y.npy").values, elements);
}

TEST(Npy, ReadsWhatOtherWritersMake) {
  const ScratchFolder folder;
  const std::string data = raw_bytes(std::vector<float>{1, 2, 3, 4, 5, 6});
  // Keys in another order, double quotes, no trailing comma, Python 2 longs.
  EXPECT_THAT(load_npy(folder.file("a.npy", npy_prefix("{\"shape\": (3L, 2L), "
                                                       "\"fortran_order\": False, "
                                                       "\"descr\": \"<f4\"}\n") +
                                                data))
                  .shape,
              ElementsAre(3, 2));
  // A header length with bit 7 set, which a signed byte would make negative.
  const std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }";
  EXPECT_THAT(
      load_npy(folder.file("b.npy", npy_prefix(text + std::string(200 - text.size(), ' ')) + data))
          .shape,
      ElementsAre(6));
  // Version 2 has four bytes of length.
  std::string two("\x93NUMPY\x02\x00", 8);
  two += std::string("\x80\x01\x00\x00", 4) + text + std::string(384 - text.size(), ' ');
  EXPECT_THAT(load_npy(folder.file("c.npy", two + data)).shape, ElementsAre(6));
}

TEST(Npy, WritesWhatNumpyWrites) {
  const ScratchFolder folder;
  save_npy(folder / "x.npy", {ElementType::kFloat32, {2, 3}, bits({1, 2, 3, 4, 5, 6})});
  const std::string bytes = folder.read("x.npy");
  ASSERT_EQ(bytes.size() % 64, 24u);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  EXPECT_THAT(bytes, HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
  EXPECT_EQ(bytes.substr(bytes.size() - 24), raw_bytes(std::vector<float>{1, 2, 3, 4, 5, 6}));

  save_npy(folder / "y.npy", {ElementType::kBfloat16, {2}, {0x3F800000, 0x80010000}});
  const std::string half = folder.read("y.npy");
  EXPECT_THAT(half, HasSubstr("'<u2', 'fortran_order': False, 'shape': (2,)"));
  EXPECT_EQ(half.substr(half.size() - 4), std::string("\x80\x3F\x01\x80"));
}

TEST(Npy, SavingNeedsAConsistentTensor) {
  const ScratchFolder folder;
  EXPECT_THROW(save_npy(folder / "x.npy", {ElementType::kFloat32, {2, 2}, {1, 2, 3}}),
               std::invalid_argument);
  EXPECT_THROW(save_npy(folder / "x.npy", {ElementType::kBfloat16, {1}, {0x3F800001}}),
               std::invalid_argument);
  EXPECT_THROW(save_npy(folder / "x.npy", {ElementType::kInt32, {1}, {1}}), std::invalid_argument);
  EXPECT_EQ(folder.file_count(), 0u);
}

TEST(Npy, RefusesWrongTypes) {
  EXPECT_THAT(refusal(npy_header("<i4", "(2,)") + std::string(8, ' ')),
              HasSubstr("has dtype <i4, expected float32"));
  EXPECT_THAT(refusal(npy_header("<f8", "(2,)") + std::string(16, ' ')),
              HasSubstr("has dtype <f8, expected float32"));
  EXPECT_THAT(refusal(npy_header(">f4", "(2,)") + std::string(8, ' ')), HasSubstr("big-endian"));
  EXPECT_THAT(refusal(npy_header("|O", "(2,)") + "\x80pickle"), HasSubstr("pickled"));
  EXPECT_THAT(refusal(npy_header("<V2", "(2,)") + "1234"), HasSubstr("view(numpy.uint16)"));
  EXPECT_THAT(refusal(npy_prefix("{'descr': [('a', '<f4'), ('b', '<i4', (2,))], "
                                 "'fortran_order': False, 'shape': (1,), }\n") +
                      std::string(12, ' ')),
              HasSubstr("records"));
}

TEST(Npy, RefusesWrongShapes) {
  EXPECT_THAT(refusal(npy_floats("()", {1})), HasSubstr("shape (), expected 1 to 3"));
  EXPECT_THAT(refusal(npy_floats("(1, 1, 1, 1)", {1})), HasSubstr("expected 1 to 3"));
  EXPECT_THAT(refusal(npy_floats("(0, 4)", {})), HasSubstr("at least one element"));
}

TEST(Npy, RefusesWrongLengths) {
  EXPECT_THAT(refusal(npy_floats("(2, 2)", {1, 2, 3})),
              HasSubstr("truncated: shape (2, 2) needs 16 bytes of data, the file has 12"));
  EXPECT_THAT(refusal(npy_floats("(2, 2)", {1, 2, 3, 4, 5})),
              HasSubstr("4 bytes after the data of shape (2, 2)"));
  EXPECT_THAT(refusal(npy_floats("(2, 2)", {})), HasSubstr("the file has 0"));
  // Dimensions whose product is 2^64 and therefore 0, and one that is only absurd.
  EXPECT_THAT(refusal(npy_floats("(4294967296, 4294967296)", {1})), HasSubstr("truncated"));
  EXPECT_THAT(refusal(npy_floats("(4611686018427387904, 4)", {1})), HasSubstr("truncated"));
  EXPECT_THAT(refusal(npy_floats("(1000000, 1000000)", {1})), HasSubstr("4000000000000 bytes"));
}

TEST(Npy, RefusesMalformedHeaders) {
  const char* const malformed = "has a malformed .npy header";
  EXPECT_THAT(refusal(npy_floats("(-1, 2)", {1})), HasSubstr(malformed));
  EXPECT_THAT(refusal(npy_floats("(99999999999999999999,)", {1})), HasSubstr(malformed));
  EXPECT_THAT(refusal(npy_floats("(1)", {1})), HasSubstr(malformed));
  EXPECT_THAT(refusal(npy_floats("(2, 2", {1, 2, 3, 4})), HasSubstr(malformed));
  EXPECT_THAT(refusal(npy_floats("(1.5,)", {1})), HasSubstr(malformed));
  for (const char* const text : {
           "",
           "\n",
           "{",
           "{}",
           "{'descr'",
           "{'descr':}",
           "{'descr': '<f4'}",
           "[]",
           "{'descr': [[",
           "{'descr': '<f4', 'fortran_order': false, 'shape': (1,)}",
           "{'descr': '', 'fortran_order': False, 'shape': (1,)}",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} more",
           "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'other': 1}",
           "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
       }) {
    EXPECT_THAT(refusal(npy_prefix(text) + "1234"), HasSubstr(malformed)) << text;
  }
  EXPECT_THAT(refusal(std::string("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF", 12)),
              HasSubstr("claims 4294967295 bytes"));
}

TEST(Npy, RefusesOtherFiles) {
  EXPECT_THAT(refusal(""), HasSubstr("is empty"));
  EXPECT_THAT(refusal("1,2,3\n4,5,6\n"), HasSubstr("not a .npy file"));
  EXPECT_THAT(refusal("PK\x03\x04 and more"), HasSubstr("archive (.npz)"));
  EXPECT_THAT(refusal(std::string("\x93NUMPY\x09\x00\x10\x00", 10)), HasSubstr("version 9"));
  const std::string whole = npy_floats("(2,)", {1, 2});
  for (std::size_t length = 6; length < 128; ++length) {
    EXPECT_THAT(refusal(whole.substr(0, length)), HasSubstr("truncated")) << length;
  }
  const ScratchFolder folder;
  EXPECT_THROW(load_npy(folder / "missing.npy"), FileError);
  EXPECT_THROW(load_npy(folder.path()), FileError);
  EXPECT_THROW(load_npy("/dev/zero"), FileError);
}

// Whatever is in the header, the answer is a tensor of the right size or a FileError.
TEST(Npy, SurvivesRandomDamage) {
  constexpr unsigned kSeed = 1;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937 random(kSeed);
  const ScratchFolder folder;
  const std::string whole = npy_floats("(3, 2)", {1, 2, 3, 4, 5, 6});
  for (int round = 0; round < 500; ++round) {
    std::string damaged = whole;
    const auto changes = 1 + random() % 3;
    for (auto i = changes; i > 0; --i) {
      damaged[random() % 75] = static_cast<char>(random());
    }
    const std::string name = folder.file("x.npy", damaged);
    try {
      EXPECT_LE(load_npy(name).values.size(), 12u);
    } catch (const FileError&) {
    }
  }
}

// Any element type, from any stream.
Array read(const std::string& bytes) {
  std::istringstream stream(bytes);
  return read_npy(stream, bytes.size(), "x.npy");
}

TEST(Npy, ReadsArraysOfEveryType) {
  const auto survives = []<typename T>(ElementType type, const char* descr, T least, T most) {
    const std::vector<T> values = {least, T{1}, most};
    const Array array = read(npy_header(descr, "(3,)") + raw_bytes(values));
    EXPECT_EQ(array.type, type) << descr;
    EXPECT_EQ(array.values<T>(), values) << descr;
    EXPECT_EQ(make_array<T>(type, {3}, values), array) << descr;
    EXPECT_EQ(npy_header_bytes(type, array.shape), npy_header(descr, "(3,)"));
    EXPECT_THROW(array.values<double>(), std::invalid_argument);
  };
  survives(ElementType::kFloat32, "<f4", -0.0f, 3.5f);
  survives(ElementType::kBfloat16, "<u2", std::uint16_t{0}, std::uint16_t{0xFFFF});
  survives(ElementType::kUint8, "|u1", std::uint8_t{0}, std::uint8_t{255});
  survives(ElementType::kInt32, "<i4", std::int32_t{-0x7FFFFFFF}, std::int32_t{0x7FFFFFFF});
  survives(ElementType::kUint32, "<u4", 0u, ~0u);
  survives(ElementType::kInt64, "<i8", -std::int64_t{1} << 62, std::int64_t{1} << 62);
  survives(ElementType::kUint64, "<u8", std::uint64_t{0}, ~std::uint64_t{0});
}

TEST(Npy, ReadsArraysOfAnyShape) {
  EXPECT_EQ(read(npy_floats("()", {7})).values<float>(), std::vector<float>{7});
  EXPECT_THAT(read(npy_floats("()", {7})).shape, ElementsAre());
  EXPECT_THAT(read(npy_floats("(0, 4)", {})).shape, ElementsAre(0, 4));
  EXPECT_EQ(read(npy_header("|u1", "(1, 1, 1, 1, 1, 1, 1, 2)") + "ab").bytes.size(), 2u);
  EXPECT_EQ(npy_header_bytes(ElementType::kFloat32, {}), npy_header("<f4", "()"));
  EXPECT_THROW(npy_header_bytes(ElementType::kFloat32, std::vector<std::size_t>(9, 1)),
               std::invalid_argument);
  // Column order, of four dimensions and of two-byte elements: element n of the file is the one
  // whose indices are the digits of n, the first the lowest.
  std::vector<std::uint16_t> columns(2 * 3 * 1 * 2);
  for (std::size_t n = 0; n < columns.size(); ++n) {
    const auto i = n % 2, j = n / 2 % 3, l = n / 6;
    columns[n] = static_cast<std::uint16_t>(100 * i + 10 * j + l);
  }
  EXPECT_THAT(
      read(npy_header("<u2", "(2, 3, 1, 2)", true) + raw_bytes(columns)).values<std::uint16_t>(),
      ElementsAre(0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121));
}

TEST(Npy, RefusesArraysThatAreNone) {
  const auto refused = [](const std::string& bytes, const char* why) {
    EXPECT_THAT([&] { read(bytes); }, testing::ThrowsMessage<FileError>(HasSubstr(why)));
  };
  refused(npy_header("<f8", "(1,)") + "12345678", "int64 or uint64");
  refused(npy_header("<i8", "(2,)") + "12345678", "needs 16 bytes of data, the file has 8");
  refused(npy_header("<i8", "()") + "123456789", "has 1 bytes after the data of shape ()");
  refused(npy_header("<i8", "(0, 4)") + "1", "1 bytes after the data");
  refused(npy_header("|u1", "(1, 1, 1, 1, 1, 1, 1, 1, 1)") + "1", "expected 0 to 8 dimensions");
  refused(npy_header("|u1", "(9223372036854775807, 2)") + "1", "2^63 or more");
  // A stream that has less than it promised.
  std::istringstream stream(npy_header("<u4", "(2,)") + "1234");
  EXPECT_THAT([&] { read_npy(stream, 128 + 8, "x.npy"); },
              testing::ThrowsMessage<FileError>(HasSubstr("could not be read to its end")));
}

}  // namespace
}  // namespace gradcore::io
