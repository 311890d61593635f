// SPDX-License-Identifier: Apache-2.0
// Carries out loads: matrices from DRAM to local memory, in order. Rows of indexed ones are those
// that list memory names; other words go to list memory.
//
// Bursts are requested as far ahead as MaxBursts and a queue of four instructions allow, whatever
// still arrives: the latency of DRAM is paid once, not once an instruction. All have the same id,
// so beats come in their order; lines are written rows ascending, within a row lines ascending.
// Throughput: 16 bytes a cycle where rows are aligned or adjoin, at most one line a cycle;
// otherwise one cycle more for a row. Backpressure: valid/ready on every port.
// A beat with an error does not stop the instruction: it runs to its end, which error_o marks. One
// with a bad entry in its list ends before the row of that entry, which fault_o then says. It looks
// at no list before all that goes to list memory ahead of it is there.
// stop_i, which stays until reset, ends requests and throws away what still comes; when idle_o
// is high nothing is outstanding on the bus.
`include "gradcore_assert.svh"
module load_engine
  import gradcore_pkg::*;
  import unit_pkg::*;
  import axi_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Beats = 16,     // of a burst at most
  parameter int unsigned MaxBursts = 32  // outstanding, a power of two
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         valid_i,
  output logic         ready_o,
  input  transfer_t    transfer_i,

  output logic         ar_valid_o,
  input  logic         ar_ready_i,
  output axi_address_t ar_o,
  input  logic         r_valid_i,
  output logic         r_ready_o,
  input  axi_read_t    r_i,

  output logic         write_valid_o,
  input  logic         write_ready_i,
  output place_t       write_place_o,
  output logic [N-1:0] write_mask_o,
  output logic [31:0]  write_data_o [N],

  output logic                 list_valid_o,   // of list memory: data in the cycle after
  input  logic                 list_ready_i,
  output logic [QuadWidth-1:0] list_quad_o,
  input  logic [31:0]          list_data_i [QuadEntries],
  output logic                 list_write_o,
  output logic [ListWidth-1:0] list_entry_o,
  output logic [BeatWords-1:0] list_mask_o,
  output logic [31:0]          list_data_o [BeatWords],

  output logic         done_o,     // for a cycle: an instruction is in local memory
  output logic         error_o,    // with done_o: DRAM answered with an error
  output list_fault_t  fault_o,    // with done_o: its list has a bad entry
  output logic         busy_o,     // an instruction is inside
  output logic         stalled_o,  // busy, and in this cycle nothing moves
  input  logic         stop_i,
  output logic         idle_o
);

  localparam int unsigned CountW = $clog2(MaxBursts) + 1;
  localparam int unsigned InsideW = 4;

  logic [CountW-1:0]  bursts_q;  // requested, with the one that is offered, last beat not taken
  logic [InsideW-1:0] inside_q;

  // --- Requests -----------------------------------------------------------------------------
  logic                       bursts_ready, burst_valid, burst_ready;
  logic                       queue_ready, walk_valid, walk_ready, accept, list_ready;
  logic                       span_valid, row_valid, row_ready;
  logic                       unused_burst_last, unused_part, unused_end, unused_end_bad;
  list_fault_t                fault;
  dma_row_t                   row;
  transfer_t                  span;
  logic [AxiAddressWidth-1:0] burst_address;
  logic [7:0]                 burst_length;
  transfer_t                  walk_transfer;

  logic [InsideW-1:0] lists_q;  // instructions inside that go to list memory
  logic               may_enter;
  assign may_enter = queue_ready && !stop_i && !(transfer_i.indexed && lists_q != '0);
  assign ready_o = list_ready && may_enter;
  assign accept = valid_i && ready_o;

  row_list u_rows (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i && may_enter),
    .ready_o(list_ready),
    .transfer_i,
    .list_valid_o,
    .list_ready_i,
    .list_quad_o,
    .list_data_i,
    .span_valid_o(span_valid),
    .span_ready_i(bursts_ready),
    .span_o(span),
    .part_o(unused_part),
    .row_valid_o(row_valid),
    .row_ready_i(row_ready),
    .row_o(row),
    .end_valid_o(unused_end),
    .end_ready_i(1'b1),
    .end_bad_o(unused_end_bad),
    .fault_o(fault)
  );

  burst_walk #(
    .Beats(Beats)
  ) u_bursts (
    .clk_i,
    .rst_ni,
    .valid_i(span_valid),
    .ready_o(bursts_ready),
    .transfer_i(span),
    .valid_o(burst_valid),
    .ready_i(burst_ready),
    .address_o(burst_address),
    .length_o(burst_length),
    .last_o(unused_burst_last)
  );

  assign burst_ready = (!ar_valid_o || ar_ready_i) && bursts_q != CountW'(MaxBursts) && !stop_i;

  always_ff @(posedge clk_i) begin
    if (burst_valid && burst_ready) begin
      ar_o <= '{id: AxiIdLoad, address: burst_address, length: burst_length};
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ar_valid_o <= 1'b0;
      bursts_q <= '0;
    end else begin
      if (!ar_valid_o || ar_ready_i) ar_valid_o <= burst_valid && burst_ready;
      bursts_q <= bursts_q + CountW'(burst_valid && burst_ready) -
          CountW'(r_valid_i && r_ready_o && r_i.last);
    end
  end

  assign idle_o = bursts_q == '0;

  // --- Data ---------------------------------------------------------------------------------
  logic                    beats_ready, beat_valid, beat_ready, beat_error;
  logic [AxiDataWidth-1:0] beat;
  logic                    walked_valid, walked_ready, line_valid, line_ready;
  dma_line_t               walked, line, chunk_line;
  logic                    chunk_valid, chunk_ready, chunk_end, chunk_error, last, error, bad;
  logic [31:0]             chunk [BeatWords];
  logic [31:0]             beat_words [BeatWords];
  logic [ChunkIndexWidth-1:0] chunk_index;

  assign r_ready_o = beats_ready || stop_i;
  for (genvar i = 0; i < BeatWords; i++) begin : gen_word
    assign beat_words[i] = beat[32*i+:32];
  end

  sync_fifo #(
    .Width(AxiDataWidth + 1),
    .Depth(4)
  ) u_beats (
    .clk_i,
    .rst_ni,
    .valid_i(r_valid_i && !stop_i),
    .ready_o(beats_ready),
    .data_i({r_i.resp != AxiOkay, r_i.data}),
    .valid_o(beat_valid),
    .ready_i(beat_ready),
    .data_o({beat_error, beat})
  );

  sync_fifo #(
    .Width($bits(transfer_t)),
    .Depth(4)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .valid_i(accept),
    .ready_o(queue_ready),
    .data_i(transfer_i),
    .valid_o(walk_valid),
    .ready_i(walk_ready),
    .data_o(walk_transfer)
  );

  line_walk #(
    .N(N)
  ) u_lines (
    .clk_i,
    .rst_ni,
    .valid_i(walk_valid),
    .ready_o(walk_ready),
    .transfer_i(walk_transfer),
    .row_valid_i(row_valid),
    .row_ready_o(row_ready),
    .row_i(row),
    .valid_o(walked_valid),
    .ready_i(walked_ready),
    .line_o(walked)
  );

  // Keeps what holds back chunks from holding back the walk in the same cycle.
  sync_fifo #(
    .Width($bits(dma_line_t)),
    .Depth(2)
  ) u_walked (
    .clk_i,
    .rst_ni,
    .valid_i(walked_valid),
    .ready_o(walked_ready),
    .data_i(walked),
    .valid_o(line_valid),
    .ready_i(line_ready),
    .data_o(line)
  );

  beat_unpack #(
    .N(N)
  ) u_unpack (
    .clk_i,
    .rst_ni,
    .beat_valid_i(beat_valid),
    .beat_ready_o(beat_ready),
    .beat_i(beat_words),
    .beat_error_i(beat_error),
    .line_valid_i(line_valid),
    .line_ready_o(line_ready),
    .line_i(line),
    .valid_o(chunk_valid),
    .ready_i(chunk_ready),
    .chunk_o(chunk),
    .line_o(chunk_line),
    .index_o(chunk_index),
    .end_o(chunk_end),
    .error_o(chunk_error)
  );

  line_write #(
    .N(N)
  ) u_write (
    .clk_i,
    .rst_ni,
    .valid_i(chunk_valid),
    .ready_o(chunk_ready),
    .chunk_i(chunk),
    .line_i(chunk_line),
    .index_i(chunk_index),
    .end_i(chunk_end),
    .error_i(chunk_error),
    .write_valid_o,
    .write_ready_i,
    .write_place_o,
    .write_mask_o,
    .write_data_o,
    .list_valid_o(list_write_o),
    .list_entry_o,
    .list_mask_o,
    .list_data_o,
    .last_o(last),
    .error_o(error),
    .bad_o(bad)
  );

  // --- Instructions -------------------------------------------------------------------------
  logic written;
  assign written = ((write_valid_o && write_ready_i) || list_write_o) && last;

  logic bad_q;
  always_ff @(posedge clk_i) begin
    error_o <= error;
    bad_q <= bad;
  end
  assign fault_o = '{valid: bad_q, position: fault.position, entry: fault.entry};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      done_o <= 1'b0;
      inside_q <= '0;
      lists_q <= '0;
    end else begin
      done_o <= written;
      lists_q <= lists_q + InsideW'(accept && transfer_i.to_list) -
          InsideW'(written && list_write_o);
      inside_q <= inside_q + InsideW'(accept) - InsideW'(written);
    end
  end

  assign busy_o = inside_q != '0;
  assign stalled_o = busy_o && !(r_valid_i && r_ready_o) && !(ar_valid_o && ar_ready_i) &&
                     !(write_valid_o && write_ready_i) && !list_write_o;

  `GC_ASSERT(OnlyMyBeats, !r_valid_i || (r_i.id == AxiIdLoad && bursts_q != '0))

endmodule
