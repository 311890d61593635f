// SPDX-License-Identifier: Apache-2.0
// Scaled integers to binary32: normalise, round to nearest even, underflow gradually.
//
// Lane i represents (-1)^sign * mag * 2^(exp - 126 - MagW), exp being the biased exponent that
// the result has if the top bit of mag is set, more than -127. nan and inf override. A magnitude of zero gives a
// zero of that sign; so does one that rounds to zero.
//
// Latency: 3 cycles, 2 where RightShift is 0 (then exp must be at least 1 in every lane).
// Throughput: one vector a cycle; no backpressure.
module fp32_pack
  import gradcore_pkg::*;
#(
  parameter int unsigned Lanes = 16,
  parameter int unsigned MagW = 48,  // 25 to 53
  parameter bit          RightShift = 1'b1
) (
  input  logic            clk_i,
  input  logic [MagW-1:0] mag_i  [Lanes],
  input  fp32_info_t      info_i [Lanes],
  output logic [31:0]     data_o [Lanes]
);

  // A magnitude and its exponent, at least 1, in one word: simulators are slow beyond 64 bits.
  localparam int unsigned ExpW = $bits(info_i[0].exp) - 1;
  localparam int unsigned WordW = MagW + ExpW;

  if (MagW < 25 || WordW > 64) begin : gen_check
    $error("fp32_pack: MagW must be 25 to 53");
  end

  // One step of the right shifter; what is lost stays as sticky last bit.
  function automatic logic [MagW-1:0] step_right(logic [MagW-1:0] mag, logic taken,
                                                 int unsigned by);
    logic [MagW-1:0] moved, mask;
    moved = (mag >> by) | MagW'((mag & ~({MagW{1'b1}} << by)) != '0);
    mask = {MagW{taken}};
    return (moved & mask) | (mag & ~mask);
  endfunction

  // mag >> (1 - exp) where exp < 1.
  function automatic logic [MagW-1:0] shift_right(logic [MagW-1:0] mag, logic [31:0] exp);
    logic [31:0] amount, shift;
    logic [MagW-1:0] m;
    amount = 32'd1 - exp;                                          // below 128
    shift = (amount | {32{amount[6]}}) & {32{~amount[31]}};
    m = step_right(mag, shift[5], 32'd32);
    m = step_right(m, shift[4], 32'd16);
    m = step_right(m, shift[3], 32'd8);
    m = step_right(m, shift[2], 32'd4);
    m = step_right(m, shift[1], 32'd2);
    return step_right(m, shift[0], 32'd1);
  endfunction

  function automatic logic [ExpW-1:0] at_least_one(logic [31:0] exp);
    logic [31:0] low;
    low = {32{exp[31] | (exp == '0)}};
    return ExpW'((exp & ~low) | (32'd1 & low));
  endfunction

  // One step of the left shifter: taken if it shifts out zeros only and leaves exp at least 1. All
  // of it as wide as the word, since mixed widths keep simulators from vectorising the lanes.
  function automatic logic [WordW-1:0] step(logic [WordW-1:0] word, int unsigned by);
    logic [WordW-1:0] exp, taken, moved;
    exp = {{MagW{1'b0}}, word[ExpW-1:0]};
    taken = {WordW{((word & ~({WordW{1'b1}} >> by)) == '0) & (exp > WordW'(by))}};
    moved = ((word ^ exp) << by) | (exp - WordW'(by));
    return (moved & taken) | (word & ~taken);
  endfunction

  // Left by the number of leading zeros, or as far as the exponent allows.
  function automatic logic [WordW-1:0] normalise(logic [WordW-1:0] word);
    logic [WordW-1:0] w;
    w = word;
    if (MagW > 32) w = step(w, 32'd32);
    w = step(w, 32'd16);
    w = step(w, 32'd8);
    w = step(w, 32'd4);
    w = step(w, 32'd2);
    return step(w, 32'd1);
  endfunction

  function automatic logic [31:0] round(logic [WordW-1:0] word, logic sign, logic nan, logic inf);
    logic [MagW-1:0] mag;
    logic [ExpW-1:0] exp;
    logic [31:0] kept, result, infinity;
    logic up, huge;
    {mag, exp} = word;
    kept = {8'd0, mag[MagW-1-:24]};
    up = mag[MagW-25] & ((|(mag & {{25{1'b0}}, {(MagW - 25) {1'b1}}})) | kept[0]);
    // The hidden bit counts the exponent up by one, and so does a carry out of the rounding.
    result = (({22'd0, exp} - 32'd1) << 23) & {32{kept[23]}};
    result = result + kept + {31'd0, up};
    huge = inf | (kept[23] & (exp > ExpW'(254))) | (result[30:23] == 8'hff);
    infinity = {sign, 8'hff, 23'd0};
    result = ({sign, result[30:0]} & ~{32{huge}}) | (infinity & {32{huge}});
    return (result & ~{32{nan}}) | (Fp32Nan & {32{nan}});
  endfunction

  logic [WordW-1:0] shifted_q      [Lanes];
  fp32_info_t       shifted_info_q [Lanes];
  logic [WordW-1:0] normal_q       [Lanes];
  fp32_info_t       normal_info_q  [Lanes];

  always_ff @(posedge clk_i) begin : pipeline
    logic [31:0] data_d [Lanes];

    for (int unsigned i = 0; i < Lanes; i++) begin
      data_d[i] =
          round(normal_q[i], normal_info_q[i].sign, normal_info_q[i].nan, normal_info_q[i].inf);
    end
    data_o <= data_d;

    if (RightShift) begin
      for (int unsigned i = 0; i < Lanes; i++) normal_q[i] = normalise(shifted_q[i]);
      for (int unsigned i = 0; i < Lanes; i++) normal_info_q[i] = shifted_info_q[i];
      for (int unsigned i = 0; i < Lanes; i++) begin
        shifted_q[i] = {shift_right(mag_i[i], 32'(info_i[i].exp)), at_least_one(32'(info_i[i].exp))};
      end
      for (int unsigned i = 0; i < Lanes; i++) shifted_info_q[i] = info_i[i];
    end else begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        normal_q[i] = normalise({mag_i[i], info_i[i].exp[ExpW-1:0]});
      end
      for (int unsigned i = 0; i < Lanes; i++) normal_info_q[i] = info_i[i];
    end
  end

endmodule
