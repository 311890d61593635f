// SPDX-License-Identifier: Apache-2.0
// What becomes of the lines that the ALU delivers: D and its copy E wait in a queue for local
// memory; the reductions of a row of tiles are collected to one column of E.
//
// Results cannot wait, so the sequencer keeps count of the lines (lines_done_o) and rows of tiles
// (reduce_o) under way. D is written through port 0, E through port 1, if there is one; both are
// binary32 in accumulator memory and bfloat16 in operand memory.
// Latency: 2 cycles from a result to its write, 7 log2(N) + 10 from the last line of a row of
// tiles to the write of its reductions, more with fewer Adders (row_reduce, serial_reduce).
// Throughput: one line a cycle, where it is reduced that of row_reduce or serial_reduce.
`include "gradcore_assert.svh"
module vector_results
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Adders = N / 2,  // of row_reduce; 0: serial_reduce
  parameter int unsigned Lines = 64,
  parameter int unsigned RowsOfTiles = 8,
  parameter bit          OnePort = 1'b0  // writes everything through port 0, for few lanes
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            valid_i,
  input  vector_tag_t     tag_i,
  input  vector_context_t context_i [2],
  input  logic [31:0]     data_i    [N],
  input  logic [15:0]     rounded_i [N],  // in bfloat16

  output logic            write_valid_o [2],
  input  logic            write_ready_i [2],
  output place_t          write_place_o [2],
  output logic [N-1:0]    write_mask_o  [2],
  output logic [31:0]     write_data_o  [2*N],

  output logic [1:0]      lines_done_o,
  output progress_t       main_o,
  output progress_t       reduce_o
);

  function automatic logic [N-1:0] first_lanes(logic [CountWidth-1:0] count);
    return ~({N{1'b1}} << count);
  endfunction

  vector_context_t now;
  logic            to_main, to_reduce;
  assign now = context_i[tag_i.slot];
  assign to_main = valid_i && uses_main(now);
  assign to_reduce = valid_i && now.reduce != ReduceNone;

  // --- D and its copy -------------------------------------------------------------------------

  typedef struct packed {
    logic                  slot;
    logic [IdxWidth-1:0]   idx;
    logic [CountWidth-1:0] count;
    logic                  last_in_row;  // of the row of tiles
    logic                  last_rows;
    logic                  write_d;
    logic                  write_e;
    logic                  d_transposed;
    logic                  d_accumulator;
    logic                  e_accumulator;
    logic [TileWidth-1:0]  d;
    logic [TileWidth-1:0]  e;
  } entry_t;
  entry_t entry, head;
  logic   head_valid, pop;

  assign entry = '{slot: tag_i.slot, idx: tag_i.idx, count: tag_i.count,
                   last_in_row: tag_i.last_row && tag_i.last_tile, last_rows: tag_i.last_rows,
                   write_d: now.write_d, write_e: now.write_e && now.reduce == ReduceNone,
                   d_transposed: now.d_transposed, d_accumulator: now.d_accumulator,
                   e_accumulator: now.e_accumulator,
                   d: tag_i.d, e: tag_i.e};

  logic [31:0] head_data    [N];
  logic [15:0] head_rounded [N];

  line_fifo #(
    .Lanes(N),
    .Width(32),
    .WordWidth($bits(entry_t)),
    .Depth(Lines)
  ) u_lines (
    .clk_i,
    .rst_ni,
    .valid_i(to_main),
    .data_i,
    .word_i(entry),
    .valid_o(head_valid),
    .ready_i(pop),
    .data_o(head_data),
    .word_o(head)
  );

  logic unused_valid, unused_word;
  line_fifo #(
    .Lanes(N),
    .Width(16),
    .WordWidth(1),
    .Depth(Lines)
  ) u_rounded (
    .clk_i,
    .rst_ni,
    .valid_i(to_main),
    .data_i(rounded_i),
    .word_i(1'b0),
    .valid_o(unused_valid),
    .ready_i(pop),
    .data_o(head_rounded),
    .word_o(unused_word)
  );

  // --- Reductions -----------------------------------------------------------------------------

  logic                reduced_valid;
  logic [IdxWidth-1:0] reduced_row;
  logic [31:0]         reduced;

  if (Adders == 0) begin : gen_serial
    serial_reduce #(
      .N(N)
    ) u_row_reduce (
      .clk_i,
      .rst_ni,
      .valid_i(to_reduce),
      .max_i(now.reduce == ReduceMax),
      .count_i(tag_i.count),
      .row_i(tag_i.idx),
      .first_i(tag_i.first_tile),
      .last_i(tag_i.last_tile),
      .data_i,
      .valid_o(reduced_valid),
      .row_o(reduced_row),
      .data_o(reduced)
    );
  end else begin : gen_tree
    row_reduce #(
      .N(N),
      .Adders(Adders)
    ) u_row_reduce (
      .clk_i,
      .rst_ni,
      .valid_i(to_reduce),
      .max_i(now.reduce == ReduceMax),
      .count_i(tag_i.count),
      .row_i(tag_i.idx),
      .first_i(tag_i.first_tile),
      .last_i(tag_i.last_tile),
      .data_i,
      .valid_o(reduced_valid),
      .row_o(reduced_row),
      .data_o(reduced)
    );
  end

  // Rows of tiles whose last line has gone in there.
  typedef struct packed {
    logic                  slot;
    logic                  last_rows;
    logic                  accumulator;
    logic [CountWidth-1:0] rows;
    logic [TileWidth-1:0]  tile;
  } column_t;
  column_t column, collecting, column_head;
  logic    collecting_valid, collecting_ready, complete, collected, columns_ready, column_valid;
  logic    column_written;

  assign column = '{slot: tag_i.slot, last_rows: tag_i.last_rows, accumulator: now.e_accumulator,
                    rows: tag_i.rows, tile: tag_i.e};

  sync_fifo #(
    .Width($bits(column_t)),
    .Depth(RowsOfTiles)
  ) u_collecting (
    .clk_i,
    .rst_ni,
    .valid_i(to_reduce && tag_i.last_tile && tag_i.idx == '0),
    .ready_o(collecting_ready),
    .data_i(column),
    .valid_o(collecting_valid),
    .ready_i(collected),
    .data_o(collecting)
  );

  logic [31:0] collected_q [N];
  logic [31:0] column_data [N];

  assign complete = reduced_valid && CountWidth'(reduced_row) + 1'b1 == collecting.rows;

  // As it will be written.
  logic [31:0] reduced_lane [1];
  logic [15:0] reduced_half [1];
  logic [15:0] no_random    [1];
  logic [31:0] written;
  assign reduced_lane[0] = reduced;
  assign no_random[0] = '0;
  assign written = collecting.accumulator ? reduced : {reduced_half[0], 16'd0};

  fp32_to_bf16 #(
    .Lanes(1)
  ) u_round_reduced (
    .valid_i(reduced_valid),
    .stochastic_i(1'b0),
    .random_i(no_random),
    .data_i(reduced_lane),
    .data_o(reduced_half)
  );

  always_ff @(posedge clk_i) begin
    if (reduced_valid) collected_q[reduced_row[$clog2(N)-1:0]] <= written;
  end

  if (Adders == 0) begin : gen_lines
    // Rows are cycles apart: the last one is collected before the column goes on, to block RAM.
    logic complete_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) complete_q <= 1'b0;
      else complete_q <= complete;
    end
    assign collected = complete_q;
    assign columns_ready = 1'b1;

    line_fifo #(
      .Lanes(N),
      .Width(32),
      .WordWidth($bits(column_t)),
      .Depth(RowsOfTiles)
    ) u_columns (
      .clk_i,
      .rst_ni,
      .valid_i(collected),
      .data_i(collected_q),
      .word_i(collecting),
      .valid_o(column_valid),
      .ready_i(column_written),
      .data_o(column_data),
      .word_o(column_head)
    );
  end else begin : gen_at_once
    logic [N*32-1:0] back_data, front_data;
    assign collected = complete;

    always_comb begin
      back_data = 'x;
      if (complete) begin
        for (int unsigned i = 0; i < N; i++) begin
          back_data[i*32+:32] = (i == 32'(reduced_row)) ? written : collected_q[i];
        end
      end
      for (int unsigned i = 0; i < N; i++) column_data[i] = front_data[i*32+:32];
    end

    sync_fifo #(
      .Width(N * 32 + $bits(column_t)),
      .Depth(RowsOfTiles)
    ) u_columns (
      .clk_i,
      .rst_ni,
      .valid_i(complete),
      .ready_o(columns_ready),
      .data_i({back_data, collecting}),
      .valid_o(column_valid),
      .ready_i(column_written),
      .data_o({front_data, column_head})
    );
  end

  // --- Writing --------------------------------------------------------------------------------

  logic d_done_q, e_done_q;  // of the head
  logic d_wants, e_wants, d_written, e_written;
  assign d_wants = head_valid && head.write_d && !d_done_q;
  assign e_wants = head_valid && head.write_e && !e_done_q;
  assign pop = head_valid && (!d_wants || d_written) && (!e_wants || e_written);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      d_done_q <= 1'b0;
      e_done_q <= 1'b0;
    end else begin
      d_done_q <= !pop && (d_done_q || d_written);
      e_done_q <= !pop && (e_done_q || e_written);
    end
  end

  place_t d_place, e_place, column_place;
  assign d_place = '{accumulator: head.d_accumulator,
                     line: '{tile: head.d, idx: head.idx, by_col: head.d_transposed}};
  assign e_place = '{accumulator: head.e_accumulator,
                     line: '{tile: head.e, idx: head.idx, by_col: 1'b0}};
  assign column_place = '{accumulator: column_head.accumulator,
                          line: '{tile: column_head.tile, idx: '0, by_col: 1'b1}};

  if (OnePort) begin : gen_one_port
    // D goes first, then reductions, then the copy.
    logic column_turn, accumulator;
    assign column_turn = column_valid && !d_wants;
    assign accumulator = d_wants ? head.d_accumulator : head.e_accumulator;
    assign d_written = d_wants && write_ready_i[0];
    assign column_written = column_turn && write_ready_i[0];
    assign e_written = e_wants && !d_wants && !column_valid && write_ready_i[0];
    assign write_valid_o = '{d_wants || column_valid || e_wants, 1'b0};
    assign write_place_o = '{column_turn ? column_place : d_wants ? d_place : e_place, '0};
    assign write_mask_o = '{first_lanes(column_turn ? column_head.rows : head.count), '0};

    always_comb begin
      for (int unsigned i = 0; i < N; i++) begin
        write_data_o[i] = column_turn ? column_data[i]
                                      : accumulator ? head_data[i] : {head_rounded[i], 16'd0};
        write_data_o[N+i] = '0;
      end
    end
  end else begin : gen_two_ports
    assign d_written = d_wants && write_ready_i[0];
    assign column_written = column_valid && write_ready_i[1];
    assign e_written = e_wants && !column_valid && write_ready_i[1];
    assign write_valid_o = '{d_wants, column_valid || e_wants};
    assign write_place_o = '{d_place, column_valid ? column_place : e_place};
    assign write_mask_o = '{first_lanes(head.count),
                            first_lanes(column_valid ? column_head.rows : head.count)};

    always_comb begin
      write_data_o = '{default: 'x};
      if (d_wants) begin
        for (int unsigned i = 0; i < N; i++) begin
          write_data_o[i] = head.d_accumulator ? head_data[i] : {head_rounded[i], 16'd0};
        end
      end
      if (column_valid) begin
        for (int unsigned i = 0; i < N; i++) write_data_o[N+i] = column_data[i];
      end else if (e_wants) begin
        for (int unsigned i = 0; i < N; i++) begin
          write_data_o[N+i] = head.e_accumulator ? head_data[i] : {head_rounded[i], 16'd0};
        end
      end
    end
  end

  assign lines_done_o = 2'(pop) + 2'(valid_i && !to_main);
  assign main_o = '{row: pop && head.last_in_row, last: pop && head.last_in_row && head.last_rows,
                    slot: head.slot};
  assign reduce_o = '{row: column_written, last: column_written && column_head.last_rows,
                      slot: column_head.slot};

  `GC_ASSERT(ColumnsHaveRoom, columns_ready || !collected)
  `GC_ASSERT(CollectingHasRoom,
             collecting_ready || !(to_reduce && tag_i.last_tile && tag_i.idx == '0))
  `GC_ASSERT(CollectingKnown, collecting_valid || !reduced_valid)

endmodule
