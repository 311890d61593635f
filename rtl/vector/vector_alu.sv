// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the vector unit: apply(combine(a * b, c)) in every lane, each operation rounded
// to binary32 by itself.
//
// keep_i says which lanes dropout keeps; it comes 6 cycles after the numbers. With FunctionLanes
// less than Lanes, vectors whose function is approximated must be Lanes / FunctionLanes cycles
// apart. Latency: 28 cycles (multiply 6, combine 7, apply 15), or Lanes / FunctionLanes + 1 more
// then. Throughput: one vector a cycle, each with operations of its own; no backpressure.
module vector_alu
  import gradcore_pkg::*;
  import isa_pkg::*;
  import fp32_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned Lanes = 16,
  parameter int unsigned FunctionLanes = Lanes
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        valid_i,
  input  combine_e    combine_i,
  input  apply_e      apply_i,
  input  logic [31:0] a_i    [Lanes],
  input  logic [31:0] b_i    [Lanes],
  input  logic [31:0] c_i    [Lanes],
  input  logic        keep_i [Lanes],
  output logic [31:0] data_o [Lanes]
);

  localparam int unsigned Before = MulLatency + AddLatency;  // of apply

  // What travels beside the numbers: element i entered i + 1 cycles ago.
  typedef struct packed {
    logic     valid;
    combine_e combine;
    apply_e   apply;
  } tag_t;
  tag_t [Before-1:0] tag_q;

  // Multipliers and adders rest while nothing is in them.
  logic [Before-1:0] under_way;
  logic              active;
  assign active = valid_i || under_way != '0;
  always_comb begin
    for (int unsigned i = 0; i < Before; i++) under_way[i] = tag_q[i].valid;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) tag_q <= '0;
    else tag_q <= {tag_q[Before-2:0], valid_i, combine_i, apply_i};
  end

  logic [31:0] product [Lanes];

  fp32_mul #(
    .Lanes(Lanes)
  ) u_mul (
    .clk_i,
    .enable_i(active),
    .a_i,
    .b_i,
    .data_o(product)
  );

  // c waits for the product.
  logic [31:0] addend [Lanes];
  delay #(
    .Lanes(Lanes),
    .Width(32),
    .Cycles(MulLatency)
  ) u_delay_c (
    .clk_i,
    .enable_i(active),
    .data_i(c_i),
    .data_o(addend)
  );

  // --- Sums, and beside them what is no sum ---------------------------------------------------

  // Simulation is faster where there is nothing to look at.
  logic     combining;
  combine_e combine;
  assign combining = tag_q[MulLatency-1].valid;
  assign combine = tag_q[MulLatency-1].combine;

  logic [31:0] left    [Lanes];
  logic [31:0] right   [Lanes];
  logic [31:0] sum     [Lanes];

  always_comb begin
    left = '{default: 'x};
    right = '{default: 'x};
    if (combining) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        left[i] = product[i] ^ {combine == CombineReverseSubtract, 31'd0};
        right[i] = addend[i] ^ {combine == CombineSubtract, 31'd0};
      end
    end
  end

  fp32_add #(
    .Lanes(Lanes)
  ) u_add (
    .clk_i,
    .enable_i(active),
    .a_i(left),
    .b_i(right),
    .data_o(sum)
  );

  function automatic logic same(logic [31:0] p, logic [31:0] c);
    return ((p == c) | ((p[30:0] | c[30:0]) == '0)) & ~is_nan(p) & ~is_nan(c);
  endfunction

  function automatic logic [31:0] minimum(logic [31:0] p, logic [31:0] c);
    return (is_nan(p) | is_nan(c)) ? Fp32Nan : (order_key(p) > order_key(c)) ? c : p;
  endfunction

  function automatic logic [31:0] masked(logic [31:0] p, logic [31:0] c);
    return p & {32{~c[31] & (c[30:0] != '0) & ~is_nan(c)}};
  endfunction

  function automatic logic [31:0] greater(logic [31:0] p, logic [31:0] c);
    return One & {32{(order_key(p) > order_key(c)) & ~same(p, c) & ~is_nan(p) & ~is_nan(c)}};
  endfunction

  logic [31:0] no_sum         [Lanes];
  logic [31:0] no_sum_delayed [Lanes];

  always_comb begin
    // A choice for all lanes, not one in each: their loops stay straight.
    no_sum = '{default: 'x};
    if (combining) begin
      unique case (combine)
        CombineAdd, CombineSubtract, CombineReverseSubtract: ;
        CombineMax: begin
          for (int unsigned i = 0; i < Lanes; i++) no_sum[i] = maximum(product[i], addend[i]);
        end
        CombineMin: begin
          for (int unsigned i = 0; i < Lanes; i++) no_sum[i] = minimum(product[i], addend[i]);
        end
        CombineMask: begin
          for (int unsigned i = 0; i < Lanes; i++) no_sum[i] = masked(product[i], addend[i]);
        end
        CombineGreater: begin
          for (int unsigned i = 0; i < Lanes; i++) no_sum[i] = greater(product[i], addend[i]);
        end
        CombineEqual: begin
          for (int unsigned i = 0; i < Lanes; i++) begin
            no_sum[i] = One & {32{same(product[i], addend[i])}};
          end
        end
        CombineReplace: begin
          for (int unsigned i = 0; i < Lanes; i++) begin
            no_sum[i] = is_nan(addend[i]) ? Fp32Nan : addend[i];
          end
        end
        CombineDropout: begin
          for (int unsigned i = 0; i < Lanes; i++) no_sum[i] = product[i] & {32{keep_i[i]}};
        end
        default: begin
          for (int unsigned i = 0; i < Lanes; i++) no_sum[i] = product[i];
        end
      endcase
    end
  end

  delay #(
    .Lanes(Lanes),
    .Width(32),
    .Cycles(AddLatency)
  ) u_delay_other (
    .clk_i,
    .enable_i(active),
    .data_i(no_sum),
    .data_o(no_sum_delayed)
  );

  // --- The function ---------------------------------------------------------------------------

  logic        is_sum;
  logic [31:0] combined [Lanes];
  assign is_sum = tag_q[Before-1].combine == CombineAdd ||
      tag_q[Before-1].combine == CombineSubtract ||
      tag_q[Before-1].combine == CombineReverseSubtract;

  always_comb begin
    combined = '{default: 'x};
    if (tag_q[Before-1].valid) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        combined[i] = is_sum ? sum[i] : no_sum_delayed[i];
      end
    end
  end

  if (FunctionLanes == Lanes) begin : gen_full
    // What needs no approximation passes beside the units that approximate: they rest then.
    logic                       start;
    logic [FunctionLatency-1:0] start_q;  // element i entered i + 1 cycles ago
    logic [FunctionLatency-1:0] valid_q;  // likewise, whatever its function
    logic [31:0]                value      [Lanes];
    logic [31:0]                plain_now  [Lanes];
    logic [31:0]                plain_late [Lanes];
    assign start = tag_q[Before-1].valid && approximated(tag_q[Before-1].apply);

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        start_q <= '0;
        valid_q <= '0;
      end else begin
        start_q <= {start_q[FunctionLatency-2:0], start};
        valid_q <= {valid_q[FunctionLatency-2:0], tag_q[Before-1].valid};
      end
    end

    fp32_function #(
      .Lanes(Lanes)
    ) u_function (
      .clk_i,
      .rst_ni,
      .valid_i(start),
      .apply_i(tag_q[Before-1].apply),
      .data_i(combined),
      .data_o(value)
    );

    always_comb begin
      plain_now = '{default: 'x};
      if (tag_q[Before-1].valid && !start) begin
        for (int unsigned i = 0; i < Lanes; i++) begin
          plain_now[i] = plain(tag_q[Before-1].apply, combined[i]);
        end
      end
    end

    delay #(
      .Lanes(Lanes),
      .Width(32),
      .Cycles(FunctionLatency)
    ) u_delay_plain (
      .clk_i,
      .enable_i(tag_q[Before-1].valid || valid_q != '0),
      .data_i(plain_now),
      .data_o(plain_late)
    );

    always_comb begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        data_o[i] = start_q[FunctionLatency-1] ? value[i] : plain_late[i];
      end
    end
  end else begin : gen_narrow
    narrow_function #(
      .Lanes(Lanes),
      .FunctionLanes(FunctionLanes)
    ) u_function (
      .clk_i,
      .rst_ni,
      .valid_i(tag_q[Before-1].valid),
      .apply_i(tag_q[Before-1].apply),
      .data_i(combined),
      .data_o
    );
  end

endmodule
