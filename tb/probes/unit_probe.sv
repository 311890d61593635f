// SPDX-License-Identifier: Apache-2.0
// What one unit of the chip does, for people. command_probe has one for each unit.
//
// Of the oldest instruction that the unit has, in work or waiting for its tokens:
//   state    what the unit does in this cycle
//   address  of the instruction, the low half: as `gradcore train --listing` has it
//   number   of the instruction in its program, from 0
//   index    instructions of the run before it: a loop's turns have different ones
//   text     kind and sizes, as ASCII: what a timeline calls it
//   takes    the tokens that it waits for, gives: those that it gives in the end
// and how many instructions wait in the queue (queued), and are in work (working).
module unit_probe
  import command_pkg::*;
  import isa_pkg::*;
#(
  parameter int unsigned TextBits = 512
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input logic                 running_i,
  input logic [LineWidth-1:0] base_line_i,  // of the program
  input logic                 enter_i,      // an instruction enters the queue
  input ticket_t              ticket_i,
  input logic [TextBits-1:0]  text_i,
  input logic                 start_i,      // the unit takes the first one that waits
  input logic                 done_i,       // the unit is done with its oldest one
  input logic                 drop_i,       // those that wait vanish
  input activity_t            activity_i
);

  typedef enum logic [2:0] {Off, Idle, Starved, WaitsForToken, WaitsForMemory, Busy} state_e;

  localparam int unsigned Depth = 32;  // 16 in the queue, 16 in work
  localparam int unsigned PtrW = $clog2(Depth);
  typedef logic [PtrW:0] pointer_t;

  ticket_t             tickets_q [Depth];
  logic [TextBits-1:0] texts_q   [Depth];
  pointer_t            entered_q, started_q, done_q;

  state_e              state;
  logic                there;
  logic [31:0]         address, number, index;
  logic [TextBits-1:0] text;
  logic [Tokens-1:0]   takes, gives;
  pointer_t            queued, working;
  ticket_t             oldest;

  always_comb begin
    oldest = tickets_q[done_q[PtrW-1:0]];
    there = entered_q != done_q;
    queued = entered_q - started_q;
    working = started_q - done_q;
    address = there ? {oldest.place.line[25:0], 6'd0} : '0;
    number = there ? 32'(oldest.place.line - base_line_i) : '0;
    index = there ? oldest.place.index : '0;
    text = there ? texts_q[done_q[PtrW-1:0]] : '0;
    takes = there && working == '0 ? oldest.take : '0;
    gives = there ? oldest.give : '0;
    state = Off;
    if (running_i) begin
      state = activity_i.starved ? Starved : Idle;
      if (activity_i.token) state = WaitsForToken;
      if (activity_i.memory) state = WaitsForMemory;
      if (activity_i.busy) state = Busy;
    end
  end

  always_ff @(posedge clk_i) begin
    if (enter_i) begin
      tickets_q[entered_q[PtrW-1:0]] <= ticket_i;
      texts_q[entered_q[PtrW-1:0]] <= text_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      entered_q <= '0;
      started_q <= '0;
      done_q <= '0;
    end else begin
      started_q <= started_q + pointer_t'(start_i);
      done_q <= done_q + pointer_t'(done_i);
      if (drop_i) entered_q <= started_q + pointer_t'(start_i);
      else entered_q <= entered_q + pointer_t'(enter_i);
    end
  end

endmodule
