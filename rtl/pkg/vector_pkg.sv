// SPDX-License-Identifier: Apache-2.0
// What travels through the vector unit.
package vector_pkg;

  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import fp32_pkg::*;

  localparam int unsigned OperandLatency = 3;  // from a line's issue to its operands
  localparam int unsigned MulLatency = 6;
  localparam int unsigned AddLatency = 7;
  localparam int unsigned FunctionLatency = 15;
  localparam int unsigned RandomLatency = 5;

  // At most two instructions are in the unit; the slot says which of them a line belongs to.
  // What all lines of an instruction have in common:
  typedef struct packed {
    operand_e    a_is;
    operand_e    b_is;
    operand_e    c_is;
    logic        b_is_a;  // the same line, read once
    logic [31:0] b_constant;
    logic [31:0] c_constant;
    combine_e    combine;
    apply_e      apply;
    reduce_e     reduce;
    logic        stochastic;
    logic        write_d;
    logic        write_e;
    logic        d_transposed;
    logic        d_accumulator;
    logic        e_accumulator;
  } vector_context_t;

  // A line's own.
  typedef struct packed {
    logic                  slot;
    logic [IdxWidth-1:0]   idx;         // within its tile
    logic [CountWidth-1:0] count;       // elements
    logic [CountWidth-1:0] rows;        // lines in its tile
    logic                  first_tile;  // of a row of tiles
    logic                  last_tile;   // likewise
    logic                  last_row;    // of its tile
    logic                  last_rows;   // in the last row of tiles of its instruction
    logic [TileWidth-1:0]  d;
    logic [TileWidth-1:0]  e;
  } vector_tag_t;

  // A line that may be admitted, and its sources.
  typedef struct packed {
    vector_tag_t tag;
    logic [31:0] number;      // of its first element
    place_t      a;
    place_t      b;
    place_t      c;
    logic [2:0]  need;        // which of c, b, a must be read
    logic        c_zero;      // c is +0, whatever the instruction says
    logic        short_tile;  // row_reduce needs a pause after this tile
  } vector_line_t;

  // Of a listed instruction a row of tiles is an entry of its list.
  // What has been written of an instruction's rows of tiles.
  typedef struct packed {
    logic row;   // one more row of tiles
    logic last;  // it was the last
    logic slot;
  } progress_t;

  // Functions that are looked up, by units of which there may be fewer than lanes.
  function automatic logic approximated(apply_e apply);
    return !(apply inside {ApplyIdentity, ApplyRelu, ApplyAbs});
  endfunction

  // The functions that are none of those.
  function automatic logic [31:0] plain(apply_e apply, logic [31:0] x);
    logic [31:0] kept, nan;
    kept = x & {~(apply == ApplyAbs), 31'h7fff_ffff} & ~{32{x[31] & (apply == ApplyRelu)}};
    nan = {32{is_nan(x)}};
    return (kept & ~nan) | (Fp32Nan & nan);
  endfunction

  // Of vector_alu.
  function automatic int unsigned alu_latency(int unsigned lanes, int unsigned function_lanes);
    return MulLatency + AddLatency +
        (lanes == function_lanes ? FunctionLatency : FunctionLatency + 1 + lanes / function_lanes);
  endfunction

  // Of the levels of reduce_tree, and of all of it.
  function automatic int unsigned reduce_level_latency(int unsigned half, int unsigned adders);
    return adders >= half ? AddLatency : AddLatency + half / adders;
  endfunction

  function automatic int unsigned reduce_latency(int unsigned lanes, int unsigned adders);
    int unsigned sum;
    sum = 0;
    for (int unsigned half = lanes / 2; half > 0; half = half / 2) begin
      sum = sum + reduce_level_latency(half, adders);
    end
    return sum;
  endfunction

  function automatic logic uses_main(vector_context_t context_);
    return context_.write_d || (context_.write_e && context_.reduce == ReduceNone);
  endfunction

  function automatic logic uses_random(vector_context_t context_);
    return context_.stochastic || context_.combine == CombineDropout;
  endfunction

endpackage
