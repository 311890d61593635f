// SPDX-License-Identifier: Apache-2.0
// All leaf modules of the core side by side, for their unit tests: one small Verilated model
// instead of twenty. Modules share inputs; a test looks at the outputs of the one it is about.
module unit_bench
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  // Shared by all modules.
  input  logic        valid_i, narrow_valid_i,
  input  logic        ready_i,
  input  logic        write_i,
  input  logic [31:0] a_i       [16],
  input  logic [31:0] b_i       [16],
  input  logic [15:0] half_i    [16],
  input  logic [63:0] wide_i    [16],
  input  logic [3:0]  amount_i,
  input  logic [15:0] mask_i,
  input  line_t       line_a_i,
  input  line_t       line_b_i,
  input  logic        read_valid_i,

  // rtl/common
  output logic        fifo2_ready_o,
  output logic        fifo2_valid_o,
  output logic [31:0] fifo2_o,
  output logic        fifo8_ready_o,
  output logic        fifo8_valid_o,
  output logic [31:0] fifo8_o,
  output logic [31:0] skew_o         [16],
  input  logic        delay_enable_i,
  output logic [31:0] delay_two_o    [16],
  output logic [31:0] delay_seven_o  [16],
  output logic [31:0] skew_reverse_o [16],
  input  logic        line_fifo_valid_i,
  output logic        line_fifo_valid_o,
  output logic [31:0] line_fifo_o    [4],
  output logic [31:0] line_fifo_word_o,
  output logic [31:0] rotate_o       [16],
  output logic [31:0] rotate_right_o [16],
  input  logic        ram_a_read_i,
  input  logic        ram_b_read_i,
  input  logic        ram_write_i    [2],
  input  logic [3:0]  ram_a_addr_i   [2],
  input  logic [3:0]  ram_b_addr_i   [2],
  input  logic [15:0] ram_data_i     [2],
  output logic [15:0] ram_1rw1r_a_o  [2],
  output logic [15:0] ram_1rw1r_b_o  [2],
  output logic [15:0] ram_1r1w_o     [2],  // reads at port B, writes at port A
  input  logic        check_valid_i,
  input  logic        check_ready_i,
  input  logic [3:0]  check_done_i,

  // rtl/fp
  input  logic [3:0]  combine_i,
  input  logic [31:0] c_i            [16],
  input  logic        keep_i         [16],
  output logic [31:0] alu_o          [16],
  input  logic        random_key_valid_i,
  output logic        random_ready_o,
  output logic [31:0] random_o       [16],
  input  logic        serial_valid_i, reduce_max_i,
  input  logic [4:0]  reduce_row_i,
  input  logic        reduce_first_i,
  input  logic        reduce_last_i,
  output logic [31:0] tree_o, narrow_tree_o,
  output logic        reduce_valid_o, serial_valid_o,
  output logic [4:0]  reduce_row_o, serial_row_o,
  output logic [31:0] reduce_o, serial_o,
  input  logic [2:0]  apply_i,
  output logic [31:0] function_o     [16],
  output logic [31:0] narrow_function_o [16],
  input  logic        stochastic_i,
  input  special_t    special_i      [16],
  input  logic [8:0]  exp_i          [16],
  input  fp32_info_t  info_i         [16],
  output logic [31:0] add_o          [16],
  output logic [31:0] mul_o          [16],
  output logic [15:0] bf16_o         [16],
  output logic [31:0] sum_o          [16],  // F = 40, N = 16
  output logic [31:0] sum_narrow_o   [16],  // F = 24, N = 4
  output logic [31:0] sum_wide_o     [16],  // F = 48, N = 32
  output logic [31:0] pack_o         [16],  // MagW = 48
  output logic [31:0] pack_left_o    [16],  // MagW = 28, RightShift = 0

  // rtl/mem
  output logic [5:0]  address_o      [16],
  output logic [5:0]  tile_addr_o    [16],
  output logic [31:0] tile_read_o    [16],
  output logic [15:0] tile_mask_o,
  output logic [31:0] tile_write_o   [16],
  input  logic        arbiter_valid_i [3],
  input  logic [1:0]  arbiter_bank_i  [3],
  output logic        arbiter_ready_o [3],
  output logic        arbiter_used_o  [4],
  output logic [1:0]  arbiter_client_o[4],
  output logic [31:0] tile_select_o  [8],
  output logic [15:0] operand_a_o    [16],
  output logic [15:0] operand_b_o    [16],
  output logic [31:0] accumulator_o  [16],
  input  logic [31:0] host_address_i,
  output logic        host_ready_o,
  output logic        host_valid_o,
  output logic [31:0] host_o         [16],
  output logic        host_operand_valid_o,
  output logic        host_operand_write_o,
  output logic [15:0] host_operand_o [16],
  output logic        host_read_valid_o,
  input  logic        host_read_ready_i,
  output logic        host_write_valid_o,
  input  logic        host_write_ready_i,
  output line_t       host_line_o,

  // rtl/matrix
  input  logic [CountWidth-1:0] count_i,
  output aligned_t    align_o        [16],
  output logic [7:0]  align_max_o,
  input  stream_lane_t x_i           [16],
  input  load_lane_t  w_i            [16],
  output logic [44:0] array_sum_o    [16],  // 16 x 16, F = 40
  output special_t    array_special_o[16],
  output logic [8:0]  array_exp_o    [16],
  output logic [50:0] small_sum_o    [2],   // 4 rows, 2 columns, F = 48
  output special_t    small_special_o[2],
  output logic [8:0]  small_exp_o    [2],
  output logic [24:0] single_sum_o   [1],   // 1 x 1, F = 24
  output special_t    single_special_o [1],
  output logic [8:0]  single_exp_o   [1],
  input  logic [511:0] insn_i,
  output logic        check_ready_o,        // 4 x 4, 32 and 16 tiles
  output logic        check_valid_o,
  output error_e      check_error_o,
  output logic [2:0]  check_operand_o,
  output gemm_t       check_gemm_o,
  output logic        check_large_ready_o,  // 16 x 16, 2^20 and 2^20 tiles
  output logic        check_large_valid_o,
  output error_e      check_large_error_o,
  output logic [2:0]  check_large_operand_o,
  output gemm_t       check_large_gemm_o,
  output logic        vcheck_ready_o      [2],  // of both sizes
  output logic        vcheck_valid_o      [2],
  output error_e      vcheck_error_o      [2],
  output logic [2:0]  vcheck_operand_o    [2],
  output vector_t     vcheck_small_o,
  output vector_t     vcheck_large_o,
  input  gemm_t       gemm_i,
  output logic        load_ready_o,
  output logic        load_tile_ready_o,
  input  logic        load_tile_taken_i,
  output logic        load_valid_o,
  output line_t       load_line_o,
  output logic [IdxWidth-1:0]   load_col_o,
  output logic [CountWidth-1:0] load_count_o,
  output logic        stream_ready_o,
  input  logic        stream_tile_ready_i,
  output logic        stream_tile_taken_o,
  output logic        stream_valid_o,
  output line_t       stream_line_o,
  output logic        stream_first_o,
  output logic [CountWidth-1:0] stream_count_o,
  output result_t     stream_result_o,
  output logic        stream_busy_o
);

  localparam int unsigned SeqN = 4;
  localparam int unsigned Tiles = 4;  // of 16 x 16

  // Inputs in the widths and sizes that the modules have.
  logic [44:0]  sum44    [16];
  logic [26:0]  sum26    [16];
  logic [53:0]  sum53    [16];
  logic [47:0]  mag48    [16];
  logic [27:0]  mag28    [16];
  stream_lane_t small_x  [4];
  load_lane_t   small_w  [4];
  stream_lane_t single_x [1];
  load_lane_t   single_w [1];

  always_comb begin
    for (int unsigned i = 0; i < 16; i++) begin
      sum44[i] = wide_i[i][44:0];
      sum26[i] = wide_i[i][26:0];
      sum53[i] = wide_i[i][53:0];
      mag48[i] = wide_i[i][47:0];
      mag28[i] = wide_i[i][27:0];
    end
    for (int unsigned i = 0; i < 4; i++) begin
      small_x[i] = x_i[i];
      small_w[i] = w_i[i];
    end
    single_x[0] = x_i[0];
    single_w[0] = w_i[0];
  end

  // --- rtl/common ---------------------------------------------------------------------------

  sync_fifo #(.Width(32), .Depth(2)) u_fifo2 (
    .clk_i, .rst_ni, .valid_i, .ready_o(fifo2_ready_o), .data_i(a_i[0]),
    .valid_o(fifo2_valid_o), .ready_i, .data_o(fifo2_o)
  );
  sync_fifo #(.Width(32), .Depth(8)) u_fifo8 (
    .clk_i, .rst_ni, .valid_i, .ready_o(fifo8_ready_o), .data_i(a_i[0]),
    .valid_o(fifo8_valid_o), .ready_i, .data_o(fifo8_o)
  );

  logic [31:0] four [4];
  assign four = '{a_i[0], a_i[1], a_i[2], a_i[3]};
  line_fifo #(.Lanes(4), .Width(32), .WordWidth(32), .Depth(8)) u_line_fifo (
    .clk_i, .rst_ni, .valid_i(line_fifo_valid_i), .data_i(four), .word_i(b_i[0]),
    .valid_o(line_fifo_valid_o), .ready_i, .data_o(line_fifo_o), .word_o(line_fifo_word_o)
  );

  delay #(.Lanes(16), .Width(32), .Cycles(2)) u_delay_two (
    .clk_i, .enable_i(delay_enable_i), .data_i(a_i), .data_o(delay_two_o));
  delay #(.Lanes(16), .Width(32), .Cycles(7)) u_delay_seven (
    .clk_i, .enable_i(delay_enable_i), .data_i(a_i), .data_o(delay_seven_o)
  );
  skew #(.Lanes(16), .Width(32)) u_skew (.clk_i, .data_i(a_i), .data_o(skew_o));
  skew #(.Lanes(16), .Width(32), .Reverse(1'b1)) u_skew_reverse (
    .clk_i, .data_i(a_i), .data_o(skew_reverse_o)
  );
  rotate #(.Lanes(16), .Width(32)) u_rotate (
    .enable_i(1'b1), .amount_i, .data_i(a_i), .data_o(rotate_o));
  rotate #(.Lanes(16), .Width(32), .Right(1'b1)) u_rotate_right (
    .enable_i(1'b1), .amount_i, .data_i(a_i), .data_o(rotate_right_o));
  ram_1rw1r #(.Banks(2), .Width(16), .Depth(16)) u_ram_1rw1r (
    .clk_i,
    .a_read_i(ram_a_read_i), .a_write_i(ram_write_i), .a_addr_i(ram_a_addr_i),
    .a_data_i(ram_data_i), .a_data_o(ram_1rw1r_a_o),
    .b_read_i(ram_b_read_i), .b_addr_i(ram_b_addr_i), .b_data_o(ram_1rw1r_b_o)
  );
  ram_1r1w #(.Banks(2), .Width(16), .Depth(16)) u_ram_1r1w (
    .clk_i,
    .r_en_i(ram_b_read_i), .r_addr_i(ram_b_addr_i), .r_data_o(ram_1r1w_o),
    .w_en_i(ram_write_i), .w_addr_i(ram_a_addr_i), .w_data_i(ram_data_i)
  );

  stream_checker #(.Width(32)) u_stream_checker (
    .clk_i, .rst_ni, .valid_i(check_valid_i), .ready_i(check_ready_i), .payload_i(a_i[0])
  );
  lane_checker #(.Lanes(16), .Width(32)) u_lane_checker (
    .clk_i, .rst_ni, .valid_i(check_valid_i), .ready_i(check_ready_i), .lanes_i(b_i)
  );
  completion_checker #(.Width(4)) u_completion_checker (
    .clk_i, .rst_ni, .verdict_valid_i(check_valid_i), .done_i(check_done_i)
  );

  // --- rtl/fp -------------------------------------------------------------------------------

  fp32_add #(.Lanes(16)) u_add (.clk_i, .enable_i(1'b1), .a_i, .b_i, .data_o(add_o));
  fp32_function #(.Lanes(16)) u_function (
    .clk_i, .rst_ni, .valid_i, .apply_i(isa_pkg::apply_e'(apply_i)), .data_i(a_i),
    .data_o(function_o)
  );
  fp32_mul #(.Lanes(16)) u_mul (.clk_i, .enable_i(1'b1), .a_i, .b_i, .data_o(mul_o));
  fp32_to_bf16 #(.Lanes(16)) u_bf16 (
    .valid_i(1'b1), .stochastic_i, .random_i(half_i), .data_i(a_i), .data_o(bf16_o)
  );
  sum_to_fp32 #(.Lanes(16), .SumW(45), .F(40)) u_sum (
    .clk_i, .sum_i(sum44), .special_i, .exp_i, .data_o(sum_o)
  );
  sum_to_fp32 #(.Lanes(16), .SumW(27), .F(24)) u_sum_narrow (
    .clk_i, .sum_i(sum26), .special_i, .exp_i, .data_o(sum_narrow_o)
  );
  sum_to_fp32 #(.Lanes(16), .SumW(54), .F(48)) u_sum_wide (
    .clk_i, .sum_i(sum53), .special_i, .exp_i, .data_o(sum_wide_o)
  );
  fp32_pack #(.Lanes(16), .MagW(48)) u_pack (
    .clk_i, .enable_i(1'b1), .mag_i(mag48), .info_i, .data_o(pack_o)
  );
  fp32_pack #(.Lanes(16), .MagW(28), .RightShift(1'b0)) u_pack_left (
    .clk_i, .enable_i(1'b1), .mag_i(mag28), .info_i, .data_o(pack_left_o)
  );

  // --- rtl/vector ---------------------------------------------------------------------------

  vector_alu #(.Lanes(16)) u_vector_alu (
    .clk_i, .rst_ni, .valid_i, .combine_i(isa_pkg::combine_e'(combine_i)),
    .apply_i(isa_pkg::apply_e'(apply_i)), .a_i, .b_i, .c_i, .keep_i, .data_o(alu_o)
  );
  narrow_function #(.Lanes(16), .FunctionLanes(4)) u_narrow_function (
    .clk_i, .rst_ni, .valid_i(narrow_valid_i), .apply_i(isa_pkg::apply_e'(apply_i)), .data_i(a_i),
    .data_o(narrow_function_o)
  );
  random_words #(.Lanes(16)) u_random_words (
    .clk_i, .rst_ni, .key_valid_i(random_key_valid_i), .seed_i(a_i[0]), .stream_i(half_i[0]),
    .key_ready_o(random_ready_o), .valid_i(1'b1), .number_i(b_i[0]), .data_o(random_o)
  );
  reduce_tree #(.Lanes(16)) u_reduce_tree (
    .clk_i, .valid_i, .max_i(reduce_max_i), .data_i(a_i), .data_o(tree_o));
  reduce_tree #(.Lanes(16), .Adders(2)) u_narrow_tree (
    .clk_i, .valid_i, .max_i(reduce_max_i), .data_i(a_i), .data_o(narrow_tree_o));
  row_reduce #(.N(16)) u_row_reduce (
    .clk_i, .rst_ni, .valid_i, .max_i(reduce_max_i), .count_i, .row_i(reduce_row_i),
    .first_i(reduce_first_i), .last_i(reduce_last_i), .data_i(a_i), .valid_o(reduce_valid_o),
    .row_o(reduce_row_o), .data_o(reduce_o));
  serial_reduce #(.N(16)) u_serial_reduce (
    .clk_i, .rst_ni, .valid_i(serial_valid_i), .max_i(reduce_max_i), .count_i,
    .row_i(reduce_row_i), .first_i(reduce_first_i), .last_i(reduce_last_i), .data_i(a_i),
    .valid_o(serial_valid_o), .row_o(serial_row_o), .data_o(serial_o));

  // --- rtl/mem ------------------------------------------------------------------------------

  tile_address #(.N(16), .AddrWidth(6)) u_tile_address (
    .valid_i(1'b1), .line_i(line_a_i), .addr_o(address_o));
  tile_read #(.N(16), .Width(32), .AddrWidth(6)) u_tile_read (
    .clk_i, .line_i(line_a_i), .addr_o(tile_addr_o), .data_i(a_i), .data_o(tile_read_o)
  );
  tile_write #(.N(16), .Width(32)) u_tile_write (
    .valid_i(1'b1), .idx_i(line_a_i.idx[3:0]), .mask_i, .data_i(a_i),
    .mask_o(tile_mask_o), .data_o(tile_write_o)
  );
  bank_arbiter #(.Clients(3), .Banks(4)) u_bank_arbiter (
    .valid_i(arbiter_valid_i), .bank_i(arbiter_bank_i), .ready_o(arbiter_ready_o),
    .used_o(arbiter_used_o), .client_o(arbiter_client_o)
  );
  tile_select #(.N(8), .Width(32), .Banks(2)) u_tile_select (
    .clk_i, .valid_i, .bank_i(mask_i[0]), .idx_i(amount_i[2:0]), .data_i(a_i),
    .data_o(tile_select_o)
  );
  operand_memory #(.N(16), .Tiles(Tiles)) u_operand_memory (
    .clk_i,
    .a_valid_i(valid_i), .a_write_i(write_i), .a_line_i(line_a_i), .a_mask_i(mask_i),
    .a_data_i(half_i), .a_data_o(operand_a_o),
    .b_valid_i(read_valid_i), .b_line_i(line_b_i), .b_data_o(operand_b_o)
  );
  accumulator_memory #(.N(16), .Tiles(Tiles)) u_accumulator_memory (
    .clk_i,
    .read_valid_i, .read_line_i(line_b_i), .read_data_o(accumulator_o),
    .write_valid_i(write_i), .write_line_i(line_a_i), .write_mask_i(mask_i), .write_data_i(a_i)
  );
  host_port #(.N(16), .OperandTiles(Tiles), .AccumulatorTiles(2)) u_host_port (
    .clk_i, .rst_ni,
    .valid_i, .ready_o(host_ready_o), .write_i, .address_i(host_address_i), .data_i(a_i),
    .valid_o(host_valid_o), .ready_i, .data_o(host_o),
    .operand_valid_o(host_operand_valid_o),
    .operand_write_o(host_operand_write_o), .operand_data_o(host_operand_o),
    .operand_data_i(half_i),
    .read_valid_o(host_read_valid_o), .read_ready_i(host_read_ready_i), .read_data_i(b_i),
    .write_valid_o(host_write_valid_o), .write_ready_i(host_write_ready_i),
    .line_o(host_line_o)
  );

  // --- rtl/matrix ---------------------------------------------------------------------------

  operand_align #(.Lanes(16)) u_align (
    .clk_i, .count_i, .data_i(half_i), .data_o(align_o), .max_o(align_max_o)
  );
  systolic_array #(.Rows(16), .F(40)) u_array (
    .clk_i, .x_i, .w_i,
    .sum_o(array_sum_o), .special_o(array_special_o), .exp_o(array_exp_o)
  );
  systolic_array #(.Rows(4), .Cols(2), .F(48)) u_array_small (
    .clk_i, .x_i(small_x), .w_i(small_w),
    .sum_o(small_sum_o), .special_o(small_special_o), .exp_o(small_exp_o)
  );
  systolic_array #(.Rows(1), .F(24)) u_array_single (
    .clk_i, .x_i(single_x), .w_i(single_w),
    .sum_o(single_sum_o), .special_o(single_special_o), .exp_o(single_exp_o)
  );
  gemm_check #(.N(4), .OperandTiles(32), .AccumulatorTiles(16)) u_gemm_check (
    .clk_i, .rst_ni, .valid_i, .ready_o(check_ready_o), .insn_i(gemm_insn_t'(insn_i)),
    .valid_o(check_valid_o), .ready_i, .error_o(check_error_o), .operand_o(check_operand_o),
    .gemm_o(check_gemm_o)
  );
  gemm_check #(.N(16), .OperandTiles(1 << 20), .AccumulatorTiles(1 << 20)) u_gemm_check_large (
    .clk_i, .rst_ni, .valid_i, .ready_o(check_large_ready_o), .insn_i(gemm_insn_t'(insn_i)),
    .valid_o(check_large_valid_o), .ready_i, .error_o(check_large_error_o),
    .operand_o(check_large_operand_o), .gemm_o(check_large_gemm_o)
  );
  vector_check #(
    .N(4), .OperandTiles(32), .AccumulatorTiles(16), .ListEntries(1024)
  ) u_vector_check (
    .clk_i, .rst_ni, .valid_i, .ready_o(vcheck_ready_o[0]), .insn_i(vector_insn_t'(insn_i)),
    .valid_o(vcheck_valid_o[0]), .ready_i, .error_o(vcheck_error_o[0]),
    .operand_o(vcheck_operand_o[0]), .vector_o(vcheck_small_o)
  );
  vector_check #(.N(16), .OperandTiles(1 << 14), .AccumulatorTiles(1 << 13)) u_vcheck_large (
    .clk_i, .rst_ni, .valid_i, .ready_o(vcheck_ready_o[1]), .insn_i(vector_insn_t'(insn_i)),
    .valid_o(vcheck_valid_o[1]), .ready_i, .error_o(vcheck_error_o[1]),
    .operand_o(vcheck_operand_o[1]), .vector_o(vcheck_large_o)
  );
  load_sequencer #(.N(SeqN)) u_load_sequencer (
    .clk_i, .rst_ni, .valid_i, .ready_o(load_ready_o), .gemm_i,
    .tile_ready_o(load_tile_ready_o), .tile_taken_i(load_tile_taken_i),
    .read_valid_o(load_valid_o), .read_line_o(load_line_o), .read_col_o(load_col_o),
    .read_count_o(load_count_o)
  );
  stream_sequencer #(.N(SeqN), .Hazard(9)) u_stream_sequencer (
    .clk_i, .rst_ni, .valid_i, .ready_o(stream_ready_o), .gemm_i,
    .tile_ready_i(stream_tile_ready_i), .tile_taken_o(stream_tile_taken_o),
    .read_valid_o(stream_valid_o), .read_ready_i(ready_i), .read_line_o(stream_line_o),
    .read_first_o(stream_first_o), .read_count_o(stream_count_o), .result_o(stream_result_o),
    .busy_o(stream_busy_o)
  );

endmodule
