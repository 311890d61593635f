// SPDX-License-Identifier: Apache-2.0
// row_reduce with a single adder, for lines that are at least N cycles apart.
//
// A line takes N additions: N - 1 in the tree over its lanes, one to its row's total. Time is cut
// into windows of N cycles, in which every addition has a cycle of its own: those of the first
// level, of the second and so on, the total last. A line waits for the next window; its levels
// follow each other by a window or more. So what an addition needs left the adder a constant number
// of cycles ago, and the history of its results is all the memory there is.
// Latency: 28, 40, 88, 168 cycles for N = 4, 8, 16, 32, and up to N - 1 more.
// Throughput: a line in N cycles; no backpressure. Else as row_reduce says.
`include "gradcore_assert.svh"
module serial_reduce
  import gradcore_pkg::*;
  import fp32_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 8
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  valid_i,
  input  logic                  max_i,
  input  logic [CountWidth-1:0] count_i,
  input  logic [IdxWidth-1:0]   row_i,    // within its tile
  input  logic                  first_i,
  input  logic                  last_i,
  input  logic [31:0]           data_i [N],

  output logic                  valid_o,
  output logic [IdxWidth-1:0]   row_o,
  output logic [31:0]           data_o
);

  localparam int unsigned Half = N / 2;
  localparam int unsigned IdxW = $clog2(N);
  localparam int unsigned Levels = IdxW;  // of the tree; level number Levels is the total

  // The first cycle of a level, counted from that of level 0: when its last operands are there, and
  // in the place that the level has in a window.
  function automatic int unsigned begins(int unsigned level);
    int unsigned cycle, place;
    cycle = 0;
    for (int unsigned l = 1; l <= level; l++) begin
      cycle = cycle + AddLatency + ((l < Levels) ? N >> (l + 1) : 0);
      place = N - (N >> l);
      cycle = cycle + (place + N - cycle % N) % N;
    end
    return cycle;
  endfunction

  // How long ago the adder delivered the operands of a level: the left one, and the right one,
  // which comes (N >> (level + 1)) additions behind it.
  function automatic int unsigned left_age(int unsigned level);
    return begins(level) - begins(level - 1) - AddLatency;
  endfunction
  function automatic int unsigned right_age(int unsigned level);
    return left_age(level) - (N >> (level + 1));
  endfunction
  function automatic int unsigned oldest();
    int unsigned age;
    age = 1;
    for (int unsigned l = 1; l <= Levels; l++) if (left_age(l) > age) age = left_age(l);
    return age;
  endfunction

  localparam int unsigned Oldest = oldest();
  localparam int unsigned End = begins(Levels) + AddLatency;  // the total is there
  localparam int unsigned Windows = End / N + 1;
  localparam logic [IdxW-1:0] EndPhase = IdxW'(End);

  if (N < 4 || (N & (N - 1)) != 0) begin : gen_check
    $error("serial_reduce: N must be a power of two of at least 4");
  end

  // --- Lines wait for a window ----------------------------------------------------------------

  typedef struct packed {
    logic                  valid;
    logic                  max;
    logic                  first;
    logic                  last;
    logic [IdxWidth-1:0]   row;
  } tag_t;
  logic [IdxW-1:0]       phase_q;
  logic                  turn;            // the last cycle of a window
  tag_t                  waiting_q;
  tag_t [Windows-1:0]    tag_q;           // element w is of the line that began w windows ago
  logic [CountWidth-1:0] waiting_count_q;
  logic [CountWidth:0]   count_q;
  logic [31:0]           waiting_line_q [N];
  logic [31:0]           line_q         [N];  // of the lanes that are added in this cycle the first
  assign turn = phase_q == IdxW'(N - 1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      phase_q <= '0;
      waiting_q <= '0;
      tag_q <= '0;
    end else begin
      phase_q <= phase_q + 1'b1;
      if (turn) begin
        tag_q <= {tag_q[Windows-2:0], waiting_q};
        waiting_q.valid <= 1'b0;
      end
      if (valid_i) begin
        waiting_q <= '{valid: 1'b1, max: max_i, first: first_i, last: last_i, row: row_i};
      end
    end
  end

  always_ff @(posedge clk_i) begin : hold
    logic [31:0] line_d [N];
    if (valid_i) begin
      waiting_count_q <= count_i;
      waiting_line_q <= data_i;
    end
    if (turn) count_q <= {1'b0, waiting_count_q};
    for (int unsigned i = 0; i < N; i++) line_d[i] = turn ? waiting_line_q[i] : line_q[(i+1)%N];
    line_q <= line_d;
  end

  // --- What is added: the levels take turns ---------------------------------------------------

  logic [31:0] total_q   [N];
  logic [31:0] history_q [Oldest];  // element i left the adder i + 1 cycles ago
  logic [31:0] history   [Oldest+1];
  logic [31:0] pair      [2];
  logic [31:0] both      [1];
  tag_t        now, done;

  always_comb begin
    history[0] = both[0];
    for (int unsigned i = 0; i < Oldest; i++) history[i+1] = history_q[i];
  end

  always_comb begin
    now = tag_q[0];
    for (int unsigned l = 1; l <= Levels; l++) begin
      if (phase_q >= IdxW'(N - (N >> l))) now = tag_q[begins(l)/N];
    end
  end

  always_comb begin : choose
    logic [31:0] neutral;
    neutral = now.max ? NegativeInfinity : NegativeZero;
    pair[0] = (CountWidth + 1)'(phase_q) < count_q ? line_q[0] : neutral;
    pair[1] = (CountWidth + 1)'(phase_q) + (CountWidth + 1)'(Half) < count_q ? line_q[Half]
                                                                            : neutral;
    for (int unsigned l = 1; l < Levels; l++) begin
      if (phase_q >= IdxW'(N - (N >> l))) begin
        pair[0] = history[left_age(l)];
        pair[1] = history[right_age(l)];
      end
    end
    if (turn) begin
      pair[0] = now.first ? neutral : total_q[now.row[IdxW-1:0]];
      pair[1] = history[left_age(Levels)];
    end
  end

  logic unused_valid, unused_max;

  reduce_level #(
    .Half(1)
  ) u_pair (
    .clk_i,
    .valid_i(now.valid),
    .max_i(now.max),
    .data_i(pair),
    .valid_o(unused_valid),
    .max_o(unused_max),
    .data_o(both)
  );

  always_ff @(posedge clk_i) begin : remember
    logic [31:0] history_d [Oldest];
    for (int unsigned i = 0; i < Oldest; i++) history_d[i] = history[i];
    history_q <= history_d;
  end

  // --- Totals ---------------------------------------------------------------------------------

  assign done = tag_q[Windows-1];
  assign valid_o = done.valid && done.last && phase_q == EndPhase;
  assign row_o = done.row;
  assign data_o = both[0];

  always_ff @(posedge clk_i) begin
    if (done.valid && phase_q == EndPhase) total_q[done.row[IdxW-1:0]] <= both[0];
  end

  `GC_ASSERT(Apart, !valid_i || !waiting_q.valid || turn)

endmodule
