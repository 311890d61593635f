// SPDX-License-Identifier: Apache-2.0
// Cuts the beats that come from DRAM into chunks of lines: at most 16 bytes that lie together in
// the line, moved to lane 0. Of a line that is in no beat the chunks are zeros.
//
// Latency 1. Throughput: one chunk a cycle, a whole beat where data are aligned or rows adjoin; one
// cycle more where a span begins with a chunk that lies in two beats. Backpressure: valid/ready;
// beats and lines wait for each other.
module beat_unpack
  import gradcore_pkg::*;
  import isa_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned N = 16
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  input  logic                       beat_valid_i,
  output logic                       beat_ready_o,
  input  logic [31:0]                beat_i [BeatWords],
  input  logic                       beat_error_i,

  input  logic                       line_valid_i,
  output logic                       line_ready_o,
  input  dma_line_t                  line_i,

  output logic                       valid_o,
  input  logic                       ready_i,
  output logic [31:0]                chunk_o [BeatWords],
  output dma_line_t                  line_o,   // the chunk's
  output logic [ChunkIndexWidth-1:0] index_o,  // which of its chunks
  output logic                       end_o,    // its last one
  output logic                       error_o   // some beat of the instruction so far had an error
);

  localparam int unsigned SumW = OffsetWidth + 2;
  localparam logic [SumW-1:0] Halves = SumW'(BeatHalves);

  // The window on the stream: the beat held, then the one offered. Position BeatHalves is the
  // first half of the beat offered; the one held is then used up.
  logic [31:0]                held_q [BeatWords];
  logic [OffsetWidth:0]       position_q, position;
  logic                       primed_q;  // the span's first beat is held
  logic [ChunkIndexWidth-1:0] index_q;
  logic [CountWidth-1:0]      done_q, left;  // elements of the line
  logic                       error_q, error;

  logic [3:0]      most, elements;
  logic [SumW-1:0] halves, sum;
  logic            chunk_end, beyond_held, beyond_both, room, enough, fire, pop;

  assign most = chunk_elements(line_i.format, N);
  assign left = line_i.count - done_q;
  assign chunk_end = left <= CountWidth'(most);
  assign elements = chunk_end ? left[3:0] : most;
  assign halves = line_i.format == FormatFp32 ? SumW'({elements, 1'b0}) : SumW'(elements);
  assign position = line_i.fresh && done_q == '0 && !primed_q ? {1'b1, line_i.offset} : position_q;
  assign sum = SumW'(position) + halves;
  assign beyond_held = sum > Halves && !line_i.none;
  assign beyond_both = sum > 2 * Halves && !line_i.none;

  assign room = !valid_o || ready_i;
  assign enough = !beyond_both && (beat_valid_i || !beyond_held);
  assign fire = line_valid_i && room && enough;
  assign beat_ready_o = line_valid_i && (beyond_both || (beyond_held && room));
  assign line_ready_o = room && enough && chunk_end;
  assign pop = beat_valid_i && beat_ready_o;
  assign error = error_q || (pop && beat_error_i);

  always_ff @(posedge clk_i) begin : move
    logic [31:0] window [BeatWords];
    logic [31:0] words  [BeatWords];
    logic [31:0] moved  [BeatWords];

    if (fire) begin
      for (int unsigned i = 0; i < BeatWords; i++) begin
        window[i][15:0] = 2 * i < 32'(position) ? beat_i[i][15:0] : held_q[i][15:0];
        window[i][31:16] = 2 * i + 1 < 32'(position) ? beat_i[i][31:16] : held_q[i][31:16];
      end
      for (int unsigned i = 0; i < BeatWords; i++) begin
        words[i] = window[(i+32'(position[OffsetWidth-1:1]))%BeatWords];
      end
      for (int unsigned i = 0; i < BeatWords; i++) begin
        moved[i] = position[0] ? {words[(i+1)%BeatWords][15:0], words[i][31:16]} : words[i];
        moved[i] = moved[i] & ~{32{line_i.none}};
      end
      chunk_o <= moved;
    end
    if (pop) held_q <= beat_i;
    if (fire && !line_i.none) position_q <= (OffsetWidth + 1)'(beyond_held ? sum - Halves : sum);
    else if (pop) position_q <= {1'b0, position[OffsetWidth-1:0]};
    if (fire) begin
      line_o <= line_i;
      index_o <= index_q;
      end_o <= chunk_end;
      error_o <= error;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_o <= 1'b0;
      primed_q <= 1'b0;
      index_q <= '0;
      done_q <= '0;
      error_q <= 1'b0;
    end else begin
      if (room) valid_o <= fire;
      if (fire) primed_q <= 1'b0;
      else if (pop) primed_q <= 1'b1;
      if (fire) begin
        index_q <= chunk_end ? '0 : index_q + 1'b1;
        done_q <= chunk_end ? '0 : done_q + CountWidth'(most);
      end
      error_q <= error && !(fire && chunk_end && line_i.last);
    end
  end

endmodule
