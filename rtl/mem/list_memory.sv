// SPDX-License-Identifier: Apache-2.0
// List memory: integers for transfers and vector instructions, in four banks by the number of an
// entry modulo 4.
//
// A write takes up to four neighbours from any entry on, at once. A read gives four that begin at a
// multiple of 4; of several readers the first is served, and data come for all in the cycle after.
// What is written can be read from the next cycle on; reading it in the same cycle gives undefined
// data. No backpressure for writes, no reset.
module list_memory
  import gradcore_pkg::*;
#(
  parameter int unsigned Entries = 4096,  // a power of two, 2^ListWidth at most
  parameter int unsigned Readers = 3
) (
  input  logic                   clk_i,

  input  logic                   write_valid_i,
  input  logic [ListWidth-1:0]   write_entry_i,  // of word 0
  input  logic [QuadEntries-1:0] write_mask_i,
  input  logic [31:0]            write_data_i [QuadEntries],

  input  logic                   read_valid_i [Readers],
  output logic                   read_ready_o [Readers],
  input  logic [QuadWidth-1:0]   read_quad_i  [Readers],
  output logic [31:0]            read_data_o  [QuadEntries]
);

  localparam int unsigned AddrW = $clog2(Entries / QuadEntries);
  localparam int unsigned BankW = $clog2(QuadEntries);

  // --- Reading ----------------------------------------------------------------------------------

  logic             read;
  logic [AddrW-1:0] read_quad;
  logic [AddrW-1:0] r_addr [QuadEntries];

  always_comb begin
    read = 1'b0;
    read_quad = '0;
    for (int unsigned r = Readers; r > 0; r--) begin
      if (read_valid_i[r-1]) read_quad = read_quad_i[r-1][AddrW-1:0];
    end
    for (int unsigned r = 0; r < Readers; r++) begin
      read_ready_o[r] = !read;
      read = read || read_valid_i[r];
    end
    for (int unsigned b = 0; b < QuadEntries; b++) r_addr[b] = read_quad;
  end

  // --- Writing: word i goes to bank (entry + i) modulo 4 ----------------------------------------

  logic [BankW-1:0] first;
  logic [AddrW-1:0] quad;
  logic             w_en   [QuadEntries];
  logic [AddrW-1:0] w_addr [QuadEntries];
  logic [31:0]      w_data [QuadEntries];
  assign first = write_entry_i[BankW-1:0];
  assign quad = write_entry_i[AddrW+BankW-1:BankW];

  always_comb begin
    for (int unsigned b = 0; b < QuadEntries; b++) begin
      w_en[b] = write_valid_i && write_mask_i[BankW'(b)-first];
      w_addr[b] = quad + AddrW'(BankW'(b) < first);
      w_data[b] = write_data_i[BankW'(b)-first];
    end
  end

  ram_1r1w #(
    .Banks(QuadEntries),
    .Width(32),
    .Depth(Entries / QuadEntries)
  ) u_ram (
    .clk_i,
    .r_en_i(read),
    .r_addr_i(r_addr),
    .r_data_o(read_data_o),
    .w_en_i(w_en),
    .w_addr_i(w_addr),
    .w_data_i(w_data)
  );

  if (Entries < 8 || Entries > (1 << ListWidth) || (Entries & (Entries - 1)) != 0) begin : gen_check
    $error("list_memory: Entries must be a power of two of 8 to 2^ListWidth");
  end

endmodule
