// SPDX-License-Identifier: Apache-2.0
// The queues of the four units, and the tokens by which they meet.
//
// A checked instruction enters the queue of its unit (one bit of unit_i) where room_o allows it;
// deadlock_o and overflow_o forbid it. Of the translations the one of the unit counts. The rest is
// told by unit_queue and token_counts; vectors have a bit for each unit.
module unit_queues
  import command_pkg::*;
  import gradcore_pkg::*;
  import unit_pkg::*;
(
  input  logic             clk_i,
  input  logic             rst_ni,

  input  ticket_t          ticket_i,
  input  gemm_t            gemm_i,
  input  vector_t          vector_i,
  input  transfer_t        transfer_i,
  input  logic [Units-1:0] unit_i,
  input  logic             enter_i,
  output logic [Units-1:0] room_o,
  output logic             deadlock_o,
  output logic             overflow_o,

  input  logic             hold_i,
  input  logic             drop_i,
  input  logic             ended_i,

  output logic [Units-1:0] valid_o,
  input  logic [Units-1:0] ready_i,
  input  logic [Units-1:0] done_i,
  input  logic [Units-1:0] stalled_i,
  output gemm_t            matrix_o,
  output vector_t          vector_o,
  output transfer_t        load_o,
  output transfer_t        store_o,

  output program_place_t   oldest_o   [Units],
  output logic             quiet_o,
  output activity_t        activity_o [Units],
  output unit_event_t      event_o    [Units]
);

  logic [Units-1:0]             request, grant, quiet;
  logic [Units-1:0][Tokens-1:0] take, give;
  assign quiet_o = quiet == '1;

  token_counts u_tokens (
    .clk_i,
    .rst_ni,
    .take_i(ticket_i.take),
    .give_i(ticket_i.give),
    .commit_i(enter_i),
    .deadlock_o,
    .overflow_o,
    .request_i(request),
    .unit_take_i(take),
    .grant_o(grant),
    .unit_give_i(give)
  );

  logic [$bits(gemm_t)-1:0]     matrix_bits;
  logic [$bits(vector_t)-1:0]   vector_bits;
  logic [$bits(transfer_t)-1:0] load_bits, store_bits;
  assign matrix_o = matrix_bits;
  assign vector_o = vector_bits;
  assign load_o = load_bits;
  assign store_o = store_bits;

  unit_queue #(
    .Width($bits(gemm_t))
  ) u_matrix_queue (
    .clk_i,
    .rst_ni,
    .valid_i(enter_i && unit_i[UnitMatrix]),
    .ready_o(room_o[UnitMatrix]),
    .ticket_i,
    .data_i(gemm_i),
    .hold_i,
    .drop_i,
    .request_o(request[UnitMatrix]),
    .take_o(take[UnitMatrix]),
    .grant_i(grant[UnitMatrix]),
    .give_o(give[UnitMatrix]),
    .valid_o(valid_o[UnitMatrix]),
    .ready_i(ready_i[UnitMatrix]),
    .data_o(matrix_bits),
    .done_i(done_i[UnitMatrix]),
    .stalled_i(stalled_i[UnitMatrix]),
    .oldest_o(oldest_o[UnitMatrix]),
    .quiet_o(quiet[UnitMatrix]),
    .ended_i,
    .activity_o(activity_o[UnitMatrix]),
    .event_o(event_o[UnitMatrix])
  );

  unit_queue #(
    .Width($bits(vector_t))
  ) u_vector_queue (
    .clk_i,
    .rst_ni,
    .valid_i(enter_i && unit_i[UnitVector]),
    .ready_o(room_o[UnitVector]),
    .ticket_i,
    .data_i(vector_i),
    .hold_i,
    .drop_i,
    .request_o(request[UnitVector]),
    .take_o(take[UnitVector]),
    .grant_i(grant[UnitVector]),
    .give_o(give[UnitVector]),
    .valid_o(valid_o[UnitVector]),
    .ready_i(ready_i[UnitVector]),
    .data_o(vector_bits),
    .done_i(done_i[UnitVector]),
    .stalled_i(stalled_i[UnitVector]),
    .oldest_o(oldest_o[UnitVector]),
    .quiet_o(quiet[UnitVector]),
    .ended_i,
    .activity_o(activity_o[UnitVector]),
    .event_o(event_o[UnitVector])
  );

  unit_queue #(
    .Width($bits(transfer_t))
  ) u_load_queue (
    .clk_i,
    .rst_ni,
    .valid_i(enter_i && unit_i[UnitLoad]),
    .ready_o(room_o[UnitLoad]),
    .ticket_i,
    .data_i(transfer_i),
    .hold_i,
    .drop_i,
    .request_o(request[UnitLoad]),
    .take_o(take[UnitLoad]),
    .grant_i(grant[UnitLoad]),
    .give_o(give[UnitLoad]),
    .valid_o(valid_o[UnitLoad]),
    .ready_i(ready_i[UnitLoad]),
    .data_o(load_bits),
    .done_i(done_i[UnitLoad]),
    .stalled_i(stalled_i[UnitLoad]),
    .oldest_o(oldest_o[UnitLoad]),
    .quiet_o(quiet[UnitLoad]),
    .ended_i,
    .activity_o(activity_o[UnitLoad]),
    .event_o(event_o[UnitLoad])
  );

  unit_queue #(
    .Width($bits(transfer_t))
  ) u_store_queue (
    .clk_i,
    .rst_ni,
    .valid_i(enter_i && unit_i[UnitStore]),
    .ready_o(room_o[UnitStore]),
    .ticket_i,
    .data_i(transfer_i),
    .hold_i,
    .drop_i,
    .request_o(request[UnitStore]),
    .take_o(take[UnitStore]),
    .grant_i(grant[UnitStore]),
    .give_o(give[UnitStore]),
    .valid_o(valid_o[UnitStore]),
    .ready_i(ready_i[UnitStore]),
    .data_o(store_bits),
    .done_i(done_i[UnitStore]),
    .stalled_i(stalled_i[UnitStore]),
    .oldest_o(oldest_o[UnitStore]),
    .quiet_o(quiet[UnitStore]),
    .ended_i,
    .activity_o(activity_o[UnitStore]),
    .event_o(event_o[UnitStore])
  );

endmodule
