// SPDX-License-Identifier: Apache-2.0
// Delays every lane of a vector by the same number of cycles.
//
// Latency: Cycles (2 or more); throughput one vector a cycle; no backpressure, no reset. While
// enable_i is low nothing moves.
module delay #(
  parameter int unsigned Lanes = 16,
  parameter int unsigned Width = 32,
  parameter int unsigned Cycles = 2
) (
  input  logic             clk_i,
  input  logic             enable_i,
  input  logic [Width-1:0] data_i [Lanes],
  output logic [Width-1:0] data_o [Lanes]
);

  localparam int unsigned Cells = (Cycles - 1) * Lanes;

  // delay_q[d*Lanes+i] is lane i of d + 1 cycles ago. Of a power of two a simulator needs not check
  // every index; the rest is never written.
  logic [Width-1:0] delay_q [2**$clog2(Cells)];

  always_ff @(posedge clk_i) begin : stages
    logic [Width-1:0] out_d [Lanes];

    if (enable_i) begin
      for (int unsigned i = 0; i < Lanes; i++) out_d[i] = delay_q[Cells-Lanes+i];
      data_o <= out_d;
      for (int unsigned d = Cycles - 2; d > 0; d--) begin
        for (int unsigned i = 0; i < Lanes; i++) delay_q[d*Lanes+i] = delay_q[(d-1)*Lanes+i];
      end
      for (int unsigned i = 0; i < Lanes; i++) delay_q[i] = data_i[i];
    end
  end

  if (Cycles < 2) begin : gen_check
    $error("delay: Cycles must be at least 2");
  end

endmodule
