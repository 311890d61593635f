# SPDX-License-Identifier: Apache-2.0
"""The networks of sw/nn in PyTorch, beside the chip: what scripts/compare-pytorch and
scripts/compare-layers are made of."""
