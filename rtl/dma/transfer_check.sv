// SPDX-License-Identifier: Apache-2.0
// Checks a load or a store (base registers already added) and translates it from bytes to tiles.
//
// An instruction leaves once, with its error; where there is none, transfer_o can be carried out
// without further checks. Extents are computed exactly, whatever the fields hold. The windows that
// the host sets are multiples of 16 bytes, so that whole beats around allowed bytes are allowed.
// Latency: 14 cycles; throughput: one instruction in 15 cycles; valid/ready on both sides.
module transfer_check
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned OperandTiles = 4096,
  parameter int unsigned AccumulatorTiles = 2048
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
  output logic [2:0]  operand_o,  // 1 local memory, 2 DRAM, 0 neither
  output transfer_t   transfer_o
);

  localparam int unsigned IdxW = $clog2(N);
  localparam int unsigned OperandShift = $clog2(2 * N * N);  // bytes to tiles
  localparam int unsigned AccumulatorShift = $clog2(4 * N * N);

  load_insn_t  insn_q;
  logic        store_q;
  logic [63:0] base_q, size_q, dram;

  logic        accumulator, fp32;
  logic [31:0] tile_low, tile, row_step, last_row, last_col;
  logic [33:0] row_bytes;

  assign accumulator = insn_q.mem[31];
  assign fp32 = format_e'(insn_q.format) == FormatFp32;
  assign tile_low = accumulator ? (32'd1 << AccumulatorShift) - 32'd1
                                : (32'd1 << OperandShift) - 32'd1;
  assign tile = accumulator ? 32'(insn_q.mem[30:0]) >> AccumulatorShift
                            : 32'(insn_q.mem[30:0]) >> OperandShift;
  assign row_step = accumulator ? insn_q.mem_rows >> AccumulatorShift
                                : insn_q.mem_rows >> OperandShift;
  assign last_row = (insn_q.rows - 32'd1) >> IdxW;  // of the tiles
  assign last_col = (insn_q.cols - 32'd1) >> IdxW;
  assign row_bytes = fp32 ? {insn_q.cols, 2'd0} : {1'b0, insn_q.cols, 1'b0};
  assign dram = {insn_q.dram_high, insn_q.dram};

  // Two products of 32 x 32 bits, from one multiplier of 16 x 16:
  //   last tile = tile + last_col + last_row * row_step,  bytes = row_bytes + (rows - 1) * pitch.
  // Steps: 0 idle, 1 to 8 operands, 2 to 9 product, 3 to 10 sum, 7 local memory, 11 and 12 window,
  // 13 verdict, 14 waits.
  logic [3:0]  step_q, step_d;
  logic [2:0]  part_a, part_c;  // whose operands, whose sum is formed: [2] which product
  logic [31:0] left, right;
  logic [15:0] left_q, right_q;
  logic [31:0] product_q;
  logic [63:0] sum_q, sum_start, addend;

  assign part_a = 3'(step_q - 4'd1);
  assign part_c = 3'(step_q - 4'd3);
  assign left = part_a[2] ? insn_q.rows - 32'd1 : last_row;
  assign right = part_a[2] ? insn_q.pitch : row_step;
  assign sum_start = part_c[2] ? 64'(row_bytes) : 64'(tile) + 64'(last_col);

  always_comb begin
    unique case (part_c[1:0])
      2'd0:    addend = {32'd0, product_q};
      2'd3:    addend = {product_q, 32'd0};
      default: addend = {16'd0, product_q, 16'd0};
    endcase
  end

  logic        outside_q, below_q, wider_q, beyond_q;
  logic [63:0] offset_q, room_q;

  always_ff @(posedge clk_i) begin
    if (step_q != '0) begin
      left_q <= part_a[0] ? left[31:16] : left[15:0];
      right_q <= part_a[1] ? right[31:16] : right[15:0];
      product_q <= 32'(left_q) * 32'(right_q);
      sum_q <= (part_c[1:0] == 2'd0 ? sum_start : sum_q) + addend;

      if (step_q == 4'd7) begin
        outside_q <= sum_q >= (accumulator ? 64'(AccumulatorTiles) : 64'(OperandTiles));
      end
      {below_q, offset_q} <= {1'b0, dram} - {1'b0, base_q};
      if (step_q == 4'd11) {wider_q, room_q} <= {1'b0, size_q} - {1'b0, sum_q};
      beyond_q <= offset_q > room_q;
    end
  end

  logic mem_misaligned, dram_misaligned, mem_overlap, dram_overlap, reserved;

  // The verdict, in the order of the error codes.
  error_e     error, error_q;
  logic [2:0] operand, operand_q;
  always_comb begin
    error = ErrorNone;
    operand = 3'd0;
    mem_misaligned = ((insn_q.mem | insn_q.mem_rows) & tile_low) != '0;
    dram_misaligned = insn_q.dram[0] || insn_q.pitch[0] ||
        (fp32 && (insn_q.dram[1] || insn_q.pitch[1]));
    mem_overlap = !store_q && last_row != '0 && row_step <= last_col;
    dram_overlap = store_q && insn_q.rows != 32'd1 && 34'(insn_q.pitch) < row_bytes;
    // Lists and steps are not carried out yet.
    reserved = (insn_q.reserved_15_0 | insn_q.reserved_14_0 | insn_q.reserved_13_0 |
                insn_q.limit) != '0 ||
        (insn_q.row_step | insn_q.row_first | insn_q.list_at | insn_q.reserved_11_16) != '0 ||
        insn_q.reserved_2_8 != '0 || insn_q.reserved_0_11 != '0 || insn_q.indexed || insn_q.to_list;
    if (step_q != 4'd13) begin
      // Nothing to judge: the simulation need not work it out then.
    end else if (insn_q.rows == '0 || insn_q.cols == '0) begin
      error = ErrorZeroSize;
    end else if (mem_misaligned || dram_misaligned) begin
      error = ErrorMisaligned;
      operand = mem_misaligned ? 3'd1 : 3'd2;
    end else if (outside_q) begin
      error = ErrorOutOfRange;
      operand = 3'd1;
    end else if (mem_overlap || dram_overlap) begin
      error = ErrorOverlap;
      operand = mem_overlap ? 3'd1 : 3'd2;
    end else if (reserved) begin
      error = ErrorReserved;
    end else if (below_q || wider_q || beyond_q) begin
      error = ErrorWindow;
      operand = 3'd2;
    end
  end

  always_comb begin
    transfer_o = 'x;
    if (valid_o) begin
      transfer_o = '{
        rows: insn_q.rows,
        cols: insn_q.cols,
        format: format_e'(insn_q.format),
        accumulator: accumulator,
        tile: tile[TileWidth-1:0],
        row_step: row_step[TileWidth-1:0],
        address: dram,
        pitch: insn_q.pitch
      };
    end
  end

  assign ready_o = step_q == 4'd0;
  assign valid_o = step_q == 4'd14;
  assign error_o = error_q;
  assign operand_o = operand_q;

  always_comb begin
    unique case (step_q)
      4'd0:    step_d = valid_i ? 4'd1 : 4'd0;
      4'd14:   step_d = ready_i ? 4'd0 : 4'd14;
      default: step_d = step_q + 4'd1;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) begin
      insn_q <= insn_i;
      store_q <= is_store_i;
      base_q <= window_base_i;
      size_q <= window_size_i;
    end
    if (step_q == 4'd13) begin
      error_q <= error;
      operand_q <= operand;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) step_q <= '0;
    else step_q <= step_d;
  end

endmodule
