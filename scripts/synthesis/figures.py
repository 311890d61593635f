# SPDX-License-Identifier: Apache-2.0
"""From the tools' reports to the figures that are printed and kept as JSON."""

import json
import os
import re
from pathlib import Path

# What a cell takes of the look-up tables. A carry cell fills two of them; a distributed RAM of
# 16 x 4 bits fills four, and blocks two more with its write port.
LUT4_OF_CELL = {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 6}


def lut4(cells: dict[str, int]) -> int:
    return sum(cells.get(cell, 0) * weight for cell, weight in LUT4_OF_CELL.items())


def resources(cells: dict[str, int]) -> dict[str, int]:
    return {
        "lut4": lut4(cells),
        "dsp": cells.get("MULT18X18D", 0),
        "bram": cells.get("DP16KD", 0),
        "ff": cells.get("TRELLIS_FF", 0),
    }


def gates(cells: dict[str, int], depth: int) -> dict[str, int]:
    """NAND gates of two inputs, inverters counted as such, and flip-flops of any kind."""
    logic = cells.get("$_NAND_", 0) + cells.get("$_NOT_", 0)
    others = sum(cells.values()) - logic
    return {"nand2": logic, "ff": others, "levels": depth}


def timing(report: dict) -> dict:
    """Fmax and the longest path from register to register."""
    if not report["fmax"]:
        raise ValueError("nextpnr reports no clock")
    clock, figure = min(report["fmax"].items(), key=lambda entry: entry[1]["achieved"])
    result = {"fmax_mhz": round(figure["achieved"], 2)}
    for path in report["critical_paths"]:
        if clock in path["from"] and clock in path["to"]:
            hops = path["path"]
            result["critical_path"] = {
                "from": _register(hops[0]["from"]["cell"]),
                "to": _register(hops[-1]["to"]["cell"]),
                "logic_ns": round(sum(h["delay"] for h in hops if h["type"] != "routing"), 2),
                "routing_ns": round(sum(h["delay"] for h in hops if h["type"] == "routing"), 2),
                "cells": sum(h["type"] == "logic" for h in hops),
                "through": _signals(hops[1:-1]),
            }
    return result


def _signals(hops: list[dict]) -> list[str]:
    """Signals of the source that the path passes, or that its cells are named after."""
    names = [_register(hop["to"]["cell"]) for hop in hops]
    return [name for i, name in enumerate(names)
            if not name.startswith("$") and name not in names[:i]]


def _register(cell: str) -> str:
    """u_core.u_unit.sum_q_TRELLIS_FF_Q_3 -> u_unit.sum_q"""
    name = re.sub(r"_(TRELLIS_FF|LUT4|CCU2C|PFUMX|L6MUX21)_.*", "", cell)
    return re.sub(r"^u_core\.", "", name)


def table(header: list[str], rows: list[list[object]]) -> str:
    """Columns of text; numbers to the right."""
    cells = [[_text(value) for value in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    numeric = [all(isinstance(row[i], (int, float)) or row[i] is None for row in rows)
               for i in range(len(header))]
    lines = []
    for row in cells:
        padded = [c.rjust(w) if right else c.ljust(w)
                  for c, w, right in zip(row, widths, numeric)]
        lines.append("  " + "  ".join(padded).rstrip())
    return "\n".join(lines)


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def write_json(path: Path, content: object) -> None:
    """Written beside and renamed, so that nobody sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(json.dumps(content, indent=2) + "\n")
    os.replace(temporary, path)
