// SPDX-License-Identifier: Apache-2.0
// Walks the lines of vector instructions, by rows of tiles (vector_walk) or by lists (vector_list).
//
// A line is issued when all its sources have been granted: a through port 0, b and c one after the
// other through port 1; where b is a, as in squares, nothing is read for b. A source that is a row
// is read once for each tile, where tiles lie side by side, else once; a column once for each row
// of tiles. Throughput: one line a cycle; one in two where b and c are both read as matrices, one
// in N / VectorLanes, or in N / FunctionLanes where a function is approximated; between
// instructions one cycle is lost, more behind those with random words if there are fewer lanes.
//
// Two instructions are under way at most, in slots that alternate. What `order` says, the space
// behind (Lines lines, RowsOfTiles reductions) and the distance that row_reduce needs hold lines
// back before they ask for their sources.
module vector_sequencer
  import gradcore_pkg::*;
  import isa_pkg::*;
  import unit_pkg::*;
  import vector_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned VectorLanes = N,
  parameter int unsigned FunctionLanes = VectorLanes,
  parameter int unsigned Lines = 64,
  parameter int unsigned RowsOfTiles = 8
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            valid_i,
  output logic            ready_o,
  input  vector_t         insn_i,
  output logic            done_o,       // an instruction has written everything, in order
  output list_fault_t     fault_o,      // with done_o: its list has a bad entry
  output logic            busy_o,
  output logic            stalled_o,    // a line waits for its sources

  output logic            list_valid_o,  // of list memory: data in the cycle after
  input  logic            list_ready_i,
  output logic [QuadWidth-1:0] list_quad_o,
  input  logic [31:0]     list_data_i [QuadEntries],

  output logic            read_valid_o [2],
  input  logic            read_ready_i [2],
  output place_t          read_place_o [2],
  output logic [2:0]      granted_o,    // c, b, a: data come 2 cycles later

  output logic            issue_o,
  output vector_tag_t     tag_o,        // with issue_o
  output logic [31:0]     number_o,     // of the line's first element
  output logic            c_zero_o,     // its c is +0
  output vector_context_t context_o [2],
  output logic            key_valid_o,  // an instruction that needs random numbers begins
  input  logic            key_ready_i,

  input  logic [1:0]      lines_done_i, // lines that have left the unit
  input  progress_t       main_i,       // written of D, and of E where it is no reduction
  input  progress_t       reduce_i      // written of reductions
);

  localparam int unsigned Distance = 8;  // of a row's lines in row_reduce
  localparam int unsigned Pace = N / VectorLanes;        // cycles for a line
  localparam int unsigned SlowPace = N / FunctionLanes;  // where its function is approximated

  // --- The instruction, and the walk of its lines ---------------------------------------------

  vector_t               insn_q;
  logic                  active_q, slot_q, listed_q;
  logic                  admit, head_valid_q, first_line;

  vector_context_t [1:0] context_q;
  logic [1:0]            busy_q;   // the slot's instruction has not written everything
  logic                  next_slot;
  assign next_slot = !slot_q;
  logic                  accept;
  // The last line keeps the key of its random words until they are made. Of listed instructions
  // there is one at a time.
  logic                  random_made, list_busy_q;
  assign ready_o = !active_q && !busy_q[next_slot] && random_made &&
      !(head_valid_q && uses_random(context_q[slot_q])) && !(insn_i.listed && list_busy_q);
  assign accept = valid_i && ready_o;
  assign context_o[0] = context_q[0];
  assign context_o[1] = context_q[1];

  assign key_valid_o = accept && (insn_i.stochastic || insn_i.combine == CombineDropout);

  always_ff @(posedge clk_i) begin
    if (accept) begin
      insn_q <= insn_i;
      listed_q <= insn_i.listed;
      context_q[next_slot] <= '{a_is: insn_i.a.is, b_is: insn_i.b.is, c_is: insn_i.c.is,
          b_is_a: insn_i.b == insn_i.a, b_constant: insn_i.b_constant,
          c_constant: insn_i.c_constant, combine: insn_i.combine, apply: insn_i.apply,
          reduce: insn_i.reduce, stochastic: insn_i.stochastic, write_d: insn_i.write_d,
          write_e: insn_i.write_e, d_transposed: insn_i.d.transposed,
          d_accumulator: insn_i.d.accumulator,
          e_accumulator: insn_i.e.accumulator};
    end
  end

  vector_line_t walk_line, list_line, next;
  logic         walk_first, walk_last, list_valid, list_first, list_walked, list_done;
  logic         list_slot_q, entry_written;
  list_fault_t  list_fault;

  vector_walk #(
    .N(N),
    .Distance(Distance)
  ) u_walk (
    .clk_i,
    .start_i(accept),
    .insn_i,
    .insn_q_i(insn_q),
    .admit_i(admit && !listed_q),
    .line_o(walk_line),
    .first_o(walk_first),
    .last_o(walk_last)
  );

  assign entry_written = main_i.row && list_busy_q && main_i.slot == list_slot_q;

  vector_list #(
    .N(N),
    .Lines(Lines)
  ) u_list (
    .clk_i,
    .rst_ni,
    .start_i(accept && insn_i.listed),
    .insn_i(insn_q),
    .list_valid_o,
    .list_ready_i,
    .list_quad_o,
    .list_data_i,
    .valid_o(list_valid),
    .line_o(list_line),
    .first_o(list_first),
    .admit_i(admit && listed_q),
    .walked_o(list_walked),
    .written_i(entry_written),
    .done_o(list_done),
    .fault_o(list_fault)
  );

  assign first_line = listed_q ? list_first : walk_first;

  always_comb begin
    next = listed_q ? list_line : walk_line;
    next.tag.slot = slot_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      slot_q <= 1'b1;
    end else if (accept) begin
      active_q <= 1'b1;
      slot_q <= next_slot;
    end else if (listed_q ? list_walked : admit && walk_last) begin
      active_q <= 1'b0;
    end
  end

  // --- What holds a line back -----------------------------------------------------------------

  logic space, in_order, rows_written, distant, paced, keyed, lacks, issue, head_free;
  logic issued_tile_end;

  // Rows of tiles that the instruction before has written and this one has not begun. Two of them
  // begin at least N lines apart, so what is known may be a cycle old.
  localparam int unsigned RowW = 28;
  logic [RowW-1:0] main_rows_q [2];    // written, by slot
  logic [RowW-1:0] reduce_rows_q [2];
  logic [RowW-1:0] begun_q;            // by the current instruction

  for (genvar s = 0; s < 2; s++) begin : gen_slot
    always_ff @(posedge clk_i) begin
      if (accept && 32'(next_slot) == s) main_rows_q[s] <= '0;
      else if (main_i.row && 32'(main_i.slot) == s) main_rows_q[s] <= main_rows_q[s] + 1'b1;
      if (accept && 32'(next_slot) == s) reduce_rows_q[s] <= '0;
      else if (reduce_i.row && 32'(reduce_i.slot) == s) reduce_rows_q[s] <= reduce_rows_q[s] + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    rows_written <= !accept && !(list_busy_q && list_slot_q == next_slot) &&
        (!uses_main(context_q[next_slot]) || main_rows_q[next_slot] > begun_q) &&
        (context_q[next_slot].reduce == ReduceNone || reduce_rows_q[next_slot] > begun_q);
    if (accept) begun_q <= '0;
    else if (admit && first_line) begun_q <= begun_q + 1'b1;
  end

  always_comb begin
    unique case (insn_q.order)
      OrderFree:   in_order = 1'b1;
      OrderFollow: in_order = !first_line || !busy_q[next_slot] || rows_written;
      default:     in_order = !busy_q[next_slot];
    endcase
  end

  logic [$clog2(Lines):0]         lines_q;    // under way
  logic [$clog2(RowsOfTiles):0]   reducing_q; // rows of tiles whose reduction is under way
  logic [$clog2(Distance)-1:0]    wait_q;     // cycles until the next tile of the row may begin
  logic                           reduces;
  assign reduces = insn_q.reduce != ReduceNone;
  assign space = lines_q != ($clog2(Lines) + 1)'(Lines) &&
      !(reduces && first_line && reducing_q == ($clog2(RowsOfTiles) + 1)'(RowsOfTiles));
  assign distant = wait_q == '0 && !issued_tile_end;
  assign keyed = key_ready_i || !uses_random(context_q[slot_q]);
  assign admit = active_q && head_free && space && in_order && distant && keyed &&
      (!listed_q || list_valid);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      lines_q <= '0;
      reducing_q <= '0;
      wait_q <= '0;
    end else begin
      lines_q <= lines_q + ($clog2(Lines) + 1)'(admit) - ($clog2(Lines) + 1)'(lines_done_i);
      reducing_q <= reducing_q + ($clog2(RowsOfTiles) + 1)'(admit && reduces && first_line) -
          ($clog2(RowsOfTiles) + 1)'(reduce_i.row);
      if (issued_tile_end) wait_q <= ($clog2(Distance))'(32'(Distance) - 32'(tag_o.rows));
      else if (wait_q != '0) wait_q <= wait_q - 1'b1;
    end
  end

  // Whatever follows a line that takes several cycles is issued after them; it asks for its sources
  // meanwhile.
  if (SlowPace == 1) begin : gen_full_pace
    assign paced = 1'b1;
  end else begin : gen_pace
    localparam int unsigned PaceW = $clog2(SlowPace);
    logic [PaceW-1:0] pace_q;  // cycles until the next line may be issued
    logic             slow;
    assign slow = approximated(context_q[tag_o.slot].apply);
    assign paced = pace_q == '0;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) pace_q <= '0;
      else if (issue) pace_q <= slow ? PaceW'(SlowPace - 1) : PaceW'(Pace - 1);
      else if (pace_q != '0) pace_q <= pace_q - 1'b1;
    end
  end

  // With a lane for each element, a line's random words are made from its issue on; else later.
  if (Pace == 1) begin : gen_random_now
    assign random_made = 1'b1;
  end else begin : gen_random_later
    localparam int unsigned Later = OperandLatency + SlowPace + 1;
    logic [$clog2(Later+1)-1:0] later_q;
    assign random_made = later_q == '0;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) later_q <= '0;
      else if (issue && uses_random(context_q[tag_o.slot])) later_q <= ($clog2(Later+1))'(Later);
      else if (later_q != '0) later_q <= later_q - 1'b1;
    end
  end

  // --- The head: a line that asks for its sources ---------------------------------------------

  vector_line_t head_q;
  logic [2:0]   need_q;  // sources that have not been granted: c, b, a

  assign read_valid_o[0] = head_valid_q && need_q[0];
  assign read_valid_o[1] = head_valid_q && (need_q[1] || need_q[2]);
  assign read_place_o[0] = head_q.a;
  assign read_place_o[1] = need_q[1] ? head_q.b : head_q.c;
  assign granted_o[0] = read_valid_o[0] && read_ready_i[0];
  assign granted_o[1] = head_valid_q && need_q[1] && read_ready_i[1];
  assign granted_o[2] = head_valid_q && need_q[2] && !need_q[1] && read_ready_i[1];

  assign lacks = head_valid_q && (need_q & ~granted_o) != '0;
  assign issue = head_valid_q && !lacks && paced;
  assign head_free = !head_valid_q || issue;
  assign issue_o = issue;
  assign tag_o = head_q.tag;
  assign number_o = head_q.number;
  assign c_zero_o = head_q.c_zero;
  assign issued_tile_end = issue && head_q.short_tile;
  assign stalled_o = lacks;

  always_ff @(posedge clk_i) begin
    if (admit) head_q <= next;
    need_q <= admit ? next.need : need_q & ~granted_o;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) head_valid_q <= 1'b0;
    else head_valid_q <= admit || (head_valid_q && !issue);
  end

  // --- Completion, in order -------------------------------------------------------------------

  logic [1:0] main_left_q, reduce_left_q;  // to be written, by slot
  logic       oldest_q, is_list;
  assign done_o = busy_q[oldest_q] && !main_left_q[oldest_q] && !reduce_left_q[oldest_q];
  assign busy_o = busy_q != '0;
  assign is_list = list_busy_q && oldest_q == list_slot_q;
  assign fault_o = '{valid: is_list && list_fault.valid, position: list_fault.position,
                     entry: list_fault.entry};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= '0;
      main_left_q <= '0;
      reduce_left_q <= '0;
      oldest_q <= 1'b0;
      list_busy_q <= 1'b0;
      list_slot_q <= 1'b0;
    end else begin
      if (main_i.last) main_left_q[main_i.slot] <= 1'b0;
      if (list_busy_q && list_done) main_left_q[list_slot_q] <= 1'b0;
      if (reduce_i.last) reduce_left_q[reduce_i.slot] <= 1'b0;
      if (done_o) begin
        busy_q[oldest_q] <= 1'b0;
        oldest_q <= !oldest_q;
        if (is_list) list_busy_q <= 1'b0;
      end
      if (accept) begin
        busy_q[next_slot] <= 1'b1;
        main_left_q[next_slot] <= insn_i.write_d ||
            (insn_i.write_e && insn_i.reduce == ReduceNone);
        reduce_left_q[next_slot] <= insn_i.reduce != ReduceNone;
        if (insn_i.listed) begin
          list_busy_q <= 1'b1;
          list_slot_q <= next_slot;
        end
      end
    end
  end

endmodule
