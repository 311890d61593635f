// SPDX-License-Identifier: Apache-2.0
// The functions of fp32_function for vectors of more lanes than there are units that approximate.
//
// Copy, ReLU and absolute value pass every cycle. A vector whose function is approximated goes
// through the units group by group, so that the next one must be Groups = Lanes / FunctionLanes
// cycles behind it; which vectors come in between does not matter.
// Latency: Groups + 16 cycles. Throughput: see above; no backpressure.
`include "gradcore_assert.svh"
module narrow_function
  import gradcore_pkg::*;
  import isa_pkg::*;
  import fp32_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned Lanes = 16,
  parameter int unsigned FunctionLanes = 4  // less than Lanes, and divides it
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  input  apply_e      apply_i,
  input  logic [31:0] data_i [Lanes],
  output logic [31:0] data_o [Lanes]
);

  localparam int unsigned Groups = Lanes / FunctionLanes;
  localparam int unsigned GroupW = $clog2(Groups + 1);
  localparam int unsigned Before = Groups + FunctionLatency;  // of the register of results

  if (FunctionLanes == 0 || Groups < 2 || Lanes % FunctionLanes != 0) begin : gen_check
    $error("narrow_function: FunctionLanes must divide Lanes, and be less");
  end

  // --- Group by group: the next one is in the first lanes --------------------------------------

  logic              start;
  logic [GroupW-1:0] left_q;  // groups to be fed
  apply_e            apply_q;
  logic [31:0]       held_q [Lanes];
  logic [31:0]       first  [FunctionLanes];
  logic [31:0]       value  [FunctionLanes];
  assign start = valid_i && approximated(apply_i);

  always_ff @(posedge clk_i) begin : hold
    logic [31:0] held_d [Lanes];
    for (int unsigned i = 0; i < Lanes; i++) held_d[i] = held_q[(i+FunctionLanes)%Lanes];
    if (start) begin
      held_q <= data_i;
      apply_q <= apply_i;
    end else if (left_q != '0) begin
      held_q <= held_d;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) left_q <= '0;
    else if (start) left_q <= GroupW'(Groups);
    else if (left_q != '0) left_q <= left_q - 1'b1;
  end

  always_comb begin
    for (int unsigned i = 0; i < FunctionLanes; i++) first[i] = held_q[i];
  end

  fp32_function #(
    .Lanes(FunctionLanes)
  ) u_function (
    .clk_i,
    .rst_ni,
    .valid_i(left_q != '0),
    .apply_i(apply_q),
    .data_i(first),
    .data_o(value)
  );

  // --- What needs no approximation, beside them ------------------------------------------------

  logic [31:0] plain_now  [Lanes];
  logic [31:0] plain_late [Lanes];
  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) plain_now[i] = plain(apply_i, data_i[i]);
  end

  delay #(
    .Lanes(Lanes),
    .Width(32),
    .Cycles(Before)
  ) u_delay (
    .clk_i,
    .enable_i(1'b1),
    .data_i(plain_now),
    .data_o(plain_late)
  );

  // --- The vector again: a group enters at the last lanes and pushes the others on --------------

  logic [Before-1:0] start_q;  // element i entered i + 1 cycles ago
  logic [31:0]       groups_q [Lanes];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) start_q <= '0;
    else start_q <= {start_q[Before-2:0], start};
  end

  always_ff @(posedge clk_i) begin : collect
    logic [31:0] groups_d [Lanes];
    logic [31:0] data_d   [Lanes];
    for (int unsigned i = 0; i < Lanes - FunctionLanes; i++) begin
      groups_d[i] = groups_q[i+FunctionLanes];
    end
    for (int unsigned i = 0; i < FunctionLanes; i++) groups_d[Lanes-FunctionLanes+i] = value[i];
    for (int unsigned i = 0; i < Lanes; i++) begin
      data_d[i] = start_q[Before-1] ? groups_d[i] : plain_late[i];
    end
    groups_q <= groups_d;
    data_o <= data_d;
  end

  `GC_ASSERT(Apart, !start || left_q <= GroupW'(1))

endmodule
