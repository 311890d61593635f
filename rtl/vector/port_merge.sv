// SPDX-License-Identifier: Apache-2.0
// Lets two readers and two writers share one port of local memory each; the first goes first. For
// vector units with few lanes: they need no more. Combinational.
//
// ready of a side does not depend on its own valid. What is read goes to both readers.
module port_merge
  import unit_pkg::*;
#(
  parameter int unsigned N = 16
) (
  input  logic         read_valid_i  [2],
  output logic         read_ready_o  [2],
  input  place_t       read_place_i  [2],
  output logic [31:0]  read_data_o   [2*N],
  input  logic         write_valid_i [2],
  output logic         write_ready_o [2],
  input  place_t       write_place_i [2],
  input  logic [N-1:0] write_mask_i  [2],
  input  logic [31:0]  write_data_i  [2*N],

  output logic         read_valid_o,
  input  logic         read_ready_i,
  output place_t       read_place_o,
  input  logic [31:0]  read_data_i   [N],
  output logic         write_valid_o,
  input  logic         write_ready_i,
  output place_t       write_place_o,
  output logic [N-1:0] write_mask_o,
  output logic [31:0]  write_data_o  [N]
);

  assign read_valid_o = read_valid_i[0] || read_valid_i[1];
  assign read_place_o = read_valid_i[0] ? read_place_i[0] : read_place_i[1];
  assign read_ready_o[0] = read_ready_i;
  assign read_ready_o[1] = read_ready_i && !read_valid_i[0];

  assign write_valid_o = write_valid_i[0] || write_valid_i[1];
  assign write_place_o = write_valid_i[0] ? write_place_i[0] : write_place_i[1];
  assign write_mask_o = write_valid_i[0] ? write_mask_i[0] : write_mask_i[1];
  assign write_ready_o[0] = write_ready_i;
  assign write_ready_o[1] = write_ready_i && !write_valid_i[0];

  always_comb begin
    for (int unsigned i = 0; i < N; i++) begin
      read_data_o[i] = read_data_i[i];
      read_data_o[N+i] = read_data_i[i];
    end
  end

  always_comb begin
    for (int unsigned i = 0; i < N; i++) begin
      write_data_o[i] = write_valid_i[0] ? write_data_i[i] : write_data_i[N+i];
    end
  end

endmodule
