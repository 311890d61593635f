// SPDX-License-Identifier: Apache-2.0
// The ports of the array around its netlist, where arrays are vectors with element 0 at the top.
// With one row it is the PE.
module systolic_array_netlist
  import gradcore_pkg::*;
#(
  parameter int unsigned Rows = 1,
  parameter int unsigned Cols = Rows,
  parameter int unsigned F = 40,
  localparam int unsigned SumW = sum_width(Rows, F)
) (
  input  logic            clk_i,
  input  stream_lane_t    x_i       [Rows],
  input  load_lane_t      w_i       [Rows],
  output logic [SumW-1:0] sum_o     [Cols],
  output special_t        special_o [Cols],
  output logic [8:0]      exp_o     [Cols]
);

  localparam int unsigned XW = $bits(stream_lane_t);
  localparam int unsigned WW = $bits(load_lane_t);
  localparam int unsigned SpecialW = $bits(special_t);

  logic [Rows*XW-1:0]       x;
  logic [Rows*WW-1:0]       w;
  logic [Cols*SumW-1:0]     sum;
  logic [Cols*SpecialW-1:0] special;
  logic [Cols*9-1:0]        exp;

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    assign x[XW*(Rows-1-r)+:XW] = x_i[r];
    assign w[WW*(Rows-1-r)+:WW] = w_i[r];
  end
  for (genvar c = 0; c < Cols; c++) begin : gen_col
    assign sum_o[c] = sum[SumW*(Cols-1-c)+:SumW];
    assign special_o[c] = special[SpecialW*(Cols-1-c)+:SpecialW];
    assign exp_o[c] = exp[9*(Cols-1-c)+:9];
  end

  systolic_array u_netlist (
    .clk_i,
    .x_i(x),
    .w_i(w),
    .sum_o(sum),
    .special_o(special),
    .exp_o(exp)
  );

endmodule
