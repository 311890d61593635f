// SPDX-License-Identifier: Apache-2.0
// Banks of RAM with one clock, a port that reads or writes and one that reads; a bank of 1024 x 16
// bits is one ECP5 block RAM.
//
// A port reads all banks or none; port A writes any of them, and does not read in that cycle.
// Latency 1: what is addressed with *_read_i appears on *_data_o in the next cycle and stays until
// the next read. Throughput one access per port and cycle. No backpressure, no reset.
// Port B reading the word that port A writes in the same cycle gets undefined data (here the old
// word; netlists may differ); users must not look at it.
module ram_1rw1r #(
  parameter int unsigned Banks = 1,
  parameter int unsigned Width = 16,
  parameter int unsigned Depth = 1024,
  localparam int unsigned AddrWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,

  input  logic                 a_read_i,
  input  logic                 a_write_i [Banks],
  input  logic [AddrWidth-1:0] a_addr_i  [Banks],
  input  logic [Width-1:0]     a_data_i  [Banks],
  output logic [Width-1:0]     a_data_o  [Banks],

  input  logic                 b_read_i,
  input  logic [AddrWidth-1:0] b_addr_i  [Banks],
  output logic [Width-1:0]     b_data_o  [Banks]
);

  if (Banks == 0 || Width == 0 || Depth == 0) begin : gen_check
    $error("ram_1rw1r: Banks, Width and Depth must be at least 1");
  end

`ifdef SYNTHESIS
  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    // no_rw_check grants the freedom stated above; without it no dual-port block RAM fits.
    (* ram_style = "block", no_rw_check *)
    logic [Width-1:0] mem [Depth];

    always_ff @(posedge clk_i) begin
      if (a_write_i[b]) mem[a_addr_i[b]] <= a_data_i[b];
      else if (a_read_i) a_data_o[b] <= mem[a_addr_i[b]];
    end

    always_ff @(posedge clk_i) begin
      if (b_read_i) b_data_o[b] <= mem[b_addr_i[b]];
    end
  end
`else
  // The same for simulators, in one process. The words of one address lie together: word w of bank
  // b is element w * Banks + b.
  logic [Width-1:0] mem [Depth*Banks];

  always_ff @(posedge clk_i) begin : access
    logic             writing;
    logic [Width-1:0] a_data_d [Banks];
    logic [Width-1:0] b_data_d [Banks];

    if (a_read_i) begin
      for (int unsigned b = 0; b < Banks; b++) a_data_d[b] = mem[32'(a_addr_i[b])*Banks+b];
      a_data_o <= a_data_d;
    end
    if (b_read_i) begin
      for (int unsigned b = 0; b < Banks; b++) b_data_d[b] = mem[32'(b_addr_i[b])*Banks+b];
      b_data_o <= b_data_d;
    end
    writing = 1'b0;
    for (int unsigned b = 0; b < Banks; b++) writing = writing | a_write_i[b];
    if (writing) begin
      for (int unsigned b = 0; b < Banks; b++) begin
        if (a_write_i[b]) mem[32'(a_addr_i[b])*Banks+b] = a_data_i[b];
      end
    end
  end
`endif

endmodule
