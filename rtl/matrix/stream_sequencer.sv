// SPDX-License-Identifier: Apache-2.0
// Walks a command's tiles in the order of load_sequencer and streams all rows of X through each.
//
// Every vector is requested with valid/ready, and described to the result side by result_o in the
// cycle in which it is granted. A vector whose sum is added to a line of Y that is still on its
// way to memory waits: `Hazard` is the number of cycles from reading a line to having written it.
// At full speed one vector a cycle, tiles and commands back to back.
module stream_sequencer
  import gradcore_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Hazard = 8
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  valid_i,
  output logic                  ready_o,
  input  gemm_t                 gemm_i,

  input  logic                  tile_ready_i,
  output logic                  tile_taken_o,

  output logic                  read_valid_o,
  input  logic                  read_ready_i,
  output line_t                 read_line_o,
  output logic                  read_first_o,  // first vector of a tile
  output logic [CountWidth-1:0] read_count_o,  // elements of the vector that are not masked

  output result_t               result_o,      // with read_valid_o && read_ready_i
  output logic                  busy_o
);

  logic        active_q;
  gemm_t       gemm_q;
  logic [31:0] batch_q, n_q, k_q, m_q;  // left, the current ones included
  logic [IdxWidth-1:0] idx_q;           // row within the tile
  logic        first_m_q, first_k_q;
  // Tiles of X: of this batch, of this k at m = 0, current. Tiles of Y likewise, by n.
  logic [TileWidth-1:0] x_batch_q, x_k_q, x_q;
  logic [TileWidth-1:0] y_batch_q, y_n_q, y_q;

  logic last_m, last_k, last_n, last_batch, tile_end;
  assign last_m = m_q == 32'd1;
  assign last_k = k_q <= N;
  assign last_n = n_q <= N;
  assign last_batch = batch_q == 32'd1;
  assign tile_end = 32'(idx_q) == N - 1;

  // Lines of Y on their way: hazard_q[d] was granted d + 1 cycles ago.
  typedef struct packed {
    logic  valid;
    line_t line;
  } flight_t;
  flight_t [Hazard-1:0] flight_q;
  flight_t flight_d;
  logic hazard;

  always_comb begin
    hazard = 1'b0;
    for (int unsigned d = 0; d < Hazard; d++) begin
      if (flight_q[d].valid && flight_q[d].line.tile == y_q &&
          (flight_q[d].line.idx == idx_q || flight_q[d].line.by_col != gemm_q.trans_y)) begin
        hazard = 1'b1;
      end
    end
    if (!result_o.add) hazard = 1'b0;
  end

  logic grant, command_done;
  assign read_valid_o = active_q && (!first_m_q || tile_ready_i) && !hazard;
  assign read_line_o = '{tile: x_q, idx: idx_q, by_col: gemm_q.trans_x};
  assign read_first_o = first_m_q;
  assign read_count_o = last_k ? k_q[CountWidth-1:0] : CountWidth'(N);
  assign grant = read_valid_o && read_ready_i;
  assign tile_taken_o = grant && first_m_q;

  assign result_o.line = '{tile: y_q, idx: idx_q, by_col: gemm_q.trans_y};
  assign result_o.count = last_n ? n_q[CountWidth-1:0] : CountWidth'(N);
  assign result_o.add = gemm_q.accumulate || !first_k_q;
  assign result_o.last = last_m && last_k && last_n && last_batch;

  assign command_done = grant && result_o.last;
  assign ready_o = !active_q || command_done;
  assign busy_o = active_q;

  assign flight_d = '{valid: grant, line: result_o.line};

  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) begin
      gemm_q <= gemm_i;
      batch_q <= gemm_i.batch;
      n_q <= gemm_i.n;
      k_q <= gemm_i.k;
      m_q <= gemm_i.m;
      x_batch_q <= gemm_i.x;
      x_k_q <= gemm_i.x;
      x_q <= gemm_i.x;
      y_batch_q <= gemm_i.y;
      y_n_q <= gemm_i.y;
      y_q <= gemm_i.y;
      first_k_q <= 1'b1;
    end else if (grant) begin
      if (!last_m) begin
        m_q <= m_q - 32'd1;
        if (tile_end) begin
          x_q <= x_q + gemm_q.x_m;
          y_q <= y_q + gemm_q.y_m;
        end
      end else begin
        m_q <= gemm_q.m;
        if (!last_k) begin
          k_q <= k_q - N;
          first_k_q <= 1'b0;
          x_k_q <= x_k_q + gemm_q.x_k;
          x_q <= x_k_q + gemm_q.x_k;
          y_q <= y_n_q;
        end else begin
          k_q <= gemm_q.k;
          first_k_q <= 1'b1;
          if (!last_n) begin
            n_q <= n_q - N;
            x_k_q <= x_batch_q;
            x_q <= x_batch_q;
            y_n_q <= y_n_q + gemm_q.y_n;
            y_q <= y_n_q + gemm_q.y_n;
          end else begin
            n_q <= gemm_q.n;
            batch_q <= batch_q - 32'd1;
            x_batch_q <= x_batch_q + gemm_q.x_b;
            x_k_q <= x_batch_q + gemm_q.x_b;
            x_q <= x_batch_q + gemm_q.x_b;
            y_batch_q <= y_batch_q + gemm_q.y_b;
            y_n_q <= y_batch_q + gemm_q.y_b;
            y_q <= y_batch_q + gemm_q.y_b;
          end
        end
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      idx_q <= '0;
      first_m_q <= 1'b1;
      flight_q <= '0;
    end else begin
      if (ready_o) active_q <= valid_i;
      if (grant) begin
        idx_q <= (last_m || tile_end) ? '0 : idx_q + 1'b1;
        first_m_q <= last_m;
      end
      flight_q <= {flight_q[Hazard-2:0], flight_d};
    end
  end

endmodule
