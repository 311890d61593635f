// SPDX-License-Identifier: Apache-2.0
// Memory behind an AXI4 port of 128 bits, in RAM of the FPGA: bursts as axi_pkg has them.
//
// One burst of each kind at a time, so answers come in order; a beat a cycle within a burst, and
// 3 cycles around it. Latency 2 cycles from an address to its first beat. What lies beyond the end
// answers with DECERR, and writes there do nothing.
module axi_ram
  import axi_pkg::*;
#(
  parameter int unsigned Kib = 32,
  parameter int unsigned MasterWidth = 1  // bits that come with an id and go back with its answer
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic                   ar_valid_i,
  output logic                   ar_ready_o,
  input  axi_address_t           ar_i,
  input  logic [MasterWidth-1:0] ar_master_i,
  output logic                   r_valid_o,
  input  logic                   r_ready_i,
  output axi_read_t              r_o,
  output logic [MasterWidth-1:0] r_master_o,
  input  logic                   aw_valid_i,
  output logic                   aw_ready_o,
  input  axi_address_t           aw_i,
  input  logic [MasterWidth-1:0] aw_master_i,
  input  logic                   w_valid_i,
  output logic                   w_ready_o,
  input  axi_write_t             w_i,
  output logic                   b_valid_o,
  input  logic                   b_ready_i,
  output axi_response_t          b_o,
  output logic [MasterWidth-1:0] b_master_o
);

  localparam int unsigned Beats = Kib * 1024 / AxiBytes;
  localparam int unsigned IndexW = $clog2(Beats);
  localparam int unsigned ByteW = $clog2(AxiBytes);
  typedef logic [IndexW-1:0] index_t;

  function automatic logic exists(axi_address_t burst);
    return burst.address[AxiAddressWidth-1:ByteW] + 60'(burst.length) < 60'(Beats);
  endfunction

  // --- Reads ------------------------------------------------------------------------------------

  logic                   reads_q, valid_q, last_q, good_q, fetch;
  index_t                 read_index_q;
  logic [7:0]             left_q;  // beats to fetch after the next one
  logic [AxiIdWidth-1:0]  read_id_q;
  logic [MasterWidth-1:0] read_master_q;

  assign ar_ready_o = !reads_q && !valid_q;
  assign fetch = reads_q && (!valid_q || r_ready_i);
  assign r_valid_o = valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reads_q <= 1'b0;
      valid_q <= 1'b0;
    end else begin
      if (ar_valid_i && ar_ready_o) reads_q <= 1'b1;
      else if (fetch && left_q == '0) reads_q <= 1'b0;
      if (fetch) valid_q <= 1'b1;
      else if (r_ready_i) valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (ar_valid_i && ar_ready_o) begin
      read_index_q <= ar_i.address[ByteW+:IndexW];
      left_q <= ar_i.length;
      read_id_q <= ar_i.id;
      read_master_q <= ar_master_i;
      good_q <= exists(ar_i);
    end else if (fetch) begin
      read_index_q <= read_index_q + 1'b1;
      left_q <= left_q - 1'b1;
    end
    if (fetch) last_q <= left_q == '0;
  end

  // --- Writes -----------------------------------------------------------------------------------

  logic                   writes_q, answers_q, write_good_q;
  index_t                 write_index_q;
  logic [AxiIdWidth-1:0]  write_id_q;
  logic [MasterWidth-1:0] write_master_q;

  assign aw_ready_o = !writes_q && !answers_q;
  assign w_ready_o = writes_q;
  assign b_valid_o = answers_q;
  assign b_o = '{id: write_id_q, resp: write_good_q ? AxiOkay : AxiDecErr};
  assign b_master_o = write_master_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      writes_q <= 1'b0;
      answers_q <= 1'b0;
    end else begin
      if (aw_valid_i && aw_ready_o) writes_q <= 1'b1;
      else if (writes_q && w_valid_i && w_i.last) writes_q <= 1'b0;
      if (writes_q && w_valid_i && w_i.last) answers_q <= 1'b1;
      else if (b_ready_i) answers_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (aw_valid_i && aw_ready_o) begin
      write_index_q <= aw_i.address[ByteW+:IndexW];
      write_id_q <= aw_i.id;
      write_master_q <= aw_master_i;
      write_good_q <= exists(aw_i);
    end else if (w_valid_i && w_ready_o) begin
      write_index_q <= write_index_q + 1'b1;
    end
  end

  // --- The RAM: a bank for each byte -------------------------------------------------------------

  logic       w_en   [AxiBytes];
  index_t     r_addr [AxiBytes];
  index_t     w_addr [AxiBytes];
  logic [7:0] w_data [AxiBytes];
  logic [7:0] r_data [AxiBytes];
  logic [AxiDataWidth-1:0] beat;

  always_comb begin
    for (int unsigned i = 0; i < AxiBytes; i++) begin
      w_en[i] = writes_q && w_valid_i && write_good_q && w_i.strobe[i];
      r_addr[i] = read_index_q;
      w_addr[i] = write_index_q;
      w_data[i] = w_i.data[8*i+:8];
      beat[8*i+:8] = r_data[i];
    end
  end

  ram_1r1w #(
    .Banks(AxiBytes),
    .Width(8),
    .Depth(Beats)
  ) u_ram (
    .clk_i,
    .r_en_i(fetch),
    .r_addr_i(r_addr),
    .r_data_o(r_data),
    .w_en_i(w_en),
    .w_addr_i(w_addr),
    .w_data_i(w_data)
  );

  assign r_o = '{id: read_id_q, data: beat, resp: good_q ? AxiOkay : AxiDecErr, last: last_q};
  assign r_master_o = read_master_q;

  if (Kib == 0 || (Kib & (Kib - 1)) != 0) begin : gen_check
    $error("axi_ram: Kib must be a power of two");
  end

endmodule
