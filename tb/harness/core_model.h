// SPDX-License-Identifier: Apache-2.0
// One Verilated core of any size behind plain pins: what differs between the generated classes
// ends here.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sw/device/device.h"

namespace gradcore::harness {

inline constexpr unsigned kMaxLanes = 32;
inline constexpr unsigned kCommandWords = 16;

// The names are those of the ports of rtl/top/gradcore.sv without their suffix.
struct CoreInputs {
  bool cmd_valid = false;
  std::array<std::uint32_t, kCommandWords> cmd{};
  bool rsp_ready = false;
  bool mem_valid = false;
  bool mem_write = false;
  std::uint32_t mem_address = 0;
  std::uint32_t mem_mask = 0;
  std::array<std::uint32_t, kMaxLanes> mem_data{};
  bool mem_ready = false;  // takes read data
};

struct CoreOutputs {
  bool cmd_ready = false;
  bool rsp_valid = false;
  std::uint64_t rsp = 0;
  bool mem_ready = false;
  bool mem_valid = false;  // read data
  bool busy = false;
};

// A vector of results on its way to accumulator memory, as the matrix unit writes it.
struct ResultWrite {
  bool valid = false;
  std::uint32_t tile = 0;   // of accumulator memory
  std::uint32_t index = 0;  // row of the tile, or column
  bool by_column = false;
  std::uint32_t mask = 0;
  std::array<std::uint32_t, kMaxLanes> data{};
};

// What leaves PE (row, column) downwards is what the next row holds; below the last row are the
// outputs of the array.
struct PartialSum {
  std::uint64_t sum = 0;  // sum_width(N, F) bits
  unsigned specials = 0;  // NaN, +infinity, -infinity from bit 2 down
};

// Registers of a PE, packed as in rtl/pkg and rtl/matrix/systolic_array.sv.
struct PeState {
  std::uint32_t streamed = 0, stationary = 0;  // operand_t
  std::uint64_t product = 0;                   // product_t
};

class CoreModel {
 public:
  virtual ~CoreModel() = default;

  // Applies the inputs, lets combinational outputs settle while the clock is low.
  virtual void settle(const CoreInputs& inputs, CoreOutputs& outputs) = 0;
  // The rising edge of the clock.
  virtual void edge() = 0;
  virtual void set_reset(bool active) = 0;
  // Lane `i` of the read data that settle() found valid.
  virtual std::uint32_t mem_data(unsigned lane) const = 0;
  // Assertions of the design that have failed so far.
  virtual unsigned assertion_failures() const = 0;

  // Waveforms: only traced models write any; the others throw std::logic_error.
  virtual void open_trace(const std::string& path) = 0;
  virtual void close_trace() = 0;
  // Of the last settle() or edge() in the waveform, in ns: 10 a cycle.
  virtual std::uint64_t time() const = 0;

  // The inside after settle(), likewise of traced models only.
  virtual bool vector_enters() const = 0;  // the matrix unit is granted a vector of X
  virtual ResultWrite result_write() const = 0;
  virtual PeState pe(unsigned row, unsigned column) const = 0;
  virtual PartialSum sum_into(unsigned row, unsigned column) const = 0;  // row <= N
};

// The cores built into this program (CMake: GRADCORE_CORES).
const std::vector<device::Hardware>& built_cores();

// Throws std::invalid_argument, with a list of the cores there are, if this is none of them.
std::unique_ptr<CoreModel> make_core_model(const device::Hardware& hardware, bool traced = false);

}  // namespace gradcore::harness
