// SPDX-License-Identifier: Apache-2.0
// The DMA under test: both engines and the read multiplexer on one AXI4 port, with every stream
// checked, as on the chip; and their parts side by side. Structs of more than 64 bits are flat.
module dma_bench
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import axi_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned OperandTiles = 4096,
  parameter int unsigned AccumulatorTiles = 2048,
  parameter int unsigned ListEntries = (N == 4) ? 1024 : 4096
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  // The AXI4 port.
  output logic         ar_valid_o,
  input  logic         ar_ready_i,
  output logic [1:0]   ar_id_o,
  output logic [63:0]  ar_address_o,
  output logic [7:0]   ar_length_o,
  input  logic         r_valid_i,
  output logic         r_ready_o,
  input  logic [1:0]   r_id_i,
  input  logic [31:0]  r_data_i [4],
  input  logic [1:0]   r_resp_i,
  input  logic         r_last_i,
  output logic         aw_valid_o,
  input  logic         aw_ready_i,
  output logic [1:0]   aw_id_o,
  output logic [63:0]  aw_address_o,
  output logic [7:0]   aw_length_o,
  output logic         w_valid_o,
  input  logic         w_ready_i,
  output logic [31:0]  w_data_o [4],
  output logic [15:0]  w_strobe_o,
  output logic         w_last_o,
  input  logic         b_valid_i,
  output logic         b_ready_o,
  input  logic [1:0]   b_id_i,
  input  logic [1:0]   b_resp_i,

  // Instruction fetch.
  input  logic         fetch_ar_valid_i,
  output logic         fetch_ar_ready_o,
  input  logic [63:0]  fetch_address_i,
  input  logic [7:0]   fetch_length_i,
  output logic         fetch_r_valid_o,
  input  logic         fetch_r_ready_i,

  // The engines.
  input  logic         stop_i,
  input  transfer_t    load_i,
  input  logic         load_valid_i,
  output logic         load_ready_o,
  output logic         write_valid_o,
  input  logic         write_ready_i,
  output place_t       write_place_o,
  output logic [N-1:0] write_mask_o,
  output logic [31:0]  write_data_o [N],
  output logic [4:0]   load_status_o,   // done, error, busy, stalled, idle
  output list_fault_t  load_fault_o,
  input  transfer_t    store_i,
  input  logic         store_valid_i,
  output logic         store_ready_o,
  output logic         read_valid_o,
  input  logic         read_ready_i,
  output place_t       read_place_o,
  input  logic [31:0]  read_data_i [N],
  output logic [4:0]   store_status_o,
  output list_fault_t  store_fault_o,

  // List memory: what loads write, and the test's own port, which goes first.
  output logic         list_write_o,
  output logic [11:0]  list_entry_o,
  output logic [3:0]   list_mask_o,
  output logic [31:0]  list_word_o [4],
  input  logic         poke_write_i,
  input  logic [11:0]  poke_entry_i,
  input  logic [3:0]   poke_mask_i,
  input  logic [31:0]  poke_word_i [4],
  input  logic         poke_read_i,
  input  logic [9:0]   poke_quad_i,
  output logic [31:0]  list_data_o [4],
  output logic [2:0]   list_grant_o,    // poke, load, store

  // transfer_check
  input  logic         check_valid_i,
  output logic         check_ready_o,
  input  load_insn_t   insn_i,
  input  logic         is_store_i,
  input  logic [63:0]  window_base_i,
  input  logic [63:0]  window_size_i,
  output logic         check_valid_o,
  input  logic         check_ready_i,
  output error_e       check_error_o,
  output logic [2:0]   check_operand_o,
  output transfer_t    check_transfer_o,

  // row_list and line_walk for loads and for stores.
  input  logic         list_ready_i,
  input  logic [31:0]  list_data_i [4],
  input  logic         row_ready_i,
  input  logic         end_ready_i,
  output logic         rl_ready_o [2],
  output logic         rl_list_valid_o [2],
  output logic [9:0]   rl_quad_o [2],
  output logic         rl_span_valid_o [2],
  output transfer_t    rl_span_o [2],
  output logic         rl_part_o [2],
  output logic         rl_row_valid_o [2],
  output dma_row_t     rl_row_o [2],
  output logic         rl_end_valid_o [2],
  output logic         rl_end_bad_o [2],
  output list_fault_t  rl_fault_o [2],
  input  logic         row_valid_i,
  input  dma_row_t     row_i,
  output logic         walk_ready_o [2],
  output logic         walk_row_ready_o [2],
  output logic         walk_valid_o [2],
  output dma_line_t    walk_line_o [2],

  // Parts. They share inputs; the last one of a chain has its outputs here.
  input  transfer_t    transfer_i,
  input  logic         valid_i,
  input  logic         ready_i,
  input  dma_line_t    line_i,
  input  logic [31:0]  chunk_i [4],
  input  logic [2:0]   index_i,
  input  logic         end_i,
  input  logic         error_i,
  output logic         bursts_ready_o,   // burst_walk
  output logic         burst_valid_o,
  output logic [63:0]  burst_address_o,
  output logic [7:0]   burst_length_o,
  output logic         burst_last_o,
  input  logic         beat_valid_i,     // beat_unpack
  output logic         beat_ready_o,
  input  logic [31:0]  beat_i [4],
  output logic         unpack_line_ready_o,
  output logic         unpack_valid_o,
  output logic [31:0]  unpack_o [4],
  output logic [2:0]   unpack_index_o,
  output logic         unpack_end_o,
  output logic         unpack_error_o,
  output dma_line_t    unpack_line_o,
  output logic         lw_ready_o,       // line_write
  output logic         lw_valid_o,
  output place_t       lw_place_o,
  output logic [N-1:0] lw_mask_o,
  output logic [31:0]  lw_o [N],
  output logic         lw_last_o,
  output logic         lw_error_o,
  output logic         lw_bad_o,
  output logic         lw_list_valid_o,
  output logic [11:0]  lw_entry_o,
  output logic [3:0]   lw_list_mask_o,
  output logic [31:0]  lw_list_o [4],
  output logic         lr_line_ready_o,  // line_read
  output logic         lr_read_valid_o,
  output logic         lr_valid_o,
  output logic [31:0]  lr_o [4],
  output logic [3:0]   lr_halves_o,
  output logic         lr_begin_o,
  output logic         lr_end_o,
  output dma_line_t    lr_line_o,
  input  logic [3:0]   halves_i,         // beat_pack
  output logic         pack_ready_o,
  output logic         pack_valid_o,
  output logic [31:0]  pack_o [4],
  output logic [15:0]  pack_strobe_o,

  // A checker that the tests of it drive: readys are high, one address for both directions.
  input  logic         probe_ar_valid_i,
  input  logic         probe_aw_valid_i,
  input  logic [1:0]   probe_id_i,
  input  logic [63:0]  probe_address_i,
  input  logic [7:0]   probe_length_i,
  input  logic         probe_r_valid_i,
  input  logic         probe_w_valid_i,
  input  logic         probe_b_valid_i,
  input  logic [4:0]   probe_ready_i,    // ar, r, aw, w, b
  input  logic         probe_last_i,
  input  logic [31:0]  probe_data_i
);

  axi_address_t  ar, aw, load_ar, fetch_ar, probe_address;
  axi_read_t     r, client_r, probe_r;
  axi_write_t    w, probe_w;
  axi_response_t b, probe_b;
  logic          load_ar_valid, load_ar_ready, load_r_valid, load_r_ready;

  assign ar_id_o = ar.id;
  assign ar_address_o = ar.address;
  assign ar_length_o = ar.length;
  assign aw_id_o = aw.id;
  assign aw_address_o = aw.address;
  assign aw_length_o = aw.length;
  assign r = '{id: r_id_i, data: {r_data_i[3], r_data_i[2], r_data_i[1], r_data_i[0]},
               resp: axi_resp_e'(r_resp_i), last: r_last_i};
  assign b = '{id: b_id_i, resp: axi_resp_e'(b_resp_i)};
  assign w_strobe_o = w.strobe;
  assign w_last_o = w.last;
  assign fetch_ar = '{id: AxiIdFetch, address: fetch_address_i, length: fetch_length_i};
  for (genvar i = 0; i < 4; i++) begin : gen_word
    assign w_data_o[i] = w.data[32*i+:32];
  end

  axi_read_mux u_mux (
    .clk_i, .rst_ni,
    .fetch_ar_valid_i, .fetch_ar_ready_o, .fetch_ar_i(fetch_ar),
    .fetch_r_valid_o, .fetch_r_ready_i,
    .load_ar_valid_i(load_ar_valid), .load_ar_ready_o(load_ar_ready), .load_ar_i(load_ar),
    .load_r_valid_o(load_r_valid), .load_r_ready_i(load_r_ready),
    .r_o(client_r),
    .ar_valid_o, .ar_ready_i, .ar_o(ar), .r_valid_i, .r_ready_o, .r_i(r)
  );

  logic       list_valid [3];
  logic       list_ready [3];
  logic [9:0] list_quad  [3];
  assign list_valid[0] = poke_read_i;
  assign list_quad[0] = poke_quad_i;
  assign list_grant_o = {list_valid[2] && list_ready[2], list_valid[1] && list_ready[1],
                         list_valid[0] && list_ready[0]};

  logic [31:0] list_words [4];
  always_comb begin
    if (poke_write_i) list_words = poke_word_i;
    else list_words = list_word_o;
  end

  list_memory #(.Entries(ListEntries), .Readers(3)) u_list_memory (
    .clk_i,
    .write_valid_i(poke_write_i || list_write_o),
    .write_entry_i(poke_write_i ? poke_entry_i : list_entry_o),
    .write_mask_i(poke_write_i ? poke_mask_i : list_mask_o),
    .write_data_i(list_words),
    .read_valid_i(list_valid), .read_ready_o(list_ready), .read_quad_i(list_quad),
    .read_data_o(list_data_o)
  );

  load_engine #(.N(N)) u_load (
    .clk_i, .rst_ni,
    .valid_i(load_valid_i), .ready_o(load_ready_o), .transfer_i(load_i),
    .ar_valid_o(load_ar_valid), .ar_ready_i(load_ar_ready), .ar_o(load_ar),
    .r_valid_i(load_r_valid), .r_ready_o(load_r_ready), .r_i(client_r),
    .write_valid_o, .write_ready_i, .write_place_o, .write_mask_o, .write_data_o,
    .list_valid_o(list_valid[1]), .list_ready_i(list_ready[1]), .list_quad_o(list_quad[1]),
    .list_data_i(list_data_o), .list_write_o, .list_entry_o, .list_mask_o,
    .list_data_o(list_word_o), .fault_o(load_fault_o),
    .done_o(load_status_o[0]), .error_o(load_status_o[1]), .busy_o(load_status_o[2]),
    .stalled_o(load_status_o[3]), .stop_i, .idle_o(load_status_o[4])
  );

  store_engine #(.N(N)) u_store (
    .clk_i, .rst_ni,
    .valid_i(store_valid_i), .ready_o(store_ready_o), .transfer_i(store_i),
    .read_valid_o, .read_ready_i, .read_place_o, .read_data_i,
    .list_valid_o(list_valid[2]), .list_ready_i(list_ready[2]), .list_quad_o(list_quad[2]),
    .list_data_i(list_data_o), .fault_o(store_fault_o),
    .aw_valid_o, .aw_ready_i, .aw_o(aw), .w_valid_o, .w_ready_i, .w_o(w),
    .b_valid_i, .b_ready_o, .b_i(b),
    .done_o(store_status_o[0]), .error_o(store_status_o[1]), .busy_o(store_status_o[2]),
    .stalled_o(store_status_o[3]), .stop_i, .idle_o(store_status_o[4])
  );

  axi4_checker u_check_axi (
    .clk_i, .rst_ni,
    .ar_valid_i(ar_valid_o), .ar_ready_i, .ar_i(ar), .r_valid_i, .r_ready_i(r_ready_o), .r_i(r),
    .aw_valid_i(aw_valid_o), .aw_ready_i, .aw_i(aw),
    .w_valid_i(w_valid_o), .w_ready_i, .w_i(w), .b_valid_i, .b_ready_i(b_ready_o), .b_i(b)
  );
  stream_checker #(.Width($bits(place_t) + N)) u_check_write (
    .clk_i, .rst_ni, .valid_i(write_valid_o), .ready_i(write_ready_i),
    .payload_i({write_place_o, write_mask_o})
  );
  lane_checker #(.Lanes(N)) u_check_write_data (
    .clk_i, .rst_ni, .valid_i(write_valid_o), .ready_i(write_ready_i), .lanes_i(write_data_o)
  );
  stream_checker #(.Width($bits(place_t))) u_check_read (
    .clk_i, .rst_ni, .valid_i(read_valid_o), .ready_i(read_ready_i), .payload_i(read_place_o)
  );

  transfer_check #(
    .N(N), .OperandTiles(OperandTiles), .AccumulatorTiles(AccumulatorTiles),
    .ListEntries(ListEntries)
  ) u_transfer_check (
    .clk_i, .rst_ni,
    .valid_i(check_valid_i), .ready_o(check_ready_o), .insn_i, .is_store_i,
    .window_base_i, .window_size_i,
    .valid_o(check_valid_o), .ready_i(check_ready_i), .error_o(check_error_o),
    .operand_o(check_operand_o), .transfer_o(check_transfer_o)
  );

  burst_walk u_bursts (
    .clk_i, .rst_ni, .valid_i, .ready_o(bursts_ready_o), .transfer_i,
    .valid_o(burst_valid_o), .ready_i, .address_o(burst_address_o), .length_o(burst_length_o),
    .last_o(burst_last_o)
  );

  for (genvar s = 0; s < 2; s++) begin : gen_walk
    row_list #(.CheckFirst(s == 1)) u_row_list (
      .clk_i, .rst_ni, .valid_i, .ready_o(rl_ready_o[s]), .transfer_i,
      .list_valid_o(rl_list_valid_o[s]), .list_ready_i, .list_quad_o(rl_quad_o[s]), .list_data_i,
      .span_valid_o(rl_span_valid_o[s]), .span_ready_i(ready_i), .span_o(rl_span_o[s]),
      .part_o(rl_part_o[s]), .row_valid_o(rl_row_valid_o[s]), .row_ready_i, .row_o(rl_row_o[s]),
      .end_valid_o(rl_end_valid_o[s]), .end_ready_i, .end_bad_o(rl_end_bad_o[s]),
      .fault_o(rl_fault_o[s])
    );

    line_walk #(.N(N), .SkipRows(s == 1)) u_lines (
      .clk_i, .rst_ni, .valid_i, .ready_o(walk_ready_o[s]), .transfer_i,
      .row_valid_i, .row_ready_o(walk_row_ready_o[s]), .row_i,
      .valid_o(walk_valid_o[s]), .ready_i, .line_o(walk_line_o[s])
    );
  end

  beat_unpack #(.N(N)) u_unpack (
    .clk_i, .rst_ni,
    .beat_valid_i, .beat_ready_o, .beat_i,
    .beat_error_i(error_i), .line_valid_i(valid_i), .line_ready_o(unpack_line_ready_o), .line_i,
    .valid_o(unpack_valid_o), .ready_i, .chunk_o(unpack_o), .line_o(unpack_line_o),
    .index_o(unpack_index_o), .end_o(unpack_end_o), .error_o(unpack_error_o)
  );

  line_write #(.N(N)) u_line_write (
    .clk_i, .rst_ni, .valid_i, .ready_o(lw_ready_o), .chunk_i, .line_i, .index_i, .end_i, .error_i,
    .write_valid_o(lw_valid_o), .write_ready_i(ready_i), .write_place_o(lw_place_o),
    .write_mask_o(lw_mask_o), .write_data_o(lw_o), .last_o(lw_last_o), .error_o(lw_error_o),
    .bad_o(lw_bad_o), .list_valid_o(lw_list_valid_o), .list_entry_o(lw_entry_o),
    .list_mask_o(lw_list_mask_o), .list_data_o(lw_list_o)
  );

  place_t unused_place;
  line_read #(.N(N)) u_line_read (
    .clk_i, .rst_ni, .line_valid_i(valid_i), .line_ready_o(lr_line_ready_o), .line_i,
    .read_valid_o(lr_read_valid_o), .read_ready_i, .read_place_o(unused_place), .read_data_i,
    .valid_o(lr_valid_o), .ready_i, .chunk_o(lr_o), .halves_o(lr_halves_o), .line_o(lr_line_o),
    .begin_o(lr_begin_o), .end_o(lr_end_o)
  );

  beat_pack u_pack (
    .clk_i, .rst_ni, .valid_i, .ready_o(pack_ready_o), .chunk_i, .halves_i,
    .fresh_i(line_i.fresh), .offset_i(line_i.offset), .end_i,
    .beat_valid_o(pack_valid_o), .beat_ready_i(ready_i), .beat_o(pack_o), .strobe_o(pack_strobe_o)
  );

  assign probe_address = '{id: probe_id_i, address: probe_address_i, length: probe_length_i};
  assign probe_r = '{id: probe_id_i, data: 128'(probe_data_i), resp: AxiOkay, last: probe_last_i};
  assign probe_w = '{data: 128'(probe_data_i), strobe: '1, last: probe_last_i};
  assign probe_b = '{id: probe_id_i, resp: axi_resp_e'(probe_data_i[1:0])};

  axi4_checker #(.Depth(4)) u_probe (
    .clk_i, .rst_ni,
    .ar_valid_i(probe_ar_valid_i), .ar_ready_i(probe_ready_i[0]), .ar_i(probe_address),
    .r_valid_i(probe_r_valid_i), .r_ready_i(probe_ready_i[1]), .r_i(probe_r),
    .aw_valid_i(probe_aw_valid_i), .aw_ready_i(probe_ready_i[2]), .aw_i(probe_address),
    .w_valid_i(probe_w_valid_i), .w_ready_i(probe_ready_i[3]), .w_i(probe_w),
    .b_valid_i(probe_b_valid_i), .b_ready_i(probe_ready_i[4]), .b_i(probe_b)
  );

endmodule
