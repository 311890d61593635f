# SPDX-License-Identifier: Apache-2.0
"""A network from its description in YAML, with the names of parameters that sw/nn gives them.

A kind of layer is a class here, with @layer and the key that describes it."""
import math
import pathlib

import torch
import yaml

from .arithmetic import ACTIVATIONS
from .dropping import Dropping

LAYERS = {}  # class by key of the description


def layer(*keys):
    def register(kind):
        LAYERS.update({key: kind for key in keys})
        return kind
    return register


class Context:
    """What layers are made with: parameters by name, and what is known of the data."""

    def __init__(self, parameters, data):
        self.parameters, self.data = parameters, data
        self.used = set()
        self.embedding = None  # the first one: tied layers share its table
        self.batch = {}        # what layers need of a mini-batch beside its inputs: categories, and
        #                        of training the number of the step
        self.dropouts = 0      # so far

    def parameter(self, name):
        if name not in self.parameters:
            raise KeyError(f"there are no '{name}' among the parameters")
        self.used.add(name)
        return self.parameters[name]

    def dropping(self, settings):
        """Of a layer with these settings; None: it leaves nothing out."""
        rate = settings.get("dropout", 0)
        if rate == 0:
            return None
        self.dropouts += 1
        return Dropping(rate, self.data["seed"], self.dropouts - 1)


class Layer:
    """`key` is what describes it, `settings` all keys beside it. Calls take the input, the arithmetic
    and a Trace, or None."""
    kind = "layer"  # as in sw/nn/watch.cpp
    decaying = ()   # parameters that decay

    def __init__(self, path, key, settings, context):
        self.path, self.key, self.settings = path, key, settings
        self.name = path + self.kind
        self.factor = 1.0  # of the result; for seeing that an error is found
        self.build(context)

    def build(self, context):
        pass

    def compute(self, x, arithmetic, trace=None):
        raise NotImplementedError

    def __call__(self, x, arithmetic, trace=None):
        y = self.compute(x, arithmetic, trace)
        return y if self.factor == 1 else y * self.factor

    def inner(self):
        """Layers inside, one behind the other."""
        return []


@layer("embedding")
class Embedding(Layer):
    kind = "embedding"

    def build(self, context):
        self.tokens = context.parameter(f"{self.name} tokens")
        self.positions = (context.parameter(f"{self.name} positions")
                          if self.settings.get("positions", True) else None)
        self.sequence = context.data["sequence"]
        context.embedding = context.embedding or self

    def compute(self, x, arithmetic, trace=None):
        y = arithmetic.lookup(self.tokens, x.long().flatten())
        if self.positions is None:
            return y
        y = y.reshape(-1, self.sequence, y.shape[-1]) + self.positions
        return y.flatten(0, 1)


@layer("linear")
class Linear(Layer):
    kind = "linear"

    def build(self, context):
        self.tied = context.embedding if self.settings.get("tied", False) else None
        if self.tied is None:
            self.weights = context.parameter(f"{self.name} weights")
            self.decaying = (f"{self.name} weights",)
        self.bias = (context.parameter(f"{self.name} bias")
                     if self.settings.get("bias", True) else None)

    def compute(self, x, arithmetic, trace=None):
        weights = self.weights if self.tied is None else self.tied.tokens.t()
        y = arithmetic.product(x, weights)
        return y if self.bias is None else y + self.bias


@layer(*ACTIVATIONS)
class Activation(Layer):
    kind = "activation"

    def compute(self, x, arithmetic, trace=None):
        return arithmetic.activation(self.key, x)


@layer("swiglu")
class Swiglu(Layer):
    kind = "swiglu"

    def compute(self, x, arithmetic, trace=None):
        return arithmetic.swiglu(x)


@layer("dropout")
class Dropout(Layer):
    kind = "dropout"

    def build(self, context):
        self.dropping, self.batch = context.dropping(self.settings), context.batch
        self.chunks = context.data.get("chunks")

    def compute(self, x, arithmetic, trace=None):
        step = self.batch.get("step")
        if self.dropping is None or step is None:
            return x * 1
        masks = [self.dropping.mask(step, number, rows, x.shape[-1])
                 for number, rows in enumerate(self.chunks)]
        return x * torch.cat(masks)


@layer("layer_norm", "rms_norm")
class Norm(Layer):
    kind = "norm"

    def build(self, context):
        self.is_centred = self.key == "layer_norm"
        self.epsilon = 1e-5
        self.gain = context.parameter(f"{self.name} gain")
        self.shift = context.parameter(f"{self.name} shift") if self.is_centred else None

    def compute(self, x, arithmetic, trace=None):
        y = arithmetic.norm(x, self.gain, self.is_centred, self.epsilon)
        return y if self.shift is None else y + self.shift


@layer("attention")
class Attention(Layer):
    kind = "attention"

    def build(self, context):
        self.heads = self.settings["attention"]
        self.sequence = context.data["sequence"]
        self.dropping, self.batch = context.dropping(self.settings), context.batch
        has_bias = self.settings.get("bias", True)

        def linear(which):
            name = f"{self.name} {which}"
            self.decaying += (f"{name} weights",)
            bias = context.parameter(f"{name} bias") if has_bias else 0
            return context.parameter(f"{name} weights"), bias

        self.into, self.out = linear("in"), linear("out")
        self.scale = 1 / math.sqrt(self.out[0].shape[0] / self.heads)

    def compute(self, x, arithmetic, trace=None):
        weights, bias = self.into
        projected = arithmetic.keep(arithmetic.product(x, weights) + bias)
        # sequences x heads x tokens x features of a head, of queries, keys and values
        parts = projected.reshape(-1, self.sequence, 3, self.heads, x.shape[-1] // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        p = arithmetic.softmax(arithmetic.product(q, k.transpose(-1, -2)), self.scale,
                               self.mask(len(x) // self.sequence))
        mixed = arithmetic.product(p, v).transpose(1, 2).reshape(x.shape)
        weights, bias = self.out
        return arithmetic.product(mixed, weights) + bias

    def mask(self, sequences):
        """Of the weights of all heads; None: nothing is left out."""
        step = self.batch.get("step")
        if self.dropping is None or step is None:
            return None
        masks = [self.dropping.mask(step, part, self.sequence, self.sequence)
                 for part in range(sequences * self.heads)]
        return torch.stack(masks).reshape(sequences, self.heads, self.sequence, self.sequence)


@layer("residual")
class Residual(Layer):
    kind = "residual"

    def build(self, context):
        self.layers = make_layers(self.settings["residual"], self.path, context)

    def inner(self):
        return self.layers

    def join(self, x, inner, arithmetic):
        # With a norm first, what is added is the input as it is; else what a product needed of it.
        is_exact = isinstance(self.layers[0], Norm)
        return (x if is_exact else arithmetic.keep(x)) + inner

    def compute(self, x, arithmetic, trace=None):
        return self.join(x, run(self.layers, x, arithmetic, trace), arithmetic)


def expand(descriptions):
    """Key and settings of each layer: repeats are written out, an activation is one of its own."""
    for description in descriptions:
        if isinstance(description, str):
            yield description, {}
        elif "repeat" in description:
            for _ in range(description["repeat"]):
                yield from expand(description["layers"])
        else:
            kinds = [key for key in description if key in LAYERS]
            if len(kinds) == 2 and "attention" in kinds:  # of its weights
                kinds = [key for key in kinds if key != "dropout"]
            if len(kinds) != 1:
                raise KeyError(f"a layer of an unknown kind: {description}")
            yield kinds[0], description
            activation = description.get("activation", "identity")
            if activation != "identity":
                yield activation, {}


def make_layers(descriptions, path, context):
    out = []
    for i, (key, settings) in enumerate(expand(descriptions)):
        if key not in LAYERS:
            raise KeyError(f"a layer of an unknown kind: {key}")
        out.append(LAYERS[key](f"{path}{i}.", key, settings, context))
    return out


def run(layers, x, arithmetic, trace=None):
    for each in layers:
        if trace is not None:
            x = trace.before(each, x)
        x = each(x, arithmetic, trace)
        if trace is not None:
            trace.after(each, x)
    return x


class Trace:
    """Outputs of all layers, and once backward() was called gradients of their inputs."""

    def __init__(self):
        self.outputs, self.inputs = {}, {}

    def before(self, each, x):
        if not torch.is_floating_point(x):
            return x
        x = x.clone()  # of this layer only, not of others that take the same
        if x.requires_grad:
            x.retain_grad()
            self.inputs[each.name] = x
        return x

    def after(self, each, y):
        self.outputs[each.name] = y.detach()

    def gradients(self):
        return {name: x.grad for name, x in self.inputs.items() if x.grad is not None}


class Network:
    """From a description's text (the YAML), start values of parameters, and what the run says about
    its data: "sequence" and "is_text"."""

    def __init__(self, description, parameters, data):
        self.parameters = {name: torch.as_tensor(value).clone().requires_grad_()
                           for name, value in parameters.items()}
        context = Context(self.parameters, data)
        self.batch = context.batch
        self.layers = make_layers(description["layers"], "", context)
        self.loss_kind = description["loss"]
        self.is_text = data["is_text"]
        unused = set(self.parameters) - context.used
        if unused:
            raise KeyError(f"no layer has the parameters {', '.join(sorted(unused))}")

    def prepare(self, inputs):
        """Inputs of a step as files have them, for the first layer."""
        inputs = torch.as_tensor(inputs)
        return inputs.long().flatten() if self.is_text else inputs

    def loss(self, logits, labels):
        """Mean over the rows."""
        labels = torch.as_tensor(labels)
        if self.loss_kind == "binary_cross_entropy":
            return torch.nn.functional.binary_cross_entropy_with_logits(
                logits.flatten(), labels.to(logits.dtype))
        return torch.nn.functional.cross_entropy(logits, labels.long())

    def logits(self, inputs, arithmetic, trace=None, categories=None, step=None):
        """`categories`: of each table the offsets and indices of dlrm.py. `step`: of training its
        number; without, nothing is left out."""
        self.batch.update(categories=categories, step=step)
        return run(self.layers, self.prepare(inputs), arithmetic, trace)

    def all_layers(self):
        """In the order of their names, those inside others too."""
        def walk(layers):
            for each in layers:
                yield each
                yield from walk(each.inner())
        return list(walk(self.layers))

    def decaying(self):
        return {name for each in self.all_layers() for name in each.decaying}


def load_description(path):
    return yaml.safe_load(pathlib.Path(path).read_text(encoding="utf-8"))
