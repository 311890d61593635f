// SPDX-License-Identifier: Apache-2.0
// What every board has inside, without vendors' cells: the chip, the serial bridge, and the one
// AXI4 port to DRAM that they share.
//
// A board's top adds clock, reset, pins and memory. m_*: AXI4 as axi_pkg has it; *_master is the
// top bit of an id: 0 the chip, 1 the host. memory_rst_no: its reset.
module board
  import axi_pkg::*;
  import command_pkg::*;
  import registers_pkg::*;
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
  parameter int unsigned ClockKhz = 60000,
  parameter int unsigned ClocksPerBit = 20,
  parameter int unsigned HeartbeatBit = 24  // of the count of cycles that the light follows
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  input  logic          rx_i,
  output logic          tx_o,
  output logic [7:0]    led_o,

  output logic          memory_rst_no,
  output logic          ar_valid_o,
  input  logic          ar_ready_i,
  output axi_address_t  ar_o,
  output logic          ar_master_o,
  input  logic          r_valid_i,
  output logic          r_ready_o,
  input  axi_read_t     r_i,
  input  logic          r_master_i,
  output logic          aw_valid_o,
  input  logic          aw_ready_i,
  output axi_address_t  aw_o,
  output logic          aw_master_o,
  output logic          w_valid_o,
  input  logic          w_ready_i,
  output axi_write_t    w_o,
  input  logic          b_valid_i,
  output logic          b_ready_o,
  input  axi_response_t b_i,
  input  logic          b_master_i
);

  localparam int unsigned Chip = 0;
  localparam int unsigned Host = 1;

  logic [1:0]          ar_valid, ar_ready, r_valid, r_ready, aw_valid, aw_ready, w_valid, w_ready;
  logic [1:0]          b_valid, b_ready;
  axi_address_t  [1:0] ar, aw;
  axi_write_t    [1:0] w;
  axi_read_t           r;
  axi_response_t       b;

  logic                            reg_aw_valid, reg_aw_ready, reg_w_valid, reg_w_ready;
  logic                            reg_b_valid, reg_ar_valid, reg_ar_ready, reg_r_valid;
  logic [31:0]                     reg_w_data;
  logic [1:0]                      reg_b_resp, reg_r_resp;
  logic [RegisterAddressWidth-1:0] reg_address;
  axi_lite_read_t                  reg_r;
  logic                            chip_rst_n, interrupt, receives, sends, damaged, silent;

  serial_bridge #(
    .ClocksPerBit(ClocksPerBit),
    .MemoryKib(MemoryKib),
    .ClockKhz(ClockKhz)
  ) u_bridge (
    .clk_i,
    .rst_ni,
    .rx_i,
    .tx_o,
    .receives_o(receives),
    .sends_o(sends),
    .damaged_o(damaged),
    .interrupt_i(interrupt),
    .silent_o(silent),
    .reset_no(chip_rst_n),
    .reg_aw_valid_o(reg_aw_valid),
    .reg_aw_ready_i(reg_aw_ready),
    .reg_w_valid_o(reg_w_valid),
    .reg_w_ready_i(reg_w_ready),
    .reg_w_data_o(reg_w_data),
    .reg_b_valid_i(reg_b_valid),
    .reg_b_resp_i(axi_resp_e'(reg_b_resp)),
    .reg_ar_valid_o(reg_ar_valid),
    .reg_ar_ready_i(reg_ar_ready),
    .reg_address_o(reg_address),
    .reg_r_valid_i(reg_r_valid),
    .reg_r_i(reg_r),
    .ar_valid_o(ar_valid[Host]),
    .ar_ready_i(ar_ready[Host]),
    .ar_o(ar[Host]),
    .r_valid_i(r_valid[Host]),
    .r_i(r),
    .aw_valid_o(aw_valid[Host]),
    .aw_ready_i(aw_ready[Host]),
    .aw_o(aw[Host]),
    .w_valid_o(w_valid[Host]),
    .w_ready_i(w_ready[Host]),
    .w_o(w[Host]),
    .b_valid_i(b_valid[Host]),
    .b_i(b)
  );
  assign r_ready[Host] = 1'b1;
  assign b_ready[Host] = 1'b1;
  assign reg_r.resp = axi_resp_e'(reg_r_resp);

  logic [2:0]                   unused_awsize, unused_arsize;
  logic [1:0]                   unused_awburst, unused_arburst;
  unit_event_t [Units-1:0]      unused_events;

  gradcore_chip #(
    .N(N),
    .F(F),
    .VectorLanes(VectorLanes),
    .FunctionLanes(FunctionLanes),
    .OperandKib(OperandKib),
    .AccumulatorKib(AccumulatorKib),
    .OperandBanks(OperandBanks),
    .AccumulatorBanks(AccumulatorBanks)
  ) u_chip (
    .clk_i,
    .rst_ni(chip_rst_n),
    .s_axil_awaddr(reg_address),
    .s_axil_awvalid(reg_aw_valid),
    .s_axil_awready(reg_aw_ready),
    .s_axil_wdata(reg_w_data),
    .s_axil_wstrb('1),
    .s_axil_wvalid(reg_w_valid),
    .s_axil_wready(reg_w_ready),
    .s_axil_bresp(reg_b_resp),
    .s_axil_bvalid(reg_b_valid),
    .s_axil_bready(1'b1),
    .s_axil_araddr(reg_address),
    .s_axil_arvalid(reg_ar_valid),
    .s_axil_arready(reg_ar_ready),
    .s_axil_rdata(reg_r.data),
    .s_axil_rresp(reg_r_resp),
    .s_axil_rvalid(reg_r_valid),
    .s_axil_rready(1'b1),
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
    .irq_o(interrupt),
    .event_o(unused_events)
  );

  axi_interconnect u_interconnect (
    .clk_i,
    .rst_ni(chip_rst_n),
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
    .ar_valid_o,
    .ar_ready_i,
    .ar_o,
    .ar_master_o,
    .r_valid_i,
    .r_ready_o,
    .r_i,
    .r_master_i,
    .aw_valid_o,
    .aw_ready_i,
    .aw_o,
    .aw_master_o,
    .w_valid_o,
    .w_ready_i,
    .w_o,
    .b_valid_i,
    .b_ready_o,
    .b_i,
    .b_master_i
  );
  assign memory_rst_no = chip_rst_n;

  // --- Lights: heartbeat, line in and out, interrupt; from the top: bus silent, frame damaged ----

  logic [HeartbeatBit:0] beat_q;
  logic [HeartbeatBit:0] seen_q;     // runs out after an event, which a light shows as long
  logic                  received_q, damaged_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beat_q <= '0;
      seen_q <= '0;
      received_q <= 1'b0;
      damaged_q <= 1'b0;
    end else begin
      beat_q <= beat_q + 1'b1;
      seen_q <= (receives || damaged) ? '0 : seen_q + 1'b1;
      received_q <= receives || (received_q && !(&seen_q[HeartbeatBit-3:0]));
      damaged_q <= damaged || (damaged_q && !(&seen_q));
    end
  end
  assign led_o = {silent, damaged_q, 2'b00, interrupt, sends, received_q, beat_q[HeartbeatBit]};

endmodule
