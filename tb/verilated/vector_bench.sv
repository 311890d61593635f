// SPDX-License-Identifier: Apache-2.0
// The vector unit at local memory, with 4 x 4 tiles: for the tests of both. Readers and writers 1
// and 2 of local memory are the vector unit's, or, with direct_i, the test's. narrow_i
// chooses the vector unit: 0 with all lanes, 1 with all of them but one for functions, 2 with half
// the lanes and one for functions, 3 with one lane, which shares one port with reader and writer 0.
// The test fills list memory, and may hold it up.
module vector_bench
  import gradcore_pkg::*;
  import unit_pkg::*;
#(
  parameter int unsigned N = 4,
  parameter int unsigned OperandTiles = 64,
  parameter int unsigned AccumulatorTiles = 64
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic [1:0]   narrow_i,  // changes while neither works
  input  logic         valid_i,
  output logic         ready_o,
  input  vector_t      insn_i,
  output logic         done_o,
  output list_fault_t  fault_o,
  output logic         busy_o,
  output logic         stalled_o,

  input  logic         list_write_i,
  input  logic [11:0]  list_entry_i,
  input  logic [31:0]  list_word_i,
  input  logic         list_busy_i,

  input  logic         stream_valid_i,
  output logic         stream_ready_o,
  input  line_t        stream_line_i,
  output logic [15:0]  stream_data_o [N],
  input  logic         load_valid_i,
  input  line_t        load_line_i,
  output logic [15:0]  load_data_o [N],
  input  logic         acc_read_valid_i,
  input  line_t        acc_read_line_i,
  output logic [31:0]  acc_read_data_o [N],
  input  logic         acc_write_valid_i,
  input  line_t        acc_write_line_i,
  input  logic [N-1:0] acc_write_mask_i,
  input  logic [31:0]  acc_write_data_i [N],

  input  logic         direct_i,
  input  logic         read_valid_i  [3],
  output logic         read_ready_o  [3],
  input  place_t       read_place_i  [3],
  output logic [31:0]  read_data_o   [3*N],
  input  logic         write_valid_i [3],
  output logic         write_ready_o [3],
  input  place_t       write_place_i [3],
  input  logic [N-1:0] write_mask_i  [3],
  input  logic [31:0]  write_data_i  [3*N]
);

  logic         unit_read_valid  [2];
  logic         unit_read_ready  [2];
  place_t       unit_read_place  [2];
  logic [31:0]  unit_read_data   [2*N];
  logic         unit_write_valid [2];
  logic         unit_write_ready [2];
  place_t       unit_write_place [2];
  logic [N-1:0] unit_write_mask  [2];
  logic [31:0]  unit_write_data  [2*N];

  localparam int unsigned Units = 4;
  logic [Units-1:0] chosen, ready, done, busy, stalled;
  list_fault_t      fault      [Units];
  logic             list_valid [Units+1];
  logic             list_ready [Units+1];
  logic [9:0]       list_quad  [Units+1];
  logic [31:0]      list_data  [4];
  logic [31:0]      list_words [4];
  logic         any_read_valid  [2*Units];
  place_t       any_read_place  [2*Units];
  logic         any_write_valid [2*Units];
  place_t       any_write_place [2*Units];
  logic [N-1:0] any_write_mask  [2*Units];
  logic [31:0]  any_write_data  [2*N*Units];
  logic         shared_read_valid  [1];
  logic         shared_read_ready  [1];
  place_t       shared_read_place  [1];
  logic [31:0]  shared_read_data   [N];
  logic         shared_write_valid [1];
  logic         shared_write_ready [1];
  place_t       shared_write_place [1];
  logic [N-1:0] shared_write_mask  [1];
  logic [31:0]  shared_write_data  [N];
  logic         shared;
  assign shared = narrow_i == 2'd3 && !direct_i;
  assign chosen = Units'(1) << narrow_i;
  assign ready_o = |(ready & chosen);
  assign done_o = |(done & chosen);
  assign busy_o = |(busy & chosen);
  assign stalled_o = |(stalled & chosen);
  assign fault_o = fault[narrow_i];
  assign list_valid[0] = list_busy_i;
  assign list_quad[0] = '0;
  assign list_words[0] = list_word_i;
  assign list_words[1] = '0;
  assign list_words[2] = '0;
  assign list_words[3] = '0;

  list_memory #(.Entries(1024), .Readers(Units + 1)) u_list_memory (
    .clk_i, .write_valid_i(list_write_i), .write_entry_i(list_entry_i), .write_mask_i(4'd1),
    .write_data_i(list_words), .read_valid_i(list_valid), .read_ready_o(list_ready),
    .read_quad_i(list_quad), .read_data_o(list_data)
  );

  for (genvar u = 0; u < Units; u++) begin : gen_unit
    logic         read_valid  [2];
    logic         read_ready  [2];
    place_t       read_place  [2];
    logic [31:0]  read_data   [2*N];
    logic         write_valid [2];
    logic         write_ready [2];
    place_t       write_place [2];
    logic [N-1:0] write_mask  [2];
    logic [31:0]  write_data  [2*N];

    vector_unit #(
      .N(N), .Lanes(u == 3 ? 1 : u == 2 ? N / 2 : N), .FunctionLanes(u == 0 ? N : 1)
    ) u_vector_unit (
      .clk_i, .rst_ni, .valid_i(valid_i && chosen[u]), .ready_o(ready[u]), .insn_i,
      .list_valid_o(list_valid[u+1]), .list_ready_i(list_ready[u+1]),
      .list_quad_o(list_quad[u+1]), .list_data_i(list_data), .fault_o(fault[u]),
      .done_o(done[u]), .busy_o(busy[u]), .stalled_o(stalled[u]),
      .read_valid_o(read_valid), .read_ready_i(read_ready), .read_place_o(read_place),
      .read_data_i(read_data), .write_valid_o(write_valid), .write_ready_i(write_ready),
      .write_place_o(write_place), .write_mask_o(write_mask), .write_data_o(write_data)
    );

    if (u == 3) begin : gen_shared
      // With the test's reader and writer 0 as the DMA.
      logic         client_read_valid  [3];
      logic         client_read_ready  [3];
      place_t       client_read_place  [3];
      logic [31:0]  client_read_data   [3*N];
      logic         client_write_valid [3];
      logic         client_write_ready [3];
      place_t       client_write_place [3];
      logic [N-1:0] client_write_mask  [3];
      logic [31:0]  client_write_data  [3*N];

      always_comb begin
        client_read_valid = '{read_valid_i[0], read_valid[0], read_valid[1]};
        client_read_place = '{read_place_i[0], read_place[0], read_place[1]};
        client_write_valid = '{write_valid_i[0], write_valid[0], write_valid[1]};
        client_write_place = '{write_place_i[0], write_place[0], write_place[1]};
        client_write_mask = '{write_mask_i[0], write_mask[0], write_mask[1]};
        for (int unsigned i = 0; i < N; i++) client_write_data[i] = write_data_i[i];
        for (int unsigned i = 0; i < 2 * N; i++) client_write_data[N+i] = write_data[i];
      end
      always_comb begin
        read_ready = '{client_read_ready[1], client_read_ready[2]};
        write_ready = '{client_write_ready[1], client_write_ready[2]};
        for (int unsigned i = 0; i < 2 * N; i++) read_data[i] = client_read_data[N+i];
      end

      memory_ports #(.N(N), .Ports(1)) u_ports (
        .read_valid_i(client_read_valid), .read_ready_o(client_read_ready),
        .read_place_i(client_read_place), .read_data_o(client_read_data),
        .write_valid_i(client_write_valid), .write_ready_o(client_write_ready),
        .write_place_i(client_write_place), .write_mask_i(client_write_mask),
        .write_data_i(client_write_data),
        .read_valid_o(shared_read_valid), .read_ready_i(shared_read_ready),
        .read_place_o(shared_read_place), .read_data_i(shared_read_data),
        .write_valid_o(shared_write_valid), .write_ready_i(shared_write_ready),
        .write_place_o(shared_write_place), .write_mask_o(shared_write_mask),
        .write_data_o(shared_write_data)
      );

      always_comb begin
        shared_read_ready[0] = read_ready_o[0];
        shared_write_ready[0] = write_ready_o[0];
        for (int unsigned i = 0; i < N; i++) shared_read_data[i] = read_data_o[i];
      end

      always_comb begin
        for (int unsigned p = 0; p < 2; p++) begin
          any_read_valid[2*u+p] = 1'b0;
          any_read_place[2*u+p] = '0;
          any_write_valid[2*u+p] = 1'b0;
          any_write_place[2*u+p] = '0;
          any_write_mask[2*u+p] = '0;
        end
        for (int unsigned i = 0; i < 2 * N; i++) any_write_data[2*N*u+i] = '0;
      end
    end else begin : gen_ports
      always_comb begin
        for (int unsigned p = 0; p < 2; p++) begin
          read_ready[p] = unit_read_ready[p];
          write_ready[p] = unit_write_ready[p];
        end
        for (int unsigned i = 0; i < 2 * N; i++) read_data[i] = unit_read_data[i];
      end

      always_comb begin
        for (int unsigned p = 0; p < 2; p++) begin
          any_read_valid[2*u+p] = read_valid[p];
          any_read_place[2*u+p] = read_place[p];
          any_write_valid[2*u+p] = write_valid[p];
          any_write_place[2*u+p] = write_place[p];
          any_write_mask[2*u+p] = write_mask[p];
        end
        for (int unsigned i = 0; i < 2 * N; i++) any_write_data[2*N*u+i] = write_data[i];
      end
    end
  end

  always_comb begin
    for (int unsigned p = 0; p < 2; p++) begin
      unit_read_valid[p] = any_read_valid[2*32'(narrow_i)+p];
      unit_read_place[p] = any_read_place[2*32'(narrow_i)+p];
      unit_write_valid[p] = any_write_valid[2*32'(narrow_i)+p];
      unit_write_place[p] = any_write_place[2*32'(narrow_i)+p];
      unit_write_mask[p] = any_write_mask[2*32'(narrow_i)+p];
    end
    for (int unsigned i = 0; i < 2 * N; i++) begin
      unit_write_data[i] = any_write_data[2*N*32'(narrow_i)+i];
    end
  end

  logic         read_valid  [3];
  place_t       read_place  [3];
  logic         write_valid [3];
  place_t       write_place [3];
  logic [N-1:0] write_mask  [3];
  logic [31:0]  write_data  [3*N];

  always_comb begin
    read_valid[0] = shared ? shared_read_valid[0] : read_valid_i[0];
    read_place[0] = shared ? shared_read_place[0] : read_place_i[0];
    write_valid[0] = shared ? shared_write_valid[0] : write_valid_i[0];
    write_place[0] = shared ? shared_write_place[0] : write_place_i[0];
    write_mask[0] = shared ? shared_write_mask[0] : write_mask_i[0];
    for (int unsigned c = 0; c < 2; c++) begin
      read_valid[c+1] = direct_i ? read_valid_i[c+1] : unit_read_valid[c];
      read_place[c+1] = direct_i ? read_place_i[c+1] : unit_read_place[c];
      write_valid[c+1] = direct_i ? write_valid_i[c+1] : unit_write_valid[c];
      write_place[c+1] = direct_i ? write_place_i[c+1] : unit_write_place[c];
      write_mask[c+1] = direct_i ? write_mask_i[c+1] : unit_write_mask[c];
    end
    for (int unsigned i = 0; i < N; i++) begin
      write_data[i] = shared ? shared_write_data[i] : write_data_i[i];
    end
    for (int unsigned i = 0; i < 2 * N; i++) begin
      write_data[N+i] = direct_i ? write_data_i[N+i] : unit_write_data[i];
    end
  end

  always_comb begin
    for (int unsigned c = 0; c < 2; c++) begin
      unit_read_ready[c] = read_ready_o[c+1];
      unit_write_ready[c] = write_ready_o[c+1];
    end
    for (int unsigned i = 0; i < 2 * N; i++) unit_read_data[i] = read_data_o[N+i];
  end

  local_memory #(
    .N(N), .OperandTiles(OperandTiles), .AccumulatorTiles(AccumulatorTiles)
  ) u_local_memory (
    .clk_i, .rst_ni,
    .stream_valid_i, .stream_ready_o, .stream_line_i, .stream_data_o,
    .load_valid_i, .load_line_i, .load_data_o,
    .acc_read_valid_i, .acc_read_line_i, .acc_read_data_o,
    .acc_write_valid_i, .acc_write_line_i, .acc_write_mask_i, .acc_write_data_i,
    .read_valid_i(read_valid), .read_ready_o, .read_place_i(read_place), .read_data_o,
    .write_valid_i(write_valid), .write_ready_o, .write_place_i(write_place),
    .write_mask_i(write_mask), .write_data_i(write_data)
  );

endmodule
