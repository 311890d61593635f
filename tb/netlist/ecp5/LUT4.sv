// SPDX-License-Identifier: Apache-2.0
// ECP5 look-up table.
module LUT4 #(
  parameter logic [15:0] INIT = '0
) (
  input  logic A, B, C, D,
  output logic Z
);
  assign Z = INIT[{D, C, B, A}];
endmodule
