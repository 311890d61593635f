// SPDX-License-Identifier: Apache-2.0
// Gives each bank to one of the clients that want it: the one of the lowest number. Combinational.
//
// ready_o does not depend on the client's own valid_i.
module bank_arbiter #(
  parameter int unsigned Clients = 4,
  parameter int unsigned Banks = 2,
  localparam int unsigned BankW = (Banks > 1) ? $clog2(Banks) : 1,
  localparam int unsigned ClientW = $clog2(Clients)
) (
  input  logic               valid_i  [Clients],
  input  logic [BankW-1:0]   bank_i   [Clients],
  output logic               ready_o  [Clients],

  output logic               used_o   [Banks],
  output logic [ClientW-1:0] client_o [Banks]  // who has it, where it is used
);

  always_comb begin
    for (int unsigned c = 0; c < Clients; c++) begin
      ready_o[c] = 1'b1;
      for (int unsigned other = 0; other < c; other++) begin
        if (valid_i[other] && bank_i[other] == bank_i[c]) ready_o[c] = 1'b0;
      end
    end
  end

  always_comb begin
    for (int unsigned b = 0; b < Banks; b++) begin
      used_o[b] = 1'b0;
      client_o[b] = '0;
      for (int unsigned k = 0; k < Clients; k++) begin
        if (valid_i[Clients-1-k] && 32'(bank_i[Clients-1-k]) == b) begin
          used_o[b] = 1'b1;
          client_o[b] = ClientW'(Clients - 1 - k);
        end
      end
    end
  end

endmodule
