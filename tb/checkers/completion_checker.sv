// SPDX-License-Identifier: Apache-2.0
// Every command that is done has a verdict waiting for it: no command is counted twice.
`include "gradcore_assert.svh"
module completion_checker #(
  parameter int unsigned Width = 4
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             verdict_valid_i,
  input logic [Width-1:0] done_i  // commands done whose completion has not left
);

  `GC_ASSERT(DoneHasVerdict, verdict_valid_i || done_i == '0)

endmodule
