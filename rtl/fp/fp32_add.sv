// SPDX-License-Identifier: Apache-2.0
// IEEE 754 binary32 addition: nearest even, subnormals, canonical NaN.
//
// Latency: 7 cycles. Throughput: one vector a cycle; no backpressure. While enable_i is low nothing
// moves.
module fp32_add
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

  localparam int unsigned MagW = 28;  // carry, 24 bits of significand, guard, round, sticky

  // Significand with hidden bit, and the exponent that zeros and subnormals share with 1.
  function automatic logic [31:0] significand(logic [31:0] x);
    return {8'd0, x[30:23] != '0, x[22:0]};
  endfunction

  function automatic logic [31:0] exponent(logic [31:0] x);
    return {24'd0, x[30:24], x[23] | (x[30:23] == '0)};
  endfunction

  // How far apart the exponents are, saturated: a shift by 31 leaves nothing but the sticky bit.
  function automatic logic [31:0] distance(logic [31:0] larger, logic [31:0] smaller);
    logic [31:0] difference;
    difference = exponent(larger) - exponent(smaller);
    return (difference | {32{(difference >> 5) != '0}}) & 32'd31;
  endfunction

  // value shifted right, what is lost kept as sticky last bit.
  function automatic logic [31:0] align(logic [31:0] value, logic [31:0] shift);
    logic [31:0] lost;
    lost = value & ~(32'hffff_ffff << shift[4:0]);
    return (value >> shift[4:0]) | {31'd0, lost != '0};
  endfunction

  // Stage 1: major has the larger magnitude.
  logic [31:0]     major_q   [Lanes];
  logic [31:0]     minor_q   [Lanes];
  logic [31:0]     shift_q   [Lanes];  // of minor's significand
  // Stage 2: minor's significand aligned to major's, with three more bits.
  logic [31:0]     top_q     [Lanes];
  logic [31:0]     aligned_q [Lanes];
  fp32_info_t      top_info_q[Lanes];
  logic            both_q    [Lanes];  // signs are equal
  // Stage 3: sum or difference.
  logic [MagW-1:0] mag_q     [Lanes];
  fp32_info_t      info_q    [Lanes];

  always_ff @(posedge clk_i) begin : stages
    logic [31:0]     major, minor, swap, nan, inf;
    logic [31:0]     subtract [Lanes];
    logic [31:0]     sum      [Lanes];
    logic [MagW-1:0] mag      [Lanes];
    fp32_info_t      info     [Lanes];

    if (enable_i) begin
      // Loops of their own for what is narrow: compilers would use narrow vectors for all of it.
      for (int unsigned i = 0; i < Lanes; i++) subtract[i] = {32{~both_q[i]}};
      for (int unsigned i = 0; i < Lanes; i++) begin
        sum[i] = top_q[i] + (aligned_q[i] ^ subtract[i]) + (subtract[i] & 32'd1);
        mag[i] = sum[i][MagW-1:0];
      end
      for (int unsigned i = 0; i < Lanes; i++) begin
        // x - x is +0; only the sum of two negative zeros is -0.
        info[i] = {top_info_q[i].nan, top_info_q[i].inf,
                   top_info_q[i].sign & ((sum[i] != '0) | ~subtract[i][0]), top_info_q[i].room};
      end
      mag_q <= mag;
      info_q <= info;

      for (int unsigned i = 0; i < Lanes; i++) begin
        major = major_q[i];
        minor = minor_q[i];
        top_q[i] = significand(major) << 3;
        aligned_q[i] = align(significand(minor) << 3, shift_q[i]);
      end
      for (int unsigned i = 0; i < Lanes; i++) begin
        major = major_q[i];
        minor = minor_q[i];
        both_q[i] = major[31] == minor[31];
        inf = {31'd0, major[30:23] == 8'hff};
        nan = {31'd0, (major[30:0] > 31'h7f80_0000) |
            (inf[0] & (minor[30:23] == 8'hff) & (major[31] != minor[31]))};
        top_info_q[i] = {nan[0], inf[0], major[31], 11'(exponent(major))};
      end

      for (int unsigned i = 0; i < Lanes; i++) begin
        swap = {32{b_i[i][30:0] > a_i[i][30:0]}};
        major_q[i] = (b_i[i] & swap) | (a_i[i] & ~swap);
        minor_q[i] = (a_i[i] & swap) | (b_i[i] & ~swap);
        shift_q[i] = (distance(b_i[i], a_i[i]) & swap) | (distance(a_i[i], b_i[i]) & ~swap);
      end
    end
  end

  fp32_pack #(
    .Lanes(Lanes),
    .MagW(MagW),
    .RightShift(1'b0)
  ) u_pack (
    .clk_i,
    .enable_i,
    .mag_i(mag_q),
    .info_i(info_q),
    .data_o
  );

endmodule
