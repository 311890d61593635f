// SPDX-License-Identifier: Apache-2.0
// First-in first-out queue.
//
// Latency: what is written in one cycle can be read in the next; throughput one a cycle.
// Backpressure: ready_o falls when Depth entries are held; it does not depend on ready_i.
`include "gradcore_assert.svh"
module sync_fifo #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 4  // a power of two
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             valid_i,
  output logic             ready_o,
  input  logic [Width-1:0] data_i,

  output logic             valid_o,
  input  logic             ready_i,
  output logic [Width-1:0] data_o
);

  localparam int unsigned PtrW = $clog2(Depth);

  logic [PtrW:0]    write_q, read_q;  // one bit more than the index tells full from empty

  assign ready_o = (write_q - read_q) != (PtrW + 1)'(Depth);
  assign valid_o = write_q != read_q;

  if (Depth == 2) begin : gen_registers
    // Two registers and a multiplexer are smaller than distributed RAM.
    (* ram_style = "logic" *)
    logic [Width-1:0] entries_q [Depth];
    assign data_o = entries_q[read_q[PtrW-1:0]];

    always_ff @(posedge clk_i) begin
      if (valid_i && ready_o) entries_q[write_q[PtrW-1:0]] <= data_i;
    end
  end else begin : gen_memory
    logic [Width-1:0] entries_q [Depth];
    assign data_o = entries_q[read_q[PtrW-1:0]];

    always_ff @(posedge clk_i) begin
      if (valid_i && ready_o) entries_q[write_q[PtrW-1:0]] <= data_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q <= '0;
    end else begin
      if (valid_i && ready_o) write_q <= write_q + 1'b1;
      if (valid_o && ready_i) read_q <= read_q + 1'b1;
    end
  end

  if (Depth < 2 || (Depth & (Depth - 1)) != 0) begin : gen_check
    $error("sync_fifo: Depth must be a power of two of at least 2");
  end

  `GC_ASSERT(FillInRange, (write_q - read_q) <= (PtrW + 1)'(Depth))

endmodule
