// SPDX-License-Identifier: Apache-2.0
// A queue of vectors in block RAM, each with a word beside it.
//
// Latency: what is written can be read 2 cycles later; throughput one a cycle. There is no
// backpressure: whoever writes knows that there is room (at most Depth vectors inside).
`include "gradcore_assert.svh"
module line_fifo #(
  parameter int unsigned Lanes = 16,
  parameter int unsigned Width = 32,
  parameter int unsigned WordWidth = 32,
  parameter int unsigned Depth = 64  // a power of two
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 valid_i,
  input  logic [Width-1:0]     data_i [Lanes],
  input  logic [WordWidth-1:0] word_i,

  output logic                 valid_o,
  input  logic                 ready_i,
  output logic [Width-1:0]     data_o [Lanes],
  output logic [WordWidth-1:0] word_o
);

  localparam int unsigned PtrW = $clog2(Depth);

  logic [PtrW-1:0] write_q, read_q;
  logic [PtrW:0]   stored_q;  // in the RAM, the one on its output not counted
  logic            valid_q, fetch;

  assign fetch = stored_q != '0 && (!valid_q || ready_i);
  assign valid_o = valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q <= '0;
      stored_q <= '0;
      valid_q <= 1'b0;
    end else begin
      write_q <= write_q + PtrW'(valid_i);
      read_q <= read_q + PtrW'(fetch);
      stored_q <= stored_q + (PtrW + 1)'(valid_i) - (PtrW + 1)'(fetch);
      valid_q <= fetch || (valid_q && !ready_i);
    end
  end

  logic            w_en   [Lanes];
  logic [PtrW-1:0] r_addr [Lanes];
  logic [PtrW-1:0] w_addr [Lanes];

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      w_en[i] = valid_i;
      r_addr[i] = read_q;
      w_addr[i] = write_q;
    end
  end

  ram_1r1w #(
    .Banks(Lanes),
    .Width(Width),
    .Depth(Depth)
  ) u_ram (
    .clk_i,
    .r_en_i(fetch),
    .r_addr_i(r_addr),
    .r_data_o(data_o),
    .w_en_i(w_en),
    .w_addr_i(w_addr),
    .w_data_i(data_i)
  );

  logic                 word_w_en   [1];
  logic [PtrW-1:0]      word_r_addr [1];
  logic [PtrW-1:0]      word_w_addr [1];
  logic [WordWidth-1:0] word_in     [1];
  logic [WordWidth-1:0] word_out    [1];
  assign word_w_en[0] = valid_i;
  assign word_r_addr[0] = read_q;
  assign word_w_addr[0] = write_q;
  assign word_in[0] = word_i;
  assign word_o = word_out[0];

  ram_1r1w #(
    .Banks(1),
    .Width(WordWidth),
    .Depth(Depth)
  ) u_word_ram (
    .clk_i,
    .r_en_i(fetch),
    .r_addr_i(word_r_addr),
    .r_data_o(word_out),
    .w_en_i(word_w_en),
    .w_addr_i(word_w_addr),
    .w_data_i(word_in)
  );

  `GC_ASSERT(HasRoom, stored_q <= (PtrW + 1)'(Depth))

endmodule
