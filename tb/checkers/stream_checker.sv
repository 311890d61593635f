// SPDX-License-Identifier: Apache-2.0
// What every valid/ready stream promises: once valid, it stays valid until it is taken, and its
// payload does not change. What is held back costs a comparison, all else next to nothing.
`include "gradcore_assert.svh"
module stream_checker #(
  parameter int unsigned Width = 32
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             valid_i,
  input logic             ready_i,
  input logic [Width-1:0] payload_i
);

  logic             waiting_q;
  logic [Width-1:0] payload_q;

  always_ff @(posedge clk_i) begin
    if (valid_i && !ready_i && !waiting_q) payload_q <= payload_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) waiting_q <= 1'b0;
    else waiting_q <= valid_i && !ready_i;
  end

  `GC_ASSERT(ValidHolds, !waiting_q || valid_i)
  `GC_ASSERT(PayloadHolds, !waiting_q || !valid_i || payload_i == payload_q)

endmodule
