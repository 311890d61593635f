// SPDX-License-Identifier: Apache-2.0
#include "sw/generate/protocol.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/config/yaml_reader.h"
#include "sw/generate/names.h"

namespace gradcore::generate {
namespace {

using config::Mapping;
using config::Value;

std::vector<ProtocolValue> read_values(const Value& list, std::uint32_t highest, bool unique) {
  std::vector<ProtocolValue> out;
  for (const Value& item : list.list()) {
    const Mapping entry = item.mapping({"name", "value", "doc"});
    ProtocolValue one{.name = isa::name_of(entry),
                      .value = entry.require("value").integer<std::uint32_t>(0, highest),
                      .doc = entry.require("doc").text()};
    for (const ProtocolValue& other : out) {
      if (other.name == one.name) item.fail(fmt::format("'{}' twice", one.name));
      if (unique && other.value == one.value) {
        item.fail(fmt::format("'{}' has the value of '{}'", one.name, other.name));
      }
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<HeaderField> read_header(const Value& list) {
  std::vector<HeaderField> out;
  for (const Value& item : list.list()) {
    const Mapping entry = item.mapping({"name", "bytes", "doc"});
    out.push_back({isa::name_of(entry), entry.require("bytes").integer<unsigned>(1, 4),
                   entry.require("doc").text()});
  }
  return out;
}

}  // namespace

Protocol load_protocol(const std::filesystem::path& path) {
  const Value file = Value::load(path);
  const Mapping root =
      file.mapping({"constants", "header", "requests", "statuses", "base", "registers"});
  constexpr std::uint32_t kByte = 0xff;
  Protocol out;
  out.constants = read_values(root.require("constants"), ~std::uint32_t{0}, false);
  out.header = read_header(root.require("header"));
  out.requests = read_values(root.require("requests"), kByte, true);
  // Bit 7 of an answer tells of data.
  out.statuses = read_values(root.require("statuses"), kByte / 2, true);
  const Value base = root.require("base");
  out.base = base.integer<std::uint32_t>(0, 0xf000);
  if (out.base % 4 != 0) base.fail("expected a multiple of 4");
  out.registers = isa::read_register_list(root.require("registers"));
  return out;
}

}  // namespace gradcore::generate
