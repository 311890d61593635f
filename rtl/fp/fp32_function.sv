// SPDX-License-Identifier: Apache-2.0
// Functions of one binary32 number: copy, ReLU, absolute value, and the approximated ones (exp,
// log, tanh, reciprocal, reciprocal square root), bit for bit as in sw/model/functions.cpp.
//
// An approximated function is one quadratic in fixed point, of the table segment in which the
// argument lies, and one rounding. All lanes compute the same function; it may change in every
// cycle. The stages rest while no vector (valid_i) is in them.
//
// Latency: 15 cycles. Throughput: one vector a cycle; no backpressure.
module fp32_function
  import gradcore_pkg::*;
  import isa_pkg::*;
  import function_tables_pkg::*;
#(
  parameter int unsigned Lanes = 16
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  input  apply_e      apply_i,
  input  logic [31:0] data_i [Lanes],
  output logic [31:0] data_o [Lanes]
);

  localparam int unsigned MagW = 40;
  localparam int unsigned OffsetBits = 18;
  localparam int unsigned ExpPlaces = 26;             // of z = x log2(e)
  localparam logic [35:0] Log2E = 36'hb_8aa3_b296;    // in units of 2^-35
  localparam logic signed [30:0] Ln2 = 31'sd744261118;  // in units of 2^-30
  localparam logic signed [10:0] LogFirst = -11'sd2;   // first binade of TableLogAbove
  localparam logic signed [10:0] LogBelowFirst = -11'sd3;
  localparam logic signed [10:0] TanhFirst = 11'sd3;
  localparam logic signed [10:0] TanhLast = -11'sd12;

  // What is known of a result beside the polynomial. `literal`: the result is sig * 2^(exp - 23).
  typedef struct packed {
    logic               nan;
    logic               inf;
    logic               sign;
    logic               literal;
    logic               exp2;     // of a fixed-point argument
    logic               log;      // exponent times ln 2 is added
    logic               negative; // of the argument
    logic signed [10:0] exp;
  } tag_t;

  // Stage 1: what is looked up, or the literal.
  function automatic logic [23:0] significand(logic [31:0] x);
    return {x[30:23] != '0, x[22:0]};
  endfunction

  // The significand whose binade the table is asked for: of x, or near 1 of the distance from 1.
  function automatic logic [23:0] argument(logic [31:0] x, logic above, logic below);
    return ({1'b0, x[22:0]} & {24{above}}) | ((24'h80_0000 - {1'b0, x[22:0]}) & {24{below}}) |
        (significand(x) & {24{~(above | below)}});
  endfunction

  function automatic logic is_above(logic [31:0] x);  // 1 < x < 1.5
    return x[31:22] == 10'h0fe && x[21:0] != '0;
  endfunction

  function automatic logic is_below(logic [31:0] x);  // 0.75 < x < 1
    return x[31:22] == 10'h0fd && x[21:0] != '0;
  endfunction

  function automatic tag_t classify(logic [31:0] x, apply_e apply);
    tag_t t;
    logic nan, inf, zero, sign;
    logic signed [10:0] exp;
    sign = x[31];
    nan = x[30:0] > 31'h7f80_0000;
    inf = x[30:0] == 31'h7f80_0000;
    zero = x[30:0] == '0;
    exp = {3'd0, x[30:24], x[23] | (x[30:23] == '0)} - 11'sd127;
    t.nan = nan;
    t.inf = 1'b0;
    t.sign = sign;
    t.literal = 1'b0;
    t.exp2 = 1'b0;
    t.log = 1'b0;
    t.negative = sign;
    t.exp = exp;
    unique case (apply)
      ApplyExp: begin
        t.inf = exp > 11'sd7 && !sign;
        t.literal = exp > 11'sd7;  // +0 where not infinite: see literal_significand
        t.sign = 1'b0;
        t.exp2 = 1'b1;
      end
      ApplyLog: begin
        t.nan = nan || (sign && !zero);
        t.inf = zero || inf;
        t.literal = x == 32'h3f80_0000;
        t.sign = zero || is_below(x);
        t.log = !is_above(x) && !is_below(x);
        if (is_above(x)) t.exp = 11'sd0;
        if (is_below(x)) t.exp = -11'sd1;
      end
      ApplyTanh: begin
        t.literal = exp < TanhLast || exp > TanhFirst;
        if (exp > TanhFirst) t.exp = 11'sd0;
      end
      ApplyReciprocal: begin
        t.inf = zero;
        t.literal = inf;
      end
      ApplyRsqrt: begin
        t.nan = nan || (sign && !zero);
        t.inf = zero;
        t.literal = inf;
      end
      default: begin
        t.inf = inf && !(apply == ApplyRelu && sign);
        t.literal = 1'b1;
        t.sign = sign && (apply == ApplyIdentity);
      end
    endcase
    return t;
  endfunction

  function automatic logic [23:0] literal_significand(logic [31:0] x, apply_e apply);
    logic zero, one;
    logic signed [10:0] exp;
    exp = {3'd0, x[30:24], x[23] | (x[30:23] == '0)} - 11'sd127;
    one = apply == ApplyTanh && exp > TanhFirst;
    zero = apply == ApplyExp || apply == ApplyLog || apply == ApplyReciprocal ||
        apply == ApplyRsqrt || (apply == ApplyRelu && x[31]);
    return ((significand(x) & {24{~one}}) | {one, 23'd0}) & {24{~zero}};
  endfunction

  tag_t        tag1_q [Lanes];
  logic [23:0] arg1_q [Lanes];
  logic [23:0] sig1_q [Lanes];
  apply_e      apply1_q;

  // Stages 2 and 3: the argument normalised in two steps, its product with log2(e) in two parts.
  tag_t        tag2_q [Lanes];
  logic [23:0] arg2_q [Lanes];
  logic [23:0] sig2_q [Lanes];
  logic [41:0] low2_q [Lanes];
  logic [41:0] high2_q[Lanes];
  apply_e      apply2_q;

  tag_t        tag3_q [Lanes];
  logic [23:0] arg3_q [Lanes];
  logic [23:0] sig3_q [Lanes];
  logic [63:0] prod3_q[Lanes];
  apply_e      apply3_q;

  // {places, value shifted left by them}: by 2^k for k from first down to last, where that shifts
  // out zeros only.
  function automatic logic [28:0] normalise(logic [23:0] value, int unsigned first,
                                            int unsigned last);
    logic [31:0] v, count, zero;
    v = {8'd0, value};
    count = '0;
    for (int unsigned i = 0; i <= first - last; i++) begin
      zero = {32{(v >> (32'd24 - (32'd1 << (first - i)))) == '0}};
      v = ((v << (32'd1 << (first - i))) & zero) | (v & ~zero);
      count = count + (zero & (32'd1 << (first - i)));
    end
    return {count[4:0], v[23:0]};
  endfunction

  // Stage 4: z in fixed point; the exponent of the argument's binade.
  tag_t        tag4_q [Lanes];
  logic [22:0] frac4_q[Lanes];
  logic [23:0] sig4_q [Lanes];
  logic [35:0] z4_q   [Lanes];
  apply_e      apply4_q;

  // Stage 5: the row of the table, and where in the segment.
  tag_t                  tag5_q    [Lanes];
  logic [23:0]           sig5_q    [Lanes];
  logic [11:0]           row5_q    [Lanes];
  logic [OffsetBits-1:0] offset5_q [Lanes];

  // The table as a memory that nothing writes, which synthesis takes for one at once.
  (* rom_style = "block" *)
  table_row_t rom [TableRows];
  initial begin
    for (int unsigned i = 0; i < TableRows; i++) rom[i] = FunctionTable[i];
  end

  // Stage 6: the row's coefficients, the square of the offset.
  tag_t                  tag6_q    [Lanes];
  logic [23:0]           sig6_q    [Lanes];
  table_row_t            coef6_q   [Lanes];
  logic [OffsetBits-1:0] offset6_q [Lanes];
  logic [OffsetBits-1:0] square6_q [Lanes];

  // Stages 7 to 9: products, sums.
  tag_t               tag7_q    [Lanes];
  logic [23:0]        sig7_q    [Lanes];
  logic signed [45:0] first7_q  [Lanes];
  logic signed [41:0] second7_q [Lanes];
  logic        [31:0] start7_q  [Lanes];  // c0
  logic signed [41:0] ln7_q     [Lanes];  // of logarithms: exponent * ln 2

  tag_t               tag8_q    [Lanes];
  logic [23:0]        sig8_q    [Lanes];
  logic signed [41:0] first8_q  [Lanes];
  logic signed [41:0] second8_q [Lanes];

  tag_t               tag9_q    [Lanes];
  logic [23:0]        sig9_q    [Lanes];
  logic signed [41:0] sum9_q    [Lanes];

  // Stage 10: magnitude and what fp32_pack needs beside it.
  logic [MagW-1:0] mag_q  [Lanes];
  fp32_info_t      info_q [Lanes];

  function automatic logic signed [41:0] ln_part(tag_t t);
    return {42{t.log}} & (42'(t.exp) * 42'(Ln2));
  endfunction

  function automatic logic [35:0] fixed_point(tag_t t, logic [63:0] product);
    logic signed [10:0] shift;
    logic [5:0] saturated;
    shift = 11'sd32 - t.exp;
    saturated = shift[5:0] | {6{shift[10:6] != '0}};
    return 36'(product >> saturated) ^ {36{t.negative}};
  endfunction

  function automatic table_section_t section(apply_e apply, tag_t t);
    logic [4:0] above, below;
    logic [3:0] tanh;
    above = 5'(LogFirst - t.exp);
    below = 5'(LogBelowFirst - t.exp);
    tanh = 4'(TanhFirst - t.exp);
    unique case (apply)
      ApplyExp: return TableExp2;
      ApplyLog: return t.log ? TableLog :
          t.sign ? TableLogBelow[below > 5'd21 ? 5'd21 : below] :
                   TableLogAbove[above > 5'd21 ? 5'd21 : above];
      ApplyTanh: return TableTanh[tanh];
      ApplyReciprocal: return TableReciprocal;
      default: return t.exp[0] ? TableRsqrtOdd : TableRsqrt;
    endcase
  endfunction

  // {row, offset} of a fraction of 26 bits, of which the lower 3 are 0 but for exp.
  function automatic logic [29:0] segment(table_section_t s, logic [25:0] fraction);
    logic [25:0] rest;
    rest = fraction << s.bits;
    return {s.base + 12'(fraction >> (5'd26 - {1'b0, s.bits})), rest[25:26-OffsetBits]};
  endfunction

  // The exponent of 2 that scales the polynomial's value. Of e^x it is at least -200, which is 0.
  function automatic logic signed [10:0] scale(apply_e apply, tag_t t, logic [35:0] z);
    logic signed [10:0] whole;
    whole = {z[35], z[35:ExpPlaces]};
    unique case (apply)
      ApplyExp: return whole < -11'sd200 ? -11'sd200 : whole;
      ApplyLog: return t.log ? 11'sd0 : t.exp;
      ApplyTanh: return t.exp[10] ? t.exp : 11'sd0;
      ApplyReciprocal: return -t.exp;
      default: return -(t.exp >>> 1);
    endcase
  endfunction

  localparam int unsigned Stages = 15;  // those of fp32_pack included
  logic [Stages-1:0] alive_q;
  logic              active;
  assign active = valid_i || alive_q != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) alive_q <= '0;
    else alive_q <= {alive_q[Stages-2:0], valid_i};
  end

  always_ff @(posedge clk_i) begin : stages
    logic [28:0]        step;
    logic [29:0]        place;
    logic [35:0]        square;
    logic signed [41:0] total;
    logic               minus;
    logic [MagW-1:0]    mag  [Lanes];
    fp32_info_t         info [Lanes];

    if (active) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        minus = tag9_q[i].log & sum9_q[i][41];
        total = (sum9_q[i] ^ {42{minus}}) + {41'd0, minus};
        mag[i] = tag9_q[i].literal ? MagW'(sig9_q[i]) : MagW'(total);
        info[i] = {tag9_q[i].nan, tag9_q[i].inf, tag9_q[i].sign | (minus & ~tag9_q[i].literal),
                   tag9_q[i].exp + (tag9_q[i].literal ? 11'sd142 : 11'sd135)};
      end
      mag_q <= mag;
      info_q <= info;

      for (int unsigned i = 0; i < Lanes; i++) begin
        sum9_q[i] = first8_q[i] + second8_q[i];
        tag9_q[i] = tag8_q[i];
        sig9_q[i] = sig8_q[i];
      end
      for (int unsigned i = 0; i < Lanes; i++) begin
        first8_q[i] = signed'({10'd0, start7_q[i]}) + 42'(first7_q[i] >>> OffsetBits);
        second8_q[i] = ln7_q[i] + (second7_q[i] >>> OffsetBits);
        tag8_q[i] = tag7_q[i];
        sig8_q[i] = sig7_q[i];
      end
      for (int unsigned i = 0; i < Lanes; i++) begin
        first7_q[i] = 46'(coef6_q[i].c1) * 46'(signed'({1'b0, offset6_q[i]}));
        second7_q[i] = 42'(coef6_q[i].c2) * 42'(signed'({1'b0, square6_q[i]}));
        start7_q[i] = coef6_q[i].c0;
        ln7_q[i] = ln_part(tag6_q[i]);
        tag7_q[i] = tag6_q[i];
        if (tag6_q[i].log) tag7_q[i].exp = '0;
        sig7_q[i] = sig6_q[i];
      end
      for (int unsigned i = 0; i < Lanes; i++) begin
        coef6_q[i] = rom[row5_q[i]];
        square = {18'd0, offset5_q[i]} * {18'd0, offset5_q[i]};
        square6_q[i] = square[35:18];
        offset6_q[i] = offset5_q[i];
        tag6_q[i] = tag5_q[i];
        sig6_q[i] = sig5_q[i];
      end
      for (int unsigned i = 0; i < Lanes; i++) begin
        place = segment(section(apply4_q, tag4_q[i]),
                        tag4_q[i].exp2 ? z4_q[i][25:0] : {frac4_q[i], 3'd0});
        row5_q[i] = place[29:18];
        offset5_q[i] = place[17:0];
        tag5_q[i] = tag4_q[i];
        if (!tag4_q[i].literal && !tag4_q[i].log) begin
          tag5_q[i].exp = scale(apply4_q, tag4_q[i], z4_q[i]);
        end
        sig5_q[i] = sig4_q[i];
      end
      for (int unsigned i = 0; i < Lanes; i++) begin
        z4_q[i] = fixed_point(tag3_q[i], prod3_q[i]);
        frac4_q[i] = arg3_q[i][22:0];
        tag4_q[i] = tag3_q[i];
        sig4_q[i] = sig3_q[i];
      end
      apply4_q <= apply3_q;
      for (int unsigned i = 0; i < Lanes; i++) begin
        step = normalise(arg2_q[i], 32'd2, 32'd0);
        arg3_q[i] = step[23:0];
        tag3_q[i] = tag2_q[i];
        if (!tag2_q[i].literal && !tag2_q[i].exp2) begin
          tag3_q[i].exp = tag2_q[i].exp - {6'd0, step[28:24]};
        end
        prod3_q[i] = 64'(low2_q[i]) + (64'(high2_q[i]) << 18);
        sig3_q[i] = sig2_q[i];
      end
      apply3_q <= apply2_q;
      for (int unsigned i = 0; i < Lanes; i++) begin
        step = normalise(arg1_q[i], 32'd4, 32'd3);
        arg2_q[i] = step[23:0];
        tag2_q[i] = tag1_q[i];
        if (!tag1_q[i].literal && !tag1_q[i].exp2) begin
          tag2_q[i].exp = tag1_q[i].exp - {6'd0, step[28:24]};
        end
        low2_q[i] = 42'(sig1_q[i]) * 42'(Log2E[17:0]);
        high2_q[i] = 42'(sig1_q[i]) * 42'(Log2E[35:18]);
        sig2_q[i] = sig1_q[i];
      end
      apply2_q <= apply1_q;
      for (int unsigned i = 0; i < Lanes; i++) begin
        tag1_q[i] = classify(data_i[i], apply_i);
        arg1_q[i] = argument(data_i[i], apply_i == ApplyLog && is_above(data_i[i]),
                             apply_i == ApplyLog && is_below(data_i[i]));
        sig1_q[i] = tag1_q[i].literal ? literal_significand(data_i[i], apply_i)
                                      : significand(data_i[i]);
      end
      apply1_q <= apply_i;
    end
  end

  fp32_pack #(
    .Lanes(Lanes),
    .MagW(MagW)
  ) u_pack (
    .clk_i,
    .enable_i(active),
    .mag_i(mag_q),
    .info_i(info_q),
    .data_o
  );

endmodule
