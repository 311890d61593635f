# SPDX-License-Identifier: Apache-2.0
"""A training run of sw/nn, repeated in PyTorch from the same start with the same batches."""
import json
import math
import subprocess
import sys

import numpy as np
import torch

from . import dlrm
from .arithmetic import Exact, Rounded
from .network import Network, load_description
from .picture import draw_losses


def optimizer_of(options, network):
    """Of all parameters but tables of categories. Weights of linear layers decay, others do not."""
    decaying = network.decaying()
    tables = {id(table) for each in network.all_layers() if isinstance(each, dlrm.Interaction)
              for table in each.tables}
    named = [(n, p) for n, p in network.parameters.items() if id(p) not in tables]
    if options["method"] == "sgd":
        return torch.optim.SGD([p for _, p in named], lr=0.0, momentum=options["momentum"])
    groups = [{"params": [p for n, p in named if (n in decaying) == decays],
               "weight_decay": options["weight_decay"] if decays else 0.0}
              for decays in (True, False)]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=0.0,
                             betas=(options["beta1"], options["beta2"]), eps=options["epsilon"])


class Repeated:
    """Losses of all steps, and the mean loss of the test batches behind them (None: there are
    none)."""

    def __init__(self, description, run, start, batches, arithmetic):
        self.batches, self.arithmetic = batches, arithmetic
        self.first_step = run["first_step"]
        self.network = Network(description, start, run["data"])
        optimizer = optimizer_of(run["optimizer"], self.network)
        rows = [dlrm.RowOptimizer(each) for each in self.network.all_layers()
                if isinstance(each, dlrm.Interaction)]
        self.losses = []
        for step, rate in enumerate(run["rates"]):
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad()
            loss = self.loss(step)
            loss.backward()
            if run["optimizer"]["clip_norm"] > 0:
                torch.nn.utils.clip_grad_norm_(self.network.parameters.values(),
                                               run["optimizer"]["clip_norm"])
            optimizer.step()
            for each in rows:
                each.step(rate)
            self.losses.append(loss.item())
        self.test_loss = None
        if "test_inputs" in batches:
            with torch.no_grad():
                self.test_loss = float(np.mean([self.loss(b, "test_").item()
                                                for b in range(len(batches["test_inputs"]))]))

    def learned(self):
        """Parameters at the end."""
        return {name: p.detach().numpy() for name, p in self.network.parameters.items()}

    def loss(self, step, prefix=""):
        inputs, labels = self.batches[f"{prefix}inputs"][step], self.batches[f"{prefix}labels"][step]
        categories = dlrm.categories_of(self.batches, step, len(labels), prefix)
        logits = self.network.logits(inputs, self.arithmetic, categories=categories,
                                     step=None if prefix else self.first_step + step)
        return self.network.loss(self.arithmetic.logits(logits), labels)


def changed(start, seed):
    """Start values with every number changed by about a millionth, far less than bfloat16 does."""
    random = np.random.default_rng(seed)
    return {name: (value * (1 + 1e-6 * random.standard_normal(value.shape))).astype(value.dtype)
            for name, value in start.items()}


def train_on_chip(arguments, folder, seed):
    results = folder / "results.json"
    command = [arguments.gradcore, "train", arguments.config, "--backend", arguments.backend,
               "--export", folder, "--json", results]
    if arguments.steps:
        command += ["--steps", str(arguments.steps)]
    if seed is not None:
        command += ["--seed", str(seed)]
    code = subprocess.run(command, check=False).returncode
    if code or not results.exists():
        sys.exit(code or 1)
    return json.loads(results.read_text())


def ways_apart(start, a, b):
    """How far two ends are from each other, as a part of the second one's way from the start: of
    parameters, and of tables."""
    def distance(x, y, names):
        return math.sqrt(sum(float(((x[n].astype(float) - y[n]) ** 2).sum()) for n in names))

    out = {}
    for what, is_table in (("parameters", False), ("tables", True)):
        names = [name for name in b if name.startswith("table.") == is_table]
        if names:
            way = distance(b, start, names)
            out[what] = distance(a, b, names) / way if way > 0 else math.inf
    return out


def percent(ways):
    return ", ".join(f"{what} {100 * way:.2f} %" for what, way in ways.items())


def compare_seed(arguments, folder, seed):
    """Mean of the last losses of the chip and of PyTorch, and the way between their parameters."""
    run = train_on_chip(arguments, folder, seed)
    start, end, batches = (dict(np.load(folder / f"{name}.npz"))
                           for name in ("start", "end", "batches"))
    description = load_description(arguments.config)
    exact = Repeated(description, run, start, batches, Exact())
    last = min(arguments.last, len(exact.losses))

    def mean(losses):
        return float(np.mean(losses[-last:]))

    def report(what, repeated):
        difference = apart(mean(run["losses"]), mean(repeated.losses))
        print(f"  last {last:3d} losses  chip {mean(run['losses']):.6f}, {what} "
              f"{mean(repeated.losses):.6f}: {100 * difference:.2f} % apart, "
              f"{100 * arguments.tolerance:g} % allowed")

    print(f"  first loss       chip {run['losses'][0]:.6f}, PyTorch {exact.losses[0]:.6f}")
    report("PyTorch", exact)
    if exact.test_loss is not None and run["tests"]:
        print(f"  test loss        chip {run['tests'][-1]['loss']:.6f}, "
              f"PyTorch {exact.test_loss:.6f}")
    ways = ways_apart(start, end, exact.learned())
    print(f"  at the end       {percent(ways)} of their way apart")
    others = [Repeated(description, run, changed(start, number), batches, Exact())
              for number in range(1, arguments.spread + 1)]
    if others:
        every = [mean(other.losses) for other in [*others, exact]]
        print(f"  PyTorch from starts a millionth apart: "
              f"{', '.join(f'{x:.6f}' for x in every[:-1])}; "
              f"{100 * (max(every) - min(every)) / min(every):.2f} % apart among themselves, the "
              f"last one {percent(ways_apart(start, others[-1].learned(), exact.learned()))} of "
              "its way")
    if arguments.rounded:
        rounded = Repeated(description, run, start, batches, Rounded())
        report("PyTorch rounding as the chip does", rounded)
    if arguments.picture and seed is None:
        curves = {"GradCore, bfloat16 products": run["losses"], "PyTorch, binary32": exact.losses}
        draw_losses(arguments.picture, f"{run['model']}: {len(exact.losses)} steps", curves,
                    [other.losses for other in others])
        print(f"  picture          {arguments.picture}")
    return mean(run["losses"]), mean(exact.losses), max(ways.values())


def apart(chip, pytorch):
    return abs(chip - pytorch) / pytorch


def compare(arguments, folder):
    """True if the mean of the last losses differs by less than the tolerance, and parameters by less
    than is allowed, for every seed."""
    seeds = [None] + list(range(2, arguments.seeds + 1))  # the description's, and others
    runs = [compare_seed(arguments, folder, seed) for seed in seeds]
    differences = [apart(chip, pytorch) for chip, pytorch, _ in runs]
    if len(runs) > 1:
        chip, pytorch, _ = np.mean(runs, 0)
        print(f"  {len(runs)} seeds          {', '.join(f'{100 * d:.2f}' for d in differences)} % "
              f"apart; on average chip {chip:.6f}, PyTorch {pytorch:.6f}: "
              f"{100 * apart(chip, pytorch):.2f} %")
    return (max(differences) < arguments.tolerance
            and (arguments.way is None or max(way for _, _, way in runs) < arguments.way))
