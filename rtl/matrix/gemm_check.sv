// SPDX-License-Identifier: Apache-2.0
// Checks a gemm, bases added, and translates it from bytes to tiles.
//
// An instruction leaves once, with its error; where there is none, gemm_o can be carried out
// without further checks. Extents are computed exactly, whatever the fields hold.
// Latency: 12 cycles; throughput: one instruction in 13 cycles; valid/ready on both sides.
module gemm_check
  import gradcore_pkg::*;
  import isa_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned OperandTiles = 4096,
  parameter int unsigned AccumulatorTiles = 2048
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        valid_i,
  output logic        ready_o,
  input  gemm_insn_t  insn_i,

  output logic        valid_o,
  input  logic        ready_i,
  output error_e      error_o,
  output logic [2:0]  operand_o,  // 1 X, 2 W, 3 Y
  output gemm_t       gemm_o
);

  localparam int unsigned IdxW = $clog2(N);
  localparam int unsigned OperandShift = $clog2(2 * N * N);      // bytes to tiles
  localparam int unsigned AccumulatorShift = $clog2(4 * N * N);
  localparam int unsigned ProductW = 2 * TileWidth;
  localparam int unsigned Half = TileWidth / 2;

  // A matrix as it lies in memory, in tiles.
  typedef struct packed {
    logic        misaligned;
    logic        overlaps;
    logic        wrong_memory;
    logic [31:0] base;
    logic [31:0] row_stride;
    logic [31:0] batch_stride;
    logic [31:0] last_row;  // tiles in a column of the grid - 1
    logic [31:0] last_col;
  } grid_t;

  function automatic logic [31:0] tiles(logic [31:0] bytes, logic accumulator);
    return bytes >> (accumulator ? AccumulatorShift : OperandShift);
  endfunction

  function automatic logic [TileWidth-1:0] operand_tiles(logic [31:0] bytes);
    return TileWidth'(tiles(bytes, 1'b0));
  endfunction

  function automatic logic [TileWidth-1:0] accumulator_tiles(logic [31:0] bytes);
    return TileWidth'(tiles(bytes, 1'b1));
  endfunction

  logic [3:0] step_q, step_d;  // 0 where nothing is checked
  gemm_insn_t insn_q;

  // One product a cycle: for each matrix last_row * row_stride, then (batch - 1) * batch_stride.
  // Steps: 0 idle, 1 to 6 operands, 4 to 9 sums, 6, 8 and 10 comparisons, 11 verdict, 12 waits.
  logic [2:0]  product_a, product_c;  // number of the product whose operands, whose sum is formed
  logic [31:0] factor_a_q, factor_b_q, start_q, start_mid_q, start_late_q;
  logic        wrong_q, too_large_mid_q, too_large_q;
  grid_t       current;

  logic [ProductW-1:0] partial_low_q, partial_high_q, product_q;
  logic [ProductW+1:0] extent_q;  // tile number of the last tile, as far as added up
  logic                beyond_q;  // it leaves the memory whatever extent_q says
  logic [2:0]          misaligned_q, outside_q;  // Y, W, X
  logic                overlaps_q;               // Y

  assign product_a = 3'(step_q - 4'd1);
  assign product_c = 3'(step_q - 4'd4);

  // The matrix whose turn it is.
  always_comb begin : lay_out
    logic [31:0] address, row_bytes, batch_bytes, rows, cols, last_row, last_col, low;
    logic        transposed, accumulator;
    // Nobody looks at it while nothing is checked: the simulation need not work it out then.
    {address, row_bytes, batch_bytes, rows, cols, last_row, last_col, low, transposed} = 'x;
    accumulator = 1'b0;
    current = 'x;
    if (step_q != '0) begin
      unique case (product_a[2:1])
        2'd0: begin
          {address, row_bytes, batch_bytes} = {insn_q.x, insn_q.x_rows, insn_q.x_batch};
          {rows, cols, transposed} = {insn_q.m, insn_q.k, insn_q.trans_x};
        end
        2'd1: begin
          {address, row_bytes, batch_bytes} = {insn_q.w, insn_q.w_rows, insn_q.w_batch};
          {rows, cols, transposed} = {insn_q.k, insn_q.n, insn_q.trans_w};
        end
        default: begin
          {address, row_bytes, batch_bytes} = {insn_q.y, insn_q.y_rows, insn_q.y_batch};
          {rows, cols, transposed} = {insn_q.m, insn_q.n, insn_q.trans_y};
          accumulator = 1'b1;
        end
      endcase
      low = 32'((accumulator ? 2 : 1) << OperandShift) - 32'd1;
      last_row = (rows - 32'd1) >> IdxW;
      last_col = (cols - 32'd1) >> IdxW;
      current.misaligned = ((address | row_bytes | batch_bytes) & low) != '0;
      current.wrong_memory = address[31] != accumulator;
      current.base = tiles({1'b0, address[30:0]}, accumulator);
      current.row_stride = tiles(row_bytes, accumulator);
      current.batch_stride = tiles(batch_bytes, accumulator);
      current.last_row = transposed ? last_col : last_row;
      current.last_col = transposed ? last_row : last_col;
      current.overlaps = current.last_row != '0 && current.row_stride <= current.last_col;
    end
  end

  always_ff @(posedge clk_i) begin
    if (step_q != '0) begin
      factor_a_q <= product_a[0] ? insn_q.batch - 32'd1 : current.last_row;
      factor_b_q <= product_a[0] ? current.batch_stride : current.row_stride;
      start_q <= current.base + current.last_col;
      wrong_q <= current.wrong_memory;

      // A factor that does not fit TileWidth leaves the memory unless the other is zero.
      partial_low_q <= ProductW'(factor_a_q[Half-1:0]) * ProductW'(factor_b_q[TileWidth-1:0]);
      partial_high_q <= ProductW'(factor_a_q[TileWidth-1:Half]) *
          ProductW'(factor_b_q[TileWidth-1:0]);
      too_large_mid_q <= wrong_q || (factor_a_q != '0 && factor_b_q != '0 &&
          ((factor_a_q >> TileWidth) != '0 || (factor_b_q >> TileWidth) != '0));
      start_mid_q <= start_q;

      product_q <= partial_low_q + (partial_high_q << Half);
      too_large_q <= too_large_mid_q;
      start_late_q <= start_mid_q;

      extent_q <= (product_c[0] ? extent_q : (ProductW + 2)'(start_late_q)) +
          (ProductW + 2)'(product_q);
      beyond_q <= too_large_q || (product_c[0] && beyond_q);

      for (int unsigned i = 0; i < 3; i++) begin
        if (product_a == 3'(2 * i)) misaligned_q[i] <= current.misaligned;
      end
      if (product_a == 3'd4) overlaps_q <= current.overlaps;
      if (step_q == 4'd6) outside_q[0] <= beyond_q || extent_q >= (ProductW + 2)'(OperandTiles);
      if (step_q == 4'd8) outside_q[1] <= beyond_q || extent_q >= (ProductW + 2)'(OperandTiles);
      if (step_q == 4'd10) outside_q[2] <= beyond_q ||
            extent_q >= (ProductW + 2)'(AccumulatorTiles);
    end
  end

  // The verdict, in the order of the error codes.
  error_e     error, error_q;
  logic [2:0] operand, operand_q;
  always_comb begin
    error = ErrorNone;
    operand = 3'd0;
    if (insn_q.m == '0 || insn_q.k == '0 || insn_q.n == '0 || insn_q.batch == '0) begin
      error = ErrorZeroSize;
    end else if (misaligned_q != '0) begin
      error = ErrorMisaligned;
      operand = misaligned_q[0] ? 3'd1 : misaligned_q[1] ? 3'd2 : 3'd3;
    end else if (outside_q != '0) begin
      error = ErrorOutOfRange;
      operand = outside_q[0] ? 3'd1 : outside_q[1] ? 3'd2 : 3'd3;
    end else if (overlaps_q) begin
      error = ErrorOverlap;
      operand = 3'd3;
    end else if (insn_q.reserved_0_12 != '0 || insn_q.reserved_2_12 != '0) begin
      error = ErrorReserved;
    end
  end

  always_comb begin
    gemm_o = 'x;
    if (valid_o) begin
      gemm_o.m = insn_q.m;
      gemm_o.k = insn_q.k;
      gemm_o.n = insn_q.n;
      gemm_o.batch = insn_q.batch;
      gemm_o.x = operand_tiles({1'b0, insn_q.x[30:0]});
      gemm_o.w = operand_tiles({1'b0, insn_q.w[30:0]});
      gemm_o.y = accumulator_tiles({1'b0, insn_q.y[30:0]});
      gemm_o.x_b = operand_tiles(insn_q.x_batch);
      gemm_o.w_b = operand_tiles(insn_q.w_batch);
      gemm_o.y_b = accumulator_tiles(insn_q.y_batch);
      gemm_o.x_m = insn_q.trans_x ? TileWidth'(1) : operand_tiles(insn_q.x_rows);
      gemm_o.x_k = insn_q.trans_x ? operand_tiles(insn_q.x_rows) : TileWidth'(1);
      gemm_o.w_k = insn_q.trans_w ? TileWidth'(1) : operand_tiles(insn_q.w_rows);
      gemm_o.w_n = insn_q.trans_w ? operand_tiles(insn_q.w_rows) : TileWidth'(1);
      gemm_o.y_m = insn_q.trans_y ? TileWidth'(1) : accumulator_tiles(insn_q.y_rows);
      gemm_o.y_n = insn_q.trans_y ? accumulator_tiles(insn_q.y_rows) : TileWidth'(1);
      gemm_o.trans_x = insn_q.trans_x;
      gemm_o.trans_w = insn_q.trans_w;
      gemm_o.trans_y = insn_q.trans_y;
      gemm_o.accumulate = insn_q.accumulate;
    end
  end

  assign ready_o = step_q == 4'd0;
  assign valid_o = step_q == 4'd12;
  assign error_o = error_q;
  assign operand_o = operand_q;

  always_comb begin
    unique case (step_q)
      4'd0:    step_d = valid_i ? 4'd1 : 4'd0;
      4'd12:   step_d = ready_i ? 4'd0 : 4'd12;
      default: step_d = step_q + 4'd1;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) insn_q <= insn_i;
    if (step_q == 4'd11) begin
      error_q <= error;
      operand_q <= operand;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) step_q <= '0;
    else step_q <= step_d;
  end

endmodule
