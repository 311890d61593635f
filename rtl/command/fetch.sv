// SPDX-License-Identifier: Apache-2.0
// Reads a program from DRAM ahead of its execution, and keeps what loops come back to.
//
// The last Slots instructions are held in a circular buffer of block RAM; as programs only run on
// or loop back, no tags are needed: what is held is one piece of the program around the next
// instruction. Going back within it costs no access to DRAM; farther back empties it. Up to Ahead
// instructions beyond the next one are asked for, none outside the window. Where the program gets
// to an instruction that could not be read, it is delivered with an error instead.
//
// start_i: from the instruction at start_line_i on (once after reset). back_i: go on instead at
// back_line_i, which stands a cycle before; what is offered in that cycle is not valid any more in
// the next. From start_i or back_i to back_i it takes 2 cycles or more.
// stop_i ends asking; idle_o: DRAM owes no answer.
// Throughput: an instruction in 4 cycles; 5 cycles from back_i to the first from there.
// Instructions are not read again when memory changes: a program must not write to itself.
`include "gradcore_assert.svh"
module fetch
  import axi_pkg::*;
  import command_pkg::*;
  import isa_pkg::*;
#(
  parameter int unsigned Slots = 128,  // a power of two, at least 16
  parameter int unsigned Ahead = 8
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 start_i,
  input  logic [LineWidth-1:0] start_line_i,
  input  logic                 back_i,
  input  logic [LineWidth-1:0] back_line_i,
  input  logic                 stop_i,
  output logic                 idle_o,

  input  logic [63:0]          window_base_i,
  input  logic [63:0]          window_size_i,

  output logic                 ar_valid_o,
  input  logic                 ar_ready_i,
  output axi_address_t         ar_o,
  input  logic                 r_valid_i,
  output logic                 r_ready_o,
  input  axi_read_t            r_i,

  output logic                 valid_o,
  input  logic                 ready_i,
  output logic [511:0]         insn_o,
  output logic [LineWidth-1:0] line_o,
  output error_e               error_o    // none, window or bus
);

  localparam int unsigned Beats = 4;
  localparam int unsigned SlotW = $clog2(Slots);
  localparam int unsigned AddrW = SlotW + 2;
  localparam logic [63:0] Bytes = 64;

  // --- What is held: behind_q instructions before the next one, ready_q from it on; pending_q more
  // have been asked for. Together never more than Slots.

  logic                 running_q, flush_q, blocked_q, broken_q;
  logic [LineWidth-1:0] line_q, request_q;  // the next one's, and the next to be asked for
  logic [SlotW-1:0]     slot_q;             // of the next one
  logic [SlotW:0]       behind_q, ready_q, pending_q;
  logic                 asked, filled, good, taken, flushed;

  assign line_o = line_q;
  assign idle_o = pending_q == '0 && !ar_valid_o;

  // --- Asking: two steps of comparison, then the address -------------------------------------

  typedef enum logic [1:0] {Pick, Compare, Ask} ask_e;
  ask_e        ask_q;
  logic [63:0] offset_q, room_q;
  logic        below_q, small_q, is_within, wanted;

  assign wanted = running_q && !stop_i && !flush_q && !back_i && !blocked_q && !broken_q &&
      ready_q + pending_q < (SlotW + 1)'(Ahead);
  assign is_within = !below_q && !small_q && offset_q <= room_q;
  assign ar_valid_o = ask_q == Ask;
  assign ar_o = '{id: AxiIdFetch, address: {request_q, 6'd0}, length: 8'(Beats - 1)};
  assign asked = ar_valid_o && ar_ready_i;

  always_ff @(posedge clk_i) begin
    offset_q <= {request_q, 6'd0} - window_base_i;
    below_q <= {request_q, 6'd0} < window_base_i;
    room_q <= window_size_i - Bytes;
    small_q <= window_size_i < Bytes;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ask_q <= Pick;
      blocked_q <= 1'b0;
    end else begin
      unique case (ask_q)
        Pick: if (wanted) ask_q <= Compare;
        Compare: ask_q <= wanted && is_within ? Ask : Pick;
        default: if (ar_ready_i) ask_q <= Pick;
      endcase
      if (flushed) blocked_q <= 1'b0;
      else if (ask_q == Compare && wanted && !is_within) blocked_q <= 1'b1;
    end
  end

  // --- Filling ------------------------------------------------------------------------------

  logic [1:0]       beat_q;
  logic [SlotW-1:0] fill_slot;
  logic             error_q, beat_error, kept;

  assign r_ready_o = 1'b1;  // there is room for what has been asked for
  assign beat_error = r_i.resp == AxiSlvErr || r_i.resp == AxiDecErr;
  assign kept = !flush_q && !broken_q;
  assign filled = r_valid_i && beat_q == 2'(Beats - 1);
  assign good = filled && kept && !error_q && !beat_error;
  assign fill_slot = slot_q + ready_q[SlotW-1:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beat_q <= '0;
      error_q <= 1'b0;
      broken_q <= 1'b0;
    end else begin
      if (r_valid_i) begin
        beat_q <= beat_q + 1'b1;
        error_q <= (error_q || beat_error) && !filled;
      end
      if (flushed) broken_q <= 1'b0;
      else if (filled && kept && (error_q || beat_error)) broken_q <= 1'b1;
    end
  end

  // --- Reading out: four beats, the last of them straight from the memory ---------------------

  logic [1:0]       step_q;  // beats addressed
  logic             reading, w_en [1];
  logic [AddrW-1:0] r_addr [1], w_addr [1];
  logic [127:0]     r_data [1], w_data [1];
  logic [511:0]     insn_q;
  logic             complete_q;  // insn_q holds all of it
  logic             last_q;      // or its last beat is what the memory shows
  logic             is_error;
  logic [SlotW-1:0] read_slot;

  // An instruction that is taken is followed by the next without a pause.
  assign read_slot = taken ? slot_q + 1'b1 : slot_q;
  assign reading = !flush_q && !back_i &&
      (step_q != '0 || (taken ? ready_q > (SlotW + 1)'(1)
                              : ready_q != '0 && !complete_q && !last_q));
  assign r_addr[0] = {read_slot, step_q};
  assign w_en[0] = r_valid_i;
  assign w_addr[0] = {fill_slot, beat_q};
  assign w_data[0] = r_i.data;

  ram_1r1w #(
    .Banks(1),
    .Width(AxiDataWidth),
    .Depth(Beats * Slots)
  ) u_slots (
    .clk_i,
    .r_en_i(reading),
    .r_addr_i(r_addr),
    .r_data_o(r_data),
    .w_en_i(w_en),
    .w_addr_i(w_addr),
    .w_data_i(w_data)
  );

  assign is_error = running_q && ready_q == '0 && !flush_q &&
      (broken_q || (blocked_q && pending_q == '0));
  assign valid_o = complete_q || last_q || is_error;
  assign error_o = !is_error ? ErrorNone : broken_q ? ErrorBus : ErrorWindow;
  assign insn_o = {last_q ? r_data[0] : insn_q[511:384], insn_q[383:0]};
  assign taken = valid_o && ready_i && !is_error;

  always_ff @(posedge clk_i) begin
    unique case (step_q)
      2'd1: insn_q[127:0] <= r_data[0];
      2'd2: insn_q[255:128] <= r_data[0];
      2'd3: insn_q[383:256] <= r_data[0];
      default: if (last_q) insn_q[511:384] <= r_data[0];
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step_q <= '0;
      last_q <= 1'b0;
      complete_q <= 1'b0;
    end else if (back_i || flush_q) begin
      step_q <= '0;
      last_q <= 1'b0;
      complete_q <= 1'b0;
    end else begin
      step_q <= reading ? step_q + 1'b1 : '0;  // after the last beat again 0
      last_q <= reading && step_q == 2'(Beats - 1);
      complete_q <= (last_q || complete_q) && !taken;
    end
  end

  // --- Where the program is -------------------------------------------------------------------

  // How far back: all of it as of a cycle ago, its low bits as of now.
  logic [LineWidth-1:0] distance_q;
  logic                 taken_q;  // since then
  logic [SlotW:0]       distance;
  logic                 is_held;
  assign distance = line_q[SlotW:0] - back_line_i[SlotW:0];
  assign is_held = distance_q[LineWidth-1:SlotW+1] == '0 &&
      {1'b0, distance_q[SlotW:0]} + (SlotW + 2)'(taken_q) <= {1'b0, behind_q};
  assign flushed = flush_q && idle_o;

  always_ff @(posedge clk_i) begin
    distance_q <= line_q - back_line_i;
    taken_q <= taken;
    if (start_i) request_q <= start_line_i;
    else if (flushed) request_q <= line_q;
    else if (asked) request_q <= request_q + 1'b1;
    if (start_i) line_q <= start_line_i;
    else if (back_i) line_q <= back_line_i;
    else if (taken) line_q <= line_q + 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      flush_q <= 1'b0;
      slot_q <= '0;
      behind_q <= '0;
      ready_q <= '0;
      pending_q <= '0;
    end else begin
      if (start_i) running_q <= 1'b1;
      flush_q <= (flush_q && !flushed) || (back_i && !is_held);
      pending_q <= pending_q + (SlotW + 1)'(asked) - (SlotW + 1)'(filled);
      if (flushed) begin
        behind_q <= '0;
        ready_q <= '0;
      end else if (back_i && is_held) begin
        slot_q <= slot_q - distance[SlotW-1:0];
        behind_q <= behind_q - distance;
        ready_q <= ready_q + distance + (SlotW + 1)'(good);
      end else begin
        slot_q <= slot_q + SlotW'(taken);
        if (taken && behind_q != (SlotW + 1)'(Slots - Ahead)) behind_q <= behind_q + 1'b1;
        ready_q <= ready_q + (SlotW + 1)'(good) - (SlotW + 1)'(taken);
      end
    end
  end

  `GC_ASSERT(Room, behind_q + ready_q + pending_q <= (SlotW + 1)'(Slots))
  `GC_ASSERT(NotTakenAndBack, !(taken && back_i))

endmodule
