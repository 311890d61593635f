// SPDX-License-Identifier: Apache-2.0
// Banks of true dual-port RAM with one clock; a bank of 1024 x 16 bits is one ECP5 block RAM.
//
// Latency 1: the word addressed with *_en_i high appears on *_rdata_o in the next cycle and stays
// until the next read. Throughput one access per port and cycle. No backpressure, no reset.
//   same port:   a write leaves its rdata as it was (the memory's "no change" mode)
//   both ports:  read and write of one word in one cycle: the write happens, the data read is
//                undefined; two writes of one word: the word is undefined. Users must exclude both.
//                (Here the read gets the old word and port B wins; netlists may differ.)
module ram_tdp #(
  parameter int unsigned Banks = 1,
  parameter int unsigned Width = 16,
  parameter int unsigned Depth = 1024,
  localparam int unsigned AddrWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,

  input  logic                 a_en_i    [Banks],
  input  logic                 a_we_i    [Banks],
  input  logic [AddrWidth-1:0] a_addr_i  [Banks],
  input  logic [Width-1:0]     a_wdata_i [Banks],
  output logic [Width-1:0]     a_rdata_o [Banks],

  input  logic                 b_en_i    [Banks],
  input  logic                 b_we_i    [Banks],
  input  logic [AddrWidth-1:0] b_addr_i  [Banks],
  input  logic [Width-1:0]     b_wdata_i [Banks],
  output logic [Width-1:0]     b_rdata_o [Banks]
);

  if (Banks == 0 || Width == 0 || Depth == 0) begin : gen_check
    $error("ram_tdp: Banks, Width and Depth must be at least 1");
  end

`ifdef SYNTHESIS
  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    // no_rw_check grants the freedom stated above; without it no dual-port block RAM fits. One
    // process per port: in a common one, port B would have to win by logic in front of port A.
    (* ram_style = "block", no_rw_check *)
    logic [Width-1:0] mem [Depth];

    always_ff @(posedge clk_i) begin
      if (a_en_i[b]) begin
        if (a_we_i[b]) mem[a_addr_i[b]] <= a_wdata_i[b];
        else a_rdata_o[b] <= mem[a_addr_i[b]];
      end
    end

    always_ff @(posedge clk_i) begin
      if (b_en_i[b]) begin
        if (b_we_i[b]) mem[b_addr_i[b]] <= b_wdata_i[b];
        else b_rdata_o[b] <= mem[b_addr_i[b]];
      end
    end
  end
`else
  // The same for simulators, in one process that looks at banks only where one is accessed. The
  // words of one address lie together: word w of bank b is element w * Banks + b.
  logic [Width-1:0] mem [Depth*Banks];

  always_ff @(posedge clk_i) begin : access
    logic             a_reading, a_writing, b_reading, b_writing;
    logic [Width-1:0] a_data_d [Banks];
    logic [Width-1:0] b_data_d [Banks];

    a_reading = 1'b0;
    a_writing = 1'b0;
    b_reading = 1'b0;
    b_writing = 1'b0;
    for (int unsigned b = 0; b < Banks; b++) begin
      a_reading = a_reading | (a_en_i[b] & ~a_we_i[b]);
      a_writing = a_writing | (a_en_i[b] & a_we_i[b]);
      b_reading = b_reading | (b_en_i[b] & ~b_we_i[b]);
      b_writing = b_writing | (b_en_i[b] & b_we_i[b]);
    end
    if (a_reading) begin
      for (int unsigned b = 0; b < Banks; b++) begin
        a_data_d[b] = (a_en_i[b] & ~a_we_i[b]) ? mem[32'(a_addr_i[b])*Banks+b] : a_rdata_o[b];
      end
      a_rdata_o <= a_data_d;
    end
    if (b_reading) begin
      for (int unsigned b = 0; b < Banks; b++) begin
        b_data_d[b] = (b_en_i[b] & ~b_we_i[b]) ? mem[32'(b_addr_i[b])*Banks+b] : b_rdata_o[b];
      end
      b_rdata_o <= b_data_d;
    end
    if (a_writing) begin
      for (int unsigned b = 0; b < Banks; b++) begin
        if (a_en_i[b] & a_we_i[b]) mem[32'(a_addr_i[b])*Banks+b] = a_wdata_i[b];
      end
    end
    if (b_writing) begin
      for (int unsigned b = 0; b < Banks; b++) begin
        if (b_en_i[b] & b_we_i[b]) mem[32'(b_addr_i[b])*Banks+b] = b_wdata_i[b];
      end
    end
  end
`endif

endmodule
