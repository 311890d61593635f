// SPDX-License-Identifier: Apache-2.0
// The registers of the host behind an AXI4-Lite slave; sw/isa/registers.md lists them.
//
// Address and data of a write may come in any order; byte strobes count. One write and one read
// are in work at a time; counters take up to 3 cycles longer to read. An address without a register
// answers SLVERR, a write to what can only be read does nothing. irq_o is a level.
module registers
  import axi_pkg::*;
  import command_pkg::*;
  import gradcore_pkg::*;
  import registers_pkg::*;
#(
  parameter int unsigned N = 16,
  parameter int unsigned F = 40,
  parameter int unsigned OperandKib = 2048,
  parameter int unsigned AccumulatorKib = 2048,
  parameter int unsigned ListEntries = 4096
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,

  input  logic                            aw_valid_i,
  output logic                            aw_ready_o,
  input  logic [RegisterAddressWidth-1:0] aw_address_i,
  input  logic                            w_valid_i,
  output logic                            w_ready_o,
  input  axi_lite_write_t                 w_i,
  output logic                            b_valid_o,
  input  logic                            b_ready_i,
  output axi_resp_e                       b_o,

  input  logic                            ar_valid_i,
  output logic                            ar_ready_o,
  input  logic [RegisterAddressWidth-1:0] ar_address_i,
  output logic                            r_valid_o,
  input  logic                            r_ready_i,
  output axi_lite_read_t                  r_o,

  output logic                            irq_o,

  output command_control_t                control_o,
  input  command_status_t                 status_i
);

  localparam int unsigned AddressW = RegisterAddressWidth;
  localparam logic [AddressW-1:0] CountersEnd = RegCounters + AddressW'(8 * Counters);

  // --- Writes -------------------------------------------------------------------------------

  logic                aw_held_q, w_held_q, b_valid_q, write;
  logic [AddressW-1:0] aw_q;
  axi_lite_write_t     w_q;
  axi_resp_e           b_q;

  assign aw_ready_o = !aw_held_q;
  assign w_ready_o = !w_held_q;
  assign write = aw_held_q && w_held_q && !b_valid_q;
  assign b_valid_o = b_valid_q;
  assign b_o = b_q;

  logic [63:0]             program_q, read_base_q, read_size_q, write_base_q, write_size_q;
  logic [31:0]             watchdog_q;
  interrupt_enable_reg_t   enable_q;
  interrupt_status_reg_t   happened_q, cleared;
  logic [31:0]             mask;     // bits that are written
  logic [31:0]             aligned;  // the data of a window

  assign mask = {{8{w_q.strobe[3]}}, {8{w_q.strobe[2]}}, {8{w_q.strobe[1]}}, {8{w_q.strobe[0]}}};

  control_reg_t order;
  assign order = write && aw_q == RegControl ? w_q.data & mask : '0;
  assign cleared = write && aw_q == RegInterruptStatus ? w_q.data & mask : '0;

  // Windows begin and end with a beat.
  assign aligned = w_q.data & ~32'(AxiBytes - 1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      program_q <= '0;
      read_base_q <= '0;
      read_size_q <= '0;
      write_base_q <= '0;
      write_size_q <= '0;
      watchdog_q <= ResetWatchdog;
      enable_q <= '0;
      happened_q <= '0;
    end else begin
      // A byte at a time: synthesis makes enables of the strobes.
      for (int unsigned b = 0; b < 4; b++) begin
        if (write && w_q.strobe[b]) begin
          unique case (aw_q)
            RegProgramAddressLow: program_q[8*b+:8] <= w_q.data[8*b+:8];
            RegProgramAddressHigh: program_q[32+8*b+:8] <= w_q.data[8*b+:8];
            RegReadBaseLow: read_base_q[8*b+:8] <= aligned[8*b+:8];
            RegReadBaseHigh: read_base_q[32+8*b+:8] <= w_q.data[8*b+:8];
            RegReadSizeLow: read_size_q[8*b+:8] <= aligned[8*b+:8];
            RegReadSizeHigh: read_size_q[32+8*b+:8] <= w_q.data[8*b+:8];
            RegWriteBaseLow: write_base_q[8*b+:8] <= aligned[8*b+:8];
            RegWriteBaseHigh: write_base_q[32+8*b+:8] <= w_q.data[8*b+:8];
            RegWriteSizeLow: write_size_q[8*b+:8] <= aligned[8*b+:8];
            RegWriteSizeHigh: write_size_q[32+8*b+:8] <= w_q.data[8*b+:8];
            RegWatchdog: watchdog_q[8*b+:8] <= w_q.data[8*b+:8];
            default: ;
          endcase
        end
      end
      if (write && aw_q == RegInterruptEnable && w_q.strobe[0]) begin
        enable_q.done <= w_q.data[0];
        enable_q.error <= w_q.data[1];
      end
      // What happens now is not lost when the past is cleared now.
      happened_q.done <= (happened_q.done && !cleared.done) || (status_i.ended && status_i.done);
      happened_q.error <= (happened_q.error && !cleared.error) ||
          (status_i.ended && status_i.error);
    end
  end

  assign irq_o = ((32'(enable_q) & 32'(happened_q)) != '0);

  assign control_o.start = order.start;
  assign control_o.soft_reset = order.soft_reset;
  assign control_o.program_address = program_q;
  assign control_o.read_base = read_base_q;
  assign control_o.read_size = read_size_q;
  assign control_o.write_base = write_base_q;
  assign control_o.write_size = write_size_q;
  assign control_o.watchdog = watchdog_q;

  // --- Reads --------------------------------------------------------------------------------

  status_reg_t status;
  error_reg_t  error;
  build_reg_t  build;
  always_comb begin
    status = '0;
    status.running = status_i.running;
    status.done = status_i.done;
    status.error = status_i.error;
    status.resetting = status_i.resetting;
    error = '0;
    error.cause = 8'(status_i.cause);
    error.operand = 4'(status_i.operand);
    error.unit = 4'(status_i.unit);
    build = '0;
    build.n = 8'(N);
    build.f = 8'(F);
  end

  logic                ar_held_q, asked_q, r_valid_q, is_counter, counter_valid, read;
  logic [AddressW-1:0] ar_q;
  logic [63:0]         counter;
  logic [31:0]         high_q;
  axi_lite_read_t      r_q;

  assign ar_ready_o = !ar_held_q;
  assign r_valid_o = r_valid_q;
  assign r_o = r_q;
  // The low half of a counter comes from its memory, the high half is kept with it.
  assign is_counter = ar_q >= RegCounters && ar_q < CountersEnd && !ar_q[2];
  assign read = ar_held_q && !r_valid_q && (!is_counter || counter_valid);

  // What a read finds; looked for only when there is one.
  always_ff @(posedge clk_i) begin : answer
    logic [31:0] value;
    if (read) begin
      unique case (ar_q)
        RegIdentity: value = ResetIdentity;
        RegVersion: value = ResetVersion;
        RegDescription: value = DescriptionHash;
        RegBuild: value = build;
        RegOperandKib: value = 32'(OperandKib);
        RegAccumulatorKib: value = 32'(AccumulatorKib);
        RegListEntries: value = 32'(ListEntries);
        RegErrorPosition: value = 32'(status_i.bad.position);
        RegErrorIndex: value = status_i.bad.entry;
        RegStatus: value = status;
        RegProgramAddressLow: value = program_q[31:0];
        RegProgramAddressHigh: value = program_q[63:32];
        RegError: value = error;
        RegErrorAddressLow: value = status_i.address[31:0];
        RegInstructionsLow: value = status_i.instructions[31:0];
        RegReadBaseLow: value = read_base_q[31:0];
        RegReadBaseHigh: value = read_base_q[63:32];
        RegReadSizeLow: value = read_size_q[31:0];
        RegReadSizeHigh: value = read_size_q[63:32];
        RegWriteBaseLow: value = write_base_q[31:0];
        RegWriteBaseHigh: value = write_base_q[63:32];
        RegWriteSizeLow: value = write_size_q[31:0];
        RegWriteSizeHigh: value = write_size_q[63:32];
        RegWatchdog: value = watchdog_q;
        RegInterruptEnable: value = enable_q;
        RegInterruptStatus: value = happened_q;
        RegErrorAddressHigh, RegInstructionsHigh: value = high_q;
        default: value = ar_q < RegCounters ? '0 : ar_q[2] ? high_q : counter[31:0];
      endcase
      r_q.data <= is_register(ar_q) ? value : '0;
      r_q.resp <= is_register(ar_q) ? AxiOkay : AxiSlvErr;
      if (is_counter) high_q <= counter[63:32];
      if (ar_q == RegErrorAddressLow) high_q <= status_i.address[63:32];
      if (ar_q == RegInstructionsLow) high_q <= status_i.instructions[63:32];
    end
  end

  event_counters #(
    .Number(Counters)
  ) u_counters (
    .clk_i,
    .rst_ni,
    .clear_i(status_i.clear),
    .count_i(status_i.count),
    .read_i(ar_held_q && !asked_q && is_counter),
    .index_i($clog2(Counters)'((ar_q - RegCounters) >> 3)),
    .valid_o(counter_valid),
    .value_o(counter)
  );

  always_ff @(posedge clk_i) begin
    if (aw_valid_i && aw_ready_o) aw_q <= {aw_address_i[AddressW-1:2], 2'd0};
    if (w_valid_i && w_ready_o) w_q <= w_i;
    if (write) b_q <= is_register(aw_q) ? AxiOkay : AxiSlvErr;
    if (ar_valid_i && ar_ready_o) ar_q <= {ar_address_i[AddressW-1:2], 2'd0};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_held_q <= 1'b0;
      w_held_q <= 1'b0;
      b_valid_q <= 1'b0;
      ar_held_q <= 1'b0;
      asked_q <= 1'b0;
      r_valid_q <= 1'b0;
    end else begin
      aw_held_q <= (aw_held_q || aw_valid_i) && !write;
      w_held_q <= (w_held_q || w_valid_i) && !write;
      b_valid_q <= write || (b_valid_q && !b_ready_i);
      ar_held_q <= (ar_held_q || ar_valid_i) && !read;
      asked_q <= ar_held_q && !read;
      r_valid_q <= read || (r_valid_q && !r_ready_i);
    end
  end

endmodule
