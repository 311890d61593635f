// SPDX-License-Identifier: Apache-2.0
// Checks a load or a store (base registers already added) and translates it from bytes to tiles.
//
// An instruction leaves once, with its error; where there is none, transfer_o can be carried out
// without further checks. Extents are computed exactly, whatever the fields hold. The windows that
// the host sets are multiples of 16 bytes, so that whole beats around allowed bytes are allowed.
// Latency: 14 cycles, 26 where rows lie in steps (row_first, row_step); throughput: one instruction
// in a cycle more; valid/ready on both sides.
module transfer_check
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned OperandTiles = 4096,
  parameter int unsigned AccumulatorTiles = 2048,
  parameter int unsigned ListEntries = 4096
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        valid_i,
  output logic        ready_o,
  input  load_insn_t  insn_i,    // store_insn_t is the same
  input  logic        is_store_i,
  input  logic [63:0] window_base_i,  // sampled with the instruction
  input  logic [63:0] window_size_i,

  output logic        valid_o,
  input  logic        ready_i,
  output error_e      error_o,
  output logic [2:0]  operand_o,  // 1 local memory, 2 DRAM, 3 list memory, 0 none of them
  output transfer_t   transfer_o
);

  localparam int unsigned IdxW = $clog2(N);
  localparam int unsigned OperandShift = $clog2(2 * N * N);  // bytes to tiles
  localparam int unsigned AccumulatorShift = $clog2(4 * N * N);

  load_insn_t  insn_q;
  logic        store_q;
  logic [63:0] base_q, size_q, dram;

  logic        accumulator, fp32, stepped;
  logic [31:0] tile_low, tile, row_tiles, last_row, last_col;
  logic [33:0] row_bytes;

  assign accumulator = insn_q.mem[31];
  assign fp32 = format_e'(insn_q.format) == FormatFp32;
  assign tile_low = accumulator ? (32'd1 << AccumulatorShift) - 32'd1
                                : (32'd1 << OperandShift) - 32'd1;
  assign tile = accumulator ? 32'(insn_q.mem[30:0]) >> AccumulatorShift
                            : 32'(insn_q.mem[30:0]) >> OperandShift;
  assign row_tiles = accumulator ? insn_q.mem_rows >> AccumulatorShift
                                 : insn_q.mem_rows >> OperandShift;
  assign stepped = is_stepped(insn_q);
  assign last_row = (insn_q.rows - 32'd1) >> IdxW;  // of the tiles, unless stepped
  assign last_col = (insn_q.cols - 32'd1) >> IdxW;
  assign row_bytes = fp32 ? {insn_q.cols, 2'd0} : {1'b0, insn_q.cols, 1'b0};
  assign dram = {insn_q.dram_high, insn_q.dram};

  function automatic logic is_stepped(load_insn_t insn);
    return insn.row_first != '0 || insn.row_step > 16'd1;
  endfunction

  // Products of 32 x 32 bits from one multiplier of 16 x 16, each in four steps with a sum:
  //   Far    last row of elements = row_first + (rows - 1) * row_step
  //   Step   (row_step / N) * row_tiles
  //   First  (row_first / N) * row_tiles
  //   Local  last tile = tile + last_col + last row of tiles * row_tiles;
  //          to_list: end of the list = list_at + rows * cols
  //   Dram   bytes = row_bytes + (rows - 1) * pitch; indexed: limit * pitch
  // Steps: 0 idle, 1 to 20 operands, 2 to 21 product, 3 to 22 sum, 19 local memory, 23 and 24
  // window, 25 verdict, 26 waits. Without steps between rows it begins with Local at 13.
  typedef enum logic [2:0] {Far, Step, First, Local, Dram} sum_e;
  localparam logic [4:0] Begin = 5'd1;
  localparam logic [4:0] BeginPlain = 5'd13;
  localparam logic [4:0] Verdict = 5'd25;
  localparam logic [4:0] Wait = 5'd26;

  logic [4:0]           step_q, step_d;
  logic [4:0]           part_a, part_c;  // whose operands, whose sum is formed: [4:2] is a sum_e
  sum_e                 sum_a, sum_c;
  logic [31:0]          left, right;
  logic [15:0]          left_q, right_q;
  logic [31:0]          product_q;
  logic [63:0]          sum_q, sum_start, addend;
  logic [47-IdxW:0]     far_q;  // the last row of tiles
  logic [TileWidth-1:0] tile_step_q, first_q;

  assign part_a = step_q - 5'd1;
  assign part_c = step_q - 5'd3;
  assign sum_a = sum_e'(part_a[4:2]);
  assign sum_c = sum_e'(part_c[4:2]);

  always_comb begin
    left = insn_q.rows - 32'd1;
    right = row_tiles;
    sum_start = '0;
    unique case (sum_a)
      Far:     right = 32'(insn_q.row_step) | 32'(insn_q.row_step == '0);
      Step:    left = 32'(insn_q.row_step) >> IdxW;
      First:   left = 32'(insn_q.row_first) >> IdxW;
      Local: begin
        left = stepped ? far_q[31:0] : last_row;
        if (insn_q.to_list) begin
          left = insn_q.rows;
          right = insn_q.cols;
        end
      end
      default: begin
        if (insn_q.indexed) left = insn_q.limit;
        right = insn_q.pitch;
      end
    endcase
    unique case (sum_c)
      Far:     sum_start = 64'(insn_q.row_first);
      Step, First: ;
      Local:   sum_start = insn_q.to_list ? 64'(insn_q.list_at) : 64'(tile) + 64'(last_col);
      default: sum_start = insn_q.indexed ? '0 : 64'(row_bytes);
    endcase
  end

  always_comb begin
    unique case (part_c[1:0])
      2'd0:    addend = {32'd0, product_q};
      2'd3:    addend = {product_q, 32'd0};
      default: addend = {16'd0, product_q, 16'd0};
    endcase
  end

  logic        outside_q, below_q, wider_q, beyond_q;
  logic [63:0] offset_q, room_q, end_;
  // So far away that only rows of tiles in the same place would be inside.
  logic        too_far;
  assign too_far = stepped && far_q[47-IdxW:32] != '0 && row_tiles != '0 && !insn_q.to_list;
  assign end_ = insn_q.to_list ? 64'(ListEntries) + 64'd1
                               : accumulator ? 64'(AccumulatorTiles) : 64'(OperandTiles);

  always_ff @(posedge clk_i) begin
    if (step_q != '0) begin
      left_q <= part_a[0] ? left[31:16] : left[15:0];
      right_q <= part_a[1] ? right[31:16] : right[15:0];
      product_q <= 32'(left_q) * 32'(right_q);
      sum_q <= (part_c[1:0] == 2'd0 ? sum_start : sum_q) + addend;

      if (step_q == 5'd7) far_q <= sum_q[47:IdxW];
      if (step_q == 5'd11) tile_step_q <= sum_q[TileWidth-1:0];
      if (step_q == 5'd15 && stepped) first_q <= sum_q[TileWidth-1:0];
      if (step_q == 5'd19) outside_q <= sum_q >= end_ || too_far;
      {below_q, offset_q} <= {1'b0, dram} - {1'b0, base_q};
      if (step_q == 5'd23) {wider_q, room_q} <= {1'b0, size_q} - {1'b0, sum_q};
      beyond_q <= offset_q > room_q;
    end
    if (ready_o) begin
      tile_step_q <= '0;
      first_q <= '0;
    end
  end

  logic mem_misaligned, dram_misaligned, list_misaligned, mem_overlap, dram_overlap, reserved;
  logic list_outside;

  // The verdict, in the order of the error codes.
  error_e     error, error_q;
  logic [2:0] operand, operand_q;
  always_comb begin
    error = ErrorNone;
    operand = 3'd0;
    mem_misaligned = ((insn_q.mem | insn_q.mem_rows) & tile_low) != '0 && !insn_q.to_list;
    dram_misaligned = insn_q.dram[0] || insn_q.pitch[0] ||
        (fp32 && (insn_q.dram[1] || insn_q.pitch[1]));
    list_misaligned = (insn_q.to_list || insn_q.indexed) && insn_q.list_at[1:0] != '0;
    list_outside = insn_q.to_list ? outside_q
                                  : insn_q.indexed &&
            33'(insn_q.rows) + 33'(insn_q.list_at) > 33'(ListEntries);
    mem_overlap = !store_q && !insn_q.to_list && row_tiles <= last_col &&
        (stepped ? far_q != $bits(far_q)'(insn_q.row_first[15:IdxW]) : last_row != '0);
    dram_overlap = (insn_q.indexed || (store_q && insn_q.rows != 32'd1)) &&
        34'(insn_q.pitch) < row_bytes;
    reserved = (insn_q.reserved_15_0 | insn_q.reserved_14_0 | insn_q.reserved_13_0) != '0 ||
        insn_q.reserved_11_16 != '0 || insn_q.reserved_2_8 != '0 || insn_q.reserved_0_11 != '0;
    if (step_q != Verdict) begin
      // Nothing to judge: the simulation need not work it out then.
    end else if (insn_q.rows == '0 || insn_q.cols == '0 ||
                 (insn_q.indexed && insn_q.limit == '0)) begin
      error = ErrorZeroSize;
    end else if (mem_misaligned || dram_misaligned || list_misaligned) begin
      error = ErrorMisaligned;
      operand = mem_misaligned ? 3'd1 : dram_misaligned ? 3'd2 : 3'd3;
    end else if (outside_q && !insn_q.to_list) begin
      error = ErrorOutOfRange;
      operand = 3'd1;
    end else if (list_outside) begin
      error = ErrorOutOfRange;
      operand = 3'd3;
    end else if (mem_overlap || dram_overlap) begin
      error = ErrorOverlap;
      operand = mem_overlap ? 3'd1 : 3'd2;
    end else if (reserved) begin
      error = ErrorReserved;
    end else if (insn_q.to_list && (store_q || insn_q.indexed || !fp32)) begin
      error = ErrorChoice;
    end else if (below_q || wider_q || beyond_q) begin
      error = ErrorWindow;
      operand = 3'd2;
    end
  end

  always_comb begin
    transfer_o = 'x;
    if (valid_o) begin
      transfer_o = '{
        to_list: insn_q.to_list,
        indexed: insn_q.indexed,
        limit: insn_q.limit,
        list_at: insn_q.list_at[ListWidth-1:0],
        idx: IdxWidth'(insn_q.row_first[IdxW-1:0]),
        idx_step: insn_q.row_step == '0 ? IdxWidth'(1) : IdxWidth'(insn_q.row_step[IdxW-1:0]),
        tile_step: tile_step_q,
        rows: insn_q.rows,
        cols: insn_q.cols,
        format: format_e'(insn_q.format),
        accumulator: accumulator,
        tile: insn_q.to_list ? TileWidth'(insn_q.list_at) : tile[TileWidth-1:0] + first_q,
        row_step: row_tiles[TileWidth-1:0],
        address: dram,
        pitch: insn_q.pitch
      };
    end
  end

  assign ready_o = step_q == '0;
  assign valid_o = step_q == Wait;
  assign error_o = error_q;
  assign operand_o = operand_q;

  always_comb begin
    unique case (step_q)
      5'd0: begin
        step_d = '0;
        if (valid_i) step_d = is_stepped(insn_i) ? Begin : BeginPlain;
      end
      Wait:    step_d = ready_i ? '0 : Wait;
      default: step_d = step_q + 5'd1;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) begin
      insn_q <= insn_i;
      store_q <= is_store_i;
      base_q <= window_base_i;
      size_q <= window_size_i;
    end
    if (step_q == Verdict) begin
      error_q <= error;
      operand_q <= operand;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) step_q <= '0;
    else step_q <= step_d;
  end

endmodule
