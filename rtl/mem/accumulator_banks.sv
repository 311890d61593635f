// SPDX-License-Identifier: Apache-2.0
// The banks of accumulator memory: tiles of N x N binary32, bank by tile number modulo Banks.
//
// A bank reads a line and writes one in a cycle; of the clients that want the same bank the
// one of the lowest number is served (bank_arbiter).
// Latency: 1 cycle from valid and ready to the bank's words.
module accumulator_banks
  import gradcore_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Tiles = 2048,  // a power of two
  parameter int unsigned Banks = 4,
  parameter int unsigned Clients = 4  // 2 to 4
) (
  input  logic         clk_i,

  input  logic         r_valid_i [Clients],
  output logic         r_ready_o [Clients],
  input  line_t        r_line_i  [Clients],
  output logic [31:0]  r_words_o [Banks*N],

  input  logic         w_valid_i [Clients],
  output logic         w_ready_o [Clients],
  input  line_t        w_line_i  [Clients],
  input  logic [N-1:0] w_mask_i  [Clients],    // words to write
  input  logic [31:0]  w_data_i  [Clients*N]
);

  localparam int unsigned BankW = $clog2(Banks);
  localparam int unsigned ClientW = $clog2(Clients);
  localparam int unsigned Depth = Tiles / Banks * N;
  localparam int unsigned AddrW = $clog2(Depth);

  logic [BankW-1:0] r_bank [Clients];
  logic [BankW-1:0] w_bank [Clients];
  logic             r_used [Banks];
  logic             w_used [Banks];
  logic [ClientW-1:0] r_by   [Banks];
  logic [ClientW-1:0] w_by   [Banks];

  always_comb begin
    for (int unsigned c = 0; c < Clients; c++) begin
      r_bank[c] = r_line_i[c].tile[BankW-1:0];
      w_bank[c] = w_line_i[c].tile[BankW-1:0];
    end
  end

  bank_arbiter #(
    .Clients(Clients),
    .Banks(Banks)
  ) u_r_arbiter (
    .valid_i(r_valid_i),
    .bank_i(r_bank),
    .ready_o(r_ready_o),
    .used_o(r_used),
    .client_o(r_by)
  );

  bank_arbiter #(
    .Clients(Clients),
    .Banks(Banks)
  ) u_w_arbiter (
    .valid_i(w_valid_i),
    .bank_i(w_bank),
    .ready_o(w_ready_o),
    .used_o(w_used),
    .client_o(w_by)
  );

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    line_t            r_line, w_line, r_within, w_within;
    logic [AddrW-1:0] r_bank_addr [N];
    logic [AddrW-1:0] w_bank_addr [N];
    assign r_line = r_line_i[r_by[b]];
    assign w_line = w_line_i[w_by[b]];
    assign r_within = '{tile: r_line.tile >> BankW, idx: r_line.idx, by_col: r_line.by_col};
    assign w_within = '{tile: w_line.tile >> BankW, idx: w_line.idx, by_col: w_line.by_col};

    tile_address #(
      .N(N),
      .AddrWidth(AddrW)
    ) u_r_address (
      .valid_i(r_used[b]),
      .line_i(r_within),
      .addr_o(r_bank_addr)
    );

    tile_address #(
      .N(N),
      .AddrWidth(AddrW)
    ) u_w_address (
      .valid_i(w_used[b]),
      .line_i(w_within),
      .addr_o(w_bank_addr)
    );

    logic             w_en   [N];
    logic [31:0]      w_data [N];
    logic [31:0]      words  [N];

    always_comb begin
      w_en = '{default: 1'b0};
      if (w_used[b]) begin
        for (int unsigned i = 0; i < N; i++) begin
          w_en[i] = w_mask_i[w_by[b]][i];
          w_data[i] = w_data_i[32'(w_by[b])*N+i];
        end
      end else begin
        w_data = '{default: 'x};
      end
    end

    ram_1r1w #(
      .Banks(N),
      .Width(32),
      .Depth(Depth)
    ) u_ram (
      .clk_i,
      .r_en_i(r_used[b]),
      .r_addr_i(r_bank_addr),
      .r_data_o(words),
      .w_en_i(w_en),
      .w_addr_i(w_bank_addr),
      .w_data_i(w_data)
    );

    always_comb begin
      for (int unsigned i = 0; i < N; i++) r_words_o[b*N+i] = words[i];
    end
  end

endmodule
