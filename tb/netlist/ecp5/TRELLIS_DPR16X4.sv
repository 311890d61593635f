// SPDX-License-Identifier: Apache-2.0
// ECP5 distributed RAM: 16 words of 4 bits, written at the clock, read without one.
module TRELLIS_DPR16X4 #(
  parameter              WCKMUX = "WCK",
  parameter              WREMUX = "WRE",
  parameter logic [63:0] INITVAL = '0
) (
  input  logic [3:0] DI, WAD, RAD,
  input  logic       WRE, WCK,
  output logic [3:0] DO
);
  if (WCKMUX != "WCK") begin : gen_check_mode
    $error("TRELLIS_DPR16X4: only WCKMUX WCK is modelled");
  end

  logic [3:0] mem [16];
  logic       we;
  assign we = (WREMUX == "1") | ((WREMUX == "WRE") & WRE) | ((WREMUX == "INV") & ~WRE);

  initial begin
    for (int unsigned i = 0; i < 16; i++) mem[i] = INITVAL[4*i+:4];
  end

  always_ff @(posedge WCK) begin
    if (we) mem[WAD] <= DI;
  end
  assign DO = mem[RAD];
endmodule
