// SPDX-License-Identifier: Apache-2.0
// What a view of the chip shows: what tb/probes make for people first, the wires below.
#include <array>

#include "tb/harness/wave_traces.h"

namespace gradcore::harness {
namespace {

constexpr std::array<const char*, 4> kUnits = {"matrix unit", "vector unit", "load", "store"};
constexpr WaveFormat kName = WaveFormat::kName;

void show_unit(WaveTraces& t, std::size_t unit) {
  t.in("u_command.u_probe.gen_units[" + std::to_string(unit) + "].u_unit.").group(kUnits[unit]);
  t.show("state", "", kName).show("text", "instruction", WaveFormat::kText);
  t.show("address", "address (listing)").decimal("number").decimal("index");
  t.show("takes", "tokens: takes").show("gives", "tokens: gives");
  t.decimal("queued").decimal("working", "in work").end();
}

void show_inside(WaveTraces& t) {
  t.in("u_units.u_matrix_unit.").group("matrix unit: memory", true);
  t.show("stream_valid_o", "X read").show("stream_ready_i", "X granted");
  t.memory_line("stream_line_o", "X").show("load_valid_o", "W read");
  t.memory_line("load_line_o", "W").show("read_valid_o", "C read");
  t.memory_line("read_line_o", "C").show("write_valid_o", "Y write");
  t.memory_line("write_line_o", "Y").end();

  t.in("u_units.").group("local memory: the others", true);
  t.array("read_valid", "read").array("read_ready", "read granted");
  t.array("write_valid", "write").array("write_ready", "write granted").end();
}

void show_registers(WaveTraces& t) {
  t.in("").group("registers (AXI4-Lite)", true);
  t.show("s_axil_awvalid").show("s_axil_awaddr").show("s_axil_wdata").show("s_axil_bvalid");
  t.show("s_axil_arvalid").show("s_axil_araddr").show("s_axil_rvalid").show("s_axil_rdata");
  t.end();
}

}  // namespace

std::string chip_traces(const std::vector<WaveSignal>& signals) {
  WaveTraces t(signals, "TOP.gradcore_chip.");
  t.in("").show("clk_i").show("rst_ni").show("irq_o");

  t.group("command processor").in("u_command.");
  t.show("u_run.state_q", "run", kName).decimal("u_probe.cycle", "cycle of the run");
  t.show("u_sequencer.state_q", "state", kName).show("u_sequencer.opcode", "opcode", kName);
  t.show("u_probe.address", "address (listing)").decimal("u_probe.number", "number");
  t.decimal("u_sequencer.count_q", "instructions so far").end();

  for (std::size_t unit = 0; unit < kUnits.size(); ++unit) show_unit(t, unit);

  t.in("u_probe.").group("DRAM (AXI4)");
  t.show("reads", "read burst", kName).show("read_address").decimal("read_length", "read beats");
  t.show("read_beat", "read data", kName).show("read_wait", "waits for data");
  t.decimal("fetch_bursts", "bursts of fetch").decimal("load_bursts", "bursts of load");
  t.show("writes", "write burst", kName).show("write_address");
  t.decimal("write_length", "write beats").show("write_beat", "write data");
  t.show("write_wait", "waits to write").decimal("store_bursts", "bursts of store").end();

  t.group("errors").decimal("errors", "answers of DRAM").in("u_command.status_o.");
  t.show("error").show("cause", "", kName).decimal("unit").decimal("operand");
  t.show("address").end();

  t.in("u_command.u_queues.u_tokens.u_probe.").group("tokens that are there");
  for (unsigned token = 0; token < 16; ++token) {
    const std::string number = std::to_string(token);
    t.decimal("gen_token[" + number + "].count", "token " + number);
  }
  t.end();

  show_inside(t);
  show_registers(t);
  return t.text();
}

}  // namespace gradcore::harness
