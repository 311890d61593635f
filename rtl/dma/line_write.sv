// SPDX-License-Identifier: Apache-2.0
// Puts chunks together to lines, in the format of their memory, and offers these to local memory.
// Chunks for list memory go there one by one, as they are; it takes them at once. A line of a row
// that is none writes nothing.
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
  output logic                       list_valid_o,
  output logic [ListWidth-1:0]       list_entry_o,  // of its first word
  output logic [BeatWords-1:0]       list_mask_o,
  output logic [31:0]                list_data_o [BeatWords],
  output logic                       last_o,   // the line or chunk is an instruction's last one
  output logic                       error_o,  // a beat of it had an error; with last_o
  output logic                       bad_o     // its list had a bad entry; likewise
);

  logic [15:0] rounded [BeatWords];
  logic [15:0] random  [BeatWords];
  logic        fp32, accumulator, leaves, fire;
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

  assign leaves = end_i || line_i.to_list;
  assign ready_o = !leaves || !write_valid_o || write_ready_i;
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
      mask = line_i.none ? '0 : N'((64'd1 << line_i.count) - 64'd1);
      line_q <= line;
      if (end_i) begin
        write_place_o <= line_i.place;
        write_mask_o <= mask;
        write_data_o <= line;
      end
      if (leaves) begin
        last_o <= line_i.last && end_i;
        error_o <= error_i;
        bad_o <= line_i.bad;
      end
    end
  end

  // Words of the chunk that belong to the line.
  always_ff @(posedge clk_i) begin : list
    logic [CountWidth-1:0] done;
    if (valid_i && line_i.to_list) begin
      done = CountWidth'({index_i, 2'b00});
      list_entry_o <= line_i.place.line.tile[ListWidth-1:0] + ListWidth'(done);
      for (int unsigned i = 0; i < BeatWords; i++) begin
        list_mask_o[i] <= done + CountWidth'(i) < line_i.count;
      end
      list_data_o <= chunk_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_valid_o <= 1'b0;
      list_valid_o <= 1'b0;
    end else begin
      if (!write_valid_o || write_ready_i) write_valid_o <= valid_i && end_i && !line_i.to_list;
      list_valid_o <= fire && line_i.to_list;
    end
  end

endmodule
