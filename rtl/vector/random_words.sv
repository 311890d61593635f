// SPDX-License-Identifier: Apache-2.0
// One random word for every element: Speck32/64 with ten rounds on the element's number, keyed with
// seed and stream (sw/model/vector_unit.h). Nothing is kept: the same element gets the same word.
//
// A key is taken with key_valid_i and is expanded 11 cycles later (key_ready_o). Lane i gets the
// word of element number_i + i. Latency: 5 cycles. Throughput: one vector a cycle; no backpressure.
// While no vector (valid_i) is inside nothing moves.
module random_words #(
  parameter int unsigned Lanes = 16
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        key_valid_i,
  input  logic [31:0] seed_i,
  input  logic [15:0] stream_i,
  output logic        key_ready_o,

  input  logic        valid_i,
  input  logic [31:0] number_i,
  output logic [31:0] data_o [Lanes]
);

  localparam int unsigned Rounds = 10;
  localparam int unsigned Stages = Rounds / 2;

  function automatic logic [15:0] right7(logic [15:0] x);
    return {x[6:0], x[15:7]};
  endfunction

  function automatic logic [15:0] left2(logic [15:0] x);
    return {x[13:0], x[15:14]};
  endfunction

  function automatic logic [31:0] round(logic [31:0] block, logic [15:0] key);
    logic [15:0] x, y;
    x = (right7(block[31:16]) + block[15:0]) ^ key;
    y = left2(block[15:0]) ^ x;
    return {x, y};
  endfunction

  // The key schedule: a round key a cycle.
  logic [3:0]  step_q;
  logic [15:0] key_q, next_q, then_q, last_q;  // this round's key, and what the next ones come of
  logic [15:0] keys_q [Rounds];
  logic [15:0] mixed;

  assign mixed = (key_q + right7(next_q)) ^ {12'd0, step_q};
  assign key_ready_o = step_q == 4'(Rounds);

  always_ff @(posedge clk_i) begin
    if (key_valid_i) begin
      key_q <= seed_i[15:0];
      next_q <= seed_i[31:16];
      then_q <= stream_i;
      last_q <= '0;
    end else if (!key_ready_o) begin
      keys_q[step_q] <= key_q;
      key_q <= left2(key_q) ^ mixed;
      next_q <= then_q;
      then_q <= last_q;
      last_q <= mixed;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) step_q <= 4'(Rounds);
    else if (key_valid_i) step_q <= '0;
    else if (!key_ready_o) step_q <= step_q + 4'd1;
  end

  // Two rounds a stage.
  logic [31:0]       block_q [(Stages-1)*Lanes];
  logic [Stages-2:0] valid_q;  // element i entered i + 1 cycles ago

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Stages-3:0], valid_i};
  end

  always_ff @(posedge clk_i) begin : mix
    logic [31:0] out_d [Lanes];

    if (valid_i || valid_q != '0) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        out_d[i] = round(round(block_q[(Stages-2)*Lanes+i], keys_q[Rounds-2]), keys_q[Rounds-1]);
      end
      data_o <= out_d;
      for (int unsigned s = Stages - 2; s > 0; s--) begin
        for (int unsigned i = 0; i < Lanes; i++) begin
          block_q[s*Lanes+i] = round(round(block_q[(s-1)*Lanes+i], keys_q[2*s]), keys_q[2*s+1]);
        end
      end
      for (int unsigned i = 0; i < Lanes; i++) begin
        block_q[i] = round(round(number_i + i, keys_q[0]), keys_q[1]);
      end
    end
  end

endmodule
