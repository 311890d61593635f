// SPDX-License-Identifier: Apache-2.0
// ECP5 multiplexer behind two look-up tables.
module PFUMX (
  input  logic ALUT, BLUT, C0,
  output logic Z
);
  assign Z = C0 ? ALUT : BLUT;
endmodule
