// SPDX-License-Identifier: Apache-2.0
// One request of the host on the buses: bytes from a RAM to registers (AXI4-Lite) or memory (AXI4),
// or the other way.
//
// Memory is taken a beat at a time, in one-beat bursts: a serial line is slower than any bus.
// Strobes mark what is written, so that address and length are free; registers are whole words.
// start_i takes the request, one at a time; done_o (one cycle) comes with status_o and, after an
// error, the address it is about, the earliest in the same cycle. A bus that does not answer within
// Patience cycles ends the request and every one after it; only a reset of both sides may help then
// (silent_o tells). Throughput: about 2 cycles a byte.
`include "gradcore_assert.svh"
module bus_master
  import axi_pkg::*;
  import bridge_pkg::*;
  import registers_pkg::*;
#(
  parameter int unsigned Patience = 1 << 16,  // cycles, a power of two
  localparam int unsigned AddrWidth = $clog2(MaxData)
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,

  input  logic                            start_i,
  input  logic                            write_i,
  input  logic                            memory_i,   // or registers
  input  logic [31:0]                     address_i,
  input  logic [15:0]                     length_i,   // 1 to MaxData
  output logic                            done_o,
  output status_e                         status_o,
  output logic [31:0]                     address_o,
  output logic                            silent_o,

  // The request's data and the answer's.
  output logic                            r_en_o,
  output logic [AddrWidth-1:0]            r_addr_o,
  input  logic [7:0]                      r_data_i,
  output logic                            w_en_o,
  output logic [AddrWidth-1:0]            w_addr_o,
  output logic [7:0]                      w_data_o,

  // AXI4-Lite: the chip's registers.
  output logic                            reg_aw_valid_o,
  input  logic                            reg_aw_ready_i,
  output logic                            reg_w_valid_o,
  input  logic                            reg_w_ready_i,
  output logic [31:0]                     reg_w_data_o,
  input  logic                            reg_b_valid_i,
  input  axi_resp_e                       reg_b_resp_i,
  output logic                            reg_ar_valid_o,
  input  logic                            reg_ar_ready_i,
  output logic [RegisterAddressWidth-1:0] reg_address_o,  // of either
  input  logic                            reg_r_valid_i,
  input  axi_lite_read_t                  reg_r_i,

  // The bridge's own registers, behind those of the chip: read only, the answer is there at once.
  output logic                            own_read_o,
  output logic [31:0]                     own_address_o,
  input  logic [31:0]                     own_data_i,
  input  logic                            own_exists_i,

  // AXI4: memory.
  output logic                            ar_valid_o,
  input  logic                            ar_ready_i,
  output axi_address_t                    ar_o,
  input  logic                            r_valid_i,
  input  axi_read_t                       r_i,
  output logic                            aw_valid_o,
  input  logic                            aw_ready_i,
  output axi_address_t                    aw_o,
  output logic                            w_valid_o,
  input  logic                            w_ready_i,
  output axi_write_t                      w_o,
  input  logic                            b_valid_i,
  input  axi_response_t                   b_i
);

  localparam int unsigned WaitW = $clog2(Patience);
  localparam int unsigned LaneW = $clog2(AxiBytes);

  typedef enum logic [2:0] {
    Idle,
    Gather,   // a byte of the request is read
    Put,      // and joins its word
    Issue,    // the word, or the request for one
    Wait,     // for the answer
    Scatter   // the word's bytes become the answer's
  } state_e;

  state_e                   state_q, state_d;
  logic                     write_q, memory_q, silent_q;
  logic                     address_valid_q, data_valid_q;  // offered on the bus
  logic [31:0]              address_q;                      // of the next byte
  logic [31:0]              word_q;                         // of the first byte of the word
  logic [15:0]              left_q;                         // bytes
  logic [AddrWidth-1:0]     index_q;                        // of the next byte in its RAM
  logic [AxiBytes-1:0][7:0] data_q;
  logic [AxiBytes-1:0]      strobe_q;
  logic [WaitW:0]           wait_q;

  logic [LaneW-1:0] lane;
  logic             ends_word, is_own, answered, refused, expired, begins, moves;
  assign lane = memory_q ? address_q[LaneW-1:0] : LaneW'(address_q[1:0]);
  assign ends_word = (memory_q ? (&address_q[LaneW-1:0]) : (&address_q[1:0])) || left_q == 16'd1;
  assign is_own = !memory_q && word_q >= BridgeBase;
  assign begins = state_q == Idle && start_i && !silent_q;  // what it offers must stay as it is
  assign moves = state_q == Put || state_q == Scatter;  // on to the next byte
  assign expired = state_q == Wait && wait_q[WaitW];

  always_comb begin
    unique case ({memory_q, write_q})
      2'b00: {answered, refused} = {reg_r_valid_i, reg_r_i.resp[1]};
      2'b01: {answered, refused} = {reg_b_valid_i, reg_b_resp_i[1]};
      2'b10: {answered, refused} = {r_valid_i, r_i.resp[1]};
      default: {answered, refused} = {b_valid_i, b_i.resp[1]};
    endcase
    if (state_q == Issue) begin
      answered = is_own;
      refused = write_q || !own_exists_i;
    end
  end

  // --- What comes next --------------------------------------------------------------------------

  always_comb begin
    state_d = state_q;
    done_o = 1'b0;
    status_o = StatusOk;
    unique case (state_q)
      Idle: begin
        if (begins) state_d = write_i ? Gather : Issue;
        done_o = start_i && silent_q;
        if (silent_q) status_o = StatusBusTimeout;
      end
      Gather: state_d = Put;
      Put: state_d = ends_word ? Issue : Gather;
      Issue, Wait: begin
        if (state_q == Issue) state_d = Wait;
        if (answered) begin
          done_o = refused || (write_q && left_q == '0);
          state_d = done_o ? Idle : write_q ? Gather : Scatter;
          if (refused) status_o = StatusBusError;
        end else if (expired) begin
          done_o = 1'b1;
          state_d = Idle;
          status_o = StatusBusTimeout;
        end
      end
      Scatter: begin
        if (ends_word) state_d = (left_q == 16'd1) ? Idle : Issue;
        done_o = left_q == 16'd1;
      end
      default: state_d = Idle;
    endcase
  end

  assign address_o = (state_q == Idle) ? address_i : word_q;
  assign silent_o = silent_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      silent_q <= 1'b0;
      address_valid_q <= 1'b0;
      data_valid_q <= 1'b0;
      wait_q <= '0;
    end else begin
      state_q <= state_d;
      wait_q <= (state_q == Wait) ? wait_q + 1'b1 : '0;
      if (expired && !answered) silent_q <= 1'b1;
      if (state_q == Issue && !is_own) begin
        address_valid_q <= 1'b1;
        data_valid_q <= write_q;
      end else begin
        if (reg_aw_ready_i && reg_aw_valid_o) address_valid_q <= 1'b0;
        if (reg_ar_ready_i && reg_ar_valid_o) address_valid_q <= 1'b0;
        if (aw_ready_i && aw_valid_o) address_valid_q <= 1'b0;
        if (ar_ready_i && ar_valid_o) address_valid_q <= 1'b0;
        if (reg_w_ready_i && reg_w_valid_o) data_valid_q <= 1'b0;
        if (w_ready_i && w_valid_o) data_valid_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (begins) begin
      write_q <= write_i;
      memory_q <= memory_i;
      address_q <= address_i;
      word_q <= address_i;
      left_q <= length_i;
      index_q <= '0;
    end else if (moves) begin
      address_q <= address_q + 1'b1;
      left_q <= left_q - 1'b1;
      index_q <= index_q + 1'b1;
      if (state_q == Scatter && ends_word) word_q <= address_q + 1'b1;
    end else if (state_q == Wait && state_d == Gather) begin
      word_q <= address_q;
    end

    if (state_q == Put) begin
      data_q[lane] <= r_data_i;
      strobe_q[lane] <= 1'b1;
    end else if (state_q == Issue && is_own) begin
      data_q[3:0] <= own_data_i;
    end else if (state_q == Wait && answered && !write_q) begin
      if (memory_q) data_q <= r_i.data;
      else data_q[3:0] <= reg_r_i.data;
    end
    if (begins || (state_q == Wait && state_d == Gather)) strobe_q <= '0;
  end

  // --- The RAMs and the buses -------------------------------------------------------------------

  assign r_en_o = state_q == Gather;
  assign r_addr_o = index_q;
  assign w_en_o = state_q == Scatter;
  assign w_addr_o = index_q;
  assign w_data_o = data_q[lane];

  assign own_read_o = state_q == Issue && is_own && !write_q;
  assign own_address_o = word_q;

  assign reg_aw_valid_o = address_valid_q && write_q && !memory_q;
  assign reg_ar_valid_o = address_valid_q && !write_q && !memory_q;
  assign reg_w_valid_o = data_valid_q && !memory_q;
  assign reg_w_data_o = data_q[3:0];
  assign reg_address_o = word_q[RegisterAddressWidth-1:0];

  axi_address_t beat;
  assign beat = '{id: '0, address: AxiAddressWidth'({word_q[31:LaneW], LaneW'(0)}), length: '0};
  assign ar_valid_o = address_valid_q && !write_q && memory_q;
  assign ar_o = beat;
  assign aw_valid_o = address_valid_q && write_q && memory_q;
  assign aw_o = beat;
  assign w_valid_o = data_valid_q && memory_q;
  assign w_o = '{data: data_q, strobe: strobe_q, last: 1'b1};

  if (Patience < 2 || (Patience & (Patience - 1)) != 0) begin : gen_check
    $error("bus_master: Patience must be a power of two of at least 2");
  end

  `GC_ASSERT(OneAtATime, !start_i || state_q == Idle)

endmodule
