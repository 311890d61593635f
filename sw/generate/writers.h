// SPDX-License-Identifier: Apache-2.0
// What is generated: from the descriptions of instructions and registers, and tables of functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/generate/description.h"
#include "sw/generate/function_tables.h"
#include "sw/generate/names.h"
#include "sw/generate/registers.h"

namespace gradcore::isa {

// rtl/pkg/isa_pkg.sv: a packed struct for each instruction, enums, opcodes.
std::string write_package(const Description& description);
// sw/isa/isa.h: fields, enums and the tables of instructions.
std::string write_header(const Description& description);
// sw/isa/README.md: the reference for people.
std::string write_page(const Description& description);

// The registers likewise: rtl/pkg/registers_pkg.sv, sw/isa/registers.h, sw/isa/registers.md. `hash`
// is what the register `description` holds.
std::string write_register_package(const RegisterMap& map, std::uint32_t hash);
std::string write_register_header(const RegisterMap& map, std::uint32_t hash);
std::string write_register_page(const RegisterMap& map);

}  // namespace gradcore::isa

namespace gradcore::generate {

// sw/model/function_tables.h.
std::string write_tables(const std::vector<Section>& sections);
// rtl/pkg/function_tables_pkg.sv.
std::string write_table_package(const std::vector<Section>& sections);

}  // namespace gradcore::generate
