// SPDX-License-Identifier: Apache-2.0
// The names of a description, which become those of several languages.
#pragma once

#include <string>

#include "sw/config/yaml_reader.h"

namespace gradcore::isa {

// What stands under "name": lower-case words joined by '_'. Anything else is a ConfigError.
std::string name_of(const config::Mapping& mapping);

// trans_x -> TransX
std::string camel_case(const std::string& name);

// In a table of Markdown '|' would end the cell.
std::string cell(const std::string& text);

}  // namespace gradcore::isa
