# SPDX-License-Identifier: Apache-2.0
"""Two ways to compute a layer: as PyTorch does, and with numbers rounded to bfloat16 where the chip
does it. What the first one makes differs from the chip's by what bfloat16 explains, the second one's
only by the order of sums."""
import math

import torch


def rounded(x):
    """To bfloat16, to nearest even, and back."""
    return x.to(torch.bfloat16).to(x.dtype)


def normalise(x, is_centred, epsilon):
    """Norms without gain and shift: the result, and one over the deviation."""
    if is_centred:
        x = x - x.mean(-1, keepdim=True)
    inverse = torch.rsqrt((x * x).mean(-1, keepdim=True) + epsilon)
    return x * inverse, inverse


def causal_softmax(scores, scale):
    length = scores.shape[-1]
    future = torch.ones(length, length, dtype=torch.bool).triu(1)
    return torch.softmax((scores * scale).masked_fill(future, -math.inf), -1)


def swiglu(x):
    """The first half of each row is the gate."""
    gate, value = x.chunk(2, -1)
    return torch.nn.functional.silu(gate) * value


ACTIVATIONS = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "gelu": lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    "silu": torch.nn.functional.silu,
}


class Exact:
    """In the type of the tensors."""

    def product(self, x, w):
        return x @ w

    def keep(self, x):
        """What stays in operand memory."""
        return x

    def lookup(self, table, numbers):
        return table[numbers]

    def activation(self, name, x):
        return ACTIVATIONS[name](x)

    def swiglu(self, x):
        return swiglu(x)

    def norm(self, x, gain, is_centred, epsilon):
        return normalise(x, is_centred, epsilon)[0] * gain

    def softmax(self, scores, scale, mask=None):
        """Times the mask, if there is one."""
        weights = causal_softmax(scores, scale)
        return weights if mask is None else weights * mask

    def logits(self, x):
        """Whose gradient the loss leaves in operand memory."""
        return x


class Rounded:
    """With operands of the matrix unit in bfloat16, and all else that lies in operand memory."""

    def product(self, x, w):
        return _Product.apply(x, w)

    def keep(self, x):
        return _Keep.apply(x)

    def lookup(self, table, numbers):
        return _RoundGradient.apply(_Keep.apply(table)[numbers])

    def activation(self, name, x):
        return _Activation.apply(x, name)

    def swiglu(self, x):
        return _Swiglu.apply(x)

    def norm(self, x, gain, is_centred, epsilon):
        return _Norm.apply(x, gain, is_centred, epsilon)

    def softmax(self, scores, scale, mask=None):
        return (_Softmax.apply(scores, scale) if mask is None
                else _MaskedSoftmax.apply(scores, scale, mask))

    def logits(self, x):
        return _RoundGradient.apply(x)


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(context, x, w):
        x, w = rounded(x), rounded(w)
        context.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(context, gradient):
        x, w = context.saved_tensors
        gradient = rounded(gradient)
        return gradient @ w.transpose(-1, -2), x.transpose(-1, -2) @ gradient


class _Keep(torch.autograd.Function):
    @staticmethod
    def forward(_, x):
        return rounded(x)

    @staticmethod
    def backward(_, gradient):
        return gradient


class _RoundGradient(torch.autograd.Function):
    @staticmethod
    def forward(_, x):
        return x.clone()

    @staticmethod
    def backward(_, gradient):
        return rounded(gradient)


class _Activation(torch.autograd.Function):
    """Rounds the result, and its slope, which backward multiplies with."""

    @staticmethod
    def forward(context, x, name):
        with torch.enable_grad():
            at = x.detach().requires_grad_()
            y = ACTIVATIONS[name](at)
            slope, = torch.autograd.grad(y.sum(), at)
        y = rounded(y.detach())
        context.save_for_backward(rounded(1 - y * y) if name == "tanh" else rounded(slope))
        return y

    @staticmethod
    def backward(context, gradient):
        slope, = context.saved_tensors
        return gradient * slope, None


class _Swiglu(torch.autograd.Function):
    """Rounds the result, and its slope by either half."""

    @staticmethod
    def forward(context, x):
        with torch.enable_grad():
            at = x.detach().requires_grad_()
            y = swiglu(at)
            slopes, = torch.autograd.grad(y.sum(), at)
        context.save_for_backward(rounded(slopes))
        return rounded(y.detach())

    @staticmethod
    def backward(context, gradient):
        slopes, = context.saved_tensors
        return torch.cat([gradient, gradient], -1) * slopes


class _Norm(torch.autograd.Function):
    """Rounds what gain is multiplied with, also for backward."""

    @staticmethod
    def forward(context, x, gain, is_centred, epsilon):
        normal, inverse = normalise(x, is_centred, epsilon)
        normal = rounded(normal)
        context.save_for_backward(normal, inverse, gain)
        context.is_centred = is_centred
        return normal * gain

    @staticmethod
    def backward(context, gradient):
        normal, inverse, gain = context.saved_tensors
        g = gradient * gain
        rest = g - normal * (g * normal).mean(-1, keepdim=True)
        if context.is_centred:
            rest = rest - g.mean(-1, keepdim=True)
        by_gain = (gradient * normal).flatten(0, -2).sum(0, keepdim=True)
        return rest * inverse, by_gain, None, None


class _Softmax(torch.autograd.Function):
    """Rounds the weights, and the gradient of the scores."""

    @staticmethod
    def forward(context, scores, scale):
        weights = rounded(causal_softmax(scores, scale))
        context.save_for_backward(weights)
        context.scale = scale
        return weights

    @staticmethod
    def backward(context, gradient):
        weights, = context.saved_tensors
        sums = (gradient * weights).sum(-1, keepdim=True)
        return rounded((gradient - sums) * context.scale * weights), None


class _MaskedSoftmax(torch.autograd.Function):
    """The same, of which some are left out and the others are larger: both are rounded."""

    @staticmethod
    def forward(context, scores, scale, mask):
        weights = rounded(causal_softmax(scores, scale))
        kept = rounded(weights * mask)
        context.save_for_backward(weights, kept)
        context.scale = scale
        return kept

    @staticmethod
    def backward(context, gradient):
        weights, kept = context.saved_tensors
        products = gradient * kept
        rest = products - weights * products.sum(-1, keepdim=True)
        return rounded(rest * context.scale), None, None
