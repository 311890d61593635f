// SPDX-License-Identifier: Apache-2.0
// What the parts of the DMA hand to each other.
//
// A matrix moves as spans: runs of bytes in DRAM without a gap, a row each, or all rows where they
// follow each other directly. Spans are cut twice, and apart from each other: into bursts of beats
// for the bus, and into lines of local memory.
package dma_pkg;

  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import axi_pkg::*;

  localparam int unsigned BeatWords = AxiBytes / 4;
  localparam int unsigned BeatHalves = AxiBytes / 2;  // numbers of 16 bits in a beat
  localparam int unsigned OffsetWidth = $clog2(BeatHalves);
  localparam int unsigned ChunkIndexWidth = $clog2(MaxN / 4);

  // A row of an indexed transfer.
  typedef struct packed {
    logic                   none;    // there is none in DRAM
    logic                   bad;     // nor is there one behind it: the list has a bad entry
    logic [OffsetWidth-1:0] offset;  // in its first beat, in halves
  } dma_row_t;

  // A line of local memory and where its numbers lie in the stream of beats. On the way to list
  // memory the number of its tile is that of its first entry.
  typedef struct packed {
    logic                   to_list;
    logic                   none;      // is in no beat: zeros
    logic                   bad;       // its instruction has failed, and ends with it
    place_t                 place;
    logic [CountWidth-1:0]  count;     // elements: the first ones of the line
    format_e                format;    // in DRAM
    logic                   fresh;     // begins a span
    logic [OffsetWidth-1:0] offset;    // of the span in its first beat, in halves; where fresh
    logic                   span_end;  // ends a span
    logic                   last;      // of its instruction
  } dma_line_t;

  // An element of bfloat16 as binary32; a NaN becomes the canonical one.
  function automatic logic [31:0] widen(logic [15:0] data);
    logic nan;
    nan = data[14:0] > 15'h7f80;
    return (Fp32Nan & {32{nan}}) | ({data, 16'd0} & ~{32{nan}});
  endfunction

  // What a line holds of a chunk: binary32 in fours, bfloat16 in eights, never more than N.
  function automatic logic [3:0] chunk_elements(format_e format, int unsigned n);
    return (format == FormatFp32 || n == 4) ? 4'd4 : 4'd8;
  endfunction

endpackage
