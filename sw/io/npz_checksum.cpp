// SPDX-License-Identifier: Apache-2.0
#include "sw/io/npz_checksum.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

namespace gradcore::io {

std::optional<std::uint32_t> crc32_of(std::istream& stream, std::uint64_t bytes) {
  std::vector<char> piece(std::size_t{1} << 18);
  uLong crc = ::crc32(0, nullptr, 0);
  while (bytes > 0) {
    const std::uint64_t count = std::min<std::uint64_t>(bytes, piece.size());
    if (!stream.read(piece.data(), static_cast<std::streamsize>(count))) return std::nullopt;
    crc = ::crc32(crc, reinterpret_cast<const Bytef*>(piece.data()), static_cast<uInt>(count));
    bytes -= count;
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace gradcore::io
