// SPDX-License-Identifier: Apache-2.0
// The read side of a tile memory: bank addresses of a line, and the rotation of what comes back.
//
// Element (r, c) of a tile lies in bank (r + c) mod N at word r of the tile, so that the elements
// of any row and of any column lie in N different banks and one access delivers either.
// Latency: 2 cycles from line_i to data_o (bank register, rotation register).
module tile_read
  import gradcore_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Width = 16,
  parameter int unsigned AddrWidth = 16
) (
  input  logic                 clk_i,
  input  line_t                line_i,
  output logic [AddrWidth-1:0] addr_o [N],  // to the banks
  input  logic [Width-1:0]     data_i [N],  // from the banks, one cycle later
  output logic [Width-1:0]     data_o [N]
);

  localparam int unsigned IdxW = $clog2(N);

  logic [IdxW-1:0] amount_q;
  logic [Width-1:0] rotated [N];

  tile_address #(
    .N(N),
    .AddrWidth(AddrWidth)
  ) u_address (
    .valid_i(1'b1),
    .line_i,
    .addr_o
  );

  rotate #(
    .Lanes(N),
    .Width(Width)
  ) u_rotate (
    .enable_i(1'b1),
    .amount_i(amount_q),
    .data_i,
    .data_o(rotated)
  );

  always_ff @(posedge clk_i) begin
    amount_q <= line_i.idx[IdxW-1:0];
    data_o <= rotated;
  end

endmodule
