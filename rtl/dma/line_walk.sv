// SPDX-License-Identifier: Apache-2.0
// Cuts a transfer into lines of local memory: rows ascending, within a row lines ascending.
//
// Rows of an indexed transfer wait for what is known of them (row_i). One that is none in DRAM has
// no lines; but if it is the last, and without SkipRows, it has some that say so. One that is bad
// is the last.
// Latency 2. Throughput: one line a cycle, also from one transfer to the next. Backpressure:
// valid/ready everywhere; ready_o depends on ready_i.
module line_walk
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter bit SkipRows = 1'b0
) (
  input  logic      clk_i,
  input  logic      rst_ni,

  input  logic      valid_i,
  output logic      ready_o,
  input  transfer_t transfer_i,
  input  logic      row_valid_i,
  output logic      row_ready_o,
  input  dma_row_t  row_i,

  output logic      valid_o,
  input  logic      ready_i,
  output dma_line_t line_o
);

  transfer_t              transfer_q;  // rows: those left, with this one
  logic                   active_q, adjoining_q;
  logic                   first_row_q, first_line_q;
  logic [31:0]            left_q;  // columns from this line on
  logic [TileWidth-1:0]   tile_q, row_tile_q, next_row_tile;
  logic [IdxWidth-1:0]    idx_q;
  logic [IdxWidth:0]      next_idx;
  logic [OffsetWidth-1:0] offset_q;
  logic                   indexed, none, last_row, skip;
  logic                   row_end, matrix_end, tile_end, take, room, emit, step;
  dma_line_t              line;
  logic [33:0]            row_bytes;

  assign row_bytes = transfer_i.format == FormatFp32 ? {transfer_i.cols, 2'd0}
                                                     : {1'b0, transfer_i.cols, 1'b0};
  assign indexed = transfer_q.indexed;
  assign none = indexed && row_i.none;
  assign last_row = transfer_q.rows == 32'd1 || (indexed && row_i.bad);
  assign skip = none && (SkipRows || !last_row);
  assign row_end = left_q <= 32'(N) || skip;
  assign matrix_end = row_end && last_row;
  assign next_idx = {1'b0, idx_q} + {1'b0, transfer_q.idx_step};
  assign tile_end = next_idx >= (IdxWidth + 1)'(N);
  assign next_row_tile = row_tile_q + transfer_q.tile_step +
      (transfer_q.row_step & {TileWidth{tile_end}});

  assign line = '{
    to_list: transfer_q.to_list,
    none: none,
    bad: indexed && row_i.bad,
    place: '{accumulator: transfer_q.accumulator,
             line: '{tile: tile_q, idx: idx_q, by_col: 1'b0}},
    count: left_q <= 32'(N) ? left_q[CountWidth-1:0] : CountWidth'(N),
    format: transfer_q.format,
    fresh: first_line_q && (!adjoining_q || first_row_q),
    offset: indexed ? row_i.offset : offset_q,
    span_end: row_end && (!adjoining_q || matrix_end),
    last: matrix_end
  };
  assign room = !valid_o || ready_i;
  assign emit = active_q && !skip && (!indexed || row_valid_i) && room;
  assign step = emit || (active_q && skip && row_valid_i);
  assign row_ready_o = step && indexed && row_end;
  assign ready_o = !active_q || (matrix_end && step);
  assign take = valid_i && ready_o;

  always_ff @(posedge clk_i) begin
    if (take) begin
      transfer_q <= transfer_i;
      adjoining_q <= 34'(transfer_i.pitch) == row_bytes && !transfer_i.indexed;
      first_row_q <= 1'b1;
      first_line_q <= 1'b1;
      left_q <= transfer_i.cols;
      tile_q <= transfer_i.tile;
      row_tile_q <= transfer_i.tile;
      idx_q <= transfer_i.idx;
      offset_q <= transfer_i.address[OffsetWidth:1];
    end else if (step) begin
      first_line_q <= row_end;
      if (row_end) begin
        transfer_q.rows <= transfer_q.rows - 32'd1;
        first_row_q <= 1'b0;
        left_q <= transfer_q.cols;
        tile_q <= transfer_q.to_list ? tile_q + left_q[TileWidth-1:0] : next_row_tile;
        row_tile_q <= next_row_tile;
        idx_q <= IdxWidth'(next_idx & (IdxWidth + 1)'(N - 1));
        offset_q <= offset_q + transfer_q.pitch[OffsetWidth:1];
      end else begin
        left_q <= left_q - 32'(N);
        tile_q <= tile_q + (transfer_q.to_list ? TileWidth'(N) : TileWidth'(1));
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (emit) line_o <= line;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      valid_o <= 1'b0;
    end else begin
      if (ready_o) active_q <= valid_i;
      if (room) valid_o <= emit;
    end
  end

endmodule
