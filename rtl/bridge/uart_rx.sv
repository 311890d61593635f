// SPDX-License-Identifier: Apache-2.0
// Bytes from an asynchronous serial line: 8 data bits, lowest first, no parity, 1 stop bit.
//
// Each bit is the majority of three samples around its middle, so a spike of one cycle does no
// harm. Latency: a byte is there with the middle of its stop bit, 3 cycles of synchroniser and
// sampling later. No backpressure: valid_o is high for one cycle. error_o beside it: there was no
// stop bit, so the line broke or the sender's clock is another one; the next byte begins where the
// line, high again, falls.
module uart_rx #(
  parameter int unsigned ClocksPerBit = 20  // at least 4
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       rx_i,     // the pin

  output logic       valid_o,
  output logic [7:0] data_o,
  output logic       error_o
);

  localparam int unsigned CountW = $clog2(ClocksPerBit);

  // The bit's middle lies Middle cycles after its first sample; the third sample is one later.
  localparam int unsigned Middle = ClocksPerBit / 2;

  logic [1:0]        sync_q;    // against metastability
  logic [2:0]        samples_q;
  logic              level_q;
  logic              busy_q;
  logic [CountW-1:0] count_q;   // cycles to the third sample of the bit
  logic [3:0]        bit_q;     // 0 is the start bit, 9 the stop bit
  logic [7:0]        data_q;

  logic level, sample, falls;
  assign level = (samples_q[0] && samples_q[1]) || (samples_q[0] && samples_q[2]) ||
                 (samples_q[1] && samples_q[2]);
  assign sample = busy_q && count_q == '0;
  assign falls = level_q && !level;

  assign valid_o = sample && bit_q == 4'd9;
  assign data_o = data_q;
  assign error_o = !level;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sync_q <= '1;
      samples_q <= '1;
      level_q <= 1'b1;
      busy_q <= 1'b0;
      count_q <= '0;
      bit_q <= '0;
    end else begin
      sync_q <= {sync_q[0], rx_i};
      samples_q <= {samples_q[1:0], sync_q[1]};
      level_q <= level;
      if (!busy_q) begin
        busy_q <= falls;
        bit_q <= '0;
        count_q <= CountW'(Middle - 1);  // the level falls a cycle after the line
      end else if (!sample) begin
        count_q <= count_q - 1'b1;
      end else begin
        count_q <= CountW'(ClocksPerBit - 1);
        bit_q <= bit_q + 1'b1;
        // A start bit that is none was a spike.
        if (bit_q == 4'd9 || (bit_q == '0 && level)) busy_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (sample && bit_q != 4'd9) data_q <= {level, data_q[7:1]};
  end

  if (ClocksPerBit < 4) begin : gen_check
    $error("uart_rx: ClocksPerBit must be at least 4");
  end

endmodule
