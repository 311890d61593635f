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

  // Whether they are the last ones is decided with the counts themselves, a vector ahead.
  logic last_m_q, last_k_q, last_n_q, last_batch_q;
  logic only_m_q, only_k_q, only_n_q;   // of the command: last from the start
  logic tile_end;
  assign tile_end = 32'(idx_q) == N - 1;

  // The vector that the counters stand at moves to the head, from where it is requested.
  typedef struct packed {
    line_t                 line;   // of X
    logic                  first;
    logic [CountWidth-1:0] count;
    result_t               result;
  } vector_t;
  vector_t next, head_q;
  logic    head_valid_q, advance, grant;

  assign next.line = '{tile: x_q, idx: idx_q, by_col: gemm_q.trans_x};
  assign next.first = first_m_q;
  assign next.count = last_k_q ? k_q[CountWidth-1:0] : CountWidth'(N);
  assign next.result.line = '{tile: y_q, idx: idx_q, by_col: gemm_q.trans_y};
  assign next.result.count = last_n_q ? n_q[CountWidth-1:0] : CountWidth'(N);
  assign next.result.add = gemm_q.accumulate || !first_k_q;
  assign next.result.last = last_m_q && last_k_q && last_n_q && last_batch_q;

  // How long it must wait there is found on the way: until Hazard cycles after the youngest vector
  // on its way to the same line. Element i of flying was granted i + 1 cycles ago.
  logic [Hazard-2:0]           flying_q;
  line_t                       flying_line_q [Hazard-1];
  logic [$clog2(Hazard+1)-1:0] wait_d, wait_q;

  function automatic logic same_line(line_t a, line_t b);
    return a.tile == b.tile && (a.idx == b.idx || a.by_col != b.by_col);
  endfunction

  always_comb begin
    wait_d = '0;
    if (next.result.add) begin
      for (int unsigned age = Hazard - 1; age > 0; age--) begin
        if (flying_q[age-1] && same_line(flying_line_q[age-1], next.result.line)) begin
          wait_d = ($clog2(Hazard + 1))'(Hazard - age);
        end
      end
      if (head_valid_q && same_line(head_q.result.line, next.result.line)) begin
        wait_d = ($clog2(Hazard + 1))'(Hazard);  // the head, if it moves on, is the youngest
      end
    end
  end

  logic command_done;
  assign read_valid_o = head_valid_q && (!head_q.first || tile_ready_i) && wait_q == '0;
  assign read_line_o = head_q.line;
  assign read_first_o = head_q.first;
  assign read_count_o = head_q.count;
  assign result_o = head_q.result;
  assign grant = read_valid_o && read_ready_i;
  assign tile_taken_o = grant && head_q.first;

  assign advance = active_q && (!head_valid_q || grant);
  assign command_done = advance && next.result.last;
  assign ready_o = !active_q || command_done;
  assign busy_o = active_q || head_valid_q;

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
      last_m_q <= (gemm_i.m == 32'd1);
      only_m_q <= (gemm_i.m == 32'd1);
      last_k_q <= (gemm_i.k <= N);
      only_k_q <= (gemm_i.k <= N);
      last_n_q <= (gemm_i.n <= N);
      only_n_q <= (gemm_i.n <= N);
      last_batch_q <= (gemm_i.batch == 32'd1);
    end else if (advance) begin
      if (!last_m_q) begin
        m_q <= m_q - 32'd1;
        last_m_q <= (m_q == 32'd2);
        if (tile_end) begin
          x_q <= x_q + gemm_q.x_m;
          y_q <= y_q + gemm_q.y_m;
        end
      end else begin
        m_q <= gemm_q.m;
        last_m_q <= only_m_q;
        if (!last_k_q) begin
          k_q <= k_q - N;
          last_k_q <= (k_q <= 2 * N);
          first_k_q <= 1'b0;
          x_k_q <= x_k_q + gemm_q.x_k;
          x_q <= x_k_q + gemm_q.x_k;
          y_q <= y_n_q;
        end else begin
          k_q <= gemm_q.k;
          last_k_q <= only_k_q;
          first_k_q <= 1'b1;
          if (!last_n_q) begin
            n_q <= n_q - N;
            last_n_q <= (n_q <= 2 * N);
            x_k_q <= x_batch_q;
            x_q <= x_batch_q;
            y_n_q <= y_n_q + gemm_q.y_n;
            y_q <= y_n_q + gemm_q.y_n;
          end else begin
            n_q <= gemm_q.n;
            last_n_q <= only_n_q;
            batch_q <= batch_q - 32'd1;
            last_batch_q <= (batch_q == 32'd2);
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
      head_valid_q <= 1'b0;
      wait_q <= '0;
      flying_q <= '0;
    end else begin
      if (ready_o) active_q <= valid_i;
      if (advance) begin
        idx_q <= (last_m_q || tile_end) ? '0 : idx_q + 1'b1;
        first_m_q <= last_m_q;
      end
      if (advance) head_valid_q <= 1'b1;
      else if (grant) head_valid_q <= 1'b0;
      if (advance) wait_q <= wait_d;
      else if (wait_q != '0) wait_q <= wait_q - 1'b1;
      flying_q <= {flying_q[Hazard-3:0], grant};
    end
  end

  always_ff @(posedge clk_i) begin
    if (advance) head_q <= next;
  end

  always_ff @(posedge clk_i) begin : fly
    line_t line_d [Hazard-1];
    line_d[0] = head_q.result.line;
    for (int unsigned i = 1; i < Hazard - 1; i++) line_d[i] = flying_line_q[i-1];
    flying_line_q <= line_d;
  end

endmodule
