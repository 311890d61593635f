// SPDX-License-Identifier: Apache-2.0
// Generated from sw/isa/registers.yaml by `make generate`: the registers that the host sees.
package registers_pkg;

  localparam int unsigned RegisterAddressWidth = 12;
  localparam logic [31:0] DescriptionHash = 32'h7361697b;

  // Offsets in bytes.
  localparam logic [11:0] RegIdentity = 12'h000;
  localparam logic [11:0] RegVersion = 12'h004;
  localparam logic [11:0] RegDescription = 12'h008;
  localparam logic [11:0] RegBuild = 12'h00c;
  localparam logic [11:0] RegOperandKib = 12'h010;
  localparam logic [11:0] RegAccumulatorKib = 12'h014;
  localparam logic [11:0] RegControl = 12'h018;
  localparam logic [11:0] RegStatus = 12'h01c;
  localparam logic [11:0] RegProgramAddressLow = 12'h020;
  localparam logic [11:0] RegProgramAddressHigh = 12'h024;
  localparam logic [11:0] RegError = 12'h028;
  localparam logic [11:0] RegErrorAddressLow = 12'h030;
  localparam logic [11:0] RegErrorAddressHigh = 12'h034;
  localparam logic [11:0] RegInstructionsLow = 12'h038;
  localparam logic [11:0] RegInstructionsHigh = 12'h03c;
  localparam logic [11:0] RegReadBaseLow = 12'h040;
  localparam logic [11:0] RegReadBaseHigh = 12'h044;
  localparam logic [11:0] RegReadSizeLow = 12'h048;
  localparam logic [11:0] RegReadSizeHigh = 12'h04c;
  localparam logic [11:0] RegWriteBaseLow = 12'h050;
  localparam logic [11:0] RegWriteBaseHigh = 12'h054;
  localparam logic [11:0] RegWriteSizeLow = 12'h058;
  localparam logic [11:0] RegWriteSizeHigh = 12'h05c;
  localparam logic [11:0] RegWatchdog = 12'h060;
  localparam logic [11:0] RegInterruptEnable = 12'h064;
  localparam logic [11:0] RegInterruptStatus = 12'h068;
  localparam logic [11:0] RegErrorPosition = 12'h06c;
  localparam logic [11:0] RegErrorIndex = 12'h070;
  localparam logic [11:0] RegListEntries = 12'h074;

  // What they hold after a reset, where it is not 0.
  localparam logic [31:0] ResetIdentity = 32'h47435254;
  localparam logic [31:0] ResetVersion = 32'h00010000;
  localparam logic [31:0] ResetWatchdog = 32'h01000000;

  // what the numerics depend on
  typedef struct packed {
    logic [15:0] zero_16;
    logic [7:0]  f;  // bits of an aligned product
    logic [7:0]  n;  // the array is n x n
  } build_reg_t;

  // writing 1 makes it happen
  typedef struct packed {
    logic [29:0] zero_2;
    logic        soft_reset;  // ends whatever runs when DRAM owes no more answers; local memory and the host's registers stay
    logic        start;  // soft reset, then the program; nothing while one runs
  } control_reg_t;

  // after a reset all are 0
  typedef struct packed {
    logic [27:0] zero_4;
    logic        resetting;  // waits for answers of DRAM before a reset
    logic        error;  // it ended with an error
    logic        done;  // it ended with halt
    logic        running;  // a program runs, or finishes what it has started
  } status_reg_t;

  // of the program that ended with an error
  typedef struct packed {
    logic [15:0] zero_16;
    logic [3:0]  unit;  // the instruction's unit: control 0, matrix 1, vector 2, load 3, store 4
    logic [3:0]  operand;  // which of the instruction's matrices, 1 is the first it names; 0 none
    logic [7:0]  cause;  // `error` of the instruction set
  } error_reg_t;

  // which of the events raise the interrupt
  typedef struct packed {
    logic [29:0] zero_2;
    logic        error;  // a program ended with an error
    logic        done;  // a program ended with halt
  } interrupt_enable_reg_t;

  // which have happened since they were last cleared
  typedef struct packed {
    logic [29:0] zero_2;
    logic        error;  // a program ended with an error
    logic        done;  // a program ended with halt
  } interrupt_status_reg_t;

  // Counters of 64 bits one after the other; these are their numbers.
  localparam logic [11:0] RegCounters = 12'h100;
  localparam int unsigned Counters = 23;
  localparam int unsigned CounterCycles = 0;  // in which the program was running
  localparam int unsigned CounterMatrixBusy = 1;  // the matrix unit works
  localparam int unsigned CounterMatrixToken = 2;  // it has nothing in work, its next instruction waits for a token
  localparam int unsigned CounterMatrixMemory = 3;  // it waits for memory
  localparam int unsigned CounterMatrixIdle = 4;  // it has nothing in work and no instruction
  localparam int unsigned CounterVectorBusy = 5;  // likewise for the vector unit
  localparam int unsigned CounterVectorToken = 6;  // likewise
  localparam int unsigned CounterVectorMemory = 7;  // likewise
  localparam int unsigned CounterVectorIdle = 8;  // likewise
  localparam int unsigned CounterLoadBusy = 9;  // likewise for loads
  localparam int unsigned CounterLoadToken = 10;  // likewise
  localparam int unsigned CounterLoadMemory = 11;  // likewise
  localparam int unsigned CounterLoadIdle = 12;  // likewise
  localparam int unsigned CounterStoreBusy = 13;  // likewise for stores
  localparam int unsigned CounterStoreToken = 14;  // likewise
  localparam int unsigned CounterStoreMemory = 15;  // likewise
  localparam int unsigned CounterStoreIdle = 16;  // likewise
  localparam int unsigned CounterMatrixStarved = 17;  // the matrix unit's queue is empty, and the program has not reached its end
  localparam int unsigned CounterVectorStarved = 18;  // likewise for the vector unit
  localparam int unsigned CounterLoadStarved = 19;  // likewise for loads
  localparam int unsigned CounterStoreStarved = 20;  // likewise for stores
  localparam int unsigned CounterReadBeats = 21;  // beats of 16 bytes read from DRAM, instructions included
  localparam int unsigned CounterWriteBeats = 22;  // beats written to DRAM

  // Whether there is a register at a multiple of 4.
  function automatic logic is_register(logic [11:0] address);
    unique case (address)
      RegIdentity,
      RegVersion,
      RegDescription,
      RegBuild,
      RegOperandKib,
      RegAccumulatorKib,
      RegControl,
      RegStatus,
      RegProgramAddressLow, RegProgramAddressHigh,
      RegError,
      RegErrorAddressLow, RegErrorAddressHigh,
      RegInstructionsLow, RegInstructionsHigh,
      RegReadBaseLow, RegReadBaseHigh,
      RegReadSizeLow, RegReadSizeHigh,
      RegWriteBaseLow, RegWriteBaseHigh,
      RegWriteSizeLow, RegWriteSizeHigh,
      RegWatchdog,
      RegInterruptEnable,
      RegInterruptStatus,
      RegErrorPosition,
      RegErrorIndex,
      RegListEntries:
        return 1'b1;
      default:
        return address >= RegCounters && address < RegCounters + 12'(8 * Counters);
    endcase
  endfunction

endpackage
