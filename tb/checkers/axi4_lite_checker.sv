// SPDX-License-Identifier: Apache-2.0
// What master and slave promise each other on an AXI4-Lite port (ARM IHI 0022): every channel is a
// stream that holds what it offers, and answers come only to what was asked, each once.
`include "gradcore_assert.svh"
module axi4_lite_checker #(
  parameter int unsigned AddressWidth = 12,
  parameter int unsigned Outstanding = 16  // more than this is taken for a fault
) (
  input logic                    clk_i,
  input logic                    rst_ni,

  input logic                    aw_valid_i,
  input logic                    aw_ready_i,
  input logic [AddressWidth-1:0] aw_address_i,
  input logic                    w_valid_i,
  input logic                    w_ready_i,
  input logic [31:0]             w_data_i,
  input logic [3:0]              w_strobe_i,
  input logic                    b_valid_i,
  input logic                    b_ready_i,
  input logic [1:0]              b_resp_i,
  input logic                    ar_valid_i,
  input logic                    ar_ready_i,
  input logic [AddressWidth-1:0] ar_address_i,
  input logic                    r_valid_i,
  input logic                    r_ready_i,
  input logic [31:0]             r_data_i,
  input logic [1:0]              r_resp_i
);

  stream_checker #(.Width(AddressWidth)) u_aw (
    .clk_i, .rst_ni, .valid_i(aw_valid_i), .ready_i(aw_ready_i), .payload_i(aw_address_i)
  );
  stream_checker #(.Width(36)) u_w (
    .clk_i, .rst_ni, .valid_i(w_valid_i), .ready_i(w_ready_i), .payload_i({w_strobe_i, w_data_i})
  );
  stream_checker #(.Width(2)) u_b (
    .clk_i, .rst_ni, .valid_i(b_valid_i), .ready_i(b_ready_i), .payload_i(b_resp_i)
  );
  stream_checker #(.Width(AddressWidth)) u_ar (
    .clk_i, .rst_ni, .valid_i(ar_valid_i), .ready_i(ar_ready_i), .payload_i(ar_address_i)
  );
  stream_checker #(.Width(34)) u_r (
    .clk_i, .rst_ni, .valid_i(r_valid_i), .ready_i(r_ready_i), .payload_i({r_resp_i, r_data_i})
  );

  // Asked and not answered: addresses and data of writes, addresses of reads.
  int unsigned aw_q, w_q, ar_q;
  logic        b_taken, r_taken;
  assign b_taken = b_valid_i && b_ready_i;
  assign r_taken = r_valid_i && r_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_q <= 0;
      w_q <= 0;
      ar_q <= 0;
    end else begin
      aw_q <= aw_q + 32'(aw_valid_i && aw_ready_i) - 32'(b_taken && aw_q != 0);
      w_q <= w_q + 32'(w_valid_i && w_ready_i) - 32'(b_taken && w_q != 0);
      ar_q <= ar_q + 32'(ar_valid_i && ar_ready_i) - 32'(r_taken && ar_q != 0);
    end
  end

  `GC_ASSERT(BAfterAddressAndData, !b_valid_i || (aw_q != 0 && w_q != 0))
  `GC_ASSERT(RAfterAddress, !r_valid_i || ar_q != 0)
  `GC_ASSERT(NoExclusiveResponse, !(b_valid_i && b_resp_i == 2'd1) && !(r_valid_i && r_resp_i == 2'd1))
  `GC_ASSERT(AnswersCome, aw_q <= Outstanding && w_q <= Outstanding && ar_q <= Outstanding)

endmodule
