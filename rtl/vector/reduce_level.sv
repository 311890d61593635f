// SPDX-License-Identifier: Apache-2.0
// A level of reduce_tree: lane i and lane i + Half become one, their sum or their maximum.
//
// max_i chooses for the vector beside it. With fewer Adders than Half, pairs are added group by
// group, and vectors (valid_i) must be Half / Adders cycles apart. Latency: 7 cycles, then
// Half / Adders more. Throughput: one vector a cycle, then see above; no backpressure.
module reduce_level
  import fp32_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned Half = 8,
  parameter int unsigned Adders = Half  // divides Half
) (
  input  logic        clk_i,
  input  logic        valid_i,
  input  logic        max_i,
  input  logic [31:0] data_i [2*Half],
  output logic        valid_o,
  output logic        max_o,
  output logic [31:0] data_o [Half]
);

  localparam int unsigned Groups = Half / Adders;
  localparam int unsigned Latency = reduce_level_latency(Half, Adders);

  logic [Latency-1:0] valid_q, max_q;
  logic               active;  // the adders rest while nothing is in them
  assign active = valid_i || valid_q != '0;
  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[Latency-2:0], valid_i};
    max_q <= {max_q[Latency-2:0], max_i};
  end
  assign valid_o = valid_q[Latency-1];
  assign max_o = max_q[Latency-1];

  // --- What is added ----------------------------------------------------------------------------

  logic [31:0] low         [Adders];
  logic [31:0] high        [Adders];
  logic [31:0] sum         [Adders];
  logic [31:0] larger      [Adders];
  logic [31:0] larger_late [Adders];
  logic [31:0] pair        [Adders];
  logic        choose_max;

  if (Groups == 1) begin : gen_all
    always_comb begin
      // Simulation is faster where there is nothing to look at: here and below.
      low = '{default: 'x};
      high = '{default: 'x};
      if (valid_i) begin
        for (int unsigned i = 0; i < Half; i++) begin
          low[i] = data_i[i];
          high[i] = data_i[Half+i];
        end
      end
    end
    assign choose_max = max_o;
    assign data_o = pair;
  end else begin : gen_groups
    // The group that is added is in the first lanes; results enter at the last ones.
    logic [31:0]           low_q    [Half];
    logic [31:0]           high_q   [Half];
    logic [31:0]           groups_q [Half];
    logic                  held_max_q;
    logic [AddLatency-1:0] late_q;
    assign choose_max = late_q[AddLatency-1];

    always_ff @(posedge clk_i) begin : hold
      logic [31:0] low_d  [Half];
      logic [31:0] high_d [Half];
      for (int unsigned i = 0; i < Half; i++) begin
        low_d[i] = valid_i ? data_i[i] : low_q[(i+Adders)%Half];
        high_d[i] = valid_i ? data_i[Half+i] : high_q[(i+Adders)%Half];
      end
      low_q <= low_d;
      high_q <= high_d;
      if (valid_i) held_max_q <= max_i;
      late_q <= {late_q[AddLatency-2:0], held_max_q};
      groups_q <= data_o;
    end

    always_comb begin
      for (int unsigned i = 0; i < Adders; i++) begin
        low[i] = low_q[i];
        high[i] = high_q[i];
      end
      for (int unsigned i = 0; i < Half - Adders; i++) data_o[i] = groups_q[i+Adders];
      for (int unsigned i = 0; i < Adders; i++) data_o[Half-Adders+i] = pair[i];
    end
  end

  // --- Adders, maxima beside them ---------------------------------------------------------------

  always_comb begin
    larger = '{default: 'x};
    if (active) begin
      for (int unsigned i = 0; i < Adders; i++) larger[i] = maximum(low[i], high[i]);
    end
  end

  fp32_add #(
    .Lanes(Adders)
  ) u_add (
    .clk_i,
    .enable_i(active),
    .a_i(low),
    .b_i(high),
    .data_o(sum)
  );

  delay #(
    .Lanes(Adders),
    .Width(32),
    .Cycles(AddLatency)
  ) u_delay (
    .clk_i,
    .enable_i(active),
    .data_i(larger),
    .data_o(larger_late)
  );

  always_comb begin
    pair = '{default: 'x};
    if (active) begin
      for (int unsigned i = 0; i < Adders; i++) pair[i] = choose_max ? larger_late[i] : sum[i];
    end
  end

endmodule
