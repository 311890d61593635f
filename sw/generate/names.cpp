// SPDX-License-Identifier: Apache-2.0
#include "sw/generate/names.h"

#include <algorithm>

namespace gradcore::isa {

std::string name_of(const config::Mapping& mapping) {
  const config::Value value = mapping.require("name");
  const std::string name = value.text();
  const bool good = !name.empty() && name.front() >= 'a' && name.front() <= 'z' &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                    });
  if (!good) value.fail("expected lower-case letters, digits and '_'");
  return name;
}

std::string camel_case(const std::string& name) {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return out;
}

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

}  // namespace gradcore::isa
