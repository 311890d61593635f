// SPDX-License-Identifier: Apache-2.0
// The core: command queue, matrix unit and local memory.
//
// All handshakes are valid/ready: valid never waits for ready, the payload holds until taken.
//   cmd_*   GEMM commands, sixteen 32-bit words each (gemm_words_t)
//   rsp_*   completions, in the order of the commands; a refused command names its error
//   mem_*   host access to local memory, a line of N binary32 values (host_port)
module gradcore
  import gradcore_pkg::*;
  import isa_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned F = 40,
  parameter int unsigned OperandKib = 2048,
  parameter int unsigned AccumulatorKib = 2048
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  gemm_words_t  cmd_i,

  output logic         rsp_valid_o,
  input  logic         rsp_ready_i,
  output completion_t  rsp_o,

  input  logic         mem_valid_i,
  output logic         mem_ready_o,
  input  logic         mem_write_i,
  input  logic [31:0]  mem_address_i,
  input  logic [N-1:0] mem_mask_i,
  input  logic [31:0]  mem_data_i [N],
  output logic         mem_valid_o,
  input  logic         mem_ready_i,
  output logic [31:0]  mem_data_o [N],

  output logic         busy_o
);

  localparam core_cfg_t Cfg = core_cfg(N, F, OperandKib, AccumulatorKib);
  localparam int unsigned OperandTiles = operand_tiles(Cfg);
  localparam int unsigned AccumulatorTiles = accumulator_tiles(Cfg);

  if (N != 4 && N != 8 && N != 16 && N != 32) begin : gen_check_n
    $error("gradcore: N must be 4, 8, 16 or 32");
  end
  if (F < 24 || F > 48) begin : gen_check_f
    $error("gradcore: F must be 24 to 48");
  end
  if (OperandTiles < 2 || OperandTiles > (1 << TileWidth) ||
      (OperandTiles & (OperandTiles - 1)) != 0) begin : gen_check_operand
    $error("gradcore: OperandKib must be a power of two of 2 to 2^20 tiles");
  end
  if (AccumulatorTiles < 2 || AccumulatorTiles > (1 << TileWidth) ||
      (AccumulatorTiles & (AccumulatorTiles - 1)) != 0) begin : gen_check_accumulator
    $error("gradcore: AccumulatorKib must be a power of two of 2 to 2^20 tiles");
  end

  // --- Commands -----------------------------------------------------------------------------

  logic        check_valid, gemm_ready, verdict_fifo_ready, verdict_taken;
  logic        matrix_valid, matrix_ready, matrix_done, matrix_busy;
  completion_t verdict;
  gemm_t       gemm;

  // The command as the instruction that it is. What a command must not set is more than fits.
  gemm_insn_t  insn;
  always_comb begin
    insn = '0;
    insn.trans_x = cmd_i.trans_x;
    insn.trans_w = cmd_i.trans_w;
    insn.trans_y = cmd_i.trans_y;
    insn.accumulate = cmd_i.accumulate;
    insn.m = cmd_i.m;
    insn.k = cmd_i.k;
    insn.n = cmd_i.n;
    insn.batch = cmd_i.batch;
    insn.x = cmd_i.x.address;
    insn.x_rows = cmd_i.x.row_stride;
    insn.x_batch = cmd_i.x.batch_stride;
    insn.w = cmd_i.w.address;
    insn.w_rows = cmd_i.w.row_stride;
    insn.w_batch = cmd_i.w.batch_stride;
    insn.y = cmd_i.y.address;
    insn.y_rows = cmd_i.y.row_stride;
    insn.y_batch = cmd_i.y.batch_stride;
    insn.reserved_2_12 = 20'(cmd_i.reserved != '0 || cmd_i.reserved_flags != '0);
  end

  // One command is checked at a time; its number waits here.
  error_e      check_error;
  logic [2:0]  check_operand;
  logic [31:0] id_q;
  always_ff @(posedge clk_i) begin
    if (cmd_valid_i && cmd_ready_o) id_q <= cmd_i.id;
  end
  assign verdict = '{id: id_q, operand: check_operand[1:0],
                     error: gemm_error_e'(4'(check_error))};

  gemm_check #(
    .N(N),
    .OperandTiles(OperandTiles),
    .AccumulatorTiles(AccumulatorTiles)
  ) u_gemm_check (
    .clk_i,
    .rst_ni,
    .valid_i(cmd_valid_i),
    .ready_o(cmd_ready_o),
    .insn_i(insn),
    .valid_o(check_valid),
    .ready_i(verdict_taken),
    .error_o(check_error),
    .operand_o(check_operand),
    .gemm_o(gemm)
  );

  assign gemm_ready = verdict.error != ErrNone || matrix_ready;
  assign verdict_taken = verdict_fifo_ready && gemm_ready;
  assign matrix_valid = check_valid && verdict_fifo_ready && verdict.error == ErrNone;

  // Verdicts wait for their turn: a refusal until all before it are done, others for their result.
  localparam int unsigned VerdictDepth = 8;
  logic        verdict_valid, verdict_settled;
  logic [$clog2(VerdictDepth):0] done_q;  // commands done whose completion has not left
  logic        settle;

  sync_fifo #(
    .Width($bits(completion_t)),
    .Depth(VerdictDepth)
  ) u_verdicts (
    .clk_i,
    .rst_ni,
    .valid_i(check_valid && gemm_ready),
    .ready_o(verdict_fifo_ready),
    .data_i(verdict),
    .valid_o(verdict_valid),
    .ready_i(settle),
    .data_o(rsp_o)
  );

  assign verdict_settled = rsp_o.error != ErrNone || done_q != '0;
  assign rsp_valid_o = verdict_valid && verdict_settled;
  assign settle = rsp_ready_i && verdict_settled;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      done_q <= '0;
    end else begin
      done_q <= done_q + ($clog2(VerdictDepth) + 1)'(matrix_done) -
          ($clog2(VerdictDepth) + 1)'(rsp_valid_o && rsp_ready_i && rsp_o.error == ErrNone);
    end
  end

  assign busy_o = matrix_busy || check_valid || !cmd_ready_o;

  // --- Matrix unit and local memory ---------------------------------------------------------

  logic         stream_valid, stream_ready, load_valid, read_valid, write_valid;
  line_t        stream_line, load_line, read_line, write_line, host_line;
  logic [N-1:0] write_mask;
  logic [31:0]  write_data   [N];
  logic [31:0]  read_data    [N];
  logic [15:0]  port_a_data  [N];
  logic [15:0]  load_data    [N];
  logic [15:0]  host_data    [N];
  logic         host_operand_valid, host_operand_write;
  logic         host_read_valid, host_write_valid;

  matrix_unit #(
    .N(N),
    .F(F)
  ) u_matrix_unit (
    .clk_i,
    .rst_ni,
    .valid_i(matrix_valid),
    .ready_o(matrix_ready),
    .gemm_i(gemm),
    .done_o(matrix_done),
    .busy_o(matrix_busy),
    .stream_valid_o(stream_valid),
    .stream_ready_i(stream_ready),
    .stream_line_o(stream_line),
    .stream_data_i(port_a_data),
    .load_valid_o(load_valid),
    .load_line_o(load_line),
    .load_data_i(load_data),
    .read_valid_o(read_valid),
    .read_line_o(read_line),
    .read_data_i(read_data),
    .write_valid_o(write_valid),
    .write_line_o(write_line),
    .write_mask_o(write_mask),
    .write_data_o(write_data)
  );

  host_port #(
    .N(N),
    .OperandTiles(OperandTiles),
    .AccumulatorTiles(AccumulatorTiles)
  ) u_host_port (
    .clk_i,
    .rst_ni,
    .valid_i(mem_valid_i),
    .ready_o(mem_ready_o),
    .write_i(mem_write_i),
    .address_i(mem_address_i),
    .data_i(mem_data_i),
    .valid_o(mem_valid_o),
    .ready_i(mem_ready_i),
    .data_o(mem_data_o),
    .operand_valid_o(host_operand_valid),
    .operand_write_o(host_operand_write),
    .operand_data_o(host_data),
    .operand_data_i(port_a_data),
    .read_valid_o(host_read_valid),
    .read_ready_i(!read_valid),
    .read_data_i(read_data),
    .write_valid_o(host_write_valid),
    .write_ready_i(!write_valid),
    .line_o(host_line)
  );

  // Port A of operand memory: the host goes first, but wants every other cycle at most.
  assign stream_ready = !host_operand_valid;

  operand_memory #(
    .N(N),
    .Tiles(OperandTiles)
  ) u_operand_memory (
    .clk_i,
    .a_valid_i(host_operand_valid || stream_valid),
    .a_write_i(host_operand_valid && host_operand_write),
    .a_line_i(host_operand_valid ? host_line : stream_line),
    .a_mask_i(mem_mask_i),
    .a_data_i(host_data),
    .a_data_o(port_a_data),
    .b_valid_i(load_valid),
    .b_line_i(load_line),
    .b_data_o(load_data)
  );

  // Accumulator memory: the matrix unit cannot wait, the host can.
  logic [31:0] acc_write_data [N];
  always_comb begin
    for (int unsigned i = 0; i < N; i++) begin
      acc_write_data[i] = write_valid ? write_data[i] : mem_data_i[i];
    end
  end

  accumulator_memory #(
    .N(N),
    .Tiles(AccumulatorTiles)
  ) u_accumulator_memory (
    .clk_i,
    .read_valid_i(read_valid || host_read_valid),
    .read_line_i(read_valid ? read_line : host_line),
    .read_data_o(read_data),
    .write_valid_i(write_valid || host_write_valid),
    .write_line_i(write_valid ? write_line : host_line),
    .write_mask_i(write_valid ? write_mask : mem_mask_i),
    .write_data_i(acc_write_data)
  );

endmodule
