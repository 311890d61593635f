// SPDX-License-Identifier: Apache-2.0
// The host's requests, from a serial line, become accesses to registers (AXI4-Lite) and memory
// (AXI4); README.md is the contract of the protocol.
//
// A request is carried out when all of it is there and good, and only if it is the next one of the
// session; the last one may come again and gets the answer it had. One request at a time; the next
// may come while an answer is sent. Latency and throughput are those of the line: 10 * ClocksPerBit
// cycles a byte. reset_no is low for ResetCycles when the host asks for a reset of what is behind
// the bridge; the buses are reset with it.
module serial_bridge
  import axi_pkg::*;
  import bridge_pkg::*;
  import registers_pkg::*;
#(
  parameter int unsigned ClocksPerBit = 20,
  parameter int unsigned MemoryKib = 32,
  parameter int unsigned ClockKhz = 60000,
  parameter int unsigned LinePatience = 1 << 22,  // cycles between two bytes of a frame
  parameter int unsigned BusPatience = 1 << 16,   // cycles for an answer of a bus
  parameter int unsigned ResetCycles = 16
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,

  // The line's pins, and what is on them, for lights.
  input  logic                            rx_i,
  output logic                            tx_o,
  output logic                            receives_o,
  output logic                            sends_o,
  output logic                            damaged_o,

  input  logic                            interrupt_i,
  output logic                            silent_o,
  output logic                            reset_no,

  // AXI4-Lite: the chip's registers.
  output logic                            reg_aw_valid_o,
  input  logic                            reg_aw_ready_i,
  output logic                            reg_w_valid_o,
  input  logic                            reg_w_ready_i,
  output logic [31:0]                     reg_w_data_o,
  input  logic                            reg_b_valid_i,
  input  axi_resp_e                       reg_b_resp_i,
  output logic                            reg_ar_valid_o,
  input  logic                            reg_ar_ready_i,
  output logic [RegisterAddressWidth-1:0] reg_address_o,
  input  logic                            reg_r_valid_i,
  input  axi_lite_read_t                  reg_r_i,

  // AXI4: memory. Answers are always taken.
  output logic                            ar_valid_o,
  input  logic                            ar_ready_i,
  output axi_address_t                    ar_o,
  input  logic                            r_valid_i,
  input  axi_read_t                       r_i,
  output logic                            aw_valid_o,
  input  logic                            aw_ready_i,
  output axi_address_t                    aw_o,
  output logic                            w_valid_o,
  input  logic                            w_ready_i,
  output axi_write_t                      w_o,
  input  logic                            b_valid_i,
  input  axi_response_t                   b_i
);

  localparam int unsigned AddrWidth = $clog2(MaxData);
  typedef logic [AddrWidth-1:0] index_t;

  // --- The line ---------------------------------------------------------------------------------

  logic       rx_valid, rx_error, tx_valid, tx_ready;
  logic [7:0] rx_byte, tx_byte;

  uart_rx #(.ClocksPerBit(ClocksPerBit)) u_rx (
    .clk_i, .rst_ni, .rx_i, .valid_o(rx_valid), .data_o(rx_byte), .error_o(rx_error)
  );

  uart_tx #(.ClocksPerBit(ClocksPerBit)) u_tx (
    .clk_i, .rst_ni, .valid_i(tx_valid), .ready_o(tx_ready), .data_i(tx_byte), .tx_o
  );

  // --- Frames and their data ---------------------------------------------------------------------

  frame_header_t request, answer;
  logic          request_valid, request_ready, damaged;
  logic          send, sending;
  logic          in_r_en, out_r_en;
  logic          in_w_en [1], out_w_en [1];
  index_t        in_w_addr [1], in_r_addr [1], out_w_addr [1], out_r_addr [1];
  logic [7:0]    in_w_data [1], in_r_data [1], out_w_data [1], out_r_data [1];

  frame_rx #(.Patience(LinePatience)) u_frame_rx (
    .clk_i,
    .rst_ni,
    .byte_valid_i(rx_valid),
    .byte_i(rx_byte),
    .byte_error_i(rx_error),
    .w_en_o(in_w_en[0]),
    .w_addr_o(in_w_addr[0]),
    .w_data_o(in_w_data[0]),
    .valid_o(request_valid),
    .ready_i(request_ready),
    .header_o(request),
    .damaged_o(damaged)
  );

  frame_tx u_frame_tx (
    .clk_i,
    .rst_ni,
    .start_i(send),
    .header_i(answer),
    .busy_o(sending),
    .r_en_o(out_r_en),
    .r_addr_o(out_r_addr[0]),
    .r_data_i(out_r_data[0]),
    .valid_o(tx_valid),
    .ready_i(tx_ready),
    .byte_o(tx_byte)
  );

  ram_1r1w #(.Banks(1), .Width(8), .Depth(MaxData)) u_request_ram (
    .clk_i,
    .w_en_i(in_w_en),
    .w_addr_i(in_w_addr),
    .w_data_i(in_w_data),
    .r_en_i(in_r_en),
    .r_addr_i(in_r_addr),
    .r_data_o(in_r_data)
  );

  ram_1r1w #(.Banks(1), .Width(8), .Depth(MaxData)) u_answer_ram (
    .clk_i,
    .w_en_i(out_w_en),
    .w_addr_i(out_w_addr),
    .w_data_i(out_w_data),
    .r_en_i(out_r_en),
    .r_addr_i(out_r_addr),
    .r_data_o(out_r_data)
  );

  // --- The buses ---------------------------------------------------------------------------------

  logic        start, run_done, own_read, own_exists, write, memory;
  status_e     run_status;
  logic [31:0] run_address, own_address, own_data;

  bus_master #(.Patience(BusPatience)) u_master (
    .clk_i,
    .rst_ni(reset_no),
    .start_i(start),
    .write_i(write),
    .memory_i(memory),
    .address_i(request.address),
    .length_i(request.length),
    .done_o(run_done),
    .status_o(run_status),
    .address_o(run_address),
    .silent_o,
    .r_en_o(in_r_en),
    .r_addr_o(in_r_addr[0]),
    .r_data_i(in_r_data[0]),
    .w_en_o(out_w_en[0]),
    .w_addr_o(out_w_addr[0]),
    .w_data_o(out_w_data[0]),
    .own_read_o(own_read),
    .own_address_o(own_address),
    .own_data_i(own_data),
    .own_exists_i(own_exists),
    .*
  );

  logic repeated;
  bridge_registers #(
    .MemoryKib(MemoryKib),
    .ClockKhz(ClockKhz)
  ) u_registers (
    .clk_i,
    .rst_ni,
    .read_i(own_read),
    .address_i(own_address),
    .data_o(own_data),
    .exists_o(own_exists),
    .interrupt_i,
    .damaged_i(damaged),
    .repeated_i(repeated),
    .line_error_i(rx_valid && rx_error)
  );

  // --- Requests in their order -------------------------------------------------------------------

  typedef enum logic [1:0] {
    Ready,
    Run,      // on the buses
    Restart,  // what is behind the bridge
    Answer
  } state_e;

  localparam int unsigned ResetW = $clog2(ResetCycles + 1);

  state_e            state_q, state_d;
  logic              session_q, complain_q;
  logic [7:0]        last_q;      // sequence of the last request that was carried out
  frame_header_t     answer_q;    // of it
  frame_header_t     reply_q;     // what is to be sent: that, or why nothing was done
  logic [ResetW-1:0] reset_q;     // cycles it still lasts
  logic              reset_nq;

  // What kind of request it is, and whether it makes sense.
  logic    is_next, known, reads, aligned, fits;
  status_e verdict;
  assign is_next = request.number == last_q + 8'd1;
  assign memory = request.code == RequestReadMemory || request.code == RequestWriteMemory;
  assign write = request.code[7];
  assign reads = request.code == RequestReadMemory || request.code == RequestReadRegisters;
  assign known = memory || request.code == RequestReadRegisters ||
                 request.code == RequestWriteRegisters;
  assign aligned = memory || request.address[1:0] == '0;
  assign fits = !memory || 33'(request.address) + 33'(request.length) <= 33'(MemoryKib) << 10;
  always_comb begin
    verdict = StatusOk;
    if (!known) verdict = StatusUnknownRequest;
    else if (request.length == '0 || request.length > 16'(MaxData) ||
             (!memory && request.length[1:0] != '0)) verdict = StatusBadLength;
    else if (!aligned || !fits) verdict = StatusBadAddress;
    if (request.code == RequestReset) verdict = StatusOk;
  end

  function automatic frame_header_t answer_to(frame_header_t to, status_e status, logic data);
    frame_header_t out;
    out = to;
    out.code = {data, status[6:0]};
    return out;
  endfunction

  logic          decide, remember, reply;
  frame_header_t reply_d;
  assign decide = state_q == Ready && request_valid && !sending;
  assign repeated = decide && session_q && request.code != RequestHello &&
                    request.number == last_q;
  assign start = decide && session_q && is_next && verdict == StatusOk && known;

  always_comb begin
    state_d = state_q;
    reply_d = answer_to(request, StatusOk, 1'b0);
    remember = 1'b0;  // the answer belongs to a request that is carried out
    reply = 1'b0;
    request_ready = 1'b0;
    unique case (state_q)
      Ready: begin
        if (decide) begin
          reply = 1'b1;
          if (request.code == RequestHello) begin
            reply_d.length = 16'(ProtocolVersion);
            remember = 1'b1;
          end else if (!session_q) begin
            reply_d = answer_to(request, StatusNoSession, 1'b0);
          end else if (request.number == last_q) begin
            reply_d = answer_q;
          end else if (!is_next) begin
            reply_d = answer_to(request, StatusOutOfSequence, 1'b0);
            reply_d.length = 16'(last_q);
          end else if (verdict != StatusOk) begin
            reply_d = answer_to(request, verdict, 1'b0);
            remember = 1'b1;
          end else begin
            reply = 1'b0;
            state_d = start ? Run : Restart;
          end
        end else if (complain_q && !sending && !request_valid) begin
          reply = 1'b1;
          reply_d = answer_to(request, StatusDamaged, 1'b0);
        end
      end
      Restart: begin
        remember = reset_nq;
        reply = reset_nq;
      end
      default: ;
    endcase
    if (run_done) begin
      reply_d = answer_to(request, run_status, reads && run_status == StatusOk);
      if (run_status != StatusOk) reply_d.address = run_address;
      remember = 1'b1;
      reply = 1'b1;
    end
    if (reply) begin
      state_d = Answer;
      request_ready = request_valid;
    end
    if (state_q == Answer) state_d = Ready;
  end

  assign send = state_q == Answer;
  assign answer = reply_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Ready;
      session_q <= 1'b0;
      complain_q <= 1'b0;
      last_q <= '0;
      reset_q <= ResetW'(ResetCycles);
      reset_nq <= 1'b0;
    end else begin
      state_q <= state_d;
      if (damaged) complain_q <= 1'b1;
      else if (reply) complain_q <= 1'b0;
      if (remember) begin
        session_q <= 1'b1;
        last_q <= request.number;
      end
      if (state_q == Ready && state_d == Restart) begin
        reset_q <= ResetW'(ResetCycles);
        reset_nq <= 1'b0;
      end else if (reset_q != '0) begin
        reset_q <= reset_q - 1'b1;
      end else begin
        reset_nq <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (remember) answer_q <= reply_d;
    if (reply) reply_q <= reply_d;
  end

  assign reset_no = reset_nq;
  assign receives_o = rx_valid;
  assign sends_o = sending;
  assign damaged_o = damaged;

endmodule
