// SPDX-License-Identifier: Apache-2.0
// ECP5 flip-flop with clock enable and synchronous or asynchronous set or reset.
//
// It starts with its set or reset value, as the device does. Not modelled: the load from M and the
// falling edge, which the flow never asks for.
module TRELLIS_FF #(
  parameter GSR = "ENABLED",
  parameter CEMUX = "1",
  parameter CLKMUX = "CLK",
  parameter LSRMUX = "LSR",
  parameter SRMODE = "LSR_OVER_CE",
  parameter REGSET = "RESET",
  parameter LSRMODE = "LSR"
) (
  input  logic CLK, LSR, CE, DI, M,
  output logic Q
);
  if (CLKMUX != "CLK" || LSRMODE != "LSR") begin : gen_check_mode
    $error("TRELLIS_FF: only CLKMUX CLK and LSRMODE LSR are modelled");
  end

  localparam logic Value = REGSET == "SET";

  logic ce, lsr;
  assign ce = (CEMUX == "1") | ((CEMUX == "CE") & CE) | ((CEMUX == "INV") & ~CE);
  assign lsr = LSR ^ (LSRMUX == "INV");

  initial Q = Value;

  if (SRMODE == "ASYNC") begin : gen_async
    always_ff @(posedge CLK or posedge lsr) begin
      if (lsr) Q <= Value;
      else if (ce) Q <= DI;
    end
  end else if (SRMODE == "LSR_OVER_CE") begin : gen_sync
    always_ff @(posedge CLK) begin
      if (lsr) Q <= Value;
      else if (ce) Q <= DI;
    end
  end else if (SRMODE == "CE_OVER_LSR") begin : gen_gated
    always_ff @(posedge CLK) begin
      if (ce) Q <= lsr ? Value : DI;
    end
  end else begin : gen_check_srmode
    $error("TRELLIS_FF: unknown SRMODE");
  end
endmodule
