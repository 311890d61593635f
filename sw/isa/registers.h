// SPDX-License-Identifier: Apache-2.0
// Generated from sw/isa/registers.yaml by `make generate`: the registers that the host sees.
#pragma once

#include <cstdint>
#include <string_view>

namespace gradcore::isa::reg {

// Of a register: offset in bytes; of 64 bits where there is a high half at offset + 4.
struct Register {
  std::uint16_t offset = 0;
  std::uint8_t width = 32;
};

// Bits [lsb, lsb + width) of one.
struct Field {
  std::uint8_t lsb = 0, width = 1;

  constexpr std::uint32_t mask() const { return (0xFFFF'FFFFu >> (32 - width)) << lsb; }
  constexpr std::uint32_t of(std::uint32_t value) const { return (value & mask()) >> lsb; }
};

struct Counter {
  std::string_view name;
  Register at;
};

// What the host may do; kClear: writing 1 to a bit clears it.
enum class Access : std::uint8_t { kRead, kWrite, kReadWrite, kClear };

struct RegisterInfo {
  std::string_view name;
  Register at;
  Access access = Access::kRead;
  std::uint32_t reset = 0;  // of the low half; 0 where the chip's parameters decide
  std::uint32_t bits = 0;   // that exist, in each half; others read as 0
};

// clang-format off
inline constexpr std::uint32_t kDescriptionHash = 0x7361697bu;

inline constexpr Register kIdentity{0x000, 32};  // tells that this is the chip
inline constexpr Register kVersion{0x004, 32};  // of this map; the upper 16 bits change when software has to
inline constexpr Register kDescription{0x008, 32};  // the CRC-32 of the descriptions of instructions and registers that the chip was made from
inline constexpr Register kBuild{0x00c, 32};  // what the numerics depend on
inline constexpr Register kOperandKib{0x010, 32};  // size of operand memory in KiB
inline constexpr Register kAccumulatorKib{0x014, 32};  // size of accumulator memory in KiB
inline constexpr Register kControl{0x018, 32};  // writing 1 makes it happen
inline constexpr Register kStatus{0x01c, 32};  // after a reset all are 0
inline constexpr Register kProgramAddress{0x020, 64};  // of the first instruction, a multiple of 64
inline constexpr Register kError{0x028, 32};  // of the program that ended with an error
inline constexpr Register kErrorAddress{0x030, 64};  // of the instruction that was refused; after done: of halt
inline constexpr Register kInstructions{0x038, 64};  // carried out, halt included; after an error: those before it
inline constexpr Register kReadBase{0x040, 64};  // the window of DRAM that may be read, instructions included: lowest byte, a multiple of 16
inline constexpr Register kReadSize{0x048, 64};  // its size in bytes, a multiple of 16; 0 allows nothing
inline constexpr Register kWriteBase{0x050, 64};  // the window that may be written: likewise
inline constexpr Register kWriteSize{0x058, 64};  // likewise
inline constexpr Register kWatchdog{0x060, 32};  // cycles without progress after which the program ends with timeout; 0 is never
inline constexpr Register kInterruptEnable{0x064, 32};  // which of the events raise the interrupt
inline constexpr Register kInterruptStatus{0x068, 32};  // which have happened since they were last cleared
inline constexpr Register kErrorPosition{0x06c, 32};  // after the error `index`: which entry of the instruction's list it was, from 0 on; else 0
inline constexpr Register kErrorIndex{0x070, 32};  // likewise: the entry
inline constexpr Register kListEntries{0x074, 32};  // of list memory, numbers of 32 bits

inline constexpr std::uint32_t kResetIdentity = 0x47435254u;
inline constexpr std::uint32_t kResetVersion = 0x00010000u;
inline constexpr std::uint32_t kResetWatchdog = 0x01000000u;

namespace build {
inline constexpr Field kN{0, 8};  // the array is n x n
inline constexpr Field kF{8, 8};  // bits of an aligned product
}  // namespace build

namespace control {
inline constexpr Field kStart{0, 1};  // soft reset, then the program; nothing while one runs
inline constexpr Field kSoftReset{1, 1};  // ends whatever runs when DRAM owes no more answers; local memory and the host's registers stay
}  // namespace control

namespace status {
inline constexpr Field kRunning{0, 1};  // a program runs, or finishes what it has started
inline constexpr Field kDone{1, 1};  // it ended with halt
inline constexpr Field kError{2, 1};  // it ended with an error
inline constexpr Field kResetting{3, 1};  // waits for answers of DRAM before a reset
}  // namespace status

namespace error {
inline constexpr Field kCause{0, 8};  // `error` of the instruction set
inline constexpr Field kOperand{8, 4};  // which of the instruction's matrices, 1 is the first it names; 0 none
inline constexpr Field kUnit{12, 4};  // the instruction's unit: control 0, matrix 1, vector 2, load 3, store 4
}  // namespace error

namespace interrupt_enable {
inline constexpr Field kDone{0, 1};  // a program ended with halt
inline constexpr Field kError{1, 1};  // a program ended with an error
}  // namespace interrupt_enable

namespace interrupt_status {
inline constexpr Field kDone{0, 1};  // a program ended with halt
inline constexpr Field kError{1, 1};  // a program ended with an error
}  // namespace interrupt_status

namespace counter {
inline constexpr Register kCycles{0x100, 64};  // in which the program was running
inline constexpr Register kMatrixBusy{0x108, 64};  // the matrix unit works
inline constexpr Register kMatrixToken{0x110, 64};  // it has nothing in work, its next instruction waits for a token
inline constexpr Register kMatrixMemory{0x118, 64};  // it waits for memory
inline constexpr Register kMatrixIdle{0x120, 64};  // it has nothing in work and no instruction
inline constexpr Register kVectorBusy{0x128, 64};  // likewise for the vector unit
inline constexpr Register kVectorToken{0x130, 64};  // likewise
inline constexpr Register kVectorMemory{0x138, 64};  // likewise
inline constexpr Register kVectorIdle{0x140, 64};  // likewise
inline constexpr Register kLoadBusy{0x148, 64};  // likewise for loads
inline constexpr Register kLoadToken{0x150, 64};  // likewise
inline constexpr Register kLoadMemory{0x158, 64};  // likewise
inline constexpr Register kLoadIdle{0x160, 64};  // likewise
inline constexpr Register kStoreBusy{0x168, 64};  // likewise for stores
inline constexpr Register kStoreToken{0x170, 64};  // likewise
inline constexpr Register kStoreMemory{0x178, 64};  // likewise
inline constexpr Register kStoreIdle{0x180, 64};  // likewise
inline constexpr Register kMatrixStarved{0x188, 64};  // the matrix unit's queue is empty, and the program has not reached its end
inline constexpr Register kVectorStarved{0x190, 64};  // likewise for the vector unit
inline constexpr Register kLoadStarved{0x198, 64};  // likewise for loads
inline constexpr Register kStoreStarved{0x1a0, 64};  // likewise for stores
inline constexpr Register kReadBeats{0x1a8, 64};  // beats of 16 bytes read from DRAM, instructions included
inline constexpr Register kWriteBeats{0x1b0, 64};  // beats written to DRAM
}  // namespace counter

inline constexpr Counter kCounters[] = {
    {"cycles", counter::kCycles},
    {"matrix_busy", counter::kMatrixBusy},
    {"matrix_token", counter::kMatrixToken},
    {"matrix_memory", counter::kMatrixMemory},
    {"matrix_idle", counter::kMatrixIdle},
    {"vector_busy", counter::kVectorBusy},
    {"vector_token", counter::kVectorToken},
    {"vector_memory", counter::kVectorMemory},
    {"vector_idle", counter::kVectorIdle},
    {"load_busy", counter::kLoadBusy},
    {"load_token", counter::kLoadToken},
    {"load_memory", counter::kLoadMemory},
    {"load_idle", counter::kLoadIdle},
    {"store_busy", counter::kStoreBusy},
    {"store_token", counter::kStoreToken},
    {"store_memory", counter::kStoreMemory},
    {"store_idle", counter::kStoreIdle},
    {"matrix_starved", counter::kMatrixStarved},
    {"vector_starved", counter::kVectorStarved},
    {"load_starved", counter::kLoadStarved},
    {"store_starved", counter::kStoreStarved},
    {"read_beats", counter::kReadBeats},
    {"write_beats", counter::kWriteBeats},
};

inline constexpr RegisterInfo kRegisters[] = {
    {"identity", kIdentity, Access::kRead, 0x47435254u, 0xffffffffu},
    {"version", kVersion, Access::kRead, 0x00010000u, 0xffffffffu},
    {"description", kDescription, Access::kRead, 0x00000000u, 0xffffffffu},
    {"build", kBuild, Access::kRead, 0x00000000u, 0x0000ffffu},
    {"operand_kib", kOperandKib, Access::kRead, 0x00000000u, 0xffffffffu},
    {"accumulator_kib", kAccumulatorKib, Access::kRead, 0x00000000u, 0xffffffffu},
    {"control", kControl, Access::kWrite, 0x00000000u, 0x00000003u},
    {"status", kStatus, Access::kRead, 0x00000000u, 0x0000000fu},
    {"program_address", kProgramAddress, Access::kReadWrite, 0x00000000u, 0xffffffffu},
    {"error", kError, Access::kRead, 0x00000000u, 0x0000ffffu},
    {"error_address", kErrorAddress, Access::kRead, 0x00000000u, 0xffffffffu},
    {"instructions", kInstructions, Access::kRead, 0x00000000u, 0xffffffffu},
    {"read_base", kReadBase, Access::kReadWrite, 0x00000000u, 0xffffffffu},
    {"read_size", kReadSize, Access::kReadWrite, 0x00000000u, 0xffffffffu},
    {"write_base", kWriteBase, Access::kReadWrite, 0x00000000u, 0xffffffffu},
    {"write_size", kWriteSize, Access::kReadWrite, 0x00000000u, 0xffffffffu},
    {"watchdog", kWatchdog, Access::kReadWrite, 0x01000000u, 0xffffffffu},
    {"interrupt_enable", kInterruptEnable, Access::kReadWrite, 0x00000000u, 0x00000003u},
    {"interrupt_status", kInterruptStatus, Access::kClear, 0x00000000u, 0x00000003u},
    {"error_position", kErrorPosition, Access::kRead, 0x00000000u, 0xffffffffu},
    {"error_index", kErrorIndex, Access::kRead, 0x00000000u, 0xffffffffu},
    {"list_entries", kListEntries, Access::kRead, 0x00000000u, 0xffffffffu},
};
// clang-format on

}  // namespace gradcore::isa::reg
