// SPDX-License-Identifier: Apache-2.0
// DRAM behind an AXI4 port of 128 bits, with the delays and the moods of a real one.
//
// It knows no Verilated class: the bench copies AxiToMemory from the design's pins and
// AxiFromMemory to them. In each cycle:
//   drive(memory.outputs()); settle; in = sample(); rising edge; memory.cycle(in).
// All its outputs are registers. What it does depends on its settings and on its inputs only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "tb/harness/random_patterns.h"

namespace gradcore::harness {

inline constexpr unsigned kAxiBytes = 16;  // a beat
inline constexpr unsigned kAxiIds = 4;     // of the chip
inline constexpr unsigned kMaxAxiIds = 8;

enum class AxiResponse : std::uint8_t { kOkay = 0, kExOkay = 1, kSlvErr = 2, kDecErr = 3 };

using AxiBeat = std::array<std::uint32_t, kAxiBytes / 4>;  // least significant word first

struct AxiAddress {
  bool valid = false;
  std::uint32_t id = 0;
  std::uint64_t address = 0;
  std::uint32_t length = 0;  // beats - 1
};

// What the master drives.
struct AxiToMemory {
  AxiAddress ar, aw;
  bool r_ready = false, b_ready = false;
  bool w_valid = false, w_last = false;
  AxiBeat w_data{};
  std::uint32_t w_strobe = 0;
};

// What the memory drives.
struct AxiFromMemory {
  bool ar_ready = false, aw_ready = false, w_ready = false;
  bool r_valid = false, r_last = false;
  std::uint32_t r_id = 0;
  AxiBeat r_data{};
  AxiResponse r_resp = AxiResponse::kOkay;
  bool b_valid = false;
  std::uint32_t b_id = 0;
  AxiResponse b_resp = AxiResponse::kOkay;
};

// Bytes [begin, end) of the address space.
struct AxiRange {
  std::uint64_t begin = 0, end = 0;
  bool holds(std::uint64_t address) const { return address >= begin && address < end; }
};

// An answer other than OKAY: for beats that touch a range, or for all of one burst.
struct AxiFault {
  AxiResponse response = AxiResponse::kSlvErr;
  bool of_reads = true, of_writes = true;
  AxiRange range{};         // where `burst` is 0
  std::uint64_t burst = 0;  // the n-th read or write burst, from 1
};

// Probabilities, for each cycle, that a channel does nothing: 0 to 1.
struct AxiStalls {
  double ar = 0, r = 0, aw = 0, w = 0, b = 0;
};

struct AxiMemorySettings {
  std::uint64_t base = 0;       // address of the first byte; what lies outside answers DECERR
  unsigned latency = 40;        // cycles from taking an address to the first beat being valid
  unsigned write_latency = 20;  // from the last beat's writing to the answer being valid
  double bandwidth = 16;        // bytes a cycle, of reads and writes together
  AxiStalls stalls{};
  unsigned ids = kAxiIds;   // 0 to ids - 1, at most kMaxAxiIds
  double reorder = 0;       // probability that a burst of another id goes first
  bool interleave = false;  // beats of different ids mix
  unsigned max_reads = 64;  // bursts taken and not finished
  unsigned max_writes = 64;
  unsigned write_buffer = 32;  // beats taken and not yet written
  std::vector<AxiFault> faults{};
  std::uint64_t seed = 1;
};

struct AxiMemoryCounters {
  std::uint64_t cycles = 0;
  std::uint64_t read_bursts = 0, read_beats = 0;    // taken, presented and taken
  std::uint64_t write_bursts = 0, write_beats = 0;  // taken, written
  std::uint64_t max_reads = 0, max_writes = 0;      // outstanding at the same time
};

class AxiMemory {
 public:
  // `bytes` stays the caller's and holds what DRAM holds; it may be read and changed at any time.
  AxiMemory(std::span<std::byte> bytes, AxiMemorySettings settings);

  const AxiFromMemory& outputs() const { return out_; }
  // One rising edge: `in` is what the master drove with outputs() before it.
  void cycle(const AxiToMemory& in);
  // As a reset of the chip alone would leave it: nothing outstanding, nothing offered.
  void reset();
  bool is_idle() const { return reads_ == 0 && writes_ == 0 && buffer_.empty(); }

  const AxiMemoryCounters& counters() const { return counters_; }
  const AxiMemorySettings& settings() const { return settings_; }

  // From now on every byte that is written outside these ranges is noted.
  void watch_writes(std::vector<AxiRange> allowed);
  std::uint64_t stray_bytes() const { return stray_bytes_; }
  std::uint64_t first_stray() const { return first_stray_; }

 private:
  struct Burst {
    std::uint32_t id = 0;
    std::uint64_t address = 0;
    std::uint32_t beats = 0, done = 0;
    std::uint64_t due = 0;     // the cycle after which its first beat, or its answer, may be valid
    std::uint64_t number = 0;  // from 1
    AxiResponse response = AxiResponse::kOkay;
  };
  struct WriteBeat {
    AxiBeat data{};
    std::uint32_t strobe = 0;
  };

  bool happens(double probability);
  void take(const AxiToMemory& in);
  Burst* choose_read();
  bool present_read();
  bool write_beat();
  void present_answer();
  AxiResponse fault(std::uint64_t address, bool write, std::uint64_t burst) const;

  std::span<std::byte> bytes_;
  AxiMemorySettings settings_;
  RandomPatterns random_;
  AxiFromMemory out_;
  AxiMemoryCounters counters_;

  std::array<std::deque<Burst>, kMaxAxiIds> read_queues_;
  std::deque<std::uint32_t> read_order_;  // ids of bursts in the order in which they came
  int current_id_ = -1;                   // whose burst has begun and goes on
  std::deque<Burst> write_queue_;         // whose beats are not all written
  std::array<std::deque<Burst>, kMaxAxiIds> answers_;
  std::deque<WriteBeat> buffer_;
  std::uint64_t reads_ = 0, writes_ = 0;
  double credit_ = 0;
  bool write_first_ = false;

  std::vector<AxiRange> allowed_;
  bool is_watched_ = false;
  std::uint64_t stray_bytes_ = 0, first_stray_ = 0;
};

}  // namespace gradcore::harness
