// SPDX-License-Identifier: Apache-2.0
// Rotates the lanes of a vector: lane i of the output is lane (i + amount) mod Lanes of the input
// (Right: lane (i + amount) mod Lanes of the output is lane i of the input). Combinational, one
// multiplexer level for each bit of amount. While enable_i is low the output is undefined.
module rotate #(
  parameter int unsigned Lanes = 16,  // a power of two
  parameter int unsigned Width = 16,
  parameter bit          Right = 1'b0
) (
  input  logic                     enable_i,
  input  logic [$clog2(Lanes)-1:0] amount_i,
  input  logic [Width-1:0]         data_i [Lanes],
  output logic [Width-1:0]         data_o [Lanes]
);

  localparam int unsigned Levels = $clog2(Lanes);

  always_comb begin : levels
    int unsigned      s, i;
    logic [Width-1:0] from [Lanes];
    logic [Width-1:0] to   [Lanes];
    logic             move;

    if (enable_i) begin  // simulation is faster where there is nothing to move
      for (i = 0; i < Lanes; i++) to[i] = data_i[i];
      for (s = 0; s < Levels; s++) begin
        move = amount_i[s];
        for (i = 0; i < Lanes; i++) from[i] = to[i];
        for (i = 0; i < Lanes; i++) begin
          if (move) to[i] = from[(Right ? i - (1 << s) : i + (1 << s)) % Lanes];
        end
      end
      for (i = 0; i < Lanes; i++) data_o[i] = to[i];
    end else begin
      move = 1'bx;
      from = '{default: 'x};
      to = '{default: 'x};
      data_o = '{default: 'x};
    end
  end

endmodule
