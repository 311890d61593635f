// SPDX-License-Identifier: Apache-2.0
// The four units and the local memory that they work on.
//
// Each unit takes checked instructions (valid/ready) and says for each, in order, when it is done;
// *_stalled_o: it waits for memory in this cycle. stop_i, until reset, lets the DMA request nothing
// more; idle_o: DRAM owes it nothing; *_fault_o come with done, and say where a list was bad.
// Readers and writers 0 of local memory are the DMA, 1 and 2 the vector unit.
module units
  import axi_pkg::*;
  import gradcore_pkg::*;
  import unit_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned F = 40,
  parameter int unsigned VectorLanes = N,
  parameter int unsigned FunctionLanes = VectorLanes,
  parameter int unsigned OperandTiles = 4096,
  parameter int unsigned AccumulatorTiles = 2048,
  parameter int unsigned OperandBanks = 4,
  parameter int unsigned AccumulatorBanks = 8,
  parameter int unsigned ListEntries = 4096
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  input  logic          matrix_valid_i,
  output logic          matrix_ready_o,
  input  gemm_t         matrix_i,
  output logic          matrix_done_o,
  output logic          matrix_stalled_o,

  input  logic          vector_valid_i,
  output logic          vector_ready_o,
  input  vector_t       vector_i,
  output logic          vector_done_o,
  output list_fault_t   vector_fault_o,
  output logic          vector_stalled_o,

  input  logic          load_valid_i,
  output logic          load_ready_o,
  input  transfer_t     load_i,
  output logic          load_done_o,
  output logic          load_error_o,
  output list_fault_t   load_fault_o,
  output logic          load_stalled_o,

  input  logic          store_valid_i,
  output logic          store_ready_o,
  input  transfer_t     store_i,
  output logic          store_done_o,
  output logic          store_error_o,
  output list_fault_t   store_fault_o,
  output logic          store_stalled_o,

  input  logic          stop_i,
  output logic          idle_o,

  output logic          ar_valid_o,
  input  logic          ar_ready_i,
  output axi_address_t  ar_o,
  input  logic          r_valid_i,
  output logic          r_ready_o,
  input  axi_read_t     r_i,
  output logic          aw_valid_o,
  input  logic          aw_ready_i,
  output axi_address_t  aw_o,
  output logic          w_valid_o,
  input  logic          w_ready_i,
  output axi_write_t    w_o,
  input  logic          b_valid_i,
  output logic          b_ready_o,
  input  axi_response_t b_i
);

  // --- Matrix unit ----------------------------------------------------------------------------

  logic         stream_valid, stream_ready, tile_valid, acc_read_valid, acc_write_valid;
  line_t        stream_line, tile_line, acc_read_line, acc_write_line;
  logic [15:0]  stream_data    [N];
  logic [15:0]  tile_data      [N];
  logic [31:0]  acc_read_data  [N];
  logic [31:0]  acc_write_data [N];
  logic [N-1:0] acc_write_mask;
  logic         unused_matrix_busy, unused_vector_busy, unused_load_busy, unused_store_busy;
  assign matrix_stalled_o = stream_valid && !stream_ready;

  matrix_unit #(
    .N(N),
    .F(F)
  ) u_matrix_unit (
    .clk_i,
    .rst_ni,
    .valid_i(matrix_valid_i),
    .ready_o(matrix_ready_o),
    .gemm_i(matrix_i),
    .done_o(matrix_done_o),
    .busy_o(unused_matrix_busy),
    .stream_valid_o(stream_valid),
    .stream_ready_i(stream_ready),
    .stream_line_o(stream_line),
    .stream_data_i(stream_data),
    .load_valid_o(tile_valid),
    .load_line_o(tile_line),
    .load_data_i(tile_data),
    .read_valid_o(acc_read_valid),
    .read_line_o(acc_read_line),
    .read_data_i(acc_read_data),
    .write_valid_o(acc_write_valid),
    .write_line_o(acc_write_line),
    .write_mask_o(acc_write_mask),
    .write_data_o(acc_write_data)
  );

  // --- Readers and writers of local memory: 0 is the DMA, the others are the vector unit ---------

  // With few lanes the vector unit leaves enough of a port to share it.
  localparam int unsigned Ports = (N / VectorLanes < 4) ? 3 : (N / VectorLanes < 8) ? 2 : 1;

  logic         vector_read_valid  [2];
  logic         vector_read_ready  [2];
  place_t       vector_read_place  [2];
  logic [31:0]  vector_read_data   [2*N];
  logic         vector_write_valid [2];
  logic         vector_write_ready [2];
  place_t       vector_write_place [2];
  logic [N-1:0] vector_write_mask  [2];
  logic [31:0]  vector_write_data  [2*N];
  logic         store_read_valid, load_write_valid;
  place_t       store_read_place, load_write_place;
  logic [N-1:0] load_write_mask;
  logic [31:0]  store_read_data [N];
  logic [31:0]  load_write_data [N];
  logic         read_valid  [3];
  logic         read_ready  [3];
  place_t       read_place  [3];
  logic [31:0]  read_data   [3*N];
  logic         write_valid [3];
  logic         write_ready [3];
  place_t       write_place [3];
  logic [N-1:0] write_mask  [3];
  logic [31:0]  write_data  [3*N];

  always_comb begin
    read_valid[0] = store_read_valid;
    read_place[0] = store_read_place;
    write_valid[0] = load_write_valid;
    write_place[0] = load_write_place;
    write_mask[0] = load_write_mask;
    for (int unsigned p = 0; p < 2; p++) begin
      read_valid[p+1] = vector_read_valid[p];
      read_place[p+1] = vector_read_place[p];
      write_valid[p+1] = vector_write_valid[p];
      write_place[p+1] = vector_write_place[p];
      write_mask[p+1] = vector_write_mask[p];
    end
    for (int unsigned i = 0; i < N; i++) write_data[i] = load_write_data[i];
    for (int unsigned i = 0; i < 2 * N; i++) write_data[N+i] = vector_write_data[i];
  end

  always_comb begin
    for (int unsigned p = 0; p < 2; p++) begin
      vector_read_ready[p] = read_ready[p+1];
      vector_write_ready[p] = write_ready[p+1];
    end
    for (int unsigned i = 0; i < N; i++) store_read_data[i] = read_data[i];
    for (int unsigned i = 0; i < 2 * N; i++) vector_read_data[i] = read_data[N+i];
  end

  logic         port_read_valid  [Ports];
  logic         port_read_ready  [Ports];
  place_t       port_read_place  [Ports];
  logic [31:0]  port_read_data   [Ports*N];
  logic         port_write_valid [Ports];
  logic         port_write_ready [Ports];
  place_t       port_write_place [Ports];
  logic [N-1:0] port_write_mask  [Ports];
  logic [31:0]  port_write_data  [Ports*N];

  memory_ports #(
    .N(N),
    .Ports(Ports)
  ) u_ports (
    .read_valid_i(read_valid),
    .read_ready_o(read_ready),
    .read_place_i(read_place),
    .read_data_o(read_data),
    .write_valid_i(write_valid),
    .write_ready_o(write_ready),
    .write_place_i(write_place),
    .write_mask_i(write_mask),
    .write_data_i(write_data),
    .read_valid_o(port_read_valid),
    .read_ready_i(port_read_ready),
    .read_place_o(port_read_place),
    .read_data_i(port_read_data),
    .write_valid_o(port_write_valid),
    .write_ready_i(port_write_ready),
    .write_place_o(port_write_place),
    .write_mask_o(port_write_mask),
    .write_data_o(port_write_data)
  );

  local_memory #(
    .N(N),
    .OperandTiles(OperandTiles),
    .AccumulatorTiles(AccumulatorTiles),
    .OperandBanks(OperandBanks),
    .AccumulatorBanks(AccumulatorBanks),
    .Ports(Ports)
  ) u_local_memory (
    .clk_i,
    .rst_ni,
    .stream_valid_i(stream_valid),
    .stream_ready_o(stream_ready),
    .stream_line_i(stream_line),
    .stream_data_o(stream_data),
    .load_valid_i(tile_valid),
    .load_line_i(tile_line),
    .load_data_o(tile_data),
    .acc_read_valid_i(acc_read_valid),
    .acc_read_line_i(acc_read_line),
    .acc_read_data_o(acc_read_data),
    .acc_write_valid_i(acc_write_valid),
    .acc_write_line_i(acc_write_line),
    .acc_write_mask_i(acc_write_mask),
    .acc_write_data_i(acc_write_data),
    .read_valid_i(port_read_valid),
    .read_ready_o(port_read_ready),
    .read_place_i(port_read_place),
    .read_data_o(port_read_data),
    .write_valid_i(port_write_valid),
    .write_ready_o(port_write_ready),
    .write_place_i(port_write_place),
    .write_mask_i(port_write_mask),
    .write_data_i(port_write_data)
  );

  // --- List memory: read by the vector unit, loads and stores ------------------------------------

  localparam int unsigned ListReaders = 3;

  logic                   list_write;
  logic [ListWidth-1:0]   list_write_entry;
  logic [QuadEntries-1:0] list_write_mask;
  logic [31:0]            list_write_data [QuadEntries];
  logic                   list_valid      [ListReaders];
  logic                   list_ready      [ListReaders];
  logic [QuadWidth-1:0]   list_quad       [ListReaders];
  logic [31:0]            list_data       [QuadEntries];

  list_memory #(
    .Entries(ListEntries),
    .Readers(ListReaders)
  ) u_list_memory (
    .clk_i,
    .write_valid_i(list_write),
    .write_entry_i(list_write_entry),
    .write_mask_i(list_write_mask),
    .write_data_i(list_write_data),
    .read_valid_i(list_valid),
    .read_ready_o(list_ready),
    .read_quad_i(list_quad),
    .read_data_o(list_data)
  );

  vector_unit #(
    .N(N),
    .Lanes(VectorLanes),
    .FunctionLanes(FunctionLanes)
  ) u_vector_unit (
    .clk_i,
    .rst_ni,
    .valid_i(vector_valid_i),
    .ready_o(vector_ready_o),
    .insn_i(vector_i),
    .done_o(vector_done_o),
    .fault_o(vector_fault_o),
    .busy_o(unused_vector_busy),
    .stalled_o(vector_stalled_o),
    .list_valid_o(list_valid[0]),
    .list_ready_i(list_ready[0]),
    .list_quad_o(list_quad[0]),
    .list_data_i(list_data),
    .read_valid_o(vector_read_valid),
    .read_ready_i(vector_read_ready),
    .read_place_o(vector_read_place),
    .read_data_i(vector_read_data),
    .write_valid_o(vector_write_valid),
    .write_ready_i(vector_write_ready),
    .write_place_o(vector_write_place),
    .write_mask_o(vector_write_mask),
    .write_data_o(vector_write_data)
  );

  // --- DMA ------------------------------------------------------------------------------------

  logic load_idle, store_idle;
  assign idle_o = load_idle && store_idle;

  load_engine #(
    .N(N)
  ) u_load_engine (
    .clk_i,
    .rst_ni,
    .valid_i(load_valid_i),
    .ready_o(load_ready_o),
    .transfer_i(load_i),
    .ar_valid_o,
    .ar_ready_i,
    .ar_o,
    .r_valid_i,
    .r_ready_o,
    .r_i,
    .write_valid_o(load_write_valid),
    .write_ready_i(write_ready[0]),
    .write_place_o(load_write_place),
    .write_mask_o(load_write_mask),
    .write_data_o(load_write_data),
    .list_valid_o(list_valid[1]),
    .list_ready_i(list_ready[1]),
    .list_quad_o(list_quad[1]),
    .list_data_i(list_data),
    .list_write_o(list_write),
    .list_entry_o(list_write_entry),
    .list_mask_o(list_write_mask),
    .list_data_o(list_write_data),
    .done_o(load_done_o),
    .error_o(load_error_o),
    .fault_o(load_fault_o),
    .busy_o(unused_load_busy),
    .stalled_o(load_stalled_o),
    .stop_i,
    .idle_o(load_idle)
  );

  store_engine #(
    .N(N)
  ) u_store_engine (
    .clk_i,
    .rst_ni,
    .valid_i(store_valid_i),
    .ready_o(store_ready_o),
    .transfer_i(store_i),
    .read_valid_o(store_read_valid),
    .read_ready_i(read_ready[0]),
    .read_place_o(store_read_place),
    .read_data_i(store_read_data),
    .list_valid_o(list_valid[2]),
    .list_ready_i(list_ready[2]),
    .list_quad_o(list_quad[2]),
    .list_data_i(list_data),
    .aw_valid_o,
    .aw_ready_i,
    .aw_o,
    .w_valid_o,
    .w_ready_i,
    .w_o,
    .b_valid_i,
    .b_ready_o,
    .b_i,
    .done_o(store_done_o),
    .error_o(store_error_o),
    .fault_o(store_fault_o),
    .busy_o(unused_store_busy),
    .stalled_o(store_stalled_o),
    .stop_i,
    .idle_o(store_idle)
  );

endmodule
