// SPDX-License-Identifier: Apache-2.0
// Scaled integers to binary32: normalise, round to nearest even, underflow gradually.
//
// Lane i represents (-1)^sign * mag * 2^(room - 125 - MagW). `room` is how far the smallest
// exponent lets mag be shifted to the left, so room + 1 is the biased exponent of the result if
// the top bit of mag is set; below 0 (down to -127) mag must be shifted to the right. nan and inf
// override. A magnitude of zero gives a zero of that sign; so does one that rounds to zero.
//
// Latency: 5 cycles, 4 where RightShift is 0 (then room must be at least 0 in every lane).
// Throughput: one vector a cycle; no backpressure. While enable_i is low nothing moves.
module fp32_pack
  import gradcore_pkg::*;
#(
  parameter int unsigned Lanes = 16,
  parameter int unsigned MagW = 48,  // 26 to 57
  parameter bit          RightShift = 1'b1
) (
  input  logic            clk_i,
  input  logic            enable_i,
  input  logic [MagW-1:0] mag_i  [Lanes],
  input  fp32_info_t      info_i [Lanes],
  output logic [31:0]     data_o [Lanes]
);

  // While a magnitude is shifted left, the bits below it control the shifter: `budget` is how far
  // there is room to shift, `free` says that there is for all that is left. Each step replaces
  // its bit of the budget by whether it was taken, so that at the end these bits are the distance.
  localparam int unsigned Steps = 6;
  localparam int unsigned Free = Steps;
  localparam int unsigned Low = Steps + 1;
  // Where a magnitude must be shifted to the right, it is shifted by Back, which leaves no bit of a
  // result, and then to the left like any other, by the rest: there is room for just that.
  localparam int unsigned Back = 26;
  localparam int unsigned ShiftW = (RightShift && MagW < 2 * Back) ? 2 * Back : MagW;
  localparam int unsigned WordW = ShiftW + Low;  // at most 64: simulators are slow beyond

  if (MagW < Back || WordW > 64) begin : gen_check
    $error("fp32_pack: MagW must be 26 to 57");
  end

  // What accompanies the magnitudes of all lanes is handed to these functions as words: narrow
  // variables beside them would make compilers of simulations use narrow vectors for all.

  // mag at the top of ShiftW bits, where room < 0 with Back zeros before it. What falls out stays
  // as sticky last bit.
  function automatic logic [ShiftW-1:0] shift_back(logic [MagW-1:0] mag, logic [31:0] room);
    logic [ShiftW-1:0] wide, lost, back, mask;
    wide = ShiftW'(mag) << (ShiftW - MagW);
    lost = wide & ~({ShiftW{1'b1}} << Back);
    back = (wide >> Back) | {{(ShiftW - 1) {1'b0}}, lost != '0};
    mask = {ShiftW{room[31]}};
    return (back & mask) | (wide & ~mask);
  endfunction

  // The room that is left then; with less than -Back only the sticky bit is.
  function automatic logic [31:0] room_back(logic [31:0] room);
    logic [31:0] left, mask;
    left = room + Back;
    left = left & ~{32{left[31]}};
    mask = {32{room[31]}};
    return (left & mask) | (room & ~mask);
  endfunction

  function automatic logic [WordW-1:0] shifter_word(logic [ShiftW-1:0] mag, logic [31:0] room);
    logic [31:0] budget;
    budget = (room | {32{(room >> Steps) != '0}}) & 32'd63;
    return {mag, 1'b0, budget[Steps-1:0]};
  endfunction

  // Left by 2^k if that shifts out zeros only and there is room.
  function automatic logic [WordW-1:0] step_left(logic [WordW-1:0] word, int unsigned k);
    logic [WordW-1:0] zero, allowed, taken, mag, low, bit_k;
    zero = {WordW{(word & ~({WordW{1'b1}} >> (32'd1 << k))) == '0}};
    bit_k = {{(WordW - 1) {1'b0}}, word[k]};
    allowed = {WordW{word[k] | word[Free]}};
    taken = zero & allowed;
    mag = {word[WordW-1:Low], {Low{1'b0}}};
    low = {{ShiftW{1'b0}}, word[Low-1:0]};
    mag = ((mag << (32'd1 << k)) & taken) | (mag & ~taken);
    low = (low & ~(WordW'(1) << k)) | (taken & (WordW'(1) << k)) | ((bit_k & ~zero) << Free);
    return mag | low;
  endfunction

  function automatic logic [31:0] round(logic [WordW-1:0] word, logic [31:0] room,
                                        logic [31:0] sign, logic [31:0] nan, logic [31:0] inf);
    logic [31:0] kept, exp, up, huge, result, infinity, special;
    kept = {8'd0, word[WordW-1-:24]};
    up = {31'd0, word[WordW-25] &
        (((word & ({{25{1'b0}}, {(ShiftW - 25) {1'b1}}, {Low{1'b0}}})) != '0) | kept[0])};
    // The hidden bit counts the exponent up by one, and so does a carry out of the rounding.
    exp = (room - {26'd0, word[Steps-1:0]}) & {32{kept[23]}};
    result = (exp << 23) + kept + up;
    huge = inf | {31'd0, exp > 32'd253} | {31'd0, result[30:23] == 8'hff};
    infinity = {sign[0], 8'hff, 23'd0};
    special = {32{huge[0]}};
    result = ({sign[0], result[30:0]} & ~special) | (infinity & special);
    special = {32{nan[0]}};
    return (result & ~special) | (Fp32Nan & special);
  endfunction

  // Stage 1: shifted back where there is less than no room (without RightShift: the inputs).
  logic [ShiftW-1:0] back_q        [Lanes];
  fp32_info_t        back_info_q   [Lanes];
  // Stages 2 to 4: shifted left, by large steps, by middle ones, by small ones.
  logic [WordW-1:0]  coarse_q      [Lanes];
  fp32_info_t        coarse_info_q [Lanes];
  logic [WordW-1:0]  middle_q      [Lanes];
  fp32_info_t        middle_info_q [Lanes];
  logic [WordW-1:0]  fine_q        [Lanes];
  fp32_info_t        fine_info_q   [Lanes];

  always_ff @(posedge clk_i) begin : pipeline
    logic [31:0]       data_d [Lanes];
    logic [31:0]       room   [Lanes];
    logic [31:0]       sign   [Lanes];
    logic [31:0]       nan    [Lanes];
    logic [31:0]       inf    [Lanes];
    logic [ShiftW-1:0] mag    [Lanes];
    fp32_info_t        info   [Lanes];

    if (enable_i) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        room[i] = 32'(fine_info_q[i].room);
        sign[i] = 32'(fine_info_q[i].sign);
        nan[i] = 32'(fine_info_q[i].nan);
        inf[i] = 32'(fine_info_q[i].inf);
      end
      for (int unsigned i = 0; i < Lanes; i++) begin
        data_d[i] = round(fine_q[i], room[i], sign[i], nan[i], inf[i]);
      end
      data_o <= data_d;

      for (int unsigned i = 0; i < Lanes; i++) begin
        fine_q[i] = step_left(step_left(middle_q[i], 32'd1), 32'd0);
      end
      for (int unsigned i = 0; i < Lanes; i++) fine_info_q[i] = middle_info_q[i];

      for (int unsigned i = 0; i < Lanes; i++) begin
        middle_q[i] = step_left(step_left(coarse_q[i], 32'd3), 32'd2);
      end
      for (int unsigned i = 0; i < Lanes; i++) middle_info_q[i] = coarse_info_q[i];

      for (int unsigned i = 0; i < Lanes; i++) mag[i] = RightShift ? back_q[i] : ShiftW'(mag_i[i]);
      for (int unsigned i = 0; i < Lanes; i++) info[i] = RightShift ? back_info_q[i] : info_i[i];
      for (int unsigned i = 0; i < Lanes; i++) room[i] = 32'(info[i].room);
      for (int unsigned i = 0; i < Lanes; i++) begin
        coarse_q[i] = step_left(step_left(shifter_word(mag[i], room[i]), 32'd5), 32'd4);
      end
      for (int unsigned i = 0; i < Lanes; i++) coarse_info_q[i] = info[i];

      if (RightShift) begin
        for (int unsigned i = 0; i < Lanes; i++) room[i] = 32'(info_i[i].room);
        for (int unsigned i = 0; i < Lanes; i++) back_q[i] = shift_back(mag_i[i], room[i]);
        for (int unsigned i = 0; i < Lanes; i++) room[i] = room_back(room[i]);
        for (int unsigned i = 0; i < Lanes; i++) begin
          back_info_q[i] = {info_i[i].nan, info_i[i].inf, info_i[i].sign, room[i][10:0]};
        end
      end
    end
  end

endmodule
