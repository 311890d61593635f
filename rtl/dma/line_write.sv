// SPDX-License-Identifier: Apache-2.0
// Puts chunks together to lines, in the format of their memory, and offers these to local memory.
//
// Numbers that keep their format keep their bits; bfloat16 to binary32 is exact, binary32 to
// bfloat16 rounds to nearest even; a NaN that changes its format becomes the canonical one.
// Latency 1 from a line's last chunk. Throughput: one chunk a cycle. Backpressure: valid/ready;
// ready_o depends on write_ready_i.
module line_write
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned N = 16
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  input  logic                       valid_i,
  output logic                       ready_o,
  input  logic [31:0]                chunk_i [BeatWords],
  input  dma_line_t                  line_i,
  input  logic [ChunkIndexWidth-1:0] index_i,
  input  logic                       end_i,
  input  logic                       error_i,

  output logic                       write_valid_o,
  input  logic                       write_ready_i,
  output place_t                     write_place_o,
  output logic [N-1:0]               write_mask_o,
  output logic [31:0]                write_data_o [N],
  output logic                       last_o,  // the line is an instruction's last one
  output logic                       error_o  // a beat of the instruction had an error; with last_o
);

  logic [15:0] rounded [BeatWords];
  logic [15:0] random  [BeatWords];
  logic        fp32, accumulator, fire;
  logic [31:0] line_q  [N];

  assign fp32 = line_i.format == FormatFp32;
  assign accumulator = line_i.place.accumulator;

  always_comb begin
    for (int unsigned i = 0; i < BeatWords; i++) random[i] = '0;
  end

  fp32_to_bf16 #(
    .Lanes(BeatWords)
  ) u_round (
    .valid_i(valid_i && fp32 && !accumulator),
    .stochastic_i(1'b0),
    .random_i(random),
    .data_i(chunk_i),
    .data_o(rounded)
  );

  assign ready_o = !end_i || !write_valid_o || write_ready_i;
  assign fire = valid_i && ready_o;

  always_ff @(posedge clk_i) begin : lines
    logic [31:0]  singles [BeatWords];   // a chunk of binary32
    logic [31:0]  halves  [BeatHalves];  // a chunk of bfloat16
    logic [31:0]  line    [N];
    logic [N-1:0] mask;

    if (fire) begin
      for (int unsigned i = 0; i < BeatWords; i++) begin
        singles[i] = accumulator ? chunk_i[i] : {rounded[i], 16'd0};
        halves[2*i] = accumulator ? widen(chunk_i[i][15:0]) : {chunk_i[i][15:0], 16'd0};
        halves[2*i+1] = accumulator ? widen(chunk_i[i][31:16]) : {chunk_i[i][31:16], 16'd0};
      end
      for (int unsigned i = 0; i < N; i++) begin
        line[i] = line_q[i];
        if (fp32 && 32'(index_i) == i / BeatWords) line[i] = singles[i%BeatWords];
        if (!fp32 && 32'(index_i) == i / BeatHalves) line[i] = halves[i%BeatHalves];
      end
      mask = N'((64'd1 << line_i.count) - 64'd1);
      line_q <= line;
      if (end_i) begin
        write_place_o <= line_i.place;
        write_mask_o <= mask;
        write_data_o <= line;
        last_o <= line_i.last;
        error_o <= error_i;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) write_valid_o <= 1'b0;
    else if (!write_valid_o || write_ready_i) write_valid_o <= valid_i && end_i;
  end

endmodule
