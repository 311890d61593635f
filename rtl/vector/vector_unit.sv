// SPDX-License-Identifier: Apache-2.0
// The vector unit: D = apply(combine(a * b, c)), line by line, from and to local memory, and the
// sum or maximum of each row in E.
//
// Carries out checked instructions in order, two overlapping at most (`order`). Lines read through
// two ports (data 2 cycles after the grant) and are written through two; all four may wait.
// Latency from a line's last grant to its write: 33 cycles, to that of its row's reduction
// 7 log2(N) + 42. Throughput: one line a cycle (vector_sequencer says when less).
`include "gradcore_assert.svh"
module vector_unit
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 16
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         valid_i,
  output logic         ready_o,
  input  vector_t      insn_i,
  output logic         done_o,     // the oldest instruction has written everything
  output logic         busy_o,
  output logic         stalled_o,  // a line waits for local memory

  output logic         read_valid_o  [2],
  input  logic         read_ready_i  [2],
  output place_t       read_place_o  [2],
  input  logic [31:0]  read_data_i   [2*N],

  output logic         write_valid_o [2],
  input  logic         write_ready_i [2],
  output place_t       write_place_o [2],
  output logic [N-1:0] write_mask_o  [2],
  output logic [31:0]  write_data_o  [2*N]
);

  localparam int unsigned Lines = 64;
  localparam int unsigned RowsOfTiles = 8;
  localparam int unsigned Latency = OperandLatency + AluLatency;  // from issue to result

  logic            issue, key_valid, key_ready;
  logic [2:0]      granted;
  logic [1:0]      lines_done;
  logic [31:0]     number;
  vector_tag_t     tag, result_tag;
  vector_context_t context_ [2];
  progress_t       main_progress, reduce_progress;

  vector_sequencer #(
    .N(N),
    .Lines(Lines),
    .RowsOfTiles(RowsOfTiles)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .valid_i,
    .ready_o,
    .insn_i,
    .done_o,
    .busy_o,
    .stalled_o,
    .read_valid_o,
    .read_ready_i,
    .read_place_o,
    .granted_o(granted),
    .issue_o(issue),
    .tag_o(tag),
    .number_o(number),
    .context_o(context_),
    .key_valid_o(key_valid),
    .key_ready_i(key_ready),
    .lines_done_i(lines_done),
    .main_i(main_progress),
    .reduce_i(reduce_progress)
  );

  // --- What travels beside the numbers: element i was issued i + 1 cycles ago -----------------

  logic [Latency-1:0]       issued_q;
  logic [RandomLatency-1:0] slot_q;
  logic [1:0][IdxWidth-1:0] idx_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) issued_q <= '0;
    else issued_q <= {issued_q[Latency-2:0], issue};
  end

  always_ff @(posedge clk_i) begin
    slot_q <= {slot_q[RandomLatency-2:0], tag.slot};
    idx_q <= {idx_q[0], tag.idx};
  end

  logic result_valid, tag_ready, tag_valid;
  assign result_valid = issued_q[Latency-1];

  sync_fifo #(
    .Width($bits(vector_tag_t)),
    .Depth(Lines)
  ) u_tags (
    .clk_i,
    .rst_ni,
    .valid_i(issue),
    .ready_o(tag_ready),
    .data_i(tag),
    .valid_o(tag_valid),
    .ready_i(result_valid),
    .data_o(result_tag)
  );

  // --- Random words: for dropout beside the product, for rounding at the end ------------------

  logic [31:0]     words     [N];
  logic            keep      [N];
  logic            keep_late [N];
  logic [N*16-1:0] halves, result_halves;
  logic [15:0]     random    [N];
  logic            random_ready, random_valid;
  vector_context_t at_words, at_result;
  assign at_words = context_[slot_q[RandomLatency-1]];
  assign at_result = context_[result_tag.slot];

  random_words #(
    .Lanes(N)
  ) u_random_words (
    .clk_i,
    .rst_ni,
    .key_valid_i(key_valid),
    .seed_i(insn_i.seed),
    .stream_i(insn_i.stream),
    .key_ready_o(key_ready),
    .number_i(number),
    .data_o(words)
  );

  always_comb begin
    for (int unsigned i = 0; i < N; i++) begin
      keep[i] = words[i] >= at_words.c_constant;
      halves[i*16+:16] = words[i][15:0];
      random[i] = result_halves[i*16+:16];
    end
  end

  delay #(
    .Lanes(N),
    .Width(1),
    .Cycles(OperandLatency + MulLatency - RandomLatency)
  ) u_delay_keep (
    .clk_i,
    .data_i(keep),
    .data_o(keep_late)
  );

  sync_fifo #(
    .Width(N * 16),
    .Depth(32)
  ) u_random (
    .clk_i,
    .rst_ni,
    .valid_i(issued_q[RandomLatency-1] && at_words.stochastic),
    .ready_o(random_ready),
    .data_i(halves),
    .valid_o(random_valid),
    .ready_i(result_valid && at_result.stochastic),
    .data_o(result_halves)
  );

  // --- Sources, arithmetic, results -----------------------------------------------------------

  logic [31:0] a [N];
  logic [31:0] b [N];
  logic [31:0] c [N];
  logic [31:0] result [N];
  vector_context_t at_alu;
  assign at_alu = context_[slot_q[OperandLatency-1]];

  vector_operands #(
    .N(N)
  ) u_operands (
    .clk_i,
    .rst_ni,
    .granted_i(granted),
    .data_i(read_data_i),
    .slot_i(slot_q[OperandLatency-2]),
    .idx_i(idx_q[OperandLatency-2]),
    .context_i(context_),
    .a_o(a),
    .b_o(b),
    .c_o(c)
  );

  vector_alu #(
    .Lanes(N)
  ) u_alu (
    .clk_i,
    .rst_ni,
    .valid_i(issued_q[OperandLatency-1]),
    .combine_i(at_alu.combine),
    .apply_i(at_alu.apply),
    .a_i(a),
    .b_i(b),
    .c_i(c),
    .keep_i(keep_late),
    .data_o(result)
  );

  vector_results #(
    .N(N),
    .Lines(Lines),
    .RowsOfTiles(RowsOfTiles)
  ) u_results (
    .clk_i,
    .rst_ni,
    .valid_i(result_valid),
    .tag_i(result_tag),
    .context_i(context_),
    .data_i(result),
    .random_i(random),
    .write_valid_o,
    .write_ready_i,
    .write_place_o,
    .write_mask_o,
    .write_data_o,
    .lines_done_o(lines_done),
    .main_o(main_progress),
    .reduce_o(reduce_progress)
  );

  `GC_ASSERT(TagsHaveRoom, tag_ready || !issue)
  `GC_ASSERT(TagIsThere, tag_valid || !result_valid)
  `GC_ASSERT(RandomHasRoom, random_ready || !(issued_q[RandomLatency-1] && at_words.stochastic))
  `GC_ASSERT(RandomIsThere, random_valid || !(result_valid && at_result.stochastic))

endmodule
