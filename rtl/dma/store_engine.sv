// SPDX-License-Identifier: Apache-2.0
// Carries out stores: matrices from local memory to DRAM, in order. Rows of indexed ones go where
// list memory says; one with a bad entry in its list stores nothing, and fault_o tells.
//
// Bursts are announced as far ahead as MaxBursts and a queue of four instructions allow; their
// data follow in the same order and do not wait until they are taken. Narrow ends have strobes;
// bytes between rows are never written. An instruction is done when all its bursts are answered.
// Throughput: 16 bytes a cycle where rows are aligned or adjoin, at most one line a cycle;
// otherwise one cycle more for a row. Backpressure: valid/ready on every port, but for read_data_i.
// stop_i, which stays until reset, ends announcements; bursts that are announced end with beats
// without strobes, and done_o stays low. When idle_o is high nothing is outstanding on the bus.
`include "gradcore_assert.svh"
module store_engine
  import gradcore_pkg::*;
  import unit_pkg::*;
  import axi_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Beats = 16,     // of a burst at most
  parameter int unsigned MaxBursts = 32  // outstanding, a power of two
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  input  logic          valid_i,
  output logic          ready_o,
  input  transfer_t     transfer_i,

  output logic          read_valid_o,
  input  logic          read_ready_i,
  output place_t        read_place_o,
  input  logic [31:0]   read_data_i [N],  // 2 cycles after valid and ready met

  output logic                 list_valid_o,   // of list memory: data in the cycle after
  input  logic                 list_ready_i,
  output logic [QuadWidth-1:0] list_quad_o,
  input  logic [31:0]          list_data_i [QuadEntries],

  output logic          aw_valid_o,
  input  logic          aw_ready_i,
  output axi_address_t  aw_o,
  output logic          w_valid_o,
  input  logic          w_ready_i,
  output axi_write_t    w_o,
  input  logic          b_valid_i,
  output logic          b_ready_o,
  input  axi_response_t b_i,

  output logic          done_o,     // for a cycle: an instruction is in DRAM
  output logic          error_o,    // with done_o: DRAM answered with an error
  output list_fault_t   fault_o,    // with done_o: its list has a bad entry
  output logic          busy_o,     // an instruction is inside
  output logic          stalled_o,  // busy, and in this cycle nothing moves
  input  logic          stop_i,
  output logic          idle_o
);

  localparam int unsigned CountW = $clog2(MaxBursts) + 1;
  localparam int unsigned InsideW = $clog2(MaxBursts + 16);

  // --- Bursts -------------------------------------------------------------------------------
  logic                       bursts_ready, burst_valid, burst_ready, burst_last, announce;
  logic                       queue_ready, walk_valid, walk_ready, accept, list_ready;
  logic                       span_valid, row_valid, row_ready, part, part_q;
  logic                       end_valid, end_ready, end_bad, lasts_ready;
  list_fault_t                fault;
  dma_row_t                   row;
  transfer_t                  span;
  logic [AxiAddressWidth-1:0] burst_address;
  logic [7:0]                 burst_length;
  transfer_t                  walk_transfer;
  logic [CountW-1:0]          bursts_q;  // announced and not answered

  assign ready_o = list_ready && queue_ready && !stop_i;
  assign accept = valid_i && ready_o;

  row_list #(
    .CheckFirst(1'b1)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i && queue_ready && !stop_i),
    .ready_o(list_ready),
    .transfer_i,
    .list_valid_o,
    .list_ready_i,
    .list_quad_o,
    .list_data_i,
    .span_valid_o(span_valid),
    .span_ready_i(bursts_ready),
    .span_o(span),
    .part_o(part),
    .row_valid_o(row_valid),
    .row_ready_i(row_ready),
    .row_o(row),
    .end_valid_o(end_valid),
    .end_ready_i(end_ready),
    .end_bad_o(end_bad),
    .fault_o(fault)
  );

  // The end of an indexed transfer is none of its bursts: it goes behind them by itself.
  assign end_ready = lasts_ready;
  always_ff @(posedge clk_i) begin
    if (span_valid && bursts_ready) part_q <= part;
  end

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
    .last_o(burst_last)
  );

  assign burst_ready = (!aw_valid_o || aw_ready_i) && bursts_q != CountW'(MaxBursts) &&
      lasts_ready && !stop_i;
  assign announce = burst_valid && burst_ready;

  always_ff @(posedge clk_i) begin
    if (announce) aw_o <= '{id: AxiIdStore, address: burst_address, length: burst_length};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_valid_o <= 1'b0;
      bursts_q <= '0;
    end else begin
      if (!aw_valid_o || aw_ready_i) aw_valid_o <= announce;
      bursts_q <= bursts_q + CountW'(announce) - CountW'(b_valid_i && b_ready_o);
    end
  end

  assign idle_o = bursts_q == '0;

  // --- Data ---------------------------------------------------------------------------------
  logic                    line_valid, line_ready, chunk_valid, chunk_ready;
  logic                    chunk_begin, chunk_end, beat_valid, beat_ready;
  dma_line_t               line, chunk_line;
  logic [31:0]             chunk [BeatWords];
  logic [3:0]              chunk_halves;
  logic [31:0]             beat [BeatWords];
  logic [AxiDataWidth-1:0] beat_data;
  logic [AxiBytes-1:0]     strobe;

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
    .N(N),
    .SkipRows(1'b1)
  ) u_lines (
    .clk_i,
    .rst_ni,
    .valid_i(walk_valid),
    .ready_o(walk_ready),
    .transfer_i(walk_transfer),
    .row_valid_i(row_valid),
    .row_ready_o(row_ready),
    .row_i(row),
    .valid_o(line_valid),
    .ready_i(line_ready),
    .line_o(line)
  );

  line_read #(
    .N(N)
  ) u_read (
    .clk_i,
    .rst_ni,
    .line_valid_i(line_valid),
    .line_ready_o(line_ready),
    .line_i(line),
    .read_valid_o,
    .read_ready_i,
    .read_place_o,
    .read_data_i,
    .valid_o(chunk_valid),
    .ready_i(chunk_ready),
    .chunk_o(chunk),
    .halves_o(chunk_halves),
    .line_o(chunk_line),
    .begin_o(chunk_begin),
    .end_o(chunk_end)
  );

  beat_pack u_pack (
    .clk_i,
    .rst_ni,
    .valid_i(chunk_valid),
    .ready_o(chunk_ready),
    .chunk_i(chunk),
    .halves_i(chunk_halves),
    .fresh_i(chunk_line.fresh && chunk_begin),
    .offset_i(chunk_line.offset),
    .end_i(chunk_line.span_end && chunk_end),
    .beat_valid_o(beat_valid),
    .beat_ready_i(beat_ready),
    .beat_o(beat),
    .strobe_o(strobe)
  );

  for (genvar i = 0; i < BeatWords; i++) begin : gen_word
    assign beat_data[32*i+:32] = beat[i];
  end

  // Beats of the bursts that are announced: how many each has.
  logic       length_valid, lengths_ready, beat_last, send;
  logic [7:0] length, sent_q;

  sync_fifo #(
    .Width(8),
    .Depth(MaxBursts)
  ) u_lengths (
    .clk_i,
    .rst_ni,
    .valid_i(announce),
    .ready_o(lengths_ready),
    .data_i(burst_length),
    .valid_o(length_valid),
    .ready_i(send && beat_last),
    .data_o(length)
  );

  assign beat_last = sent_q == length;
  assign beat_ready = length_valid && (!w_valid_o || w_ready_i) && !stop_i;
  assign send = length_valid && (!w_valid_o || w_ready_i) && (beat_valid || stop_i);

  always_ff @(posedge clk_i) begin
    if (send) w_o <= '{data: beat_data, strobe: strobe & {AxiBytes{!stop_i}}, last: beat_last};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      w_valid_o <= 1'b0;
      sent_q <= '0;
    end else begin
      if (!w_valid_o || w_ready_i) w_valid_o <= send;
      if (send) sent_q <= beat_last ? '0 : sent_q + 1'b1;
    end
  end

  // --- Answers ------------------------------------------------------------------------------
  typedef struct packed {
    logic is_end;  // no burst: waits for no answer
    logic last;
    logic bad;
  } answer_t;
  answer_t            expected, answer;
  logic               lasts_valid, taken, answered, error_q, error, bad_q;
  logic [InsideW-1:0] inside_q;

  assign expected = announce ? answer_t'{is_end: 1'b0, last: burst_last && !part_q, bad: 1'b0}
                             : answer_t'{is_end: 1'b1, last: 1'b1, bad: end_bad};

  sync_fifo #(
    .Width($bits(answer_t)),
    .Depth(MaxBursts)
  ) u_lasts (
    .clk_i,
    .rst_ni,
    .valid_i(announce || end_valid),
    .ready_o(lasts_ready),
    .data_i(expected),
    .valid_o(lasts_valid),
    .ready_i(b_valid_i || answer.is_end),
    .data_o(answer)
  );

  assign b_ready_o = !(lasts_valid && answer.is_end);
  assign taken = b_valid_i && b_ready_o;
  assign answered = (taken || (lasts_valid && answer.is_end)) && answer.last;
  assign error = error_q || (taken && b_i.resp != AxiOkay);

  always_ff @(posedge clk_i) begin
    error_o <= error;
    bad_q <= answer.bad;
  end
  assign fault_o = '{valid: bad_q, position: fault.position, entry: fault.entry};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      done_o <= 1'b0;
      error_q <= 1'b0;
      inside_q <= '0;
    end else begin
      done_o <= answered && !stop_i;
      error_q <= error && !answered;
      inside_q <= inside_q + InsideW'(accept) - InsideW'(answered);
    end
  end

  assign busy_o = inside_q != '0;
  assign stalled_o = busy_o && !taken && !(w_valid_o && w_ready_i) &&
                     !(aw_valid_o && aw_ready_i) && !(read_valid_o && read_ready_i);

  `GC_ASSERT(OnlyMyAnswers, !b_valid_i || (b_i.id == AxiIdStore && lasts_valid))
  `GC_ASSERT(BurstsHaveRoom, !announce || lengths_ready)
  `GC_ASSERT(EndsComeApart, !(announce && end_valid))

endmodule
