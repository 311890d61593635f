# SPDX-License-Identifier: Apache-2.0
"""A frame of shift registers around a module that has more ports than the device has pins.

Every input of the module comes from a register of a shift chain, every output is caught by one, so
nothing is optimised away, all paths of the module run from register to register, and four pins
beside clock and reset are enough.
"""

FRAME = "synth_frame"
CLOCK = "clk_i"
RESET = "rst_ni"


def _range(width: int) -> str:
    return f"[{width - 1}:0]"


def frame_verilog(module: str, ports: dict[str, tuple[str, int]]) -> str:
    """Verilog of the frame; ports maps a name to (direction, width), as Yosys writes them."""
    inputs = [(n, w) for n, (d, w) in ports.items() if d == "input" and n not in (CLOCK, RESET)]
    outputs = [(n, w) for n, (d, w) in ports.items() if d == "output"]
    in_width = sum(w for _, w in inputs)
    out_width = sum(w for _, w in outputs)
    if not in_width or not out_width:
        raise ValueError(f"{module} needs inputs and outputs beside clock and reset")

    connections = [f".{name}({name})" for name in (CLOCK, RESET) if name in ports]
    for chain, signals in (("in_q", inputs), ("core_out", outputs)):
        low = 0
        for name, width in signals:
            connections.append(f".{name}({chain}[{low + width - 1}:{low}])")
            low += width
    joined = ",\n    ".join(connections)
    return f"""\
// Generated: all ports of {module} on shift registers.
module {FRAME} (
  input  {CLOCK},
  input  {RESET},
  input  serial_i,
  input  catch_i,
  output serial_o
);
  reg  {_range(in_width)} in_q;
  reg  {_range(out_width)} out_q;
  wire {_range(out_width)} core_out;

  always @(posedge {CLOCK}) begin
    in_q <= {{in_q, serial_i}};
    out_q <= catch_i ? core_out : {{out_q, 1'b0}};
  end
  assign serial_o = out_q[{out_width - 1}];

  {module} u_core (
    {joined}
  );
endmodule
"""
