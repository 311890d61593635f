// SPDX-License-Identifier: Apache-2.0
// The vector unit: D = apply(combine(a * b, c)), line by line, from and to local memory, and the
// sum or maximum of each row in E.
//
// Carries out checked instructions in order, two overlapping at most (`order`). Lines read through
// two ports (data 2 cycles after the grant) and are written through two; all four may wait.
// A listed instruction with a bad entry in its list ends before that entry, and fault_o tells.
// Latency from a line's last grant to its write: 33 cycles, to that of its row's reduction
// 7 log2(N) + 42; more with fewer lanes than N (narrow_lanes, vector_alu). Throughput: one line a
// cycle (vector_sequencer says when less).
`include "gradcore_assert.svh"
module vector_unit
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Lanes = N,             // elements at a time
  parameter int unsigned FunctionLanes = Lanes  // units that approximate functions
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         valid_i,
  output logic         ready_o,
  input  vector_t      insn_i,
  output logic         done_o,     // the oldest instruction has written everything
  output list_fault_t  fault_o,    // with done_o: its list has a bad entry
  output logic         busy_o,
  output logic         stalled_o,  // a line waits for local memory

  output logic                 list_valid_o,  // of list memory: data in the cycle after
  input  logic                 list_ready_i,
  output logic [QuadWidth-1:0] list_quad_o,
  input  logic [31:0]          list_data_i [QuadEntries],

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

  localparam int unsigned Lines = (64 * Lanes < 16 * N) ? 16 : 64 * Lanes / N;  // under way
  localparam int unsigned RowsOfTiles = 8;
  localparam int unsigned Adders = Lanes / 2;  // keep up with the lanes; 0: one for all

  logic            issue, c_zero, key_valid, key_ready;
  logic [2:0]      granted;
  logic [1:0]      lines_done;
  logic [31:0]     number;
  vector_tag_t     tag, result_tag;
  vector_context_t context_ [2];
  progress_t       main_progress, reduce_progress;

  vector_sequencer #(
    .N(N),
    .VectorLanes(Lanes),
    .FunctionLanes(FunctionLanes),
    .Lines(Lines),
    .RowsOfTiles(RowsOfTiles)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .valid_i,
    .ready_o,
    .insn_i,
    .done_o,
    .fault_o,
    .busy_o,
    .stalled_o,
    .list_valid_o,
    .list_ready_i,
    .list_quad_o,
    .list_data_i,
    .read_valid_o,
    .read_ready_i,
    .read_place_o,
    .granted_o(granted),
    .issue_o(issue),
    .tag_o(tag),
    .number_o(number),
    .c_zero_o(c_zero),
    .context_o(context_),
    .key_valid_o(key_valid),
    .key_ready_i(key_ready),
    .lines_done_i(lines_done),
    .main_i(main_progress),
    .reduce_i(reduce_progress)
  );

  // --- Sources and arithmetic: element i of what travels beside them was issued i + 1 cycles ago

  logic [OperandLatency-1:0] issued_q, slot_q, c_zero_q;
  logic [OperandLatency-1:0][IdxWidth-1:0] idx_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) issued_q <= '0;
    else issued_q <= {issued_q[OperandLatency-2:0], issue};
  end

  always_ff @(posedge clk_i) begin
    slot_q <= {slot_q[OperandLatency-2:0], tag.slot};
    c_zero_q <= {c_zero_q[OperandLatency-2:0], c_zero};
    idx_q <= {idx_q[OperandLatency-2:0], tag.idx};
  end

  logic        result_valid, tag_ready, tag_valid;
  logic [31:0] result [N];
  logic [15:0] rounded [N];

  if (Lanes == N) begin : gen_full
    logic [31:0] a [N];
    logic [31:0] b [N];
    logic [31:0] c [N];

    vector_operands #(
      .N(N)
    ) u_operands (
      .clk_i,
      .rst_ni,
      .granted_i(granted),
      .data_i(read_data_i),
      .valid_i(issued_q[OperandLatency-2]),
      .slot_i(slot_q[OperandLatency-2]),
      .idx_i(idx_q[OperandLatency-2]),
      .c_zero_i(c_zero_q[OperandLatency-2]),
      .context_i(context_),
      .a_o(a),
      .b_o(b),
      .c_o(c)
    );

    full_lanes #(
      .N(N),
      .FunctionLanes(FunctionLanes)
    ) u_lanes (
      .clk_i,
      .rst_ni,
      .key_valid_i(key_valid),
      .seed_i(insn_i.seed),
      .stream_i(insn_i.stream),
      .key_ready_o(key_ready),
      .issue_i(issue),
      .slot_i(tag.slot),
      .context_i(context_),
      .number_i(number),
      .a_i(a),
      .b_i(b),
      .c_i(c),
      .valid_o(result_valid),
      .data_o(result),
      .rounded_o(rounded)
    );
  end else begin : gen_narrow
    logic        feed;
    logic [31:0] a [Lanes];
    logic [31:0] b [Lanes];
    logic [31:0] c [Lanes];

    narrow_operands #(
      .N(N),
      .Lanes(Lanes)
    ) u_operands (
      .clk_i,
      .rst_ni,
      .granted_i(granted),
      .data_i(read_data_i),
      .take_i(issued_q[OperandLatency-1]),
      .slot_i(slot_q[OperandLatency-1]),
      .idx_i(idx_q[OperandLatency-1]),
      .c_zero_i(c_zero_q[OperandLatency-1]),
      .feed_i(feed),
      .context_i(context_),
      .a_o(a),
      .b_o(b),
      .c_o(c)
    );

    logic [OperandLatency-1:0][31:0] number_q;
    always_ff @(posedge clk_i) number_q <= {number_q[OperandLatency-2:0], number};

    narrow_lanes #(
      .N(N),
      .Lanes(Lanes),
      .FunctionLanes(FunctionLanes)
    ) u_lanes (
      .clk_i,
      .rst_ni,
      .key_valid_i(key_valid),
      .seed_i(insn_i.seed),
      .stream_i(insn_i.stream),
      .key_ready_o(key_ready),
      .valid_i(issued_q[OperandLatency-1]),
      .slot_i(slot_q[OperandLatency-1]),
      .context_i(context_),
      .number_i(number_q[OperandLatency-1]),
      .feed_o(feed),
      .a_i(a),
      .b_i(b),
      .c_i(c),
      .valid_o(result_valid),
      .data_o(result),
      .rounded_o(rounded)
    );
  end

  // --- Results ----------------------------------------------------------------------------------

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

  vector_results #(
    .N(N),
    .Adders(Adders),
    .Lines(Lines),
    .RowsOfTiles(RowsOfTiles),
    .OnePort(N / Lanes >= 4)
  ) u_results (
    .clk_i,
    .rst_ni,
    .valid_i(result_valid),
    .tag_i(result_tag),
    .context_i(context_),
    .data_i(result),
    .rounded_i(rounded),
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

endmodule
