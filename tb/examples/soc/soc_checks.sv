// SPDX-License-Identifier: Apache-2.0
// What is checked of interconnects while they run: the rules of AXI4 on all three ports.
bind axi_interconnect axi4_checker u_check_0 (
  .clk_i,
  .rst_ni,
  .ar_valid_i(ar_valid_i[0]),
  .ar_ready_i(ar_ready_o[0]),
  .ar_i(ar_i[0]),
  .r_valid_i(r_valid_o[0]),
  .r_ready_i(r_ready_i[0]),
  .r_i(r_o),
  .aw_valid_i(aw_valid_i[0]),
  .aw_ready_i(aw_ready_o[0]),
  .aw_i(aw_i[0]),
  .w_valid_i(w_valid_i[0]),
  .w_ready_i(w_ready_o[0]),
  .w_i(w_i[0]),
  .b_valid_i(b_valid_o[0]),
  .b_ready_i(b_ready_i[0]),
  .b_i(b_o)
);

bind axi_interconnect axi4_checker u_check_1 (
  .clk_i,
  .rst_ni,
  .ar_valid_i(ar_valid_i[1]),
  .ar_ready_i(ar_ready_o[1]),
  .ar_i(ar_i[1]),
  .r_valid_i(r_valid_o[1]),
  .r_ready_i(r_ready_i[1]),
  .r_i(r_o),
  .aw_valid_i(aw_valid_i[1]),
  .aw_ready_i(aw_ready_o[1]),
  .aw_i(aw_i[1]),
  .w_valid_i(w_valid_i[1]),
  .w_ready_i(w_ready_o[1]),
  .w_i(w_i[1]),
  .b_valid_i(b_valid_o[1]),
  .b_ready_i(b_ready_i[1]),
  .b_i(b_o)
);

bind axi_interconnect axi4_checker #(
  .IdWidth(axi_pkg::AxiIdWidth + 1),
  .address_t(soc_checks_pkg::shared_address_t),
  .read_t(soc_checks_pkg::shared_read_t),
  .response_t(soc_checks_pkg::shared_response_t)
) u_check_memory (
  .clk_i,
  .rst_ni,
  .ar_valid_i(ar_valid_o),
  .ar_ready_i(ar_ready_i),
  .ar_i({ar_master_o, ar_o}),
  .r_valid_i(r_valid_i),
  .r_ready_i(r_ready_o),
  .r_i({r_master_i, r_i}),
  .aw_valid_i(aw_valid_o),
  .aw_ready_i(aw_ready_i),
  .aw_i({aw_master_o, aw_o}),
  .w_valid_i(w_valid_o),
  .w_ready_i(w_ready_i),
  .w_i(w_o),
  .b_valid_i(b_valid_i),
  .b_ready_i(b_ready_o),
  .b_i({b_master_i, b_i})
);
