// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the vector unit, random words included, for lines of more elements than there
// are lanes: a line goes through the lanes group by group.
//
// A group is fed every cycle, or every Lanes / FunctionLanes where its function is approximated.
// The next line must come that many times N / Lanes cycles later. number_i is that of the line's
// first element, random_o its random halves where it rounds stochastically. A key may be taken once
// the last line that uses the one before has been fed.
// Latency: alu_latency(Lanes, FunctionLanes) + 1 + what it takes to feed all groups but the first.
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
  input  logic [31:0]     a_i       [N],
  input  logic [31:0]     b_i       [N],
  input  logic [31:0]     c_i       [N],

  output logic            valid_o,
  output logic [31:0]     data_o    [N],
  output logic [15:0]     random_o  [N]
);

  localparam int unsigned Groups = N / Lanes;
  localparam int unsigned Step = Lanes / FunctionLanes;
  localparam int unsigned LeftW = $clog2(Groups + 1);
  localparam int unsigned StepW = $clog2(Step + 1);
  localparam int unsigned Latency = alu_latency(Lanes, FunctionLanes);
  // Lines whose random halves wait for their results.
  localparam int unsigned Waiting = 1 << $clog2((Latency - RandomLatency) / Groups + 2);

  if (Lanes == 0 || FunctionLanes == 0 || Groups < 2 || N % Lanes != 0 ||
      Lanes % FunctionLanes != 0) begin : gen_check
    $error("narrow_lanes: FunctionLanes must divide Lanes, and Lanes N, and be less");
  end

  // --- Group by group: the next one is in the first lanes --------------------------------------

  logic [31:0]      a_q [N];
  logic [31:0]      b_q [N];
  logic [31:0]      c_q [N];
  logic [31:0]      number_q;
  logic             slot_q;
  logic [LeftW-1:0] left_q;  // groups to be fed
  logic [StepW-1:0] wait_q;  // cycles until the next one may
  logic             feed, last;
  vector_context_t  now;
  assign now = context_i[slot_q];
  assign feed = left_q != '0 && wait_q == '0;
  assign last = left_q == LeftW'(1);

  always_ff @(posedge clk_i) begin : hold
    logic [31:0] a_d [N];
    logic [31:0] b_d [N];
    logic [31:0] c_d [N];
    for (int unsigned i = 0; i < N; i++) begin
      a_d[i] = valid_i ? a_i[i] : a_q[(i+Lanes)%N];
      b_d[i] = valid_i ? b_i[i] : b_q[(i+Lanes)%N];
      c_d[i] = valid_i ? c_i[i] : c_q[(i+Lanes)%N];
    end
    if (valid_i || feed) begin
      a_q <= a_d;
      b_q <= b_d;
      c_q <= c_d;
      number_q <= valid_i ? number_i : number_q + Lanes;
    end
    if (valid_i) slot_q <= slot_i;
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
      wait_q <= approximated(now.apply) ? StepW'(Step - 1) : '0;
    end else if (wait_q != '0) begin
      wait_q <= wait_q - 1'b1;
    end
  end

  logic [31:0] a [Lanes];
  logic [31:0] b [Lanes];
  logic [31:0] c [Lanes];
  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      a[i] = a_q[i];
      b[i] = b_q[i];
      c[i] = c_q[i];
    end
  end

  // What travels beside a group: element i was fed i + 1 cycles ago.
  logic [Latency-1:0]       fed_q, last_q;
  logic [RandomLatency-1:0] slots_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fed_q <= '0;
      last_q <= '0;
    end else begin
      fed_q <= {fed_q[Latency-2:0], feed};
      last_q <= {last_q[Latency-2:0], feed && last};
    end
  end
  always_ff @(posedge clk_i) slots_q <= {slots_q[RandomLatency-2:0], slot_q};

  // --- Random words: for dropout after the product, for rounding at the end --------------------

  logic [31:0]     words  [Lanes];
  logic            keep_q [Lanes];
  logic [15:0]     halves_q [N];  // a group enters at the last lanes and pushes the others on
  logic [N*16-1:0] halves, result_halves;
  logic            push, pop, random_ready, random_valid;
  vector_context_t at_words;
  assign at_words = context_i[slots_q[RandomLatency-1]];

  random_words #(
    .Lanes(Lanes)
  ) u_random_words (
    .clk_i,
    .rst_ni,
    .key_valid_i,
    .seed_i,
    .stream_i,
    .key_ready_o,
    .valid_i(feed),
    .number_i(number_q),
    .data_o(words)
  );

  always_ff @(posedge clk_i) begin : random
    logic        keep_d   [Lanes];
    logic [15:0] halves_d [N];
    for (int unsigned i = 0; i < Lanes; i++) keep_d[i] = words[i] >= at_words.c_constant;
    for (int unsigned i = 0; i < N - Lanes; i++) halves_d[i] = halves_q[i+Lanes];
    for (int unsigned i = 0; i < Lanes; i++) halves_d[N-Lanes+i] = words[i][15:0];
    keep_q <= keep_d;
    if (fed_q[RandomLatency-1]) halves_q <= halves_d;
  end

  // One cycle after its last group's words.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) push <= 1'b0;
    else push <= last_q[RandomLatency-1] && at_words.stochastic;
  end

  always_comb begin
    for (int unsigned i = 0; i < N; i++) begin
      halves[i*16+:16] = halves_q[i];
      random_o[i] = result_halves[i*16+:16];
    end
  end

  logic [Latency-1:0] stochastic_q;  // beside last_q
  always_ff @(posedge clk_i) stochastic_q <= {stochastic_q[Latency-2:0], now.stochastic};
  assign pop = last_q[Latency-1] && stochastic_q[Latency-1];

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

  // --- The lanes, and the line again ------------------------------------------------------------

  logic [31:0] value    [Lanes];
  logic [31:0] groups_q [N];

  vector_alu #(
    .Lanes(Lanes),
    .FunctionLanes(FunctionLanes)
  ) u_alu (
    .clk_i,
    .rst_ni,
    .valid_i(feed),
    .combine_i(now.combine),
    .apply_i(now.apply),
    .a_i(a),
    .b_i(b),
    .c_i(c),
    .keep_i(keep_q),
    .data_o(value)
  );

  always_ff @(posedge clk_i) begin
    if (fed_q[Latency-1]) groups_q <= data_o;
  end

  always_comb begin
    for (int unsigned i = 0; i < N - Lanes; i++) data_o[i] = groups_q[i+Lanes];
    for (int unsigned i = 0; i < Lanes; i++) data_o[N-Lanes+i] = value[i];
  end

  assign valid_o = last_q[Latency-1];

  `GC_ASSERT(Apart, !valid_i || left_q == '0 || (feed && last))
  `GC_ASSERT(RandomHasRoom, random_ready || !push)
  `GC_ASSERT(RandomIsThere, random_valid || !pop)

endmodule
