# SPDX-License-Identifier: Apache-2.0
"""The layer in which dense and sparse features of a recommendation model meet (Naumov et al., Deep
learning recommendation model for personalization and recommendation systems, 2019), and what its
embedding tables learn with.

The tables are the parameters "table.0", "table.1", ..., as many as the data's "tables" says. A
mini-batch's categories are, for each table, offsets and indices as
torch.nn.functional.embedding_bag takes them with include_last_offset."""
import torch

from .network import Layer, layer, make_layers, run


def interaction(dense, bags, arithmetic):
    """Features of the dense vector, then products of all pairs of vectors, row by row of the
    triangle below the diagonal."""
    vectors = arithmetic.keep(torch.stack([dense, *bags], 1))
    products = arithmetic.product(vectors, vectors.transpose(-1, -2))
    row, col = torch.tril_indices(*products.shape[-2:], offset=-1)
    return torch.cat([arithmetic.keep(dense), arithmetic.keep(products[:, row, col])], 1)


@layer("interaction")
class Interaction(Layer):
    kind = "interaction"

    def build(self, context):
        self.bottom = make_layers(self.settings["interaction"], self.path, context)
        self.tables = [context.parameter(f"table.{t}") for t in range(context.data["tables"])]
        self.is_adagrad = self.settings.get("tables", "sgd") == "adagrad"
        self.batch = context.batch

    def inner(self):
        return self.bottom

    def join(self, _, bottom, arithmetic):
        bags = [torch.nn.functional.embedding_bag(indices, table, offsets,
                                                  mode=self.settings.get("pooling", "sum"),
                                                  include_last_offset=True)
                for table, (offsets, indices) in zip(self.tables, self.batch["categories"],
                                                     strict=True)]
        return interaction(bottom, bags, arithmetic)

    def compute(self, x, arithmetic, trace=None):
        return self.join(x, run(self.bottom, x, arithmetic, trace), arithmetic)


class RowOptimizer:
    """Of tables, without momentum: SGD, or Adagrad with one number for a row (the mean of squares),
    which PyTorch has none of."""
    EPSILON = 1e-10

    def __init__(self, each):
        self.tables, self.is_adagrad = each.tables, each.is_adagrad
        self.states = [torch.zeros(len(table), 1, dtype=table.dtype) for table in each.tables]

    @torch.no_grad()
    def step(self, rate):
        for table, state in zip(self.tables, self.states):
            gradient = table.grad
            if self.is_adagrad:
                state += (gradient * gradient).mean(1, keepdim=True)
                gradient = gradient * torch.rsqrt(state + self.EPSILON)
            table -= rate * gradient
            table.grad = None


def categories_of(arrays, step, rows, prefix=""):
    """Of one of the steps of a file: "<prefix>offsets.<table>", steps x (rows + 1), counts from the
    beginning of "<prefix>indices.<table>", which has those of all steps. None without tables."""
    out = []
    while f"{prefix}offsets.{len(out)}" in arrays:
        table = len(out)
        offsets = torch.as_tensor(arrays[f"{prefix}offsets.{table}"][step].astype("int64"))
        indices = torch.as_tensor(arrays[f"{prefix}indices.{table}"].astype("int64"))
        if len(offsets) != rows + 1:
            raise ValueError(f"{len(offsets)} offsets for {rows} rows, expected one more")
        out.append((offsets - offsets[0], indices[offsets[0]:offsets[-1]]))
    return out or None
