// SPDX-License-Identifier: Apache-2.0
#include "sw/config/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace gradcore::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
    return error.what();
  }
  return "accepted";
}

// Reads `text`, a mapping with the keys a and bcd, and hands `a` to `use`.
std::string error_of_a(const std::string& text, const std::function<void(const Value&)>& use) {
  return error_of([&] { use(Value::parse(text, "f.yaml").mapping({"a", "bcd"}).require("a")); });
}

void ignore(const Value&) {}

TEST(YamlReader, ReadsEveryType) {
  const Value file =
      Value::parse("i: 7\nh: 0xFF\nx: 2.5e-1\nb: true\nt: some text\nl: [1, 2]\n", "f");
  const Mapping map = file.mapping({"i", "h", "x", "b", "t", "l", "absent"});
  EXPECT_EQ(map.require("i").integer<unsigned>(0), 7u);
  EXPECT_EQ(map.require("h").integer<std::uint64_t>(0), 255u);
  EXPECT_EQ(map.require("x").number(0, 1), 0.25);
  EXPECT_TRUE(map.require("b").boolean());
  EXPECT_EQ(map.require("t").text(), "some text");
  EXPECT_EQ(map.require("t").choice({"other", "some text"}), 1u);
  const std::vector<Value> list = map.require("l").list();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1].integer<unsigned>(0), 2u);
  EXPECT_FALSE(map.find("absent"));
  EXPECT_THROW(map.find("unannounced"), std::logic_error);
}

TEST(YamlReader, UnknownKeyNamesTheNearest) {
  EXPECT_EQ(error_of_a("a: 1\nbdc: 2\n", ignore),
            "f.yaml:2:1: unknown key 'bdc', expected a or bcd (nearest valid key: bcd)");
  EXPECT_EQ(error_of_a("a: 1\n  \nxyzxyz: 2\n", ignore),
            "f.yaml:3:1: unknown key 'xyzxyz', expected a or bcd");
  EXPECT_EQ(error_of_a("a: {cc: 1}", [](const Value& a) { a.mapping({"c"}); }),
            "f.yaml:1:5: unknown key 'cc' in a, expected c (nearest valid key: c)");
}

TEST(YamlReader, KeysMustBeUniqueTexts) {
  EXPECT_EQ(error_of_a("a: 1\na: 1\n", ignore),
            "f.yaml:2:1: key 'a' is given twice, expected once");
  EXPECT_THAT(error_of_a("a: 1\n[x]: 1\n", ignore), StartsWith("f.yaml:2:1: a key is a list"));
  EXPECT_THAT(error_of_a("a: 1\n<<: {bcd: 1}\n", ignore), HasSubstr("unknown key '<<'"));
}

TEST(YamlReader, MissingKey) {
  EXPECT_EQ(error_of_a("bcd: 1\n", ignore),
            "f.yaml:1:1: the file has no 'a', expected the key 'a'");
}

TEST(YamlReader, WrongTypes) {
  const auto integer = [](const Value& a) { a.integer<unsigned>(1, 9); };
  EXPECT_EQ(error_of_a("a: x\n", integer), "f.yaml:1:4: a is 'x', expected an integer from 1 to 9");
  EXPECT_THAT(error_of_a("\na:   '5'\n", integer), StartsWith("f.yaml:2:6: a is the string '5', "));
  for (const char* const text :
       {"10", "0", "-1", "1.0", "1e0", "5 6", "99999999999999999999", "0x", "0b1", "1_0", "five"}) {
    EXPECT_THAT(error_of_a("a: " + std::string(text), integer),
                HasSubstr("a is '" + std::string(text) + "', expected an integer from 1 to 9"));
  }
  EXPECT_THAT(error_of_a("a:\nbcd: 1\n", integer), StartsWith("f.yaml:1:1: a is nothing"));
  EXPECT_THAT(error_of_a("a: [1]\n", integer), StartsWith("f.yaml:1:4: a is a list"));
  EXPECT_THAT(error_of_a("a: {b: 1}\n", integer), StartsWith("f.yaml:1:4: a is a mapping"));

  const auto number = [](const Value& a) { a.number(0, 1); };
  for (const char* const text :
       {"1.5", "-0.1", ".nan", "nan", ".inf", "inf", "1e999", "1,5", "''"}) {
    EXPECT_THAT(error_of_a("a: " + std::string(text), number),
                HasSubstr("expected a number from 0 to 1"))
        << text;
  }
  EXPECT_THAT(error_of_a("a: yes", [](const Value& a) { a.boolean(); }),
              HasSubstr("'yes', expected true or false"));
  EXPECT_THAT(error_of_a("a: ''", [](const Value& a) { a.text(); }), HasSubstr("expected a text"));
  EXPECT_THAT(error_of_a("a: 1", [](const Value& a) { a.list(); }), HasSubstr("expected a list"));
  EXPECT_THAT(error_of_a("a: []", [](const Value& a) { a.list(); }), HasSubstr("empty list"));
  EXPECT_THAT(error_of_a("a: 1",
                         [](const Value& a) {
                           a.mapping({"x", "y"});
                         }),
              HasSubstr("expected a mapping with keys among x, y"));
  EXPECT_EQ(error_of_a("a: foward",
                       [](const Value& a) {
                         a.choice({"forward", "dX"});
                       }),
            "f.yaml:1:4: a is 'foward', expected forward or dX (nearest: forward)");
}

TEST(YamlReader, MalformedFiles) {
  EXPECT_THAT(error_of_a("a: [1, 2\n", ignore), HasSubstr("not well-formed YAML, "));
  EXPECT_THAT(error_of_a("a: 1\n b: 2\n", ignore), StartsWith("f.yaml:2:"));
  EXPECT_THAT(error_of_a("a: *x\n", ignore), HasSubstr("not well-formed YAML, "));
  EXPECT_THAT(error_of_a("a: 1\n---\na: 2\n", ignore),
              StartsWith("f.yaml:2:1: text after the end"));
  EXPECT_THAT(error_of_a(",a: 1", ignore), StartsWith("f.yaml:1:1: text after the end"));
  EXPECT_THAT(error_of_a("{a: 1} b", ignore), StartsWith("f.yaml:1:"));
  EXPECT_THAT(error_of_a("just text", ignore), HasSubstr("expected a mapping"));
  EXPECT_THAT(error_of_a(std::string(10000, '['), ignore), HasSubstr("not well-formed YAML"));
  EXPECT_TRUE(Value::parse("", "f").is_null());
  EXPECT_TRUE(Value::parse("# nothing\n", "f").is_null());
}

TEST(YamlReader, UnreadableFiles) {
  EXPECT_THAT(error_of([] { Value::load("/no/such/file.yaml"); }),
              HasSubstr("cannot read '/no/such/file.yaml': No such file or directory"));
  EXPECT_THAT(error_of([] { Value::load("/tmp"); }), HasSubstr("it is a directory"));
  EXPECT_THAT(error_of([] { Value::load("/dev/zero"); }), HasSubstr("larger than 16 MiB"));
}

TEST(YamlReader, NearestIsASlipOfThePen) {
  EXPECT_EQ(nearest("momentun", {"epochs", "momentum"}), "momentum");
  EXPECT_EQ(nearest("N", {"n"}), "n");
  EXPECT_EQ(nearest("completely", {"n", "f"}), std::nullopt);
}

// Damaged text is read or refused, nothing else.
TEST(YamlReader, SurvivesRandomDamage) {
  constexpr unsigned kSeed = 1;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937 random(kSeed);
  const std::string alphabet = "ab:,[]{}&*!|>'\"%#?- \n\t0.\\<";
  for (int round = 0; round < 3000; ++round) {
    std::string text = "a: {x: [1, 'two']}\nbcd: |\n  text\n";
    for (auto changes = 1 + random() % 6; changes > 0; --changes) {
      text[random() % text.size()] = alphabet[random() % alphabet.size()];
    }
    error_of_a(text, [](const Value& a) {
      for (const Value& x : a.mapping({"x"}).require("x").list()) x.text();
    });
  }
}

}  // namespace
}  // namespace gradcore::config
