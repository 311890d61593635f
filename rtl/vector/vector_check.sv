// SPDX-License-Identifier: Apache-2.0
// Checks a vector instruction, bases added, and translates it from bytes to tiles.
//
// An instruction leaves once, with its error; where there is none, vector_o can be carried out
// without further checks. Sources that do not take part leave as constants; a row has no step from
// one row of tiles to the next, a column none from one column to the next. Extents are computed
// exactly, whatever the fields hold, with one multiplier for the five matrices. Where c takes no
// part its number, base added, changes the seed of the random words: turns of a loop need not share
// them.
// Latency: 11 cycles; throughput: one instruction in 12 cycles; valid/ready on both sides.
module vector_check
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned OperandTiles = 4096,
  parameter int unsigned AccumulatorTiles = 2048,
  parameter int unsigned ListEntries = 4096
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         valid_i,
  output logic         ready_o,
  input  vector_insn_t insn_i,

  output logic         valid_o,
  input  logic         ready_i,
  output error_e       error_o,
  output logic [2:0]   operand_o,  // 1 a to 5 e, 6 list memory
  output vector_t      vector_o
);

  localparam int unsigned Matrices = 5;
  localparam int unsigned IdxW = $clog2(N);
  localparam int unsigned OperandShift = $clog2(2 * N * N);      // bytes to tiles
  localparam int unsigned AccumulatorShift = $clog2(4 * N * N);
  localparam int unsigned StrideW = 16;
  localparam int unsigned ProductW = TileWidth + StrideW;
  localparam int unsigned Half = TileWidth / 2;

  // A matrix as it lies in memory, in tiles.
  typedef struct packed {
    logic [31:0]        address;
    logic [StrideW-1:0] row_tiles;
    logic               misaligned;
    logic               overlaps;
    logic [31:0]        last_row;  // tiles in a column of the grid - 1
    logic [31:0]        last_col;
  } grid_t;

  function automatic logic [31:0] tile_of(logic [31:0] address);
    return {1'b0, address[30:0]} >> (address[31] ? AccumulatorShift : OperandShift);
  endfunction

  logic [3:0]          step_q, step_d;  // 0 where nothing is checked
  vector_insn_t        insn_q;
  operand_e            a_is, b_is, c_is;
  logic                uses_c;
  logic [Matrices-1:0] used;

  assign uses_c = insn_q.combine != CombineProduct && insn_q.combine != CombineDropout;
  assign a_is = operand_e'(insn_q.a_is);
  assign b_is = operand_e'(insn_q.b_is);
  assign c_is = uses_c ? operand_e'(insn_q.c_is) : OperandConstant;
  assign used = {insn_q.write_e, insn_q.write_d, c_is != OperandConstant, b_is != OperandConstant,
                 a_is != OperandConstant};

  // The matrix whose turn it is.
  grid_t current;

  always_comb begin : lay_out
    operand_e           is;
    logic               transposed;
    logic [31:0]        address, rows, cols, last_row, last_col;
    logic [StrideW-1:0] row_tiles;
    // Nobody looks at it while nothing is checked: the simulation need not work it out then.
    {address, row_tiles, rows, cols, last_row, last_col} = 'x;
    is = OperandMatrix;
    transposed = 1'b0;
    current = 'x;
    if (step_q != '0) begin
      rows = insn_q.rows;
      unique case (step_q)
        4'd1: begin
          {address, row_tiles, is, transposed} = {insn_q.a, insn_q.a_rows, a_is, insn_q.trans_a};
          if (insn_q.listed) rows = 32'(insn_q.e_rows);
        end
        4'd2: begin
          {address, row_tiles, is, transposed} = {insn_q.b, insn_q.b_rows, b_is, insn_q.trans_b};
        end
        4'd3: begin
          {address, row_tiles, is, transposed} = {insn_q.c, insn_q.c_rows, c_is, insn_q.trans_c};
          if (insn_q.listed) rows = 32'(insn_q.stream);
        end
        4'd4: begin
          {address, row_tiles, transposed} = {insn_q.d, insn_q.d_rows, insn_q.trans_d};
          if (insn_q.listed) rows = 32'(insn_q.stream);
        end
        default: begin
          {address, row_tiles} = {insn_q.e, insn_q.e_rows};
          if (insn_q.reduce != ReduceNone) is = OperandColumn;
        end
      endcase
      cols = insn_q.cols;
      if (is == OperandRow) rows = 32'd1;
      if (is == OperandColumn) cols = 32'd1;
      last_row = (rows - 32'd1) >> IdxW;
      last_col = (cols - 32'd1) >> IdxW;
      current.address = address;
      current.row_tiles = row_tiles;
      current.last_row = transposed ? last_col : last_row;
      current.last_col = transposed ? last_row : last_col;
      current.misaligned = address[31] ? address[AccumulatorShift-1:0] != '0
                                       : address[OperandShift-1:0] != '0;
      current.overlaps = current.last_row != '0 && 32'(row_tiles) <= current.last_col;
    end
  end

  // One matrix a cycle: base + last_col + last_row * row_tiles is the tile that lies last.
  // Steps: 0 idle, 1 to 5 operands, 2 to 6 partial products, 3 to 7 products, 4 to 8 extents,
  // 5 to 9 comparisons, 10 verdict, 11 waits.
  logic [31:0]         rows_q;
  logic [StrideW-1:0]  stride_q;
  logic [32:0]         start_q, start_mid_q, start_late_q;
  logic                large_q, large_late_q, beyond_q;
  logic                memory_q [4];          // accumulator memory: of the stages that follow
  logic [ProductW-1:0] partial_low_q, partial_high_q, product_q;
  logic [ProductW:0]   extent_q, limit;
  logic [Matrices-1:0] misaligned_q, overlaps_q, outside_q;

  assign limit = memory_q[3] ? (ProductW + 1)'(AccumulatorTiles) : (ProductW + 1)'(OperandTiles);

  always_ff @(posedge clk_i) begin
    if (step_q != '0) begin
      rows_q <= current.last_row;
      stride_q <= current.row_tiles;
      start_q <= {1'b0, tile_of(current.address)} + {1'b0, current.last_col};
      memory_q[0] <= current.address[31];

      // A factor that does not fit TileWidth leaves the memory unless the other is zero.
      partial_low_q <= ProductW'(rows_q[Half-1:0]) * ProductW'(stride_q);
      partial_high_q <= ProductW'(rows_q[TileWidth-1:Half]) * ProductW'(stride_q);
      large_q <= (rows_q >> TileWidth) != '0 && stride_q != '0;
      start_mid_q <= start_q;
      memory_q[1] <= memory_q[0];

      product_q <= partial_low_q + (partial_high_q << Half);
      large_late_q <= large_q;
      start_late_q <= start_mid_q;
      memory_q[2] <= memory_q[1];

      extent_q <= (ProductW + 1)'(start_late_q) + (ProductW + 1)'(product_q);
      beyond_q <= large_late_q;
      memory_q[3] <= memory_q[2];

      for (int unsigned i = 0; i < Matrices; i++) begin
        if (step_q == 4'(i + 1)) begin
          misaligned_q[i] <= used[i] && current.misaligned;
          overlaps_q[i] <= used[i] && i >= 3 && current.overlaps;
        end
        if (step_q == 4'(i + 5)) outside_q[i] <= used[i] && (beyond_q || extent_q >= limit);
      end
    end
  end

  // The verdict, in the order of the error codes.
  error_e              error, error_q;
  logic [2:0]          operand, operand_q;
  logic                bad_choice, bad_list, list_outside;

  function automatic logic [2:0] lowest(logic [Matrices-1:0] which);
    return which[0] ? 3'd1 : which[1] ? 3'd2 : which[2] ? 3'd3 : which[3] ? 3'd4 : 3'd5;
  endfunction

  always_comb begin
    bad_choice = insn_q.combine > CombineDropout || insn_q.apply > 4'(ApplyRsqrt) ||
        insn_q.reduce > ReduceMax || insn_q.order > OrderFree ||
        (!insn_q.write_d && !insn_q.write_e) ||
        (insn_q.reduce != ReduceNone && !insn_q.write_e);
    // What does not go together with a list.
    bad_list = a_is != OperandMatrix || !(b_is inside {OperandRow, OperandConstant}) ||
        c_is == OperandColumn || insn_q.trans_a || insn_q.trans_b || insn_q.trans_c ||
        insn_q.trans_d || insn_q.stochastic || insn_q.combine == CombineDropout ||
        insn_q.write_e || insn_q.reduce != ReduceNone;
    list_outside = {1'b0, insn_q.rows} + 33'({insn_q.list_fours, 2'd0}) > 33'(ListEntries);
    error = ErrorNone;
    operand = 3'd0;
    if (step_q != 4'd10) begin
      // Nothing to judge.
    end else if (insn_q.rows == '0 || insn_q.cols == '0 ||
                 (insn_q.listed && (insn_q.e_rows == '0 || insn_q.stream == '0))) begin
      error = ErrorZeroSize;
    end else if (misaligned_q != '0) begin
      error = ErrorMisaligned;
      operand = lowest(misaligned_q);
    end else if (outside_q != '0) begin
      error = ErrorOutOfRange;
      operand = lowest(outside_q);
    end else if (insn_q.listed && list_outside) begin
      error = ErrorOutOfRange;
      operand = 3'd6;
    end else if (overlaps_q != '0) begin
      error = ErrorOverlap;
      operand = lowest(overlaps_q);
    end else if (bad_choice || (insn_q.listed && bad_list)) begin
      error = ErrorChoice;
    end
  end

  function automatic vector_source_t source(operand_e is, logic [31:0] address,
                                            logic [StrideW-1:0] row_tiles, logic transposed);
    vector_source_t s;
    s.is = is;
    s.transposed = transposed;
    s.accumulator = address[31];
    s.tile = TileWidth'(tile_of(address));
    s.row_step = transposed ? TileWidth'(1) : TileWidth'(row_tiles);
    s.col_step = transposed ? TileWidth'(row_tiles) : TileWidth'(1);
    if (is == OperandRow) s.row_step = '0;
    if (is == OperandColumn) s.col_step = '0;
    return s;
  endfunction

  function automatic vector_target_t target(logic [31:0] address, logic [StrideW-1:0] row_tiles,
                                            logic transposed);
    vector_target_t t;
    t.transposed = transposed;
    t.accumulator = address[31];
    t.tile = TileWidth'(tile_of(address));
    t.stride = TileWidth'(row_tiles);
    return t;
  endfunction

  always_comb begin
    vector_o = 'x;
    if (valid_o) begin
      vector_o.listed = insn_q.listed;
      vector_o.list_quad = insn_q.list_fours[QuadWidth-1:0];
      vector_o.rows = insn_q.rows;
      vector_o.cols = insn_q.cols;
      vector_o.a = source(a_is, insn_q.a, insn_q.a_rows, insn_q.trans_a);
      vector_o.b = source(b_is, insn_q.b, insn_q.b_rows, insn_q.trans_b);
      vector_o.c = source(c_is, insn_q.c, insn_q.c_rows, insn_q.trans_c);
      vector_o.d = target(insn_q.d, insn_q.d_rows, insn_q.trans_d);
      vector_o.e = target(insn_q.e, insn_q.e_rows, 1'b0);
      vector_o.combine = combine_e'(insn_q.combine);
      vector_o.apply = apply_e'(insn_q.apply[2:0]);
      vector_o.reduce = reduce_e'(insn_q.reduce);
      vector_o.write_d = insn_q.write_d;
      vector_o.write_e = insn_q.write_e;
      vector_o.stochastic = insn_q.stochastic;
      vector_o.order = order_e'(insn_q.order);
      vector_o.stream = insn_q.stream;
      vector_o.b_constant = insn_q.b_constant;
      vector_o.c_constant = insn_q.c_constant;
      vector_o.seed = uses_c ? insn_q.seed : insn_q.seed ^ insn_q.c;
    end
  end

  assign ready_o = step_q == 4'd0;
  assign valid_o = step_q == 4'd11;
  assign error_o = error_q;
  assign operand_o = operand_q;

  always_comb begin
    unique case (step_q)
      4'd0:    step_d = valid_i ? 4'd1 : 4'd0;
      4'd11:   step_d = ready_i ? 4'd0 : 4'd11;
      default: step_d = step_q + 4'd1;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) insn_q <= insn_i;
    if (step_q == 4'd10) begin
      error_q <= error;
      operand_q <= operand;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) step_q <= '0;
    else step_q <= step_d;
  end

endmodule
