// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary32 addition: nearest even, subnormals, canonical NaN.
//
// Latency: 4 cycles. Throughput: one vector a cycle; no backpressure.
module fp32_add
  import gradcore_pkg::*;
#(
  parameter int unsigned Lanes = 16
) (
  input  logic        clk_i,
  input  logic [31:0] a_i    [Lanes],
  input  logic [31:0] b_i    [Lanes],
  output logic [31:0] data_o [Lanes]
);

  localparam int unsigned MagW = 28;  // carry, 24 bits of significand, guard, round, sticky

  // Significand with hidden bit, and the exponent that zeros and subnormals share with 1.
  function automatic logic [23:0] significand(logic [30:0] x);
    return {|x[30:23], x[22:0]};
  endfunction

  function automatic logic [7:0] exponent(logic [30:0] x);
    return {x[30:24], x[23] | ~(|x[30:23])};
  endfunction

  // minor * 8, shifted right by distance, what is lost kept as sticky last bit.
  function automatic logic [31:0] align(logic [23:0] minor, logic [7:0] distance);
    logic [4:0] shift;
    logic [31:0] value, lost;
    shift = distance[4:0] | {5{|distance[7:5]}};
    value = {5'd0, minor, 3'd0};
    lost = value & ~(32'hffff_ffff << shift);
    return (value >> shift) | {31'd0, |lost};
  endfunction

  // Stage 1: major has the larger magnitude.
  logic [31:0] major_q [Lanes];
  logic [31:0] minor_q [Lanes];

  // Stage 2: sum or difference of the aligned significands.
  logic [MagW-1:0] mag_q  [Lanes];
  fp32_info_t      info_q [Lanes];

  always_ff @(posedge clk_i) begin : stages
    logic [31:0]     major, minor, swap, subtract, sum;
    logic [10:0]     exp;
    logic            nan, inf, sign;
    logic [MagW-1:0] mag  [Lanes];
    fp32_info_t      info [Lanes];

    for (int unsigned i = 0; i < Lanes; i++) begin
      major = major_q[i];
      minor = minor_q[i];
      subtract = {32{major[31] ^ minor[31]}};
      sum = {5'd0, significand(major[30:0]), 3'd0} + {31'd0, subtract[0]} +
          (align(significand(minor[30:0]), exponent(major[30:0]) - exponent(minor[30:0])) ^
           subtract);
      mag[i] = sum[MagW-1:0];
      exp = {3'd0, exponent(major[30:0])} + 11'd1;
      // x - x is +0; only the sum of two negative zeros is -0.
      sign = major[31] & ((sum[MagW-1:0] != '0) | ~subtract[0]);
      inf = major[30:23] == 8'hff;
      nan = (major[30:0] > 31'h7f80_0000) | (inf & (minor[30:23] == 8'hff) & subtract[0]);
      info[i] = {nan, inf, sign, exp};
    end
    mag_q <= mag;
    info_q <= info;

    for (int unsigned i = 0; i < Lanes; i++) begin
      swap = {32{b_i[i][30:0] > a_i[i][30:0]}};
      major_q[i] = (b_i[i] & swap) | (a_i[i] & ~swap);
      minor_q[i] = (a_i[i] & swap) | (b_i[i] & ~swap);
    end
  end

  fp32_pack #(
    .Lanes(Lanes),
    .MagW(MagW),
    .RightShift(1'b0)
  ) u_pack (
    .clk_i,
    .mag_i(mag_q),
    .info_i(info_q),
    .data_o
  );

endmodule
