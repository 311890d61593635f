// SPDX-License-Identifier: Apache-2.0
// Two readers on one read port: instruction fetch and loads.
//
// Requests leave through a register; where both ask, they take turns. Beats go to the reader that
// their id names.
// Latency: requests 1, beats 0. Throughput: one a cycle each way. Backpressure: valid/ready; a
// reader's ready does not depend on its own valid, nor its valid on the other's ready.
`include "gradcore_assert.svh"
module axi_read_mux
  import axi_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         fetch_ar_valid_i,
  output logic         fetch_ar_ready_o,
  input  axi_address_t fetch_ar_i,
  output logic         fetch_r_valid_o,
  input  logic         fetch_r_ready_i,

  input  logic         load_ar_valid_i,
  output logic         load_ar_ready_o,
  input  axi_address_t load_ar_i,
  output logic         load_r_valid_o,
  input  logic         load_r_ready_i,

  output axi_read_t    r_o,  // for both readers

  output logic         ar_valid_o,
  input  logic         ar_ready_i,
  output axi_address_t ar_o,
  input  logic         r_valid_i,
  output logic         r_ready_o,
  input  axi_read_t    r_i
);

  logic room, fetch_turn_q, for_fetch;

  assign room = !ar_valid_o || ar_ready_i;
  assign fetch_ar_ready_o = room && (fetch_turn_q || !load_ar_valid_i);
  assign load_ar_ready_o = room && (!fetch_turn_q || !fetch_ar_valid_i);

  always_ff @(posedge clk_i) begin
    if (room) ar_o <= fetch_ar_valid_i && fetch_ar_ready_o ? fetch_ar_i : load_ar_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ar_valid_o <= 1'b0;
      fetch_turn_q <= 1'b1;
    end else if (room) begin
      ar_valid_o <= fetch_ar_valid_i || load_ar_valid_i;
      if (fetch_ar_valid_i || load_ar_valid_i) begin
        fetch_turn_q <= !(fetch_ar_valid_i && fetch_ar_ready_o);
      end
    end
  end

  assign for_fetch = r_i.id == AxiIdFetch;
  assign fetch_r_valid_o = r_valid_i && for_fetch;
  assign load_r_valid_o = r_valid_i && !for_fetch;
  assign r_ready_o = for_fetch ? fetch_r_ready_i : load_r_ready_i;
  assign r_o = r_i;

  `GC_ASSERT(FetchId, !fetch_ar_valid_i || fetch_ar_i.id == AxiIdFetch)
  `GC_ASSERT(LoadId, !load_ar_valid_i || load_ar_i.id == AxiIdLoad)

endmodule
