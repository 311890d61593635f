// SPDX-License-Identifier: Apache-2.0
// Top of the Radiona ULX3S with an ECP5-85F: clock, reset, pins, and block RAM as the chip's DRAM.
// README.md tells what the lights and the button mean; pins are in ulx3s.lpf.
module ulx3s
  import axi_pkg::*;
#(
  parameter int unsigned N = 8,
  parameter int unsigned F = 40,
  parameter int unsigned VectorLanes = 1,
  parameter int unsigned FunctionLanes = 1,
  parameter int unsigned OperandKib = 64,
  parameter int unsigned AccumulatorKib = 64,
  parameter int unsigned OperandBanks = 2,
  parameter int unsigned AccumulatorBanks = 2,
  parameter int unsigned MemoryKib = 32,
  parameter int unsigned PllDivide = 5,        // 25 MHz * PllMultiply / PllDivide
  parameter int unsigned PllMultiply = 12,
  parameter int unsigned PllOutputDivide = 10,
  parameter int unsigned ClockKhz = 25000 * PllMultiply / PllDivide,
  parameter int unsigned ClocksPerBit = ClockKhz / 3000  // 3 Mbaud
) (
  input  logic       clk_25mhz,
  input  logic [1:1] btn,       // pressed: reset
  input  logic       ftdi_txd,  // from the host
  output logic       ftdi_rxd,  // to the host
  output logic [7:0] led,
  output logic       wifi_gpio0 // high: the ESP32 leaves the board alone
);

  assign wifi_gpio0 = 1'b1;

  logic clk, locked, rst_n;
  ulx3s_pll #(
    .Divide(PllDivide),
    .Multiply(PllMultiply),
    .OutputDivide(PllOutputDivide)
  ) u_pll (
    .clk_i(clk_25mhz),
    .clk_o(clk),
    .locked_o(locked)
  );
  reset_sync u_reset (
    .clk_i(clk),
    .rst_ni(locked && !btn[1]),
    .rst_no(rst_n)
  );

  logic          ar_valid, ar_ready, ar_master, r_valid, r_ready, r_master, memory_rst_n;
  logic          aw_valid, aw_ready, aw_master, w_valid, w_ready, b_valid, b_ready, b_master;
  axi_address_t  ar, aw;
  axi_read_t     r;
  axi_write_t    w;
  axi_response_t b;

  board #(
    .N(N),
    .F(F),
    .VectorLanes(VectorLanes),
    .FunctionLanes(FunctionLanes),
    .OperandKib(OperandKib),
    .AccumulatorKib(AccumulatorKib),
    .OperandBanks(OperandBanks),
    .AccumulatorBanks(AccumulatorBanks),
    .MemoryKib(MemoryKib),
    .ClockKhz(ClockKhz),
    .ClocksPerBit(ClocksPerBit)
  ) u_board (
    .clk_i(clk),
    .rst_ni(rst_n),
    .rx_i(ftdi_txd),
    .tx_o(ftdi_rxd),
    .led_o(led),
    .memory_rst_no(memory_rst_n),
    .ar_valid_o(ar_valid),
    .ar_ready_i(ar_ready),
    .ar_o(ar),
    .ar_master_o(ar_master),
    .r_valid_i(r_valid),
    .r_ready_o(r_ready),
    .r_i(r),
    .r_master_i(r_master),
    .aw_valid_o(aw_valid),
    .aw_ready_i(aw_ready),
    .aw_o(aw),
    .aw_master_o(aw_master),
    .w_valid_o(w_valid),
    .w_ready_i(w_ready),
    .w_o(w),
    .b_valid_i(b_valid),
    .b_ready_o(b_ready),
    .b_i(b),
    .b_master_i(b_master)
  );

  // The place of a controller for the board's SDRAM.
  axi_ram #(.Kib(MemoryKib)) u_memory (
    .clk_i(clk),
    .rst_ni(memory_rst_n),
    .ar_valid_i(ar_valid),
    .ar_ready_o(ar_ready),
    .ar_i(ar),
    .ar_master_i(ar_master),
    .r_valid_o(r_valid),
    .r_ready_i(r_ready),
    .r_o(r),
    .r_master_o(r_master),
    .aw_valid_i(aw_valid),
    .aw_ready_o(aw_ready),
    .aw_i(aw),
    .aw_master_i(aw_master),
    .w_valid_i(w_valid),
    .w_ready_o(w_ready),
    .w_i(w),
    .b_valid_o(b_valid),
    .b_ready_i(b_ready),
    .b_o(b),
    .b_master_o(b_master)
  );

endmodule
