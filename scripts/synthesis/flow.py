# SPDX-License-Identifier: Apache-2.0
"""The steps from SystemVerilog to cells, gates and a placed design, each cached."""

import json
import os
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from . import frame
from .tools import SynthError, Tools, cached, digest

# Without wide multiplexers: with them Yosys made up to four times the look-up tables of the same
# module, and no better clock.
_OPTIONS = "-nowidelut"

# What paths may take in abc9's estimate, in ps: what is faster gets smaller instead. About 60 MHz
# with the wires of a full device; its own choice is the shortest of all paths it can reach.
_DELAY = "scratchpad -set abc9.D 8000"

_SAY_LOCK = threading.Lock()


def say(text: str) -> None:
    with _SAY_LOCK:
        print(f"synth: {text}", flush=True)


@dataclass(frozen=True)
class Device:
    """An ECP5 of nextpnr: its size, package and speed grade."""

    size: str = "85k"
    package: str = "CABGA381"
    speed: str = "6"


@dataclass
class Design:
    """A module with parameters, and the folder that holds everything made of it."""

    top: str
    params: dict[str, int]
    folder: Path
    label: str = ""
    sources: list[Path] = field(default_factory=list)  # besides those of rtl/gradcore.f
    ports: dict[str, tuple[str, int]] = field(default_factory=dict)
    elaborated: Path | None = None


class Flow:
    def __init__(self, root: Path, tools: Tools, force: bool = False,
                 pnr_options: Iterable[str] = ()):
        self._file_list = root / "rtl" / "gradcore.f"
        self._tools = tools
        self._force = force
        self._pnr_options = list(pnr_options)

    def _step(self, design: Design, step: str, key: str, outputs: list[Path], action) -> None:
        def timed() -> None:
            start = time.monotonic()
            action()
            say(f"{design.label or design.top}: {step}, {time.monotonic() - start:.0f} s")

        cached(design.folder, step, key, outputs, timed, self._force)

    def elaborate(self, design: Design) -> Path:
        """SystemVerilog to word-level RTLIL, flat. Takes seconds: done once in every run."""
        if design.elaborated:
            return design.elaborated
        out, ports = design.folder / "elaborated.il", design.folder / "ports.json"
        design.folder.mkdir(parents=True, exist_ok=True)
        params = " ".join(f"-G {name}={value}" for name, value in design.params.items())
        self._tools.yosys(
            # The WebAssembly build has no threads. Assertions are for simulation.
            f"read_slang --threads 1 -D SYNTHESIS --ignore-assertions --top {design.top} {params} "
            f"-F {' '.join(_rel(path) for path in [self._file_list, *design.sources])}\n"
            f"write_json {_rel(ports)}\nwrite_rtlil {_rel(out)}\n",
            design.folder / "elaborate.log")
        module = json.loads(ports.read_text())["modules"][design.top]
        design.ports = {n: (p["direction"], len(p["bits"])) for n, p in module["ports"].items()}
        ports.unlink()
        design.elaborated = out
        return out

    def map_cells(self, design: Design) -> tuple[Path, dict[str, int]]:
        """Cells of the ECP5 and how many of each."""
        source = self.elaborate(design)
        out, stat = design.folder / "mapped.il", design.folder / "cells.json"
        script = (f"read_rtlil {_rel(source)}\n{_DELAY}\nsynth_ecp5 {_OPTIONS} -top {design.top}\n"
                  f"tee -q -o {_rel(stat)} stat -json\n"
                  f"select {design.top}\nwrite_rtlil -selected {_rel(out)}\n")
        key = digest(self._tools.yosys_version(), script, _without_sources(source))
        self._step(design, "map", key, [out, stat],
                   lambda: self._tools.yosys(script, design.folder / "map.log"))
        return out, _cells(stat)

    def map_gates(self, design: Design) -> tuple[dict[str, int], int]:
        """Gates of two inputs, inverters and flip-flops; and the gates on the longest path."""
        source = self.elaborate(design)
        stat, path = design.folder / "gates.json", design.folder / "depth.txt"
        script = (f"read_rtlil {_rel(source)}\nsynth -flatten -top {design.top}\nabc -g NAND\n"
                  f"opt_clean\ntee -q -o {_rel(stat)} stat -json\n"
                  f"tee -q -o {_rel(path)} ltp -noff\n")
        key = digest(self._tools.yosys_version(), script, _without_sources(source))
        self._step(design, "gates", key, [stat, path],
                   lambda: self._tools.yosys(script, design.folder / "gates.log"))
        found = re.search(r"length=(\d+)", path.read_text())
        if not found:
            raise SynthError(f"Yosys found no longest path in {design.top}")
        return _cells(stat), int(found.group(1))

    def netlist(self, design: Design, out: Path) -> None:
        """Verilog of the mapped cells; the module keeps its name, and arrays of ports become vectors.

        Inner wires are single bits, as simulators see loops where parts of a vector feed each other,
        and have short names: Yosys makes them of the names of all cells on the way.
        """
        mapped, _ = self.map_cells(design)
        script = (f"read_rtlil {_rel(mapped)}\n"
                  f"splitnets\nopt_clean -purge\nselect {design.top}\n"
                  f"rename -hide w:* c:*\nwrite_verilog -noattr {_rel(out)}\n")
        key = digest(self._tools.yosys_version(), script, mapped)
        out.parent.mkdir(parents=True, exist_ok=True)
        self._step(design, "netlist", key, [out],
                   lambda: self._tools.yosys(script, design.folder / "netlist.log"))

    def place_and_route(self, design: Design, device: Device, mhz: float, seed: int) -> dict:
        """nextpnr's report of the mapped module between registers."""
        mapped, _ = self.map_cells(design)
        text = frame.frame_verilog(design.top, design.ports)
        framed = design.folder / "framed.json"
        verilog = design.folder / "frame.v"
        shell = design.folder / "frame.il"
        verilog.write_text(text)
        # The module is mapped already: the frame is mapped around a black box and filled then.
        script = (f"read_rtlil {_rel(mapped)}\nblackbox {design.top}\n"
                  f"read_verilog {_rel(verilog)}\n"
                  f"synth_ecp5 {_OPTIONS} -noflatten -top {frame.FRAME}\n"
                  f"select {frame.FRAME}\nwrite_rtlil -selected {_rel(shell)}\n"
                  f"design -reset\nread_rtlil {_rel(mapped)}\nread_rtlil {_rel(shell)}\n"
                  f"read_verilog -lib +/lattice/cells_sim_ecp5.v +/lattice/cells_bb_ecp5.v\n"
                  f"hierarchy -top {frame.FRAME}\nflatten\nopt_clean -purge\n"
                  f"select {frame.FRAME}\nwrite_json -selected {_rel(framed)}\n")
        key = digest(self._tools.yosys_version(), script, text, mapped)
        self._step(design, "frame", key, [framed],
                   lambda: self._tools.yosys(script, design.folder / "frame.log"))

        return self._pnr(design, device, framed, seed,
                         ["--freq", f"{mhz:g}", "--lpf-allow-unconstrained"])

    def bitstream(self, design: Design, device: Device, pins: Path, seed: int) -> tuple[dict, Path]:
        """A whole board: nextpnr's report, and the file that goes onto the device.

        Whether its clocks are fast enough is for the caller to see in the report.
        """
        mapped, _ = self.map_cells(design)
        netlist = design.folder / "netlist.json"
        script = (f"read_rtlil {_rel(mapped)}\n"
                  f"read_verilog -lib +/lattice/cells_sim_ecp5.v +/lattice/cells_bb_ecp5.v\n"
                  f"hierarchy -top {design.top}\nselect {design.top}\n"
                  f"write_json -selected {_rel(netlist)}\n")
        key = digest(self._tools.yosys_version(), script, mapped)
        self._step(design, "netlist for nextpnr", key, [netlist],
                   lambda: self._tools.yosys(script, design.folder / "netlist.log"))
        text = design.folder / f"seed{seed}.config"
        report = self._pnr(design, device, netlist, seed, ["--lpf", _rel(pins)], pins, text)
        bits = design.folder / f"seed{seed}.bit"
        arguments = ["--compress", "--input", _rel(text), "--bit", _rel(bits)]
        self._step(design, f"bitstream, seed {seed}", digest(" ".join(arguments), text), [bits],
                   lambda: self._tools.ecppack(arguments, design.folder / f"pack{seed}.log"))
        return report, bits

    def _pnr(self, design: Design, device: Device, netlist: Path, seed: int, options: list[str],
             pins: Path | None = None, text: Path | None = None) -> dict:
        report = design.folder / f"seed{seed}.json"
        arguments = [f"--{device.size}", "--package", device.package, "--speed", device.speed,
                     "--json", _rel(netlist), "--report", _rel(report),
                     "--seed", str(seed), "--timing-allow-fail", *options,
                     "--router", "router2", *self._pnr_options]  # made for congestion
        if text:
            arguments += ["--textcfg", _rel(text)]
        key = digest(self._tools.nextpnr_version(), " ".join(arguments), netlist,
                     *([pins] if pins else []))
        log = design.folder / f"seed{seed}.log"
        self._step(design, f"place and route, seed {seed}", key,
                   [report, *([text] if text else [])],
                   lambda: self._tools.nextpnr(arguments, log))
        return json.loads(report.read_text())


def _rel(path: Path) -> str:
    return os.path.relpath(path)


def _without_sources(rtlil: Path) -> str:
    """RTLIL without the line numbers it came from: an edited comment changes nothing."""
    lines = rtlil.read_text().splitlines()
    return "\n".join(line for line in lines if "attribute \\src " not in line)


def _cells(stat: Path) -> dict[str, int]:
    text = stat.read_text()
    return json.loads(text[text.index("{"):])["design"]["num_cells_by_type"]
