// SPDX-License-Identifier: Apache-2.0
// The serial protocol as sw/bridge/protocol.yaml describes it; only the generator reads that file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sw/generate/registers.h"

namespace gradcore::generate {

struct ProtocolValue {
  std::string name;
  std::uint32_t value = 0;
  std::string doc;
};

struct HeaderField {
  std::string name;
  unsigned bytes = 0;
  std::string doc;
};

struct Protocol {
  std::vector<ProtocolValue> constants, requests, statuses;
  std::vector<HeaderField> header;
  std::uint32_t base = 0;  // of the registers
  std::vector<isa::RegisterDescription> registers;
};

// Throws config::ConfigError for whatever is no consistent description.
Protocol load_protocol(const std::filesystem::path& path);

// rtl/pkg/bridge_pkg.sv, sw/bridge/protocol.h, rtl/bridge/protocol.md.
std::string write_protocol_package(const Protocol& protocol);
std::string write_protocol_header(const Protocol& protocol);
std::string write_protocol_page(const Protocol& protocol);

}  // namespace gradcore::generate
