# SPDX-License-Identifier: Apache-2.0
"""Which elements dropout leaves out: the chip's random words (sw/model/vector_unit.h) and their keys
(sw/nn/dropout.h), so that PyTorch leaves out the same ones."""
import numpy as np
import torch

ROUNDS = 10  # of Speck32/64


def mix(x):
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
    return x ^ (x >> 31)


def random_bits(seed, stream, index):
    """sw/train/random.h"""
    step = 0x9E3779B97F4A7C15
    bits = mix((seed + step) % 2**64)
    bits = mix((bits + (stream + 1) * step) % 2**64)
    return mix((bits + (index + 1) * step) % 2**64)


def words(key, stream, count):
    """The random words of elements 0, 1, ..."""
    def right7(x):
        return (x >> 7 | x << 9) & 0xFFFF

    def left2(x):
        return (x << 2 | x >> 14) & 0xFFFF

    element = np.arange(count, dtype=np.uint64)
    x, y = (element >> np.uint64(16)).astype(np.int64), (element & np.uint64(0xFFFF)).astype(np.int64)
    round_key, rest = key & 0xFFFF, [key >> 16, stream, 0]
    for number in range(ROUNDS):
        x = (right7(x) + y & 0xFFFF) ^ round_key
        y = left2(y) ^ x
        following = (round_key + right7(rest[number % 3]) & 0xFFFF) ^ number
        rest[number % 3] = following
        round_key = left2(round_key) ^ following
    return x << 16 | y


class Dropping:
    """Of all matrices that one dropout is of. Without a number nothing is left out."""

    def __init__(self, rate, seed, number):
        self.rate, self.seed, self.number = rate, seed, number

    def mask(self, step, part, rows, cols):
        """What each element is multiplied with."""
        if self.rate == 0:
            return torch.ones(rows, cols)
        key = random_bits(self.seed, 2**41 + self.number, part) & 0xFFFFFFFF
        kept = words(key ^ step, self.number & 0xFFFF, rows * cols) >= int(self.rate * 2**32)
        return torch.as_tensor(np.where(kept, np.float32(1 / (1 - self.rate)), np.float32(0))
                               .reshape(rows, cols))
