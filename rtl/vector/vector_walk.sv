// SPDX-License-Identifier: Apache-2.0
// Walks the lines of an instruction that is not listed: rows of tiles, in each its tiles, in each
// its rows.
//
// start_i takes an instruction; line_o is there from the cycle after it on, and the next one in the
// cycle after admit_i. The slot in its tag is the user's.
module vector_walk
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Distance = 8  // of a row's lines in row_reduce
) (
  input  logic         clk_i,

  input  logic         start_i,
  input  vector_t      insn_i,   // with start_i
  input  vector_t      insn_q_i, // the same from then on
  input  logic         admit_i,
  output vector_line_t line_o,
  output logic         first_o,  // line_o begins a row of tiles
  output logic         last_o    // it is the last one
);

  localparam int unsigned IdxW = $clog2(N);

  logic [31:0]           rows_q, cols_q;           // left, the current tile's included
  logic                  last_tile_q, last_rows_q; // no tile after this in its row; no row of tiles
  logic                  only_tile_q, first_tile_q, b_is_a_q;
  logic                  fresh_q;                  // no line has been admitted
  logic [IdxWidth-1:0]   idx_q;
  logic [CountWidth-1:0] tile_rows, tile_cols;
  logic                  last_row, other_row;

  // Tiles at the beginning of the row of tiles, and current.
  logic [TileWidth-1:0] a_row_q, b_row_q, c_row_q, d_row_q, e_row_q;
  logic [TileWidth-1:0] a_q, b_q, c_q, d_q, e_q;
  logic [31:0]          number_row_q, number_tile_q, number_q;

  assign tile_rows = last_rows_q ? rows_q[CountWidth-1:0] : CountWidth'(N);
  assign tile_cols = last_tile_q ? cols_q[CountWidth-1:0] : CountWidth'(N);
  assign last_row = CountWidth'(idx_q) + 1'b1 == tile_rows;
  assign first_o = first_tile_q && idx_q == '0;
  assign last_o = last_row && last_tile_q && last_rows_q;

  // A source that is the same for all rows (columns) of tiles does not step along them.
  function automatic logic [TileWidth-1:0] row_step(vector_source_t source);
    return (source.is == OperandRow) ? '0 : source.row_step;
  endfunction
  function automatic logic [TileWidth-1:0] col_step(vector_source_t source);
    return (source.is == OperandColumn) ? '0 : source.col_step;
  endfunction

  logic [TileWidth-1:0] d_row_step, d_col_step;
  assign d_row_step = insn_q_i.d.transposed ? TileWidth'(1) : insn_q_i.d.stride;
  assign d_col_step = insn_q_i.d.transposed ? insn_q_i.d.stride : TileWidth'(1);

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      rows_q <= insn_i.rows;
      cols_q <= insn_i.cols;
      last_rows_q <= (insn_i.rows <= N);
      last_tile_q <= (insn_i.cols <= N);
      only_tile_q <= (insn_i.cols <= N);
      b_is_a_q <= insn_i.b == insn_i.a;
      fresh_q <= 1'b1;
      first_tile_q <= 1'b1;
      idx_q <= '0;
      a_row_q <= insn_i.a.tile;
      b_row_q <= insn_i.b.tile;
      c_row_q <= insn_i.c.tile;
      d_row_q <= insn_i.d.tile;
      e_row_q <= insn_i.e.tile;
      a_q <= insn_i.a.tile;
      b_q <= insn_i.b.tile;
      c_q <= insn_i.c.tile;
      d_q <= insn_i.d.tile;
      e_q <= insn_i.e.tile;
      number_row_q <= '0;
      number_tile_q <= '0;
      number_q <= '0;
    end else if (admit_i) begin
      fresh_q <= 1'b0;
      if (!last_row) begin
        idx_q <= idx_q + 1'b1;
        number_q <= number_q + insn_q_i.cols;
      end else begin
        idx_q <= '0;
        if (!last_tile_q) begin
          first_tile_q <= 1'b0;
          cols_q <= cols_q - N;
          last_tile_q <= (cols_q <= 2 * N);
          a_q <= a_q + col_step(insn_q_i.a);
          b_q <= b_q + col_step(insn_q_i.b);
          c_q <= c_q + col_step(insn_q_i.c);
          d_q <= d_q + d_col_step;
          if (insn_q_i.reduce == ReduceNone) e_q <= e_q + 1'b1;
          number_tile_q <= number_tile_q + N;
          number_q <= number_tile_q + N;
        end else begin
          first_tile_q <= 1'b1;
          cols_q <= insn_q_i.cols;
          last_tile_q <= only_tile_q;
          rows_q <= rows_q - N;
          last_rows_q <= (rows_q <= 2 * N);
          a_row_q <= a_row_q + row_step(insn_q_i.a);
          b_row_q <= b_row_q + row_step(insn_q_i.b);
          c_row_q <= c_row_q + row_step(insn_q_i.c);
          d_row_q <= d_row_q + d_row_step;
          e_row_q <= e_row_q + insn_q_i.e.stride;
          a_q <= a_row_q + row_step(insn_q_i.a);
          b_q <= b_row_q + row_step(insn_q_i.b);
          c_q <= c_row_q + row_step(insn_q_i.c);
          d_q <= d_row_q + d_row_step;
          e_q <= e_row_q + insn_q_i.e.stride;
          number_row_q <= number_row_q + (insn_q_i.cols << IdxW);
          number_tile_q <= number_row_q + (insn_q_i.cols << IdxW);
          number_q <= number_row_q + (insn_q_i.cols << IdxW);
        end
      end
    end
  end

  function automatic place_t place(vector_source_t source, logic [TileWidth-1:0] tile,
                                   logic [IdxWidth-1:0] idx);
    return '{accumulator: source.accumulator,
             line: '{tile: tile, idx: (source.is == OperandMatrix) ? idx : '0,
                     by_col: source.transposed ^ (source.is == OperandColumn)}};
  endfunction

  // The line is the first one under its piece of a row.
  assign other_row = idx_q == '0 && (fresh_q || !only_tile_q);

  function automatic logic needs(vector_source_t source, logic new_row, logic new_column);
    unique case (source.is)
      OperandMatrix: return 1'b1;
      OperandRow:    return new_row;
      OperandColumn: return new_column;
      default:       return 1'b0;
    endcase
  endfunction

  always_comb begin
    line_o.tag.slot = 1'b0;
    line_o.tag.idx = idx_q;
    line_o.tag.count = tile_cols;
    line_o.tag.rows = tile_rows;
    line_o.tag.first_tile = first_tile_q;
    line_o.tag.last_tile = last_tile_q;
    line_o.tag.last_row = last_row;
    line_o.tag.last_rows = last_rows_q;
    line_o.tag.d = d_q;
    line_o.tag.e = e_q;
    line_o.number = number_q;
    line_o.a = place(insn_q_i.a, a_q, idx_q);
    line_o.b = place(insn_q_i.b, b_q, idx_q);
    line_o.c = place(insn_q_i.c, c_q, idx_q);
    line_o.need = {needs(insn_q_i.c, other_row, first_o),
                   needs(insn_q_i.b, other_row, first_o) && !b_is_a_q,
                   needs(insn_q_i.a, other_row, first_o)};
    line_o.c_zero = 1'b0;
    line_o.short_tile = insn_q_i.reduce != ReduceNone && last_row && !last_tile_q &&
        32'(tile_rows) < Distance;
  end

endmodule
