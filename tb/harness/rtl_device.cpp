// SPDX-License-Identifier: Apache-2.0
#include "tb/harness/rtl_device.h"

#include <algorithm>
#include <string>

namespace gradcore::harness {

namespace {

constexpr unsigned kResetCycles = 4;
constexpr std::uint64_t kAccessLimit = 10'000'000;  // cycles that a host access may wait

std::uint64_t tiles(std::uint64_t size, unsigned n) { return (size + n - 1) / n; }

}  // namespace

RtlDevice::RtlDevice(const device::Hardware& hardware, bool traced)
    : RtlDevice(hardware, make_core_model(hardware, traced)) {}

RtlDevice::RtlDevice(const device::Hardware& hardware, std::unique_ptr<CoreModel> model)
    : hardware_(hardware), model_(std::move(model)) {
  model_->set_reset(true);
  for (unsigned i = 0; i < kResetCycles; ++i) {
    model_->settle(inputs_, outputs_);
    model_->edge();
  }
  model_->set_reset(false);
}

void RtlDevice::set_stalls(const Stalls& stalls) {
  stalls_ = stalls;
  random_ = stalls.seed * 2 + 1;
}

bool RtlDevice::chance(unsigned probability) {
  if (probability == 0) return false;
  random_ ^= random_ << 13;  // xorshift64 (Marsaglia 2003)
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return ((random_ >> 32) & 255) < probability;
}

void RtlDevice::cycle() {
  // A valid that was not taken stays; only new ones are held back.
  if (!inputs_.cmd_valid && !commands_.empty() && !chance(stalls_.command)) {
    inputs_.cmd_valid = true;
    inputs_.cmd = commands_.front();
  }
  if (requests_.empty() && chance(stalls_.traffic)) {
    MemoryRequest request;
    request.traffic = true;
    request.address = chance(128) ? device::kAccumulatorBase : 0;
    requests_.push_back(request);
  }
  if (!inputs_.mem_valid && !requests_.empty() && !chance(stalls_.memory_request)) {
    const MemoryRequest& request = requests_.front();
    inputs_.mem_valid = true;
    inputs_.mem_write = request.write;
    inputs_.mem_address = request.address;
    inputs_.mem_mask = request.mask;
    if (request.write) inputs_.mem_data = request.data;
  }
  inputs_.rsp_ready = !chance(stalls_.completion);
  inputs_.mem_ready = !chance(stalls_.memory_data);

  model_->settle(inputs_, outputs_);
  if (observer_) observer_();

  if (inputs_.cmd_valid && outputs_.cmd_ready) {
    inputs_.cmd_valid = false;
    commands_.pop_front();
  }
  if (inputs_.mem_valid && outputs_.mem_ready) {
    inputs_.mem_valid = false;
    if (!requests_.front().write) reads_.push_back(requests_.front().traffic);
    requests_.pop_front();
  }
  if (outputs_.rsp_valid && inputs_.rsp_ready) {
    completions_.push_back({.id = static_cast<std::uint32_t>(outputs_.rsp >> 6),
                            .error = static_cast<device::GemmError>(outputs_.rsp & 15),
                            .operand = static_cast<device::GemmOperand>((outputs_.rsp >> 4) & 3)});
  }
  if (outputs_.mem_valid && inputs_.mem_ready) {
    if (reads_.empty()) throw DesignError("read data arrived that nobody asked for");
    if (!reads_.front()) {
      std::array<std::uint32_t, kMaxLanes>& data = read_data_.emplace_back();
      for (unsigned i = 0; i < hardware_.n; ++i) data[i] = model_->mem_data(i);
    }
    reads_.pop_front();
  }
  counters_.cycles += 1;
  counters_.busy_cycles += outputs_.busy ? 1 : 0;

  model_->edge();
}

void RtlDevice::idle(std::uint64_t cycles) {
  for (std::uint64_t i = 0; i < cycles; ++i) cycle();
}

void RtlDevice::run_until(const std::function<bool()>& condition, std::uint64_t limit,
                          const char* what) {
  const std::uint64_t start = counters_.cycles;
  while (!condition()) {
    if (counters_.cycles - start > limit) {
      throw DesignError("the design hangs: no " + std::string(what) + " within " +
                        std::to_string(limit) + " cycles");
    }
    cycle();
  }
  if (model_->assertion_failures() != 0) {
    throw DesignError("the design has failed " + std::to_string(model_->assertion_failures()) +
                      " assertions");
  }
}

void RtlDevice::check_line(std::uint32_t address, std::size_t values) const {
  const bool accumulator = (address & device::kAccumulatorBase) != 0;
  const std::uint32_t offset = address & ~device::kAccumulatorBase;
  const std::uint32_t line = hardware_.n * (accumulator ? 4 : 2);
  const std::uint64_t size =
      std::uint64_t{1024} * (accumulator ? hardware_.accumulator_kib : hardware_.operand_kib);
  if (offset % line != 0 || offset >= size) {
    throw std::out_of_range("address " + std::to_string(address) + " is no line of local memory");
  }
  if (values != hardware_.n) {
    throw std::invalid_argument("a line holds " + std::to_string(hardware_.n) + " values");
  }
}

void RtlDevice::write_line(std::uint32_t address, std::span<const std::uint32_t> values,
                           std::uint32_t lane_mask) {
  check_line(address, values.size());
  MemoryRequest& request = requests_.emplace_back();
  request.write = true;
  request.address = address;
  request.mask = lane_mask;
  std::copy(values.begin(), values.end(), request.data.begin());
  run_until([this] { return requests_.empty(); }, kAccessLimit, "access to local memory");
}

void RtlDevice::read_line(std::uint32_t address, std::span<std::uint32_t> values) {
  check_line(address, values.size());
  requests_.emplace_back().address = address;
  run_until([this] { return !read_data_.empty(); }, kAccessLimit, "read data");
  std::copy_n(read_data_.front().begin(), values.size(), values.begin());
  read_data_.pop_front();
}

std::array<std::uint32_t, kCommandWords> RtlDevice::encode(const device::GemmCommand& command) {
  const std::uint32_t flags = (command.trans_x ? 1u : 0u) | (command.trans_w ? 2u : 0u) |
                              (command.trans_y ? 4u : 0u) | (command.accumulate ? 8u : 0u);
  return {flags,
          command.id,
          command.m,
          command.k,
          command.n,
          command.batch,
          command.x.batch_stride,
          command.x.row_stride,
          command.x.address,
          command.w.batch_stride,
          command.w.row_stride,
          command.w.address,
          command.y.batch_stride,
          command.y.row_stride,
          command.y.address,
          0};
}

void RtlDevice::submit_words(const std::array<std::uint32_t, kCommandWords>& words) {
  const unsigned n = hardware_.n;
  const std::uint64_t cycles = (words[2] + n) * tiles(words[3], n) * tiles(words[4], n);
  expected_cycles_ += 1000 + std::min<std::uint64_t>(cycles, 1u << 30) * 16 *
                                 std::min<std::uint64_t>(words[5], 1u << 20);
  commands_.push_back(words);
  ++outstanding_;
  run_until([this] { return commands_.empty(); }, expected_cycles_ + kAccessLimit,
            "acceptance of a command");
}

void RtlDevice::submit(const device::GemmCommand& command) { submit_words(encode(command)); }

device::Completion RtlDevice::wait() {
  if (outstanding_ == 0) throw std::logic_error("no command to wait for");
  run_until([this] { return !completions_.empty(); }, expected_cycles_, "completion");
  const device::Completion completion = completions_.front();
  completions_.pop_front();
  if (--outstanding_ == 0) expected_cycles_ = 0;
  return completion;
}

}  // namespace gradcore::harness
