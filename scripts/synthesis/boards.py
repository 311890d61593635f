# SPDX-License-Identifier: Apache-2.0
"""What rtl/fpga/boards.yaml says of a board, checked."""

from dataclasses import dataclass
from pathlib import Path

from .flow import Device
from .tools import SynthError

_KEYS = {"title", "top", "sources", "pins", "device", "loader", "configurations"}


@dataclass(frozen=True)
class Board:
    """A board with one of its configurations."""

    name: str
    title: str
    top: str
    sources: list[Path]
    pins: Path
    device: Device
    loader: list[str]
    configuration: str
    params: dict[str, int]


def load(file: Path, name: str, configuration: str | None) -> Board:
    """The board of that name. Throws SynthError in a sentence that says what is there instead."""
    try:
        import yaml
    except ImportError as error:
        raise SynthError("Python's yaml is missing; run scripts/setup synth") from error
    try:
        content = yaml.safe_load(file.read_text())
    except yaml.YAMLError as error:
        raise SynthError(f"{file} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or not all(isinstance(e, dict) for e in content.values()):
        raise SynthError(f"{file}: expected the name of a board, and what there is to say of it")
    if name not in content:
        raise SynthError(f"no board is called {name}; {file} has {_names(content)}")
    entry = content[name]
    if set(entry) != _KEYS:
        wrong = sorted(_KEYS.symmetric_difference(entry))
        raise SynthError(f"{file}: {name} must have the keys {_names(sorted(_KEYS))}; "
                         f"missing or too many: {_names(wrong)}")
    try:
        return _board(file.parent, name, entry, configuration)
    except (AttributeError, TypeError, KeyError) as error:
        raise SynthError(f"{file}: {name} is not described as the comment there says: "
                         f"{error}") from error


def _board(folder: Path, name: str, entry: dict, configuration: str | None) -> Board:
    configurations = entry["configurations"]
    chosen = configuration or next(iter(configurations))
    if chosen not in configurations:
        raise SynthError(f"{name} has no configuration {chosen}; it has {_names(configurations)}")
    params = configurations[chosen]
    for key, value in params.items():
        if not isinstance(value, int):
            raise SynthError(f"{key} of {name} {chosen} is no integer: "
                             f"{value}")
    sources = [folder / source for source in entry["sources"]]
    pins = folder / entry["pins"]
    for path in [*sources, pins]:
        if not path.exists():
            raise SynthError(f"{path}, which {name} names, is missing")
    return Board(name, entry["title"], entry["top"], sources, pins, Device(**entry["device"]),
                 [str(option) for option in entry["loader"]], chosen, params)


def _names(names) -> str:
    return ", ".join(names) if names else "none"
