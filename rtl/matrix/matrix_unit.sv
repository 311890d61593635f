// SPDX-License-Identifier: Apache-2.0
// The matrix unit: sequencers, operand alignment, systolic array, normaliser and accumulation.
//
// Carries out checked GEMM commands in order, back to back. Once a vector has entered the array
// nothing stops it, so the ports to accumulator memory and the one that loads stationary tiles
// must be served at once; only the stream waits (valid/ready). Reads return data after 2 cycles.
//
// Latency from the grant of a vector to the write of its sums: 2N + 21 cycles. Throughput: one
// vector a cycle. A tile of the stationary operand takes max(M, columns in the tile) cycles.
`include "gradcore_assert.svh"
module matrix_unit
  import gradcore_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned F = 40
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         valid_i,
  output logic         ready_o,
  input  gemm_t        gemm_i,
  output logic         done_o,  // a command's last sums are being written
  output logic         busy_o,

  output logic         stream_valid_o,
  input  logic         stream_ready_i,
  output line_t        stream_line_o,
  input  logic [15:0]  stream_data_i [N],

  output logic         load_valid_o,
  output line_t        load_line_o,
  input  logic [15:0]  load_data_i [N],

  output logic         read_valid_o,
  output line_t        read_line_o,
  input  logic [31:0]  read_data_i [N],

  output logic         write_valid_o,
  output line_t        write_line_o,
  output logic [N-1:0] write_mask_o,
  output logic [31:0]  write_data_o [N]
);

  localparam int unsigned SumW = sum_width(N, F);
  localparam int unsigned ReadLatency = 2;   // memory
  localparam int unsigned AlignLatency = 3;
  localparam int unsigned AddLatency = 7;
  localparam int unsigned SumLatency = 2 * N + 14;  // from grant to the vector's sums as binary32
  localparam int unsigned Hazard = ReadLatency + AddLatency;

  // --- Both sequencers take every command, the loader earlier than the stream ---------------

  logic  load_gemm_valid, load_gemm_ready, load_fifo_ready;
  logic  stream_gemm_valid, stream_gemm_ready, stream_fifo_ready;
  gemm_t load_gemm, stream_gemm;

  assign ready_o = load_fifo_ready && stream_fifo_ready;

  sync_fifo #(
    .Width($bits(gemm_t)),
    .Depth(2)
  ) u_load_fifo (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i && ready_o),
    .ready_o(load_fifo_ready),
    .data_i(gemm_i),
    .valid_o(load_gemm_valid),
    .ready_i(load_gemm_ready),
    .data_o(load_gemm)
  );

  sync_fifo #(
    .Width($bits(gemm_t)),
    .Depth(2)
  ) u_stream_fifo (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i && ready_o),
    .ready_o(stream_fifo_ready),
    .data_i(gemm_i),
    .valid_o(stream_gemm_valid),
    .ready_i(stream_gemm_ready),
    .data_o(stream_gemm)
  );

  logic tile_ready, tile_taken;

  typedef struct packed {
    logic                  valid;
    logic [IdxWidth-1:0]   col;
    logic [CountWidth-1:0] count;
  } load_tag_t;
  load_tag_t load_tag;
  assign load_tag.valid = load_valid_o;

  load_sequencer #(
    .N(N)
  ) u_load_sequencer (
    .clk_i,
    .rst_ni,
    .valid_i(load_gemm_valid),
    .ready_o(load_gemm_ready),
    .gemm_i(load_gemm),
    .tile_ready_o(tile_ready),
    .tile_taken_i(tile_taken),
    .read_valid_o(load_valid_o),
    .read_line_o(load_line_o),
    .read_col_o(load_tag.col),
    .read_count_o(load_tag.count)
  );

  typedef struct packed {
    logic                  first;
    logic [CountWidth-1:0] count;
  } stream_tag_t;
  stream_tag_t stream_tag;
  logic        stream_first, stream_grant, stream_busy;
  result_t     result;

  assign stream_grant = stream_valid_o && stream_ready_i;
  assign stream_tag.first = stream_first && stream_grant;

  stream_sequencer #(
    .N(N),
    .Hazard(Hazard)
  ) u_stream_sequencer (
    .clk_i,
    .rst_ni,
    .valid_i(stream_gemm_valid),
    .ready_o(stream_gemm_ready),
    .gemm_i(stream_gemm),
    .tile_ready_i(tile_ready),
    .tile_taken_o(tile_taken),
    .read_valid_o(stream_valid_o),
    .read_ready_i(stream_ready_i),
    .read_line_o(stream_line_o),
    .read_first_o(stream_first),
    .read_count_o(stream_tag.count),
    .result_o(result),
    .busy_o(stream_busy)
  );

  // --- Operands: memory, alignment, skew, array ---------------------------------------------

  localparam int unsigned TagStages = ReadLatency + AlignLatency;

  // Element i is the tag of the request granted i + 1 cycles ago.
  load_tag_t   [TagStages-1:0] load_tag_q;
  stream_tag_t [TagStages-1:0] stream_tag_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      load_tag_q <= '0;
      stream_tag_q <= '0;
    end else begin
      load_tag_q <= {load_tag_q[TagStages-2:0], load_tag};
      stream_tag_q <= {stream_tag_q[TagStages-2:0], stream_tag};
    end
  end

  aligned_t   x_aligned [N];
  aligned_t   w_aligned [N];
  logic [7:0] x_max, w_max;

  operand_align #(
    .Lanes(N)
  ) u_align_x (
    .clk_i,
    .count_i(stream_tag_q[ReadLatency-1].count),
    .data_i(stream_data_i),
    .data_o(x_aligned),
    .max_o(x_max)
  );

  operand_align #(
    .Lanes(N)
  ) u_align_w (
    .clk_i,
    .count_i(load_tag_q[ReadLatency-1].count),
    .data_i(load_data_i),
    .data_o(w_aligned),
    .max_o(w_max)
  );

  stream_lane_t x_lane [N];
  stream_lane_t x_wave [N];
  load_lane_t   w_lane [N];
  load_lane_t   w_wave [N];

  always_comb begin
    for (int unsigned i = 0; i < N; i++) begin
      x_lane[i] = {stream_tag_q[TagStages-1].first, x_max, x_aligned[i]};
      w_lane[i] = {load_tag_q[TagStages-1].valid, load_tag_q[TagStages-1].col, w_max, w_aligned[i]};
    end
  end

  skew #(
    .Lanes(N),
    .Width($bits(stream_lane_t))
  ) u_skew_x (
    .clk_i,
    .data_i(x_lane),
    .data_o(x_wave)
  );

  skew #(
    .Lanes(N),
    .Width($bits(load_lane_t))
  ) u_skew_w (
    .clk_i,
    .data_i(w_lane),
    .data_o(w_wave)
  );

  logic [SumW-1:0] sum      [N];
  special_t        special  [N];
  logic [8:0]      exp      [N];
  logic [31:0]     sum_wave [N];
  logic [31:0]     sum_fp32 [N];

  systolic_array #(
    .Rows(N),
    .Cols(N),
    .F(F)
  ) u_array (
    .clk_i,
    .x_i(x_wave),
    .w_i(w_wave),
    .sum_o(sum),
    .special_o(special),
    .exp_o(exp)
  );

  sum_to_fp32 #(
    .Lanes(N),
    .SumW(SumW),
    .F(F)
  ) u_sum_to_fp32 (
    .clk_i,
    .sum_i(sum),
    .special_i(special),
    .exp_i(exp),
    .data_o(sum_wave)
  );

  skew #(
    .Lanes(N),
    .Width(32),
    .Reverse(1'b1)
  ) u_deskew (
    .clk_i,
    .data_i(sum_wave),
    .data_o(sum_fp32)
  );

  // --- Accumulation: what becomes of a vector waits in a queue while it is in the array ------

  localparam int unsigned FifoDepth = 1 << $clog2(SumLatency);  // holds all between grant and pop

  logic [SumLatency-ReadLatency-2:0] flying_q;  // bit i: a vector was granted i + 1 cycles ago
  logic    pop, result_valid, fifo_ready;
  result_t popped;

  assign pop = flying_q[SumLatency-ReadLatency-2];

  sync_fifo #(
    .Width($bits(result_t)),
    .Depth(FifoDepth)
  ) u_result_fifo (
    .clk_i,
    .rst_ni,
    .valid_i(stream_grant),
    .ready_o(fifo_ready),
    .data_i(result),
    .valid_o(result_valid),
    .ready_i(pop),
    .data_o(popped)
  );

  // Element i left the queue i + 1 cycles ago: the first reads its line, the last writes it.
  typedef struct packed {
    logic    valid;
    result_t result;
  } write_tag_t;
  write_tag_t [Hazard:0] write_tag_q;

  assign read_valid_o = write_tag_q[0].valid && write_tag_q[0].result.add;
  assign read_line_o = write_tag_q[0].result.line;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      flying_q <= '0;
      write_tag_q <= '0;
    end else begin
      flying_q <= {flying_q[SumLatency-ReadLatency-3:0], stream_grant};
      write_tag_q <= {write_tag_q[Hazard-1:0], pop, popped};
    end
  end

  logic [31:0] addend [N];
  always_comb begin
    for (int unsigned i = 0; i < N; i++) begin
      addend[i] = read_data_i[i] & {32{write_tag_q[ReadLatency].result.add}};
    end
  end

  fp32_add #(
    .Lanes(N)
  ) u_add (
    .clk_i,
    .enable_i(1'b1),
    .a_i(addend),
    .b_i(sum_fp32),
    .data_o(write_data_o)
  );

  assign write_valid_o = write_tag_q[Hazard].valid;
  assign write_line_o = write_tag_q[Hazard].result.line;
  assign done_o = write_valid_o && write_tag_q[Hazard].result.last;
  assign write_mask_o = ~({N{1'b1}} << write_tag_q[Hazard].result.count);

  logic adding;  // sums that have left the queue and are not written
  always_comb begin
    adding = 1'b0;
    for (int unsigned i = 0; i <= Hazard; i++) adding = adding | write_tag_q[i].valid;
  end
  assign busy_o = load_gemm_valid || stream_gemm_valid || stream_busy || result_valid || adding;

  `GC_ASSERT(ResultFifoHasRoom, fifo_ready || !stream_grant)
  `GC_ASSERT(ResultFifoHasResult, result_valid || !pop)

endmodule
