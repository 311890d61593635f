// SPDX-License-Identifier: Apache-2.0
// Cells of Lattice's ECP5 that this folder uses, for synthesis: names, parameters and ports only.
(* blackbox *)
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

endmodule
