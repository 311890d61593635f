// SPDX-License-Identifier: Apache-2.0
// Types shared by the whole core: configuration, operand formats, the GEMM command.
package gradcore_pkg;

  // What a core is built with. N and F are part of the numerics contract.
  typedef struct packed {
    int unsigned N;               // the array is N x N PEs: 4, 8, 16 or 32
    int unsigned F;               // bits of an aligned product: 24 to 48
    int unsigned OperandKib;      // operand memory (bfloat16)
    int unsigned AccumulatorKib;  // accumulator memory (binary32)
  } core_cfg_t;

  function automatic core_cfg_t core_cfg(int unsigned n, int unsigned f, int unsigned operand_kib,
                                         int unsigned accumulator_kib);
    core_cfg_t cfg;
    cfg.N = n;
    cfg.F = f;
    cfg.OperandKib = operand_kib;
    cfg.AccumulatorKib = accumulator_kib;
    return cfg;
  endfunction

  localparam int unsigned MaxN = 32;
  localparam int unsigned IdxWidth = $clog2(MaxN);       // an index into a tile
  localparam int unsigned CountWidth = $clog2(MaxN) + 1; // 0 to N of something
  localparam int unsigned TileWidth = 20;                // a tile's number within its memory
  localparam int unsigned ListWidth = 12;                // the number of an entry of list memory
  localparam int unsigned QuadEntries = 4;               // entries that are read at a time
  localparam int unsigned QuadWidth = ListWidth - 2;     // their number
  localparam logic [31:0] NoRow = '1;                    // an entry that names none

  function automatic int unsigned operand_tiles(core_cfg_t cfg);
    return cfg.OperandKib * 1024 / (2 * cfg.N * cfg.N);
  endfunction

  function automatic int unsigned accumulator_tiles(core_cfg_t cfg);
    return cfg.AccumulatorKib * 1024 / (4 * cfg.N * cfg.N);
  endfunction

  // Bits of the integer sum of N aligned products of F bits, sign included.
  function automatic int unsigned sum_width(int unsigned n, int unsigned f);
    return f + 1 + $clog2(n);
  endfunction

  localparam logic [31:0] Fp32Nan = 32'h7fc0_0000;  // the only NaN a result ever holds
  localparam logic [15:0] Bf16Nan = 16'h7fc0;

  // What accompanies a magnitude on its way to binary32 (fp32_pack).
  typedef struct packed {
    logic               nan;
    logic               inf;
    logic               sign;
    logic signed [10:0] room;
  } fp32_info_t;

  // One vector of N elements of a tile: row `idx`, or column `idx` where by_col.
  typedef struct packed {
    logic [TileWidth-1:0] tile;
    logic [IdxWidth-1:0]  idx;
    logic                 by_col;
  } line_t;

  // A bfloat16 operand after alignment to the largest exponent of its vector along k.
  localparam int unsigned GapWidth = 6;
  typedef struct packed {
    logic                nan;
    logic                inf;
    logic                zero;
    logic                sign;
    logic [GapWidth-1:0] gap;  // largest exponent - own exponent, saturated: F <= 48 < 63
    logic [7:0]          sig;  // hidden bit included
  } aligned_t;

  // What row r of the array receives. `max`, the vector's largest exponent, is used by the row
  // of exponents only, and travels with the last row.
  typedef struct packed {
    logic       first;  // first vector of a tile
    logic [7:0] max;
    aligned_t   op;
  } stream_lane_t;

  typedef struct packed {
    logic                valid;
    logic [IdxWidth-1:0] col;  // the column that takes it
    logic [7:0]          max;
    aligned_t            op;
  } load_lane_t;

  // What cannot be expressed in the integer sum of a column.
  typedef struct packed {
    logic nan;
    logic pos_inf;
    logic neg_inf;
  } special_t;

  // What becomes of the sums of one streamed vector.
  typedef struct packed {
    line_t                 line;   // of Y
    logic [CountWidth-1:0] count;  // elements that are not masked
    logic                  add;    // to what the line holds; otherwise to +0
    logic                  last;   // of its command
  } result_t;

  // --- The GEMM command ---------------------------------------------------------------------
  // As software writes it: sixteen 32-bit words, the first listed is word 15. Addresses and
  // strides are bytes, bit 31 of an address selects accumulator memory.
  typedef struct packed {
    logic [31:0] address;
    logic [31:0] row_stride;
    logic [31:0] batch_stride;
  } matrix_ref_t;

  typedef struct packed {
    logic [31:0] reserved;      // word 15, zero
    matrix_ref_t y;             // words 14 to 12
    matrix_ref_t w;             // words 11 to 9
    matrix_ref_t x;             // words 8 to 6
    logic [31:0] batch;         // word 5
    logic [31:0] n;             // word 4
    logic [31:0] k;             // word 3
    logic [31:0] m;             // word 2
    logic [31:0] id;            // word 1
    logic [27:0] reserved_flags; // word 0, zero
    logic        accumulate;
    logic        trans_y;
    logic        trans_w;
    logic        trans_x;
  } gemm_words_t;

  typedef enum logic [3:0] {
    ErrNone       = 4'd0,
    ErrZeroSize   = 4'd1,
    ErrMisaligned = 4'd2,
    ErrOutOfRange = 4'd3,
    ErrOverlap    = 4'd4,
    ErrReserved   = 4'd5
  } gemm_error_e;

  typedef struct packed {
    logic [31:0] id;
    logic [1:0]  operand;  // 1 X, 2 W, 3 Y
    gemm_error_e error;
  } completion_t;

  // A checked command, in tiles. Step s_d is the distance of tiles that are neighbours along
  // dimension d, whichever way the matrix lies in memory.
  typedef struct packed {
    logic [31:0]          m, k, n, batch;
    logic [TileWidth-1:0] x, x_m, x_k, x_b;
    logic [TileWidth-1:0] w, w_k, w_n, w_b;
    logic [TileWidth-1:0] y, y_m, y_n, y_b;
    logic                 trans_x, trans_w, trans_y, accumulate;
  } gemm_t;

endpackage
