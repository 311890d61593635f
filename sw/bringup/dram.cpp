// SPDX-License-Identifier: Apache-2.0
// Step `dram`: the board's memory, written and read by the host.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sw/bringup/budget.h"
#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/bringup/march.h"

namespace gradcore::bringup {
namespace {

constexpr std::byte kBackgrounds[] = {std::byte{0}, std::byte{0xFF}};

class DramTest {
 public:
  DramTest(runtime::Device& device, const Settings& settings, std::vector<MemoryWindow> windows)
      : device_(device), settings_(settings), windows_(std::move(windows)) {}

  // One word at 0 and at every power of two: an address line that is stuck, or tied to another one,
  // makes two of these one.
  void address_lines() {
    std::vector<std::uint64_t> places = {0};
    for (std::uint64_t at = 4; at < device_.dram_bytes(); at *= 2) places.push_back(at);
    for (const bool complement : {false, true}) {
      const auto word = [complement](std::uint64_t at) { return address_words(at, 4, complement); };
      for (const std::uint64_t at : places) device_.write(at, word(at + 4));
      for (const std::uint64_t at : places) expect(at, word(at + 4), "walking address");
    }
  }

  void address_in_data(bool complement) {
    const std::string phase = complement ? "complement of the address in data" : "address in data";
    each_block(false, [&](std::uint64_t at, std::uint64_t bytes) {
      device_.write(at, address_words(at, bytes, complement));
    });
    each_block(false, [&](std::uint64_t at, std::uint64_t bytes) {
      expect(at, address_words(at, bytes, complement), phase);
    });
  }

  // A block at a time is read and written: a request for every word would take hours.
  void march() {
    for (const MarchElement& element : kMarchCMinus) {
      each_block(element.down, [&](std::uint64_t at, std::uint64_t bytes) {
        const auto background = [bytes](int which) {
          return std::vector<std::byte>(bytes, kBackgrounds[which]);
        };
        if (element.reads >= 0) expect(at, background(element.reads), name_of(element));
        if (element.writes >= 0) device_.write(at, background(element.writes));
      });
    }
  }

  // Single bytes at odd addresses: strobes of the bus.
  void bytes_alone() {
    constexpr std::uint64_t kBytes = 64;
    std::vector<std::byte> want(kBytes, std::byte{0xFF});
    device_.write(0, want);
    for (std::uint64_t at = 0; at < kBytes; at += 3) {
      want[at] = static_cast<std::byte>(at);
      device_.write(at, std::span(want).subspan(at, 1));
    }
    expect(0, want, "single bytes");
  }

 private:
  template <typename Work>
  void each_block(bool down, Work work) {
    constexpr std::uint64_t kBlock = 1024;
    std::vector<MemoryWindow> blocks;
    for (const MemoryWindow& window : windows_) {
      for (std::uint64_t at = window.begin; at < window.end; at += kBlock) {
        blocks.push_back({at, std::min(at + kBlock, window.end)});
      }
    }
    if (down) std::reverse(blocks.begin(), blocks.end());
    for (const MemoryWindow& block : blocks) {
      settings_.observer();
      work(block.begin, block.bytes());
    }
  }

  void expect(std::uint64_t at, const std::vector<std::byte>& want, const std::string& phase) {
    std::vector<std::byte> got(want.size());
    device_.read(at, got);
    BitError error;
    if (!find_error(want, got, error)) return;
    throw Failure(
        fmt::format("DRAM at 0x{:x}, bit {}: expected 0x{:02x}, got 0x{:02x} ({}; {} of {} bytes "
                    "from 0x{:x} on differ)",
                    at + error.offset, error.bit(), error.expected, error.got, phase,
                    error.bad_bytes, want.size(), at),
        error.bad_bytes > 1
            ? "one bit wrong at many addresses is a data line or a time that is too short; whole "
              "words wrong are an address line"
            : "one bad bit is a cell, or a write that something else disturbs: repeat the step, "
              "and "
              "see whether it stays there");
  }

  runtime::Device& device_;
  const Settings& settings_;
  std::vector<MemoryWindow> windows_;
};

}  // namespace

std::string check_dram(Board& board, const Settings& settings) {
  constexpr unsigned kPasses = 14;  // ten of March C-, four of addresses
  constexpr std::uint64_t kGranule = 64;
  runtime::Device& device = board.device();
  const std::uint64_t bytes = device.dram_bytes();
  const std::vector<MemoryWindow> windows =
      windows_of(bytes, memory_budget(device, settings, kPasses), kGranule);
  DramTest test(device, settings, windows);
  test.bytes_alone();
  test.address_lines();
  test.address_in_data(false);
  test.address_in_data(true);
  test.march();
  return fmt::format("{}, March C- and addresses", coverage(bytes, windows));
}

}  // namespace gradcore::bringup
