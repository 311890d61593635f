// SPDX-License-Identifier: Apache-2.0
// The sum or the maximum of the lanes of a vector: lane i and lane i + Lanes / 2 become one, until
// one is left.
//
// max_i chooses for the vector beside it. Latency: 7 log2(Lanes) cycles. Throughput: one vector a
// cycle; no backpressure. While enable_i is low nothing moves.
module reduce_tree
  import fp32_pkg::*;
#(
  parameter int unsigned Lanes = 16  // a power of two, 2 or more
) (
  input  logic        clk_i,
  input  logic        enable_i,
  input  logic        max_i,
  input  logic [31:0] data_i [Lanes],
  output logic [31:0] data_o
);

  localparam int unsigned AddLatency = 7;

  localparam int unsigned Levels = $clog2(Lanes);

  for (genvar l = 0; l < Levels; l++) begin : gen_level
    localparam int unsigned Half = Lanes >> (l + 1);

    logic [31:0] from        [2*Half];
    logic        max;
    logic [31:0] low         [Half];
    logic [31:0] high        [Half];
    logic [31:0] sum         [Half];
    logic [31:0] larger      [Half];
    logic [31:0] larger_late [Half];
    logic [31:0] pair        [Half];
    logic [AddLatency-1:0] max_q;

    if (l == 0) begin : gen_first
      assign from = data_i;
      assign max = max_i;
    end else begin : gen_next
      assign from = gen_level[l-1].pair;
      assign max = gen_level[l-1].max_q[AddLatency-1];
    end

    always_comb begin
      for (int unsigned i = 0; i < Half; i++) begin
        low[i] = from[i];
        high[i] = from[Half+i];
        larger[i] = maximum(from[i], from[Half+i]);
      end
    end

    always_ff @(posedge clk_i) begin
      if (enable_i) max_q <= {max_q[AddLatency-2:0], max};
    end

    fp32_add #(
      .Lanes(Half)
    ) u_add (
      .clk_i,
      .enable_i,
      .a_i(low),
      .b_i(high),
      .data_o(sum)
    );

    delay #(
      .Lanes(Half),
      .Width(32),
      .Cycles(AddLatency)
    ) u_delay (
      .clk_i,
      .enable_i,
      .data_i(larger),
      .data_o(larger_late)
    );

    always_comb begin
      for (int unsigned i = 0; i < Half; i++) begin
        pair[i] = max_q[AddLatency-1] ? larger_late[i] : sum[i];
      end
    end
  end

  assign data_o = gen_level[Levels-1].pair[0];

endmodule
