// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary32 multiplication: nearest even, subnormals, canonical NaN.
//
// Latency: 6 cycles. Throughput: one vector a cycle; no backpressure. While enable_i is low nothing
// moves.
module fp32_mul
  import gradcore_pkg::*;
#(
  parameter int unsigned Lanes = 16
) (
  input  logic        clk_i,
  input  logic        enable_i,
  input  logic [31:0] a_i    [Lanes],
  input  logic [31:0] b_i    [Lanes],
  output logic [31:0] data_o [Lanes]
);

  localparam int unsigned MagW = 48;

  logic [MagW-1:0] mag_q  [Lanes];
  fp32_info_t      info_q [Lanes];

  always_ff @(posedge clk_i) begin : multiply
    logic [31:0]     a, b, room, nan, inf, sign;
    logic [MagW-1:0] mag  [Lanes];
    fp32_info_t      info [Lanes];

    if (enable_i) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        a = a_i[i];
        b = b_i[i];
        mag[i] = {24'd0, |a[30:23], a[22:0]} * {24'd0, |b[30:23], b[22:0]};
      end
      // A loop of its own, in words: narrow variables would make compilers use narrow vectors.
      for (int unsigned i = 0; i < Lanes; i++) begin
        a = a_i[i];
        b = b_i[i];
        // Zeros and subnormals share the exponent of the smallest normal, 1.
        room = {24'd0, a[30:24], a[23] | ~(|a[30:23])} +
            {24'd0, b[30:24], b[23] | ~(|b[30:23])} - 32'd127;
        sign = {31'd0, a[31] ^ b[31]};
        inf = {31'd0, (a[30:23] == 8'hff) | (b[30:23] == 8'hff)};
        nan = {31'd0, (a[30:0] > 31'h7f80_0000) | (b[30:0] > 31'h7f80_0000) |
            (inf[0] & ((a[30:0] == 31'd0) | (b[30:0] == 31'd0)))};
        info[i] = {nan[0], inf[0], sign[0], room[10:0]};
      end
      mag_q <= mag;
      info_q <= info;
    end
  end

  fp32_pack #(
    .Lanes(Lanes),
    .MagW(MagW)
  ) u_pack (
    .clk_i,
    .enable_i,
    .mag_i(mag_q),
    .info_i(info_q),
    .data_o
  );

endmodule
