// SPDX-License-Identifier: Apache-2.0
// The traffic on the chip's port to DRAM, for people: bound into traced chips only.
//
//   reads, writes       who begins a burst in this cycle (None: nobody), where, of how many beats
//   read_beat           whose data comes in this cycle; write_beat: data goes
//   *_bursts            begun and not answered
//   read_wait           there are such reads, and DRAM gives nothing
//   write_wait          there is data to write, and DRAM does not take it
//   errors              answers other than OKAY since the reset
module axi_probe
  import axi_pkg::*;
(
  input logic          clk_i,
  input logic          rst_ni,
  input logic          ar_valid_i,
  input logic          ar_ready_i,
  input axi_address_t  ar_i,
  input logic          r_valid_i,
  input logic          r_ready_i,
  input axi_read_t     r_i,
  input logic          aw_valid_i,
  input logic          aw_ready_i,
  input axi_address_t  aw_i,
  input logic          w_valid_i,
  input logic          w_ready_i,
  input logic          b_valid_i,
  input logic          b_ready_i,
  input axi_response_t b_i
);

  typedef enum logic [1:0] {None, Fetch, Load, Store} who_e;

  function automatic who_e who(logic [AxiIdWidth-1:0] id);
    return id == AxiIdFetch ? Fetch : id == AxiIdLoad ? Load : Store;
  endfunction

  who_e                       reads, writes, read_beat;
  logic                       write_beat, read_wait, write_wait;
  logic [AxiAddressWidth-1:0] read_address, write_address;
  logic [8:0]                 read_length, write_length;
  logic [7:0]                 fetch_bursts, load_bursts, store_bursts;
  logic [31:0]                errors;

  always_comb begin
    reads = ar_valid_i && ar_ready_i ? who(ar_i.id) : None;
    writes = aw_valid_i && aw_ready_i ? who(aw_i.id) : None;
    read_beat = r_valid_i && r_ready_i ? who(r_i.id) : None;
    write_beat = w_valid_i && w_ready_i;
    read_address = ar_valid_i ? ar_i.address : '0;
    write_address = aw_valid_i ? aw_i.address : '0;
    read_length = ar_valid_i ? 9'(ar_i.length) + 9'd1 : '0;
    write_length = aw_valid_i ? 9'(aw_i.length) + 9'd1 : '0;
    read_wait = !r_valid_i && (fetch_bursts != '0 || load_bursts != '0);
    write_wait = (w_valid_i && !w_ready_i) || (aw_valid_i && !aw_ready_i);
  end

  logic read_end, read_error, write_error;
  assign read_end = r_valid_i && r_ready_i && r_i.last;
  assign read_error = r_valid_i && r_ready_i && r_i.resp != AxiOkay;
  assign write_error = b_valid_i && b_ready_i && b_i.resp != AxiOkay;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fetch_bursts <= '0;
      load_bursts <= '0;
      store_bursts <= '0;
      errors <= '0;
    end else begin
      fetch_bursts <= fetch_bursts + 8'(reads == Fetch) -
          8'(read_end && who(r_i.id) == Fetch);
      load_bursts <= load_bursts + 8'(reads == Load) - 8'(read_end && who(r_i.id) == Load);
      store_bursts <= store_bursts + 8'(writes != None) - 8'(b_valid_i && b_ready_i);
      errors <= errors + 32'(read_error) + 32'(write_error);
    end
  end

endmodule

bind gradcore_chip axi_probe u_probe (
  .clk_i,
  .rst_ni,
  .ar_valid_i(m_axi_arvalid),
  .ar_ready_i(m_axi_arready),
  .ar_i(m_read_address),
  .r_valid_i(m_axi_rvalid),
  .r_ready_i(m_axi_rready),
  .r_i(m_read),
  .aw_valid_i(m_axi_awvalid),
  .aw_ready_i(m_axi_awready),
  .aw_i(m_write_address),
  .w_valid_i(m_axi_wvalid),
  .w_ready_i(m_axi_wready),
  .b_valid_i(m_axi_bvalid),
  .b_ready_i(m_axi_bready),
  .b_i(m_answer)
);
