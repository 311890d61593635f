// SPDX-License-Identifier: Apache-2.0
// Delays lane i by i cycles (or, reversed, by Lanes - 1 - i), and every lane by one more.
//
// Turns a vector into the diagonal wave of a systolic array and back.
// Latency: i + 1 (Reverse: Lanes - i) cycles; throughput one vector a cycle; no backpressure.
module skew #(
  parameter int unsigned Lanes = 16,
  parameter int unsigned Width = 32,
  parameter bit          Reverse = 1'b0
) (
  input  logic             clk_i,
  input  logic [Width-1:0] data_i [Lanes],
  output logic [Width-1:0] data_o [Lanes]
);

  localparam int unsigned Cells = Lanes * Lanes;

  // delay_q[d*Lanes+i] is lane i of d cycles ago. Synthesis removes what no output reads.
  logic [Width-1:0] delay_q [Cells];

  always_ff @(posedge clk_i) begin : delay
    logic [Width-1:0] out_d [Lanes];

    for (int unsigned d = Lanes - 1; d > 0; d--) begin
      for (int unsigned i = 0; i < Lanes; i++) delay_q[d*Lanes+i] = delay_q[(d-1)*Lanes+i];
    end
    for (int unsigned i = 0; i < Lanes; i++) delay_q[i] = data_i[i];
    for (int unsigned i = 0; i < Lanes; i++) begin
      out_d[i] = delay_q[(Reverse ? Lanes - 1 - i : i) * Lanes + i];
    end
    data_o <= out_d;
  end

endmodule
