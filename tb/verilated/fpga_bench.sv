// SPDX-License-Identifier: Apache-2.0
// What rtl/fpga adds to the chip and its bridge, side by side, for unit tests.
module fpga_bench
  import axi_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  // reset_sync and, before it, ulx3s_pll
  output logic         locked_o,
  input  logic         button_ni,
  output logic         reset_no,

  // axi_ram of 1 KiB
  input  logic         ar_valid_i,
  output logic         ar_ready_o,
  input  logic [1:0]   ar_id_i,
  input  logic [63:0]  ar_address_i,
  input  logic [7:0]   ar_length_i,
  input  logic         ar_master_i,
  output logic         r_valid_o,
  input  logic         r_ready_i,
  output logic [1:0]   r_id_o,
  output logic [127:0] r_data_o,
  output logic [1:0]   r_resp_o,
  output logic         r_last_o,
  output logic         r_master_o,
  input  logic         aw_valid_i,
  output logic         aw_ready_o,
  input  logic [1:0]   aw_id_i,
  input  logic [63:0]  aw_address_i,
  input  logic [7:0]   aw_length_i,
  input  logic         aw_master_i,
  input  logic         w_valid_i,
  output logic         w_ready_o,
  input  logic [127:0] w_data_i,
  input  logic [15:0]  w_strobe_i,
  input  logic         w_last_i,
  output logic         b_valid_o,
  input  logic         b_ready_i,
  output logic [1:0]   b_id_o,
  output logic [1:0]   b_resp_o,
  output logic         b_master_o
);

  logic clk;
  ulx3s_pll u_pll (.clk_i, .clk_o(clk), .locked_o);
  reset_sync u_reset_sync (.clk_i(clk), .rst_ni(locked_o && button_ni), .rst_no(reset_no));

  axi_address_t  ar, aw;
  axi_write_t    w;
  axi_read_t     r;
  axi_response_t b;
  assign ar = '{id: ar_id_i, address: ar_address_i, length: ar_length_i};
  assign aw = '{id: aw_id_i, address: aw_address_i, length: aw_length_i};
  assign w = '{data: w_data_i, strobe: w_strobe_i, last: w_last_i};
  assign {r_id_o, r_data_o, r_resp_o, r_last_o} = {r.id, r.data, r.resp, r.last};
  assign {b_id_o, b_resp_o} = {b.id, b.resp};

  axi_ram #(.Kib(1)) u_ram (
    .clk_i,
    .rst_ni,
    .ar_valid_i,
    .ar_ready_o,
    .ar_i(ar),
    .ar_master_i,
    .r_valid_o,
    .r_ready_i,
    .r_o(r),
    .r_master_o,
    .aw_valid_i,
    .aw_ready_o,
    .aw_i(aw),
    .aw_master_i,
    .w_valid_i,
    .w_ready_o,
    .w_i(w),
    .b_valid_o,
    .b_ready_i,
    .b_o(b),
    .b_master_o
  );

  axi4_checker u_check (
    .clk_i,
    .rst_ni,
    .ar_valid_i,
    .ar_ready_i(ar_ready_o),
    .ar_i(ar),
    .r_valid_i(r_valid_o),
    .r_ready_i,
    .r_i(r),
    .aw_valid_i,
    .aw_ready_i(aw_ready_o),
    .aw_i(aw),
    .w_valid_i,
    .w_ready_i(w_ready_o),
    .w_i(w),
    .b_valid_i(b_valid_o),
    .b_ready_i,
    .b_i(b)
  );

endmodule
