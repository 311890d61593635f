// SPDX-License-Identifier: Apache-2.0
// Carries out a program in its order: control instructions itself; of the others it adds bases,
// has them checked, keeps the rules of tokens and puts them into the queues of their units.
//
// Starts with the first instruction that comes; rst_ni begins a new run: r0 to r15 are 0, no loops.
// The first instruction that is refused stays: fault_valid_o with its fault until the reset. After
// halt, when all units are quiet, halted_o stays. freeze_i: nothing has an effect any more.
//
// Cycles: set, loop and end 2, add 3 (fetch delivers one in 4), gemm 18, vector 19, load and store
// 4 and what their check takes; longer only where a queue is full.
module sequencer
  import command_pkg::*;
  import isa_pkg::*;
(
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 freeze_i,

  input  logic                 insn_valid_i,
  output logic                 insn_ready_o,
  input  logic [511:0]         insn_i,
  input  logic [LineWidth-1:0] insn_line_i,
  input  error_e               insn_error_i,
  output logic                 back_o,
  output logic [LineWidth-1:0] back_line_o,

  output logic                 check_valid_o,
  input  logic                 check_ready_i,
  output logic [Units-1:0]     unit_o,        // of the instruction: to check, and to enter
  output logic [511:0]         insn_o,
  input  logic                 verdict_valid_i,
  output logic                 verdict_ready_o,
  input  error_e               verdict_error_i,
  input  logic [2:0]           verdict_operand_i,

  output ticket_t              ticket_o,
  input  logic                 deadlock_i,
  input  logic                 overflow_i,
  input  logic [Units-1:0]     room_i,
  output logic                 enter_o,       // into the queue of unit_o

  input  logic                 quiet_i,
  output logic                 moved_o,       // an instruction was carried out or entered a queue
  output logic                 ending_o,      // no instruction will follow
  output logic                 halted_o,
  output logic                 fault_valid_o,
  output fault_t               fault_o,
  output logic [63:0]          address_o,     // of the instruction in work
  output logic [63:0]          count_o        // of instructions carried out
);

  typedef enum logic [3:0] {
    Take, Decode, Add, Resolve, Check, Verdict, Sync, Halt, Halted, Refused
  } state_e;

  state_e               state_q, state_d;
  logic [511:0]         insn_q;
  logic [LineWidth-1:0] line_q, next_line;
  error_e               fetch_error_q;
  logic                 reserved_q; // bits are set that a control instruction does not use
  logic [2:0]           base_q;     // which of the instruction's addresses gets its base
  logic [63:0]          count_q;
  error_e               error, error_q;
  logic [2:0]           operand, operand_q;

  // --- The instruction as what it may be ------------------------------------------------------

  opcode_e      opcode;
  set_insn_t    set;
  add_insn_t    add;
  loop_insn_t   loop;
  gemm_insn_t   gemm;
  vector_insn_t vector;
  load_insn_t   transfer;  // a store's fields are the same
  assign opcode = opcode_e'(insn_q[7:0]);
  assign set = insn_q;
  assign add = insn_q;
  assign loop = insn_q;
  assign gemm = insn_q;
  assign vector = insn_q;
  assign transfer = insn_q;
  assign next_line = line_q + 1'b1;

  // So many bits are compared on their way in.
  logic [511:0] used;
  always_comb begin
    unique case (opcode_e'(insn_i[7:0]))
      OpSet:   used = UsedSet;
      OpAdd:   used = UsedAdd;
      OpLoop:  used = UsedLoop;
      default: used = UsedHalt;  // and of sync and end: nothing but the opcode
    endcase
  end

  logic [Units-1:0] unit_d;  // from Decode on; unit_o follows a cycle later
  always_comb begin
    unit_d = '0;
    unit_d[UnitMatrix] = opcode == OpGemm;
    unit_d[UnitVector] = opcode == OpVector;
    unit_d[UnitLoad] = opcode == OpLoad;
    unit_d[UnitStore] = opcode == OpStore;
  end
  always_ff @(posedge clk_i) unit_o <= unit_d;

  // --- Registers r1 to r15, one adder for `add` and all bases; operands come a cycle earlier ----

  logic [31:0] registers_q [16];
  logic [15:0] written_q;         // since the run began; the others are 0
  logic [3:0]  selected;
  logic [2:0]  next_base;
  logic [31:0] addend, addend_q, register_q, sum;
  logic        write, last_base;
  assign next_base = state_q == Resolve ? base_q + 3'd1 : 3'd0;
  assign last_base = base_q == (unit_o[UnitMatrix] ? 3'd2 : unit_o[UnitVector] ? 3'd4 : 3'd1);

  always_comb begin
    selected = add.rs;
    addend = add.value;
    if (unit_d[UnitMatrix]) begin
      unique case (next_base)
        3'd0:    begin selected = gemm.x_base; addend = gemm.x; end
        3'd1:    begin selected = gemm.w_base; addend = gemm.w; end
        default: begin selected = gemm.y_base; addend = gemm.y; end
      endcase
    end else if (unit_d[UnitVector]) begin
      unique case (next_base)
        3'd0:    begin selected = vector.a_base; addend = vector.a; end
        3'd1:    begin selected = vector.b_base; addend = vector.b; end
        3'd2:    begin selected = vector.c_base; addend = vector.c; end
        3'd3:    begin selected = vector.d_base; addend = vector.d; end
        default: begin selected = vector.e_base; addend = vector.e; end
      endcase
    end else if (unit_d[UnitLoad] || unit_d[UnitStore]) begin
      unique case (next_base)
        3'd0:    begin selected = transfer.mem_base; addend = transfer.mem; end
        default: begin selected = transfer.dram_base; addend = transfer.dram; end
      endcase
    end
  end

  assign sum = addend_q + register_q;

  always_ff @(posedge clk_i) begin : resolve
    gemm_insn_t   gemm_d;
    vector_insn_t vector_d;
    load_insn_t   transfer_d;
    if (state_q == Take) begin
      if (insn_valid_i) begin
        insn_q <= insn_i;
        reserved_q <= (insn_i & ~used) != '0;
      end
      line_q <= insn_line_i;
      fetch_error_q <= insn_error_i;
    end else if (state_q == Resolve) begin
      gemm_d = gemm;
      vector_d = vector;
      transfer_d = transfer;
      unique case (base_q)
        3'd0: begin gemm_d.x = sum; vector_d.a = sum; transfer_d.mem = sum; end
        3'd1: begin gemm_d.w = sum; vector_d.b = sum; transfer_d.dram = sum; end
        3'd2: begin gemm_d.y = sum; vector_d.c = sum; end
        3'd3: vector_d.d = sum;
        default: vector_d.e = sum;
      endcase
      insn_q <= unit_o[UnitMatrix] ? gemm_d : unit_o[UnitVector] ? vector_d : transfer_d;
    end
    base_q <= next_base;
    addend_q <= addend;
    register_q <= written_q[selected] ? registers_q[selected] : 32'd0;
    if (write) registers_q[set.rd] <= opcode == OpSet ? set.value : sum;
  end

  // --- Loops --------------------------------------------------------------------------------

  logic full, empty, again, enter_loop, end_turn;

  loop_stack u_loops (
    .clk_i,
    .rst_ni,
    .push_i(enter_loop),
    .line_i(next_line),
    .turns_i(loop.count),
    .turn_i(end_turn),
    .full_o(full),
    .empty_o(empty),
    .again_o(again),
    .first_o(back_line_o)
  );

  // --- What a control instruction is refused for ----------------------------------------------

  error_e       control_error;
  logic         is_unit, is_known;

  always_comb begin
    is_unit = unit_d != '0;
    is_known = is_unit || opcode inside {OpHalt, OpSync, OpEnd, OpSet, OpAdd, OpLoop};
    control_error = ErrorNone;
    if (!is_known) control_error = ErrorOpcode;
    else if (opcode == OpLoop && loop.count == '0) control_error = ErrorZeroSize;
    else if (reserved_q) control_error = ErrorReserved;
    else if ((opcode == OpSet || opcode == OpAdd) && set.rd == '0) control_error = ErrorChoice;
    else if ((opcode == OpLoop && full) || (opcode == OpEnd && empty)) control_error = ErrorNesting;
  end

  // --- Step by step -------------------------------------------------------------------------

  logic executed;

  always_comb begin
    state_d = state_q;
    error = ErrorNone;
    operand = '0;
    executed = 1'b0;
    write = 1'b0;
    enter_loop = 1'b0;
    end_turn = 1'b0;
    enter_o = 1'b0;
    verdict_ready_o = 1'b0;
    unique case (state_q)
      Take: if (insn_valid_i && insn_ready_o) state_d = Decode;
      Decode: begin
        if (fetch_error_q != ErrorNone) begin
          error = fetch_error_q;
        end else if (is_unit) begin
          state_d = Resolve;
        end else if (control_error != ErrorNone) begin
          error = control_error;
        end else if (opcode == OpHalt) begin
          state_d = Halt;
        end else if (opcode == OpSync) begin
          state_d = Sync;
        end else if (opcode == OpAdd) begin
          state_d = Add;
        end else begin
          write = opcode == OpSet;
          enter_loop = opcode == OpLoop;
          end_turn = opcode == OpEnd;
          executed = 1'b1;
          state_d = Take;
        end
      end
      Add: begin
        write = 1'b1;
        executed = 1'b1;
        state_d = Take;
      end
      Resolve: if (last_base) state_d = Check;
      Check: if (check_ready_i) state_d = Verdict;
      Verdict: begin
        if (verdict_valid_i && !freeze_i) begin
          if (verdict_error_i != ErrorNone) begin
            error = verdict_error_i;
            operand = verdict_operand_i;
          end else if (deadlock_i) begin
            error = ErrorDeadlock;
          end else if (overflow_i) begin
            error = ErrorTokens;
          end else if ((unit_o & room_i) != '0) begin
            enter_o = 1'b1;
            executed = 1'b1;
            verdict_ready_o = 1'b1;
            state_d = Take;
          end
        end
      end
      Sync: begin
        if (quiet_i && !freeze_i) begin
          executed = 1'b1;
          state_d = Take;
        end
      end
      Halt: begin
        if (quiet_i && !freeze_i) begin
          executed = 1'b1;
          state_d = Halted;
        end
      end
      default: ;
    endcase
    if (error != ErrorNone) state_d = Refused;
  end

  assign insn_ready_o = state_q == Take && !freeze_i;
  assign back_o = end_turn && again;
  assign check_valid_o = state_q == Check;
  assign insn_o = insn_q;
  assign ticket_o = '{place: '{line: line_q, index: count_q[31:0]}, take: gemm.take,
                      give: gemm.give};

  assign moved_o = executed;
  assign ending_o = state_q == Halt || state_q == Halted || state_q == Refused;
  assign halted_o = state_q == Halted;
  assign fault_valid_o = state_q == Refused;
  assign address_o = {line_q, 6'd0};
  assign count_o = count_q;

  logic [2:0] unit_number;
  always_comb begin
    unit_number = '0;
    if (fetch_error_q == ErrorNone) begin
      for (int unsigned u = 0; u < Units; u++) if (unit_o[u]) unit_number = 3'(u + 1);
    end
  end
  assign fault_o = '{cause: error_q, operand: operand_q, unit: unit_number, address: address_o,
                     index: count_q[31:0], bad: '0};

  always_ff @(posedge clk_i) begin
    if (state_q != Refused) begin
      error_q <= error;
      operand_q <= operand;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Take;
      count_q <= '0;
      written_q <= '0;
    end else begin
      state_q <= state_d;
      if (executed) count_q <= count_q + 64'd1;
      if (write) written_q[set.rd] <= 1'b1;
    end
  end

endmodule
