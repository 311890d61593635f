// SPDX-License-Identifier: Apache-2.0
// Checks an instruction of a unit, bases added, with the check of that unit, one at a time.
//
// Latency: that of gemm_check, vector_check or transfer_check; valid/ready on both sides. Of the
// three translations the one of the instruction's unit counts, where there is no error.
module instruction_check
  import command_pkg::*;
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned OperandTiles = 4096,
  parameter int unsigned AccumulatorTiles = 2048,
  parameter int unsigned ListEntries = 4096
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             valid_i,
  output logic             ready_o,
  input  logic [Units-1:0] unit_i,    // one of them
  input  logic [511:0]     insn_i,    // holds until the answer is taken
  input  command_control_t control_i, // windows

  output logic             valid_o,
  input  logic             ready_i,
  output error_e           error_o,
  output logic [2:0]       operand_o,
  output gemm_t            gemm_o,
  output vector_t          vector_o,
  output transfer_t        transfer_o
);

  logic       gemm_valid, vector_valid, transfer_valid;
  logic       gemm_ready, vector_ready, transfer_ready;
  logic       is_transfer;
  error_e     gemm_error, vector_error, transfer_error;
  logic [2:0] gemm_operand, vector_operand, transfer_operand;

  assign is_transfer = unit_i[UnitLoad] || unit_i[UnitStore];

  gemm_check #(
    .N(N),
    .OperandTiles(OperandTiles),
    .AccumulatorTiles(AccumulatorTiles)
  ) u_gemm_check (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i && unit_i[UnitMatrix]),
    .ready_o(gemm_ready),
    .insn_i(gemm_insn_t'(insn_i)),
    .valid_o(gemm_valid),
    .ready_i,
    .error_o(gemm_error),
    .operand_o(gemm_operand),
    .gemm_o
  );

  vector_check #(
    .N(N),
    .OperandTiles(OperandTiles),
    .AccumulatorTiles(AccumulatorTiles),
    .ListEntries(ListEntries)
  ) u_vector_check (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i && unit_i[UnitVector]),
    .ready_o(vector_ready),
    .insn_i(vector_insn_t'(insn_i)),
    .valid_o(vector_valid),
    .ready_i,
    .error_o(vector_error),
    .operand_o(vector_operand),
    .vector_o
  );

  transfer_check #(
    .N(N),
    .OperandTiles(OperandTiles),
    .AccumulatorTiles(AccumulatorTiles),
    .ListEntries(ListEntries)
  ) u_transfer_check (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i && is_transfer),
    .ready_o(transfer_ready),
    .insn_i(load_insn_t'(insn_i)),
    .is_store_i(unit_i[UnitStore]),
    .window_base_i(unit_i[UnitStore] ? control_i.write_base : control_i.read_base),
    .window_size_i(unit_i[UnitStore] ? control_i.write_size : control_i.read_size),
    .valid_o(transfer_valid),
    .ready_i,
    .error_o(transfer_error),
    .operand_o(transfer_operand),
    .transfer_o
  );

  assign ready_o = unit_i[UnitMatrix] ? gemm_ready
                                      : unit_i[UnitVector] ? vector_ready : transfer_ready;
  assign valid_o = gemm_valid || vector_valid || transfer_valid;

  always_comb begin
    if (unit_i[UnitMatrix]) begin
      error_o = gemm_error;
      operand_o = gemm_operand;
    end else if (unit_i[UnitVector]) begin
      error_o = vector_error;
      operand_o = vector_operand;
    end else begin
      error_o = transfer_error;
      operand_o = transfer_operand;
    end
  end

endmodule
