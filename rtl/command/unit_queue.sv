// SPDX-License-Identifier: Apache-2.0
// The instructions of one unit: those that wait for tokens or the unit, and those that it works on.
//
// In order. The head asks for its tokens (request_o, take_o), has them with grant_i, and is offered
// to the unit from the next cycle on (valid/ready). The unit is done with instructions in the order
// in which it took them, done_i for a cycle each; what the oldest gives is on give_o in that cycle.
// hold_i: no more grants. drop_i: what is not granted yet vanishes, one a cycle; nothing comes from
// then on until the reset.
// Latency: 2 cycles from entry to offer. Throughput: an instruction in 2 cycles.
// Backpressure: ready_o falls when Depth instructions wait; Depth more may be in work.
`include "gradcore_assert.svh"
module unit_queue
  import command_pkg::*;
#(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 16
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              valid_i,
  output logic              ready_o,
  input  ticket_t           ticket_i,
  input  logic [Width-1:0]  data_i,

  input  logic              hold_i,
  input  logic              drop_i,
  output logic              request_o,
  output logic [Tokens-1:0] take_o,
  input  logic              grant_i,
  output logic [Tokens-1:0] give_o,

  output logic              valid_o,
  input  logic              ready_i,
  output logic [Width-1:0]  data_o,
  input  logic              done_i,
  input  logic              stalled_i,   // the unit waits for memory

  output program_place_t    oldest_o,    // of the instruction that done_i ends
  output logic              quiet_o,     // nothing waits, nothing is in work
  input  logic              ended_i,     // nothing more will come
  output activity_t         activity_o,
  output unit_event_t       event_o
);

  logic              waits, works, granted_q, room, start, pop;
  logic [Tokens-1:0] give;       // of what is offered
  logic [25:0]       line;       // likewise: the low half of its address

  assign request_o = waits && !granted_q && !hold_i && !drop_i;
  assign valid_o = waits && granted_q && room;
  assign start = valid_o && ready_i;
  assign pop = start || (drop_i && !granted_q);

  // What the head takes must be known at once.
  sync_fifo #(
    .Width(Tokens),
    .Depth(Depth)
  ) u_waiting (
    .clk_i,
    .rst_ni,
    .valid_i,
    .ready_o,
    .data_i(ticket_i.take),
    .valid_o(waits),
    .ready_i(pop),
    .data_o(take_o)
  );

  // All else is read while the head waits for its tokens. So few words as wide as this would fill
  // the block RAMs of an FPGA with nothing but wires to them.
  localparam int unsigned WordW = $bits(give) + $bits(line) + Width;
  localparam int unsigned PtrW = $clog2(Depth);
  logic [PtrW-1:0]  write_q, read_q;
  logic             w_en   [1];
  logic [PtrW-1:0]  r_addr [1];
  logic [PtrW-1:0]  w_addr [1];
  logic [WordW-1:0] r_data [1];
  logic [WordW-1:0] w_data [1];
  assign w_en[0] = valid_i && ready_o;
  assign r_addr[0] = read_q;
  assign w_addr[0] = write_q;

  // Simulation is faster where there is nothing to look at.
  always_comb begin
    w_data = '{default: 'x};
    if (valid_i) w_data[0] = {ticket_i.give, ticket_i.place.line[25:0], data_i};
    {give, line, data_o} = 'x;
    if (granted_q) {give, line, data_o} = r_data[0];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q <= '0;
    end else begin
      write_q <= write_q + PtrW'(w_en[0]);
      read_q <= read_q + PtrW'(waits && pop);
    end
  end

  ram_1r1w #(
    .Banks(1),
    .Width(WordW),
    .Depth(Depth),
    .Distributed(1'b1)
  ) u_data (
    .clk_i,
    .r_en_i(waits && !granted_q),
    .r_addr_i(r_addr),
    .r_data_o(r_data),
    .w_en_i(w_en),
    .w_addr_i(w_addr),
    .w_data_i(w_data)
  );

  // Of what is in work, what it gives must be known at once.
  logic [Tokens-1:0] gives;
  sync_fifo #(
    .Width(Tokens),
    .Depth(Depth)
  ) u_working (
    .clk_i,
    .rst_ni,
    .valid_i(start),
    .ready_o(room),
    .data_i(give),
    .valid_o(works),
    .ready_i(done_i),
    .data_o(gives)
  );

  // Where an instruction stands in the program is kept from its entry to its end. It is looked at
  // only if it fails, two cycles after its start at the earliest. What is dropped is the youngest.
  logic [PtrW:0]  entered_q, started_q, oldest_q;  // all that wait and all in work: 2 * Depth
  logic           start_q;
  logic           place_w_en   [1];
  logic [PtrW:0]  place_r_addr [1];
  logic [PtrW:0]  place_w_addr [1];
  program_place_t place_r_data [1];
  program_place_t place_w_data [1];
  assign place_w_en[0] = w_en[0];
  assign place_r_addr[0] = oldest_q + (PtrW + 1)'(done_i);
  assign place_w_addr[0] = entered_q;
  assign place_w_data[0] = ticket_i.place;

  ram_1r1w #(
    .Banks(1),
    .Width($bits(program_place_t)),
    .Depth(2 * Depth),
    .Distributed(1'b1)
  ) u_places (
    .clk_i,
    .r_en_i(done_i || start_q),
    .r_addr_i(place_r_addr),
    .r_data_o(place_r_data),
    .w_en_i(place_w_en),
    .w_addr_i(place_w_addr),
    .w_data_i(place_w_data)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      entered_q <= '0;
      started_q <= '0;
      oldest_q <= '0;
    end else begin
      entered_q <= entered_q + (PtrW + 1)'(w_en[0]);
      started_q <= started_q + (PtrW + 1)'(start);
      oldest_q <= oldest_q + (PtrW + 1)'(works && done_i);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) granted_q <= 1'b0;
    else granted_q <= grant_i || (granted_q && !start);
  end

  assign oldest_o = place_r_data[0];
  assign give_o = done_i ? gives : '0;
  assign quiet_o = !waits && !works;

  always_comb begin
    // A unit with nothing in work that does not take what it is offered waits, whatever for.
    activity_o.busy = works ? !stalled_i : start;
    activity_o.memory = works ? stalled_i : valid_o && !ready_i;
    activity_o.token = !works && waits && !granted_q;
    activity_o.idle = !works && !waits;
    activity_o.starved = !waits && !ended_i;
  end

  logic        done_q;
  logic [31:0] address_q;
  assign event_o = '{start: start_q, done: done_q, address: address_q};

  always_ff @(posedge clk_i) begin
    address_q <= {line, 6'd0};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      start_q <= 1'b0;
      done_q <= 1'b0;
    end else begin
      start_q <= start;
      done_q <= done_i;
    end
  end

  `GC_ASSERT(NothingComesWhereAllVanishes, !drop_i || !valid_i)
  `GC_ASSERT(DoneOfSomething, !done_i || works)
  `GC_ASSERT(NotDoneAtOnce, !done_i || !start_q || started_q - oldest_q != (PtrW + 1)'(1))

endmodule
