// SPDX-License-Identifier: Apache-2.0
#include "sw/generate/registers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sw/generate/names.h"

namespace gradcore::isa {
namespace {

using config::Mapping;
using config::Value;

constexpr std::uint32_t kSpace = 0x1000;  // bytes of addresses

// No name and no offset twice.
class Taken {
 public:
  void add(const Value& value, const std::string& name, std::uint32_t offset, unsigned width) {
    if (offset % (width / 8) != 0) value.fail("the offset is no multiple of the register's size");
    if (!names_.insert(name).second) value.fail(fmt::format("'{}' twice", name));
    for (std::uint32_t at = offset; at < offset + width / 8; at += 4) {
      if (at >= kSpace) value.fail(fmt::format("the offset is not below 0x{:x}", kSpace));
      if (!offsets_.insert(at).second) value.fail("another register lies there");
    }
  }

 private:
  std::set<std::string> names_;
  std::set<std::uint32_t> offsets_;
};

std::vector<RegisterField> read_fields(const Mapping& mapping) {
  std::vector<RegisterField> out;
  const auto fields = mapping.find("fields");
  if (!fields) return out;
  std::set<std::string> names;
  std::uint32_t taken = 0;
  for (const Value& item : fields->list()) {
    const Mapping entry = item.mapping({"name", "lsb", "width", "doc"});
    RegisterField one;
    one.name = name_of(entry);
    one.lsb = entry.require("lsb").integer<unsigned>(0, 31);
    if (const auto width = entry.find("width")) one.width = width->integer<unsigned>(1, 32);
    one.doc = entry.require("doc").text();
    if (one.lsb + one.width > 32) item.fail("the field leaves its register");
    const std::uint32_t mask = (0xFFFF'FFFFu >> (32 - one.width)) << one.lsb;
    if ((taken & mask) != 0) item.fail(fmt::format("'{}' overlaps another", one.name));
    if (!names.insert(one.name).second) item.fail(fmt::format("'{}' twice", one.name));
    taken |= mask;
    out.push_back(std::move(one));
  }
  std::sort(out.begin(), out.end(),
            [](const RegisterField& a, const RegisterField& b) { return a.lsb < b.lsb; });
  return out;
}

RegisterDescription read_register(const Value& value) {
  const Mapping mapping =
      value.mapping({"name", "offset", "width", "access", "reset", "fields", "doc"});
  const std::vector<std::string> accesses = {"read", "write", "read_write", "clear"};
  RegisterDescription out;
  out.name = name_of(mapping);
  out.offset = mapping.require("offset").integer<std::uint32_t>(0, kSpace - 1);
  if (const auto width = mapping.find("width")) {
    out.width = width->integer<unsigned>(32, 64);
    if (out.width % 32 != 0) width->fail("expected 32 or 64");
  }
  out.access = accesses[mapping.require("access").choice(accesses)];
  if (const auto reset = mapping.find("reset")) out.reset = reset->integer<std::uint32_t>(0);
  out.fields = read_fields(mapping);
  out.doc = mapping.require("doc").text();
  if (out.width == 64 && !out.fields.empty()) value.fail("fields belong to registers of 32 bits");
  return out;
}

std::vector<RegisterDescription> read_registers(const Value& list, Taken& taken) {
  std::vector<RegisterDescription> out;
  for (const Value& item : list.list()) {
    const RegisterDescription& one = out.emplace_back(read_register(item));
    taken.add(item, one.name, one.offset, one.width);
  }
  return out;
}

}  // namespace

std::vector<RegisterDescription> read_register_list(const Value& list) {
  Taken taken;
  return read_registers(list, taken);
}

RegisterMap load_registers(const std::filesystem::path& path) {
  const Value file = Value::load(path);
  const Mapping root = file.mapping({"registers", "counters"});
  RegisterMap out;
  Taken taken;
  out.registers = read_registers(root.require("registers"), taken);
  const Mapping counters = root.require("counters").mapping({"base", "list"});
  out.counter_base = counters.require("base").integer<std::uint32_t>(0, kSpace - 1);
  for (const Value& item : counters.require("list").list()) {
    const Mapping entry = item.mapping({"name", "doc"});
    out.counters.push_back({name_of(entry), entry.require("doc").text()});
    taken.add(item, out.counters.back().name, out.counter_offset(out.counters.size() - 1), 64);
  }
  return out;
}

}  // namespace gradcore::isa
