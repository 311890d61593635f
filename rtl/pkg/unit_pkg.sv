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

  // A result; the tiles of a row of tiles, or of a column where it is transposed, are neighbours.
  typedef struct packed {
    logic                 transposed;
    logic                 accumulator;
    logic [TileWidth-1:0] tile;
    logic [TileWidth-1:0] stride;  // from one row (column) of tiles to the next
  } vector_target_t;

  // Where it is listed, rows are entries of list memory from list_quad * 4 on, e.stride is how
  // many rows a has, and stream how many d has, and c as a matrix.
  typedef struct packed {
    logic           listed;
    logic [QuadWidth-1:0] list_quad;
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

  // A load or a store. Where it is indexed, its rows in DRAM are those whose numbers are in list
  // memory; to_list goes there. Rows of elements in local memory begin with row idx of a tile, and
  // lie idx_step rows and tile_step tiles apart; row_step tiles more where a row of tiles begins.
  typedef struct packed {
    logic                 to_list;
    logic                 indexed;
    logic [31:0]          limit;   // of the numbers
    logic [ListWidth-1:0] list_at; // first entry
    logic [IdxWidth-1:0]  idx;
    logic [IdxWidth-1:0]  idx_step;
    logic [TileWidth-1:0] tile_step;
    logic [31:0]          rows;
    logic [31:0]          cols;
    format_e              format;  // in DRAM
    logic                 accumulator;
    logic [TileWidth-1:0] tile;
    logic [TileWidth-1:0] row_step;
    logic [63:0]          address; // in DRAM, a multiple of an element's size
    logic [31:0]          pitch;   // likewise
  } transfer_t;

  // An entry of a list that names a row that does not exist.
  typedef struct packed {
    logic                 valid;
    logic [ListWidth-1:0] position;  // in the instruction's list
    logic [31:0]          entry;
  } list_fault_t;

endpackage
