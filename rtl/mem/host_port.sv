// SPDX-License-Identifier: Apache-2.0
// The port through which a host reads and writes local memory, one line of N binary32 at a time.
//
// Bit 31 of the byte address selects accumulator memory. Values written to operand memory are
// rounded to bfloat16 (nearest even); values read from it are exact. A line outside the memory
// reads as zero and is not written. Requests wait while the matrix unit uses the memory's port:
// for operand memory in turn with it, for accumulator memory until it leaves a cycle free.
// Reads return in order, 2 cycles or more after they are accepted (valid/ready). The data of a
// write to operand memory are there from the second cycle of its request on: it must not be
// granted in the first.
`include "gradcore_assert.svh"
module host_port
  import gradcore_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned OperandTiles = 4096,
  parameter int unsigned AccumulatorTiles = 2048
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         valid_i,
  output logic         ready_o,
  input  logic         write_i,
  input  logic [31:0]  address_i,
  input  logic [31:0]  data_i [N],

  output logic         valid_o,
  input  logic         ready_i,
  output logic [31:0]  data_o [N],

  output logic         operand_valid_o,
  input  logic         operand_ready_i,
  output logic         operand_write_o,
  output logic [15:0]  operand_data_o [N],
  input  logic [15:0]  operand_data_i [N],

  output logic         read_valid_o,
  input  logic         read_ready_i,
  input  logic [31:0]  read_data_i [N],

  output logic         write_valid_o,
  input  logic         write_ready_i,

  output line_t        line_o  // for all three
);

  localparam int unsigned IdxW = $clog2(N);
  localparam int unsigned Slots = 4;  // reads under way, including those that wait for ready_i

  logic        accumulator, outside, slot_free, accept_read;
  logic [31:0] line;  // number of the line within its memory

  assign accumulator = address_i[31];
  assign line = {1'b0, address_i[30:0]} >> (accumulator ? IdxW + 2 : IdxW + 1);
  assign outside = line >= N * (accumulator ? AccumulatorTiles : OperandTiles);
  assign line_o = '{tile: TileWidth'(line >> IdxW), idx: IdxWidth'(line[IdxW-1:0]), by_col: 1'b0};

  logic want_read;
  assign want_read = valid_i && !write_i && slot_free;
  assign operand_valid_o = !accumulator && !outside && ((valid_i && write_i) || want_read);
  assign operand_write_o = write_i;
  assign read_valid_o = accumulator && !outside && want_read;
  assign write_valid_o = accumulator && !outside && valid_i && write_i;

  always_comb begin
    if (!write_i && !slot_free) ready_o = 1'b0;
    else if (outside) ready_o = 1'b1;
    else if (!accumulator) ready_o = operand_ready_i;
    else ready_o = write_i ? write_ready_i : read_ready_i;
  end
  assign accept_read = want_read && ready_o;

  logic [15:0] no_random [N];
  logic [15:0] rounded   [N];
  always_comb begin
    for (int unsigned i = 0; i < N; i++) no_random[i] = '0;
  end

  fp32_to_bf16 #(
    .Lanes(N)
  ) u_convert (
    .stochastic_i(1'b0),
    .random_i(no_random),
    .data_i,
    .data_o(rounded)
  );

  always_ff @(posedge clk_i) operand_data_o <= rounded;

  // Reads under way: where the data of 1 and 2 cycles ago come from.
  typedef struct packed {
    logic valid;
    logic accumulator;
    logic outside;
  } source_t;
  source_t source_q [2];
  logic [$clog2(Slots):0] used_q;
  logic response_ready;

  assign slot_free = used_q != ($clog2(Slots) + 1)'(Slots);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      source_q[0] <= '0;
      source_q[1] <= '0;
      used_q <= '0;
    end else begin
      source_q[0] <= '{valid: accept_read, accumulator: accumulator, outside: outside};
      source_q[1] <= source_q[0];
      used_q <= used_q + ($clog2(Slots) + 1)'(accept_read) -
          ($clog2(Slots) + 1)'(valid_o && ready_i);
    end
  end

  logic [N*32-1:0] response, response_q;
  always_comb begin
    for (int unsigned i = 0; i < N; i++) begin
      response[i*32+:32] = source_q[1].outside ? 32'd0 :
          source_q[1].accumulator ? read_data_i[i] : {operand_data_i[i], 16'd0};
      data_o[i] = response_q[i*32+:32];
    end
  end

  sync_fifo #(
    .Width(N * 32),
    .Depth(Slots)
  ) u_responses (
    .clk_i,
    .rst_ni,
    .valid_i(source_q[1].valid),
    .ready_o(response_ready),
    .data_i(response),
    .valid_o,
    .ready_i,
    .data_o(response_q)
  );

  `GC_ASSERT(ResponseHasRoom, response_ready || !source_q[1].valid)

endmodule
