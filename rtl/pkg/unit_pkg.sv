// SPDX-License-Identifier: Apache-2.0
// What the command processor hands to the units: checked instructions, in tiles; the matrix
// unit's is gemm_t. And how units address local memory.
package unit_pkg;

  import gradcore_pkg::*;
  import isa_pkg::*;

  // A line of either memory.
  typedef struct packed {
    logic  accumulator;
    line_t line;
  } place_t;

  // A source of the vector unit. Steps are the distances, in tiles, from one row (column) of tiles
  // of the result to the next, whichever way the matrix lies in memory.
  typedef struct packed {
    operand_e             is;
    logic                 transposed;
    logic                 accumulator;
    logic [TileWidth-1:0] tile;
    logic [TileWidth-1:0] row_step;
    logic [TileWidth-1:0] col_step;
  } vector_source_t;

  // A result; the tiles of a row of tiles are neighbours.
  typedef struct packed {
    logic                 accumulator;
    logic [TileWidth-1:0] tile;
    logic [TileWidth-1:0] row_step;
  } vector_target_t;

  typedef struct packed {
    logic [31:0]    rows;
    logic [31:0]    cols;
    vector_source_t a;
    vector_source_t b;
    vector_source_t c;  // is a constant where `combine` does not look at it
    vector_target_t d;
    vector_target_t e;
    combine_e       combine;
    apply_e         apply;
    reduce_e        reduce;
    logic           write_d;
    logic           write_e;
    logic           stochastic;
    order_e         order;
    logic [15:0]    stream;
    logic [31:0]    b_constant;
    logic [31:0]    c_constant;
    logic [31:0]    seed;
  } vector_t;

  // A load or a store.
  typedef struct packed {
    logic [31:0]          rows;
    logic [31:0]          cols;
    format_e              format;  // in DRAM
    logic                 accumulator;
    logic [TileWidth-1:0] tile;
    logic [TileWidth-1:0] row_step;
    logic [63:0]          address; // in DRAM, a multiple of an element's size
    logic [31:0]          pitch;   // likewise
  } transfer_t;

endpackage
