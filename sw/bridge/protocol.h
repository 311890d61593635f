// SPDX-License-Identifier: Apache-2.0
// Generated from sw/bridge/protocol.yaml by `make generate`: the serial protocol.
#pragma once

#include <cstdint>

#include "sw/isa/registers.h"

namespace gradcore::bridge {

// clang-format off
inline constexpr std::uint32_t kProtocolVersion = 0x1;  // of all this; hello tells it
inline constexpr std::uint32_t kFlag = 0x7e;  // begins and ends a frame, and is nowhere inside
inline constexpr std::uint32_t kEscape = 0x7d;  // the byte that follows is to be taken with escape_flip
inline constexpr std::uint32_t kEscapeFlip = 0x20;  // exclusive or, of a byte after escape
inline constexpr std::uint32_t kMaxData = 0x800;  // bytes of data in a frame at most
inline constexpr std::uint32_t kCrcPolynomial = 0xedb88320;  // CRC-32 as zlib has it, lowest bit first
inline constexpr std::uint32_t kCrcResidue = 0xdebb20e3;  // the CRC's register after a frame with its own CRC behind it
inline constexpr unsigned kHeaderBytes = 8;

// The lowest byte of each comes first.
struct Header {
  std::uint8_t code = 0;  // request: which; answer: status. Bit 7: `length` bytes of data follow the header
  std::uint8_t number = 0;  // counts requests, one more than that of the one before; its answer has the same
  std::uint16_t length = 0;  // bytes that the request is about
  std::uint32_t address = 0;  // of the first of them; of an answer that tells an error: where it was

  // field(value, bytes) for each in its order.
  template <typename Self, typename Visit>
  static void each(Self& self, Visit visit) {
    visit(self.code, 1u);
    visit(self.number, 1u);
    visit(self.length, 2u);
    visit(self.address, 4u);
  }
};

enum class Request : std::uint8_t {
  kHello = 0x01,  // begins a session, whatever the number. `length`: the host's protocol version, `address`: any number; the answer has the board's version and the same number
  kReset = 0x02,  // resets all of the board but the bridge
  kReadRegisters = 0x03,  // `length` and `address` are multiples of 4; ascending
  kReadMemory = 0x04,  // any address, any length
  kWriteRegisters = 0x85,  // `length` and `address` are multiples of 4; ascending
  kWriteMemory = 0x86,  // any address, any length
};

enum class Status : std::uint8_t {
  kOk = 0x00,  // done; the answer to a read has its data
  kDamaged = 0x01,  // a frame came damaged: repeat it. `number` and `address` mean nothing
  kNoSession = 0x02,  // no hello since the board's power-up: nothing done
  kOutOfSequence = 0x03,  // neither the last request nor the next one: nothing done. `length`: the last request carried out
  kUnknownRequest = 0x04,  // nothing done
  kBadLength = 0x05,  // 0, more than max_data or no multiple of 4: nothing done
  kBadAddress = 0x06,  // no multiple of 4, or beyond the end: nothing done
  kBusError = 0x07,  // what lies at `address` refused; what is before it is done
  kBusTimeout = 0x08,  // what lies at `address` does not answer, nor will anything before a reset
};

// The bridge's registers.
namespace reg {
inline constexpr isa::reg::Register kIdentity{0x1000, 32};  // tells that this is a bridge
inline constexpr std::uint32_t kIdentityValue = 0x42524347u;
inline constexpr isa::reg::Register kMemoryKib{0x1004, 32};  // size of the memory behind it in KiB
inline constexpr isa::reg::Register kClockKhz{0x1008, 32};  // the board's clock
inline constexpr isa::reg::Register kState{0x100c, 32};  // as it is now
inline constexpr isa::reg::Field kStateInterrupt{0, 1};  // the chip's interrupt is pending
inline constexpr isa::reg::Register kCycles{0x1010, 64};  // of the clock since the board's power-up
inline constexpr isa::reg::Register kDamagedFrames{0x1018, 32};  // frames that came damaged
inline constexpr isa::reg::Register kRepeatedRequests{0x101c, 32};  // requests that came again after they were carried out
inline constexpr isa::reg::Register kLineErrors{0x1020, 32};  // bytes without a stop bit
}  // namespace reg
// clang-format on

}  // namespace gradcore::bridge
