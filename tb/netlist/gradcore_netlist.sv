// SPDX-License-Identifier: Apache-2.0
// The ports of the core around its netlist, where arrays are vectors with element 0 at the top.
module gradcore_netlist
  import gradcore_pkg::*;
#(
  parameter int unsigned N = 4
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  gemm_words_t  cmd_i,

  output logic         rsp_valid_o,
  input  logic         rsp_ready_i,
  output completion_t  rsp_o,

  input  logic         mem_valid_i,
  output logic         mem_ready_o,
  input  logic         mem_write_i,
  input  logic [31:0]  mem_address_i,
  input  logic [N-1:0] mem_mask_i,
  input  logic [31:0]  mem_data_i [N],
  output logic         mem_valid_o,
  input  logic         mem_ready_i,
  output logic [31:0]  mem_data_o [N],

  output logic         busy_o
);

  logic [N*32-1:0] mem_data_in, mem_data_out;
  for (genvar i = 0; i < N; i++) begin : gen_lane
    assign mem_data_in[32*(N-1-i)+:32] = mem_data_i[i];
    assign mem_data_o[i] = mem_data_out[32*(N-1-i)+:32];
  end

  gradcore u_netlist (
    .clk_i,
    .rst_ni,
    .cmd_valid_i,
    .cmd_ready_o,
    .cmd_i,
    .rsp_valid_o,
    .rsp_ready_i,
    .rsp_o,
    .mem_valid_i,
    .mem_ready_o,
    .mem_write_i,
    .mem_address_i,
    .mem_mask_i,
    .mem_data_i(mem_data_in),
    .mem_valid_o,
    .mem_ready_i,
    .mem_data_o(mem_data_out),
    .busy_o
  );

endmodule
