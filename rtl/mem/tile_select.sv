// SPDX-License-Identifier: Apache-2.0
// The line that a client gets: the words of the bank that it was given, rotated into place (the
// layout is described in tile_read).
//
// Latency: 1 cycle after the banks' words; the output holds until the next line.
module tile_select #(
  parameter int unsigned N = 16,
  parameter int unsigned Width = 16,
  parameter int unsigned Banks = 2,
  localparam int unsigned BankW = (Banks > 1) ? $clog2(Banks) : 1
) (
  input  logic                 clk_i,
  input  logic                 valid_i,  // the banks' words are there
  input  logic [BankW-1:0]     bank_i,
  input  logic [$clog2(N)-1:0] idx_i,    // of the row or column
  input  logic [Width-1:0]     data_i [Banks*N],
  output logic [Width-1:0]     data_o [N]
);

  logic [Width-1:0] chosen  [N];
  logic [Width-1:0] rotated [N];

  always_comb begin
    if (valid_i) begin
      for (int unsigned i = 0; i < N; i++) chosen[i] = data_i[32'(bank_i)*N+i];
    end else begin
      chosen = '{default: 'x};
    end
  end

  rotate #(
    .Lanes(N),
    .Width(Width)
  ) u_rotate (
    .enable_i(valid_i),
    .amount_i(idx_i),
    .data_i(chosen),
    .data_o(rotated)
  );

  always_ff @(posedge clk_i) begin
    if (valid_i) data_o <= rotated;
  end

endmodule
