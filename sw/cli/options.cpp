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

}  // namespace gradcore::cli
