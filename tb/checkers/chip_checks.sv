// SPDX-License-Identifier: Apache-2.0
// What is checked of every Verilated chip while it runs: both AXI ports, and the streams of
// instructions to the units. Synthesis does not see this file.

bind gradcore_chip axi4_checker u_check_axi (
  .clk_i,
  .rst_ni,
  .ar_valid_i(m_axi_arvalid),
  .ar_ready_i(m_axi_arready),
  .ar_i(m_read_address),
  .r_valid_i(m_axi_rvalid),
  .r_ready_i(m_axi_rready),
  .r_i(m_read),
  .aw_valid_i(m_axi_awvalid),
  .aw_ready_i(m_axi_awready),
  .aw_i(m_write_address),
  .w_valid_i(m_axi_wvalid),
  .w_ready_i(m_axi_wready),
  .w_i(m_write),
  .b_valid_i(m_axi_bvalid),
  .b_ready_i(m_axi_bready),
  .b_i(m_answer)
);

bind gradcore_chip axi4_lite_checker #(
  .AddressWidth($bits(s_axil_awaddr))
) u_check_axil (
  .clk_i,
  .rst_ni,
  .aw_valid_i(s_axil_awvalid),
  .aw_ready_i(s_axil_awready),
  .aw_address_i(s_axil_awaddr),
  .w_valid_i(s_axil_wvalid),
  .w_ready_i(s_axil_wready),
  .w_data_i(s_axil_wdata),
  .w_strobe_i(s_axil_wstrb),
  .b_valid_i(s_axil_bvalid),
  .b_ready_i(s_axil_bready),
  .b_resp_i(s_axil_bresp),
  .ar_valid_i(s_axil_arvalid),
  .ar_ready_i(s_axil_arready),
  .ar_address_i(s_axil_araddr),
  .r_valid_i(s_axil_rvalid),
  .r_ready_i(s_axil_rready),
  .r_data_i(s_axil_rdata),
  .r_resp_i(s_axil_rresp)
);

bind units stream_checker #(
  .Width($bits(matrix_i))
) u_check_matrix (
  .clk_i,
  .rst_ni,
  .valid_i(matrix_valid_i),
  .ready_i(matrix_ready_o),
  .payload_i(matrix_i)
);

bind units stream_checker #(
  .Width($bits(vector_i))
) u_check_vector (
  .clk_i,
  .rst_ni,
  .valid_i(vector_valid_i),
  .ready_i(vector_ready_o),
  .payload_i(vector_i)
);

bind units stream_checker #(
  .Width($bits(load_i))
) u_check_load (
  .clk_i,
  .rst_ni,
  .valid_i(load_valid_i),
  .ready_i(load_ready_o),
  .payload_i(load_i)
);

bind units stream_checker #(
  .Width($bits(store_i))
) u_check_store (
  .clk_i,
  .rst_ni,
  .valid_i(store_valid_i),
  .ready_i(store_ready_o),
  .payload_i(store_i)
);
