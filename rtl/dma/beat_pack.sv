// SPDX-License-Identifier: Apache-2.0
// Packs chunks into the beats of their spans; bytes outside a span have no strobe.
//
// Combinational from chunk to beat. Throughput: one chunk a cycle; one cycle more where the last
// chunk of a span reaches into another beat. Backpressure: valid/ready; ready_o depends on
// beat_ready_i.
module beat_pack
  import gradcore_pkg::*;
  import axi_pkg::*;
  import dma_pkg::*;
(
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic                    valid_i,
  output logic                    ready_o,
  input  logic [31:0]             chunk_i [BeatWords],
  input  logic [3:0]              halves_i,
  input  logic                    fresh_i,   // begins a span,
  input  logic [OffsetWidth-1:0]  offset_i,  // at this half of its beat
  input  logic                    end_i,     // ends a span

  output logic                    beat_valid_o,
  input  logic                    beat_ready_i,
  output logic [31:0]             beat_o [BeatWords],
  output logic [AxiBytes-1:0]     strobe_o
);

  localparam int unsigned SumW = OffsetWidth + 1;

  // The beat that is being filled: what it has so far, and where it goes on.
  logic [31:0]            filled_q [BeatWords];
  logic [BeatHalves-1:0]  strobe_q, here, next, counts;
  logic [OffsetWidth-1:0] position_q, position;
  logic                   flush_q;  // the span is over, its last beat has not left
  logic [SumW-1:0]        sum;
  logic                   full, over, fire;
  logic [2*BeatHalves-1:0] below;  // the halves below sum
  logic [31:0]            moved    [BeatWords];
  logic [31:0]            mask     [BeatWords];  // of what is new in the beat

  assign position = fresh_i ? offset_i : position_q;
  assign sum = SumW'(position) + halves_i;
  assign full = sum[OffsetWidth];
  assign over = full && sum[OffsetWidth-1:0] != '0;  // into the next beat

  assign below = ~({2 * BeatHalves{1'b1}} << sum);
  assign here = below[BeatHalves-1:0] & ({BeatHalves{1'b1}} << position);
  assign next = below[2*BeatHalves-1:BeatHalves];

  always_comb begin : move
    logic [31:0] words [BeatWords];
    for (int unsigned i = 0; i < BeatWords; i++) begin
      words[i] = '0;
      moved[i] = '0;
      mask[i] = '0;
    end
    if (valid_i && !flush_q) begin
      for (int unsigned i = 0; i < BeatWords; i++) begin
        words[i] = chunk_i[(i-32'(position[OffsetWidth-1:1]))%BeatWords];
      end
      for (int unsigned i = 0; i < BeatWords; i++) begin
        moved[i] = position[0] ? {words[i][15:0], words[(i+BeatWords-1)%BeatWords][31:16]}
                               : words[i];
        mask[i] = {{16{here[2*i+1]}}, {16{here[2*i]}}};
      end
    end
  end

  always_comb begin
    for (int unsigned i = 0; i < BeatWords; i++) begin
      beat_o[i] = (moved[i] & mask[i]) | (filled_q[i] & ~mask[i]);
    end
  end

  assign beat_valid_o = flush_q || (valid_i && (full || end_i));
  assign ready_o = !flush_q && (beat_ready_i || !(full || end_i));
  assign fire = valid_i && ready_o;

  assign counts = flush_q ? strobe_q : strobe_q | here;
  assign strobe_o = {{2{counts[7]}}, {2{counts[6]}}, {2{counts[5]}}, {2{counts[4]}},
                     {2{counts[3]}}, {2{counts[2]}}, {2{counts[1]}}, {2{counts[0]}}};

  always_ff @(posedge clk_i) begin
    if (fire) begin
      filled_q <= full ? moved : beat_o;
      position_q <= sum[OffsetWidth-1:0];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      flush_q <= 1'b0;
      strobe_q <= '0;
    end else if (fire) begin
      flush_q <= end_i && over;
      if (full) strobe_q <= next;
      else strobe_q <= end_i ? '0 : strobe_q | here;
    end else if (flush_q && beat_ready_i) begin
      flush_q <= 1'b0;
      strobe_q <= '0;
    end
  end

endmodule
