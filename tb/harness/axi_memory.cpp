// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/axi_memory.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace gradcore::harness {

AxiMemory::AxiMemory(std::span<std::byte> bytes, AxiMemorySettings settings)
    : bytes_(bytes), settings_(std::move(settings)), random_(settings_.seed) {
  if (settings_.bandwidth <= 0) throw std::invalid_argument("bandwidth must be above 0");
  if (settings_.latency == 0 || settings_.write_latency == 0) {
    throw std::invalid_argument("latencies are at least 1 cycle");
  }
  if (settings_.max_reads == 0 || settings_.max_writes == 0 || settings_.write_buffer == 0) {
    throw std::invalid_argument("limits are at least 1");
  }
  if (settings_.ids == 0 || settings_.ids > kMaxAxiIds) {
    throw std::invalid_argument("there are 1 to 8 ids");
  }
}

void AxiMemory::reset() {
  out_ = {};
  for (auto& queue : read_queues_) queue.clear();
  for (auto& queue : answers_) queue.clear();
  read_order_.clear();
  current_id_ = -1;
  write_queue_.clear();
  buffer_.clear();
  reads_ = writes_ = 0;
}

void AxiMemory::watch_writes(std::vector<AxiRange> allowed) {
  allowed_ = std::move(allowed);
  is_watched_ = true;
  stray_bytes_ = first_stray_ = 0;
}

bool AxiMemory::happens(double probability) {
  return probability > 0 && static_cast<double>(random_.bits32()) < probability * 4294967296.0;
}

void AxiMemory::cycle(const AxiToMemory& in) {
  ++counters_.cycles;
  take(in);

  // The data bus: one beat each way at most, as far as the bandwidth goes, in turns.
  credit_ = std::min(credit_ + settings_.bandwidth, std::max(settings_.bandwidth, 16.0) + 16.0);
  const bool write_first = write_first_;
  for (const bool write : {write_first, !write_first}) {
    if (credit_ < kAxiBytes || !(write ? write_beat() : present_read())) continue;
    credit_ -= kAxiBytes;
    write_first_ = !write;
  }
  present_answer();

  out_.ar_ready = reads_ < settings_.max_reads && !happens(settings_.stalls.ar);
  out_.aw_ready = writes_ < settings_.max_writes && !happens(settings_.stalls.aw);
  out_.w_ready = buffer_.size() < settings_.write_buffer && !happens(settings_.stalls.w);
}

// What the handshakes of this edge move.
void AxiMemory::take(const AxiToMemory& in) {
  if (out_.r_valid && in.r_ready) {
    out_.r_valid = false;
    ++counters_.read_beats;
    if (out_.r_last) --reads_;
  }
  if (out_.b_valid && in.b_ready) {
    out_.b_valid = false;
    --writes_;
  }
  if (in.ar.valid && out_.ar_ready) {
    ++counters_.read_bursts;
    read_queues_[in.ar.id].push_back({.id = in.ar.id,
                                      .address = in.ar.address,
                                      .beats = in.ar.length + 1,
                                      .due = counters_.cycles + settings_.latency - 1,
                                      .number = counters_.read_bursts});
    read_order_.push_back(in.ar.id);
    counters_.max_reads = std::max(counters_.max_reads, ++reads_);
  }
  if (in.aw.valid && out_.aw_ready) {
    ++counters_.write_bursts;
    write_queue_.push_back({.id = in.aw.id,
                            .address = in.aw.address,
                            .beats = in.aw.length + 1,
                            .number = counters_.write_bursts});
    counters_.max_writes = std::max(counters_.max_writes, ++writes_);
  }
  if (in.w_valid && out_.w_ready) buffer_.push_back({in.w_data, in.w_strobe});
}

// The burst that the next beat belongs to; null if none is due.
AxiMemory::Burst* AxiMemory::choose_read() {
  if (current_id_ >= 0 && !settings_.interleave) return &read_queues_[current_id_].front();
  const auto is_due = [&](std::uint32_t id) {
    return !read_queues_[id].empty() && read_queues_[id].front().due <= counters_.cycles;
  };
  if (read_order_.empty()) return nullptr;
  std::uint32_t id = read_order_.front();
  if (happens(settings_.reorder)) id = random_.below(settings_.ids);
  for (unsigned i = 0; i < settings_.ids && !is_due(id); ++i) id = (id + 1) % settings_.ids;
  // Bursts of one id are due in their order, but the oldest of all is the one that waits first.
  if (!is_due(id)) return nullptr;
  if (settings_.reorder <= 0 && !settings_.interleave && id != read_order_.front()) return nullptr;
  return &read_queues_[id].front();
}

bool AxiMemory::present_read() {
  if (out_.r_valid) return false;
  Burst* const burst = choose_read();
  if (burst == nullptr || happens(settings_.stalls.r)) return false;
  const std::uint64_t address = burst->address + std::uint64_t{kAxiBytes} * burst->done;
  out_.r_valid = true;
  out_.r_id = burst->id;
  out_.r_resp = fault(address, false, burst->number);
  out_.r_data = {};
  if (out_.r_resp == AxiResponse::kOkay) {
    std::memcpy(out_.r_data.data(), &bytes_[address - settings_.base], kAxiBytes);
  }
  out_.r_last = ++burst->done == burst->beats;
  current_id_ = out_.r_last ? -1 : static_cast<int>(burst->id);
  if (out_.r_last) {
    const std::uint32_t id = burst->id;
    read_queues_[id].pop_front();
    read_order_.erase(std::find(read_order_.begin(), read_order_.end(), id));
  }
  return true;
}

// Writes the oldest beat, once its address has come.
bool AxiMemory::write_beat() {
  if (buffer_.empty() || write_queue_.empty()) return false;
  Burst& burst = write_queue_.front();
  const WriteBeat beat = buffer_.front();
  buffer_.pop_front();
  const std::uint64_t address = burst.address + std::uint64_t{kAxiBytes} * burst.done;
  const AxiResponse response = fault(address, true, burst.number);
  burst.response = std::max(burst.response, response);
  for (unsigned i = 0; i < kAxiBytes; ++i) {
    if (((beat.strobe >> i) & 1u) == 0) continue;
    const std::uint64_t at = address + i;
    if (is_watched_ && std::none_of(allowed_.begin(), allowed_.end(),
                                    [&](const AxiRange& range) { return range.holds(at); })) {
      if (stray_bytes_++ == 0) first_stray_ = at;
    }
    if (response == AxiResponse::kOkay) {
      bytes_[at - settings_.base] = static_cast<std::byte>(beat.data[i / 4] >> (8 * (i % 4)));
    }
  }
  ++counters_.write_beats;
  if (++burst.done == burst.beats) {
    burst.due = counters_.cycles + settings_.write_latency - 1;
    answers_[burst.id].push_back(burst);
    write_queue_.pop_front();
  }
  return true;
}

void AxiMemory::present_answer() {
  if (out_.b_valid) return;
  const std::uint32_t start = settings_.reorder > 0 ? random_.below(settings_.ids) : 0;
  for (unsigned i = 0; i < settings_.ids; ++i) {
    auto& queue = answers_[(start + i) % settings_.ids];
    if (queue.empty() || queue.front().due > counters_.cycles) continue;
    if (happens(settings_.stalls.b)) return;
    out_.b_valid = true;
    out_.b_id = queue.front().id;
    out_.b_resp = queue.front().response;
    queue.pop_front();
    return;
  }
}

AxiResponse AxiMemory::fault(std::uint64_t address, bool write, std::uint64_t burst) const {
  AxiResponse worst = AxiResponse::kOkay;
  const std::uint64_t offset = address - settings_.base;
  if (address < settings_.base || offset > bytes_.size() || bytes_.size() - offset < kAxiBytes) {
    worst = AxiResponse::kDecErr;
  }
  for (const AxiFault& fault : settings_.faults) {
    if (!(write ? fault.of_writes : fault.of_reads)) continue;
    const bool touches =
        address < fault.range.end && fault.range.begin <= address + (kAxiBytes - 1);
    if (fault.burst != 0 ? fault.burst == burst : touches) worst = std::max(worst, fault.response);
  }
  return worst;
}

}  // namespace gradcore::harness
