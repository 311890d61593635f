// SPDX-License-Identifier: Apache-2.0
// The loops that a program is in, up to Depth of them.
//
// push_i enters one: its first instruction and the number of turns. turn_i ends a turn of the
// innermost: again_o says whether another follows, from first_o on; otherwise the loop is left.
// One of them a cycle; not when full_o or empty_o forbids it. Combinational answers.
`include "gradcore_assert.svh"
module loop_stack
  import command_pkg::*;
#(
  parameter int unsigned Depth = 4
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 push_i,
  input  logic [LineWidth-1:0] line_i,
  input  logic [31:0]          turns_i,
  input  logic                 turn_i,

  output logic                 full_o,
  output logic                 empty_o,
  output logic                 again_o,
  output logic [LineWidth-1:0] first_o
);

  localparam int unsigned IdxW = $clog2(Depth);

  logic [IdxW:0]        depth_q;
  logic [IdxW-1:0]      top;
  logic [LineWidth-1:0] line_q [Depth];
  logic [31:0]          left_q [Depth];  // turns, the one that runs included

  assign top = IdxW'(depth_q - 1'b1);
  assign full_o = depth_q == (IdxW + 1)'(Depth);
  assign empty_o = depth_q == '0;
  assign again_o = left_q[top] != 32'd1;
  assign first_o = line_q[top];

  always_ff @(posedge clk_i) begin
    if (push_i) begin
      line_q[depth_q[IdxW-1:0]] <= line_i;
      left_q[depth_q[IdxW-1:0]] <= turns_i;
    end else if (turn_i) begin
      left_q[top] <= left_q[top] - 32'd1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) depth_q <= '0;
    else if (push_i) depth_q <= depth_q + 1'b1;
    else if (turn_i && !again_o) depth_q <= depth_q - 1'b1;
  end

  `GC_ASSERT(NotWhenFull, !push_i || !full_o)
  `GC_ASSERT(NotWhenEmpty, !turn_i || !empty_o)

endmodule
