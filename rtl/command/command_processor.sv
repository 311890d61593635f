// SPDX-License-Identifier: Apache-2.0
// The command processor: fetches a program, carries it out in its order, hands each unit its
// instructions checked and in tiles, and stops the chip in a defined state.
//
// Each unit takes its instructions by valid/ready, and is done with them in that order, a pulse on
// its done_i each; that of a load or store may come with an error, that of an instruction with a
// list with a bad entry (*_fault_i). *_stalled_i: the unit is busy and waits for memory in this
// cycle. units_rst_no resets units and queues between programs.
// README.md tells how errors, tokens and resets work; sequencer.sv how long an instruction takes.
module command_processor
  import axi_pkg::*;
  import command_pkg::*;
  import gradcore_pkg::*;
  import isa_pkg::*;
  import registers_pkg::*;
  import unit_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned OperandTiles = 4096,
  parameter int unsigned AccumulatorTiles = 2048,
  parameter int unsigned ListEntries = 4096
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  output logic             units_rst_no,

  input  command_control_t control_i,
  output command_status_t  status_o,

  output logic             ar_valid_o,
  input  logic             ar_ready_i,
  output axi_address_t     ar_o,
  input  logic             r_valid_i,
  output logic             r_ready_o,
  input  axi_read_t        r_i,
  input  logic             read_beat_i,    // one is transferred on the port to DRAM, whoever reads
  input  logic             write_beat_i,
  output logic             stop_o,         // the DMA asks for nothing more
  input  logic             dma_idle_i,     // DRAM owes it nothing

  output logic             matrix_valid_o,
  input  logic             matrix_ready_i,
  output gemm_t            matrix_o,
  input  logic             matrix_done_i,
  input  logic             matrix_stalled_i,

  output logic             vector_valid_o,
  input  logic             vector_ready_i,
  output vector_t          vector_o,
  input  logic             vector_done_i,
  input  list_fault_t      vector_fault_i,
  input  logic             vector_stalled_i,

  output logic             load_valid_o,
  input  logic             load_ready_i,
  output transfer_t        load_o,
  input  logic             load_done_i,
  input  logic             load_error_i,
  input  list_fault_t      load_fault_i,
  input  logic             load_stalled_i,

  output logic             store_valid_o,
  input  logic             store_ready_i,
  output transfer_t        store_o,
  input  logic             store_done_i,
  input  logic             store_error_i,
  input  list_fault_t      store_fault_i,
  input  logic             store_stalled_i,

  output unit_event_t      event_o [Units]
);

  // --- The run --------------------------------------------------------------------------------

  logic        launch, fetch_idle, freeze, hold, drop, running, halted, refused, ended, ending;
  logic        moved, done, error, progress_q, quiet;
  fault_t      refused_fault, fault;
  logic [63:0] address, count, final_count;

  logic [Units-1:0] unit_valid, unit_ready, unit_done, unit_stalled;
  program_place_t   oldest   [Units];
  activity_t        activity [Units];

  // The DMA shows by its beats that it gets on, the other units by their work. The watchdog may
  // know a cycle later.
  always_ff @(posedge clk_i) begin
    progress_q <= moved || (unit_valid & unit_ready) != '0 || unit_done != '0 || read_beat_i ||
        write_beat_i || activity[UnitMatrix].busy || activity[UnitVector].busy;
  end

  late_t late [Units];
  assign late[UnitMatrix] = '0;
  assign late[UnitVector] = '{failed: vector_done_i && vector_fault_i.valid, bad: vector_fault_i,
                              place: oldest[UnitVector]};
  assign late[UnitLoad] = '{failed: load_done_i && (load_error_i || load_fault_i.valid),
                            bad: load_fault_i, place: oldest[UnitLoad]};
  assign late[UnitStore] = '{failed: store_done_i && (store_error_i || store_fault_i.valid),
                             bad: store_fault_i, place: oldest[UnitStore]};

  run_control u_run (
    .clk_i,
    .rst_ni,
    .units_rst_no,
    .control_i,
    .begin_o(status_o.clear),
    .launch_o(launch),
    .stop_o,
    .idle_i(fetch_idle && dma_idle_i),
    .freeze_o(freeze),
    .hold_o(hold),
    .drop_o(drop),
    .running_o(running),
    .quiet_i(quiet),
    .halted_i(halted),
    .refused_i(refused),
    .refused_fault_i(refused_fault),
    .late_i(late),
    .progress_i(progress_q),
    .address_i(address),
    .count_i(count),
    .resetting_o(status_o.resetting),
    .done_o(done),
    .error_o(error),
    .ended_o(ended),
    .fault_o(fault),
    .final_count_o(final_count)
  );

  // --- The program ----------------------------------------------------------------------------

  logic                 insn_valid, insn_ready, back;
  logic [511:0]         insn;
  logic [LineWidth-1:0] insn_line, back_line;
  error_e               insn_error;

  fetch u_fetch (
    .clk_i,
    .rst_ni(units_rst_no),
    .start_i(launch),
    .start_line_i(control_i.program_address[63:6]),
    .back_i(back),
    .back_line_i(back_line),
    .stop_i(stop_o),
    .idle_o(fetch_idle),
    .window_base_i(control_i.read_base),
    .window_size_i(control_i.read_size),
    .ar_valid_o,
    .ar_ready_i,
    .ar_o,
    .r_valid_i,
    .r_ready_o,
    .r_i,
    .valid_o(insn_valid),
    .ready_i(insn_ready),
    .insn_o(insn),
    .line_o(insn_line),
    .error_o(insn_error)
  );

  logic             check_valid, check_ready, verdict_valid, verdict_ready, enter;
  logic             deadlock, overflow, deadlock_q, overflow_q;
  logic [Units-1:0] unit_select, room;
  logic [511:0]     checked_insn;
  error_e           verdict_error;
  logic [2:0]       verdict_operand;
  ticket_t          ticket;
  gemm_t            gemm;
  vector_t          vector;
  transfer_t        transfer;

  sequencer u_sequencer (
    .clk_i,
    .rst_ni(units_rst_no),
    .freeze_i(freeze),
    .insn_valid_i(insn_valid),
    .insn_ready_o(insn_ready),
    .insn_i(insn),
    .insn_line_i(insn_line),
    .insn_error_i(insn_error),
    .back_o(back),
    .back_line_o(back_line),
    .check_valid_o(check_valid),
    .check_ready_i(check_ready),
    .unit_o(unit_select),
    .insn_o(checked_insn),
    .verdict_valid_i(verdict_valid),
    .verdict_ready_o(verdict_ready),
    .verdict_error_i(verdict_error),
    .verdict_operand_i(verdict_operand),
    .ticket_o(ticket),
    .deadlock_i(deadlock_q),
    .overflow_i(overflow_q),
    .room_i(room),
    .enter_o(enter),
    .quiet_i(quiet),
    .moved_o(moved),
    .ending_o(ending),
    .halted_o(halted),
    .fault_valid_o(refused),
    .fault_o(refused_fault),
    .address_o(address),
    .count_o(count)
  );

  instruction_check #(
    .N(N),
    .OperandTiles(OperandTiles),
    .AccumulatorTiles(AccumulatorTiles),
    .ListEntries(ListEntries)
  ) u_check (
    .clk_i,
    .rst_ni(units_rst_no),
    .valid_i(check_valid),
    .ready_o(check_ready),
    .unit_i(unit_select),
    .insn_i(checked_insn),
    .control_i,
    .valid_o(verdict_valid),
    .ready_i(verdict_ready),
    .error_o(verdict_error),
    .operand_o(verdict_operand),
    .gemm_o(gemm),
    .vector_o(vector),
    .transfer_o(transfer)
  );

  // The ticket and the promise of tokens have long been what they are when there is a verdict.
  always_ff @(posedge clk_i) begin
    deadlock_q <= deadlock;
    overflow_q <= overflow;
  end

  // --- Units ----------------------------------------------------------------------------------

  unit_queues u_queues (
    .clk_i,
    .rst_ni(units_rst_no),
    .ticket_i(ticket),
    .gemm_i(gemm),
    .vector_i(vector),
    .transfer_i(transfer),
    .unit_i(unit_select),
    .enter_i(enter),
    .room_o(room),
    .deadlock_o(deadlock),
    .overflow_o(overflow),
    .hold_i(hold),
    .drop_i(drop),
    .ended_i(ending),
    .valid_o(unit_valid),
    .ready_i(unit_ready),
    .done_i(unit_done),
    .stalled_i(unit_stalled),
    .matrix_o,
    .vector_o,
    .load_o,
    .store_o,
    .oldest_o(oldest),
    .quiet_o(quiet),
    .activity_o(activity),
    .event_o
  );

  assign {store_valid_o, load_valid_o, vector_valid_o, matrix_valid_o} = unit_valid;
  assign unit_ready = {store_ready_i, load_ready_i, vector_ready_i, matrix_ready_i};
  assign unit_done = {store_done_i, load_done_i, vector_done_i, matrix_done_i};
  assign unit_stalled = {store_stalled_i, load_stalled_i, vector_stalled_i, matrix_stalled_i};

  // --- What the registers show ----------------------------------------------------------------

  always_comb begin : show
    status_o.running = running;
    status_o.done = done;
    status_o.error = error;
    status_o.ended = ended;
    status_o.cause = error ? fault.cause : ErrorNone;
    status_o.operand = error ? fault.operand : '0;
    status_o.unit = error ? fault.unit : '0;
    status_o.address = done || error ? fault.address : '0;
    status_o.bad = error && fault.bad.valid ? fault.bad : '0;
    status_o.instructions = running ? count : final_count;
    status_o.count = '0;
    if (running) begin
      status_o.count[CounterCycles] = 1'b1;
      status_o.count[CounterMatrixBusy] = activity[UnitMatrix].busy;
      status_o.count[CounterMatrixToken] = activity[UnitMatrix].token;
      status_o.count[CounterMatrixMemory] = activity[UnitMatrix].memory;
      status_o.count[CounterMatrixIdle] = activity[UnitMatrix].idle;
      status_o.count[CounterMatrixStarved] = activity[UnitMatrix].starved;
      status_o.count[CounterVectorBusy] = activity[UnitVector].busy;
      status_o.count[CounterVectorToken] = activity[UnitVector].token;
      status_o.count[CounterVectorMemory] = activity[UnitVector].memory;
      status_o.count[CounterVectorIdle] = activity[UnitVector].idle;
      status_o.count[CounterVectorStarved] = activity[UnitVector].starved;
      status_o.count[CounterLoadBusy] = activity[UnitLoad].busy;
      status_o.count[CounterLoadToken] = activity[UnitLoad].token;
      status_o.count[CounterLoadMemory] = activity[UnitLoad].memory;
      status_o.count[CounterLoadIdle] = activity[UnitLoad].idle;
      status_o.count[CounterLoadStarved] = activity[UnitLoad].starved;
      status_o.count[CounterStoreBusy] = activity[UnitStore].busy;
      status_o.count[CounterStoreToken] = activity[UnitStore].token;
      status_o.count[CounterStoreMemory] = activity[UnitStore].memory;
      status_o.count[CounterStoreIdle] = activity[UnitStore].idle;
      status_o.count[CounterStoreStarved] = activity[UnitStore].starved;
      status_o.count[CounterReadBeats] = read_beat_i;
      status_o.count[CounterWriteBeats] = write_beat_i;
    end
  end

endmodule
