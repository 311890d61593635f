// SPDX-License-Identifier: Apache-2.0
// The chip beside another master on one DRAM: how to put it into a design of one's own.
//
//   s_axil_*  AXI4-Lite: the chip's registers
//   m_axi_*   AXI4, 128 bits, to DRAM; of the 3 bits of an id the top one is 1 for the other master
//   irq_o, event_o   the chip's
//   traffic_* the other master (traffic_master)
module example_soc
  import axi_pkg::*;
  import command_pkg::*;
  import registers_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned F = 40,
  parameter int unsigned OperandKib = 2048,
  parameter int unsigned AccumulatorKib = 2048
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,

  input  logic [RegisterAddressWidth-1:0] s_axil_awaddr,
  input  logic                            s_axil_awvalid,
  output logic                            s_axil_awready,
  input  logic [31:0]                     s_axil_wdata,
  input  logic [3:0]                      s_axil_wstrb,
  input  logic                            s_axil_wvalid,
  output logic                            s_axil_wready,
  output logic [1:0]                      s_axil_bresp,
  output logic                            s_axil_bvalid,
  input  logic                            s_axil_bready,
  input  logic [RegisterAddressWidth-1:0] s_axil_araddr,
  input  logic                            s_axil_arvalid,
  output logic                            s_axil_arready,
  output logic [31:0]                     s_axil_rdata,
  output logic [1:0]                      s_axil_rresp,
  output logic                            s_axil_rvalid,
  input  logic                            s_axil_rready,

  output logic [AxiIdWidth:0]             m_axi_awid,
  output logic [AxiAddressWidth-1:0]      m_axi_awaddr,
  output logic [7:0]                      m_axi_awlen,
  output logic [2:0]                      m_axi_awsize,
  output logic [1:0]                      m_axi_awburst,
  output logic                            m_axi_awvalid,
  input  logic                            m_axi_awready,
  output logic [AxiDataWidth-1:0]         m_axi_wdata,
  output logic [AxiBytes-1:0]             m_axi_wstrb,
  output logic                            m_axi_wlast,
  output logic                            m_axi_wvalid,
  input  logic                            m_axi_wready,
  input  logic [AxiIdWidth:0]             m_axi_bid,
  input  logic [1:0]                      m_axi_bresp,
  input  logic                            m_axi_bvalid,
  output logic                            m_axi_bready,
  output logic [AxiIdWidth:0]             m_axi_arid,
  output logic [AxiAddressWidth-1:0]      m_axi_araddr,
  output logic [7:0]                      m_axi_arlen,
  output logic [2:0]                      m_axi_arsize,
  output logic [1:0]                      m_axi_arburst,
  output logic                            m_axi_arvalid,
  input  logic                            m_axi_arready,
  input  logic [AxiIdWidth:0]             m_axi_rid,
  input  logic [AxiDataWidth-1:0]         m_axi_rdata,
  input  logic [1:0]                      m_axi_rresp,
  input  logic                            m_axi_rlast,
  input  logic                            m_axi_rvalid,
  output logic                            m_axi_rready,

  output logic                            irq_o,
  output unit_event_t [Units-1:0]         event_o,

  input  logic                            traffic_enable_i,
  input  logic [AxiAddressWidth-1:0]      traffic_base_i,
  output logic [31:0]                     traffic_passes_o,
  output logic [31:0]                     traffic_read_beats_o,
  output logic [31:0]                     traffic_write_beats_o,
  output logic [31:0]                     traffic_wrong_o,
  output logic [31:0]                     traffic_errors_o
);

  localparam int unsigned Chip = 0;
  localparam int unsigned Traffic = 1;

  logic [1:0]          ar_valid, ar_ready, r_valid, r_ready, aw_valid, aw_ready, w_valid, w_ready;
  logic [1:0]          b_valid, b_ready;
  axi_address_t  [1:0] ar, aw;
  axi_write_t    [1:0] w;
  axi_read_t           r;
  axi_response_t       b;

  // --- The chip: its sizes and burst types are fixed, the interconnect needs none ---------------

  logic [2:0] unused_awsize, unused_arsize;
  logic [1:0] unused_awburst, unused_arburst;

  gradcore_chip #(
    .N(N),
    .F(F),
    .OperandKib(OperandKib),
    .AccumulatorKib(AccumulatorKib)
  ) u_chip (
    .clk_i,
    .rst_ni,
    .s_axil_awaddr,
    .s_axil_awvalid,
    .s_axil_awready,
    .s_axil_wdata,
    .s_axil_wstrb,
    .s_axil_wvalid,
    .s_axil_wready,
    .s_axil_bresp,
    .s_axil_bvalid,
    .s_axil_bready,
    .s_axil_araddr,
    .s_axil_arvalid,
    .s_axil_arready,
    .s_axil_rdata,
    .s_axil_rresp,
    .s_axil_rvalid,
    .s_axil_rready,
    .m_axi_awid(aw[Chip].id),
    .m_axi_awaddr(aw[Chip].address),
    .m_axi_awlen(aw[Chip].length),
    .m_axi_awsize(unused_awsize),
    .m_axi_awburst(unused_awburst),
    .m_axi_awvalid(aw_valid[Chip]),
    .m_axi_awready(aw_ready[Chip]),
    .m_axi_wdata(w[Chip].data),
    .m_axi_wstrb(w[Chip].strobe),
    .m_axi_wlast(w[Chip].last),
    .m_axi_wvalid(w_valid[Chip]),
    .m_axi_wready(w_ready[Chip]),
    .m_axi_bid(b.id),
    .m_axi_bresp(b.resp),
    .m_axi_bvalid(b_valid[Chip]),
    .m_axi_bready(b_ready[Chip]),
    .m_axi_arid(ar[Chip].id),
    .m_axi_araddr(ar[Chip].address),
    .m_axi_arlen(ar[Chip].length),
    .m_axi_arsize(unused_arsize),
    .m_axi_arburst(unused_arburst),
    .m_axi_arvalid(ar_valid[Chip]),
    .m_axi_arready(ar_ready[Chip]),
    .m_axi_rid(r.id),
    .m_axi_rdata(r.data),
    .m_axi_rresp(r.resp),
    .m_axi_rlast(r.last),
    .m_axi_rvalid(r_valid[Chip]),
    .m_axi_rready(r_ready[Chip]),
    .irq_o,
    .event_o
  );

  // --- The other master -------------------------------------------------------------------------

  traffic_master u_traffic (
    .clk_i,
    .rst_ni,
    .enable_i(traffic_enable_i),
    .base_i(traffic_base_i),
    .passes_o(traffic_passes_o),
    .read_beats_o(traffic_read_beats_o),
    .write_beats_o(traffic_write_beats_o),
    .wrong_o(traffic_wrong_o),
    .errors_o(traffic_errors_o),
    .ar_valid_o(ar_valid[Traffic]),
    .ar_ready_i(ar_ready[Traffic]),
    .ar_o(ar[Traffic]),
    .r_valid_i(r_valid[Traffic]),
    .r_ready_o(r_ready[Traffic]),
    .r_i(r),
    .aw_valid_o(aw_valid[Traffic]),
    .aw_ready_i(aw_ready[Traffic]),
    .aw_o(aw[Traffic]),
    .w_valid_o(w_valid[Traffic]),
    .w_ready_i(w_ready[Traffic]),
    .w_o(w[Traffic]),
    .b_valid_i(b_valid[Traffic]),
    .b_ready_o(b_ready[Traffic]),
    .b_i(b)
  );

  // --- Both on one memory --------------------------------------------------------------------

  axi_address_t shared_ar, shared_aw;
  axi_write_t   shared_w;

  axi_interconnect u_interconnect (
    .clk_i,
    .rst_ni,
    .ar_valid_i(ar_valid),
    .ar_ready_o(ar_ready),
    .ar_i(ar),
    .r_valid_o(r_valid),
    .r_ready_i(r_ready),
    .r_o(r),
    .aw_valid_i(aw_valid),
    .aw_ready_o(aw_ready),
    .aw_i(aw),
    .w_valid_i(w_valid),
    .w_ready_o(w_ready),
    .w_i(w),
    .b_valid_o(b_valid),
    .b_ready_i(b_ready),
    .b_o(b),
    .ar_valid_o(m_axi_arvalid),
    .ar_ready_i(m_axi_arready),
    .ar_o(shared_ar),
    .ar_master_o(m_axi_arid[AxiIdWidth]),
    .r_valid_i(m_axi_rvalid),
    .r_ready_o(m_axi_rready),
    .r_i('{id: m_axi_rid[AxiIdWidth-1:0], data: m_axi_rdata, resp: axi_resp_e'(m_axi_rresp),
           last: m_axi_rlast}),
    .r_master_i(m_axi_rid[AxiIdWidth]),
    .aw_valid_o(m_axi_awvalid),
    .aw_ready_i(m_axi_awready),
    .aw_o(shared_aw),
    .aw_master_o(m_axi_awid[AxiIdWidth]),
    .w_valid_o(m_axi_wvalid),
    .w_ready_i(m_axi_wready),
    .w_o(shared_w),
    .b_valid_i(m_axi_bvalid),
    .b_ready_o(m_axi_bready),
    .b_i('{id: m_axi_bid[AxiIdWidth-1:0], resp: axi_resp_e'(m_axi_bresp)}),
    .b_master_i(m_axi_bid[AxiIdWidth])
  );

  assign m_axi_arid[AxiIdWidth-1:0] = shared_ar.id;
  assign m_axi_araddr = shared_ar.address;
  assign m_axi_arlen = shared_ar.length;
  assign m_axi_arsize = 3'd4;
  assign m_axi_arburst = 2'd1;
  assign m_axi_awid[AxiIdWidth-1:0] = shared_aw.id;
  assign m_axi_awaddr = shared_aw.address;
  assign m_axi_awlen = shared_aw.length;
  assign m_axi_awsize = 3'd4;
  assign m_axi_awburst = 2'd1;
  assign m_axi_wdata = shared_w.data;
  assign m_axi_wstrb = shared_w.strobe;
  assign m_axi_wlast = shared_w.last;

endmodule
