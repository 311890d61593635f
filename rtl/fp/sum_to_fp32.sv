// SPDX-License-Identifier: Apache-2.0
// The normaliser at the foot of the array: integer sums of aligned products to binary32.
//
// Lane i represents sum * 2^(exp - 252 - F). Round to nearest even with gradual underflow; a
// nonzero sum that rounds to zero keeps its sign, a zero sum is +0. A NaN, or infinities of both
// signs, give the canonical NaN; otherwise an infinity wins.
//
// Latency: 6 cycles. Throughput: one vector a cycle; no backpressure.
module sum_to_fp32
  import gradcore_pkg::*;
#(
  parameter int unsigned Lanes = 16,
  parameter int unsigned SumW = 45,  // 27 to 64
  parameter int unsigned F = 40
) (
  input  logic            clk_i,
  input  logic [SumW-1:0] sum_i     [Lanes],
  input  special_t        special_i [Lanes],
  input  logic [8:0]      exp_i     [Lanes],
  output logic [31:0]     data_o    [Lanes]
);

  localparam int unsigned MagW = SumW - 1;  // |sum| < 2^(SumW-1)

  // exp + RoomOffset: the room that fp32_pack has to the left. With the top bit of the magnitude
  // set the value is 2^(MagW-1) * 2^(exp-252-F), of biased exponent room + 1.
  localparam logic signed [10:0] RoomOffset = 11'(signed'(MagW)) - 11'sd127 - 11'(signed'(F));

  function automatic logic [MagW-1:0] magnitude(logic [SumW-1:0] sum);
    return (sum[MagW-1:0] ^ {MagW{sum[SumW-1]}}) + {{(MagW - 1) {1'b0}}, sum[SumW-1]};
  endfunction

  logic [MagW-1:0] mag_q  [Lanes];
  fp32_info_t      info_q [Lanes];

  always_ff @(posedge clk_i) begin : absolute
    logic            nan, inf, sign;
    logic [MagW-1:0] mag  [Lanes];
    fp32_info_t      info [Lanes];
    for (int unsigned i = 0; i < Lanes; i++) mag[i] = magnitude(sum_i[i]);
    for (int unsigned i = 0; i < Lanes; i++) begin
      inf = special_i[i].pos_inf | special_i[i].neg_inf;
      nan = special_i[i].nan | (special_i[i].pos_inf & special_i[i].neg_inf);
      sign = (sum_i[i][SumW-1] & ~inf) | special_i[i].neg_inf;
      info[i] = {nan, inf, sign, signed'({2'd0, exp_i[i]}) + RoomOffset};
    end
    mag_q <= mag;
    info_q <= info;
  end

  fp32_pack #(
    .Lanes(Lanes),
    .MagW(MagW)
  ) u_pack (
    .clk_i,
    .enable_i(1'b1),
    .mag_i(mag_q),
    .info_i(info_q),
    .data_o
  );

endmodule
