// SPDX-License-Identifier: Apache-2.0
// ECP5 carry cell: two look-up tables with a carry chain through both.
//
// Each half passes its carry on when its table of four inputs gives 1; otherwise the carry out is
// the lower quarter of the table on A and B. INJECT1 = "YES" cuts the half out of the chain.
module CCU2C #(
  parameter logic [15:0] INIT0 = '0,
  parameter logic [15:0] INIT1 = '0,
  parameter              INJECT1_0 = "YES",
  parameter              INJECT1_1 = "YES"
) (
  input  logic CIN,
  input  logic A0, B0, C0, D0,
  input  logic A1, B1, C1, D1,
  output logic S0, S1,
  output logic COUT
);
  localparam logic Chain0 = INJECT1_0 == "NO";
  localparam logic Chain1 = INJECT1_1 == "NO";

  logic lut0, lut1, generate0, generate1, carry;
  assign lut0 = INIT0[{D0, C0, B0, A0}];
  assign lut1 = INIT1[{D1, C1, B1, A1}];
  assign generate0 = INIT0[{2'b00, B0, A0}] & Chain0;
  assign generate1 = INIT1[{2'b00, B1, A1}] & Chain1;

  assign S0 = lut0 ^ (CIN & Chain0);
  assign carry = lut0 ? CIN : generate0;
  assign S1 = lut1 ^ (carry & Chain1);
  assign COUT = lut1 ? carry : generate1;
endmodule
