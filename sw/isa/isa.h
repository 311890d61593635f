// SPDX-License-Identifier: Apache-2.0
// Generated from sw/isa/instructions.yaml by `make generate`: encodings of the instruction set.
#pragma once

#include "sw/isa/field.h"

namespace gradcore::isa {

// clang-format off
enum class Opcode : std::uint8_t {
  kHalt = 0x01,  // Ends the program when all units are done.
  kSet = 0x02,  // register = value.
  kAdd = 0x03,  // register = register + value, modulo 2^32.
  kLoop = 0x04,  // Carries out what stands before its end count times; loops nest up to 4 deep.
  kEnd = 0x05,  // Closes the innermost loop.
  kSync = 0x06,  // Lets no instruction after it start before all before it are done.
  kGemm = 0x10,  // For each matrix of a batch Y = op(X) op(W), or Y += op(X) op(W).
  kVector = 0x20,  // D = apply(combine(a * b, c)) for a matrix, and the sum or maximum of each of its rows in E.
  kLoad = 0x30,  // A matrix from DRAM, where it lies row by row, to local memory.
  kStore = 0x31,  // The way back.
};

// What a source of the vector unit is.
enum class Operand : std::uint8_t {
  kMatrix = 0,  // rows x cols, one element for each element of the result
  kRow = 1,  // 1 x cols, the same for every row
  kColumn = 2,  // rows x 1, the same for every column
  kConstant = 3,  // the instruction's own number; for a: +0
};
inline constexpr EnumValueInfo kOperandValues[] = {
    {"matrix", 0},
    {"row", 1},
    {"column", 2},
    {"constant", 3},
};

// What the vector unit makes of the product p = a * b and of c.
enum class Combine : std::uint8_t {
  kProduct = 0,  // p
  kAdd = 1,  // p + c
  kSubtract = 2,  // p - c
  kReverseSubtract = 3,  // c - p
  kMax = 4,  // the larger of p and c; +0 is larger than -0, a NaN wins
  kMin = 5,  // the smaller of p and c; likewise
  kMask = 6,  // p where c > 0, else +0
  kGreater = 7,  // 1 where p > c, else +0
  kEqual = 8,  // 1 where p = c, else +0
  kReplace = 9,  // c
  kDropout = 10,  // p where the element's random word is not below the 32 bits of c_constant, else +0
};
inline constexpr EnumValueInfo kCombineValues[] = {
    {"product", 0},
    {"add", 1},
    {"subtract", 2},
    {"reverse_subtract", 3},
    {"max", 4},
    {"min", 5},
    {"mask", 6},
    {"greater", 7},
    {"equal", 8},
    {"replace", 9},
    {"dropout", 10},
};

// What is done to the combined value.
enum class Apply : std::uint8_t {
  kIdentity = 0,  // nothing
  kRelu = 1,  // max(x, +0); a NaN stays
  kAbs = 2,  // |x|
  kExp = 3,  // e^x
  kLog = 4,  // natural logarithm
  kTanh = 5,  // hyperbolic tangent
  kReciprocal = 6,  // 1/x
  kRsqrt = 7,  // 1/sqrt(x)
};
inline constexpr EnumValueInfo kApplyValues[] = {
    {"identity", 0},
    {"relu", 1},
    {"abs", 2},
    {"exp", 3},
    {"log", 4},
    {"tanh", 5},
    {"reciprocal", 6},
    {"rsqrt", 7},
};

// What the vector unit makes of each row of results.
enum class Reduce : std::uint8_t {
  kNone = 0,  // nothing
  kSum = 1,  // the sum of the row
  kMax = 2,  // the largest element of the row
};
inline constexpr EnumValueInfo kReduceValues[] = {
    {"none", 0},
    {"sum", 1},
    {"max", 2},
};

// What an instruction of the vector unit waits for before it touches memory.
enum class Order : std::uint8_t {
  kDrain = 0,  // until all before it is written
  kFollow = 1,  // a row of tiles waits until the instruction before it has written the same row of tiles, and all before that are written
  kFree = 2,  // until all but the instruction before it are written: it has nothing to do with what that reads or writes
};
inline constexpr EnumValueInfo kOrderValues[] = {
    {"drain", 0},
    {"follow", 1},
    {"free", 2},
};

// Why an instruction is refused. It then has no effect, and the chip stops. Of several reasons the first counts, for each of them the first operand.
enum class Error : std::uint8_t {
  kNone = 0,  // it is not
  kZeroSize = 1,  // a size or count is 0
  kMisaligned = 2,  // an address or stride is no multiple of what it must be
  kOutOfRange = 3,  // part of a matrix lies outside its memory, or in the wrong one
  kOverlap = 4,  // rows of tiles of a result overlap
  kReserved = 5,  // a bit is set that belongs to no field
  kOpcode = 6,  // there is no such instruction
  kChoice = 7,  // a field holds a choice that does not exist, or that excludes another
  kNesting = 8,  // loops nest too deep, or there is an end without a loop
  kWindow = 9,  // an access to DRAM leaves the window that the host has set
  kDeadlock = 10,  // a token is waited for that nothing before gives
  kBus = 11,  // DRAM answers with an error
  kTokens = 12,  // more than 255 of a token would have been given and not taken
  kTimeout = 13,  // nothing has moved for as long as the host allows
  kIndex = 14,  // an entry of a list names a row that does not exist; registers say which entry, and its value
};
inline constexpr EnumValueInfo kErrorValues[] = {
    {"none", 0},
    {"zero_size", 1},
    {"misaligned", 2},
    {"out_of_range", 3},
    {"overlap", 4},
    {"reserved", 5},
    {"opcode", 6},
    {"choice", 7},
    {"nesting", 8},
    {"window", 9},
    {"deadlock", 10},
    {"bus", 11},
    {"tokens", 12},
    {"timeout", 13},
    {"index", 14},
};

// How numbers lie in DRAM.
enum class Format : std::uint8_t {
  kFp32 = 0,  // binary32
  kBf16 = 1,  // bfloat16
};
inline constexpr EnumValueInfo kFormatValues[] = {
    {"fp32", 0},
    {"bf16", 1},
};

namespace halt {  // Ends the program when all units are done.

}  // namespace halt

namespace set {  // register = value.
inline constexpr Field kRd{2, 0, 4};  // r1 to r15; r0 is always 0
inline constexpr Field kValue{3, 0, 32};  // new value

inline constexpr FieldInfo kFields[] = {
    {"rd", kRd, Kind::kRegister, {}, {}},
    {"value", kValue, Kind::kNumber, {}, {}},
};
}  // namespace set

namespace add {  // register = register + value, modulo 2^32.
inline constexpr Field kRd{2, 0, 4};  // r1 to r15
inline constexpr Field kRs{2, 4, 4};  // any
inline constexpr Field kValue{3, 0, 32};  // is added

inline constexpr FieldInfo kFields[] = {
    {"rd", kRd, Kind::kRegister, {}, {}},
    {"rs", kRs, Kind::kRegister, {}, {}},
    {"value", kValue, Kind::kNumber, {}, {}},
};
}  // namespace add

namespace loop {  // Carries out what stands before its end count times; loops nest up to 4 deep.
inline constexpr Field kCount{3, 0, 32};  // 1 or more

inline constexpr FieldInfo kFields[] = {
    {"count", kCount, Kind::kNumber, {}, {}},
};
}  // namespace loop

namespace end {  // Closes the innermost loop.

}  // namespace end

namespace sync {  // Lets no instruction after it start before all before it are done.

}  // namespace sync

namespace gemm {  // For each matrix of a batch Y = op(X) op(W), or Y += op(X) op(W).
inline constexpr Field kTransX{0, 8, 1};  // memory holds the transpose of X, K x M
inline constexpr Field kTransW{0, 9, 1};  // of W, N x K
inline constexpr Field kTransY{0, 10, 1};  // of Y, N x M
inline constexpr Field kAccumulate{0, 11, 1};  // add to what Y holds
inline constexpr Field kTake{1, 0, 16};  // waits until each of these tokens is there, and takes one of each
inline constexpr Field kGive{1, 16, 16};  // gives one of each of these tokens when all is written
inline constexpr Field kM{3, 0, 32};  // rows of X and Y
inline constexpr Field kK{4, 0, 32};  // columns of X, rows of W
inline constexpr Field kN{5, 0, 32};  // columns of W and Y
inline constexpr Field kBatch{6, 0, 32};  // matrices
inline constexpr Field kX{7, 0, 32};  // X, in operand memory
inline constexpr Field kXBase{2, 0, 4};
inline constexpr Field kXRows{8, 0, 32};  // bytes from one row of tiles of X to the next
inline constexpr Field kXBatch{9, 0, 32};  // bytes from one X to the next
inline constexpr Field kW{10, 0, 32};  // W, in operand memory
inline constexpr Field kWBase{2, 4, 4};
inline constexpr Field kWRows{11, 0, 32};  // likewise
inline constexpr Field kWBatch{12, 0, 32};  // likewise
inline constexpr Field kY{13, 0, 32};  // Y, in accumulator memory
inline constexpr Field kYBase{2, 8, 4};
inline constexpr Field kYRows{14, 0, 32};  // likewise
inline constexpr Field kYBatch{15, 0, 32};  // likewise

inline constexpr FieldInfo kFields[] = {
    {"trans_x", kTransX, Kind::kFlag, {}, {}},
    {"trans_w", kTransW, Kind::kFlag, {}, {}},
    {"trans_y", kTransY, Kind::kFlag, {}, {}},
    {"accumulate", kAccumulate, Kind::kFlag, {}, {}},
    {"take", kTake, Kind::kTokens, {}, {}},
    {"give", kGive, Kind::kTokens, {}, {}},
    {"m", kM, Kind::kNumber, {}, {}},
    {"k", kK, Kind::kNumber, {}, {}},
    {"n", kN, Kind::kNumber, {}, {}},
    {"batch", kBatch, Kind::kNumber, {}, {}},
    {"x", kX, Kind::kAddress, {}, kXBase},
    {"x_rows", kXRows, Kind::kNumber, {}, {}},
    {"x_batch", kXBatch, Kind::kNumber, {}, {}},
    {"w", kW, Kind::kAddress, {}, kWBase},
    {"w_rows", kWRows, Kind::kNumber, {}, {}},
    {"w_batch", kWBatch, Kind::kNumber, {}, {}},
    {"y", kY, Kind::kAddress, {}, kYBase},
    {"y_rows", kYRows, Kind::kNumber, {}, {}},
    {"y_batch", kYBatch, Kind::kNumber, {}, {}},
};
}  // namespace gemm

namespace vector {  // D = apply(combine(a * b, c)) for a matrix, and the sum or maximum of each of its rows in E.
inline constexpr Field kAIs{0, 8, 2};  // what a is
inline constexpr Field kTransA{0, 10, 1};  // memory holds its transpose
inline constexpr Field kBIs{0, 11, 2};  // what b is
inline constexpr Field kTransB{0, 13, 1};  // likewise
inline constexpr Field kCIs{0, 14, 2};  // what c is
inline constexpr Field kTransC{0, 16, 1};  // likewise
inline constexpr Field kCombine{0, 17, 4};  // of a * b and c
inline constexpr Field kApply{0, 21, 4};  // of that
inline constexpr Field kReduce{0, 25, 2};  // of each row, written to E as rows x 1
inline constexpr Field kWriteD{0, 27, 1};  // write D
inline constexpr Field kWriteE{0, 28, 1};  // write E: what reduce makes, without it a copy of D
inline constexpr Field kStochastic{0, 29, 1};  // round D and its copy stochastically to bfloat16; what reduce makes goes to the nearest
inline constexpr Field kOrder{0, 30, 2};  // towards the vector instruction before it
inline constexpr Field kTake{1, 0, 16};  // waits until each of these tokens is there, and takes one of each
inline constexpr Field kGive{1, 16, 16};  // gives one of each of these tokens when all is written
inline constexpr Field kListed{2, 20, 1};  // for each of `rows` entries of list memory in turn: row T of D = apply(combine(row S of a * b, row T of c)), S being the low half of the entry, T the 15 bits above it; where the highest bit is set, c is +0; an entry of 32 ones is passed over
inline constexpr Field kTransD{2, 21, 1};  // memory gets the transpose of D; not of its copy E
inline constexpr Field kListFours{2, 22, 10};  // listed: number of the first entry / 4
inline constexpr Field kRows{3, 0, 32};  // of the result; listed: entries
inline constexpr Field kCols{4, 0, 32};  // of the result
inline constexpr Field kA{5, 0, 32};  // in either memory
inline constexpr Field kABase{2, 0, 4};
inline constexpr Field kB{6, 0, 32};  // in either memory
inline constexpr Field kBBase{2, 4, 4};
inline constexpr Field kC{7, 0, 32};  // in either memory; product and dropout, which take no c: a number that changes the seed
inline constexpr Field kCBase{2, 8, 4};
inline constexpr Field kD{8, 0, 32};  // in either memory
inline constexpr Field kDBase{2, 12, 4};
inline constexpr Field kE{9, 0, 32};  // in either memory
inline constexpr Field kEBase{2, 16, 4};
inline constexpr Field kARows{10, 0, 16};  // tiles from one row of tiles of a to the next
inline constexpr Field kBRows{10, 16, 16};  // likewise
inline constexpr Field kCRows{11, 0, 16};  // likewise
inline constexpr Field kDRows{11, 16, 16};  // likewise
inline constexpr Field kERows{12, 0, 16};  // likewise; listed: rows that a has
inline constexpr Field kStream{12, 16, 16};  // which random numbers; listed: rows that D, and c as a matrix, have
inline constexpr Field kBConstant{13, 0, 32};  // b, where it is a constant
inline constexpr Field kCConstant{14, 0, 32};  // c, where it is a constant; for dropout the threshold
inline constexpr Field kSeed{15, 0, 32};  // of the random numbers; product and dropout: exclusive or c, register included, so that each turn of a loop may have others

inline constexpr FieldInfo kFields[] = {
    {"a_is", kAIs, Kind::kEnum, kOperandValues, {}},
    {"trans_a", kTransA, Kind::kFlag, {}, {}},
    {"b_is", kBIs, Kind::kEnum, kOperandValues, {}},
    {"trans_b", kTransB, Kind::kFlag, {}, {}},
    {"c_is", kCIs, Kind::kEnum, kOperandValues, {}},
    {"trans_c", kTransC, Kind::kFlag, {}, {}},
    {"combine", kCombine, Kind::kEnum, kCombineValues, {}},
    {"apply", kApply, Kind::kEnum, kApplyValues, {}},
    {"reduce", kReduce, Kind::kEnum, kReduceValues, {}},
    {"write_d", kWriteD, Kind::kFlag, {}, {}},
    {"write_e", kWriteE, Kind::kFlag, {}, {}},
    {"stochastic", kStochastic, Kind::kFlag, {}, {}},
    {"order", kOrder, Kind::kEnum, kOrderValues, {}},
    {"take", kTake, Kind::kTokens, {}, {}},
    {"give", kGive, Kind::kTokens, {}, {}},
    {"listed", kListed, Kind::kFlag, {}, {}},
    {"trans_d", kTransD, Kind::kFlag, {}, {}},
    {"list_fours", kListFours, Kind::kNumber, {}, {}},
    {"rows", kRows, Kind::kNumber, {}, {}},
    {"cols", kCols, Kind::kNumber, {}, {}},
    {"a", kA, Kind::kAddress, {}, kABase},
    {"b", kB, Kind::kAddress, {}, kBBase},
    {"c", kC, Kind::kAddress, {}, kCBase},
    {"d", kD, Kind::kAddress, {}, kDBase},
    {"e", kE, Kind::kAddress, {}, kEBase},
    {"a_rows", kARows, Kind::kNumber, {}, {}},
    {"b_rows", kBRows, Kind::kNumber, {}, {}},
    {"c_rows", kCRows, Kind::kNumber, {}, {}},
    {"d_rows", kDRows, Kind::kNumber, {}, {}},
    {"e_rows", kERows, Kind::kNumber, {}, {}},
    {"stream", kStream, Kind::kNumber, {}, {}},
    {"b_constant", kBConstant, Kind::kFloat, {}, {}},
    {"c_constant", kCConstant, Kind::kFloat, {}, {}},
    {"seed", kSeed, Kind::kNumber, {}, {}},
};
}  // namespace vector

namespace load {  // A matrix from DRAM, where it lies row by row, to local memory.
inline constexpr Field kFormat{0, 8, 1};  // of the numbers in DRAM
inline constexpr Field kToList{0, 9, 1};  // load: words of 32 bits, as they are, to list memory, one row behind the other from entry `list_at` on
inline constexpr Field kIndexed{0, 10, 1};  // entry `list_at` + r of list memory is the number of the row in DRAM that row r comes from or goes to; 32 ones are none: row r stays as it is, in local memory or in DRAM
inline constexpr Field kTake{1, 0, 16};  // waits until each of these tokens is there, and takes one of each
inline constexpr Field kGive{1, 16, 16};  // gives one of each of these tokens when all is written
inline constexpr Field kRows{3, 0, 32};  // of the matrix
inline constexpr Field kCols{4, 0, 32};  // of the matrix
inline constexpr Field kMem{5, 0, 32};  // in either memory
inline constexpr Field kMemBase{2, 0, 4};
inline constexpr Field kMemRows{6, 0, 32};  // bytes from one row of tiles to the next
inline constexpr Field kDram{7, 0, 32};  // low half; no carry into the high half
inline constexpr Field kDramBase{2, 4, 4};
inline constexpr Field kDramHigh{8, 0, 32};  // high half
inline constexpr Field kPitch{9, 0, 32};  // bytes from one row in DRAM to the next
inline constexpr Field kLimit{10, 0, 32};  // indexed: rows that DRAM has, all of them inside the window
inline constexpr Field kListAt{11, 0, 16};  // to_list, indexed: first entry of list memory, a multiple of 4
inline constexpr Field kRowFirst{12, 0, 16};  // where in local memory, from `mem` on, row 0 of the matrix lies, counted in rows of elements
inline constexpr Field kRowStep{12, 16, 16};  // so many rows of elements behind it lies the next one; 0 is 1. N: the same row of every tile

inline constexpr FieldInfo kFields[] = {
    {"format", kFormat, Kind::kEnum, kFormatValues, {}},
    {"to_list", kToList, Kind::kFlag, {}, {}},
    {"indexed", kIndexed, Kind::kFlag, {}, {}},
    {"take", kTake, Kind::kTokens, {}, {}},
    {"give", kGive, Kind::kTokens, {}, {}},
    {"rows", kRows, Kind::kNumber, {}, {}},
    {"cols", kCols, Kind::kNumber, {}, {}},
    {"mem", kMem, Kind::kAddress, {}, kMemBase},
    {"mem_rows", kMemRows, Kind::kNumber, {}, {}},
    {"dram", kDram, Kind::kAddress, {}, kDramBase},
    {"dram_high", kDramHigh, Kind::kNumber, {}, {}},
    {"pitch", kPitch, Kind::kNumber, {}, {}},
    {"limit", kLimit, Kind::kNumber, {}, {}},
    {"list_at", kListAt, Kind::kNumber, {}, {}},
    {"row_first", kRowFirst, Kind::kNumber, {}, {}},
    {"row_step", kRowStep, Kind::kNumber, {}, {}},
};
}  // namespace load

namespace store {  // The way back.
inline constexpr Field kFormat{0, 8, 1};  // of the numbers in DRAM
inline constexpr Field kToList{0, 9, 1};  // load: words of 32 bits, as they are, to list memory, one row behind the other from entry `list_at` on
inline constexpr Field kIndexed{0, 10, 1};  // entry `list_at` + r of list memory is the number of the row in DRAM that row r comes from or goes to; 32 ones are none: row r stays as it is, in local memory or in DRAM
inline constexpr Field kTake{1, 0, 16};  // waits until each of these tokens is there, and takes one of each
inline constexpr Field kGive{1, 16, 16};  // gives one of each of these tokens when all is written
inline constexpr Field kRows{3, 0, 32};  // of the matrix
inline constexpr Field kCols{4, 0, 32};  // of the matrix
inline constexpr Field kMem{5, 0, 32};  // in either memory
inline constexpr Field kMemBase{2, 0, 4};
inline constexpr Field kMemRows{6, 0, 32};  // bytes from one row of tiles to the next
inline constexpr Field kDram{7, 0, 32};  // low half; no carry into the high half
inline constexpr Field kDramBase{2, 4, 4};
inline constexpr Field kDramHigh{8, 0, 32};  // high half
inline constexpr Field kPitch{9, 0, 32};  // bytes from one row in DRAM to the next
inline constexpr Field kLimit{10, 0, 32};  // indexed: rows that DRAM has, all of them inside the window
inline constexpr Field kListAt{11, 0, 16};  // to_list, indexed: first entry of list memory, a multiple of 4
inline constexpr Field kRowFirst{12, 0, 16};  // where in local memory, from `mem` on, row 0 of the matrix lies, counted in rows of elements
inline constexpr Field kRowStep{12, 16, 16};  // so many rows of elements behind it lies the next one; 0 is 1. N: the same row of every tile

inline constexpr FieldInfo kFields[] = {
    {"format", kFormat, Kind::kEnum, kFormatValues, {}},
    {"to_list", kToList, Kind::kFlag, {}, {}},
    {"indexed", kIndexed, Kind::kFlag, {}, {}},
    {"take", kTake, Kind::kTokens, {}, {}},
    {"give", kGive, Kind::kTokens, {}, {}},
    {"rows", kRows, Kind::kNumber, {}, {}},
    {"cols", kCols, Kind::kNumber, {}, {}},
    {"mem", kMem, Kind::kAddress, {}, kMemBase},
    {"mem_rows", kMemRows, Kind::kNumber, {}, {}},
    {"dram", kDram, Kind::kAddress, {}, kDramBase},
    {"dram_high", kDramHigh, Kind::kNumber, {}, {}},
    {"pitch", kPitch, Kind::kNumber, {}, {}},
    {"limit", kLimit, Kind::kNumber, {}, {}},
    {"list_at", kListAt, Kind::kNumber, {}, {}},
    {"row_first", kRowFirst, Kind::kNumber, {}, {}},
    {"row_step", kRowStep, Kind::kNumber, {}, {}},
};
}  // namespace store

inline constexpr InstructionInfo kInstructions[] = {
    {"halt", 0x01, Unit::kControl, {},
     {0xffu, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u}},
    {"set", 0x02, Unit::kControl, set::kFields,
     {0xffu, 0x0u, 0xfu, 0xffffffffu, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u}},
    {"add", 0x03, Unit::kControl, add::kFields,
     {0xffu, 0x0u, 0xffu, 0xffffffffu, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u}},
    {"loop", 0x04, Unit::kControl, loop::kFields,
     {0xffu, 0x0u, 0x0u, 0xffffffffu, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u}},
    {"end", 0x05, Unit::kControl, {},
     {0xffu, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u}},
    {"sync", 0x06, Unit::kControl, {},
     {0xffu, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u, 0x0u}},
    {"gemm", 0x10, Unit::kMatrix, gemm::kFields,
     {0xfffu, 0xffffffffu, 0xfffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu}},
    {"vector", 0x20, Unit::kVector, vector::kFields,
     {0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu}},
    {"load", 0x30, Unit::kLoad, load::kFields,
     {0x7ffu, 0xffffffffu, 0xffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffu, 0xffffffffu, 0x0u, 0x0u, 0x0u}},
    {"store", 0x31, Unit::kStore, store::kFields,
     {0x7ffu, 0xffffffffu, 0xffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffu, 0xffffffffu, 0x0u, 0x0u, 0x0u}},
};
// clang-format on

}  // namespace gradcore::isa
