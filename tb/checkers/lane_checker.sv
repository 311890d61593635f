// SPDX-License-Identifier: Apache-2.0
// The lanes of a valid/ready stream do not change until they are taken (stream_checker says the
// rest).
`include "gradcore_assert.svh"
module lane_checker #(
  parameter int unsigned Lanes = 16,
  parameter int unsigned Width = 32
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             valid_i,
  input logic             ready_i,
  input logic [Width-1:0] lanes_i [Lanes]
);

  logic             waiting_q, changed;
  logic [Width-1:0] lanes_q [Lanes];

  always_ff @(posedge clk_i) begin
    if (valid_i && !ready_i && !waiting_q) lanes_q <= lanes_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) waiting_q <= 1'b0;
    else waiting_q <= valid_i && !ready_i;
  end

  always_comb begin
    changed = 1'b0;
    if (waiting_q) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        if (lanes_i[i] != lanes_q[i]) changed = 1'b1;
      end
    end
  end

  `GC_ASSERT(LanesHold, !changed || !valid_i)

endmodule
