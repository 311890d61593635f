// SPDX-License-Identifier: Apache-2.0
// Banks of RAM with one read and one write port and one clock; a bank of 512 x 32 bits is one
// ECP5 block RAM.
//
// It reads all banks or none, and writes any of them. Latency 1: what is addressed with r_en_i high
// appears on r_data_o in the next cycle and stays until the next read. Throughput one read and one
// write a cycle. No backpressure, no reset.
// Reading the word that is written in the same cycle gives undefined data (here the old word;
// netlists may differ); users must not look at it.
module ram_1r1w #(
  parameter int unsigned Banks = 1,
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 512,
  parameter bit Distributed = 1'b0,  // for synthesis: distributed RAM and registers
  localparam int unsigned AddrWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,

  input  logic                 r_en_i,
  input  logic [AddrWidth-1:0] r_addr_i [Banks],
  output logic [Width-1:0]     r_data_o [Banks],

  input  logic                 w_en_i   [Banks],
  input  logic [AddrWidth-1:0] w_addr_i [Banks],
  input  logic [Width-1:0]     w_data_i [Banks]
);

  if (Banks == 0 || Width == 0 || Depth == 0) begin : gen_check
    $error("ram_1r1w: Banks, Width and Depth must be at least 1");
  end
  if (Distributed && Depth > 64) begin : gen_check_distributed
    $error("ram_1r1w: Distributed is for 64 words at most");
  end

`ifdef SYNTHESIS
  // no_rw_check grants the freedom stated above; without it the tools add a bypass.
  if (Distributed) begin : gen_distributed
    for (genvar b = 0; b < Banks; b++) begin : gen_bank
      (* ram_style = "distributed", no_rw_check *)
      logic [Width-1:0] mem [Depth];

      always_ff @(posedge clk_i) begin
        if (w_en_i[b]) mem[w_addr_i[b]] <= w_data_i[b];
        if (r_en_i) r_data_o[b] <= mem[r_addr_i[b]];
      end
    end
  end else begin : gen_block
    for (genvar b = 0; b < Banks; b++) begin : gen_bank
      (* ram_style = "block", no_rw_check *)
      logic [Width-1:0] mem [Depth];

      always_ff @(posedge clk_i) begin
        if (w_en_i[b]) mem[w_addr_i[b]] <= w_data_i[b];
        if (r_en_i) r_data_o[b] <= mem[r_addr_i[b]];
      end
    end
  end
`else
  // The same for simulators, in one process. The words of one address lie together: word w of bank
  // b is element w * Banks + b.
  logic [Width-1:0] mem [Depth*Banks];

  always_ff @(posedge clk_i) begin : access
    logic             writing;
    logic [Width-1:0] data_d [Banks];

    if (r_en_i) begin
      for (int unsigned b = 0; b < Banks; b++) data_d[b] = mem[32'(r_addr_i[b])*Banks+b];
      r_data_o <= data_d;
    end
    writing = 1'b0;
    for (int unsigned b = 0; b < Banks; b++) writing = writing | w_en_i[b];
    if (writing) begin
      for (int unsigned b = 0; b < Banks; b++) begin
        if (w_en_i[b]) mem[32'(w_addr_i[b])*Banks+b] = w_data_i[b];
      end
    end
  end
`endif

endmodule
