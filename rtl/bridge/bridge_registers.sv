// SPDX-License-Identifier: Apache-2.0
// The bridge's own registers: what the board is, its clock, what went wrong on the line.
//
// Combinational read; reading the low half of a register of 64 bits keeps its high half. Counts
// stop at their highest value.
module bridge_registers
  import bridge_pkg::*;
#(
  parameter int unsigned MemoryKib = 32,
  parameter int unsigned ClockKhz = 60000
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        read_i,
  input  logic [31:0] address_i,
  output logic [31:0] data_o,
  output logic        exists_o,

  // As it is now, and events of one cycle each.
  input  logic        interrupt_i,
  input  logic        damaged_i,
  input  logic        repeated_i,
  input  logic        line_error_i
);

  logic [63:0] cycles_q;
  logic [31:0] high_q;
  logic [15:0] damaged_q, repeated_q, line_error_q;
  logic [31:0] state;

  always_comb begin
    state = '0;
    state[BridgeStateInterruptBit] = interrupt_i;
  end

  always_comb begin
    exists_o = 1'b1;
    unique case (address_i)
      BridgeIdentity: data_o = BridgeIdentityValue;
      BridgeMemoryKib: data_o = MemoryKib;
      BridgeClockKhz: data_o = ClockKhz;
      BridgeState: data_o = state;
      BridgeCyclesLow: data_o = cycles_q[31:0];
      BridgeCyclesHigh: data_o = high_q;
      BridgeDamagedFrames: data_o = 32'(damaged_q);
      BridgeRepeatedRequests: data_o = 32'(repeated_q);
      BridgeLineErrors: data_o = 32'(line_error_q);
      default: begin
        data_o = '0;
        exists_o = 1'b0;
      end
    endcase
  end

  function automatic logic [15:0] count(logic [15:0] value, logic event_i);
    return value + 16'(event_i && value != '1);
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycles_q <= '0;
      high_q <= '0;
      damaged_q <= '0;
      repeated_q <= '0;
      line_error_q <= '0;
    end else begin
      cycles_q <= cycles_q + 1'b1;
      if (read_i && address_i == BridgeCyclesLow) high_q <= cycles_q[63:32];
      damaged_q <= count(damaged_q, damaged_i);
      repeated_q <= count(repeated_q, repeated_i);
      line_error_q <= count(line_error_q, line_error_i);
    end
  end

endmodule
