// SPDX-License-Identifier: Apache-2.0
// Counts of the tokens: as the program promises them, and as they are there.
//
// The promise follows the order of the program: an instruction that takes what nothing before it
// gives never starts (deadlock_o), one that would make more than MaxTokens of one is refused
// (overflow_o). What is there follows the units: a unit that asks is granted its instruction when
// all its tokens are there, one unit a cycle, the first one first, so that no token is taken twice.
// A token given in one cycle can be taken in the next. Combinational answers.
module token_counts
  import command_pkg::*;
#(
  parameter int unsigned MaxTokens = 255
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,

  input  logic [Tokens-1:0]            take_i,
  input  logic [Tokens-1:0]            give_i,
  input  logic                         commit_i,  // the instruction goes to its queue
  output logic                         deadlock_o,
  output logic                         overflow_o,

  input  logic [Units-1:0]             request_i,
  input  logic [Units-1:0][Tokens-1:0] unit_take_i,
  output logic [Units-1:0]             grant_o,
  input  logic [Units-1:0][Tokens-1:0] unit_give_i
);

  // Those in queues may still have to take theirs: each of them one more than the promise knows.
  localparam int unsigned PromiseW = $clog2(MaxTokens + 1);
  localparam int unsigned CountW = PromiseW + 1;

  logic [PromiseW-1:0] promised_q [Tokens];
  logic [CountW-1:0]   count_q    [Tokens];
  logic [Tokens-1:0]   none_q, full_q, there_q;     // what the counts say
  logic [Tokens-1:0]   taken;

  assign deadlock_o = (take_i & none_q) != '0;
  assign overflow_o = (give_i & ~take_i & full_q) != '0;

  always_comb begin : arbitrate
    logic free;
    free = 1'b1;
    taken = '0;
    for (int unsigned u = 0; u < Units; u++) begin
      grant_o[u] = free && request_i[u] && (unit_take_i[u] & ~there_q) == '0;
      if (grant_o[u]) begin
        free = 1'b0;
        taken = unit_take_i[u];
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin : promise
    logic [PromiseW-1:0] promised_d [Tokens];
    if (!rst_ni) begin
      promised_q <= '{default: '0};
      none_q <= '1;
      full_q <= '0;
    end else if (commit_i) begin
      for (int unsigned t = 0; t < Tokens; t++) begin
        promised_d[t] = promised_q[t] +
            {{(PromiseW - 1) {take_i[t] & ~give_i[t]}}, take_i[t] ^ give_i[t]};
        none_q[t] <= promised_d[t] == '0;
        full_q[t] <= promised_d[t] == PromiseW'(MaxTokens);
      end
      promised_q <= promised_d;
    end
  end

  // Up to four tokens given, one taken, in logic: one adder for each count is enough.
  function automatic logic [CountW-1:0] change(logic a, logic b, logic c, logic d, logic take);
    logic one, two, four;
    one = a ^ b ^ c ^ d;
    two = ((a & b) | (c & d) | ((a | b) & (c | d))) & ~(a & b & c & d);
    four = a & b & c & d;
    return {{(CountW - 3) {take & ~one & ~two & ~four}}, four ^ (take & ~one & ~two),
            two ^ (take & ~one), one ^ take};
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin : have
    logic [CountW-1:0] count_d [Tokens];
    if (!rst_ni) begin
      count_q <= '{default: '0};
      there_q <= '0;
    end else if (unit_give_i != '0 || taken != '0) begin
      for (int unsigned t = 0; t < Tokens; t++) begin
        count_d[t] = count_q[t] + change(unit_give_i[UnitMatrix][t], unit_give_i[UnitVector][t],
                                         unit_give_i[UnitLoad][t], unit_give_i[UnitStore][t],
                                         taken[t]);
        there_q[t] <= count_d[t] != '0;
      end
      count_q <= count_d;
    end
  end

endmodule
