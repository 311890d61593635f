// SPDX-License-Identifier: Apache-2.0
// Collects the sources of a line as local memory delivers them, and makes a, b and c of them.
//
// granted_i says what was granted (c, b, a): its data come 2 cycles later, a's on data_i[0..N-1],
// b's and c's on the N after them; b may be a. What a row or a column gave stays for the lines
// after it.
// Latency: 3 cycles from issue to the operands, which come every cycle if need be and hold until
// the next.
module vector_operands
  import gradcore_pkg::*;
  import isa_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 16
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic [2:0]      granted_i,
  input  logic [31:0]     data_i [2*N],
  input  logic            valid_i,      // a line was issued 2 cycles ago: in slot_i, row idx_i
  input  logic            slot_i,
  input  logic [IdxWidth-1:0] idx_i,
  input  logic            c_zero_i,     // likewise: its c is +0
  input  vector_context_t context_i [2],

  output logic [31:0]     a_o [N],
  output logic [31:0]     b_o [N],
  output logic [31:0]     c_o [N]
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

  vector_context_t context_;
  assign context_ = context_i[slot_i];

  operand_e    is    [3];
  logic [31:0] constant [3];
  assign is[0] = context_.a_is;
  assign is[1] = context_.b_is;
  assign is[2] = context_.c_is;
  assign constant[0] = '0;
  assign constant[1] = context_.b_constant;
  assign constant[2] = context_.c_constant;

  for (genvar s = 0; s < 3; s++) begin : gen_source
    logic [31:0] held_q [N];
    logic [31:0] came   [N];
    logic [31:0] line   [N];
    logic [31:0] one;

    always_comb begin
      if (came_q[s]) begin
        for (int unsigned i = 0; i < N; i++) came[i] = data_i[((s == 0) ? 0 : N)+i];
      end else begin
        came = held_q;
      end
    end

    if (s == 1) begin : gen_b
      always_comb begin
        if (context_.b_is_a) line = gen_source[0].line;
        else line = came;
      end
    end else begin : gen_other
      assign line = came;
    end

    always_comb begin
      one = (is[s] == OperandConstant) ? constant[s] : line[idx_i[IdxW-1:0]];
    end

    always_ff @(posedge clk_i) begin
      if (came_q[s]) held_q <= came;
    end

    logic [31:0] operand_q [N];

    always_ff @(posedge clk_i) begin : choose
      logic [31:0] operand_d [N];
      logic        same;
      same = is[s] == OperandConstant || is[s] == OperandColumn;
      if (valid_i) begin
        for (int unsigned i = 0; i < N; i++) operand_d[i] = same ? one : line[i];
        if (s == 2 && c_zero_i) operand_d = '{default: '0};
        operand_q <= operand_d;
      end
    end
  end

  assign a_o = gen_source[0].operand_q;
  assign b_o = gen_source[1].operand_q;
  assign c_o = gen_source[2].operand_q;

endmodule
