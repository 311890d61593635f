// SPDX-License-Identifier: Apache-2.0
// The port through which a host reads and writes local memory, one line of N binary32 at a time.
//
// Bit 31 of the byte address selects accumulator memory. Values written to operand memory are
// rounded to bfloat16 (nearest even); values read from it are exact. A line outside the memory
// reads as zero and is not written. A request is decoded in its first cycle and wants its memory
// from the second on, so a busy host takes every other cycle of it; for accumulator memory it
// waits until the matrix unit leaves a cycle free.
// Reads return in order, 3 cycles or more after they are accepted (valid/ready).
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

  output logic         operand_valid_o,  // is served at once
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

  logic [31:0] line;  // number of the line within its memory
  assign line = {1'b0, address_i[30:0]} >> (address_i[31] ? IdxW + 2 : IdxW + 1);

  // The request as decoded in its first cycle; it holds until taken.
  logic seen_q, write_q, accumulator_q, outside_q;

  always_ff @(posedge clk_i) begin
    write_q <= write_i;
    accumulator_q <= address_i[31];
    outside_q <= line >= N * (address_i[31] ? AccumulatorTiles : OperandTiles);
    line_o <= '{tile: TileWidth'(line >> IdxW), idx: IdxWidth'(line[IdxW-1:0]), by_col: 1'b0};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) seen_q <= 1'b0;
    else seen_q <= valid_i && !ready_o;
  end

  logic slot_free, want, want_inside, accept_read;
  assign want = seen_q && (write_q || slot_free);
  assign want_inside = want && !outside_q;
  assign operand_valid_o = want_inside && !accumulator_q;
  assign operand_write_o = write_q;
  assign read_valid_o = want_inside && accumulator_q && !write_q;
  assign write_valid_o = want_inside && accumulator_q && write_q;

  assign ready_o = want &&
      (outside_q || !accumulator_q || (write_q ? write_ready_i : read_ready_i));
  assign accept_read = ready_o && !write_q;

  logic [15:0] no_random [N];
  logic [15:0] rounded   [N];
  always_comb begin
    for (int unsigned i = 0; i < N; i++) no_random[i] = '0;
  end

  fp32_to_bf16 #(
    .Lanes(N)
  ) u_convert (
    .valid_i(valid_i),
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
      source_q[0] <= '{valid: accept_read, accumulator: accumulator_q, outside: outside_q};
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
