// SPDX-License-Identifier: Apache-2.0
// The serial bridge on its buses, and its parts side by side, for their unit tests.
module bridge_bench
  import axi_pkg::*;
  import bridge_pkg::*;
  import registers_pkg::*;
(
  input  logic          clk_i,
  input  logic          rst_ni,

  // uart_rx, at two speeds, and uart_tx.
  input  logic          rx4_i,
  output logic          rx4_valid_o,
  output logic [7:0]    rx4_o,
  output logic          rx4_error_o,
  input  logic          rx25_i,
  output logic          rx25_valid_o,
  output logic [7:0]    rx25_o,
  output logic          rx25_error_o,
  input  logic          tx_valid_i,
  output logic          tx_ready_o,
  input  logic [7:0]    tx_i,
  output logic          tx_o,

  // crc32
  input  logic          crc_clear_i,
  input  logic          crc_valid_i,
  input  logic [7:0]    crc_data_i,
  output logic [31:0]   crc_sum_o,

  // frame_rx
  input  logic          frame_byte_valid_i,
  input  logic [7:0]    frame_byte_i,
  input  logic          frame_error_i,
  output logic          frame_w_en_o,
  output logic [10:0]   frame_w_addr_o,
  output logic [7:0]    frame_w_data_o,
  output logic          frame_valid_o,
  input  logic          frame_ready_i,
  output frame_header_t frame_header_o,
  output logic          frame_damaged_o,

  // frame_tx
  input  logic          send_start_i,
  input  frame_header_t send_header_i,
  output logic          send_busy_o,
  output logic          send_r_en_o,
  output logic [10:0]   send_r_addr_o,
  input  logic [7:0]    send_r_data_i,
  output logic          send_valid_o,
  input  logic          send_ready_i,
  output logic [7:0]    send_byte_o,

  // bridge_registers
  input  logic          own_read_i,
  input  logic [31:0]   own_address_i,
  output logic [31:0]   own_data_o,
  output logic          own_exists_o,
  input  logic          own_interrupt_i,
  input  logic          own_damaged_i,
  input  logic          own_repeated_i,
  input  logic          own_line_error_i,

  // bus_master alone or, with whole_i, within serial_bridge: whose buses these are.
  input  logic          whole_i,
  input  logic          master_start_i,
  input  logic          master_write_i,
  input  logic          master_memory_i,
  input  logic [31:0]   master_address_i,
  input  logic [15:0]   master_length_i,
  output logic          master_done_o,
  output logic [7:0]    master_status_o,
  output logic [31:0]   master_address_o,
  output logic          master_silent_o,
  output logic          master_r_en_o,
  output logic [10:0]   master_r_addr_o,
  input  logic [7:0]    master_r_data_i,
  output logic          master_w_en_o,
  output logic [10:0]   master_w_addr_o,
  output logic [7:0]    master_w_data_o,
  output logic          master_own_read_o,
  output logic [31:0]   master_own_address_o,
  input  logic [31:0]   master_own_data_i,
  input  logic          master_own_exists_i,

  // serial_bridge
  input  logic          rx_i,
  output logic          whole_tx_o,
  output logic          whole_damaged_o,
  input  logic          interrupt_i,
  output logic          whole_reset_no,
  output logic          whole_silent_o,

  // The buses.
  output logic          reg_aw_valid_o,
  input  logic          reg_aw_ready_i,
  output logic          reg_w_valid_o,
  input  logic          reg_w_ready_i,
  output logic [31:0]   reg_w_data_o,
  input  logic          reg_b_valid_i,
  input  logic [1:0]    reg_b_resp_i,
  output logic          reg_ar_valid_o,
  input  logic          reg_ar_ready_i,
  output logic [11:0]   reg_address_o,
  input  logic          reg_r_valid_i,
  input  logic [31:0]   reg_r_data_i,
  input  logic [1:0]    reg_r_resp_i,
  output logic          ar_valid_o,
  input  logic          ar_ready_i,
  output logic [63:0]   ar_address_o,
  output logic [7:0]    ar_length_o,
  input  logic          r_valid_i,
  input  logic [127:0]  r_data_i,
  input  logic [1:0]    r_resp_i,
  input  logic          r_last_i,
  output logic          aw_valid_o,
  input  logic          aw_ready_i,
  output logic [63:0]   aw_address_o,
  output logic [7:0]    aw_length_o,
  output logic          w_valid_o,
  input  logic          w_ready_i,
  output logic [127:0]  w_data_o,
  output logic [15:0]   w_strobe_o,
  output logic          w_last_o,
  input  logic          b_valid_i,
  input  logic [1:0]    b_resp_i
);

  // --- Leaves ---------------------------------------------------------------------------------

  uart_rx #(.ClocksPerBit(4)) u_rx4 (
    .clk_i, .rst_ni, .rx_i(rx4_i), .valid_o(rx4_valid_o), .data_o(rx4_o), .error_o(rx4_error_o)
  );
  uart_rx #(.ClocksPerBit(25)) u_rx25 (
    .clk_i, .rst_ni, .rx_i(rx25_i), .valid_o(rx25_valid_o), .data_o(rx25_o),
    .error_o(rx25_error_o)
  );
  uart_tx #(.ClocksPerBit(5)) u_tx (
    .clk_i, .rst_ni, .valid_i(tx_valid_i), .ready_o(tx_ready_o), .data_i(tx_i), .tx_o
  );

  crc32 u_crc (
    .clk_i, .rst_ni, .clear_i(crc_clear_i), .valid_i(crc_valid_i), .data_i(crc_data_i),
    .sum_o(crc_sum_o)
  );

  frame_rx #(.Patience(256)) u_frame_rx (
    .clk_i,
    .rst_ni,
    .byte_valid_i(frame_byte_valid_i),
    .byte_i(frame_byte_i),
    .byte_error_i(frame_error_i),
    .w_en_o(frame_w_en_o),
    .w_addr_o(frame_w_addr_o),
    .w_data_o(frame_w_data_o),
    .valid_o(frame_valid_o),
    .ready_i(frame_ready_i),
    .header_o(frame_header_o),
    .damaged_o(frame_damaged_o)
  );

  frame_tx u_frame_tx (
    .clk_i,
    .rst_ni,
    .start_i(send_start_i),
    .header_i(send_header_i),
    .busy_o(send_busy_o),
    .r_en_o(send_r_en_o),
    .r_addr_o(send_r_addr_o),
    .r_data_i(send_r_data_i),
    .valid_o(send_valid_o),
    .ready_i(send_ready_i),
    .byte_o(send_byte_o)
  );

  bridge_registers #(
    .MemoryKib(1234),
    .ClockKhz(56789)
  ) u_own (
    .clk_i,
    .rst_ni,
    .read_i(own_read_i),
    .address_i(own_address_i),
    .data_o(own_data_o),
    .exists_o(own_exists_o),
    .interrupt_i(own_interrupt_i),
    .damaged_i(own_damaged_i),
    .repeated_i(own_repeated_i),
    .line_error_i(own_line_error_i)
  );

  // --- Both masters: index 0 alone, 1 whole ---------------------------------------------------------

  logic [1:0]         reg_aw_valid, reg_w_valid, reg_ar_valid, ar_valid, aw_valid, w_valid;
  logic [1:0][31:0]   reg_w_data;
  logic [1:0][11:0]   reg_address;
  axi_address_t [1:0] ar, aw;
  axi_write_t   [1:0] w;
  axi_read_t          r;
  axi_response_t      b;
  axi_lite_read_t     reg_r;
  status_e            status;
  assign r = '{id: '0, data: r_data_i, resp: axi_resp_e'(r_resp_i), last: r_last_i};
  assign b = '{id: '0, resp: axi_resp_e'(b_resp_i)};
  assign reg_r = '{data: reg_r_data_i, resp: axi_resp_e'(reg_r_resp_i)};
  assign master_status_o = status;

  bus_master #(.Patience(1024)) u_master (
    .clk_i,
    .rst_ni,
    .start_i(master_start_i),
    .write_i(master_write_i),
    .memory_i(master_memory_i),
    .address_i(master_address_i),
    .length_i(master_length_i),
    .done_o(master_done_o),
    .status_o(status),
    .address_o(master_address_o),
    .silent_o(master_silent_o),
    .r_en_o(master_r_en_o),
    .r_addr_o(master_r_addr_o),
    .r_data_i(master_r_data_i),
    .w_en_o(master_w_en_o),
    .w_addr_o(master_w_addr_o),
    .w_data_o(master_w_data_o),
    .reg_aw_valid_o(reg_aw_valid[0]),
    .reg_aw_ready_i(reg_aw_ready_i && !whole_i),
    .reg_w_valid_o(reg_w_valid[0]),
    .reg_w_ready_i(reg_w_ready_i && !whole_i),
    .reg_w_data_o(reg_w_data[0]),
    .reg_b_valid_i(reg_b_valid_i && !whole_i),
    .reg_b_resp_i(axi_resp_e'(reg_b_resp_i)),
    .reg_ar_valid_o(reg_ar_valid[0]),
    .reg_ar_ready_i(reg_ar_ready_i && !whole_i),
    .reg_address_o(reg_address[0]),
    .reg_r_valid_i(reg_r_valid_i && !whole_i),
    .reg_r_i(reg_r),
    .own_read_o(master_own_read_o),
    .own_address_o(master_own_address_o),
    .own_data_i(master_own_data_i),
    .own_exists_i(master_own_exists_i),
    .ar_valid_o(ar_valid[0]),
    .ar_ready_i(ar_ready_i && !whole_i),
    .ar_o(ar[0]),
    .r_valid_i(r_valid_i && !whole_i),
    .r_i(r),
    .aw_valid_o(aw_valid[0]),
    .aw_ready_i(aw_ready_i && !whole_i),
    .aw_o(aw[0]),
    .w_valid_o(w_valid[0]),
    .w_ready_i(w_ready_i && !whole_i),
    .w_o(w[0]),
    .b_valid_i(b_valid_i && !whole_i),
    .b_i(b)
  );

  logic receives, sends;
  serial_bridge #(
    .ClocksPerBit(4),
    .MemoryKib(64),
    .ClockKhz(1000),
    .LinePatience(4096),
    .BusPatience(1024)
  ) u_whole (
    .clk_i,
    .rst_ni,
    .rx_i,
    .tx_o(whole_tx_o),
    .receives_o(receives),
    .sends_o(sends),
    .damaged_o(whole_damaged_o),
    .interrupt_i,
    .silent_o(whole_silent_o),
    .reset_no(whole_reset_no),
    .reg_aw_valid_o(reg_aw_valid[1]),
    .reg_aw_ready_i(reg_aw_ready_i && whole_i),
    .reg_w_valid_o(reg_w_valid[1]),
    .reg_w_ready_i(reg_w_ready_i && whole_i),
    .reg_w_data_o(reg_w_data[1]),
    .reg_b_valid_i(reg_b_valid_i && whole_i),
    .reg_b_resp_i(axi_resp_e'(reg_b_resp_i)),
    .reg_ar_valid_o(reg_ar_valid[1]),
    .reg_ar_ready_i(reg_ar_ready_i && whole_i),
    .reg_address_o(reg_address[1]),
    .reg_r_valid_i(reg_r_valid_i && whole_i),
    .reg_r_i(reg_r),
    .ar_valid_o(ar_valid[1]),
    .ar_ready_i(ar_ready_i && whole_i),
    .ar_o(ar[1]),
    .r_valid_i(r_valid_i && whole_i),
    .r_i(r),
    .aw_valid_o(aw_valid[1]),
    .aw_ready_i(aw_ready_i && whole_i),
    .aw_o(aw[1]),
    .w_valid_o(w_valid[1]),
    .w_ready_i(w_ready_i && whole_i),
    .w_o(w[1]),
    .b_valid_i(b_valid_i && whole_i),
    .b_i(b)
  );

  assign reg_aw_valid_o = reg_aw_valid[whole_i];
  assign reg_w_valid_o = reg_w_valid[whole_i];
  assign reg_w_data_o = reg_w_data[whole_i];
  assign reg_ar_valid_o = reg_ar_valid[whole_i];
  assign reg_address_o = reg_address[whole_i];
  assign ar_valid_o = ar_valid[whole_i];
  assign ar_address_o = ar[whole_i].address;
  assign ar_length_o = ar[whole_i].length;
  assign aw_valid_o = aw_valid[whole_i];
  assign aw_address_o = aw[whole_i].address;
  assign aw_length_o = aw[whole_i].length;
  assign w_valid_o = w_valid[whole_i];
  assign w_data_o = w[whole_i].data;
  assign w_strobe_o = w[whole_i].strobe;
  assign w_last_o = w[whole_i].last;

  // The rules of AXI4 on the port to memory; answers are always taken.
  axi4_checker u_check (
    .clk_i,
    .rst_ni(rst_ni && whole_reset_no),
    .ar_valid_i(ar_valid_o),
    .ar_ready_i,
    .ar_i(ar[whole_i]),
    .r_valid_i,
    .r_ready_i(1'b1),
    .r_i(r),
    .aw_valid_i(aw_valid_o),
    .aw_ready_i,
    .aw_i(aw[whole_i]),
    .w_valid_i(w_valid_o),
    .w_ready_i,
    .w_i(w[whole_i]),
    .b_valid_i,
    .b_ready_i(1'b1),
    .b_i(b)
  );

  logic unused;
  assign unused = receives ^ sends;

endmodule
