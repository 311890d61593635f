// SPDX-License-Identifier: Apache-2.0
// The word that each bank of a tile memory holds of one row or column of a tile. Combinational.
//
// Of row r every bank holds word r; of column c, bank b holds word (b - c) mod N.
module tile_address
  import gradcore_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned AddrWidth = 16
) (
  input  logic                 valid_i,  // without it addr_o is undefined
  input  line_t                line_i,
  output logic [AddrWidth-1:0] addr_o [N]
);

  localparam int unsigned IdxW = $clog2(N);

  always_comb begin
    if (valid_i) begin
      for (int unsigned b = 0; b < N; b++) begin
        addr_o[b] = {line_i.tile[AddrWidth-IdxW-1:0],
                     line_i.by_col ? IdxW'(b) - line_i.idx[IdxW-1:0] : line_i.idx[IdxW-1:0]};
      end
    end else begin
      addr_o = '{default: 'x};
    end
  end

endmodule
