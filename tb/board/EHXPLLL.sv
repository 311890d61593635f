// SPDX-License-Identifier: Apache-2.0
// A model of Lattice's PLL cell as far as rtl/fpga uses it, for a simulation that counts cycles: the
// clock that goes in is taken to be the one that comes out, and LOCK rises after a while.
/* verilator lint_off UNUSED */
module EHXPLLL #(
  parameter int unsigned CLKI_DIV = 1,
  parameter int unsigned CLKFB_DIV = 1,
  parameter int unsigned CLKOP_DIV = 8,
  parameter int unsigned CLKOP_CPHASE = 0,
  parameter int unsigned CLKOP_FPHASE = 0,
  parameter              CLKOP_ENABLE = "ENABLED",
  parameter              FEEDBK_PATH = "CLKOP",
  parameter              OUTDIVIDER_MUXA = "DIVA",
  parameter              PLLRST_ENA = "DISABLED",
  parameter              STDBY_ENABLE = "DISABLED",
  parameter              DPHASE_SOURCE = "DISABLED"
) (
  input  logic CLKI,
  input  logic CLKFB,
  input  logic RST,
  input  logic STDBY,
  input  logic PHASESEL0,
  input  logic PHASESEL1,
  input  logic PHASEDIR,
  input  logic PHASESTEP,
  input  logic PHASELOADREG,
  input  logic PLLWAKESYNC,
  input  logic ENCLKOP,
  output logic CLKOP,
  output logic LOCK
);

  logic [4:0] count_q = '0;
  assign CLKOP = CLKI;
  assign LOCK = count_q[4];
  always_ff @(posedge CLKI) begin
    if (!count_q[4]) count_q <= count_q + 1'b1;
  end

endmodule
/* verilator lint_on UNUSED */
