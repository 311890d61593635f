// SPDX-License-Identifier: Apache-2.0
// Operand memory: tiles of N x N bfloat16, of which either port reads one row or column a cycle.
//
// Port A reads or writes, port B reads. Latency of a read: 2 cycles. A line that port A writes
// can be read from the next cycle on; what port B reads of it in the same cycle is undefined.
module operand_memory
  import gradcore_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Tiles = 4096  // a power of two
) (
  input  logic         clk_i,

  input  logic         a_valid_i,
  input  logic         a_write_i,
  input  line_t        a_line_i,
  input  logic [N-1:0] a_mask_i,
  input  logic [15:0]  a_data_i [N],
  output logic [15:0]  a_data_o [N],

  input  logic         b_valid_i,
  input  line_t        b_line_i,
  output logic [15:0]  b_data_o [N]
);

  localparam int unsigned Depth = Tiles * N;
  localparam int unsigned AddrW = $clog2(Depth);

  logic [AddrW-1:0] a_addr  [N];
  logic [AddrW-1:0] b_addr  [N];
  logic [15:0]      a_wdata [N];
  logic [15:0]      a_rdata [N];
  logic [15:0]      b_rdata [N];
  logic [N-1:0]     a_mask;

  tile_write #(
    .N(N),
    .Width(16)
  ) u_write (
    .valid_i(a_valid_i && a_write_i),
    .idx_i(a_line_i.idx[$clog2(N)-1:0]),
    .mask_i(a_mask_i),
    .data_i(a_data_i),
    .mask_o(a_mask),
    .data_o(a_wdata)
  );

  tile_read #(
    .N(N),
    .Width(16),
    .AddrWidth(AddrW)
  ) u_read_a (
    .clk_i,
    .line_i(a_line_i),
    .addr_o(a_addr),
    .data_i(a_rdata),
    .data_o(a_data_o)
  );

  tile_read #(
    .N(N),
    .Width(16),
    .AddrWidth(AddrW)
  ) u_read_b (
    .clk_i,
    .line_i(b_line_i),
    .addr_o(b_addr),
    .data_i(b_rdata),
    .data_o(b_data_o)
  );

  logic a_write [N];

  always_comb begin
    for (int unsigned b = 0; b < N; b++) a_write[b] = a_valid_i && a_write_i && a_mask[b];
  end

  ram_1rw1r #(
    .Banks(N),
    .Width(16),
    .Depth(Depth)
  ) u_ram (
    .clk_i,
    .a_read_i(a_valid_i && !a_write_i),
    .a_write_i(a_write),
    .a_addr_i(a_addr),
    .a_data_i(a_wdata),
    .a_data_o(a_rdata),
    .b_read_i(b_valid_i),
    .b_addr_i(b_addr),
    .b_data_o(b_rdata)
  );

endmodule
