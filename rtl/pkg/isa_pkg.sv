// SPDX-License-Identifier: Apache-2.0
// Generated from sw/isa/instructions.yaml by `make generate`: encodings of the instruction set.
package isa_pkg;

  typedef enum logic [7:0] {
    OpHalt = 8'h01,
    OpSet = 8'h02,
    OpAdd = 8'h03,
    OpLoop = 8'h04,
    OpEnd = 8'h05,
    OpSync = 8'h06,
    OpGemm = 8'h10,
    OpVector = 8'h20,
    OpLoad = 8'h30,
    OpStore = 8'h31
  } opcode_e;

  typedef enum logic [1:0] {
    OperandMatrix = 2'd0,  // rows x cols, one element for each element of the result
    OperandRow = 2'd1,  // 1 x cols, the same for every row
    OperandColumn = 2'd2,  // rows x 1, the same for every column
    OperandConstant = 2'd3  // the instruction's own number; for a: +0
  } operand_e;

  typedef enum logic [3:0] {
    CombineProduct = 4'd0,  // p
    CombineAdd = 4'd1,  // p + c
    CombineSubtract = 4'd2,  // p - c
    CombineReverseSubtract = 4'd3,  // c - p
    CombineMax = 4'd4,  // the larger of p and c; +0 is larger than -0, a NaN wins
    CombineMin = 4'd5,  // the smaller of p and c; likewise
    CombineMask = 4'd6,  // p where c > 0, else +0
    CombineGreater = 4'd7,  // 1 where p > c, else +0
    CombineEqual = 4'd8,  // 1 where p = c, else +0
    CombineReplace = 4'd9,  // c
    CombineDropout = 4'd10  // p where the element's random word is not below the 32 bits of c_constant, else +0
  } combine_e;

  typedef enum logic [2:0] {
    ApplyIdentity = 3'd0,  // nothing
    ApplyRelu = 3'd1,  // max(x, +0); a NaN stays
    ApplyAbs = 3'd2,  // |x|
    ApplyExp = 3'd3,  // e^x
    ApplyLog = 3'd4,  // natural logarithm
    ApplyTanh = 3'd5,  // hyperbolic tangent
    ApplyReciprocal = 3'd6,  // 1/x
    ApplyRsqrt = 3'd7  // 1/sqrt(x)
  } apply_e;

  typedef enum logic [1:0] {
    ReduceNone = 2'd0,  // nothing
    ReduceSum = 2'd1,  // the sum of the row
    ReduceMax = 2'd2  // the largest element of the row
  } reduce_e;

  typedef enum logic [1:0] {
    OrderDrain = 2'd0,  // until all before it is written
    OrderFollow = 2'd1,  // a row of tiles waits until the instruction before it has written the same row of tiles, and all before that are written
    OrderFree = 2'd2  // until all but the instruction before it are written: it has nothing to do with what that reads or writes
  } order_e;

  typedef enum logic [3:0] {
    ErrorNone = 4'd0,  // it is not
    ErrorZeroSize = 4'd1,  // a size or count is 0
    ErrorMisaligned = 4'd2,  // an address or stride is no multiple of what it must be
    ErrorOutOfRange = 4'd3,  // part of a matrix lies outside its memory, or in the wrong one
    ErrorOverlap = 4'd4,  // rows of tiles of a result overlap
    ErrorReserved = 4'd5,  // a bit is set that belongs to no field
    ErrorOpcode = 4'd6,  // there is no such instruction
    ErrorChoice = 4'd7,  // a field holds a choice that does not exist, or that excludes another
    ErrorNesting = 4'd8,  // loops nest too deep, or there is an end without a loop
    ErrorWindow = 4'd9,  // an access to DRAM leaves the window that the host has set
    ErrorDeadlock = 4'd10,  // a token is waited for that nothing before gives
    ErrorBus = 4'd11,  // DRAM answers with an error
    ErrorTokens = 4'd12,  // more than 255 of a token would have been given and not taken
    ErrorTimeout = 4'd13,  // nothing has moved for as long as the host allows
    ErrorIndex = 4'd14  // an entry of a list names a row that does not exist; registers say which entry, and its value
  } error_e;

  typedef enum logic [0:0] {
    FormatFp32 = 1'd0,  // binary32
    FormatBf16 = 1'd1  // bfloat16
  } format_e;

  // Ends the program when all units are done.
  typedef struct packed {
    logic [31:0] reserved_15_0;
    logic [31:0] reserved_14_0;
    logic [31:0] reserved_13_0;
    logic [31:0] reserved_12_0;
    logic [31:0] reserved_11_0;
    logic [31:0] reserved_10_0;
    logic [31:0] reserved_9_0;
    logic [31:0] reserved_8_0;
    logic [31:0] reserved_7_0;
    logic [31:0] reserved_6_0;
    logic [31:0] reserved_5_0;
    logic [31:0] reserved_4_0;
    logic [31:0] reserved_3_0;
    logic [31:0] reserved_2_0;
    logic [31:0] reserved_1_0;
    logic [23:0] reserved_0_8;
    logic [7:0]  opcode;
  } halt_insn_t;

  // register = value.
  typedef struct packed {
    logic [31:0] reserved_15_0;
    logic [31:0] reserved_14_0;
    logic [31:0] reserved_13_0;
    logic [31:0] reserved_12_0;
    logic [31:0] reserved_11_0;
    logic [31:0] reserved_10_0;
    logic [31:0] reserved_9_0;
    logic [31:0] reserved_8_0;
    logic [31:0] reserved_7_0;
    logic [31:0] reserved_6_0;
    logic [31:0] reserved_5_0;
    logic [31:0] reserved_4_0;
    logic [31:0] value;  // new value
    logic [27:0] reserved_2_4;
    logic [3:0]  rd;  // r1 to r15; r0 is always 0
    logic [31:0] reserved_1_0;
    logic [23:0] reserved_0_8;
    logic [7:0]  opcode;
  } set_insn_t;

  // register = register + value, modulo 2^32.
  typedef struct packed {
    logic [31:0] reserved_15_0;
    logic [31:0] reserved_14_0;
    logic [31:0] reserved_13_0;
    logic [31:0] reserved_12_0;
    logic [31:0] reserved_11_0;
    logic [31:0] reserved_10_0;
    logic [31:0] reserved_9_0;
    logic [31:0] reserved_8_0;
    logic [31:0] reserved_7_0;
    logic [31:0] reserved_6_0;
    logic [31:0] reserved_5_0;
    logic [31:0] reserved_4_0;
    logic [31:0] value;  // is added
    logic [23:0] reserved_2_8;
    logic [3:0]  rs;  // any
    logic [3:0]  rd;  // r1 to r15
    logic [31:0] reserved_1_0;
    logic [23:0] reserved_0_8;
    logic [7:0]  opcode;
  } add_insn_t;

  // Carries out what stands before its end count times; loops nest up to 4 deep.
  typedef struct packed {
    logic [31:0] reserved_15_0;
    logic [31:0] reserved_14_0;
    logic [31:0] reserved_13_0;
    logic [31:0] reserved_12_0;
    logic [31:0] reserved_11_0;
    logic [31:0] reserved_10_0;
    logic [31:0] reserved_9_0;
    logic [31:0] reserved_8_0;
    logic [31:0] reserved_7_0;
    logic [31:0] reserved_6_0;
    logic [31:0] reserved_5_0;
    logic [31:0] reserved_4_0;
    logic [31:0] count;  // 1 or more
    logic [31:0] reserved_2_0;
    logic [31:0] reserved_1_0;
    logic [23:0] reserved_0_8;
    logic [7:0]  opcode;
  } loop_insn_t;

  // Closes the innermost loop.
  typedef struct packed {
    logic [31:0] reserved_15_0;
    logic [31:0] reserved_14_0;
    logic [31:0] reserved_13_0;
    logic [31:0] reserved_12_0;
    logic [31:0] reserved_11_0;
    logic [31:0] reserved_10_0;
    logic [31:0] reserved_9_0;
    logic [31:0] reserved_8_0;
    logic [31:0] reserved_7_0;
    logic [31:0] reserved_6_0;
    logic [31:0] reserved_5_0;
    logic [31:0] reserved_4_0;
    logic [31:0] reserved_3_0;
    logic [31:0] reserved_2_0;
    logic [31:0] reserved_1_0;
    logic [23:0] reserved_0_8;
    logic [7:0]  opcode;
  } end_insn_t;

  // Lets no instruction after it start before all before it are done.
  typedef struct packed {
    logic [31:0] reserved_15_0;
    logic [31:0] reserved_14_0;
    logic [31:0] reserved_13_0;
    logic [31:0] reserved_12_0;
    logic [31:0] reserved_11_0;
    logic [31:0] reserved_10_0;
    logic [31:0] reserved_9_0;
    logic [31:0] reserved_8_0;
    logic [31:0] reserved_7_0;
    logic [31:0] reserved_6_0;
    logic [31:0] reserved_5_0;
    logic [31:0] reserved_4_0;
    logic [31:0] reserved_3_0;
    logic [31:0] reserved_2_0;
    logic [31:0] reserved_1_0;
    logic [23:0] reserved_0_8;
    logic [7:0]  opcode;
  } sync_insn_t;

  // For each matrix of a batch Y = op(X) op(W), or Y += op(X) op(W).
  typedef struct packed {
    logic [31:0] y_batch;  // likewise
    logic [31:0] y_rows;  // likewise
    logic [31:0] y;  // Y, in accumulator memory
    logic [31:0] w_batch;  // likewise
    logic [31:0] w_rows;  // likewise
    logic [31:0] w;  // W, in operand memory
    logic [31:0] x_batch;  // bytes from one X to the next
    logic [31:0] x_rows;  // bytes from one row of tiles of X to the next
    logic [31:0] x;  // X, in operand memory
    logic [31:0] batch;  // matrices
    logic [31:0] n;  // columns of W and Y
    logic [31:0] k;  // columns of X, rows of W
    logic [31:0] m;  // rows of X and Y
    logic [19:0] reserved_2_12;
    logic [3:0]  y_base;  // the register that is added to y
    logic [3:0]  w_base;  // the register that is added to w
    logic [3:0]  x_base;  // the register that is added to x
    logic [15:0] give;  // gives one of each of these tokens when all is written
    logic [15:0] take;  // waits until each of these tokens is there, and takes one of each
    logic [19:0] reserved_0_12;
    logic        accumulate;  // add to what Y holds
    logic        trans_y;  // of Y, N x M
    logic        trans_w;  // of W, N x K
    logic        trans_x;  // memory holds the transpose of X, K x M
    logic [7:0]  opcode;
  } gemm_insn_t;

  // D = apply(combine(a * b, c)) for a matrix, and the sum or maximum of each of its rows in E.
  typedef struct packed {
    logic [31:0] seed;  // of the random numbers; product and dropout: exclusive or c, register included, so that each turn of a loop may have others
    logic [31:0] c_constant;  // c, where it is a constant; for dropout the threshold
    logic [31:0] b_constant;  // b, where it is a constant
    logic [15:0] stream;  // which random numbers; listed: rows that D, and c as a matrix, have
    logic [15:0] e_rows;  // likewise; listed: rows that a has
    logic [15:0] d_rows;  // likewise
    logic [15:0] c_rows;  // likewise
    logic [15:0] b_rows;  // likewise
    logic [15:0] a_rows;  // tiles from one row of tiles of a to the next
    logic [31:0] e;  // in either memory
    logic [31:0] d;  // in either memory
    logic [31:0] c;  // in either memory; product and dropout, which take no c: a number that changes the seed
    logic [31:0] b;  // in either memory
    logic [31:0] a;  // in either memory
    logic [31:0] cols;  // of the result
    logic [31:0] rows;  // of the result; listed: entries
    logic [9:0]  list_fours;  // listed: number of the first entry / 4
    logic        trans_d;  // memory gets the transpose of D; not of its copy E
    logic        listed;  // for each of `rows` entries of list memory in turn: row T of D = apply(combine(row S of a * b, row T of c)), S being the low half of the entry, T the 15 bits above it; where the highest bit is set, c is +0; an entry of 32 ones is passed over
    logic [3:0]  e_base;  // the register that is added to e
    logic [3:0]  d_base;  // the register that is added to d
    logic [3:0]  c_base;  // the register that is added to c
    logic [3:0]  b_base;  // the register that is added to b
    logic [3:0]  a_base;  // the register that is added to a
    logic [15:0] give;  // gives one of each of these tokens when all is written
    logic [15:0] take;  // waits until each of these tokens is there, and takes one of each
    logic [1:0]  order;  // towards the vector instruction before it
    logic        stochastic;  // round D and its copy stochastically to bfloat16; what reduce makes goes to the nearest
    logic        write_e;  // write E: what reduce makes, without it a copy of D
    logic        write_d;  // write D
    logic [1:0]  reduce;  // of each row, written to E as rows x 1
    logic [3:0]  apply;  // of that
    logic [3:0]  combine;  // of a * b and c
    logic        trans_c;  // likewise
    logic [1:0]  c_is;  // what c is
    logic        trans_b;  // likewise
    logic [1:0]  b_is;  // what b is
    logic        trans_a;  // memory holds its transpose
    logic [1:0]  a_is;  // what a is
    logic [7:0]  opcode;
  } vector_insn_t;

  // A matrix from DRAM, where it lies row by row, to local memory.
  typedef struct packed {
    logic [31:0] reserved_15_0;
    logic [31:0] reserved_14_0;
    logic [31:0] reserved_13_0;
    logic [15:0] row_step;  // so many rows of elements behind it lies the next one; 0 is 1. N: the same row of every tile
    logic [15:0] row_first;  // where in local memory, from `mem` on, row 0 of the matrix lies, counted in rows of elements
    logic [15:0] reserved_11_16;
    logic [15:0] list_at;  // to_list, indexed: first entry of list memory, a multiple of 4
    logic [31:0] limit;  // indexed: rows that DRAM has, all of them inside the window
    logic [31:0] pitch;  // bytes from one row in DRAM to the next
    logic [31:0] dram_high;  // high half
    logic [31:0] dram;  // low half; no carry into the high half
    logic [31:0] mem_rows;  // bytes from one row of tiles to the next
    logic [31:0] mem;  // in either memory
    logic [31:0] cols;  // of the matrix
    logic [31:0] rows;  // of the matrix
    logic [23:0] reserved_2_8;
    logic [3:0]  dram_base;  // the register that is added to dram
    logic [3:0]  mem_base;  // the register that is added to mem
    logic [15:0] give;  // gives one of each of these tokens when all is written
    logic [15:0] take;  // waits until each of these tokens is there, and takes one of each
    logic [20:0] reserved_0_11;
    logic        indexed;  // entry `list_at` + r of list memory is the number of the row in DRAM that row r comes from or goes to; 32 ones are none: row r stays as it is, in local memory or in DRAM
    logic        to_list;  // load: words of 32 bits, as they are, to list memory, one row behind the other from entry `list_at` on
    logic        format;  // of the numbers in DRAM
    logic [7:0]  opcode;
  } load_insn_t;

  // The way back.
  typedef struct packed {
    logic [31:0] reserved_15_0;
    logic [31:0] reserved_14_0;
    logic [31:0] reserved_13_0;
    logic [15:0] row_step;  // so many rows of elements behind it lies the next one; 0 is 1. N: the same row of every tile
    logic [15:0] row_first;  // where in local memory, from `mem` on, row 0 of the matrix lies, counted in rows of elements
    logic [15:0] reserved_11_16;
    logic [15:0] list_at;  // to_list, indexed: first entry of list memory, a multiple of 4
    logic [31:0] limit;  // indexed: rows that DRAM has, all of them inside the window
    logic [31:0] pitch;  // bytes from one row in DRAM to the next
    logic [31:0] dram_high;  // high half
    logic [31:0] dram;  // low half; no carry into the high half
    logic [31:0] mem_rows;  // bytes from one row of tiles to the next
    logic [31:0] mem;  // in either memory
    logic [31:0] cols;  // of the matrix
    logic [31:0] rows;  // of the matrix
    logic [23:0] reserved_2_8;
    logic [3:0]  dram_base;  // the register that is added to dram
    logic [3:0]  mem_base;  // the register that is added to mem
    logic [15:0] give;  // gives one of each of these tokens when all is written
    logic [15:0] take;  // waits until each of these tokens is there, and takes one of each
    logic [20:0] reserved_0_11;
    logic        indexed;  // entry `list_at` + r of list memory is the number of the row in DRAM that row r comes from or goes to; 32 ones are none: row r stays as it is, in local memory or in DRAM
    logic        to_list;  // load: words of 32 bits, as they are, to list memory, one row behind the other from entry `list_at` on
    logic        format;  // of the numbers in DRAM
    logic [7:0]  opcode;
  } store_insn_t;

  // The bits that the fields of an instruction cover; all others must be 0.
  localparam logic [511:0] UsedHalt = 512'h00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_000000ff;
  localparam logic [511:0] UsedSet = 512'h00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_ffffffff_0000000f_00000000_000000ff;
  localparam logic [511:0] UsedAdd = 512'h00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_ffffffff_000000ff_00000000_000000ff;
  localparam logic [511:0] UsedLoop = 512'h00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_ffffffff_00000000_00000000_000000ff;
  localparam logic [511:0] UsedEnd = 512'h00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_000000ff;
  localparam logic [511:0] UsedSync = 512'h00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_00000000_000000ff;
  localparam logic [511:0] UsedGemm = 512'hffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_00000fff_ffffffff_00000fff;
  localparam logic [511:0] UsedVector = 512'hffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff;
  localparam logic [511:0] UsedLoad = 512'h00000000_00000000_00000000_ffffffff_0000ffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_000000ff_ffffffff_000007ff;
  localparam logic [511:0] UsedStore = 512'h00000000_00000000_00000000_ffffffff_0000ffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_000000ff_ffffffff_000007ff;

endpackage
