// SPDX-License-Identifier: Apache-2.0
// vector_operands for fewer lanes than a line has elements: a, b and c of a group of lanes at a
// time.
//
// granted_i says what was granted (c, b, a): its data come 2 cycles later, a's on data_i[0..N-1],
// b's and c's on the N after them; b may be a. What a row or a column gave stays for the lines
// after it. take_i: a line was issued 3 cycles ago, in slot_i, row idx_i; its groups are next. Data
// of the line after it come a cycle later at the earliest, so it is copied then.
// Latency: 1 cycle from feed_i to the operands of the next group. Throughput: a group a cycle.
module narrow_operands
  import gradcore_pkg::*;
  import isa_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Lanes = 1  // less than N, and divides it
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic [2:0]      granted_i,
  input  logic [31:0]     data_i [2*N],
  input  logic            take_i,
  input  logic            slot_i,
  input  logic [IdxWidth-1:0] idx_i,
  input  logic            c_zero_i,     // with take_i: the line's c is +0
  input  logic            feed_i,       // not together with take_i, but for its last group
  input  vector_context_t context_i [2],

  output logic [31:0]     a_o [Lanes],
  output logic [31:0]     b_o [Lanes],
  output logic [31:0]     c_o [Lanes]
);

  localparam int unsigned IdxW = $clog2(N);

  logic [2:0] asked_q, came_q;  // of last cycle, and of the one before: the data are here
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      asked_q <= '0;
      came_q <= '0;
    end else begin
      asked_q <= granted_i;
      came_q <= asked_q;
    end
  end

  // Of the line that is fed.
  logic            slot_q, c_zero_q;
  logic [IdxW-1:0] row_q, next_q;  // its row, and the first element of the next group
  vector_context_t context_;
  assign context_ = context_i[slot_q];

  always_ff @(posedge clk_i) begin
    if (take_i) begin
      slot_q <= slot_i;
      c_zero_q <= c_zero_i;
      row_q <= idx_i[IdxW-1:0];
      next_q <= '0;
    end else if (feed_i) begin
      next_q <= next_q + IdxW'(Lanes);
    end
  end

  operand_e    is       [3];
  logic [31:0] constant [3];
  assign is[0] = context_.a_is;
  assign is[1] = context_.b_is;
  assign is[2] = context_.c_is;
  assign constant[0] = '0;
  assign constant[1] = context_.b_constant;
  assign constant[2] = context_.c_constant;

  for (genvar s = 0; s < 3; s++) begin : gen_source
    logic [31:0] held_q    [N];
    logic [31:0] line_q    [N];
    logic [31:0] chosen    [Lanes];  // of the line
    logic [31:0] group     [Lanes];  // likewise, or of a's
    logic [31:0] operand_q [Lanes];

    always_ff @(posedge clk_i) begin : hold
      logic [31:0] held_d [N];
      for (int unsigned i = 0; i < N; i++) held_d[i] = data_i[((s == 0) ? 0 : N)+i];
      if (came_q[s]) held_q <= held_d;
      if (take_i) line_q <= held_q;
    end

    always_comb begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        chosen[i] = line_q[(is[s] == OperandColumn) ? row_q : next_q + IdxW'(i)];
      end
    end

    if (s == 1) begin : gen_b
      always_comb begin
        if (context_.b_is_a) group = gen_source[0].chosen;
        else group = chosen;
      end
    end else begin : gen_other
      assign group = chosen;
    end

    always_ff @(posedge clk_i) begin : choose
      logic [31:0] operand_d [Lanes];
      for (int unsigned i = 0; i < Lanes; i++) begin
        operand_d[i] = (is[s] == OperandConstant) ? constant[s] : group[i];
        if (s == 2 && c_zero_q) operand_d[i] = '0;
      end
      if (feed_i) operand_q <= operand_d;
    end
  end

  assign a_o = gen_source[0].operand_q;
  assign b_o = gen_source[1].operand_q;
  assign c_o = gen_source[2].operand_q;

endmodule
