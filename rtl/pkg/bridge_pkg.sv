// SPDX-License-Identifier: Apache-2.0
// Generated from sw/bridge/protocol.yaml by `make generate`: the serial protocol.
package bridge_pkg;

  localparam logic [31:0] ProtocolVersion = 32'h00000001;  // of all this; hello tells it
  localparam logic [31:0] Flag = 32'h0000007e;  // begins and ends a frame, and is nowhere inside
  localparam logic [31:0] Escape = 32'h0000007d;  // the byte that follows is to be taken with escape_flip
  localparam logic [31:0] EscapeFlip = 32'h00000020;  // exclusive or, of a byte after escape
  localparam logic [31:0] MaxData = 32'h00000800;  // bytes of data in a frame at most
  localparam logic [31:0] CrcPolynomial = 32'hedb88320;  // CRC-32 as zlib has it, lowest bit first
  localparam logic [31:0] CrcResidue = 32'hdebb20e3;  // the CRC's register after a frame with its own CRC behind it
  localparam int unsigned HeaderBytes = 8;

  // The byte that comes first is the lowest one.
  typedef struct packed {
    logic [31:0] address;  // of the first of them; of an answer that tells an error: where it was
    logic [15:0] length;  // bytes that the request is about
    logic [7:0] number;  // counts requests, one more than that of the one before; its answer has the same
    logic [7:0] code;  // request: which; answer: status. Bit 7: `length` bytes of data follow the header
  } frame_header_t;

  typedef enum logic [7:0] {
    RequestHello = 8'h01,  // begins a session, whatever the number. `length`: the host's protocol version, `address`: any number; the answer has the board's version and the same number
    RequestReset = 8'h02,  // resets all of the board but the bridge
    RequestReadRegisters = 8'h03,  // `length` and `address` are multiples of 4; ascending
    RequestReadMemory = 8'h04,  // any address, any length
    RequestWriteRegisters = 8'h85,  // `length` and `address` are multiples of 4; ascending
    RequestWriteMemory = 8'h86  // any address, any length
  } request_e;

  typedef enum logic [7:0] {
    StatusOk = 8'h00,  // done; the answer to a read has its data
    StatusDamaged = 8'h01,  // a frame came damaged: repeat it. `number` and `address` mean nothing
    StatusNoSession = 8'h02,  // no hello since the board's power-up: nothing done
    StatusOutOfSequence = 8'h03,  // neither the last request nor the next one: nothing done. `length`: the last request carried out
    StatusUnknownRequest = 8'h04,  // nothing done
    StatusBadLength = 8'h05,  // 0, more than max_data or no multiple of 4: nothing done
    StatusBadAddress = 8'h06,  // no multiple of 4, or beyond the end: nothing done
    StatusBusError = 8'h07,  // what lies at `address` refused; what is before it is done
    StatusBusTimeout = 8'h08  // what lies at `address` does not answer, nor will anything before a reset
  } status_e;

  // The bridge's registers.
  localparam logic [31:0] BridgeBase = 32'h00001000;
  localparam logic [31:0] BridgeIdentity = 32'h00001000;  // tells that this is a bridge
  localparam logic [31:0] BridgeIdentityValue = 32'h42524347;
  localparam logic [31:0] BridgeMemoryKib = 32'h00001004;  // size of the memory behind it in KiB
  localparam logic [31:0] BridgeClockKhz = 32'h00001008;  // the board's clock
  localparam logic [31:0] BridgeState = 32'h0000100c;  // as it is now
  localparam int unsigned BridgeStateInterruptBit = 0;  // the chip's interrupt is pending
  localparam logic [31:0] BridgeCyclesLow = 32'h00001010;  // of the clock since the board's power-up
  localparam logic [31:0] BridgeCyclesHigh = 32'h00001014;  // of the clock since the board's power-up
  localparam logic [31:0] BridgeDamagedFrames = 32'h00001018;  // frames that came damaged
  localparam logic [31:0] BridgeRepeatedRequests = 32'h0000101c;  // requests that came again after they were carried out
  localparam logic [31:0] BridgeLineErrors = 32'h00001020;  // bytes without a stop bit

endpackage
