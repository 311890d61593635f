// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the vector unit, random words and rounding included, with a lane for each
// element of a line.
//
// issue_i, slot_i and number_i (of the line's first element) come OperandLatency cycles before a, b
// and c. rounded_o are the results in bfloat16. With
// FunctionLanes less than N, lines whose function is approximated must be N / FunctionLanes cycles
// apart. Latency: from the operands that of vector_alu. Throughput: one line a cycle; no
// backpressure.
`include "gradcore_assert.svh"
module full_lanes
  import isa_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned FunctionLanes = N
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            key_valid_i,
  input  logic [31:0]     seed_i,
  input  logic [15:0]     stream_i,
  output logic            key_ready_o,

  input  logic            issue_i,
  input  logic            slot_i,
  input  vector_context_t context_i [2],
  input  logic [31:0]     number_i,
  input  logic [31:0]     a_i       [N],
  input  logic [31:0]     b_i       [N],
  input  logic [31:0]     c_i       [N],

  output logic            valid_o,
  output logic [31:0]     data_o    [N],
  output logic [15:0]     rounded_o [N]
);

  // From issue to result; and lines whose random words wait meanwhile.
  localparam int unsigned Latency = OperandLatency + alu_latency(N, FunctionLanes);
  localparam int unsigned Waiting = 1 << $clog2(Latency - RandomLatency + 1);

  // Element i was issued i + 1 cycles ago.
  logic [Latency-1:0]       issued_q, stochastic_q;
  logic [RandomLatency-1:0] slot_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) issued_q <= '0;
    else issued_q <= {issued_q[Latency-2:0], issue_i};
  end

  always_ff @(posedge clk_i) begin
    stochastic_q <= {stochastic_q[Latency-2:0], context_i[slot_i].stochastic};
    slot_q <= {slot_q[RandomLatency-2:0], slot_i};
  end

  assign valid_o = issued_q[Latency-1];

  // --- Random words: for dropout beside the product, for rounding at the end ------------------

  logic [31:0]     words     [N];
  logic            keep      [N];
  logic            keep_late [N];
  logic [N*16-1:0] halves, result_halves;
  logic            push, pop, random_ready, random_valid;
  vector_context_t at_words, at_alu;

  // Most lines want none: nothing moves then.
  localparam int unsigned Keeping = OperandLatency + MulLatency;
  logic               wanted;
  logic [Keeping-1:0] wanted_q;  // element i was issued i + 1 cycles ago
  assign wanted = issue_i && uses_random(context_i[slot_i]);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) wanted_q <= '0;
    else wanted_q <= {wanted_q[Keeping-2:0], wanted};
  end

  assign at_words = context_i[slot_q[RandomLatency-1]];
  assign push = issued_q[RandomLatency-1] && stochastic_q[RandomLatency-1];
  assign pop = issued_q[Latency-1] && stochastic_q[Latency-1];

  random_words #(
    .Lanes(N)
  ) u_random_words (
    .clk_i,
    .rst_ni,
    .key_valid_i,
    .seed_i,
    .stream_i,
    .key_ready_o,
    .valid_i(wanted),
    .number_i,
    .data_o(words)
  );

  always_comb begin
    keep = '{default: 1'bx};
    halves = 'x;
    if (wanted_q[RandomLatency-1]) begin
      for (int unsigned i = 0; i < N; i++) begin
        keep[i] = words[i] >= at_words.c_constant;
        halves[i*16+:16] = words[i][15:0];
      end
    end
  end

  logic [15:0] random [N];  // of a result
  always_comb begin
    random = '{default: 'x};
    if (pop) begin
      for (int unsigned i = 0; i < N; i++) random[i] = result_halves[i*16+:16];
    end
  end

  delay #(
    .Lanes(N),
    .Width(1),
    .Cycles(Keeping - RandomLatency)
  ) u_delay_keep (
    .clk_i,
    .enable_i(wanted_q != '0),
    .data_i(keep),
    .data_o(keep_late)
  );

  sync_fifo #(
    .Width(N * 16),
    .Depth(Waiting)
  ) u_random (
    .clk_i,
    .rst_ni,
    .valid_i(push),
    .ready_o(random_ready),
    .data_i(halves),
    .valid_o(random_valid),
    .ready_i(pop),
    .data_o(result_halves)
  );

  // --- Numbers ----------------------------------------------------------------------------------

  assign at_alu = context_i[slot_q[OperandLatency-1]];

  vector_alu #(
    .Lanes(N),
    .FunctionLanes(FunctionLanes)
  ) u_alu (
    .clk_i,
    .rst_ni,
    .valid_i(issued_q[OperandLatency-1]),
    .combine_i(at_alu.combine),
    .apply_i(at_alu.apply),
    .a_i,
    .b_i,
    .c_i,
    .keep_i(keep_late),
    .data_o
  );

  fp32_to_bf16 #(
    .Lanes(N)
  ) u_round (
    .valid_i(valid_o),
    .stochastic_i(stochastic_q[Latency-1]),
    .random_i(random),
    .data_i(data_o),
    .data_o(rounded_o)
  );

  `GC_ASSERT(RandomHasRoom, random_ready || !push)
  `GC_ASSERT(RandomIsThere, random_valid || !pop)

endmodule
