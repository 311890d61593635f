// SPDX-License-Identifier: Apache-2.0
// Walks a command's stationary tiles and reads them column by column into the array's shadows.
//
// Order: batches, then columns of tiles of Y (n), then tiles along k. Vectors along k are columns
// of W as written, rows where it is transposed. Reads are never refused, so a tile that has begun
// arrives one column a cycle, and the stream may follow a cycle behind its first column:
// tile_ready_o says that a tile has begun and the stream has not, tile_taken_i that it has now.
module load_sequencer
  import gradcore_pkg::*;
#(
  parameter int unsigned N = 16
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  valid_i,
  output logic                  ready_o,
  input  gemm_t                 gemm_i,

  output logic                  tile_ready_o,
  input  logic                  tile_taken_i,

  output logic                  read_valid_o,
  output line_t                 read_line_o,
  output logic [IdxWidth-1:0]   read_col_o,    // column of the array that it is for
  output logic [CountWidth-1:0] read_count_o   // elements of the vector that are not masked
);

  logic        active_q;
  gemm_t       gemm_q;
  logic [31:0] batch_q, n_q, k_q;             // left, this tile included
  logic [IdxWidth-1:0] col_q;
  logic [TileWidth-1:0] batch_tile_q, n_tile_q, tile_q;  // of this batch, at k = 0, current
  logic        ready_q;

  // Whether they are the last ones is decided with the counts themselves, a tile ahead.
  logic last_k_q, last_n_q, last_batch_q;
  logic only_k_q, only_n_q;  // of the command: last from the start
  logic last_col;
  assign last_col = 32'(col_q) == N - 1 ||
      (last_n_q && CountWidth'(col_q) + 1'b1 == n_q[CountWidth-1:0]);

  assign read_valid_o = active_q && (col_q != '0 || !ready_q);
  assign read_line_o = '{tile: tile_q, idx: col_q, by_col: !gemm_q.trans_w};
  assign read_col_o = col_q;
  assign read_count_o = last_k_q ? k_q[CountWidth-1:0] : CountWidth'(N);
  assign tile_ready_o = ready_q;

  logic command_done;
  assign command_done = read_valid_o && last_col && last_k_q && last_n_q && last_batch_q;
  assign ready_o = !active_q || command_done;

  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) begin
      gemm_q <= gemm_i;
      batch_q <= gemm_i.batch;
      n_q <= gemm_i.n;
      k_q <= gemm_i.k;
      batch_tile_q <= gemm_i.w;
      n_tile_q <= gemm_i.w;
      tile_q <= gemm_i.w;
      last_k_q <= (gemm_i.k <= N);
      only_k_q <= (gemm_i.k <= N);
      last_n_q <= (gemm_i.n <= N);
      only_n_q <= (gemm_i.n <= N);
      last_batch_q <= (gemm_i.batch == 32'd1);
    end else if (read_valid_o && last_col) begin
      if (!last_k_q) begin
        k_q <= k_q - N;
        last_k_q <= (k_q <= 2 * N);
        tile_q <= tile_q + gemm_q.w_k;
      end else begin
        k_q <= gemm_q.k;
        last_k_q <= only_k_q;
        if (!last_n_q) begin
          n_q <= n_q - N;
          last_n_q <= (n_q <= 2 * N);
          n_tile_q <= n_tile_q + gemm_q.w_n;
          tile_q <= n_tile_q + gemm_q.w_n;
        end else begin
          n_q <= gemm_q.n;
          last_n_q <= only_n_q;
          batch_q <= batch_q - 32'd1;
          last_batch_q <= (batch_q == 32'd2);
          batch_tile_q <= batch_tile_q + gemm_q.w_b;
          n_tile_q <= batch_tile_q + gemm_q.w_b;
          tile_q <= batch_tile_q + gemm_q.w_b;
        end
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      ready_q <= 1'b0;
      col_q <= '0;
    end else begin
      if (ready_o) active_q <= valid_i;
      if (read_valid_o) col_q <= last_col ? '0 : col_q + 1'b1;
      if (read_valid_o && col_q == '0) ready_q <= 1'b1;
      else if (tile_taken_i) ready_q <= 1'b0;
    end
  end

endmodule
