// SPDX-License-Identifier: Apache-2.0
// Starts, stops and resets programs, and decides with which error one ends.
//
// start: engines stop asking DRAM, and when it owes nothing more, units_rst_no is low for a cycle;
// then the program runs. A soft reset is the same without a program after it. The first error in
// the order of the program counts, as far as it is known when all that was in work is done:
// - an instruction is refused: what has entered a queue is carried out;
// - an instruction fails in its unit: what is not offered to its unit yet is dropped;
// - nothing has moved for as long as the watchdog allows: the program ends at once.
module run_control
  import command_pkg::*;
  import isa_pkg::*;
(
  input  logic             clk_i,
  input  logic             rst_ni,
  output logic             units_rst_no,

  input  command_control_t control_i,
  output logic             begin_o,        // a program: counters begin anew
  output logic             launch_o,       // the first instruction may be fetched
  output logic             stop_o,         // ask DRAM for nothing more
  input  logic             idle_i,         // it owes nothing
  output logic             freeze_o,       // no instruction enters a queue
  output logic             hold_o,         // no unit is offered another
  output logic             drop_o,         // queues are emptied
  output logic             running_o,

  input  logic             quiet_i,        // all units
  input  logic             halted_i,
  input  logic             refused_i,
  input  fault_t           refused_fault_i, // at address_i, count_i
  input  late_t            late_i [Units], // done, but failed
  input  logic             progress_i,
  input  logic [63:0]      address_i,      // of the instruction in work
  input  logic [63:0]      count_i,        // instructions carried out

  output logic             resetting_o,
  output logic             done_o,
  output logic             error_o,
  output logic             ended_o,
  output fault_t           fault_o,        // after an error
  output logic [63:0]      final_count_o
);

  typedef enum logic [2:0] {Stopped, Quiesce, Pulse, Launch, Run} state_e;
  state_e state_q, state_d;

  logic        again_q;           // a program follows the reset
  logic        fault_valid_q, late_q, done_q, error_q, ended_q;
  fault_t      fault_q;
  logic [63:0] final_q;
  logic [31:0] still_q;           // cycles without progress
  logic        timeout, finish, misaligned;

  assign misaligned = control_i.program_address[5:0] != '0;
  assign timeout = control_i.watchdog != '0 && still_q >= control_i.watchdog;
  assign finish = state_q == Run && (timeout || halted_i || (fault_valid_q && quiet_i));

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Stopped: if (control_i.start) state_d = Quiesce;
      Quiesce: if (idle_i) state_d = Pulse;
      Pulse:   state_d = again_q ? Launch : Stopped;
      Launch:  state_d = misaligned ? Stopped : Run;
      default: if (finish) state_d = Stopped;
    endcase
    if (control_i.soft_reset) state_d = Quiesce;
  end

  // The earlier of two in the order of the program.
  function automatic logic is_before(logic [31:0] a, logic [31:0] b);
    logic [31:0] difference;
    difference = a - b;
    return difference[31];
  endfunction

  // The list of a vector instruction is its sixth operand, that of a transfer the third.
  function automatic fault_t late_fault(late_t late, logic is_vector, logic [2:0] unit_number);
    return '{cause: late.bad.valid ? ErrorIndex : ErrorBus,
             operand: late.bad.valid ? (is_vector ? 3'd6 : 3'd3) : 3'd2,
             unit: unit_number, address: {late.place.line, 6'd0}, index: late.place.index,
             bad: late.bad};
  endfunction

  // Where the sequencer is: for what ends here, and for what it refuses.
  fault_t      here, first, fault_d;
  logic        failed, fault_valid_d, takes_first;
  logic [63:0] final_d;
  assign here = '{cause: timeout ? ErrorTimeout : refused_fault_i.cause,
                  operand: timeout ? '0 : refused_fault_i.operand,
                  unit: timeout ? '0 : refused_fault_i.unit,
                  address: address_i, index: count_i[31:0], bad: '0};

  // Of those that failed in this cycle the first one.
  always_comb begin : first_failed
    fault_t late;
    late = 'x;
    first = 'x;
    failed = 1'b0;
    for (int unsigned u = 0; u < Units; u++) failed = failed || late_i[u].failed;
    if (failed) begin
      failed = 1'b0;
      for (int unsigned u = 0; u < Units; u++) begin
        late = late_fault(late_i[u], u == UnitVector, 3'(u + 1));
        if (late_i[u].failed && (!failed || is_before(late.index, first.index))) first = late;
        failed = failed || late_i[u].failed;
      end
    end
  end

  // What a unit works on stands before what the sequencer refuses.
  assign takes_first = failed && !finish &&
      (!fault_valid_q || is_before(first.index, fault_q.index));
  assign fault_valid_d = fault_valid_q || failed || refused_i || timeout;

  always_comb begin
    fault_d = here;
    if (takes_first) fault_d = first;
    if (state_q == Launch) begin
      fault_d = '{cause: ErrorMisaligned, operand: '0, unit: '0,
                  address: control_i.program_address, index: '0, bad: '0};
    end
  end

  // The instructions before the fault: no more than 2^32 before those carried out.
  assign final_d = {count_i[63:32] - 32'(count_i[31:0] < fault_q.index), fault_q.index};

  assign begin_o = state_q == Launch;
  assign launch_o = state_q == Launch && !misaligned;
  assign stop_o = state_q == Quiesce || state_q == Stopped;
  assign freeze_o = state_q != Run || fault_valid_q;
  assign hold_o = state_q != Run || late_q || failed;
  assign drop_o = late_q;
  assign running_o = state_q == Run;
  assign resetting_o = state_q == Quiesce || state_q == Pulse;
  assign done_o = done_q;
  assign error_o = error_q;
  assign ended_o = ended_q;
  assign fault_o = fault_q;
  assign final_count_o = final_q;

  always_ff @(posedge clk_i) begin
    if (state_q == Launch || (state_q == Run && (timeout || takes_first ||
                                                 (!fault_valid_q && (finish || refused_i))))) begin
      fault_q <= fault_d;
    end
    if (resetting_o) final_q <= '0;
    if (finish) final_q <= !fault_valid_q || timeout ? count_i : final_d;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Stopped;
      units_rst_no <= 1'b0;
      again_q <= 1'b0;
      fault_valid_q <= 1'b0;
      late_q <= 1'b0;
      done_q <= 1'b0;
      error_q <= 1'b0;
      ended_q <= 1'b0;
      still_q <= '0;
    end else begin
      state_q <= state_d;
      units_rst_no <= state_d != Pulse;
      if (control_i.soft_reset) again_q <= 1'b0;
      else if (state_q == Stopped && control_i.start) again_q <= 1'b1;
      if (state_q != Run) begin
        fault_valid_q <= 1'b0;
        late_q <= 1'b0;
      end else begin
        fault_valid_q <= fault_valid_d;
        late_q <= late_q || failed;
      end
      ended_q <= (finish || (state_q == Launch && misaligned)) && !control_i.soft_reset;
      if (resetting_o) begin
        done_q <= 1'b0;
        error_q <= 1'b0;
      end else if (finish) begin
        done_q <= !timeout && !fault_valid_q;
        error_q <= timeout || fault_valid_q;
      end else if (state_q == Launch && misaligned) begin
        error_q <= 1'b1;
      end
      still_q <= state_q != Run || progress_i ? '0 : still_q + 32'd1;
    end
  end

endmodule
