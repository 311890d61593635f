// SPDX-License-Identifier: Apache-2.0
// The CRC-32 of Ethernet, zlib and PNG, a byte at a time: reflected, from all ones, inverted.
//
// Latency 1, throughput one byte a cycle. The CRC is ~sum_o, of the bytes since clear_i, which goes
// before a byte of the same cycle. Where the last four of them were the CRC of those before, lowest
// byte first, sum_o is CrcResidue.
module crc32
  import bridge_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        clear_i,
  input  logic        valid_i,
  input  logic [7:0]  data_i,
  output logic [31:0] sum_o
);

  logic [31:0] sum_q, sum_d;

  always_comb begin
    sum_d = clear_i ? '1 : sum_q;
    if (valid_i) begin
      sum_d = sum_d ^ 32'(data_i);
      for (int unsigned i = 0; i < 8; i++) begin
        sum_d = (sum_d >> 1) ^ (CrcPolynomial & {32{sum_d[0]}});
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) sum_q <= '1;
    else sum_q <= sum_d;
  end

  assign sum_o = sum_q;

endmodule
