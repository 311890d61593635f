// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the vector unit, random words and rounding included, for lines of more elements
// than there are lanes: a line goes through the lanes group by group.
//
// A group is fed every cycle, or every Lanes / FunctionLanes where its function is approximated;
// feed_o asks narrow_operands for it. The next line must come that many times N / Lanes cycles
// later. number_i is that of the line's first element, rounded_o the results in bfloat16. A key may
// be taken once the last line that uses the one before has been fed.
// Latency: alu_latency(Lanes, FunctionLanes) + 2 + what it takes to feed all groups but the first.
// Throughput: see above; no backpressure.
`include "gradcore_assert.svh"
module narrow_lanes
  import isa_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Lanes = N / 2,     // less than N, and divides it
  parameter int unsigned FunctionLanes = 1  // divides Lanes
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            key_valid_i,
  input  logic [31:0]     seed_i,
  input  logic [15:0]     stream_i,
  output logic            key_ready_o,

  input  logic            valid_i,
  input  logic            slot_i,
  input  vector_context_t context_i [2],
  input  logic [31:0]     number_i,
  output logic            feed_o,
  input  logic [31:0]     a_i       [Lanes],  // a cycle after feed_o
  input  logic [31:0]     b_i       [Lanes],
  input  logic [31:0]     c_i       [Lanes],

  output logic            valid_o,
  output logic [31:0]     data_o    [N],
  output logic [15:0]     rounded_o [N]
);

  localparam int unsigned Groups = N / Lanes;
  localparam int unsigned Step = Lanes / FunctionLanes;
  localparam int unsigned LeftW = $clog2(Groups + 1);
  localparam int unsigned StepW = $clog2(Step + 1);
  localparam int unsigned Latency = alu_latency(Lanes, FunctionLanes);
  // Groups whose random halves wait for their results.
  localparam int unsigned Waiting = 1 << $clog2(Latency - RandomLatency + 1);

  if (Lanes == 0 || FunctionLanes == 0 || Groups < 2 || N % Lanes != 0 ||
      Lanes % FunctionLanes != 0) begin : gen_check
    $error("narrow_lanes: FunctionLanes must divide Lanes, and Lanes N, and be less");
  end

  // --- Group by group --------------------------------------------------------------------------

  logic [31:0]      number_q, fed_number_q;
  logic             slot_q;
  logic [LeftW-1:0] left_q;  // groups to be fed
  logic [StepW-1:0] wait_q;  // cycles until the next one may
  logic             feed, last, enter_q, enter_last_q, enter_slot_q;
  vector_context_t  now;     // of the group that enters the lanes
  assign feed = left_q != '0 && wait_q == '0;
  assign last = left_q == LeftW'(1);
  assign feed_o = feed;
  assign now = context_i[enter_slot_q];

  always_ff @(posedge clk_i) begin
    if (valid_i || feed) number_q <= valid_i ? number_i : number_q + Lanes;
    if (valid_i) slot_q <= slot_i;
    fed_number_q <= number_q;
    enter_slot_q <= slot_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q <= '0;
      wait_q <= '0;
    end else if (valid_i) begin
      left_q <= LeftW'(Groups);
      wait_q <= '0;
    end else if (feed) begin
      left_q <= left_q - 1'b1;
      wait_q <= approximated(context_i[slot_q].apply) ? StepW'(Step - 1) : '0;
    end else if (wait_q != '0) begin
      wait_q <= wait_q - 1'b1;
    end
  end

  // What travels beside a group: element i entered the lanes i + 1 cycles ago.
  logic [Latency-1:0]       fed_q, last_q, stochastic_q;
  logic [RandomLatency-1:0] slots_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enter_q <= 1'b0;
      enter_last_q <= 1'b0;
      fed_q <= '0;
      last_q <= '0;
    end else begin
      enter_q <= feed;
      enter_last_q <= feed && last;
      fed_q <= {fed_q[Latency-2:0], enter_q};
      last_q <= {last_q[Latency-2:0], enter_last_q};
    end
  end
  always_ff @(posedge clk_i) begin
    slots_q <= {slots_q[RandomLatency-2:0], enter_slot_q};
    stochastic_q <= {stochastic_q[Latency-2:0], now.stochastic};
  end

  // --- Random words: for dropout after the product, for rounding at the end --------------------

  logic [31:0]         words  [Lanes];
  logic                keep_q [Lanes];
  logic [Lanes*16-1:0] halves, result_halves;
  logic                push, pop, random_ready, random_valid;
  vector_context_t     at_words;
  assign at_words = context_i[slots_q[RandomLatency-1]];
  assign push = fed_q[RandomLatency-1] && at_words.stochastic;
  assign pop = fed_q[Latency-1] && stochastic_q[Latency-1];

  random_words #(
    .Lanes(Lanes)
  ) u_random_words (
    .clk_i,
    .rst_ni,
    .key_valid_i,
    .seed_i,
    .stream_i,
    .key_ready_o,
    .valid_i(enter_q),
    .number_i(fed_number_q),
    .data_o(words)
  );

  always_ff @(posedge clk_i) begin : dropout
    logic keep_d [Lanes];
    for (int unsigned i = 0; i < Lanes; i++) keep_d[i] = words[i] >= at_words.c_constant;
    keep_q <= keep_d;
  end

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) halves[i*16+:16] = words[i][15:0];
  end

  sync_fifo #(
    .Width(Lanes * 16),
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

  // --- The lanes, and the line again ------------------------------------------------------------

  logic [31:0] value     [Lanes];
  logic [15:0] random    [Lanes];
  logic [15:0] rounded   [Lanes];
  logic [31:0] groups_q  [N];  // a group enters at the last lanes and pushes the others on
  logic [15:0] rounded_q [N];

  vector_alu #(
    .Lanes(Lanes),
    .FunctionLanes(FunctionLanes)
  ) u_alu (
    .clk_i,
    .rst_ni,
    .valid_i(enter_q),
    .combine_i(now.combine),
    .apply_i(now.apply),
    .a_i,
    .b_i,
    .c_i,
    .keep_i(keep_q),
    .data_o(value)
  );

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) random[i] = result_halves[i*16+:16];
  end

  fp32_to_bf16 #(
    .Lanes(Lanes)
  ) u_round (
    .valid_i(fed_q[Latency-1]),
    .stochastic_i(stochastic_q[Latency-1]),
    .random_i(random),
    .data_i(value),
    .data_o(rounded)
  );

  always_ff @(posedge clk_i) begin
    if (fed_q[Latency-1]) begin
      groups_q <= data_o;
      rounded_q <= rounded_o;
    end
  end

  always_comb begin
    for (int unsigned i = 0; i < N - Lanes; i++) data_o[i] = groups_q[i+Lanes];
    for (int unsigned i = 0; i < Lanes; i++) data_o[N-Lanes+i] = value[i];
    for (int unsigned i = 0; i < N - Lanes; i++) rounded_o[i] = rounded_q[i+Lanes];
    for (int unsigned i = 0; i < Lanes; i++) rounded_o[N-Lanes+i] = rounded[i];
  end

  assign valid_o = last_q[Latency-1];

  `GC_ASSERT(Apart, !valid_i || left_q == '0 || (feed && last))
  `GC_ASSERT(RandomHasRoom, random_ready || !push)
  `GC_ASSERT(RandomIsThere, random_valid || !pop)

endmodule
