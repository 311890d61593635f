// SPDX-License-Identifier: Apache-2.0
// The banks of operand memory: tiles of N x N bfloat16, bank by tile number modulo Banks.
//
// Through port A of a bank client 0 reads and the others write, through port B all read; of
// those that want the same port the one of the lowest number is served (bank_arbiter).
// Latency: 1 cycle from valid and ready to the bank's words.
module operand_banks
  import gradcore_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Tiles = 4096,  // a power of two
  parameter int unsigned Banks = 2,
  parameter int unsigned Clients = 4  // 2 to 4
) (
  input  logic         clk_i,

  input  logic         a_valid_i [Clients],
  output logic         a_ready_o [Clients],
  input  line_t        a_line_i  [Clients],
  input  logic [N-1:0] a_mask_i  [Clients],    // words to write; of client 0 unused
  input  logic [15:0]  a_data_i  [Clients*N],
  output logic [15:0]  a_words_o [Banks*N],

  input  logic         b_valid_i [Clients],
  output logic         b_ready_o [Clients],
  input  line_t        b_line_i  [Clients],
  output logic [15:0]  b_words_o [Banks*N]
);

  localparam int unsigned BankW = $clog2(Banks);
  localparam int unsigned ClientW = $clog2(Clients);
  localparam int unsigned Depth = Tiles / Banks * N;
  localparam int unsigned AddrW = $clog2(Depth);

  logic [BankW-1:0] a_bank [Clients];
  logic [BankW-1:0] b_bank [Clients];
  logic             a_used [Banks];
  logic             b_used [Banks];
  logic [ClientW-1:0] a_by   [Banks];
  logic [ClientW-1:0] b_by   [Banks];

  always_comb begin
    for (int unsigned c = 0; c < Clients; c++) begin
      a_bank[c] = a_line_i[c].tile[BankW-1:0];
      b_bank[c] = b_line_i[c].tile[BankW-1:0];
    end
  end

  bank_arbiter #(
    .Clients(Clients),
    .Banks(Banks)
  ) u_a_arbiter (
    .valid_i(a_valid_i),
    .bank_i(a_bank),
    .ready_o(a_ready_o),
    .used_o(a_used),
    .client_o(a_by)
  );

  bank_arbiter #(
    .Clients(Clients),
    .Banks(Banks)
  ) u_b_arbiter (
    .valid_i(b_valid_i),
    .bank_i(b_bank),
    .ready_o(b_ready_o),
    .used_o(b_used),
    .client_o(b_by)
  );

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    line_t            a_line, b_line, a_within, b_within;
    logic [AddrW-1:0] a_bank_addr [N];
    logic [AddrW-1:0] b_bank_addr [N];
    assign a_line = a_line_i[a_by[b]];
    assign b_line = b_line_i[b_by[b]];
    assign a_within = '{tile: a_line.tile >> BankW, idx: a_line.idx, by_col: a_line.by_col};
    assign b_within = '{tile: b_line.tile >> BankW, idx: b_line.idx, by_col: b_line.by_col};

    tile_address #(
      .N(N),
      .AddrWidth(AddrW)
    ) u_a_address (
      .valid_i(a_used[b]),
      .line_i(a_within),
      .addr_o(a_bank_addr)
    );

    tile_address #(
      .N(N),
      .AddrWidth(AddrW)
    ) u_b_address (
      .valid_i(b_used[b]),
      .line_i(b_within),
      .addr_o(b_bank_addr)
    );

    logic             a_read;
    logic             a_write [N];
    logic [15:0]      a_wdata [N];
    logic [15:0]      a_words [N];
    logic [15:0]      b_words [N];

    always_comb begin
      a_read = a_used[b] && a_by[b] == '0;
      if (a_used[b] && !a_read) begin
        for (int unsigned i = 0; i < N; i++) begin
          a_write[i] = a_mask_i[a_by[b]][i];
          a_wdata[i] = a_data_i[32'(a_by[b])*N+i];
        end
      end else begin
        a_write = '{default: 1'b0};
        a_wdata = '{default: 'x};
      end
    end

    ram_1rw1r #(
      .Banks(N),
      .Width(16),
      .Depth(Depth)
    ) u_ram (
      .clk_i,
      .a_read_i(a_read),
      .a_write_i(a_write),
      .a_addr_i(a_bank_addr),
      .a_data_i(a_wdata),
      .a_data_o(a_words),
      .b_read_i(b_used[b]),
      .b_addr_i(b_bank_addr),
      .b_data_o(b_words)
    );

    always_comb begin
      for (int unsigned i = 0; i < N; i++) begin
        a_words_o[b*N+i] = a_words[i];
        b_words_o[b*N+i] = b_words[i];
      end
    end
  end

endmodule
