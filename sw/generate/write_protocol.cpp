// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstddef>

#include "sw/generate/names.h"
#include "sw/generate/protocol.h"

namespace gradcore::generate {
namespace {

using isa::camel_case;
using isa::cell;

constexpr const char* kFrom =
    "// SPDX-License-Identifier: Apache-2.0\n"
    "// Generated from sw/bridge/protocol.yaml by `make generate`: the serial protocol.\n";

unsigned header_bytes(const Protocol& protocol) {
  unsigned bytes = 0;
  for (const HeaderField& field : protocol.header) bytes += field.bytes;
  return bytes;
}

std::string package_enum(const std::string& type, const std::string& prefix,
                         const std::vector<ProtocolValue>& values) {
  std::string out = "\n  typedef enum logic [7:0] {\n";
  for (std::size_t i = 0; i < values.size(); ++i) {
    out += fmt::format("    {}{} = 8'h{:02x}{}  // {}\n", prefix, camel_case(values[i].name),
                       values[i].value, i + 1 < values.size() ? "," : "", values[i].doc);
  }
  return out + "  } " + type + ";\n";
}

std::string header_enum(const std::string& type, const std::vector<ProtocolValue>& values) {
  std::string out = "\nenum class " + type + " : std::uint8_t {\n";
  for (const ProtocolValue& one : values) {
    out += fmt::format("  k{} = 0x{:02x},  // {}\n", camel_case(one.name), one.value, one.doc);
  }
  return out + "};\n";
}

std::string table(const std::vector<ProtocolValue>& values) {
  std::string out = "| value | name | what |\n|---|---|---|\n";
  for (const ProtocolValue& one : values) {
    out += fmt::format("| 0x{:02x} | `{}` | {} |\n", one.value, one.name, cell(one.doc));
  }
  return out;
}

}  // namespace

std::string write_protocol_package(const Protocol& protocol) {
  std::string out = std::string(kFrom) + "package bridge_pkg;\n\n";
  for (const ProtocolValue& one : protocol.constants) {
    out += fmt::format("  localparam logic [31:0] {} = 32'h{:08x};  // {}\n", camel_case(one.name),
                       one.value, one.doc);
  }
  out += fmt::format("  localparam int unsigned HeaderBytes = {};\n", header_bytes(protocol));
  out += "\n  // The byte that comes first is the lowest one.\n  typedef struct packed {\n";
  for (std::size_t f = protocol.header.size(); f-- > 0;) {
    const HeaderField& field = protocol.header[f];
    out += fmt::format("    logic [{}:0] {};  // {}\n", 8 * field.bytes - 1, field.name, field.doc);
  }
  out += "  } frame_header_t;\n";
  out += package_enum("request_e", "Request", protocol.requests);
  out += package_enum("status_e", "Status", protocol.statuses);
  out += "\n  // The bridge's registers.\n";
  out += fmt::format("  localparam logic [31:0] BridgeBase = 32'h{:08x};\n", protocol.base);
  for (const isa::RegisterDescription& one : protocol.registers) {
    const auto offset = [&](const char* half, std::uint32_t more) {
      out += fmt::format("  localparam logic [31:0] Bridge{}{} = 32'h{:08x};  // {}\n",
                         camel_case(one.name), half, protocol.base + one.offset + more, one.doc);
    };
    offset(one.width == 64 ? "Low" : "", 0);
    if (one.width == 64) offset("High", 4);
    if (one.reset != 0) {
      out += fmt::format("  localparam logic [31:0] Bridge{}Value = 32'h{:08x};\n",
                         camel_case(one.name), one.reset);
    }
    for (const isa::RegisterField& field : one.fields) {
      out += fmt::format("  localparam int unsigned Bridge{}{}Bit = {};  // {}\n",
                         camel_case(one.name), camel_case(field.name), field.lsb, field.doc);
    }
  }
  return out + "\nendpackage\n";
}

std::string write_protocol_header(const Protocol& protocol) {
  std::string out = std::string(kFrom) +
                    "#pragma once\n\n#include <cstdint>\n\n#include \"sw/isa/registers.h\"\n\n"
                    "namespace gradcore::bridge {\n\n// clang-format off\n";
  for (const ProtocolValue& one : protocol.constants) {
    out += fmt::format("inline constexpr std::uint32_t k{} = 0x{:x};  // {}\n",
                       camel_case(one.name), one.value, one.doc);
  }
  out += fmt::format("inline constexpr unsigned kHeaderBytes = {};\n", header_bytes(protocol));
  out += "\n// The lowest byte of each comes first.\nstruct Header {\n";
  for (const HeaderField& field : protocol.header) {
    const unsigned bits = field.bytes == 1 ? 8 : field.bytes == 2 ? 16 : 32;
    out += fmt::format("  std::uint{}_t {} = 0;  // {}\n", bits, field.name, field.doc);
  }
  out +=
      "\n  // field(value, bytes) for each in its order.\n  template <typename Self, typename "
      "Visit>\n  static void each(Self& self, Visit visit) {\n";
  for (const HeaderField& field : protocol.header) {
    out += fmt::format("    visit(self.{}, {}u);\n", field.name, field.bytes);
  }
  out += "  }\n};\n";
  out += header_enum("Request", protocol.requests);
  out += header_enum("Status", protocol.statuses);
  out += "\n// The bridge's registers.\nnamespace reg {\n";
  for (const isa::RegisterDescription& one : protocol.registers) {
    out += fmt::format("inline constexpr isa::reg::Register k{}{{0x{:04x}, {}}};  // {}\n",
                       camel_case(one.name), protocol.base + one.offset, one.width, one.doc);
    if (one.reset != 0) {
      out += fmt::format("inline constexpr std::uint32_t k{}Value = 0x{:08x}u;\n",
                         camel_case(one.name), one.reset);
    }
    for (const isa::RegisterField& field : one.fields) {
      out += fmt::format("inline constexpr isa::reg::Field k{}{}{{{}, {}}};  // {}\n",
                         camel_case(one.name), camel_case(field.name), field.lsb, field.width,
                         field.doc);
    }
  }
  return out + "}  // namespace reg\n// clang-format on\n\n}  // namespace gradcore::bridge\n";
}

std::string write_protocol_page(const Protocol& protocol) {
  std::string out =
      "<!-- Generated from sw/bridge/protocol.yaml by `make generate`. -->\n"
      "# The numbers of the serial protocol\n\n"
      "What they mean together is in [README.md](README.md).\n\n"
      "| constant | value | what |\n|---|---|---|\n";
  for (const ProtocolValue& one : protocol.constants) {
    out += fmt::format("| `{}` | 0x{:x} | {} |\n", one.name, one.value, cell(one.doc));
  }
  out += "\n## Header\n\n| bytes | field | what |\n|---|---|---|\n";
  unsigned at = 0;
  for (const HeaderField& field : protocol.header) {
    const std::string bytes = field.bytes == 1 ? fmt::format("{}", at)
                                               : fmt::format("{} to {}", at, at + field.bytes - 1);
    out += fmt::format("| {} | `{}` | {} |\n", bytes, field.name, cell(field.doc));
    at += field.bytes;
  }
  out += "\n## Requests\n\n" + table(protocol.requests);
  out += "\n## Statuses\n\n" + table(protocol.statuses);
  out +=
      "\n## Registers of the bridge\n\nRead like those of the chip, behind them. Of 64 bits: two, "
      "the "
      "low half first; reading it keeps the high half.\n\n"
      "| address | name | what |\n|---|---|---|\n";
  for (const isa::RegisterDescription& one : protocol.registers) {
    std::string doc = one.doc;
    if (one.reset != 0) doc += fmt::format(": 0x{:08x}", one.reset);
    for (const isa::RegisterField& field : one.fields) {
      doc += fmt::format("; bit {} `{}`: {}", field.lsb, field.name, field.doc);
    }
    out +=
        fmt::format("| 0x{:04x} | `{}` | {} |\n", protocol.base + one.offset, one.name, cell(doc));
  }
  return out;
}

}  // namespace gradcore::generate
