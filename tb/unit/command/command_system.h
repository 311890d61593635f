// SPDX-License-Identifier: Apache-2.0
// What CommandSystem does in a cycle, and the host's accesses.
#pragma once

#include <algorithm>

#include "tb/unit/command/command_bench.h"

namespace gradcore::harness {

inline constexpr unsigned kBeats = 4;

inline void CommandSystem::cycle() {
  Vcommand_bench& chip = *bench_.operator->();
  // DRAM.
  chip.beat_valid_i = 0;
  if (!dram_.queue.empty() && dram_.queue.front().at <= now_ && !dram_.dead &&
      (dram_.pause == 0 || random_.one_in(dram_.pause + 1))) {
    const Dram::Request& request = dram_.queue.front();
    const std::uint64_t word = request.address / 4 + request.beat * 4;
    const bool exists = word + 4 <= dram_.words.size();
    chip.beat_valid_i = 1;
    chip.beat_last_i = request.beat == kBeats - 1;
    chip.beat_resp_i = !exists ? 3 : request.address == dram_.fails_at ? 2 : 0;
    for (unsigned i = 0; i < 4; ++i) {
      chip.beat_data_i[i] = exists ? dram_.words[word + i] : random_.bits32();
    }
  }
  chip.fetch_ready_i = dram_.queue.size() < 16 && !held();
  drive_units();
  bench_.settle();
  if (chip.beat_valid_i != 0 && chip.beat_ready_o != 0 && ++dram_.queue.front().beat == kBeats) {
    dram_.queue.pop_front();
  }
  if (chip.fetch_valid_o != 0 && chip.fetch_ready_i != 0) {
    EXPECT_EQ(chip.fetch_length_o, kBeats - 1);
    dram_.queue.push_back({chip.fetch_address_o, now_ + dram_.latency, 0});
    dram_.on_read(chip.fetch_address_o);
    ++dram_.reads;
  }
  watch_units();
  bench_.edge();
  ++now_;
}

inline void CommandSystem::drive_units() {
  Vcommand_bench& chip = *bench_.operator->();
  for (unsigned u = 0; u < 4; ++u) {
    UnitModel& unit = units_[u];
    chip.unit_ready_i[u] = unit.keys.size() < unit.capacity && !held();
    const bool done = !unit.keys.empty() && !unit.stuck && unit.left == 0;
    chip.unit_done_i[u] = done;
    const bool fails = done && unit.keys.front() == unit.fails_at;
    chip.unit_error_i[u] = fails && (unit.bad_list == 0 || random_.one_in(2));
    chip.unit_fault_i[u] =
        fails && unit.bad_list != 0 ? std::uint64_t{1} << 44 | unit.bad_list : random_.bits() >> 20;
    chip.unit_stalled_i[u] = !unit.keys.empty() && (unit.stuck || unit.left % 4 == 1);
  }
}

inline void CommandSystem::watch_units() {
  Vcommand_bench& chip = *bench_.operator->();
  for (unsigned u = 0; u < 4; ++u) {
    UnitModel& unit = units_[u];
    if (chip.units_rst_no == 0) {
      unit.keys.clear();
      unit.has_offer = false;
      running_[u].clear();
      continue;
    }
    const auto duration = [&] { return random_.below(unit.slowest); };
    if (chip.unit_done_i[u] != 0) {
      started_[running_[u].front()].done = now_;
      running_[u].pop_front();
      unit.keys.pop_front();
      unit.left = duration();
    } else if (unit.left > 0) {
      --unit.left;
    }
    if (chip.unit_valid_o[u] != 0 && !unit.has_offer) unit.offered = now_;
    unit.has_offer = chip.unit_valid_o[u] != 0;
    if (chip.unit_valid_o[u] != 0 && chip.unit_ready_i[u] != 0) {
      unit.has_offer = false;
      if (unit.keys.empty()) unit.left = std::max(1u, duration());  // no unit is done at once
      unit.keys.push_back(chip.unit_key_o[u]);
      running_[u].push_back(started_.size());
      started_.push_back({u, chip.unit_key_o[u], unit.offered, now_, 0});
    }
  }
}

inline unsigned CommandSystem::write(std::uint32_t offset, std::uint32_t value, unsigned strobe) {
  Vcommand_bench& chip = *bench_.operator->();
  unsigned address_in = stalls_ == 0 ? 0 : random_.below(stalls_ + 1);  // cycles to the channels
  unsigned data_in = stalls_ == 0 ? 0 : random_.below(stalls_ + 1);
  bool address_taken = false, data_taken = false;
  for (unsigned i = 0; i < 1000; ++i) {
    chip.aw_valid_i = !address_taken && address_in == 0;
    chip.aw_address_i = static_cast<SData>(offset);
    chip.w_valid_i = !data_taken && data_in == 0;
    chip.w_data_i = value;
    chip.w_strobe_i = static_cast<CData>(strobe);
    chip.b_ready_i = !held();
    bench_.settle();
    address_taken |= chip.aw_valid_i != 0 && chip.aw_ready_o != 0;
    data_taken |= chip.w_valid_i != 0 && chip.w_ready_o != 0;
    const bool answered = chip.b_valid_o != 0 && chip.b_ready_i != 0;
    const unsigned resp = chip.b_resp_o;
    cycle();
    if (address_in > 0) --address_in;
    if (data_in > 0) --data_in;
    if (!answered) continue;
    chip.aw_valid_i = chip.w_valid_i = chip.b_ready_i = 0;
    return resp;
  }
  ADD_FAILURE() << "no answer to a write";
  return ~0u;
}

inline CommandSystem::Answer CommandSystem::read(std::uint32_t offset) {
  Vcommand_bench& chip = *bench_.operator->();
  bool taken = false;
  for (unsigned i = 0; i < 1000; ++i) {
    chip.ar_valid_i = !taken;
    chip.ar_address_i = static_cast<SData>(offset);
    chip.r_ready_i = !held();
    bench_.settle();
    taken |= chip.ar_valid_i != 0 && chip.ar_ready_o != 0;
    const bool answered = chip.r_valid_o != 0 && chip.r_ready_i != 0;
    const Answer answer{chip.r_data_o, chip.r_resp_o};
    cycle();
    if (!answered) continue;
    chip.ar_valid_i = chip.r_ready_i = 0;
    return answer;
  }
  ADD_FAILURE() << "no answer to a read";
  return {};
}

inline void CommandSystem::load(const isa::Program& program, std::uint64_t address) {
  std::size_t word = address / 4;
  for (const isa::Instruction& instruction : program) {
    for (const std::uint32_t value : instruction.words()) dram_.words.at(word++) = value;
  }
}

inline void CommandSystem::open_windows() {
  const std::uint64_t bytes = dram_.words.size() * 4;
  put64(reg::kReadBase, 0);
  put64(reg::kReadSize, bytes);
  put64(reg::kWriteBase, 0);
  put64(reg::kWriteSize, bytes);
}

inline void CommandSystem::start(std::uint64_t address) {
  put64(reg::kProgramAddress, address);
  started_.clear();
  write(reg::kControl.offset, reg::control::kStart.mask());
}

inline bool CommandSystem::wait(std::uint64_t limit) {
  const std::uint64_t end = now_ + limit;
  while (now_ < end) {
    for (unsigned i = 0; i < 20; ++i) cycle();
    const std::uint32_t status = get(reg::kStatus);
    if ((status & (reg::status::kDone.mask() | reg::status::kError.mask())) != 0) return true;
  }
  return false;
}

}  // namespace gradcore::harness
