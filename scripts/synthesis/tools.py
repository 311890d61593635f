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


def find_tool(native: str, variable: str, venv: Path, suits=lambda program: True) -> list[str]:
    """The command of that name: of the environment variable, a native program on PATH that suits,
    or its WebAssembly build in the project's tool folder (several times slower)."""
    chosen = os.environ.get(variable)
    if chosen:
        if not shutil.which(chosen):
            raise SynthError(f"{variable}={chosen} is no program")
        return [chosen]
    if shutil.which(native) and suits(native):
        return [native]
    packaged = f"yowasp-{native}"
    local = venv / "bin" / packaged
    found = str(local) if local.exists() else shutil.which(packaged)
    if not found:
        raise SynthError(f"{packaged} is not installed; run scripts/setup synth")
    return [found]


def _reads_slang(yosys: str) -> bool:
    """Whether this Yosys has the front end for SystemVerilog built in, as its WebAssembly build."""
    return subprocess.run([yosys, "-q", "-p", "help read_slang"], capture_output=True,
                          check=False).returncode == 0


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
        self._found: dict[str, tuple[list[str], str]] = {}

    def _tool(self, name: str) -> tuple[list[str], str]:
        if name not in self._found:
            if name == "yosys":
                command = find_tool(name, "YOSYS", self._venv, _reads_slang)
                flag = "-V"
            else:
                command = find_tool(name, name.upper().replace("-", "_"), self._venv)
                flag = "--version"
            result = subprocess.run([*command, flag], capture_output=True, text=True, check=False)
            lines = (result.stdout + result.stderr).strip().splitlines()
            if result.returncode or not lines:
                raise SynthError(f"{command[0]} {flag} failed")
            version = re.search(r"(?:Yosys|nextpnr-)[^()\n]*\d", lines[-1])
            self._found[name] = (command, version.group(0).strip() if version else lines[-1])
        return self._found[name]

    def yosys_version(self) -> str:
        return self._tool("yosys")[1]

    def nextpnr_version(self) -> str:
        return self._tool("nextpnr-ecp5")[1]

    def yosys(self, script: str, log: Path) -> None:
        script_file = log.with_suffix(".ys")
        script_file.write_text(script)
        self._run(
            [*self._tool("yosys")[0], "-q", "-l", _rel(log), "-s", _rel(script_file)], log, "Yosys")

    def ecppack(self, arguments: list[str], log: Path) -> None:
        self._run([*find_tool("ecppack", "ECPPACK", self._venv), *arguments], log, "ecppack")

    def nextpnr(self, arguments: list[str], log: Path) -> None:
        self._run([*self._tool("nextpnr-ecp5")[0], "-q", "-l", _rel(log), *arguments], log, "nextpnr")

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
