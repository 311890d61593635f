// SPDX-License-Identifier: Apache-2.0
// Frames out of the bytes of a line: what is between two flags, unescaped, with a header, as much
// data as the header says, and the right CRC. Anything else is damaged.
//
// Data goes into a RAM outside while it comes; it and header_o are good while valid_o is high, and
// stay until ready_i. What begins before that is dropped: whoever sends it will repeat it. Latency:
// valid_o or damaged_o (for one cycle) are there in the cycle after the closing flag. A frame in
// which no byte comes for Patience cycles is damaged; nothing else is needed after garbage or a
// sender that died, for any flag begins anew.
`include "gradcore_assert.svh"
module frame_rx
  import bridge_pkg::*;
#(
  parameter int unsigned Patience = 1 << 20,  // a power of two
  localparam int unsigned AddrWidth = $clog2(MaxData)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 byte_valid_i,
  input  logic [7:0]           byte_i,
  input  logic                 byte_error_i,  // with valid: this byte is wrong

  output logic                 w_en_o,
  output logic [AddrWidth-1:0] w_addr_o,
  output logic [7:0]           w_data_o,

  output logic                 valid_o,
  input  logic                 ready_i,
  output frame_header_t        header_o,
  output logic                 damaged_o
);

  localparam int unsigned CountW = $clog2(HeaderBytes + MaxData + 5);
  localparam int unsigned WaitW = $clog2(Patience);
  typedef logic [CountW-1:0] count_t;

  // How many bytes a frame has, with its CRC; too many for one that is longer than it may be.
  function automatic count_t frame_bytes(frame_header_t header);
    logic [15:0] data;
    data = header.code[7] ? header.length : '0;
    return (data > 16'(MaxData)) ? '1 : count_t'(data) + count_t'(HeaderBytes + 4);
  endfunction

  logic           inside_q;  // of a frame: since its flag
  logic           escaped_q, wrong_q, valid_q, damaged_q;
  count_t         count_q;   // of its bytes
  frame_header_t  header_q;
  logic [WaitW:0] wait_q;

  logic [7:0]  plain;
  logic [31:0] sum;
  count_t      data_index;
  logic        is_flag, is_escape, take, gives_up, empty, good;
  assign is_flag = byte_valid_i && byte_i == 8'(Flag) && !byte_error_i;
  assign is_escape = byte_i == 8'(Escape) && !escaped_q;
  assign plain = escaped_q ? byte_i ^ 8'(EscapeFlip) : byte_i;
  assign take = byte_valid_i && !is_flag && !is_escape && inside_q && !valid_q;
  assign gives_up = wait_q[WaitW];
  assign data_index = count_q - count_t'(HeaderBytes);

  crc32 u_crc (
    .clk_i,
    .rst_ni,
    .clear_i(is_flag),
    .valid_i(take),
    .data_i(plain),
    .sum_o(sum)
  );

  // What the flag ends.
  assign empty = count_q == '0 && !escaped_q && !wrong_q;
  assign good = sum == CrcResidue && !wrong_q && !escaped_q && count_q != '1 &&
                count_q == frame_bytes(header_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      inside_q <= 1'b0;
      escaped_q <= 1'b0;
      wrong_q <= 1'b0;
      valid_q <= 1'b0;
      damaged_q <= 1'b0;
      count_q <= '0;
      wait_q <= '0;
    end else begin
      damaged_q <= 1'b0;
      wait_q <= (byte_valid_i || !inside_q || empty) ? '0 : wait_q + 1'b1;
      if (is_flag) begin
        inside_q <= 1'b1;
        escaped_q <= 1'b0;
        wrong_q <= 1'b0;
        count_q <= '0;
        if (inside_q && !valid_q) begin
          valid_q <= good;
          damaged_q <= !good && !empty;
        end
      end else if (byte_valid_i && valid_q) begin
        inside_q <= 1'b0;  // begun while the last one is in use: to be repeated
      end else if (byte_valid_i && inside_q) begin
        escaped_q <= is_escape;
        if (byte_error_i) wrong_q <= 1'b1;
        if (take && count_q != '1) count_q <= count_q + 1'b1;
      end else if (gives_up) begin
        inside_q <= 1'b0;
        damaged_q <= 1'b1;
        wait_q <= '0;
      end
      if (valid_q && ready_i) valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take && count_q < count_t'(HeaderBytes)) begin
      header_q <= {plain, header_q[$bits(frame_header_t)-1:8]};
    end
  end

  // The CRC behind the data is written too, where there is room.
  assign w_en_o = take && count_q >= count_t'(HeaderBytes) && data_index < count_t'(MaxData);
  assign w_addr_o = data_index[AddrWidth-1:0];
  assign w_data_o = plain;

  assign valid_o = valid_q;
  assign header_o = header_q;
  assign damaged_o = damaged_q;

  if (Patience < 2 || (Patience & (Patience - 1)) != 0) begin : gen_check
    $error("frame_rx: Patience must be a power of two of at least 2");
  end

  `GC_ASSERT(NothingWhileValid, !(valid_q && count_q != '0))

endmodule
