// SPDX-License-Identifier: Apache-2.0
#include "sw/bringup/march.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace gradcore::bringup {

std::string name_of(const MarchElement& element) {
  std::string out;
  if (element.reads >= 0) out += fmt::format("r{}", element.reads);
  if (element.writes >= 0) out += fmt::format("{}w{}", out.empty() ? "" : ", ", element.writes);
  return fmt::format("March C-, {} ({})", element.down ? "down" : "up", out);
}

std::vector<MemoryWindow> windows_of(std::uint64_t bytes, std::uint64_t limit,
                                     std::uint64_t granule) {
  if (bytes <= limit) return {{0, bytes / granule * granule}};
  const std::uint64_t half = std::max(limit / 2 / granule, std::uint64_t{1}) * granule;
  const std::uint64_t end = bytes / granule * granule;
  if (2 * half >= end) return {{0, end}};
  return {{0, half}, {end - half, end}};
}

std::string coverage(std::uint64_t bytes, const std::vector<MemoryWindow>& windows) {
  std::uint64_t tested = 0;
  for (const MemoryWindow& window : windows) tested += window.bytes();
  if (windows.size() == 1) return fmt::format("{} KiB", tested >> 10);
  return fmt::format("{} KiB of {} KiB, at both ends", tested >> 10, bytes >> 10);
}

std::uint32_t address_word(std::uint64_t address, bool complement) {
  // An odd factor keeps all addresses different and puts every bit of them into many bits.
  const auto word = static_cast<std::uint32_t>(address / 4) * 0x9E37'79B1u;
  return complement ? ~word : word;
}

std::vector<std::byte> address_words(std::uint64_t begin, std::uint64_t bytes, bool complement) {
  std::vector<std::byte> out(bytes);
  for (std::uint64_t i = 0; i < bytes; ++i) {
    const std::uint64_t address = begin + i;
    out[i] = static_cast<std::byte>(address_word(address & ~std::uint64_t{3}, complement) >>
                                    (8 * (address % 4)));
  }
  return out;
}

unsigned BitError::bit() const {
  return static_cast<unsigned>(std::countr_zero((expected ^ got) | 0x100u));
}

bool find_error(std::span<const std::byte> expected, std::span<const std::byte> got,
                BitError& out) {
  out = {};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] == got[i]) continue;
    if (out.bad_bytes == 0) {
      out.offset = i;
      out.expected = std::to_integer<unsigned>(expected[i]);
      out.got = std::to_integer<unsigned>(got[i]);
    }
    ++out.bad_bytes;
  }
  return out.bad_bytes > 0;
}

}  // namespace gradcore::bringup
