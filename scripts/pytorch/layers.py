# SPDX-License-Identifier: Apache-2.0
"""A dumped training step beside PyTorch's, layer by layer.

Every layer is given what the chip gave it (the dumped output of the one before, the dumped gradient
of the one behind), so that an error shows in the layer that makes it and in no other. It is computed
twice, in binary32 and with the chip's roundings to bfloat16. The second result's distance from the
first is what bfloat16 explains; the chip's must be near the second one."""
import json
from dataclasses import dataclass

import numpy as np
import torch

from . import dlrm
from .arithmetic import Exact, Rounded
from .network import Network, Residual, Trace

# How much may be left: of what bfloat16 explains (numbers at the edge between two roundings fall to
# either side with another order of sums) and of the whole (binary32).
PART_OF_BFLOAT16 = 0.5
PART_OF_ALL = 1e-5


@dataclass
class Row:
    direction: str
    name: str
    shape: tuple
    error: float     # of the chip against binary32, all relative to the latter's norm
    bfloat16: float  # of the rounded layer against binary32
    rest: float      # of the chip against the rounded layer
    whole: float     # of the chip against a whole step in binary32; NaN: not known

    @property
    def limit(self):
        return PART_OF_BFLOAT16 * self.bfloat16 + PART_OF_ALL

    @property
    def diverges(self):
        return not self.rest <= self.limit  # NaN diverges


def load_dump(path):
    """What the file says about itself, and its arrays."""
    try:
        arrays = dict(np.load(path))
        about = json.loads(arrays.pop("about").tobytes())
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{path}: it is no dump of a step ({error})") from error
    if about.get("format") != "gradcore dump 1":
        raise ValueError(f"{path}: it is no dump of a step")
    return about, arrays


def distance(a, b, unit):
    norm = torch.linalg.vector_norm(unit).item()
    apart = torch.linalg.vector_norm(a.double() - b.double()).item()
    if norm == 0:
        return 0.0 if apart == 0 else float("inf")
    return apart / norm


class Comparison:
    def __init__(self, description, about, arrays, inject=()):
        self.dump = {name: torch.as_tensor(array) for name, array in arrays.items()
                     if array.dtype == np.float32}
        parameters = {name: array for name, array in arrays.items()
                      if f"gradient of {name}" in arrays}
        if not parameters:
            raise ValueError("there are no gradients of parameters in the dump")
        self.network = Network(description, parameters, about)
        self.gradients = {kind: {} for kind in (Exact, Rounded)}  # of parameters, by name
        self.forward, self.backward, self.rows = [], [], []
        by_name = {each.name: each for each in self.network.all_layers()}
        for name, key, value in inject:
            if name not in by_name or not isinstance(getattr(by_name[name], key, None), float):
                raise ValueError(f"there is no {key} of {name} to change; layers are "
                                 f"{', '.join(by_name)}")
            setattr(by_name[name], key, value)
        labels = arrays["labels"][0]
        categories = dlrm.categories_of(arrays, 0, len(labels))
        self.whole_step(arrays["inputs"][0], labels, categories, about["step"])
        self.network.batch.update(categories=categories, step=about["step"])
        self.compare(arrays["inputs"][0], labels)

    def whole_step(self, inputs, labels, categories, step):
        trace = Trace()
        logits = self.network.logits(inputs, Exact(), trace, categories, step)
        logits.retain_grad()
        self.network.loss(logits, labels).backward()
        self.whole = {f"{name} output": y for name, y in trace.outputs.items()}
        self.whole.update({f"{name} gradient": g for name, g in trace.gradients().items()})
        self.whole["loss gradient"] = logits.grad
        for name, parameter in self.network.parameters.items():
            self.whole[f"gradient of {name}"] = parameter.grad
        for parameter in self.network.parameters.values():
            parameter.grad = None

    def got(self, name, like):
        """From the dump, in the shape of what it is compared with."""
        if name not in self.dump:
            raise ValueError(f"there is no '{name}' in the dump")
        got = self.dump[name]
        if got.numel() != like.numel():
            raise ValueError(f"'{name}' is {tuple(got.shape)} in the dump, expected "
                             f"{tuple(like.shape)}")
        return got.reshape(like.shape)

    def row(self, direction, name, exact, rounded):
        chip = self.got(name, exact)
        whole = self.whole.get(name)
        return Row(direction, name, tuple(exact.shape), distance(chip, exact, exact),
                   distance(rounded, exact, exact), distance(chip, rounded, exact),
                   float("nan") if whole is None else distance(chip, whole, whole))

    def compare(self, inputs, labels):
        """All rows, in the order in which the chip makes what they are of."""
        top = self.network.layers[-1]
        logits = self.dump[f"{top.name} output"]
        results = []
        for arithmetic in (Exact(), Rounded()):
            at = logits.clone().requires_grad_()
            loss = self.network.loss(arithmetic.logits(at), labels)
            loss.backward()
            results.append((loss.detach(), at.grad))
        (loss, gradient), (rounded_loss, rounded_gradient) = results
        self.walk(self.network.layers, self.network.prepare(inputs),
                  self.got("loss gradient", gradient))
        self.forward.append(self.row("forward", "loss", loss, rounded_loss))
        self.backward.append(self.row("backward", "loss gradient", gradient, rounded_gradient))
        by_parameter = [self.row("parameter", f"gradient of {name}", exact,
                                 self.gradients[Rounded][name])
                        for name, exact in self.gradients[Exact].items()]
        self.rows = self.forward + self.backward[::-1] + by_parameter[::-1]

    def walk(self, layers, x, gradient):
        """Layers one behind the other, from their input and the gradient of the last one's result."""
        for i, each in enumerate(layers):
            behind = f"{layers[i + 1].name} gradient" if i + 1 < len(layers) else None
            output = self.dump.get(f"{each.name} output")
            if output is None:
                raise ValueError(f"there is no '{each.name} output' in the dump")
            self.layer(each, x, gradient if behind is None else self.got(behind, output))
            x = output

    def layer(self, each, x, gradient):
        inner = each.inner()
        wants_input = torch.is_floating_point(x) and f"{each.name} gradient" in self.dump
        compute = self.join if inner else self.alone
        (exact, dx, into), (rounded, rounded_dx, rounded_into) = [
            compute(each, x, gradient, kind()) for kind in (Exact, Rounded)]
        if wants_input:
            name = f"{each.name} gradient"
            if inner:  # what comes out of the inner layers is added
                first = self.got(f"{inner[0].name} gradient", x)
                dx, rounded_dx = (first if d is None else d + first for d in (dx, rounded_dx))
            self.backward.append(self.row("backward", name, dx, rounded_dx))
        if isinstance(each, Residual):
            self.walk(inner, x, gradient)
        elif inner:
            name = f"{each.name} bottom gradient"
            self.walk(inner, x, self.got(name, into))
            self.backward.append(self.row("backward", name, into, rounded_into))
        self.forward.append(self.row("forward", f"{each.name} output", exact, rounded))

    def alone(self, each, x, gradient, arithmetic):
        """Result, gradient of the input."""
        at = x.clone()
        if torch.is_floating_point(at):
            at.requires_grad_()
        y = each(at, arithmetic)
        y.backward(gradient.reshape(y.shape))
        self.take_gradients(type(arithmetic))
        return y.detach(), at.grad, None

    def join(self, each, x, gradient, arithmetic):
        """What a layer does beside those inside: result, gradient of the input but for what comes
        out of the inner layers, gradient of the last one's result."""
        at, bottom = (value.clone().requires_grad_()
                      for value in (x, self.dump[f"{each.inner()[-1].name} output"]))
        y = each.factor * each.join(at, bottom, arithmetic)
        y.backward(gradient.reshape(y.shape))
        self.take_gradients(type(arithmetic))
        return y.detach(), at.grad, bottom.grad

    def take_gradients(self, kind):
        """Adds what was found to the gradients of parameters: one may belong to several layers."""
        for name, parameter in self.network.parameters.items():
            if parameter.grad is None:
                continue
            before = self.gradients[kind].get(name, 0)
            self.gradients[kind][name] = before + parameter.grad
            parameter.grad = None

    def first_divergence(self):
        """The first row that bfloat16 does not explain, or None."""
        return next((row for row in self.rows if row.diverges), None)

    def names(self):
        return [each.name for each in self.network.all_layers()]


def layer_of(row):
    """The layer (or the loss) that made it."""
    name = row.name.removeprefix("gradient of ")
    return name.split(" ")[0]


def print_table(rows):
    def number(value):
        return "        -" if value != value else f"{value:9.2e}"

    width = max(len(row.name) for row in rows)
    print(f"  {'':9}  {'':{width}}  {'shape':>11}  {'error':>9}  {'bfloat16':>9}  {'rest':>9}  "
          f"{'step':>9}")
    for row in rows:
        shape = " x ".join(map(str, row.shape)) or "1"
        print(f"  {row.direction:9}  {row.name:{width}}  {shape:>11}  {number(row.error)}  "
              f"{number(row.bfloat16)}  {number(row.rest)}  {number(row.whole)}"
              f"{'  DIVERGES' if row.diverges else ''}")
