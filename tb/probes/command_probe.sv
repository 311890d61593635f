// SPDX-License-Identifier: Apache-2.0
// The run of a program, for people: bound into the command processor of traced chips only; nothing
// reads it.
//
//   cycle    of the run, from 0
//   address  of the instruction that the command processor carries out, the low half, and its
//   number   in the program, as unit_probe has them
// and a unit_probe for each unit.
module command_probe
  import command_pkg::*;
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
(
  input logic             clk_i,
  input logic             rst_ni,        // of units and queues
  input logic             running_i,
  input logic [63:0]      program_i,     // its address
  input logic [63:0]      address_i,
  input logic             enter_i,
  input logic [Units-1:0] unit_i,
  input ticket_t          ticket_i,
  input gemm_t            gemm_i,
  input vector_t          vector_i,
  input transfer_t        transfer_i,
  input logic [Units-1:0] start_i,
  input logic [Units-1:0] offered_i,
  input logic [Units-1:0] done_i,
  input logic             drop_i,
  input activity_t        activity_i [Units]
);

  localparam int unsigned TextBits = 512;
  typedef logic [TextBits-1:0] text_t;

  function automatic string combine_text(combine_e combine);
    unique case (combine)
      CombineProduct:         return "product";
      CombineAdd:             return "add";
      CombineSubtract:        return "subtract";
      CombineReverseSubtract: return "reverse_subtract";
      CombineMax:             return "max";
      CombineMin:             return "min";
      CombineMask:            return "mask";
      CombineGreater:         return "greater";
      CombineEqual:           return "equal";
      CombineReplace:         return "replace";
      CombineDropout:         return "dropout";
      default:                return "?";
    endcase
  endfunction

  function automatic string apply_text(apply_e apply);
    unique case (apply)
      ApplyIdentity:   return "";
      ApplyRelu:       return " relu";
      ApplyAbs:        return " abs";
      ApplyExp:        return " exp";
      ApplyLog:        return " log";
      ApplyTanh:       return " tanh";
      ApplyReciprocal: return " reciprocal";
      default:         return " rsqrt";
    endcase
  endfunction

  function automatic text_t gemm_text(gemm_t g);
    text_t text;
    if (g.batch > 32'd1) $sformat(text, "gemm %0d x %0dx%0dx%0d", g.batch, g.m, g.k, g.n);
    else $sformat(text, "gemm %0dx%0dx%0d", g.m, g.k, g.n);
    return text;
  endfunction

  function automatic text_t vector_text(vector_t v);
    text_t text;
    string reduce;
    reduce = v.reduce == ReduceSum ? ", sum of rows" : v.reduce == ReduceMax ? ", max of rows" : "";
    $sformat(text, "vector %0dx%0d %s%s%s", v.rows, v.cols, combine_text(v.combine),
             apply_text(v.apply), reduce);
    return text;
  endfunction

  function automatic text_t transfer_text(transfer_t t, logic is_store);
    text_t text;
    string direction, format;
    direction = is_store ? "store" : "load";
    format = t.format == FormatBf16 ? "bf16" : "fp32";
    $sformat(text, "%s %0dx%0d %s", direction, t.rows, t.cols, format);
    return text;
  endfunction

  logic [31:0]          cycle, address, number;
  logic [63:0]          program_q;
  logic [LineWidth-1:0] base_line;
  text_t                text;
  assign base_line = program_q[63:6];
  assign address = running_i ? address_i[31:0] : '0;
  assign number = running_i ? 32'((address_i - program_q) >> 6) : '0;

  // Text is made once for each instruction.
  always_comb begin
    text = '0;
    if (enter_i) begin
      if (unit_i[UnitMatrix]) text = gemm_text(gemm_i);
      else if (unit_i[UnitVector]) text = vector_text(vector_i);
      else text = transfer_text(transfer_i, unit_i[UnitStore]);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycle <= '0;
      program_q <= '0;
    end else begin
      if (running_i) cycle <= cycle + 32'd1;
      else program_q <= program_i;  // the host may write the next one's at any time
    end
  end

  for (genvar u = 0; u < Units; u++) begin : gen_units
    unit_probe #(
      .TextBits(TextBits)
    ) u_unit (
      .clk_i,
      .rst_ni,
      .running_i,
      .base_line_i(base_line),
      .enter_i(enter_i && unit_i[u]),
      .ticket_i,
      .text_i(text),
      .start_i(start_i[u]),
      .done_i(done_i[u]),
      .drop_i(drop_i && !offered_i[u]),
      .activity_i(activity_i[u])
    );
  end

endmodule

bind command_processor command_probe u_probe (
  .clk_i,
  .rst_ni(units_rst_no),
  .running_i(running),
  .program_i(control_i.program_address),
  .address_i(address),
  .enter_i(enter),
  .unit_i(unit_select),
  .ticket_i(ticket),
  .gemm_i(gemm),
  .vector_i(vector),
  .transfer_i(transfer),
  .start_i(unit_valid & unit_ready),
  .offered_i(unit_valid),
  .done_i(unit_done),
  .drop_i(drop),
  .activity_i(activity)
);
