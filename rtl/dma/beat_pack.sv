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
  input  logic [15:0]             chunk_i [BeatHalves],
  input  logic [3:0]              halves_i,
  input  logic                    fresh_i,   // begins a span,
  input  logic [OffsetWidth-1:0]  offset_i,  // at this half of its beat
  input  logic                    end_i,     // ends a span

  output logic                    beat_valid_o,
  input  logic                    beat_ready_i,
  output logic [AxiDataWidth-1:0] beat_o,
  output logic [AxiBytes-1:0]     strobe_o
);

  localparam int unsigned SumW = OffsetWidth + 1;

  // The beat that is being filled: what it has so far, and where it goes on.
  logic [15:0]            filled_q [BeatHalves];
  logic [BeatHalves-1:0]  strobe_q, here, next;
  logic [OffsetWidth-1:0] position_q, position;
  logic                   flush_q;  // the span is over, its last beat has not left
  logic [SumW-1:0]        sum;
  logic                   full, over, fire;
  logic [15:0]            moved    [BeatHalves];

  assign position = fresh_i ? offset_i : position_q;
  assign sum = SumW'(position) + halves_i;
  assign full = sum[OffsetWidth];
  assign over = full && sum[OffsetWidth-1:0] != '0;  // into the next beat

  rotate #(
    .Lanes(BeatHalves),
    .Width(16),
    .Right(1'b1)
  ) u_rotate (
    .amount_i(position),
    .data_i(chunk_i),
    .data_o(moved)
  );

  always_comb begin
    for (int unsigned i = 0; i < BeatHalves; i++) begin
      here[i] = i >= 32'(position) && i < 32'(sum);
      next[i] = i + BeatHalves < 32'(sum);
    end
  end

  assign beat_valid_o = flush_q || (valid_i && (full || end_i));
  assign ready_o = !flush_q && (beat_ready_i || !(full || end_i));
  assign fire = valid_i && ready_o;

  always_comb begin
    for (int unsigned i = 0; i < BeatHalves; i++) begin
      beat_o[16*i+:16] = here[i] && !flush_q ? moved[i] : filled_q[i];
      strobe_o[2*i+:2] = {2{strobe_q[i] || (here[i] && !flush_q)}};
    end
  end

  always_ff @(posedge clk_i) begin : fill
    logic [15:0] filled_d [BeatHalves];
    for (int unsigned i = 0; i < BeatHalves; i++) begin
      filled_d[i] = full || here[i] ? moved[i] : filled_q[i];
    end
    if (fire) begin
      filled_q <= filled_d;
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
