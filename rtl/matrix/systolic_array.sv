// SPDX-License-Identifier: Apache-2.0
// Weight-stationary systolic array of aligned multiply-adds, with the row that adds exponents.
//
// PE (r, c) holds one stationary operand and a shadow of the next. Streamed operands enter at the
// left and move right, integer partial sums move down. Ports are skewed: row r is r cycles behind
// row 0, and column c of the outputs is c cycles behind column 0 (module `skew`).
//
//   x_i[r]      streamed operand; where `first`, the row takes its shadow as stationary operand,
//               column after column as the wave moves right
//   w_i[r]      goes to the shadow of column `col`
//   sum_o[c],   sum of column c, its special values, and the exponent that scales it:
//   exp_o[c]    value = sum * 2^(exp - 252 - F)
//
// Latency: 3 cycles from x_i of the last row to column 0. Throughput: one vector a cycle. No
// backpressure; validity travels beside the array. The shadow of a column must be written at
// least one cycle before `first` reaches it, and may be written again from that cycle on.
module systolic_array
  import gradcore_pkg::*;
#(
  parameter int unsigned Rows = 16,
  parameter int unsigned Cols = Rows,
  parameter int unsigned F = 40,
  localparam int unsigned SumW = sum_width(Rows, F)
) (
  input  logic            clk_i,
  input  stream_lane_t    x_i       [Rows],
  input  load_lane_t      w_i       [Rows],
  output logic [SumW-1:0] sum_o     [Cols],
  output special_t        special_o [Cols],
  output logic [8:0]      exp_o     [Cols]
);

  localparam int unsigned Pes = Rows * Cols;

  // An operand inside the array: its significand has been shifted by gap mod 8 on entry, once for
  // its whole row, so that PEs shift their products by whole bytes only.
  localparam int unsigned ByteGapW = GapWidth - 3;
  localparam int unsigned MagW = 30;
  typedef struct packed {
    logic                nan;
    logic                inf;
    logic                zero;
    logic                sign;
    logic [ByteGapW-1:0] gap;  // in bytes
    logic [MagW/2-1:0]   sig;
  } operand_t;

  function automatic operand_t enter(aligned_t a);
    return {a.nan, a.inf, a.zero, a.sign, a.gap[GapWidth-1:3], {a.sig, 7'd0} >> a.gap[2:0]};
  endfunction

  // A product as it waits for its addition.
  typedef struct packed {
    special_t          special;
    logic              sign;
    logic [ByteGapW:0] gap;  // in bytes
    logic [MagW-1:0]   mag;
  } product_t;

  // Stage 1: exact product of the significands, gaps added, special values found.
  function automatic product_t multiply(operand_t x, operand_t w);
    logic nan, inf, sign;
    nan = x.nan | w.nan | (x.inf & w.zero) | (w.inf & x.zero);
    inf = (x.inf | w.inf) & ~nan;
    sign = x.sign ^ w.sign;
    return {nan, inf & ~sign, inf & sign, sign, {1'b0, x.gap} + {1'b0, w.gap},
            {15'd0, x.sig} * {15'd0, w.sig}};
  endfunction

  // Shifted right by bytes. A shifter by steps simulates fast; synthesis makes less of one that
  // looks at all distances at once.
  function automatic logic [F-1:0] shift_bytes(logic [F-1:0] mag, logic [ByteGapW:0] gap);
    logic [F-1:0] shifted;
`ifdef SYNTHESIS
    shifted = '0;
    for (int unsigned g = 0; 8 * g < F; g++) shifted |= (mag >> (8 * g)) & {F{32'(gap) == g}};
`else
    shifted = (mag >> {gap[ByteGapW-1:0], 3'd0}) & {F{~gap[ByteGapW]}};
`endif
    return shifted;
  endfunction

  // Stage 2: shifted to the common exponent (what falls out is dropped), signed, added.
  localparam int unsigned Up = (F > MagW) ? F - MagW : 0;  // so that the top bit becomes that of F
  localparam int unsigned Down = (F < MagW) ? MagW - F : 0;
  function automatic logic [SumW-1:0] add_aligned(logic [SumW-1:0] sum, logic sign,
                                                  logic [ByteGapW:0] gap,
                                                  logic [MagW-1:0] product);
    logic [F-1:0] mag;
    logic [SumW-1:0] term;
    mag = shift_bytes(F'(({34'd0, product} << Up) >> Down), gap);
    term = {{(SumW - F) {1'b0}}, mag} ^ {SumW{sign}};
    return sum + term + {{(SumW - 1) {1'b0}}, sign};
  endfunction

  // A mask instead of ?: keeps the loops free of branches, which vectorises them; synthesis makes
  // an enable of ?: and look-up tables of the mask.
  function automatic operand_t select(logic which, operand_t one, operand_t zero);
`ifdef SYNTHESIS
    return which ? one : zero;
`else
    logic [$bits(operand_t)-1:0] mask;
    mask = {$bits(operand_t) {which}};
    return (one & mask) | (zero & ~mask);
`endif
  endfunction

  // One process owns all of this state and nobody else reads it, so it is updated in place with
  // blocking assignments, consumers before producers: copies of next states would cost more
  // simulation time than the arithmetic. The outputs are registers assigned without blocking.
  // PE (r, c) is element r * Cols + c.
  operand_t        x_q       [Pes];
  logic            first_q   [Pes];
  operand_t        shadow_q  [Pes];
  operand_t        w_q       [Pes];
  product_t        product_q [Pes];
  logic [SumW-1:0] sum_q     [Pes];  // from the row above
  special_t        special_q [Pes];

  // The row of exponents, in step with the last row of PEs.
  logic [7:0] x_max_q      [Cols];
  logic [7:0] shadow_max_q [Cols];
  logic [7:0] w_max_q      [Cols];
  logic [8:0] exp_q        [Cols];

  always_ff @(posedge clk_i) begin : pe
    operand_t        x_d          [Pes];
    logic            first_d      [Pes];
    logic [SumW-1:0] sum_d        [Pes];
    special_t        special_d    [Pes];
    logic [SumW-1:0] sum_last     [Cols];
    special_t        special_last [Cols];
    logic [7:0]      x_max_d      [Cols];

    // Stage 2 of every PE, then the partial sums move down.
    for (int unsigned p = 0; p < Pes; p++) begin
      sum_d[p] = add_aligned(sum_q[p], product_q[p].sign, product_q[p].gap, product_q[p].mag);
      special_d[p] = special_q[p] | product_q[p].special;
    end
    for (int unsigned p = Cols; p < Pes; p++) begin
      sum_q[p] = sum_d[p-Cols];
      special_q[p] = special_d[p-Cols];
    end
    for (int unsigned c = 0; c < Cols; c++) begin
      sum_q[c] = '0;
      special_q[c] = '0;
      sum_last[c] = sum_d[Pes-Cols+c];
      special_last[c] = special_d[Pes-Cols+c];
    end
    sum_o <= sum_last;
    special_o <= special_last;
    exp_o <= exp_q;

    // Stage 1 of every PE, then the operands move right.
    for (int unsigned p = 0; p < Pes; p++) begin
      product_q[p] = multiply(x_q[p], w_q[p]);
      x_d[p] = x_q[p];
      first_d[p] = first_q[p];
    end
`ifdef GRADCORE_FAULT
    // A deliberately broken PE: what the test of the mismatch report has to find
    // (tb/system/mismatch_test.cpp). No other build defines this.
    product_q[`GRADCORE_FAULT_ROW*Cols+`GRADCORE_FAULT_COL].mag =
        product_q[`GRADCORE_FAULT_ROW*Cols+`GRADCORE_FAULT_COL].mag ^
        (MagW'(1) << `GRADCORE_FAULT_BIT);
`endif
    for (int unsigned p = 1; p < Pes; p++) begin
      x_q[p] = x_d[p-1];
      first_q[p] = first_d[p-1];
    end
    for (int unsigned c = 0; c < Cols; c++) begin
      exp_q[c] = {1'b0, x_max_q[c]} + {1'b0, w_max_q[c]};
      x_max_d[c] = x_max_q[c];
    end
    for (int unsigned c = 1; c < Cols; c++) x_max_q[c] = x_max_d[c-1];
    x_max_q[0] = x_i[Rows-1].max;
    for (int unsigned r = 0; r < Rows; r++) begin
      x_q[r*Cols] = enter(x_i[r].op);
      first_q[r*Cols] = x_i[r].first;
    end

    // The first operand of a tile takes the shadow along; then the shadow may change.
    for (int unsigned p = 0; p < Pes; p++) w_q[p] = select(first_q[p], shadow_q[p], w_q[p]);
    for (int unsigned c = 0; c < Cols; c++) begin
      if (first_q[Pes-Cols+c]) w_max_q[c] = shadow_max_q[c];
    end
    for (int unsigned r = 0; r < Rows; r++) begin
`ifdef SYNTHESIS
      // An enable for each column; of the index below it would make look-up tables.
      for (int unsigned c = 0; c < Cols; c++) begin
        if (w_i[r].valid && 32'(w_i[r].col) == c) shadow_q[r*Cols+c] = enter(w_i[r].op);
      end
`else
      if (w_i[r].valid) shadow_q[r*Cols+32'(w_i[r].col)] = enter(w_i[r].op);
`endif
    end
    if (w_i[Rows-1].valid) shadow_max_q[32'(w_i[Rows-1].col)] = w_i[Rows-1].max;
  end

endmodule
