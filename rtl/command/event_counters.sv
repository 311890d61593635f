// SPDX-License-Identifier: Apache-2.0
// Counters of 64 bits, each of which may count in every cycle, in block RAM.
//
// The low bits of each are a register that never rests; one counter after the other, its word in
// memory follows them, and carries into its high bits where they have gone through 0. After clear_i
// the word counts as 0 until its turn comes.
// Read: read_i with index_i for one cycle; value_o is valid with valid_o, 1 to 3 cycles later, and
// is the count of that cycle. Throughput: a read in 4 cycles or more.
module event_counters #(
  parameter int unsigned Number = 23
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,

  input  logic                      clear_i,
  input  logic [Number-1:0]         count_i,

  input  logic                      read_i,
  input  logic [$clog2(Number)-1:0] index_i,
  output logic                      valid_o,
  output logic [63:0]               value_o
);

  // Between two turns lie twice as many cycles as there are counters, and as many again when reads
  // take every second turn: the low bits go through 0 at most once.
  localparam int unsigned LowW = $clog2(4 * Number + 8);
  localparam int unsigned IdxW = $clog2(Number);

  logic [LowW-1:0]   low_q [Number];
  logic [LowW-1:0]   low_d [Number];
  logic [LowW-1:0]   low;
  logic [Number-1:0] written_q;       // the word in memory counts
  logic              wipe_q;          // the first cycle after reset

  // Cycles alternate: a word is read, then used.
  logic            use_q, wanted_q, for_host_q;
  logic [IdxW-1:0] turn_q, index_q, used_q;
  logic [IdxW-1:0] r_addr  [1];
  logic [63:0]     r_data  [1];
  logic            w_en    [1];
  logic [IdxW-1:0] w_addr  [1];
  logic [63:0]     w_data  [1];

  assign r_addr[0] = wanted_q ? index_q : turn_q;

  logic [63:0]      word, sum;
  logic [63-LowW:0] high;
  assign word = written_q[used_q] ? r_data[0] : 64'd0;
  assign low = low_q[used_q];
  assign high = word[63:LowW] + (64 - LowW)'(low < word[LowW-1:0]);
  assign sum = {high, low};
  assign w_en[0] = use_q && !for_host_q;
  assign w_addr[0] = used_q;
  assign w_data[0] = sum;
  assign valid_o = use_q && for_host_q;
  assign value_o = sum;

  ram_1r1w #(
    .Banks(1),
    .Width(64),
    .Depth(Number)
  ) u_words (
    .clk_i,
    .r_en_i(!use_q),
    .r_addr_i(r_addr),
    .r_data_o(r_data),
    .w_en_i(w_en),
    .w_addr_i(w_addr),
    .w_data_i(w_data)
  );

  always_comb begin
    for (int unsigned i = 0; i < Number; i++) begin
      low_d[i] = clear_i || wipe_q ? LowW'(count_i[i]) : low_q[i] + LowW'(count_i[i]);
    end
  end

  always_ff @(posedge clk_i) begin
    low_q <= low_d;
    if (read_i) index_q <= index_i;
    if (!use_q) used_q <= r_addr[0];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      use_q <= 1'b0;
      wanted_q <= 1'b0;
      for_host_q <= 1'b0;
      turn_q <= '0;
      written_q <= '0;
      wipe_q <= 1'b1;
    end else begin
      use_q <= !use_q;
      if (read_i) wanted_q <= 1'b1;
      else if (!use_q) wanted_q <= 1'b0;
      if (!use_q) for_host_q <= wanted_q;
      if (use_q && !for_host_q) turn_q <= turn_q == IdxW'(Number - 1) ? '0 : turn_q + 1'b1;
      wipe_q <= 1'b0;
      if (clear_i) written_q <= '0;
      else if (w_en[0]) written_q[used_q] <= 1'b1;
    end
  end

endmodule
