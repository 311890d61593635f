// SPDX-License-Identifier: Apache-2.0
// ECP5 multiplexer behind two PFUMX or L6MUX21.
module L6MUX21 (
  input  logic D0, D1, SD,
  output logic Z
);
  assign Z = SD ? D1 : D0;
endmodule
