// SPDX-License-Identifier: Apache-2.0
// The interconnect under test, with flat ports. Element m of an array, bit m of a vector: master m.
module interconnect_bench
  import axi_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic [1:0]  ar_valid_i,
  output logic [1:0]  ar_ready_o,
  input  logic [1:0]  ar_id_i      [2],
  input  logic [63:0] ar_address_i [2],
  input  logic [7:0]  ar_length_i  [2],
  output logic [1:0]  r_valid_o,
  input  logic [1:0]  r_ready_i,
  output logic [1:0]  r_id_o,
  output logic [31:0] r_data_o     [4],
  output logic [1:0]  r_resp_o,
  output logic        r_last_o,
  input  logic [1:0]  aw_valid_i,
  output logic [1:0]  aw_ready_o,
  input  logic [1:0]  aw_id_i      [2],
  input  logic [63:0] aw_address_i [2],
  input  logic [7:0]  aw_length_i  [2],
  input  logic [1:0]  w_valid_i,
  output logic [1:0]  w_ready_o,
  input  logic [31:0] w_data_i     [8],
  input  logic [15:0] w_strobe_i   [2],
  input  logic [1:0]  w_last_i,
  output logic [1:0]  b_valid_o,
  input  logic [1:0]  b_ready_i,
  output logic [1:0]  b_id_o,
  output logic [1:0]  b_resp_o,

  output logic        m_ar_valid_o,
  input  logic        m_ar_ready_i,
  output logic [2:0]  m_ar_id_o,
  output logic [63:0] m_ar_address_o,
  output logic [7:0]  m_ar_length_o,
  input  logic        m_r_valid_i,
  output logic        m_r_ready_o,
  input  logic [2:0]  m_r_id_i,
  input  logic [31:0] m_r_data_i   [4],
  input  logic [1:0]  m_r_resp_i,
  input  logic        m_r_last_i,
  output logic        m_aw_valid_o,
  input  logic        m_aw_ready_i,
  output logic [2:0]  m_aw_id_o,
  output logic [63:0] m_aw_address_o,
  output logic [7:0]  m_aw_length_o,
  output logic        m_w_valid_o,
  input  logic        m_w_ready_i,
  output logic [31:0] m_w_data_o   [4],
  output logic [15:0] m_w_strobe_o,
  output logic        m_w_last_o,
  input  logic        m_b_valid_i,
  output logic        m_b_ready_o,
  input  logic [2:0]  m_b_id_i,
  input  logic [1:0]  m_b_resp_i
);

  axi_address_t [1:0] ar, aw;
  axi_write_t   [1:0] w;
  axi_read_t          r, m_r;
  axi_response_t      b, m_b;
  axi_address_t       m_ar, m_aw;
  axi_write_t         m_w;

  always_comb begin
    for (int unsigned m = 0; m < 2; m++) begin
      ar[m] = '{id: ar_id_i[m], address: ar_address_i[m], length: ar_length_i[m]};
      aw[m] = '{id: aw_id_i[m], address: aw_address_i[m], length: aw_length_i[m]};
      w[m] = '{data: {w_data_i[4*m+3], w_data_i[4*m+2], w_data_i[4*m+1], w_data_i[4*m]},
               strobe: w_strobe_i[m], last: w_last_i[m]};
    end
    m_r = '{id: m_r_id_i[1:0],
            data: {m_r_data_i[3], m_r_data_i[2], m_r_data_i[1], m_r_data_i[0]},
            resp: axi_resp_e'(m_r_resp_i), last: m_r_last_i};
    m_b = '{id: m_b_id_i[1:0], resp: axi_resp_e'(m_b_resp_i)};
    for (int unsigned i = 0; i < 4; i++) begin
      r_data_o[i] = r.data[32*i+:32];
      m_w_data_o[i] = m_w.data[32*i+:32];
    end
  end
  assign r_id_o = r.id;
  assign r_resp_o = r.resp;
  assign r_last_o = r.last;
  assign b_id_o = b.id;
  assign b_resp_o = b.resp;
  assign m_ar_id_o[1:0] = m_ar.id;
  assign m_ar_address_o = m_ar.address;
  assign m_ar_length_o = m_ar.length;
  assign m_aw_id_o[1:0] = m_aw.id;
  assign m_aw_address_o = m_aw.address;
  assign m_aw_length_o = m_aw.length;
  assign m_w_strobe_o = m_w.strobe;
  assign m_w_last_o = m_w.last;

  axi_interconnect u_interconnect (
    .clk_i,
    .rst_ni,
    .ar_valid_i,
    .ar_ready_o,
    .ar_i(ar),
    .r_valid_o,
    .r_ready_i,
    .r_o(r),
    .aw_valid_i,
    .aw_ready_o,
    .aw_i(aw),
    .w_valid_i,
    .w_ready_o,
    .w_i(w),
    .b_valid_o,
    .b_ready_i,
    .b_o(b),
    .ar_valid_o(m_ar_valid_o),
    .ar_ready_i(m_ar_ready_i),
    .ar_o(m_ar),
    .ar_master_o(m_ar_id_o[2]),
    .r_valid_i(m_r_valid_i),
    .r_ready_o(m_r_ready_o),
    .r_i(m_r),
    .r_master_i(m_r_id_i[2]),
    .aw_valid_o(m_aw_valid_o),
    .aw_ready_i(m_aw_ready_i),
    .aw_o(m_aw),
    .aw_master_o(m_aw_id_o[2]),
    .w_valid_o(m_w_valid_o),
    .w_ready_i(m_w_ready_i),
    .w_o(m_w),
    .b_valid_i(m_b_valid_i),
    .b_ready_o(m_b_ready_o),
    .b_i(m_b),
    .b_master_i(m_b_id_i[2])
  );

endmodule
