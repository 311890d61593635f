// SPDX-License-Identifier: Apache-2.0
// The clock of an ECP5 board: 25 MHz in, 25 * Multiply / Divide MHz out, by the PLL cell.
//
// The oscillator of the cell runs at its output times OutputDivide, which must be 400 to 800 MHz.
module ulx3s_pll #(
  parameter int unsigned Divide = 5,
  parameter int unsigned Multiply = 12,
  parameter int unsigned OutputDivide = 10
) (
  input  logic clk_i,     // 25 MHz
  output logic clk_o,
  output logic locked_o
);

  localparam int unsigned InputMhz = 25;
  localparam int unsigned OscillatorMhz = InputMhz * Multiply * OutputDivide / Divide;
  if (OscillatorMhz < 400 || OscillatorMhz > 800) begin : gen_check
    $error("ulx3s_pll: the oscillator must run at 400 to 800 MHz");
  end

  EHXPLLL #(
    .CLKI_DIV(Divide),
    .CLKFB_DIV(Multiply),
    .CLKOP_DIV(OutputDivide),
    .CLKOP_CPHASE(OutputDivide / 2 - 1),
    .CLKOP_FPHASE(0),
    .CLKOP_ENABLE("ENABLED"),
    .FEEDBK_PATH("CLKOP"),
    .OUTDIVIDER_MUXA("DIVA"),
    .PLLRST_ENA("DISABLED"),
    .STDBY_ENABLE("DISABLED"),
    .DPHASE_SOURCE("DISABLED")
  ) u_pll (
    .CLKI(clk_i),
    .CLKFB(clk_o),
    .RST(1'b0),
    .STDBY(1'b0),
    .PHASESEL0(1'b0),
    .PHASESEL1(1'b0),
    .PHASEDIR(1'b1),
    .PHASESTEP(1'b1),
    .PHASELOADREG(1'b1),
    .PLLWAKESYNC(1'b0),
    .ENCLKOP(1'b0),
    .CLKOP(clk_o),
    .LOCK(locked_o)
  );

endmodule
