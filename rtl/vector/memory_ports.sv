// SPDX-License-Identifier: Apache-2.0
// The readers and writers of local memory at as many ports as it has: client 0 is the DMA, 1 and 2
// the vector unit, which needs fewer the fewer lanes it has.
//
// Three ports: everyone has one. Two: the vector unit's share the second one, 1 goes first. One:
// all share it, the DMA goes last. Combinational; ready of a side does not depend on its own valid.
// What a port reads goes to everyone who shares it.
module memory_ports
  import unit_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned Ports = 3  // 1 to 3
) (
  input  logic         read_valid_i  [3],
  output logic         read_ready_o  [3],
  input  place_t       read_place_i  [3],
  output logic [31:0]  read_data_o   [3*N],
  input  logic         write_valid_i [3],
  output logic         write_ready_o [3],
  input  place_t       write_place_i [3],
  input  logic [N-1:0] write_mask_i  [3],
  input  logic [31:0]  write_data_i  [3*N],

  output logic         read_valid_o  [Ports],
  input  logic         read_ready_i  [Ports],
  output place_t       read_place_o  [Ports],
  input  logic [31:0]  read_data_i   [Ports*N],
  output logic         write_valid_o [Ports],
  input  logic         write_ready_i [Ports],
  output place_t       write_place_o [Ports],
  output logic [N-1:0] write_mask_o  [Ports],
  output logic [31:0]  write_data_o  [Ports*N]
);

  if (Ports == 3) begin : gen_own
    assign read_valid_o = read_valid_i;
    assign read_place_o = read_place_i;
    assign read_ready_o = read_ready_i;
    assign read_data_o = read_data_i;
    assign write_valid_o = write_valid_i;
    assign write_place_o = write_place_i;
    assign write_mask_o = write_mask_i;
    assign write_data_o = write_data_i;
    assign write_ready_o = write_ready_i;
  end else begin : gen_merged
    // The vector unit's, and what they become.
    logic         vector_read_valid  [2];
    logic         vector_read_ready  [2];
    place_t       vector_read_place  [2];
    logic [31:0]  vector_read_data   [2*N];
    logic         vector_write_valid [2];
    logic         vector_write_ready [2];
    place_t       vector_write_place [2];
    logic [N-1:0] vector_write_mask  [2];
    logic [31:0]  vector_write_data  [2*N];
    logic         both_read_valid;
    logic         both_read_ready;
    place_t       both_read_place;
    logic [31:0]  both_read_data [N];
    logic         both_write_valid;
    logic         both_write_ready;
    place_t       both_write_place;
    logic [N-1:0] both_write_mask;
    logic [31:0]  both_write_data [N];

    always_comb begin
      for (int unsigned p = 0; p < 2; p++) begin
        vector_read_valid[p] = read_valid_i[p+1];
        vector_read_place[p] = read_place_i[p+1];
        vector_write_valid[p] = write_valid_i[p+1];
        vector_write_place[p] = write_place_i[p+1];
        vector_write_mask[p] = write_mask_i[p+1];
      end
      for (int unsigned i = 0; i < 2 * N; i++) vector_write_data[i] = write_data_i[N+i];
    end

    port_merge #(
      .N(N)
    ) u_vector (
      .read_valid_i(vector_read_valid),
      .read_ready_o(vector_read_ready),
      .read_place_i(vector_read_place),
      .read_data_o(vector_read_data),
      .write_valid_i(vector_write_valid),
      .write_ready_o(vector_write_ready),
      .write_place_i(vector_write_place),
      .write_mask_i(vector_write_mask),
      .write_data_i(vector_write_data),
      .read_valid_o(both_read_valid),
      .read_ready_i(both_read_ready),
      .read_place_o(both_read_place),
      .read_data_i(both_read_data),
      .write_valid_o(both_write_valid),
      .write_ready_i(both_write_ready),
      .write_place_o(both_write_place),
      .write_mask_o(both_write_mask),
      .write_data_o(both_write_data)
    );

    // Client 0, then client 1 of what is left.
    logic         last_read_valid  [2];
    logic         last_read_ready  [2];
    place_t       last_read_place  [2];
    logic [31:0]  last_read_data   [2*N];
    logic         last_write_valid [2];
    logic         last_write_ready [2];
    place_t       last_write_place [2];
    logic [N-1:0] last_write_mask  [2];
    logic [31:0]  last_write_data  [2*N];

    always_comb begin
      last_read_valid = '{both_read_valid, read_valid_i[0]};
      last_read_place = '{both_read_place, read_place_i[0]};
      last_write_valid = '{both_write_valid, write_valid_i[0]};
      last_write_place = '{both_write_place, write_place_i[0]};
      last_write_mask = '{both_write_mask, write_mask_i[0]};
      for (int unsigned i = 0; i < N; i++) begin
        last_write_data[i] = both_write_data[i];
        last_write_data[N+i] = write_data_i[i];
      end
    end

    assign both_read_ready = last_read_ready[0];
    assign both_write_ready = last_write_ready[0];
    always_comb begin
      for (int unsigned i = 0; i < N; i++) both_read_data[i] = last_read_data[i];
    end

    assign read_ready_o = '{last_read_ready[1], vector_read_ready[0], vector_read_ready[1]};
    assign write_ready_o = '{last_write_ready[1], vector_write_ready[0], vector_write_ready[1]};
    always_comb begin
      for (int unsigned i = 0; i < N; i++) begin
        read_data_o[i] = last_read_data[N+i];
        read_data_o[N+i] = vector_read_data[i];
        read_data_o[2*N+i] = vector_read_data[N+i];
      end
    end

    if (Ports == 1) begin : gen_one
      port_merge #(
        .N(N)
      ) u_all (
        .read_valid_i(last_read_valid),
        .read_ready_o(last_read_ready),
        .read_place_i(last_read_place),
        .read_data_o(last_read_data),
        .write_valid_i(last_write_valid),
        .write_ready_o(last_write_ready),
        .write_place_i(last_write_place),
        .write_mask_i(last_write_mask),
        .write_data_i(last_write_data),
        .read_valid_o(read_valid_o[0]),
        .read_ready_i(read_ready_i[0]),
        .read_place_o(read_place_o[0]),
        .read_data_i,
        .write_valid_o(write_valid_o[0]),
        .write_ready_i(write_ready_i[0]),
        .write_place_o(write_place_o[0]),
        .write_mask_o(write_mask_o[0]),
        .write_data_o
      );
    end else begin : gen_two
      // Port 0 is the DMA's, port 1 the vector unit's.
      assign read_valid_o = '{last_read_valid[1], last_read_valid[0]};
      assign read_place_o = '{last_read_place[1], last_read_place[0]};
      assign write_valid_o = '{last_write_valid[1], last_write_valid[0]};
      assign write_place_o = '{last_write_place[1], last_write_place[0]};
      assign write_mask_o = '{last_write_mask[1], last_write_mask[0]};
      assign last_read_ready = '{read_ready_i[1], read_ready_i[0]};
      assign last_write_ready = '{write_ready_i[1], write_ready_i[0]};
      always_comb begin
        for (int unsigned i = 0; i < 2 * N; i++) last_read_data[i] = read_data_i[(i+N)%(2*N)];
      end
      always_comb begin
        for (int unsigned i = 0; i < 2 * N; i++) write_data_o[i] = last_write_data[(i+N)%(2*N)];
      end
    end
  end

endmodule
