// SPDX-License-Identifier: Apache-2.0
// A frame as bytes: flag, header, data out of a RAM, CRC, flag; flags and escapes inside are
// escaped.
//
// start_i takes header_i (busy_o low); the data that header_i tells of must stay until busy_o is
// low again. Throughput: a byte each 2 cycles and one more for an escape, or as ready_i allows.
module frame_tx
  import bridge_pkg::*;
#(
  localparam int unsigned AddrWidth = $clog2(MaxData)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 start_i,
  input  frame_header_t        header_i,
  output logic                 busy_o,

  output logic                 r_en_o,
  output logic [AddrWidth-1:0] r_addr_o,
  input  logic [7:0]           r_data_i,  // a cycle later

  output logic                 valid_o,
  input  logic                 ready_i,
  output logic [7:0]           byte_o
);

  typedef enum logic [2:0] {
    Idle,
    Open,   // the flag before
    Fetch,  // the next byte: from the RAM, if it is data
    Plain,  // offer it
    Flip,   // it is escaped: offer the second part
    Close   // the flag behind
  } state_e;

  localparam int unsigned CountW = $clog2(HeaderBytes + MaxData + 5);
  typedef logic [CountW-1:0] count_t;

  state_e        state_q, state_d;
  frame_header_t header_q;
  count_t        count_q;  // bytes fetched, the one in work not among them
  count_t        data_end, frame_end;
  logic [7:0]    inner;
  logic          in_header, in_data, first_q, special;
  logic [31:0]   sum;

  assign data_end = count_t'(HeaderBytes) + (header_q.code[7] ? count_t'(header_q.length) : '0);
  assign frame_end = data_end + count_t'(4);
  assign in_header = count_q < count_t'(HeaderBytes);
  assign in_data = count_q < data_end;

  // In the state Plain the byte's source is steady: the RAM's output, the header, the CRC.
  logic [63:0] header_bits;
  logic [1:0]  crc_byte;
  assign header_bits = header_q;
  assign crc_byte = 2'(count_q - data_end);
  always_comb begin
    if (in_header) inner = header_bits[8*count_q[2:0]+:8];
    else if (in_data) inner = r_data_i;
    else inner = ~sum[8*crc_byte+:8];
  end
  assign special = inner == 8'(Flag) || inner == 8'(Escape);

  crc32 u_crc (
    .clk_i,
    .rst_ni,
    .clear_i(state_q == Open),
    .valid_i(state_q == Plain && first_q && in_data),
    .data_i(inner),
    .sum_o(sum)
  );

  assign r_en_o = state_q == Fetch;
  assign r_addr_o = AddrWidth'(count_q - count_t'(HeaderBytes));
  assign busy_o = state_q != Idle;
  assign valid_o = state_q != Idle && state_q != Fetch;
  always_comb begin
    unique case (state_q)
      Plain: byte_o = special ? 8'(Escape) : inner;
      Flip: byte_o = inner ^ 8'(EscapeFlip);
      default: byte_o = 8'(Flag);
    endcase
  end

  logic ends_byte;
  assign ends_byte = ready_i && ((state_q == Plain && !special) || state_q == Flip);

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      Idle: if (start_i) state_d = Open;
      Open: if (ready_i) state_d = Fetch;
      Fetch: state_d = Plain;
      Plain: if (ready_i && special) state_d = Flip;
      Close: if (ready_i) state_d = Idle;
      default: ;
    endcase
    if (ends_byte) state_d = (count_q + 1'b1 == frame_end) ? Close : Fetch;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      count_q <= '0;
      first_q <= 1'b0;
    end else begin
      state_q <= state_d;
      first_q <= state_q == Fetch;
      if (state_q == Idle) count_q <= '0;
      else if (ends_byte) count_q <= count_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Idle) header_q <= header_i;
  end

endmodule
