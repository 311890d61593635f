// SPDX-License-Identifier: Apache-2.0
// Makes of an indexed transfer its rows in DRAM: their numbers come from list memory.
//
// A transfer that is not indexed passes to the bursts as it is, in the same cycle. Of an indexed
// one every row is a span of its own, and what the lines must know of it waits in a queue of Rows.
// A number of 32 ones is no row: nothing is asked of DRAM. An entry that is neither that nor below
// the limit ends the transfer; fault_o keeps the first such entry until the reset. With CheckFirst
// the whole list is looked through before the first row goes anywhere, four entries a cycle.
// end_valid_o comes when all spans of an indexed transfer have been taken; none other comes before
// end_ready_i.
// Latency: 7 cycles to the first span, with CheckFirst 2 and a quarter of the entries more.
// Throughput: a row a cycle. Backpressure: valid/ready everywhere but for list_data_i,
// which comes in the cycle after list_valid_o and list_ready_i.
`include "gradcore_assert.svh"
module row_list
  import gradcore_pkg::*;
  import unit_pkg::*;
  import axi_pkg::*;
  import dma_pkg::*;
#(
  parameter bit CheckFirst = 1'b0,
  parameter int unsigned Rows = 32  // that may wait for their lines
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 valid_i,
  output logic                 ready_o,
  input  transfer_t            transfer_i,

  output logic                 list_valid_o,
  input  logic                 list_ready_i,
  output logic [QuadWidth-1:0] list_quad_o,
  input  logic [31:0]          list_data_i [QuadEntries],

  output logic                 span_valid_o,
  input  logic                 span_ready_i,
  output transfer_t            span_o,
  output logic                 part_o,       // of an indexed transfer: its end comes apart
  output logic                 row_valid_o,
  input  logic                 row_ready_i,
  output dma_row_t             row_o,
  output logic                 end_valid_o,
  input  logic                 end_ready_i,
  output logic                 end_bad_o,    // the list had a bad entry
  output list_fault_t          fault_o
);

  typedef enum logic [2:0] {Idle, Look, Walk, Refuse, Drain} state_e;
  state_e state_q, state_d;

  localparam int unsigned LeftW = ListWidth + 1;

  transfer_t             transfer_q;
  logic [QuadWidth-1:0]  quad_q;      // to be read next
  logic [LeftW-1:0]      left_q;      // entries that have not been looked at
  logic [ListWidth-1:0]  position_q;  // of the next one
  logic                  coming_q;    // data of the last read are here
  logic                  accept, pass, granted;

  assign pass = state_q == Idle && !transfer_i.indexed;
  assign ready_o = state_q == Idle && (transfer_i.indexed || span_ready_i);
  assign accept = valid_i && state_q == Idle && transfer_i.indexed;
  assign granted = list_valid_o && list_ready_i;
  assign list_quad_o = quad_q;

  function automatic logic is_bad(logic [31:0] entry, logic [31:0] limit);
    return entry >= limit && entry != NoRow;
  endfunction

  // --- Looking through the list beforehand: only whether there is a bad entry -------------------

  logic look_bad, look_end;

  if (CheckFirst) begin : gen_look
    always_comb begin
      look_bad = 1'b0;
      if (state_q == Look && coming_q) begin
        for (int unsigned i = 0; i < QuadEntries; i++) begin
          look_bad = look_bad ||
              (LeftW'(i) < left_q && is_bad(list_data_i[i], transfer_q.limit));
        end
      end
    end
    assign look_end = coming_q && (look_bad || left_q <= LeftW'(QuadEntries));
  end else begin : gen_no_look
    assign look_bad = 1'b0;
    assign look_end = 1'b0;
  end

  // --- Entry by entry ---------------------------------------------------------------------------

  logic [31:0]                    entries_q [QuadEntries];
  logic                           have_q;  // entries_q has some that have not been looked at
  logic [$clog2(QuadEntries)-1:0] index_q;
  logic [31:0]                    entry;
  logic                           feed, none, bad, last, move, take, more, keep;
  logic                           find_q;  // there is a bad one: only look where

  // The next four are asked for while the last two of these are under way, whether these move on or
  // not: what comes too early is let go, and asked for again.
  assign more = left_q > LeftW'(QuadEntries) - LeftW'(index_q);
  assign list_valid_o = (state_q == Look && !look_end) ||
      (state_q == Walk && !coming_q && (!have_q || (index_q[1] && more)));
  assign keep = state_q == Walk && coming_q && (!have_q || (take && index_q == '1));
  assign entry = entries_q[index_q];
  assign none = entry == NoRow;
  assign bad = is_bad(entry, transfer_q.limit);
  assign last = left_q == LeftW'(1);
  assign feed = state_q == Walk && have_q && !find_q;
  assign take = state_q == Walk && have_q && (find_q || move);

  always_ff @(posedge clk_i) begin
    if (accept) transfer_q <= transfer_i;
    if (keep) entries_q <= list_data_i;
    if (accept || (state_q == Look && look_end)) begin
      quad_q <= accept ? transfer_i.list_at[ListWidth-1:2] : transfer_q.list_at[ListWidth-1:2];
      left_q <= accept ? transfer_i.rows[LeftW-1:0] : transfer_q.rows[LeftW-1:0];
      position_q <= '0;
      index_q <= '0;
    end else begin
      if (keep || (granted && state_q == Look)) quad_q <= quad_q + 1'b1;
      if (state_q == Look && coming_q) begin
        left_q <= left_q - LeftW'(QuadEntries);
      end else if (take) begin
        left_q <= left_q - 1'b1;
        position_q <= position_q + 1'b1;
        index_q <= index_q + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      coming_q <= 1'b0;
      have_q <= 1'b0;
    end else begin
      coming_q <= granted;
      if (state_q != Walk) have_q <= 1'b0;
      else if (keep) have_q <= 1'b1;
      else if (take && index_q == '1) have_q <= 1'b0;
    end
  end

  // --- Addresses: element i of what travels beside them is i + 1 stages behind ------------------

  localparam int unsigned Stages = 4;

  typedef struct packed {
    logic none;
    logic bad;
  } mark_t;
  logic [Stages-1:0]  valid_q;
  mark_t [Stages-1:0] mark_q;
  logic               fire;
  logic [31:0]        number_q;
  logic [31:0]        low_low_q, low_high_q, high_low_q, high_high_q;
  logic [32:0]        middle_q;
  logic [63:0]        outer_q, address_q;

  assign move = !valid_q[Stages-1] || fire;

  always_ff @(posedge clk_i) begin
    if (state_q != Idle && move) begin
      mark_q <= {mark_q[Stages-2:0], mark_t'{none: none || bad || state_q == Refuse,
                                             bad: bad || state_q == Refuse}};
      number_q <= entry;
      low_low_q <= 32'(number_q[15:0]) * 32'(transfer_q.pitch[15:0]);
      low_high_q <= 32'(number_q[15:0]) * 32'(transfer_q.pitch[31:16]);
      high_low_q <= 32'(number_q[31:16]) * 32'(transfer_q.pitch[15:0]);
      high_high_q <= 32'(number_q[31:16]) * 32'(transfer_q.pitch[31:16]);
      middle_q <= {1'b0, low_high_q} + {1'b0, high_low_q};
      outer_q <= transfer_q.address + {high_high_q, low_low_q};
      address_q <= outer_q + {15'd0, middle_q, 16'd0};
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (move) valid_q <= {valid_q[Stages-2:0], feed || state_q == Refuse};
  end

  // --- To the bursts and to the lines -----------------------------------------------------------

  logic     rows_ready;
  mark_t    mark;
  dma_row_t row;
  assign mark = mark_q[Stages-1];
  assign fire = valid_q[Stages-1] && rows_ready && (mark.none || span_ready_i);
  assign row = '{none: mark.none, bad: mark.bad, offset: address_q[OffsetWidth:1]};
  assign part_o = !pass;
  assign span_valid_o = pass ? valid_i : valid_q[Stages-1] && rows_ready && !mark.none;

  always_comb begin
    span_o = transfer_i;
    if (!pass) begin
      span_o = transfer_q;
      span_o.rows = 32'd1;
      span_o.address = address_q;
    end
  end

  sync_fifo #(
    .Width($bits(dma_row_t)),
    .Depth(Rows)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .valid_i(fire),
    .ready_o(rows_ready),
    .data_i(row),
    .valid_o(row_valid_o),
    .ready_i(row_ready_i),
    .data_o(row_o)
  );

  // --- Step by step -----------------------------------------------------------------------------

  logic refused_q;  // this transfer
  assign end_valid_o = state_q == Drain && valid_q == '0 && span_ready_i;
  assign end_bad_o = refused_q;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (accept) state_d = CheckFirst ? Look : Walk;
      Look: if (look_end) state_d = Walk;
      Walk: if (take && (last || bad)) state_d = find_q ? Refuse : Drain;
      Refuse: if (move) state_d = Drain;
      default: if (end_valid_o && end_ready_i) state_d = Idle;
    endcase
  end

  logic                 found, fault_q;
  logic [ListWidth-1:0] fault_position_q;
  logic [31:0]          fault_entry_q;
  assign found = take && bad;
  assign fault_o = '{valid: fault_q, position: fault_position_q, entry: fault_entry_q};

  always_ff @(posedge clk_i) begin
    if (found && !fault_q) begin
      fault_position_q <= position_q;
      fault_entry_q <= entry;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      refused_q <= 1'b0;
      fault_q <= 1'b0;
      find_q <= 1'b0;
    end else begin
      state_q <= state_d;
      if (state_q == Idle) find_q <= 1'b0;
      else if (look_bad) find_q <= 1'b1;
      if (found) begin
        refused_q <= 1'b1;
        fault_q <= 1'b1;
      end else if (state_q == Idle) begin
        refused_q <= 1'b0;
      end
    end
  end

  `GC_ASSERT(SpansHoldStill, !(state_q == Idle && valid_q != '0))

endmodule
