// SPDX-License-Identifier: Apache-2.0
// The write side of a tile memory: data and mask of a line rotated to the banks (the layout is
// described in tile_read; the addresses are tile_address's). Combinational.
module tile_write #(
  parameter int unsigned N = 16,
  parameter int unsigned Width = 16,
  localparam int unsigned IdxW = $clog2(N)
) (
  input  logic             valid_i, // without it data_o is undefined
  input  logic [IdxW-1:0]  idx_i,  // of the row or column
  input  logic [N-1:0]     mask_i, // lanes to write
  input  logic [Width-1:0] data_i [N],
  output logic [N-1:0]     mask_o, // banks to write
  output logic [Width-1:0] data_o [N]
);

  rotate #(
    .Lanes(N),
    .Width(Width),
    .Right(1'b1)
  ) u_rotate (
    .enable_i(valid_i),
    .amount_i(idx_i),
    .data_i,
    .data_o
  );

  // Rotated left by idx as a word, bit i moves to bit (i + idx) mod N.
  logic [2*N-1:0] twice;
  assign twice = {mask_i, mask_i} << idx_i;
  assign mask_o = twice[2*N-1:N];

endmodule
