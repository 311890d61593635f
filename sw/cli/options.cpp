// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/options.h"

#include <fmt/format.h>

#include <charconv>
#include <string>

namespace gradcore::cli {

CLI::Validator whole_number(std::uint64_t lowest, std::uint64_t highest) {
  const auto check = [lowest, highest](const std::string& text) -> std::string {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool has_octal_look = text.size() > 1 && text[0] == '0';
    if (error == std::errc() && stop == end && !has_octal_look && value >= lowest &&
        value <= highest) {
      return "";
    }
    return fmt::format("'{}' is not a whole number from {} to {}", text, lowest, highest);
  };
  return {check, fmt::format("{}..{}", lowest, highest), "whole number"};
}

CLI::Validator array_size() {
  const auto check = [](const std::string& text) -> std::string {
    if (text == "4" || text == "8" || text == "16" || text == "32") return "";
    return fmt::format("'{}' is no size of the array, expected 4, 8, 16 or 32", text);
  };
  return {check, "4|8|16|32", "array size"};
}

}  // namespace gradcore::cli
