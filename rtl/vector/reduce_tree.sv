// SPDX-License-Identifier: Apache-2.0
// The sum or the maximum of the lanes of a vector: lane i and lane i + Lanes / 2 become one, until
// one is left.
//
// max_i chooses for the vector beside it. A level has as many adders as it has pairs, but at most
// Adders; with fewer, vectors (valid_i) must be Lanes / 2 / Adders cycles apart.
// Latency: reduce_latency(Lanes, Adders), 7 log2(Lanes) cycles with all adders. Throughput: one
// vector a cycle, then see above; no backpressure.
module reduce_tree
  import vector_pkg::*;
#(
  parameter int unsigned Lanes = 16,         // a power of two, 2 or more
  parameter int unsigned Adders = Lanes / 2  // likewise, or 1
) (
  input  logic        clk_i,
  input  logic        valid_i,
  input  logic        max_i,
  input  logic [31:0] data_i [Lanes],
  output logic [31:0] data_o
);

  localparam int unsigned Levels = $clog2(Lanes);

  for (genvar l = 0; l < Levels; l++) begin : gen_level
    localparam int unsigned Half = Lanes >> (l + 1);

    logic        from_valid, from_max, valid, max;
    logic [31:0] from [2*Half];
    logic [31:0] pair [Half];

    if (l == 0) begin : gen_first
      assign from = data_i;
      assign from_max = max_i;
      assign from_valid = valid_i;
    end else begin : gen_next
      assign from = gen_level[l-1].pair;
      assign from_max = gen_level[l-1].max;
      assign from_valid = gen_level[l-1].valid;
    end

    reduce_level #(
      .Half(Half),
      .Adders(Half < Adders ? Half : Adders)
    ) u_level (
      .clk_i,
      .valid_i(from_valid),
      .max_i(from_max),
      .data_i(from),
      .valid_o(valid),
      .max_o(max),
      .data_o(pair)
    );
  end

  assign data_o = gen_level[Levels-1].pair[0];

  logic unused_end;
  assign unused_end = gen_level[Levels-1].valid ^ gen_level[Levels-1].max;

endmodule
