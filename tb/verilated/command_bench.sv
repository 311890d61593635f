// SPDX-License-Identifier: Apache-2.0
// The command processor with its registers, and its parts side by side, for their unit tests. DRAM,
// the units and the host are the test's.
module command_bench
  import axi_pkg::*;
  import command_pkg::*;
  import gradcore_pkg::*;
  import isa_pkg::*;
  import registers_pkg::*;
  import unit_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  // The chip's registers: AXI4-Lite.
  input  logic         aw_valid_i,
  output logic         aw_ready_o,
  input  logic [11:0]  aw_address_i,
  input  logic         w_valid_i,
  output logic         w_ready_o,
  input  logic [31:0]  w_data_i,
  input  logic [3:0]   w_strobe_i,
  output logic         b_valid_o,
  input  logic         b_ready_i,
  output logic [1:0]   b_resp_o,
  input  logic         ar_valid_i,
  output logic         ar_ready_o,
  input  logic [11:0]  ar_address_i,
  output logic         r_valid_o,
  input  logic         r_ready_i,
  output logic [31:0]  r_data_o,
  output logic [1:0]   r_resp_o,
  output logic         irq_o,

  // Instructions from DRAM.
  output logic         fetch_valid_o,
  input  logic         fetch_ready_i,
  output logic [63:0]  fetch_address_o,
  output logic [7:0]   fetch_length_o,
  input  logic         beat_valid_i,
  output logic         beat_ready_o,
  input  logic [127:0] beat_data_i,
  input  logic [1:0]   beat_resp_i,
  input  logic         beat_last_i,
  input  logic         write_beat_i,
  output logic         stop_o,
  input  logic         dma_idle_i,
  output logic         units_rst_no,

  // Units: matrix, vector, load, store.
  output logic         unit_valid_o   [4],
  input  logic         unit_ready_i   [4],
  output logic [63:0]  unit_key_o     [4],  // some of what the unit gets
  input  logic         unit_done_i    [4],
  input  logic         unit_error_i   [4],
  input  list_fault_t  unit_fault_i   [4],
  input  logic         unit_stalled_i [4],
  output logic         event_start_o  [4],
  output logic         event_done_o   [4],
  output logic [31:0]  event_address_o[4],

  // fetch alone, with a small buffer.
  input  logic         alone_start_i,
  input  logic [57:0]  alone_line_i,       // to start at, to go back to
  input  logic         alone_back_i,
  input  logic         alone_stop_i,
  output logic         alone_idle_o,
  input  logic [63:0]  alone_base_i,
  input  logic [63:0]  alone_size_i,
  output logic         alone_ar_valid_o,
  input  logic         alone_ar_ready_i,
  output logic [63:0]  alone_address_o,
  input  logic         alone_r_valid_i,
  input  logic [127:0] alone_r_data_i,
  input  logic [1:0]   alone_r_resp_i,
  output logic         alone_valid_o,
  input  logic         alone_ready_i,
  output logic [31:0]  alone_insn_o   [16],
  output logic [57:0]  alone_line_o,
  output logic [3:0]   alone_error_o,

  // event_counters
  input  logic         counters_clear_i,
  input  logic [4:0]   counters_count_i,
  input  logic         counters_read_i,
  input  logic [2:0]   counters_index_i,
  output logic         counters_valid_o,
  output logic [63:0]  counters_value_o,

  // loop_stack
  input  logic         loop_push_i,
  input  logic         loop_turn_i,
  input  logic [57:0]  loop_line_i,
  input  logic [31:0]  loop_turns_i,
  output logic         loop_full_o,
  output logic         loop_empty_o,
  output logic         loop_again_o,
  output logic [57:0]  loop_first_o,

  // token_counts
  input  logic [15:0]  token_take_i,
  input  logic [15:0]  token_give_i,
  input  logic         token_commit_i,
  output logic         token_deadlock_o,
  output logic         token_overflow_o,
  input  logic [3:0]   token_request_i,
  input  logic [15:0]  token_unit_take_i [4],
  output logic [3:0]   token_grant_o,
  input  logic [15:0]  token_unit_give_i [4],

  // unit_queue
  input  logic         queue_valid_i,
  output logic         queue_ready_o,
  input  logic [31:0]  queue_data_i,      // also its line and index
  input  logic [15:0]  queue_take_i,
  input  logic [15:0]  queue_give_i,
  input  logic         queue_hold_i,
  input  logic         queue_drop_i,
  output logic         queue_request_o,
  output logic [15:0]  queue_take_o,
  input  logic         queue_grant_i,
  output logic [15:0]  queue_give_o,
  output logic         queue_valid_o,
  input  logic         queue_ready_i,
  output logic [31:0]  queue_data_o,
  input  logic         queue_done_i,
  input  logic         queue_stalled_i,
  input  logic         queue_ended_i,
  output logic [31:0]  queue_oldest_o,
  output logic         queue_quiet_o,
  output logic [4:0]   queue_activity_o,  // starved, idle, memory, token, busy

  // axi4_lite_checker alone: valid and ready of AW, W, B, AR, R; one payload for all
  input  logic [4:0]   probe_valid_i,
  input  logic [4:0]   probe_ready_i,
  input  logic [11:0]  probe_payload_i
);

  localparam int unsigned N = 4;
  localparam int unsigned OperandKib = 2;
  localparam int unsigned AccumulatorKib = 4;
  localparam core_cfg_t Cfg = core_cfg(N, 40, OperandKib, AccumulatorKib);

  // --- The chip -----------------------------------------------------------------------------

  command_control_t control;
  command_status_t  status;
  axi_lite_read_t   lite_read;
  axi_resp_e        lite_resp;
  axi_address_t     ar;
  gemm_t            matrix;
  vector_t          vector;
  transfer_t        load, store;
  unit_event_t      events [Units];

  assign r_data_o = lite_read.data;
  assign r_resp_o = lite_read.resp;
  assign b_resp_o = lite_resp;
  assign fetch_address_o = ar.address;
  assign fetch_length_o = ar.length;
  assign unit_key_o[0] = {matrix.k, 12'd0, matrix.y};
  assign unit_key_o[1] = {vector.seed, 12'd0, vector.d.tile};
  assign unit_key_o[2] = load.address;
  assign unit_key_o[3] = store.address;

  registers #(
    .N(N),
    .F(40),
    .OperandKib(OperandKib),
    .AccumulatorKib(AccumulatorKib),
    .ListEntries(1024)
  ) u_registers (
    .clk_i,
    .rst_ni,
    .aw_valid_i,
    .aw_ready_o,
    .aw_address_i,
    .w_valid_i,
    .w_ready_o,
    .w_i('{data: w_data_i, strobe: w_strobe_i}),
    .b_valid_o,
    .b_ready_i,
    .b_o(lite_resp),
    .ar_valid_i,
    .ar_ready_o,
    .ar_address_i,
    .r_valid_o,
    .r_ready_i,
    .r_o(lite_read),
    .irq_o,
    .control_o(control),
    .status_i(status)
  );

  axi4_lite_checker u_lite_checker (
    .clk_i, .rst_ni,
    .aw_valid_i, .aw_ready_i(aw_ready_o), .aw_address_i,
    .w_valid_i, .w_ready_i(w_ready_o), .w_data_i, .w_strobe_i,
    .b_valid_i(b_valid_o), .b_ready_i, .b_resp_i(b_resp_o),
    .ar_valid_i, .ar_ready_i(ar_ready_o), .ar_address_i,
    .r_valid_i(r_valid_o), .r_ready_i, .r_data_i(r_data_o), .r_resp_i(r_resp_o)
  );

  command_processor #(
    .N(N),
    .OperandTiles(operand_tiles(Cfg)),
    .AccumulatorTiles(accumulator_tiles(Cfg)),
    .ListEntries(1024)
  ) u_command (
    .clk_i,
    .rst_ni,
    .units_rst_no,
    .control_i(control),
    .status_o(status),
    .ar_valid_o(fetch_valid_o),
    .ar_ready_i(fetch_ready_i),
    .ar_o(ar),
    .r_valid_i(beat_valid_i),
    .r_ready_o(beat_ready_o),
    .r_i('{id: AxiIdFetch, data: beat_data_i, resp: axi_resp_e'(beat_resp_i), last: beat_last_i}),
    .read_beat_i(beat_valid_i),
    .write_beat_i,
    .stop_o,
    .dma_idle_i,
    .matrix_valid_o(unit_valid_o[0]),
    .matrix_ready_i(unit_ready_i[0]),
    .matrix_o(matrix),
    .matrix_done_i(unit_done_i[0]),
    .matrix_stalled_i(unit_stalled_i[0]),
    .vector_valid_o(unit_valid_o[1]),
    .vector_ready_i(unit_ready_i[1]),
    .vector_o(vector),
    .vector_done_i(unit_done_i[1]),
    .vector_fault_i(unit_fault_i[1]),
    .vector_stalled_i(unit_stalled_i[1]),
    .load_valid_o(unit_valid_o[2]),
    .load_ready_i(unit_ready_i[2]),
    .load_o(load),
    .load_done_i(unit_done_i[2]),
    .load_error_i(unit_error_i[2]),
    .load_fault_i(unit_fault_i[2]),
    .load_stalled_i(unit_stalled_i[2]),
    .store_valid_o(unit_valid_o[3]),
    .store_ready_i(unit_ready_i[3]),
    .store_o(store),
    .store_done_i(unit_done_i[3]),
    .store_error_i(unit_error_i[3]),
    .store_fault_i(unit_fault_i[3]),
    .store_stalled_i(unit_stalled_i[3]),
    .event_o(events)
  );

  for (genvar u = 0; u < 4; u++) begin : gen_unit
    assign event_start_o[u] = events[u].start;
    assign event_done_o[u] = events[u].done;
    assign event_address_o[u] = events[u].address;
    stream_checker #(.Width(64)) u_checker (
      .clk_i, .rst_ni(units_rst_no), .valid_i(unit_valid_o[u]), .ready_i(unit_ready_i[u]),
      .payload_i(unit_key_o[u])
    );
  end
  stream_checker #(.Width(64)) u_ar_checker (
    .clk_i, .rst_ni, .valid_i(fetch_valid_o), .ready_i(fetch_ready_i), .payload_i(fetch_address_o)
  );

  // --- Parts --------------------------------------------------------------------------------

  axi_address_t alone_ar;
  logic [511:0] alone_insn;
  error_e       alone_error;
  logic         unused_ready;
  assign alone_address_o = alone_ar.address;
  assign alone_error_o = alone_error;
  for (genvar i = 0; i < 16; i++) begin : gen_word
    assign alone_insn_o[i] = alone_insn[32*i+:32];
  end

  fetch #(
    .Slots(16),
    .Ahead(4)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .start_i(alone_start_i),
    .start_line_i(alone_line_i),
    .back_i(alone_back_i),
    .back_line_i(alone_line_i),
    .stop_i(alone_stop_i),
    .idle_o(alone_idle_o),
    .window_base_i(alone_base_i),
    .window_size_i(alone_size_i),
    .ar_valid_o(alone_ar_valid_o),
    .ar_ready_i(alone_ar_ready_i),
    .ar_o(alone_ar),
    .r_valid_i(alone_r_valid_i),
    .r_ready_o(unused_ready),
    .r_i('{id: AxiIdFetch, data: alone_r_data_i, resp: axi_resp_e'(alone_r_resp_i), last: 1'b0}),
    .valid_o(alone_valid_o),
    .ready_i(alone_ready_i),
    .insn_o(alone_insn),
    .line_o(alone_line_o),
    .error_o(alone_error)
  );

  event_counters #(
    .Number(5)
  ) u_counters (
    .clk_i,
    .rst_ni,
    .clear_i(counters_clear_i),
    .count_i(counters_count_i),
    .read_i(counters_read_i),
    .index_i(counters_index_i),
    .valid_o(counters_valid_o),
    .value_o(counters_value_o)
  );

  loop_stack u_loops (
    .clk_i,
    .rst_ni,
    .push_i(loop_push_i),
    .line_i(loop_line_i),
    .turns_i(loop_turns_i),
    .turn_i(loop_turn_i),
    .full_o(loop_full_o),
    .empty_o(loop_empty_o),
    .again_o(loop_again_o),
    .first_o(loop_first_o)
  );

  token_counts u_tokens (
    .clk_i,
    .rst_ni,
    .take_i(token_take_i),
    .give_i(token_give_i),
    .commit_i(token_commit_i),
    .deadlock_o(token_deadlock_o),
    .overflow_o(token_overflow_o),
    .request_i(token_request_i),
    .unit_take_i({token_unit_take_i[3], token_unit_take_i[2], token_unit_take_i[1],
                  token_unit_take_i[0]}),
    .grant_o(token_grant_o),
    .unit_give_i({token_unit_give_i[3], token_unit_give_i[2], token_unit_give_i[1],
                  token_unit_give_i[0]})
  );

  ticket_t        ticket;
  program_place_t oldest;
  unit_event_t unused_event;
  activity_t   activity;
  assign ticket = '{place: '{line: LineWidth'(queue_data_i), index: queue_data_i},
                    take: queue_take_i, give: queue_give_i};
  assign queue_oldest_o = oldest.index;
  assign queue_activity_o = activity;

  unit_queue #(
    .Width(32)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .valid_i(queue_valid_i),
    .ready_o(queue_ready_o),
    .ticket_i(ticket),
    .data_i(queue_data_i),
    .hold_i(queue_hold_i),
    .drop_i(queue_drop_i),
    .request_o(queue_request_o),
    .take_o(queue_take_o),
    .grant_i(queue_grant_i),
    .give_o(queue_give_o),
    .valid_o(queue_valid_o),
    .ready_i(queue_ready_i),
    .data_o(queue_data_o),
    .done_i(queue_done_i),
    .stalled_i(queue_stalled_i),
    .oldest_o(oldest),
    .quiet_o(queue_quiet_o),
    .ended_i(queue_ended_i),
    .activity_o(activity),
    .event_o(unused_event)
  );

  axi4_lite_checker u_probe (
    .clk_i, .rst_ni,
    .aw_valid_i(probe_valid_i[0]), .aw_ready_i(probe_ready_i[0]), .aw_address_i(probe_payload_i),
    .w_valid_i(probe_valid_i[1]), .w_ready_i(probe_ready_i[1]), .w_data_i(32'(probe_payload_i)),
    .w_strobe_i('1),
    .b_valid_i(probe_valid_i[2]), .b_ready_i(probe_ready_i[2]), .b_resp_i(probe_payload_i[1:0]),
    .ar_valid_i(probe_valid_i[3]), .ar_ready_i(probe_ready_i[3]), .ar_address_i(probe_payload_i),
    .r_valid_i(probe_valid_i[4]), .r_ready_i(probe_ready_i[4]), .r_data_i(32'(probe_payload_i)),
    .r_resp_i(probe_payload_i[1:0])
  );

endmodule
