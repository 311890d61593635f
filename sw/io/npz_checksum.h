// SPDX-License-Identifier: Apache-2.0
// The comment at the end of a .npz file of ours (sw/io/npz.h): kChecksumLabel and the CRC-32 of
// everything before its digits, eight digits of hexadecimal.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string_view>

namespace gradcore::io {

inline constexpr std::string_view kChecksumLabel = "gradcore crc32 ";
inline constexpr std::size_t kChecksumDigits = 8;

// Of the next `bytes` of the stream; nothing if it ends before.
std::optional<std::uint32_t> crc32_of(std::istream& stream, std::uint64_t bytes);

}  // namespace gradcore::io
