// SPDX-License-Identifier: Apache-2.0
// Local memory: operand memory (bfloat16) and accumulator memory (binary32) in tiles of N x N, of
// which any row or column is one access. Both are cut into banks by tile number modulo their count.
//
// Clients of the same cycle that want the same port of the same bank are served in this order:
//   operand memory, port A      stream, writers 0, 1, 2
//   operand memory, port B      load, readers 0, 1, 2
//   accumulator memory, read    matrix unit, readers 0, 1, 2
//   accumulator memory, write   matrix unit, writers 0, 1, 2
// load and the matrix unit's accumulator ports are always served at once. So is the stream, but it
// lets a writer pass that has waited for 16 cycles. All numbers are binary32 here: operand memory
// takes the upper halves of what is written, and zeros fill the lower ones of what is read.
// Latency of a read: 2 cycles after valid and ready. What is written can be read from the next
// cycle on; reading it in the same cycle gives undefined data.
module local_memory
  import gradcore_pkg::*;
  import unit_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned OperandTiles = 4096,     // a power of two, 2 or more
  parameter int unsigned AccumulatorTiles = 2048, // likewise
  parameter int unsigned OperandBanks = 4,        // 2, 4 or 8, where there are as many tiles
  parameter int unsigned AccumulatorBanks = 8,    // 2, 4 or 8, likewise
  parameter int unsigned Ports = 3                // 1 to 3 readers and writers
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  // The matrix unit.
  input  logic         stream_valid_i,
  output logic         stream_ready_o,
  input  line_t        stream_line_i,
  output logic [15:0]  stream_data_o [N],
  input  logic         load_valid_i,
  input  line_t        load_line_i,
  output logic [15:0]  load_data_o [N],
  input  logic         acc_read_valid_i,
  input  line_t        acc_read_line_i,
  output logic [31:0]  acc_read_data_o [N],
  input  logic         acc_write_valid_i,
  input  line_t        acc_write_line_i,
  input  logic [N-1:0] acc_write_mask_i,
  input  logic [31:0]  acc_write_data_i [N],

  // Everyone else.
  input  logic         read_valid_i  [Ports],
  output logic         read_ready_o  [Ports],
  input  place_t       read_place_i  [Ports],
  output logic [31:0]  read_data_o   [Ports*N],
  input  logic         write_valid_i [Ports],
  output logic         write_ready_o [Ports],
  input  place_t       write_place_i [Ports],
  input  logic [N-1:0] write_mask_i  [Ports],
  input  logic [31:0]  write_data_i  [Ports*N]
);

  localparam int unsigned IdxW = $clog2(N);
  localparam int unsigned Clients = Ports + 1;
  localparam int unsigned OpBanks = (OperandTiles < OperandBanks) ? OperandTiles : OperandBanks;
  localparam int unsigned AccBanks =
      (AccumulatorTiles < AccumulatorBanks) ? AccumulatorTiles : AccumulatorBanks;
  localparam int unsigned OpBankW = $clog2(OpBanks);
  localparam int unsigned AccBankW = $clog2(AccBanks);
  localparam int unsigned Patience = 16;

  // --- Who is served --------------------------------------------------------------------------

  // Client 0 is the matrix unit, the others readers or writers.
  logic  op_a_valid  [Clients];
  logic  op_a_ready  [Clients];
  line_t op_a_line   [Clients];
  logic  op_b_valid  [Clients];
  logic  op_b_ready  [Clients];
  line_t op_b_line   [Clients];
  logic  acc_r_valid [Clients];
  logic  acc_r_ready [Clients];
  line_t acc_r_line  [Clients];
  logic  acc_w_valid [Clients];
  logic  acc_w_ready [Clients];
  line_t acc_w_line  [Clients];

  // A writer that the stream keeps out makes it pause for a cycle after a while.
  logic                        kept_out, pause;
  logic [$clog2(Patience)-1:0] waited_q;
  assign pause = waited_q == ($clog2(Patience))'(Patience - 1);

  always_comb begin
    kept_out = 1'b0;
    for (int unsigned c = 1; c < Clients; c++) kept_out |= op_a_valid[c] & ~op_a_ready[c];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) waited_q <= '0;
    else waited_q <= (kept_out && !pause) ? waited_q + 1'b1 : '0;
  end

  assign stream_ready_o = !pause;

  always_comb begin
    op_a_valid[0] = stream_valid_i & ~pause;
    op_a_line[0] = stream_line_i;
    op_b_valid[0] = load_valid_i;
    op_b_line[0] = load_line_i;
    acc_r_valid[0] = acc_read_valid_i;
    acc_r_line[0] = acc_read_line_i;
    acc_w_valid[0] = acc_write_valid_i;
    acc_w_line[0] = acc_write_line_i;
    for (int unsigned c = 0; c < Ports; c++) begin
      op_a_valid[c+1] = write_valid_i[c] & ~write_place_i[c].accumulator;
      op_a_line[c+1] = write_place_i[c].line;
      op_b_valid[c+1] = read_valid_i[c] & ~read_place_i[c].accumulator;
      op_b_line[c+1] = read_place_i[c].line;
      acc_r_valid[c+1] = read_valid_i[c] & read_place_i[c].accumulator;
      acc_r_line[c+1] = read_place_i[c].line;
      acc_w_valid[c+1] = write_valid_i[c] & write_place_i[c].accumulator;
      acc_w_line[c+1] = write_place_i[c].line;
    end
  end

  always_comb begin
    for (int unsigned c = 0; c < Ports; c++) begin
      read_ready_o[c] = read_place_i[c].accumulator ? acc_r_ready[c+1] : op_b_ready[c+1];
      write_ready_o[c] = write_place_i[c].accumulator ? acc_w_ready[c+1] : op_a_ready[c+1];
    end
  end

  // --- What is written, rotated to the words of a bank ----------------------------------------

  // Of the clients of the writing ports; the stream writes nothing.
  logic [N-1:0] word_mask [Clients];
  logic [31:0]  word_data [Clients*N];

  for (genvar c = 0; c < Clients; c++) begin : gen_writer
    logic [31:0]  data    [N];
    logic [31:0]  rotated [N];
    logic [N-1:0] mask;
    line_t        line;
    logic         valid;

    if (c == 0) begin : gen_matrix
      assign data = acc_write_data_i;
      assign mask = acc_write_mask_i;
      assign line = acc_write_line_i;
      assign valid = acc_write_valid_i;
    end else begin : gen_other
      always_comb begin
        if (valid) begin
          for (int unsigned i = 0; i < N; i++) data[i] = write_data_i[(c-1)*N+i];
        end else begin
          data = '{default: 'x};
        end
      end
      assign valid = write_valid_i[c-1];
      assign mask = write_mask_i[c-1];
      assign line = write_place_i[c-1].line;
    end

    tile_write #(
      .N(N),
      .Width(32)
    ) u_write (
      .valid_i(valid),
      .idx_i(line.idx[IdxW-1:0]),
      .mask_i(mask),
      .data_i(data),
      .mask_o(word_mask[c]),
      .data_o(rotated)
    );

    always_comb begin
      for (int unsigned i = 0; i < N; i++) word_data[c*N+i] = rotated[i];
    end
  end

  // --- The banks ------------------------------------------------------------------------------

  logic        op_write;
  logic [15:0] upper_data [Clients*N];
  always_comb begin
    op_write = 1'b0;
    for (int unsigned c = 1; c < Clients; c++) op_write |= op_a_valid[c];
    if (op_write) begin
      for (int unsigned i = 0; i < Clients * N; i++) upper_data[i] = word_data[i][31:16];
    end else begin
      upper_data = '{default: 'x};
    end
  end

  logic [15:0] op_a_words [OpBanks*N];
  logic [15:0] op_b_words [OpBanks*N];
  logic [31:0] acc_words  [AccBanks*N];

  operand_banks #(
    .N(N),
    .Clients(Clients),
    .Tiles(OperandTiles),
    .Banks(OpBanks)
  ) u_operand_banks (
    .clk_i,
    .a_valid_i(op_a_valid),
    .a_ready_o(op_a_ready),
    .a_line_i(op_a_line),
    .a_mask_i(word_mask),
    .a_data_i(upper_data),
    .a_words_o(op_a_words),
    .b_valid_i(op_b_valid),
    .b_ready_o(op_b_ready),
    .b_line_i(op_b_line),
    .b_words_o(op_b_words)
  );

  accumulator_banks #(
    .N(N),
    .Clients(Clients),
    .Tiles(AccumulatorTiles),
    .Banks(AccBanks)
  ) u_accumulator_banks (
    .clk_i,
    .r_valid_i(acc_r_valid),
    .r_ready_o(acc_r_ready),
    .r_line_i(acc_r_line),
    .r_words_o(acc_words),
    .w_valid_i(acc_w_valid),
    .w_ready_o(acc_w_ready),
    .w_line_i(acc_w_line),
    .w_mask_i(word_mask),
    .w_data_i(word_data)
  );

  // --- What is read: from which bank and which line it was asked for a cycle ago ---------------

  typedef struct packed {
    logic            valid;
    logic [3:0]      bank;  // for readers the accumulators' first, then the operands'
    logic [IdxW-1:0] idx;
  } asked_t;
  asked_t stream_q, load_q, acc_read_q;
  asked_t read_q [Ports];

  function automatic asked_t asked(logic valid, line_t line, logic [3:0] banks, logic [3:0] first);
    return '{valid: valid, bank: (line.tile[3:0] & (banks - 4'd1)) + first,
             idx: line.idx[IdxW-1:0]};
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      stream_q <= '0;
      load_q <= '0;
      acc_read_q <= '0;
    end else begin
      stream_q <= asked(op_a_valid[0], stream_line_i, 4'(OpBanks), 4'd0);
      load_q <= asked(load_valid_i, load_line_i, 4'(OpBanks), 4'd0);
      acc_read_q <= asked(acc_read_valid_i, acc_read_line_i, 4'(AccBanks), 4'd0);
    end
  end

  tile_select #(
    .N(N),
    .Width(16),
    .Banks(OpBanks)
  ) u_stream_select (
    .clk_i,
    .valid_i(stream_q.valid),
    .bank_i(stream_q.bank[OpBankW-1:0]),
    .idx_i(stream_q.idx),
    .data_i(op_a_words),
    .data_o(stream_data_o)
  );

  tile_select #(
    .N(N),
    .Width(16),
    .Banks(OpBanks)
  ) u_load_select (
    .clk_i,
    .valid_i(load_q.valid),
    .bank_i(load_q.bank[OpBankW-1:0]),
    .idx_i(load_q.idx),
    .data_i(op_b_words),
    .data_o(load_data_o)
  );

  tile_select #(
    .N(N),
    .Width(32),
    .Banks(AccBanks)
  ) u_acc_select (
    .clk_i,
    .valid_i(acc_read_q.valid),
    .bank_i(acc_read_q.bank[AccBankW-1:0]),
    .idx_i(acc_read_q.idx),
    .data_i(acc_words),
    .data_o(acc_read_data_o)
  );

  // Both memories side by side: bank 0 and up the accumulators', then the operands'.
  logic        any_read;
  logic [31:0] words [(AccBanks+OpBanks)*N];
  always_comb begin
    any_read = 1'b0;
    for (int unsigned c = 0; c < Ports; c++) any_read |= read_q[c].valid;
    words = '{default: 'x};
    if (any_read) begin
      for (int unsigned i = 0; i < AccBanks * N; i++) words[i] = acc_words[i];
      for (int unsigned i = 0; i < OpBanks * N; i++) words[AccBanks*N+i] = {op_b_words[i], 16'd0};
    end
  end

  for (genvar c = 0; c < Ports; c++) begin : gen_reader
    logic [31:0] data [N];

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        read_q[c] <= '0;
      end else begin
        read_q[c] <= asked(read_valid_i[c] && read_ready_o[c], read_place_i[c].line,
            read_place_i[c].accumulator ? 4'(AccBanks) : 4'(OpBanks),
            read_place_i[c].accumulator ? 4'd0 : 4'(AccBanks));
      end
    end

    tile_select #(
      .N(N),
      .Width(32),
      .Banks(AccBanks + OpBanks)
    ) u_select (
      .clk_i,
      .valid_i(read_q[c].valid),
      .bank_i(read_q[c].bank[$clog2(AccBanks+OpBanks)-1:0]),
      .idx_i(read_q[c].idx),
      .data_i(words),
      .data_o(data)
    );

    always_comb begin
      for (int unsigned i = 0; i < N; i++) read_data_o[c*N+i] = data[i];
    end
  end

endmodule
