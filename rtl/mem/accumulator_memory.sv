// SPDX-License-Identifier: Apache-2.0
// Accumulator memory: tiles of N x N binary32; one row or column read and one written a cycle.
//
// Latency of a read: 2 cycles. A line that is written can be read from the next cycle on; reading
// it in the same cycle gives undefined data.
module accumulator_memory
  import gradcore_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Tiles = 2048  // a power of two
) (
  input  logic         clk_i,

  input  logic         read_valid_i,
  input  line_t        read_line_i,
  output logic [31:0]  read_data_o [N],

  input  logic         write_valid_i,
  input  line_t        write_line_i,
  input  logic [N-1:0] write_mask_i,
  input  logic [31:0]  write_data_i [N]
);

  localparam int unsigned Depth = Tiles * N;
  localparam int unsigned AddrW = $clog2(Depth);

  logic [AddrW-1:0] raddr [N];
  logic [AddrW-1:0] waddr [N];
  logic [31:0]      rdata [N];
  logic [31:0]      wdata [N];
  logic [N-1:0]     mask;

  tile_read #(
    .N(N),
    .Width(32),
    .AddrWidth(AddrW)
  ) u_read (
    .clk_i,
    .line_i(read_line_i),
    .addr_o(raddr),
    .data_i(rdata),
    .data_o(read_data_o)
  );

  tile_address #(
    .N(N),
    .AddrWidth(AddrW)
  ) u_write_address (
    .valid_i(write_valid_i),
    .line_i(write_line_i),
    .addr_o(waddr)
  );

  tile_write #(
    .N(N),
    .Width(32)
  ) u_write (
    .valid_i(write_valid_i),
    .idx_i(write_line_i.idx[$clog2(N)-1:0]),
    .mask_i(write_mask_i),
    .data_i(write_data_i),
    .mask_o(mask),
    .data_o(wdata)
  );

  logic w_en [N];

  always_comb begin
    for (int unsigned b = 0; b < N; b++) w_en[b] = write_valid_i && mask[b];
  end

  ram_1r1w #(
    .Banks(N),
    .Width(32),
    .Depth(Depth)
  ) u_ram (
    .clk_i,
    .r_en_i(read_valid_i),
    .r_addr_i(raddr),
    .r_data_o(rdata),
    .w_en_i(w_en),
    .w_addr_i(waddr),
    .w_data_i(wdata)
  );

endmodule
