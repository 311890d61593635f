// SPDX-License-Identifier: Apache-2.0
// Walks the lines of a listed instruction: entries of list memory, in each its tiles. An entry is a
// row of a and, in the 15 bits above it, a row of D and c; where its highest bit is set, c is +0.
// One of 32 ones is passed over.
//
// start_i takes an instruction, while none is in work. line_o may be admitted while valid_o is high
// (admit_i); it does not come before all lines of an earlier entry with the same row of D are
// written, where c is read by rows. written_i: an entry has been, in their order.
// An entry whose rows do not exist ends the walk: nothing of it and behind it is admitted, and
// fault_o tells until the next start. done_o: all that has been admitted is written, and no more
// will be. The instruction is the user's to keep, from the cycle after start_i until walked_o.
// Latency: 7 cycles to the first line. Throughput: one line a cycle; an entry that is none takes
// one, too. list_data_i come in the cycle after list_valid_o and list_ready_i.
`include "gradcore_assert.svh"
module vector_list
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Lines = 64  // under way at most; a power of two
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 start_i,
  input  vector_t              insn_i,

  output logic                 list_valid_o,
  input  logic                 list_ready_i,
  output logic [QuadWidth-1:0] list_quad_o,
  input  logic [31:0]          list_data_i [QuadEntries],

  output logic                 valid_o,
  output vector_line_t         line_o,
  output logic                 first_o,   // none before it has been admitted
  input  logic                 admit_i,
  output logic                 walked_o,  // for a cycle: no line will follow
  input  logic                 written_i,
  output logic                 done_o,
  output list_fault_t          fault_o
);

  localparam int unsigned IdxW = $clog2(N);
  localparam int unsigned LeftW = ListWidth + 1;
  localparam int unsigned PtrW = $clog2(Lines);
  localparam int unsigned RowW = 16;  // of a row's number

  logic begin_q, walking_q, drop_q, bad_q;  // drop: an entry was bad, what follows does not count
  logic move;                               // entries move on, stage by stage

  // --- Entries of the list: two reads of four ahead --------------------------------------------

  logic [QuadWidth-1:0] quad_q;
  logic [LeftW-1:0]     ask_left_q, left_q;  // entries to be asked for, to be taken
  logic [1:0]           held_q;              // reads that are on their way or in the queue
  logic                 granted, coming_q, quads_ready, quads_valid, take, quad_end;
  logic [1:0]           index_q;
  logic [127:0]         coming, quads;
  logic [31:0]          entry;

  // In the first cycle counts are still those of a walk that a reset may have ended anywhere.
  assign list_valid_o = walking_q && !begin_q && ask_left_q != '0 && held_q != 2'd2;
  assign list_quad_o = quad_q;
  assign granted = list_valid_o && list_ready_i;
  for (genvar i = 0; i < QuadEntries; i++) begin : gen_entry
    assign coming[32*i+:32] = list_data_i[i];
  end

  sync_fifo #(
    .Width(128),
    .Depth(2)
  ) u_quads (
    .clk_i,
    .rst_ni,
    .valid_i(coming_q),
    .ready_o(quads_ready),
    .data_i(coming),
    .valid_o(quads_valid),
    .ready_i(quad_end),
    .data_o(quads)
  );

  assign entry = quads[32*index_q+:32];
  assign take = quads_valid && left_q != '0 && move;
  assign quad_end = take && (index_q == '1 || left_q == LeftW'(1));

  always_ff @(posedge clk_i) begin
    if (begin_q) begin
      quad_q <= insn_i.list_quad;
      ask_left_q <= insn_i.rows[LeftW-1:0];
      left_q <= insn_i.rows[LeftW-1:0];
      index_q <= '0;
    end else begin
      if (granted) begin
        quad_q <= quad_q + 1'b1;
        ask_left_q <= ask_left_q > LeftW'(QuadEntries) ? ask_left_q - LeftW'(QuadEntries) : '0;
      end
      if (take) begin
        left_q <= left_q - 1'b1;
        index_q <= quad_end ? '0 : index_q + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= '0;
      coming_q <= 1'b0;
    end else begin
      held_q <= held_q + 2'(granted) - 2'(quad_end);
      coming_q <= granted;
    end
  end

  // --- Stage 1: an entry. Stage 2: its rows of tiles, and whether they exist --------------------

  logic                 valid1_q, valid2_q, outside_q;
  logic [31:0]          entry1_q, entry2_q;
  logic [ListWidth-1:0] position_q, position1_q, position2_q;
  logic [TileWidth-1:0] a_product_q, c_product_q, d_product_q;
  logic [RowW-1:0]      source, target;
  assign source = entry1_q[RowW-1:0];
  assign target = target_of(entry1_q);

  function automatic logic [RowW-1:0] target_of(logic [31:0] word);
    return {1'b0, word[30:RowW]};
  endfunction

  function automatic logic [TileWidth-1:0] row_tiles(logic [RowW-1:0] row,
                                                     logic [TileWidth-1:0] step);
    return TileWidth'(32'(row[RowW-1:IdxW]) * 32'(step[RowW-1:0]));
  endfunction

  always_ff @(posedge clk_i) begin
    if (begin_q) position_q <= '0;
    else if (take) position_q <= position_q + 1'b1;
    if (walking_q && move) begin
      entry1_q <= entry;
      position1_q <= position_q;
      entry2_q <= entry1_q;
      position2_q <= position1_q;
      outside_q <= source >= insn_i.e.stride[RowW-1:0] || target >= insn_i.stream;
      a_product_q <= row_tiles(source, insn_i.a.row_step);
      c_product_q <= row_tiles(target, insn_i.c.row_step);
      d_product_q <= row_tiles(target, insn_i.d.stride);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
    end else if (move) begin
      valid1_q <= take && entry != NoRow;
      valid2_q <= valid1_q;
    end
  end

  // --- Entries under way, by their row of D, in a ring ------------------------------------------

  logic [RowW-1:0]  row_q [Lines];
  logic [Lines-1:0] under_way_q, same;
  logic [PtrW-1:0]  next_q, oldest_q;
  logic             enter, valid_q, first_tile_q, last_tile_q, waits_q, by_rows;
  logic [PtrW-1:0]  behind_q, behind;  // which entry the current one waits for
  logic [RowW-1:0]  target_q;
  logic [RowW-1:0]  target2;

  assign target2 = target_of(entry2_q);
  assign by_rows = insn_i.c.is == OperandMatrix;
  assign enter = admit_i && first_tile_q;
  assign move = !valid_q || (admit_i && last_tile_q);

  // Of the entries under way at most one has the row of the next entry: who came after it waited.
  always_comb begin
    same = '0;
    behind = '0;
    if (valid2_q && by_rows) begin
      for (int unsigned i = 0; i < Lines; i++) begin
        same[i] = row_q[i] == target2 && under_way_q[i] &&
            !(written_i && PtrW'(i) == oldest_q);
        if (same[i]) behind = behind | PtrW'(i);
      end
      // The current one enters at next_q, if it has not yet.
      if (valid_q && target_q == target2) begin
        same[0] = 1'b1;
        behind = first_tile_q ? next_q : next_q - 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (enter) row_q[next_q] <= target_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      under_way_q <= '0;
      next_q <= '0;
      oldest_q <= '0;
      waits_q <= 1'b0;
    end else begin
      if (enter) begin
        under_way_q[next_q] <= 1'b1;
        next_q <= next_q + 1'b1;
      end
      if (written_i) begin
        under_way_q[oldest_q] <= 1'b0;
        oldest_q <= oldest_q + 1'b1;
      end
      if (move) waits_q <= same != '0;
      else if (written_i && oldest_q == behind_q) waits_q <= 1'b0;
    end
  end

  // --- The current entry, tile by tile ----------------------------------------------------------

  logic [31:0]          cols_q;
  logic [TileWidth-1:0] a_q, b_q, c_q, d_q;
  logic [IdxWidth-1:0]  source_idx_q, target_idx_q;
  logic                 only_tile, fresh_q, other_row, found, c_zero_q;
  assign only_tile = insn_i.cols <= N;
  assign found = valid2_q && move && outside_q && !drop_q;

  always_ff @(posedge clk_i) begin
    if (walking_q && move) begin
      behind_q <= behind;
      target_q <= target2;
      c_zero_q <= entry2_q[31];
      cols_q <= insn_i.cols;
      last_tile_q <= only_tile;
      first_tile_q <= 1'b1;
      a_q <= insn_i.a.tile + a_product_q;
      b_q <= insn_i.b.tile;
      c_q <= insn_i.c.tile + c_product_q;
      d_q <= insn_i.d.tile + d_product_q;
      source_idx_q <= IdxWidth'(entry2_q[IdxW-1:0]);
      target_idx_q <= IdxWidth'(target2[IdxW-1:0]);
    end else if (admit_i) begin
      first_tile_q <= 1'b0;
      cols_q <= cols_q - N;
      last_tile_q <= cols_q <= 2 * N;
      a_q <= a_q + 1'b1;
      b_q <= b_q + 1'b1;
      c_q <= c_q + 1'b1;
      d_q <= d_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      fresh_q <= 1'b0;
    end else begin
      if (move) valid_q <= valid2_q && !outside_q && !drop_q;
      if (begin_q) fresh_q <= 1'b1;
      else if (admit_i) fresh_q <= 1'b0;
    end
  end

  function automatic place_t place(vector_source_t from, logic [TileWidth-1:0] tile,
                                   logic [IdxWidth-1:0] idx);
    return '{accumulator: from.accumulator,
             line: '{tile: tile, idx: (from.is == OperandMatrix) ? idx : '0, by_col: 1'b0}};
  endfunction

  // A source that is a row is read anew for each of several tiles.
  assign other_row = fresh_q || !only_tile;
  assign valid_o = valid_q && !waits_q;
  assign first_o = fresh_q;

  always_comb begin
    line_o = '0;
    line_o.tag.idx = target_idx_q;
    line_o.tag.count = last_tile_q ? cols_q[CountWidth-1:0] : CountWidth'(N);
    line_o.tag.first_tile = first_tile_q;
    line_o.tag.last_tile = last_tile_q;
    line_o.tag.last_row = 1'b1;
    line_o.tag.d = d_q;
    line_o.a = place(insn_i.a, a_q, source_idx_q);
    line_o.b = place(insn_i.b, b_q, '0);
    line_o.c = place(insn_i.c, c_q, target_idx_q);
    line_o.c_zero = c_zero_q;
    line_o.need = {(insn_i.c.is == OperandMatrix && !c_zero_q) ||
                       (insn_i.c.is == OperandRow && other_row),
                   insn_i.b.is == OperandRow && other_row, 1'b1};
  end

  // --- Begin and end ----------------------------------------------------------------------------

  logic [ListWidth-1:0] fault_position_q;
  logic [31:0]          fault_entry_q;
  assign walked_o = walking_q && !begin_q && left_q == '0 && !valid1_q && !valid2_q && !valid_q;
  assign done_o = !walking_q && under_way_q == '0;
  assign fault_o = '{valid: bad_q, position: fault_position_q, entry: fault_entry_q};

  always_ff @(posedge clk_i) begin
    if (found) begin
      fault_position_q <= position2_q;
      fault_entry_q <= entry2_q;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      begin_q <= 1'b0;
      walking_q <= 1'b0;
      drop_q <= 1'b0;
      bad_q <= 1'b0;
    end else begin
      begin_q <= start_i;
      if (start_i) begin
        walking_q <= 1'b1;
        drop_q <= 1'b0;
        bad_q <= 1'b0;
      end else begin
        if (walked_o) walking_q <= 1'b0;
        if (found) begin
          drop_q <= 1'b1;
          bad_q <= 1'b1;
        end
      end
    end
  end

  `GC_ASSERT(QuadsHaveRoom, quads_ready || !coming_q)
  `GC_ASSERT(RingHasRoom, !enter || !under_way_q[next_q])
  `GC_ASSERT(OneAtATime, !start_i || (!walking_q && under_way_q == '0))

endmodule
