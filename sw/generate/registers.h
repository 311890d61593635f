// SPDX-License-Identifier: Apache-2.0
// The registers as registers.yaml describes them; only the generator reads that file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sw/config/yaml_reader.h"

namespace gradcore::isa {

struct RegisterField {
  std::string name;
  unsigned lsb = 0, width = 1;
  std::string doc;
};

struct RegisterDescription {
  std::string name;
  std::uint32_t offset = 0;
  unsigned width = 32;
  std::string access;  // read, write, read_write or clear
  std::uint32_t reset = 0;
  std::vector<RegisterField> fields;  // from the lowest up
  std::string doc;
};

struct CounterDescription {
  std::string name, doc;
};

struct RegisterMap {
  std::vector<RegisterDescription> registers;
  std::uint32_t counter_base = 0;
  std::vector<CounterDescription> counters;

  std::uint32_t counter_offset(std::size_t index) const {
    return counter_base + 8 * static_cast<std::uint32_t>(index);
  }
};

// Throws config::ConfigError for whatever is no consistent description: unknown keys, offsets that
// overlap or are not aligned, fields that overlap, names given twice.
RegisterMap load_registers(const std::filesystem::path& path);

// A list of registers within another description.
std::vector<RegisterDescription> read_register_list(const config::Value& list);

}  // namespace gradcore::isa
