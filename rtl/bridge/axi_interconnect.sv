// SPDX-License-Identifier: Apache-2.0
// Two AXI4 masters on one memory.
//
// Channels are those of axi_pkg; the memory's ids have one bit more, at the top: the master.
// Addresses: round robin, each kept in a register until the memory takes it; latency 1 cycle, one a
// cycle. Data to write follows the order of the addresses, and is offered as soon as its address
// is: no wait for the memory to take that. Answers go to whom their id names, combinationally.
// Throughput: a beat a cycle each way. Backpressure: a master that does not take its answers
// delays those of the other behind them; one that is late with data to write, likewise.
// Up to Depth write bursts may wait for their data.
`include "gradcore_assert.svh"
module axi_interconnect
  import axi_pkg::*;
#(
  parameter int unsigned Depth = 16  // a power of two
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  // The masters. A bit or an element for each.
  input  logic          [1:0] ar_valid_i,
  output logic          [1:0] ar_ready_o,
  input  axi_address_t  [1:0] ar_i,
  output logic          [1:0] r_valid_o,
  input  logic          [1:0] r_ready_i,
  output axi_read_t           r_o,         // for both
  input  logic          [1:0] aw_valid_i,
  output logic          [1:0] aw_ready_o,
  input  axi_address_t  [1:0] aw_i,
  input  logic          [1:0] w_valid_i,
  output logic          [1:0] w_ready_o,
  input  axi_write_t    [1:0] w_i,
  output logic          [1:0] b_valid_o,
  input  logic          [1:0] b_ready_i,
  output axi_response_t       b_o,

  // The memory. *_master: the top bit of the id.
  output logic                ar_valid_o,
  input  logic                ar_ready_i,
  output axi_address_t        ar_o,
  output logic                ar_master_o,
  input  logic                r_valid_i,
  output logic                r_ready_o,
  input  axi_read_t           r_i,
  input  logic                r_master_i,
  output logic                aw_valid_o,
  input  logic                aw_ready_i,
  output axi_address_t        aw_o,
  output logic                aw_master_o,
  output logic                w_valid_o,
  input  logic                w_ready_i,
  output axi_write_t          w_o,
  input  logic                b_valid_i,
  output logic                b_ready_o,
  input  axi_response_t       b_i,
  input  logic                b_master_i
);

  // Whose turn it is: the other one's after each grant, unless that one asks for nothing.
  function automatic logic choose(logic [1:0] valid, logic last);
    return valid[~last] ? ~last : last;
  endfunction

  // --- Addresses ------------------------------------------------------------------------------

  logic ar_full_q, ar_master_q, ar_room, ar_next;
  logic aw_full_q, aw_master_q, aw_room, aw_next, order_ready;
  axi_address_t ar_q, aw_q;

  assign ar_room = !ar_full_q || ar_ready_i;
  assign ar_next = choose(ar_valid_i, ar_master_q);
  assign aw_room = (!aw_full_q || aw_ready_i) && order_ready;
  assign aw_next = choose(aw_valid_i, aw_master_q);

  always_comb begin
    ar_ready_o = '0;
    aw_ready_o = '0;
    ar_ready_o[ar_next] = ar_room;
    aw_ready_o[aw_next] = aw_room;
  end

  assign ar_valid_o = ar_full_q;
  assign ar_o = ar_q;
  assign ar_master_o = ar_master_q;
  assign aw_valid_o = aw_full_q;
  assign aw_o = aw_q;
  assign aw_master_o = aw_master_q;

  always_ff @(posedge clk_i) begin
    if (ar_room) ar_q <= ar_i[ar_next];
    if (aw_room) aw_q <= aw_i[aw_next];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ar_full_q <= 1'b0;
      ar_master_q <= 1'b0;
      aw_full_q <= 1'b0;
      aw_master_q <= 1'b0;
    end else begin
      if (ar_room) ar_full_q <= ar_valid_i != '0;
      if (ar_room && ar_valid_i != '0) ar_master_q <= ar_next;
      if (aw_room && aw_valid_i != '0) aw_full_q <= 1'b1;
      else if (aw_ready_i) aw_full_q <= 1'b0;
      if (aw_room && aw_valid_i != '0) aw_master_q <= aw_next;
    end
  end

  // --- Data to write: whose turn it is follows the addresses -----------------------------------

  logic writes, writer;

  sync_fifo #(
    .Width(1),
    .Depth(Depth)
  ) u_order (
    .clk_i,
    .rst_ni,
    .valid_i((!aw_full_q || aw_ready_i) && aw_valid_i != '0),
    .ready_o(order_ready),
    .data_i(aw_next),
    .valid_o(writes),
    .ready_i(w_valid_o && w_ready_i && w_o.last),
    .data_o(writer)
  );

  assign w_valid_o = writes && w_valid_i[writer];
  assign w_o = w_i[writer];
  always_comb begin
    w_ready_o = '0;
    w_ready_o[writer] = writes && w_ready_i;
  end

  // --- Answers --------------------------------------------------------------------------------

  assign r_o = r_i;
  assign r_ready_o = r_ready_i[r_master_i];
  assign b_o = b_i;
  assign b_ready_o = b_ready_i[b_master_i];
  always_comb begin
    r_valid_o = '0;
    b_valid_o = '0;
    r_valid_o[r_master_i] = r_valid_i;
    b_valid_o[b_master_i] = b_valid_i;
  end

  // Where both ask, it is the turn of the one that was not the last.
  `GC_ASSERT(FairReads, !ar_room || ar_valid_i != '1 || ar_next != ar_master_q)
  `GC_ASSERT(FairWrites, !aw_room || aw_valid_i != '1 || aw_next != aw_master_q)

endmodule
