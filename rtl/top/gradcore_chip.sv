// SPDX-License-Identifier: Apache-2.0
// The chip: command processor, matrix unit, vector unit, DMA and local memory.
//
//   s_axil_*  AXI4-Lite slave, 32 bits: the registers (sw/isa/registers.md)
//   m_axi_*   AXI4 master, 128 bits: programs and data in DRAM. Bursts increment, have full beats
//             and end within 4 KiB; ids name who asks (axi_pkg)
//   irq_o     a level, while an enabled interrupt is pending
//   event_o   what units start and finish, for traces
module gradcore_chip
  import axi_pkg::*;
  import command_pkg::*;
  import gradcore_pkg::*;
  import registers_pkg::*;
  import unit_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned F = 40,
  parameter int unsigned VectorLanes = N,              // elements at a time of the vector unit
  parameter int unsigned FunctionLanes = VectorLanes,  // units that approximate functions
  parameter int unsigned OperandKib = 2048,
  parameter int unsigned AccumulatorKib = 2048,
  parameter int unsigned ListEntries = (N == 4) ? 1024 : 4096,
  parameter int unsigned OperandBanks = 8,             // 2, 4 or 8: fewer are smaller and slower
  parameter int unsigned AccumulatorBanks = 8          // 2, 4 or 8
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

  output logic [AxiIdWidth-1:0]           m_axi_awid,
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
  input  logic [AxiIdWidth-1:0]           m_axi_bid,
  input  logic [1:0]                      m_axi_bresp,
  input  logic                            m_axi_bvalid,
  output logic                            m_axi_bready,
  output logic [AxiIdWidth-1:0]           m_axi_arid,
  output logic [AxiAddressWidth-1:0]      m_axi_araddr,
  output logic [7:0]                      m_axi_arlen,
  output logic [2:0]                      m_axi_arsize,
  output logic [1:0]                      m_axi_arburst,
  output logic                            m_axi_arvalid,
  input  logic                            m_axi_arready,
  input  logic [AxiIdWidth-1:0]           m_axi_rid,
  input  logic [AxiDataWidth-1:0]         m_axi_rdata,
  input  logic [1:0]                      m_axi_rresp,
  input  logic                            m_axi_rlast,
  input  logic                            m_axi_rvalid,
  output logic                            m_axi_rready,

  output logic                            irq_o,
  output unit_event_t [Units-1:0]         event_o
);

  localparam core_cfg_t Cfg = core_cfg(N, F, OperandKib, AccumulatorKib);
  localparam int unsigned OperandTiles = operand_tiles(Cfg);
  localparam int unsigned AccumulatorTiles = accumulator_tiles(Cfg);

  if (N != 4 && N != 8 && N != 16 && N != 32) begin : gen_check_n
    $error("gradcore_chip: N must be 4, 8, 16 or 32");
  end
  if (F < 24 || F > 48) begin : gen_check_f
    $error("gradcore_chip: F must be 24 to 48");
  end
  if (OperandBanks != 2 && OperandBanks != 4 && OperandBanks != 8) begin : gen_check_operand_banks
    $error("gradcore_chip: OperandBanks must be 2, 4 or 8");
  end
  if (AccumulatorBanks != 2 && AccumulatorBanks != 4 && AccumulatorBanks != 8)
  begin : gen_check_banks
    $error("gradcore_chip: AccumulatorBanks must be 2, 4 or 8");
  end
  if (ListEntries < 8 || ListEntries > (1 << ListWidth) ||
      (ListEntries & (ListEntries - 1)) != 0) begin : gen_check_list
    $error("gradcore_chip: ListEntries must be a power of two of 8 to 2^ListWidth");
  end
  if (VectorLanes == 0 || FunctionLanes == 0 || N % VectorLanes != 0 ||
      VectorLanes % FunctionLanes != 0) begin : gen_check_lanes
    $error("gradcore_chip: FunctionLanes must divide VectorLanes, and that N");
  end
  if (OperandTiles < 2 || OperandTiles > (1 << TileWidth) ||
      (OperandTiles & (OperandTiles - 1)) != 0) begin : gen_check_operand
    $error("gradcore_chip: OperandKib must be a power of two of 2 to 2^20 tiles");
  end
  if (AccumulatorTiles < 2 || AccumulatorTiles > (1 << TileWidth) ||
      (AccumulatorTiles & (AccumulatorTiles - 1)) != 0) begin : gen_check_accumulator
    $error("gradcore_chip: AccumulatorKib must be a power of two of 2 to 2^20 tiles");
  end

  // --- Registers ------------------------------------------------------------------------------

  command_control_t control;
  command_status_t  status;
  axi_lite_write_t  register_write;
  axi_lite_read_t   register_read;
  axi_resp_e        register_answer;
  assign register_write = '{data: s_axil_wdata, strobe: s_axil_wstrb};
  assign s_axil_rdata = register_read.data;
  assign s_axil_rresp = register_read.resp;
  assign s_axil_bresp = register_answer;

  registers #(
    .N(N),
    .F(F),
    .OperandKib(OperandKib),
    .AccumulatorKib(AccumulatorKib),
    .ListEntries(ListEntries)
  ) u_registers (
    .clk_i,
    .rst_ni,
    .aw_valid_i(s_axil_awvalid),
    .aw_ready_o(s_axil_awready),
    .aw_address_i(s_axil_awaddr),
    .w_valid_i(s_axil_wvalid),
    .w_ready_o(s_axil_wready),
    .w_i(register_write),
    .b_valid_o(s_axil_bvalid),
    .b_ready_i(s_axil_bready),
    .b_o(register_answer),
    .ar_valid_i(s_axil_arvalid),
    .ar_ready_o(s_axil_arready),
    .ar_address_i(s_axil_araddr),
    .r_valid_o(s_axil_rvalid),
    .r_ready_i(s_axil_rready),
    .r_o(register_read),
    .irq_o,
    .control_o(control),
    .status_i(status)
  );

  // --- Command processor ----------------------------------------------------------------------

  logic         units_rst_n, stop, dma_idle;
  logic         fetch_ar_valid, fetch_ar_ready, fetch_r_valid, fetch_r_ready;
  axi_address_t fetch_ar;
  axi_read_t    read_beat, m_read;
  logic         matrix_valid, matrix_ready, matrix_done, matrix_stalled;
  logic         vector_valid, vector_ready, vector_done, vector_stalled;
  logic         load_valid, load_ready, load_done, load_error, load_stalled;
  logic         store_valid, store_ready, store_done, store_error, store_stalled;
  gemm_t        gemm;
  vector_t      vector;
  transfer_t    load, store;
  list_fault_t  vector_fault, load_fault, store_fault;
  unit_event_t  events [Units];

  command_processor #(
    .N(N),
    .OperandTiles(OperandTiles),
    .AccumulatorTiles(AccumulatorTiles),
    .ListEntries(ListEntries)
  ) u_command (
    .clk_i,
    .rst_ni,
    .units_rst_no(units_rst_n),
    .control_i(control),
    .status_o(status),
    .ar_valid_o(fetch_ar_valid),
    .ar_ready_i(fetch_ar_ready),
    .ar_o(fetch_ar),
    .r_valid_i(fetch_r_valid),
    .r_ready_o(fetch_r_ready),
    .r_i(read_beat),
    .read_beat_i(m_axi_rvalid && m_axi_rready),
    .write_beat_i(m_axi_wvalid && m_axi_wready),
    .stop_o(stop),
    .dma_idle_i(dma_idle),
    .matrix_valid_o(matrix_valid),
    .matrix_ready_i(matrix_ready),
    .matrix_o(gemm),
    .matrix_done_i(matrix_done),
    .matrix_stalled_i(matrix_stalled),
    .vector_valid_o(vector_valid),
    .vector_ready_i(vector_ready),
    .vector_o(vector),
    .vector_done_i(vector_done),
    .vector_fault_i(vector_fault),
    .vector_stalled_i(vector_stalled),
    .load_valid_o(load_valid),
    .load_ready_i(load_ready),
    .load_o(load),
    .load_done_i(load_done),
    .load_error_i(load_error),
    .load_fault_i(load_fault),
    .load_stalled_i(load_stalled),
    .store_valid_o(store_valid),
    .store_ready_i(store_ready),
    .store_o(store),
    .store_done_i(store_done),
    .store_error_i(store_error),
    .store_fault_i(store_fault),
    .store_stalled_i(store_stalled),
    .event_o(events)
  );

  always_comb begin
    for (int unsigned u = 0; u < Units; u++) event_o[u] = events[u];
  end

  // --- Units ----------------------------------------------------------------------------------

  logic          load_ar_valid, load_ar_ready, load_r_valid, load_r_ready;
  axi_address_t  load_ar, m_read_address, m_write_address;
  axi_write_t    m_write;
  axi_response_t m_answer;

  units #(
    .N(N),
    .F(F),
    .VectorLanes(VectorLanes),
    .FunctionLanes(FunctionLanes),
    .OperandTiles(OperandTiles),
    .AccumulatorTiles(AccumulatorTiles),
    .OperandBanks(OperandBanks),
    .AccumulatorBanks(AccumulatorBanks),
    .ListEntries(ListEntries)
  ) u_units (
    .clk_i,
    .rst_ni(units_rst_n),
    .matrix_valid_i(matrix_valid),
    .matrix_ready_o(matrix_ready),
    .matrix_i(gemm),
    .matrix_done_o(matrix_done),
    .matrix_stalled_o(matrix_stalled),
    .vector_valid_i(vector_valid),
    .vector_ready_o(vector_ready),
    .vector_i(vector),
    .vector_done_o(vector_done),
    .vector_fault_o(vector_fault),
    .vector_stalled_o(vector_stalled),
    .load_valid_i(load_valid),
    .load_ready_o(load_ready),
    .load_i(load),
    .load_done_o(load_done),
    .load_error_o(load_error),
    .load_fault_o(load_fault),
    .load_stalled_o(load_stalled),
    .store_valid_i(store_valid),
    .store_ready_o(store_ready),
    .store_i(store),
    .store_done_o(store_done),
    .store_error_o(store_error),
    .store_fault_o(store_fault),
    .store_stalled_o(store_stalled),
    .stop_i(stop),
    .idle_o(dma_idle),
    .ar_valid_o(load_ar_valid),
    .ar_ready_i(load_ar_ready),
    .ar_o(load_ar),
    .r_valid_i(load_r_valid),
    .r_ready_o(load_r_ready),
    .r_i(read_beat),
    .aw_valid_o(m_axi_awvalid),
    .aw_ready_i(m_axi_awready),
    .aw_o(m_write_address),
    .w_valid_o(m_axi_wvalid),
    .w_ready_i(m_axi_wready),
    .w_o(m_write),
    .b_valid_i(m_axi_bvalid),
    .b_ready_o(m_axi_bready),
    .b_i(m_answer)
  );

  axi_read_mux u_read_mux (
    .clk_i,
    .rst_ni,
    .fetch_ar_valid_i(fetch_ar_valid),
    .fetch_ar_ready_o(fetch_ar_ready),
    .fetch_ar_i(fetch_ar),
    .fetch_r_valid_o(fetch_r_valid),
    .fetch_r_ready_i(fetch_r_ready),
    .load_ar_valid_i(load_ar_valid),
    .load_ar_ready_o(load_ar_ready),
    .load_ar_i(load_ar),
    .load_r_valid_o(load_r_valid),
    .load_r_ready_i(load_r_ready),
    .r_o(read_beat),
    .ar_valid_o(m_axi_arvalid),
    .ar_ready_i(m_axi_arready),
    .ar_o(m_read_address),
    .r_valid_i(m_axi_rvalid),
    .r_ready_o(m_axi_rready),
    .r_i(m_read)
  );

  // --- The names of the bus ---------------------------------------------------------------------

  localparam logic [2:0] FullBeats = 3'd4;  // 2^4 bytes
  localparam logic [1:0] Increment = 2'd1;
  assign m_axi_arid = m_read_address.id;
  assign m_axi_araddr = m_read_address.address;
  assign m_axi_arlen = m_read_address.length;
  assign m_axi_arsize = FullBeats;
  assign m_axi_arburst = Increment;
  assign m_read = '{id: m_axi_rid, data: m_axi_rdata, resp: axi_resp_e'(m_axi_rresp),
                    last: m_axi_rlast};
  assign m_axi_awid = m_write_address.id;
  assign m_axi_awaddr = m_write_address.address;
  assign m_axi_awlen = m_write_address.length;
  assign m_axi_awsize = FullBeats;
  assign m_axi_awburst = Increment;
  assign m_axi_wdata = m_write.data;
  assign m_axi_wstrb = m_write.strobe;
  assign m_axi_wlast = m_write.last;
  assign m_answer = '{id: m_axi_bid, resp: axi_resp_e'(m_axi_bresp)};

endmodule
