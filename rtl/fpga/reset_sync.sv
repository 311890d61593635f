// SPDX-License-Identifier: Apache-2.0
// A reset that begins at once and ends with the clock.
//
// rst_no rises Stages cycles after rst_ni has, and after that falls only with it.
module reset_sync #(
  parameter int unsigned Stages = 3  // at least 2
) (
  input  logic clk_i,
  input  logic rst_ni,  // asynchronous
  output logic rst_no
);

  logic [Stages-1:0] stages_q;
  assign rst_no = stages_q[Stages-1];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) stages_q <= '0;
    else stages_q <= {stages_q[Stages-2:0], 1'b1};
  end

endmodule
