// SPDX-License-Identifier: Apache-2.0
#include "sw/generate/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sw/config/yaml_reader.h"
#include "tb/unit/io/scratch_folder.h"

namespace gradcore::generate {
namespace {

using testing::HasSubstr;

std::string description(const std::string& requests) {
  return "constants: [{name: some_limit, value: 0x12, doc: d}]\n"
         "header: [{name: code, bytes: 1, doc: d}, {name: length, bytes: 2, doc: d}]\n"
         "requests: [" +
         requests +
         "]\nstatuses: [{name: all_right, value: 0, doc: d}]\nbase: 0x1000\n"
         "registers: [{name: wide_one, offset: 8, width: 64, access: read, doc: d}]\n";
}

Protocol load(const std::string& text) {
  tb::ScratchFolder folder;
  return load_protocol(folder.file("protocol.yaml", text));
}

TEST(Protocol, EveryLanguageHasIt) {
  const Protocol protocol = load(description("{name: do_it, value: 0x85, doc: d}"));
  const std::string package = write_protocol_package(protocol);
  EXPECT_THAT(package, HasSubstr("SomeLimit = 32'h00000012;"));
  EXPECT_THAT(package, HasSubstr("HeaderBytes = 3;"));
  EXPECT_THAT(package, HasSubstr("    logic [15:0] length;  // d\n    logic [7:0] code;  // d\n"));
  EXPECT_THAT(package, HasSubstr("RequestDoIt = 8'h85"));
  EXPECT_THAT(package, HasSubstr("StatusAllRight = 8'h00"));
  EXPECT_THAT(package, HasSubstr("BridgeWideOneHigh = 32'h0000100c;"));
  const std::string header = write_protocol_header(protocol);
  EXPECT_THAT(header, HasSubstr("kDoIt = 0x85,"));
  EXPECT_THAT(header, HasSubstr("kWideOne{0x1008, 64};"));
  EXPECT_THAT(write_protocol_page(protocol), HasSubstr("| 1 to 2 | `length` | d |"));
}

TEST(Protocol, WhatIsInconsistentIsRefused) {
  const auto error_of = [](const std::string& requests) -> std::string {
    try {
      load(description(requests));
    } catch (const config::ConfigError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(error_of("{name: a, value: 1, doc: d}, {name: a, value: 2, doc: d}"),
              HasSubstr("'a' twice"));
  EXPECT_THAT(error_of("{name: a, value: 1, doc: d}, {name: b, value: 1, doc: d}"),
              HasSubstr("'b' has the value of 'a'"));
  EXPECT_THAT(error_of("{name: a, value: 256, doc: d}"), HasSubstr("255"));
}

}  // namespace
}  // namespace gradcore::generate
