#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The layers of scripts/pytorch against plain loops and against PyTorch's own gradients. Needs
PyTorch (scripts/setup torch); tb/system/pytorch_test.cpp runs it."""
import math
import pathlib
import sys
import unittest
from unittest import mock

import numpy as np
import torch

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))

from pytorch import arithmetic, course, dlrm, layers  # noqa: E402
from pytorch.arithmetic import Exact, Rounded  # noqa: E402
from pytorch.dropping import Dropping, words  # noqa: E402
from pytorch.network import Network, Trace, expand  # noqa: E402

F = 8  # features
GPT = {"layers": [{"embedding": F},
                  {"repeat": 1, "layers": [{"residual": ["layer_norm",
                                                         {"attention": 2, "dropout": 0.25},
                                                         {"dropout": 0.5}]},
                                           {"residual": ["rms_norm", {"linear": 16}, "gelu",
                                                         {"linear": F, "bias": False}]}]},
                  {"linear": F, "activation": "silu"}, {"linear": F, "activation": "tanh"},
                  {"linear": F, "activation": "relu"},
                  {"linear": F, "activation": "swiglu"}, "layer_norm",
                  {"linear": "classes", "bias": False, "tied": True}],
       "loss": "softmax_cross_entropy"}
VOCABULARY, SEQUENCE, SEQUENCES = 5, 4, 3
ABOUT = {"sequence": SEQUENCE, "is_text": True, "seed": 7, "chunks": [SEQUENCE] * SEQUENCES}


def gpt(dtype=torch.float64, seed=0):
    """A network of all layers but that of dlrm.py, inputs and labels."""
    shapes = {"0.embedding tokens": (VOCABULARY, F), "0.embedding positions": (SEQUENCE, F),
              "1.0.norm gain": (1, F), "1.0.norm shift": (1, F),
              "1.1.attention in weights": (F, 3 * F), "1.1.attention in bias": (1, 3 * F),
              "1.1.attention out weights": (F, F), "1.1.attention out bias": (1, F),
              "2.0.norm gain": (1, F), "2.1.linear weights": (F, 16), "2.1.linear bias": (1, 16),
              "2.3.linear weights": (16, F), "9.linear weights": (F, 2 * F),
              "9.linear bias": (1, 2 * F), "11.norm gain": (1, F), "11.norm shift": (1, F)}
    for i in (3, 5, 7):
        shapes.update({f"{i}.linear weights": (F, F), f"{i}.linear bias": (1, F)})
    random = np.random.default_rng(seed)
    parameters = {name: torch.tensor(random.normal(size=shape)).to(dtype)
                  for name, shape in shapes.items()}
    network = Network(GPT, parameters, ABOUT)
    inputs, labels = (random.integers(0, VOCABULARY, SEQUENCES * SEQUENCE) for _ in range(2))
    return network, inputs.astype(np.float32), labels.astype(np.float32)


def step(kind, **options):
    """Loss, outputs, and all gradients of a step."""
    network, inputs, labels = gpt(**options)
    trace = Trace()
    logits = network.logits(inputs, kind(), trace, step=3)
    loss = network.loss(kind().logits(logits), labels)
    loss.backward()
    gradients = {**trace.gradients(), **{n: p.grad for n, p in network.parameters.items()}}
    return loss.item(), trace.outputs, gradients, network


class Layers(unittest.TestCase):
    def test_without_rounding_both_arithmetics_are_the_same(self):
        exact, outputs, gradients, _ = step(Exact)
        with mock.patch.object(arithmetic, "rounded", lambda x: x):
            loss, rounded_outputs, rounded_gradients, _ = step(Rounded)
        self.assertAlmostEqual(exact, loss, places=12)
        self.assertEqual(outputs.keys(), rounded_outputs.keys())
        self.assertEqual(gradients.keys(), rounded_gradients.keys())
        for name, gradient in gradients.items():
            np.testing.assert_allclose(rounded_gradients[name], gradient, rtol=1e-9, atol=1e-12,
                                       err_msg=name)

    def test_rounding_is_seen(self):
        _, outputs, _, _ = step(Exact, dtype=torch.float32)
        _, rounded, _, _ = step(Rounded, dtype=torch.float32)
        for name in ("1.1.attention", "2.1.linear", "10.swiglu", "11.norm"):
            apart = layers.distance(rounded[name], outputs[name], outputs[name])
            self.assertTrue(1e-4 < apart < 0.1, (name, apart))

    def test_swiglu_is_silu_of_the_gate_times_the_value(self):
        x = torch.tensor([[1.0, -2.0, 3.0, 5.0]])
        np.testing.assert_allclose(Exact().swiglu(x),
                                   [[3 / (1 + math.exp(-1)), -10 / (1 + math.exp(2))]], rtol=1e-6)

    def test_dropout_leaves_out_its_part_in_training_only(self):
        _, outputs, gradients, network = step(Exact)
        y, before = outputs["1.2.dropout"], outputs["1.1.attention"]
        kept = y != 0
        self.assertTrue(torch.equal(y, torch.where(kept, 2 * before, torch.zeros(1).double())))
        moves = gradients["1.2.dropout"] != 0  # but where ReLU lets nothing of a row through
        self.assertFalse(torch.any(moves & ~kept))
        self.assertGreater(moves.sum(), 0.5 * kept.sum())
        self.assertTrue(0.3 < kept.double().mean() < 0.7)
        _, inputs, _ = gpt()
        logits = [network.logits(inputs, Exact(), step=step).detach() for step in (3, 4, None, None)]
        self.assertFalse(torch.equal(logits[0], logits[1]))
        self.assertFalse(torch.equal(logits[0], logits[2]))
        self.assertTrue(torch.equal(logits[2], logits[3]))

    # The first ones are those of sw/model.
    def test_random_words(self):
        self.assertEqual(words(0xC0FFEE, 7, 3).tolist(), [0x75B05365, 0x9E9EBDD9, 0x41CBE304])
        many = words(0xC0FFEE, 7, 1 << 17)
        self.assertEqual(len(np.unique(many)), 1 << 17)  # a permutation
        mask = Dropping(0.3, 1, 0).mask(0, 0, 300, 200)
        self.assertAlmostEqual((mask == 0).double().mean().item(), 0.3, delta=0.01)
        self.assertEqual(sorted(set(mask.flatten().tolist())), [0.0, float(np.float32(1 / 0.7))])

    def test_attention_sees_no_future(self):
        network, inputs, _ = gpt()
        before = network.logits(inputs, Exact()).detach()
        inputs[SEQUENCE - 1] = (inputs[SEQUENCE - 1] + 1) % VOCABULARY
        after = network.logits(inputs, Exact()).detach()
        same = [bool(torch.equal(a, b)) for a, b in zip(before, after)]
        self.assertEqual(same, [i != SEQUENCE - 1 for i in range(SEQUENCES * SEQUENCE)])

    def test_only_weights_of_linear_layers_decay(self):
        network, _, _ = gpt()
        self.assertEqual(network.decaying(),
                         {name for name in network.parameters if name.endswith(" weights")})
        options = {"method": "adamw", "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8,
                   "weight_decay": 0.1, "clip_norm": 0}
        groups = course.optimizer_of(options, network).param_groups
        self.assertEqual([(len(g["params"]), g["weight_decay"]) for g in groups],
                         [(8, 0.1), (len(network.parameters) - 8, 0.0)])

    def test_descriptions_are_written_out(self):
        kinds = [key for key, _ in expand([{"repeat": 2, "layers": ["relu", {"linear": 3,
                                           "activation": "gelu"}]}, {"linear": 1,
                                           "activation": "identity"}])]
        self.assertEqual(kinds, ["relu", "linear", "gelu"] * 2 + ["linear"])
        with self.assertRaisesRegex(KeyError, "unknown kind"):
            list(expand([{"convolution": 3}]))

    def test_every_parameter_has_its_layer(self):
        network, _, _ = gpt()
        values = {n: p.detach() for n, p in network.parameters.items()}
        with self.assertRaisesRegex(KeyError, "no layer has the parameters 7.more"):
            Network(GPT, {**values, "7.more": torch.zeros(1)}, ABOUT)
        values.pop("11.norm gain")
        with self.assertRaisesRegex(KeyError, "no '11.norm gain'"):
            Network(GPT, values, ABOUT)


class Dlrm(unittest.TestCase):
    DESCRIPTION = {"layers": [{"interaction": [{"linear": 6, "activation": "relu"}, {"linear": 4}],
                               "tables": "adagrad"}, {"linear": 1}],
                   "loss": "binary_cross_entropy"}
    # Of three samples: bags of 2, 0 and 1, and of 1, 1 and 2 indices.
    CATEGORIES = [(torch.tensor([0, 2, 2, 3]), torch.tensor([6, 6, 1])),
                  (torch.tensor([0, 1, 2, 4]), torch.tensor([0, 2, 2, 1]))]

    def network(self):
        random = np.random.default_rng(1)
        shapes = {"0.0.linear weights": (5, 6), "0.0.linear bias": (1, 6),
                  "0.2.linear weights": (6, 4), "0.2.linear bias": (1, 4),
                  "table.0": (7, 4), "table.1": (3, 4), "1.linear weights": (7, 1),
                  "1.linear bias": (1, 1)}
        values = {name: torch.tensor(random.normal(size=shape)) for name, shape in shapes.items()}
        return Network(self.DESCRIPTION, values, {"tables": 2, "is_text": False,
                                                  "sequence": 1}), random.normal(size=(3, 5))

    def test_against_loops(self):
        network, x = self.network()
        value = {name: p.detach().numpy() for name, p in network.parameters.items()}
        got = network.logits(x, Exact(), categories=self.CATEGORIES).detach().numpy()
        hidden = np.maximum(x @ value["0.0.linear weights"] + value["0.0.linear bias"], 0)
        dense = hidden @ value["0.2.linear weights"] + value["0.2.linear bias"]
        for s in range(3):
            vectors = [dense[s]]
            for table, (offsets, indices) in enumerate(self.CATEGORIES):
                bag = np.zeros(4)
                for i in indices[offsets[s]:offsets[s + 1]]:
                    bag = bag + value[f"table.{table}"][int(i)]
                vectors.append(bag)
            row = list(dense[s])
            for i in range(3):
                for j in range(i):
                    row.append(np.dot(vectors[i], vectors[j]))
            want = np.dot(row, value["1.linear weights"]) + value["1.linear bias"][0]
            np.testing.assert_allclose(got[s], want, rtol=1e-12)

    def test_without_rounding_both_arithmetics_are_the_same(self):
        gradients = []
        with mock.patch.object(arithmetic, "rounded", lambda x: x):
            for kind in (Exact, Rounded):
                network, x = self.network()
                logits = network.logits(x, kind(), categories=self.CATEGORIES)
                network.loss(logits, np.array([1.0, 0.0, 1.0])).backward()
                gradients.append({n: p.grad for n, p in network.parameters.items()})
        for name, gradient in gradients[0].items():
            np.testing.assert_allclose(gradients[1][name], gradient, rtol=1e-9, atol=1e-14)

    def test_row_wise_adagrad(self):
        network, _ = self.network()
        tables = network.parameters["table.0"]
        before = tables.detach().clone()
        optimizer = dlrm.RowOptimizer(network.layers[0])
        for _ in range(2):
            for table in network.layers[0].tables:
                table.grad = torch.zeros_like(table)
            tables.grad[2] = torch.tensor([3.0, 0, 0, 1])
            optimizer.step(0.5)
        change = (tables - before).detach()
        self.assertEqual(change.abs().sum(1).nonzero().flatten().tolist(), [2])
        # Means of squares: 2.5 after the first step, 5 after the second.
        want = -0.5 * (1 / np.sqrt(2.5) + 1 / np.sqrt(5)) * np.array([3.0, 0, 0, 1])
        np.testing.assert_allclose(change[2], want, rtol=1e-9)

    def test_categories_of_a_step(self):
        arrays = {"offsets.0": np.array([[0, 1, 3], [3, 3, 4]], np.uint32),
                  "indices.0": np.array([5, 6, 7, 8], np.uint32)}
        (offsets, indices), = dlrm.categories_of(arrays, 1, 2)
        self.assertEqual((offsets.tolist(), indices.tolist()), ([0, 0, 1], [8]))
        self.assertIsNone(dlrm.categories_of({}, 0, 2))
        with self.assertRaisesRegex(ValueError, "3 offsets for 4 rows"):
            dlrm.categories_of(arrays, 0, 4)


if __name__ == "__main__":
    unittest.main()
