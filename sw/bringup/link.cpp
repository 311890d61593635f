// SPDX-License-Identifier: Apache-2.0
// Step `link`: is everything that the line carries there, and how fast?
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <vector>

#include "sw/bringup/checks.h"
#include "sw/bringup/failure.h"
#include "sw/train/random.h"

namespace gradcore::bringup {
namespace {

namespace reg = isa::reg;

// What the bridge has counted since the board's power-up.
struct BridgeCounts {
  std::uint64_t damaged = 0, repeated = 0, line_errors = 0;
};

BridgeCounts read_counts(runtime::ChipPort& port) {
  return {port.read(bridge::reg::kDamagedFrames), port.read(bridge::reg::kRepeatedRequests),
          port.read(bridge::reg::kLineErrors)};
}

// A register that can be written gives back what was written: an echo of 8 bytes that no memory
// takes part in.
void echo(runtime::ChipPort& port, std::uint64_t seed, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t sent = train::random_bits(seed, 0, i);
    port.write(reg::kProgramAddress, sent);
    const std::uint64_t got = port.read(reg::kProgramAddress);
    if (sent != got) {
      throw Failure(fmt::format("echo {}: expected {:016x}, got {:016x} in the register "
                                "program_address",
                                i, sent, got),
                    "frames have a CRC, so the line is not to blame: look at the chip's clock and "
                    "at the bus of its registers");
    }
  }
}

}  // namespace

std::string check_link(Board& board, const Settings& settings) {
  using Clock = std::chrono::steady_clock;
  constexpr unsigned kEchoes = 64, kTransfers = 8;
  runtime::ChipPort& port = board.port();
  const BridgeCounts before = read_counts(port);
  const bridge::LinkCounts link_before = board.counts();
  echo(port, settings.seed, kEchoes);

  // Throughput both ways. Every byte value is there, those that have to be escaped among them; what
  // memory makes of them is another step's business.
  std::vector<std::byte> bytes(bridge::kMaxData);
  std::uint64_t carried = 0;
  const Clock::time_point start = Clock::now();
  for (unsigned t = 0; t < kTransfers; ++t) {
    settings.observer();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::byte>(train::random_bits(settings.seed, 1 + t, i));
    }
    port.write_dram(0, bytes);
    port.read_dram(0, bytes);
    carried += 2 * bytes.size();
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();

  const BridgeCounts after = read_counts(port);
  const bridge::LinkCounts link = board.counts();
  const std::uint64_t requests = link.requests - link_before.requests;
  const std::uint64_t repeats = link.repeats - link_before.repeats;
  const std::string errors = fmt::format(
      "{} repeated, {} damaged on the way to the board and {} on the way back, {} bytes without a "
      "stop bit",
      repeats, after.damaged - before.damaged, link.damaged_answers - link_before.damaged_answers,
      after.line_errors - before.line_errors);
  if (100 * repeats > requests) {
    throw Failure(fmt::format("{} requests: {}; expected 1 % repeated at most", requests, errors),
                  "what is repeated is right in the end, only slow: try a shorter cable, another "
                  "port of the computer, a lower --baud with a design built for it");
  }
  return fmt::format("{} requests, {:.0f} bytes/s, {}", requests,
                     static_cast<double>(carried) / seconds,
                     repeats == 0 ? "none repeated or damaged" : errors);
}

}  // namespace gradcore::bringup
