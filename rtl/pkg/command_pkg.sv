// SPDX-License-Identifier: Apache-2.0
// What the parts of the command processor say to each other, to the registers and to the units.
package command_pkg;

  import gradcore_pkg::*;
  import isa_pkg::*;
  import registers_pkg::*;
  import unit_pkg::*;

  localparam int unsigned Units = 4;
  localparam int unsigned UnitMatrix = 0;
  localparam int unsigned UnitVector = 1;
  localparam int unsigned UnitLoad = 2;
  localparam int unsigned UnitStore = 3;

  localparam int unsigned Tokens = 16;
  localparam int unsigned LineWidth = 58;  // an address of 64 bits without the 64 bytes

  // Why a program stops, and where. `index` counts the instructions of the run.
  typedef struct packed {
    error_e               cause;
    logic [2:0]           operand;
    logic [2:0]           unit;     // 0 control, then as above
    logic [63:0]          address;
    logic [31:0]          index;
    list_fault_t          bad;      // valid where the cause is a bad entry of a list
  } fault_t;

  // Where an instruction stands.
  typedef struct packed {
    logic [LineWidth-1:0] line;     // its address / 64
    logic [31:0]          index;    // instructions of the run before it, modulo 2^32
  } program_place_t;

  // What accompanies an instruction through the queue of its unit.
  typedef struct packed {
    program_place_t       place;
    logic [Tokens-1:0]    take;
    logic [Tokens-1:0]    give;
  } ticket_t;

  // An instruction that is done with an error.
  typedef struct packed {
    logic                 failed;
    list_fault_t          bad;      // its list has a bad entry; otherwise DRAM has failed
    program_place_t       place;
  } late_t;

  // What a unit does in a cycle; exactly one while the program runs. `starved` comes beside it.
  typedef struct packed {
    logic starved;
    logic idle;
    logic memory;
    logic token;
    logic busy;
  } activity_t;

  // For traces: a unit starts the instruction at `address` (its low half), a unit is done with its
  // oldest.
  typedef struct packed {
    logic        start;
    logic        done;
    logic [31:0] address;
  } unit_event_t;

  // From the registers.
  typedef struct packed {
    logic        start;       // for one cycle
    logic        soft_reset;  // for one cycle
    logic [63:0] program_address;
    logic [63:0] read_base;
    logic [63:0] read_size;
    logic [63:0] write_base;
    logic [63:0] write_size;
    logic [31:0] watchdog;
  } command_control_t;

  // To the registers.
  typedef struct packed {
    logic                running;
    logic                resetting;
    logic                done;
    logic                error;
    logic                ended;         // for one cycle, with done or error new
    logic                clear;         // for one cycle: counters begin anew
    error_e              cause;
    logic [2:0]          operand;
    logic [2:0]          unit;
    logic [63:0]         address;
    logic [63:0]         instructions;
    list_fault_t         bad;
    logic [Counters-1:0] count;         // which counters this cycle counts for
  } command_status_t;

endpackage
