// SPDX-License-Identifier: Apache-2.0
#include "sw/io/json.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace gradcore::io {
namespace {

TEST(Json, NestsAndSeparates) {
  std::ostringstream out;
  JsonWriter json(out);
  json.begin_object().member("n", 16).member("ok", true).key("list").begin_array();
  json.value(1).value("two").begin_object().end().end();
  json.key("empty").begin_array().end().end();
  EXPECT_EQ(out.str(),
            "{\n  \"n\": 16,\n  \"ok\": true,\n  \"list\": [\n    1,\n    \"two\",\n    {}\n  ],\n"
            "  \"empty\": []\n}\n");
}

TEST(Json, NumbersAndStrings) {
  std::ostringstream out;
  JsonWriter json(out);
  json.begin_array().value(0.1).value(1e300).value(std::numeric_limits<double>::infinity());
  json.value(std::numeric_limits<std::uint64_t>::max()).value("a\"b\\c\n\x01").end();
  EXPECT_EQ(out.str(),
            "[\n  0.1,\n  1e+300,\n  null,\n  18446744073709551615,\n"
            "  \"a\\\"b\\\\c\\u000a\\u0001\"\n]\n");
}

TEST(Json, RefusesWrongNesting) {
  std::ostringstream out;
  JsonWriter json(out);
  EXPECT_THROW(json.end(), std::logic_error);
  json.begin_array();
  EXPECT_THROW(json.key("x"), std::logic_error);
}

}  // namespace
}  // namespace gradcore::io
