// SPDX-License-Identifier: Apache-2.0
// The sum or the maximum of each row of a matrix that comes tile by tile, line by line.
//
// Of a line the first count_i lanes count. A row's parts are the lines with its row_i, from the
// first (first_i) to the last (last_i) tile; they must be at least 8 cycles apart. The result
// follows the last one. Order: a tree within a line (reduce_tree, absent lanes count as -0, or
// minus infinity for the maximum), then line after line.
// Latency: 8 cycles and reduce_latency(N, Adders), which is 7 log2(N) with all adders. Throughput:
// one line a cycle, or one in N / 2 / Adders cycles; no backpressure.
module row_reduce
  import gradcore_pkg::*;
  import fp32_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Adders = N / 2  // in a level of the tree, at most
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

  localparam int unsigned TreeLatency = reduce_latency(N, Adders);
  localparam int unsigned Stages = 1 + TreeLatency + AddLatency;
  localparam int unsigned IdxW = $clog2(N);

  typedef struct packed {
    logic                valid;
    logic                max;
    logic                first;
    logic                last;
    logic [IdxWidth-1:0] row;
  } tag_t;
  tag_t [Stages-1:0] tag_q;  // element i entered i + 1 cycles ago
  tag_t tag;
  assign tag = '{valid: valid_i, max: max_i, first: first_i, last: last_i, row: row_i};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) tag_q <= '0;
    else tag_q <= {tag_q[Stages-2:0], tag};
  end

  logic [31:0] masked_q [N];

  always_ff @(posedge clk_i) begin : mask
    logic [31:0] absent;
    logic [31:0] masked_d [N];
    if (valid_i) begin
      absent = max_i ? NegativeInfinity : NegativeZero;
      for (int unsigned i = 0; i < N; i++) begin
        masked_d[i] = i < 32'(count_i) ? data_i[i] : absent;
      end
      masked_q <= masked_d;
    end
  end

  logic [31:0] line;

  reduce_tree #(
    .Lanes(N),
    .Adders(Adders)
  ) u_tree (
    .clk_i,
    .valid_i(tag_q[0].valid),
    .max_i(tag_q[0].max),
    .data_i(masked_q),
    .data_o(line)
  );

  // What the row has so far, and the line.
  logic [31:0] total_q [N];
  tag_t        now, done;
  logic [31:0] pair    [2];
  logic [31:0] both;
  assign now = tag_q[TreeLatency];
  assign done = tag_q[Stages-1];

  always_comb begin
    pair[0] = now.first ? (now.max ? NegativeInfinity : NegativeZero)
                        : total_q[now.row[IdxW-1:0]];
    pair[1] = line;
  end

  reduce_tree #(
    .Lanes(2)
  ) u_both (
    .clk_i,
    .valid_i(now.valid),
    .max_i(now.max),
    .data_i(pair),
    .data_o(both)
  );

  always_ff @(posedge clk_i) begin
    if (done.valid) total_q[done.row[IdxW-1:0]] <= both;
  end

  assign valid_o = done.valid && done.last;
  assign row_o = done.row;
  assign data_o = both;

endmodule
