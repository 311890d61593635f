// SPDX-License-Identifier: Apache-2.0
// Prepares a vector of bfloat16 operands along k: decoded, and each with its gap to the largest
// exponent of the vector.
//
// Lanes from count_i on are masked: they count as +0. Zeros and subnormals have hidden bit 0 and
// the exponent 1 of the smallest normal.
// Latency: 3 cycles. Throughput: one vector a cycle; no backpressure.
module operand_align
  import gradcore_pkg::*;
#(
  parameter int unsigned Lanes = 16  // a power of two
) (
  input  logic                  clk_i,
  input  logic [CountWidth-1:0] count_i,
  input  logic [15:0]           data_i [Lanes],
  output aligned_t              data_o [Lanes],
  output logic [7:0]            max_o
);

  localparam int unsigned Levels = $clog2(Lanes);

  function automatic logic [7:0] exponent(logic [15:0] x);
    return {x[14:8], x[7] | ~(|x[14:7])};
  endfunction

  function automatic aligned_t decode(logic [15:0] x, logic [7:0] max);
    aligned_t a;
    logic [7:0] gap;
    logic special;
    gap = max - exponent(x);
    special = x[14:7] == 8'hff;
    a = {special & (|x[6:0]), special & ~(|x[6:0]), ~(|x[14:0]), x[15],
         gap[5:0] | {6{|gap[7:6]}}, |x[14:7], x[6:0]};
    return a;
  endfunction

  // Stage 1 masks and takes half of the levels of the tree of maxima, stage 2 the others.
  localparam int unsigned FirstLevels = Levels / 2;

  logic [15:0] masked_q [Lanes];
  logic [7:0]  tree_q   [Lanes];
  logic [15:0] data_q   [Lanes];
  logic [7:0]  max_q;

  always_ff @(posedge clk_i) begin : align
    int unsigned s, i;
    aligned_t    data_d [Lanes];
    logic [7:0]  max    [Lanes];

    for (i = 0; i < Lanes; i++) data_d[i] = decode(data_q[i], max_q);
    data_o <= data_d;
    max_o <= max_q;

    // In every level the first half of what is left takes the larger of two.
    for (i = 0; i < Lanes; i++) data_q[i] = masked_q[i];
    for (s = FirstLevels; s < Levels; s++) begin
      for (i = 0; i < (Lanes >> (s + 1)); i++) begin
        tree_q[i] = (tree_q[i] > tree_q[i+(Lanes>>(s+1))]) ? tree_q[i] : tree_q[i+(Lanes>>(s+1))];
      end
    end
    max_q = tree_q[0];

    for (i = 0; i < Lanes; i++) begin
      masked_q[i] = data_i[i] & {16{i < 32'(count_i)}};
      max[i] = exponent(masked_q[i]);
    end
    for (s = 0; s < FirstLevels; s++) begin
      for (i = 0; i < (Lanes >> (s + 1)); i++) begin
        max[i] = (max[i] > max[i+(Lanes>>(s+1))]) ? max[i] : max[i+(Lanes>>(s+1))];
      end
    end
    for (i = 0; i < Lanes; i++) tree_q[i] = max[i];
  end

endmodule
