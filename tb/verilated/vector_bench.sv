// SPDX-License-Identifier: Apache-2.0
// The vector unit at local memory, with 4 x 4 tiles: for the tests of both. Readers and writers 1
// and 2 of local memory are the vector unit's, or, with direct_i, the test's.
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

  input  logic         valid_i,
  output logic         ready_o,
  input  vector_t      insn_i,
  output logic         done_o,
  output logic         busy_o,
  output logic         stalled_o,

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

  vector_unit #(.N(N)) u_vector_unit (
    .clk_i, .rst_ni, .valid_i, .ready_o, .insn_i, .done_o, .busy_o, .stalled_o,
    .read_valid_o(unit_read_valid), .read_ready_i(unit_read_ready),
    .read_place_o(unit_read_place), .read_data_i(unit_read_data),
    .write_valid_o(unit_write_valid), .write_ready_i(unit_write_ready),
    .write_place_o(unit_write_place), .write_mask_o(unit_write_mask),
    .write_data_o(unit_write_data)
  );

  logic         read_valid  [3];
  place_t       read_place  [3];
  logic         write_valid [3];
  place_t       write_place [3];
  logic [N-1:0] write_mask  [3];
  logic [31:0]  write_data  [3*N];

  always_comb begin
    read_valid[0] = read_valid_i[0];
    read_place[0] = read_place_i[0];
    write_valid[0] = write_valid_i[0];
    write_place[0] = write_place_i[0];
    write_mask[0] = write_mask_i[0];
    for (int unsigned c = 0; c < 2; c++) begin
      read_valid[c+1] = direct_i ? read_valid_i[c+1] : unit_read_valid[c];
      read_place[c+1] = direct_i ? read_place_i[c+1] : unit_read_place[c];
      write_valid[c+1] = direct_i ? write_valid_i[c+1] : unit_write_valid[c];
      write_place[c+1] = direct_i ? write_place_i[c+1] : unit_write_place[c];
      write_mask[c+1] = direct_i ? write_mask_i[c+1] : unit_write_mask[c];
    end
    for (int unsigned i = 0; i < N; i++) write_data[i] = write_data_i[i];
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
