// SPDX-License-Identifier: Apache-2.0
// Tests of memories: March C- and address-in-data, over windows of a memory.
//
// March C- (van de Goor: Using march tests to test SRAMs, IEEE Design & Test, 1993) finds stuck
// bits, bits that cannot change, and bits that another address changes: up (w0); up (r0, w1); up
// (r1, w0); down (r0, w1); down (r1, w0); any (r0).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace gradcore::bringup {

struct MarchElement {
  bool down = false;
  int reads = -1;   // background expected: 0, 1; -1 none
  int writes = -1;  // background written
};

inline constexpr std::array<MarchElement, 6> kMarchCMinus = {
    {{false, -1, 0}, {false, 0, 1}, {false, 1, 0}, {true, 0, 1}, {true, 1, 0}, {true, 0, -1}}};
// "March C-, down (r0, w1)".
std::string name_of(const MarchElement& element);

// Bytes [begin, end) of a memory.
struct MemoryWindow {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t bytes() const { return end - begin; }
};

// All of a memory if it has no more than `limit` bytes, else half of the limit at both ends;
// multiples of `granule`, at least one of them.
std::vector<MemoryWindow> windows_of(std::uint64_t bytes, std::uint64_t limit,
                                     std::uint64_t granule);
// "32 KiB", "128 KiB of 2048 KiB, at both ends".
std::string coverage(std::uint64_t bytes, const std::vector<MemoryWindow>& windows);

// What an address-in-data test writes at a byte address: words of 32 bits that hold their own
// address, spread over all bits, or its complement.
std::uint32_t address_word(std::uint64_t address, bool complement);
std::vector<std::byte> address_words(std::uint64_t begin, std::uint64_t bytes, bool complement);

// The first byte that differs: its place among them, and the bits.
struct BitError {
  std::size_t offset = 0;
  unsigned expected = 0, got = 0;  // of the byte
  std::size_t bad_bytes = 0;       // of all

  // The lowest bit of the byte that differs.
  unsigned bit() const;
};
// False when both are the same.
bool find_error(std::span<const std::byte> expected, std::span<const std::byte> got, BitError& out);

}  // namespace gradcore::bringup
