// SPDX-License-Identifier: Apache-2.0
// A second owner of DRAM: writes one half of its window while it reads and checks the other, which
// it has written in the pass before; then they change places.
//
// Bursts of 16 beats, as many outstanding as the memory takes; a beat a cycle each way. What a beat
// holds depends on its address and its pass, so that lost, moved and stale beats are all seen.
// enable_i: passes begin; the one under way is always ended. base_i is a multiple of 2 * HalfBytes.
module traffic_master
  import axi_pkg::*;
#(
  parameter int unsigned HalfBytes = 16384  // a power of two, 256 or more
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       enable_i,
  input  logic [AxiAddressWidth-1:0] base_i,
  output logic [31:0]                passes_o,
  output logic [31:0]                read_beats_o,
  output logic [31:0]                write_beats_o,
  output logic [31:0]                wrong_o,       // beats that hold something else
  output logic [31:0]                errors_o,      // answers other than OKAY

  output logic                       ar_valid_o,
  input  logic                       ar_ready_i,
  output axi_address_t               ar_o,
  input  logic                       r_valid_i,
  output logic                       r_ready_o,
  input  axi_read_t                  r_i,
  output logic                       aw_valid_o,
  input  logic                       aw_ready_i,
  output axi_address_t               aw_o,
  output logic                       w_valid_o,
  input  logic                       w_ready_i,
  output axi_write_t                 w_o,
  input  logic                       b_valid_i,
  output logic                       b_ready_o,
  input  axi_response_t              b_i
);

  localparam int unsigned Beats = HalfBytes / AxiBytes;
  localparam int unsigned BeatsPerBurst = 16;
  localparam int unsigned Bursts = Beats / BeatsPerBurst;
  localparam int unsigned BeatW = $clog2(Beats);
  localparam int unsigned BurstW = $clog2(Bursts);
  typedef logic [BeatW:0] beats_t;
  typedef logic [BurstW:0] bursts_t;

  // Of the pass: addresses taken, beats, answers. All of them: the pass is over.
  logic        active_q, over;
  logic [31:0] pass_q;
  bursts_t     ar_q, aw_q, b_q;
  beats_t      r_q, w_q;
  logic        half;
  assign half = pass_q[0];

  function automatic logic [AxiDataWidth-1:0] pattern(logic [31:0] pass, logic [BeatW-1:0] beat);
    logic [31:0] word;
    word = (32'(beat) + 32'd1) * 32'h9e37_79b1 ^ pass * 32'h85eb_ca6b;
    return {word ^ 32'(beat), ~word, word + pass, word};
  endfunction

  function automatic logic [AxiAddressWidth-1:0] place(logic upper, logic [BurstW-1:0] burst);
    return base_i + AxiAddressWidth'({upper, burst}) * AxiAddressWidth'(BeatsPerBurst * AxiBytes);
  endfunction

  // In the first pass there is nothing to read.
  logic reads;
  assign reads = pass_q != '0;

  assign ar_valid_o = active_q && reads && ar_q != bursts_t'(Bursts);
  assign ar_o = '{id: AxiIdLoad, address: place(~half, ar_q[BurstW-1:0]),
                  length: 8'(BeatsPerBurst - 1)};
  assign r_ready_o = 1'b1;
  assign aw_valid_o = active_q && aw_q != bursts_t'(Bursts);
  assign aw_o = '{id: AxiIdStore, address: place(half, aw_q[BurstW-1:0]),
                  length: 8'(BeatsPerBurst - 1)};
  // Of bursts whose address is at least being offered.
  assign w_valid_o = active_q && w_q != beats_t'(Beats) &&
      w_q[BeatW:$clog2(BeatsPerBurst)] <= aw_q;
  assign w_o = '{data: pattern(pass_q, w_q[BeatW-1:0]), strobe: '1,
                 last: w_q[$clog2(BeatsPerBurst)-1:0] == '1};
  assign b_ready_o = 1'b1;

  assign over = active_q && b_q == bursts_t'(Bursts) && (!reads || r_q == beats_t'(Beats));

  logic r_wrong, r_error, b_error;
  assign r_wrong = r_valid_i && r_i.data != pattern(pass_q - 32'd1, r_q[BeatW-1:0]);
  assign r_error = r_valid_i && r_i.resp != AxiOkay;
  assign b_error = b_valid_i && b_i.resp != AxiOkay;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      pass_q <= '0;
      ar_q <= '0;
      aw_q <= '0;
      b_q <= '0;
      r_q <= '0;
      w_q <= '0;
      read_beats_o <= '0;
      write_beats_o <= '0;
      wrong_o <= '0;
      errors_o <= '0;
    end else begin
      if (!active_q || over) active_q <= enable_i;
      if (over) pass_q <= pass_q + 32'd1;
      ar_q <= over ? '0 : ar_q + bursts_t'(ar_valid_o && ar_ready_i);
      aw_q <= over ? '0 : aw_q + bursts_t'(aw_valid_o && aw_ready_i);
      b_q <= over ? '0 : b_q + bursts_t'(b_valid_i);
      r_q <= over ? '0 : r_q + beats_t'(r_valid_i);
      w_q <= over ? '0 : w_q + beats_t'(w_valid_o && w_ready_i);
      read_beats_o <= read_beats_o + 32'(r_valid_i);
      write_beats_o <= write_beats_o + 32'(w_valid_o && w_ready_i);
      wrong_o <= wrong_o + 32'(r_wrong);
      errors_o <= errors_o + 32'(r_error) + 32'(b_error);
    end
  end

  assign passes_o = pass_q;

endmodule
