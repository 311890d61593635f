// SPDX-License-Identifier: Apache-2.0
// Numbers for people: what flows through the matrix unit as `real`, which every waveform viewer
// shows in decimal. Bound into traced models only; nothing reads it.
//
// One vector of N lanes each, in the cycle in which the bits pass:
//   x      streamed operands as they arrive from operand memory
//   w      stationary operands likewise
//   sum    a vector's sums of one tile, as binary32 behind the array
//   c      what they are added to (0 where nothing is), 7 cycles ahead of y
//   y      what is written to accumulator memory
module gradcore_probe #(
  parameter int unsigned N = 16
) (
  input logic [15:0] stream_data_i [N],
  input logic [15:0] load_data_i   [N],
  input logic [31:0] sum_i         [N],
  input logic [31:0] addend_i      [N],
  input logic [31:0] write_data_i  [N]
);

  // Exact: every binary32 number is a binary64 number.
  function automatic real to_real(logic [31:0] bits);
    logic [10:0] exponent;
    real magnitude;
    if (bits[30:23] == 8'd0) begin  // (2^52 + significand - 2^52) * 2^-149
      magnitude = $bitstoreal({32'h4330_0000, 9'd0, bits[22:0]}) - 4503599627370496.0;
      magnitude = magnitude * $bitstoreal(64'h36a0_0000_0000_0000);
      return bits[31] ? -magnitude : magnitude;
    end
    exponent = 11'(bits[30:23]) + 11'd896;
    if (bits[30:23] == 8'hff) exponent = 11'h7ff;
    return $bitstoreal({bits[31], exponent, bits[22:0], 29'd0});
  endfunction

  real x   [N];
  real w   [N];
  real sum [N];
  real c   [N];
  real y   [N];

  always_comb begin
    for (int unsigned i = 0; i < N; i++) begin
      x[i] = to_real({stream_data_i[i], 16'd0});
      w[i] = to_real({load_data_i[i], 16'd0});
      sum[i] = to_real(sum_i[i]);
      c[i] = to_real(addend_i[i]);
      y[i] = to_real(write_data_i[i]);
    end
  end

endmodule

bind matrix_unit gradcore_probe #(
  .N(N)
) u_probe (
  .stream_data_i,
  .load_data_i,
  .sum_i(sum_fp32),
  .addend_i(addend),
  .write_data_i(write_data_o)
);
