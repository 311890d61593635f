// SPDX-License-Identifier: Apache-2.0
// Cuts a transfer into bursts of whole beats, in the order of addresses within a span.
//
// A burst ends where its span does or at a multiple of its largest size, Beats * 16 bytes, and so
// never crosses 4 KiB. Rows that follow each other without a gap are one span.
// Latency 1. Throughput: one burst a cycle, less one cycle for each row, or eight short ones, that
// a span grows by, and one between transfers. Backpressure: valid/ready on both sides.
module burst_walk
  import isa_pkg::*;
  import unit_pkg::*;
  import axi_pkg::*;
#(
  parameter int unsigned Beats = 16  // of a burst at most; a power of two, 2 to 256
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  input  logic                       valid_i,
  output logic                       ready_o,
  input  transfer_t                  transfer_i,

  output logic                       valid_o,
  input  logic                       ready_i,
  output logic [AxiAddressWidth-1:0] address_o,
  output logic [7:0]                 length_o,  // beats - 1
  output logic                       last_o     // of the transfer
);

  localparam int unsigned BeatW = $clog2(AxiBytes);
  localparam int unsigned BlockW = $clog2(Beats) + BeatW;
  localparam int unsigned LeftW = 35;  // a row has at most 2^34 bytes
  localparam logic [LeftW-1:0] Block = LeftW'(1) << BlockW;

  logic                       active_q, adjoining_q;
  logic [AxiAddressWidth-1:0] address_q, row_q;  // of the next byte, of the row (if not adjoining)
  logic [LeftW-1:0]           left_q;            // bytes of the span from address_q on
  logic [33:0]                row_bytes_q, row_bytes;
  logic [31:0]                rows_q, pitch_q;   // rows that left_q does not count yet
  logic                       grow, grow_by_8, span_done, fire;
  logic [LeftW-1:0]           end_;
  logic [BlockW-1:0]          last_byte;
  logic [BlockW-BeatW-1:0]    last_beat;
  logic [AxiAddressWidth-1:0] next_row, next_block;

  assign row_bytes = transfer_i.format == FormatFp32 ? {transfer_i.cols, 2'd0}
                                                     : {1'b0, transfer_i.cols, 1'b0};

  // A span of several rows grows until it fills a burst, whatever its alignment.
  assign grow = adjoining_q && rows_q != '0 && left_q < 2 * Block;
  assign grow_by_8 = rows_q >= 32'd8 && row_bytes_q < 34'd64;

  assign end_ = left_q + LeftW'(address_q[BlockW-1:0]);  // from the start of the block
  assign span_done = end_ <= Block;
  assign last_byte = BlockW'(end_ - LeftW'(1));
  assign next_row = row_q + AxiAddressWidth'(pitch_q);
  assign next_block = {address_q[AxiAddressWidth-1:BlockW] + 1'b1, BlockW'(0)};

  assign ready_o = !active_q;
  assign valid_o = active_q && !grow;
  assign address_o = {address_q[AxiAddressWidth-1:BeatW], BeatW'(0)};
  assign last_beat = span_done ? last_byte[BlockW-1:BeatW] : '1;
  assign length_o = 8'(last_beat) - 8'(address_q[BlockW-1:BeatW]);
  assign last_o = span_done && rows_q == '0;
  assign fire = valid_o && ready_i;

  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) begin
      adjoining_q <= 34'(transfer_i.pitch) == row_bytes;
      address_q <= transfer_i.address;
      row_q <= transfer_i.address;
      left_q <= LeftW'(row_bytes);
      row_bytes_q <= row_bytes;
      rows_q <= transfer_i.rows - 32'd1;
      pitch_q <= transfer_i.pitch;
    end else if (grow) begin
      left_q <= left_q + (grow_by_8 ? LeftW'({row_bytes_q, 3'd0}) : LeftW'(row_bytes_q));
      rows_q <= rows_q - (grow_by_8 ? 32'd8 : 32'd1);
    end else if (fire) begin
      address_q <= span_done ? next_row : next_block;
      left_q <= span_done ? LeftW'(row_bytes_q) : end_ - Block;
      if (span_done) begin
        row_q <= next_row;
        rows_q <= rows_q - 32'd1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) active_q <= 1'b0;
    else if (ready_o) active_q <= valid_i;
    else if (fire && last_o) active_q <= 1'b0;
  end

  if (Beats < 2 || Beats > 256 || (Beats & (Beats - 1)) != 0) begin : gen_check
    $error("burst_walk: Beats must be a power of two from 2 to 256");
  end

endmodule
