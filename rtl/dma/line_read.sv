// SPDX-License-Identifier: Apache-2.0
// Reads lines of local memory and cuts them into chunks of at most 16 bytes in the format of DRAM.
//
// Numbers that keep their format keep their bits; bfloat16 to binary32 is exact, binary32 to
// bfloat16 rounds to nearest even; a NaN that changes its format becomes the canonical one.
// Latency: a line's first chunk follows its data by 2 cycles. Throughput: one chunk a cycle.
// Backpressure: valid/ready; lines are asked for only while there is room for their data.
`include "gradcore_assert.svh"
module line_read
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned N = 16
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        line_valid_i,
  output logic        line_ready_o,
  input  dma_line_t   line_i,

  output logic        read_valid_o,
  input  logic        read_ready_i,
  output place_t      read_place_o,
  input  logic [31:0] read_data_i [N],  // 2 cycles after valid and ready met

  output logic        valid_o,
  input  logic        ready_i,
  output logic [31:0] chunk_o [BeatWords],
  output logic [3:0]  halves_o,  // how many of them count, from the first on
  output dma_line_t   line_o,    // the chunk's
  output logic        begin_o,   // first chunk of its line
  output logic        end_o      // last chunk of its line
);

  localparam int unsigned Depth = 4;
  localparam int unsigned PtrW = $clog2(Depth);
  localparam int unsigned Lanes = N < BeatHalves ? N : BeatHalves;  // elements looked at at once
  localparam int unsigned Groups = N / Lanes;

  // --- Lines: asked for, on their way, held --------------------------------------------------
  logic            asked, line_done, line_valid, queue_ready, queue_valid;
  logic [PtrW:0]   used_q, held_q;  // asked for and not yet cut, of these with data
  logic [1:0]      coming_q;        // asked for 1 and 2 cycles ago
  logic [PtrW-1:0] write_q, read_q;
  dma_line_t       line;
  logic [31:0]     head [N];

  assign read_valid_o = line_valid_i && used_q != (PtrW + 1)'(Depth);
  assign line_ready_o = read_ready_i && used_q != (PtrW + 1)'(Depth);
  assign read_place_o = line_i.place;
  assign asked = read_valid_o && read_ready_i;
  assign line_valid = held_q != '0;

  sync_fifo #(
    .Width($bits(dma_line_t)),
    .Depth(Depth)
  ) u_lines (
    .clk_i,
    .rst_ni,
    .valid_i(asked),
    .ready_o(queue_ready),
    .data_i(line_i),
    .valid_o(queue_valid),
    .ready_i(line_done),
    .data_o(line)
  );

  for (genvar i = 0; i < N; i++) begin : gen_lane
    logic [31:0] data_q [Depth];
    always_ff @(posedge clk_i) begin
      if (coming_q[1]) data_q[write_q] <= read_data_i[i];
    end
    assign head[i] = data_q[read_q];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      used_q <= '0;
      held_q <= '0;
      coming_q <= '0;
      write_q <= '0;
      read_q <= '0;
    end else begin
      used_q <= used_q + (PtrW + 1)'(asked) - (PtrW + 1)'(line_done);
      held_q <= held_q + (PtrW + 1)'(coming_q[1]) - (PtrW + 1)'(line_done);
      coming_q <= {coming_q[0], asked};
      write_q <= write_q + PtrW'(coming_q[1]);
      read_q <= read_q + PtrW'(line_done);
    end
  end

  // --- Chunks -------------------------------------------------------------------------------
  logic [ChunkIndexWidth-1:0] index_q, group;
  logic [CountWidth-1:0]      done_q, left;
  logic [3:0]                 most, elements;
  logic                       fp32, upper, accumulator, chunk_end, fire;
  logic [31:0]                lanes   [BeatHalves];
  logic [15:0]                rounded [BeatHalves];
  logic [15:0]                random  [BeatHalves];

  assign fp32 = line.format == FormatFp32;
  assign accumulator = line.place.accumulator;
  assign most = chunk_elements(line.format, N);
  assign left = line.count - done_q;
  assign chunk_end = left <= CountWidth'(most);
  assign elements = chunk_end ? left[3:0] : most;
  assign group = fp32 && N > BeatWords ? index_q >> 1 : index_q;
  assign upper = fp32 && N > BeatWords && index_q[0];  // the second four of a group

  always_comb begin
    for (int unsigned i = 0; i < BeatHalves; i++) begin
      lanes[i] = '0;
      random[i] = '0;
    end
    if (line_valid) begin  // simulation is faster where there is nothing to look at
      for (int unsigned g = 0; g < Groups; g++) begin
        for (int unsigned i = 0; i < Lanes; i++) begin
          if (32'(group) == g) lanes[i] = head[g*Lanes+i];
        end
      end
    end
  end

  fp32_to_bf16 #(
    .Lanes(BeatHalves)
  ) u_round (
    .valid_i(line_valid && accumulator && !fp32),
    .stochastic_i(1'b0),
    .random_i(random),
    .data_i(lanes),
    .data_o(rounded)
  );

  assign fire = line_valid && (!valid_o || ready_i);
  assign line_done = fire && chunk_end;

  always_ff @(posedge clk_i) begin : convert
    logic [31:0] chunk [BeatWords];
    logic [15:0] half  [BeatHalves];
    logic [31:0] word;

    if (fire) begin
      for (int unsigned i = 0; i < BeatHalves; i++) begin
        half[i] = accumulator ? rounded[i] : lanes[i][31:16];
      end
      for (int unsigned i = 0; i < BeatWords; i++) begin
        word = upper ? lanes[BeatWords+i] : lanes[i];
        if (!accumulator) word = widen(word[31:16]);
        chunk[i] = fp32 ? word : {half[2*i+1], half[2*i]};
      end
      chunk_o <= chunk;
      halves_o <= fp32 ? {elements[2:0], 1'b0} : elements;
      line_o <= line;
      begin_o <= done_q == '0;
      end_o <= chunk_end;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_o <= 1'b0;
      index_q <= '0;
      done_q <= '0;
    end else begin
      if (!valid_o || ready_i) valid_o <= line_valid;
      if (fire) begin
        index_q <= chunk_end ? '0 : index_q + 1'b1;
        done_q <= chunk_end ? '0 : done_q + CountWidth'(most);
      end
    end
  end

  `GC_ASSERT(DataHaveALine, !line_valid || queue_valid)
  `GC_ASSERT(LinesHaveRoom, !asked || queue_ready)

endmodule
