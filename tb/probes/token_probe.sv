// SPDX-License-Identifier: Apache-2.0
// How many of each token are there, for people: bound into traced chips only.
module token_probe
  import command_pkg::*;
#(
  parameter int unsigned Width = 9
) (
  input logic [Width-1:0] count_i [Tokens]
);

  for (genvar t = 0; t < Tokens; t++) begin : gen_token
    logic [Width-1:0] count;
    assign count = count_i[t];
  end

endmodule

bind token_counts token_probe #(
  .Width(CountW)
) u_probe (
  .count_i(count_q)
);
