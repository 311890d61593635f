// SPDX-License-Identifier: Apache-2.0
// Assertions that live in simulation and vanish in synthesis.
`ifndef GRADCORE_ASSERT_SVH
`define GRADCORE_ASSERT_SVH

// `prop` holds at every rising edge of clk_i outside reset. A failure is reported by name and
// makes the harness fail the test that ran the design; it does not end the process.
`ifdef SYNTHESIS
`define GC_ASSERT(name, prop)
`else
`define GC_ASSERT(name, prop) \
  always_ff @(posedge clk_i) begin : assert_``name \
    if (rst_ni && !(prop)) $error("assertion %m"); \
  end
`endif

`endif
