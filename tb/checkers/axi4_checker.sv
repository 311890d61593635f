// SPDX-License-Identifier: Apache-2.0
// The rules of AXI4 (ARM IHI 0022) on the port to DRAM, as far as axi_pkg leaves them open, and
// those of this chip: addresses are multiples of a beat, and beats are written only for bursts whose
// address is at least being offered. All bytes of such beats belong to their burst, so that any
// strobes are right.
`include "gradcore_assert.svh"
module axi4_checker
  import axi_pkg::*;
#(
  parameter int unsigned Depth = 64,  // bursts outstanding each way at most, a power of two
  // Ports with ids of another width have types of their own, with the fields of those of axi_pkg.
  parameter int unsigned IdWidth = AxiIdWidth,
  parameter type address_t = axi_address_t,
  parameter type read_t = axi_read_t,
  parameter type response_t = axi_response_t
) (
  input logic          clk_i,
  input logic          rst_ni,

  input logic          ar_valid_i,
  input logic          ar_ready_i,
  input address_t      ar_i,
  input logic          r_valid_i,
  input logic          r_ready_i,
  input read_t         r_i,

  input logic          aw_valid_i,
  input logic          aw_ready_i,
  input address_t      aw_i,
  input logic          w_valid_i,
  input logic          w_ready_i,
  input axi_write_t    w_i,
  input logic          b_valid_i,
  input logic          b_ready_i,
  input response_t     b_i
);

  localparam int unsigned Ids = 2 ** IdWidth;
  localparam int unsigned PtrW = $clog2(Depth);
  localparam int unsigned BeatW = $clog2(AxiBytes);

  // --- Every channel holds what it offers ---------------------------------------------------
  stream_checker #(.Width($bits(address_t))) u_ar (
    .clk_i, .rst_ni, .valid_i(ar_valid_i), .ready_i(ar_ready_i), .payload_i(ar_i)
  );
  stream_checker #(.Width($bits(read_t))) u_r (
    .clk_i, .rst_ni, .valid_i(r_valid_i), .ready_i(r_ready_i), .payload_i(r_i)
  );
  stream_checker #(.Width($bits(address_t))) u_aw (
    .clk_i, .rst_ni, .valid_i(aw_valid_i), .ready_i(aw_ready_i), .payload_i(aw_i)
  );
  stream_checker #(.Width($bits(axi_write_t))) u_w (
    .clk_i, .rst_ni, .valid_i(w_valid_i), .ready_i(w_ready_i), .payload_i(w_i)
  );
  stream_checker #(.Width($bits(response_t))) u_b (
    .clk_i, .rst_ni, .valid_i(b_valid_i), .ready_i(b_ready_i), .payload_i(b_i)
  );

  // --- Addresses ----------------------------------------------------------------------------
  function automatic logic leaves_4k(logic [11:BeatW] first, logic [7:0] beats);
    return 9'(first) + 9'(beats) > 9'd255;
  endfunction

  `GC_ASSERT(ReadAligned, !ar_valid_i || ar_i.address[BeatW-1:0] == '0)
  `GC_ASSERT(WriteAligned, !aw_valid_i || aw_i.address[BeatW-1:0] == '0)
  `GC_ASSERT(ReadIn4K, !ar_valid_i || !leaves_4k(ar_i.address[11:BeatW], ar_i.length))
  `GC_ASSERT(WriteIn4K, !aw_valid_i || !leaves_4k(aw_i.address[11:BeatW], aw_i.length))

  // --- Reads: for each id a queue of bursts, and the beats of the oldest one that have come ---
  logic [7:0]               read_length_q [Ids*Depth];
  logic [Ids-1:0][PtrW:0]   read_in_q, read_in_d, read_out_q, read_out_d;
  logic [Ids-1:0][7:0]      read_beats_q, read_beats_d;
  logic                     ar_take, r_take, r_known, r_last;

  assign ar_take = ar_valid_i && ar_ready_i;
  assign r_take = r_valid_i && r_ready_i;
  assign r_known = read_in_q[r_i.id] != read_out_q[r_i.id];
  assign r_last = read_beats_q[r_i.id] ==
                  read_length_q[{r_i.id, read_out_q[r_i.id][PtrW-1:0]}];

  always_comb begin
    read_in_d = read_in_q;
    read_out_d = read_out_q;
    read_beats_d = read_beats_q;
    if (ar_take) read_in_d[ar_i.id] = read_in_q[ar_i.id] + 1'b1;
    if (r_take && r_known) begin
      read_beats_d[r_i.id] = r_last ? '0 : read_beats_q[r_i.id] + 1'b1;
      if (r_last) read_out_d[r_i.id] = read_out_q[r_i.id] + 1'b1;
    end
  end

  `GC_ASSERT(ReadAsked, !r_valid_i || r_known)
  `GC_ASSERT(ReadLast, !r_valid_i || !r_known || r_i.last == r_last)
  `GC_ASSERT(ReadsCounted, !ar_take ||
             (read_in_q[ar_i.id] - read_out_q[ar_i.id]) != (PtrW + 1)'(Depth))

  // --- Writes: bursts offered, taken, with all their beats, and what may be answered -----------
  logic [7:0]             write_length_q [Depth];
  logic [IdWidth-1:0]     write_id_q     [Depth];
  logic [PtrW:0]          offered_q, taken_q, sent_q, complete_q;
  logic [7:0]             write_beats_q, length;
  logic                   offering_q, offer, aw_take, w_take, w_known, w_last, complete, b_take;
  logic [IdWidth-1:0]     complete_id;
  logic [Ids-1:0][PtrW:0] answers_q, answers_d;

  assign offer = aw_valid_i && !offering_q;
  assign aw_take = aw_valid_i && aw_ready_i;
  assign w_take = w_valid_i && w_ready_i;
  assign w_known = offer || sent_q != offered_q;
  assign length = sent_q != offered_q ? write_length_q[sent_q[PtrW-1:0]] : aw_i.length;
  assign w_last = write_beats_q == length;
  // One burst a cycle can become complete.
  assign complete = taken_q != complete_q && sent_q != complete_q;
  assign complete_id = write_id_q[complete_q[PtrW-1:0]];
  assign b_take = b_valid_i && b_ready_i;

  logic b_known;
  assign b_known = answers_q[b_i.id] != '0 || (complete && complete_id == b_i.id);

  always_comb begin
    answers_d = answers_q;
    if (complete) answers_d[complete_id] = answers_d[complete_id] + 1'b1;
    if (b_take && b_known) answers_d[b_i.id] = answers_d[b_i.id] - 1'b1;
  end

  `GC_ASSERT(WriteOffered, !w_valid_i || w_known)
  `GC_ASSERT(WriteLast, !w_valid_i || !w_known || w_i.last == w_last)
  `GC_ASSERT(AnswerComplete, !b_valid_i || b_known)
  `GC_ASSERT(WritesCounted, !offer || (offered_q - complete_q) != (PtrW + 1)'(Depth))

  always_ff @(posedge clk_i) begin
    if (ar_take) read_length_q[{ar_i.id, read_in_q[ar_i.id][PtrW-1:0]}] <= ar_i.length;
    if (offer) begin
      write_length_q[offered_q[PtrW-1:0]] <= aw_i.length;
      write_id_q[offered_q[PtrW-1:0]] <= aw_i.id;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_in_q <= '0;
      read_out_q <= '0;
      read_beats_q <= '0;
      offered_q <= '0;
      taken_q <= '0;
      sent_q <= '0;
      complete_q <= '0;
      write_beats_q <= '0;
      offering_q <= 1'b0;
      answers_q <= '0;
    end else begin
      read_in_q <= read_in_d;
      read_out_q <= read_out_d;
      read_beats_q <= read_beats_d;
      if (offer) offered_q <= offered_q + 1'b1;
      if (aw_take) taken_q <= taken_q + 1'b1;
      if (w_take && w_known) begin
        write_beats_q <= w_last ? '0 : write_beats_q + 1'b1;
        if (w_last) sent_q <= sent_q + 1'b1;
      end
      if (complete) complete_q <= complete_q + 1'b1;
      offering_q <= aw_valid_i && !aw_ready_i;
      answers_q <= answers_d;
    end
  end

endmodule
