// SPDX-License-Identifier: Apache-2.0
// Bytes onto an asynchronous serial line: 8 data bits, lowest first, no parity, 1 stop bit.
//
// Latency 1 cycle to the start bit; a byte each 10 * ClocksPerBit cycles. Backpressure: ready_o is
// low while a byte is sent.
module uart_tx #(
  parameter int unsigned ClocksPerBit = 20
) (
  input  logic       clk_i,
  input  logic       rst_ni,

  input  logic       valid_i,
  output logic       ready_o,
  input  logic [7:0] data_i,

  output logic       tx_o  // the pin
);

  localparam int unsigned CountW = (ClocksPerBit > 1) ? $clog2(ClocksPerBit) : 1;

  logic [9:0]        bits_q;  // the lowest one is on the line
  logic [3:0]        left_q;  // bits, the one on the line among them
  logic [CountW-1:0] count_q;

  logic last_cycle;
  assign last_cycle = count_q == '0;
  assign ready_o = left_q == '0 || (left_q == 4'd1 && last_cycle);
  assign tx_o = bits_q[0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      bits_q <= '1;
      left_q <= '0;
      count_q <= '0;
    end else if (valid_i && ready_o) begin
      bits_q <= {1'b1, data_i, 1'b0};
      left_q <= 4'd10;
      count_q <= CountW'(ClocksPerBit - 1);
    end else if (left_q != '0) begin
      count_q <= last_cycle ? CountW'(ClocksPerBit - 1) : count_q - 1'b1;
      if (last_cycle) begin
        bits_q <= {1'b1, bits_q[9:1]};
        left_q <= left_q - 1'b1;
      end
    end
  end

endmodule
