# SPDX-License-Identifier: Apache-2.0
"""A classifier of sw/compiler, trained in PyTorch from the same start with the same batches."""
import json
import subprocess
import sys

import numpy as np
import torch

from .picture import draw_losses

ACTIVATIONS = {"identity": lambda x: x, "relu": torch.relu, "tanh": torch.tanh}


def train_on_chip(arguments, folder):
    """The run's results, with everything needed to repeat it in `folder`."""
    results = folder / "results.json"
    command = [arguments.gradcore, "train", arguments.config, "--backend", arguments.backend,
               "--export", folder, "--json", results]
    if arguments.steps:
        command += ["--steps", str(arguments.steps)]
    # A run that learns too little still has losses to compare.
    code = subprocess.run(command, check=False).returncode
    if not results.exists():
        sys.exit(code or 1)
    return json.loads(results.read_text())


def optimizer_of(options, parameters, rate):
    if options["method"] == "sgd":
        return torch.optim.SGD(parameters, lr=rate, momentum=options["momentum"])
    return torch.optim.AdamW(parameters, lr=rate, betas=(options["beta1"], options["beta2"]),
                             eps=options["epsilon"], weight_decay=options["weight_decay"])


def train_in_pytorch(run, folder):
    """The losses of all steps, and the accuracy on the test samples."""
    def load(name):
        return torch.from_numpy(np.load(folder / f"{name}.npy"))

    layers = [(load(f"start_w{i + 1}").requires_grad_(), load(f"start_b{i + 1}").requires_grad_(),
               ACTIVATIONS[name]) for i, name in enumerate(run["activations"])]
    parameters = [p for w, b, _ in layers for p in (w, b)]
    inputs, labels = load("inputs"), load("labels").long().flatten()
    order = load("order").long().reshape(-1, run["batch"])
    optimizer = optimizer_of(run["optimizer"], parameters, run["rates"][0])

    def logits(x):
        for w, b, activation in layers:
            x = activation(x @ w + b)
        return x

    losses = []
    for batch, rate in zip(order, run["rates"]):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(logits(inputs[batch]), labels[batch])
        loss.backward()
        if run["optimizer"]["clip_norm"] > 0:
            torch.nn.utils.clip_grad_norm_(parameters, run["optimizer"]["clip_norm"])
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        right = logits(load("test_inputs")).argmax(1) == load("test_labels").long().flatten()
    return losses, right.float().mean().item()


def compare(arguments, folder):
    """True if the mean of the last losses differs by less than the tolerance."""
    run = train_on_chip(arguments, folder)
    losses, accuracy = train_in_pytorch(run, folder)
    last = min(arguments.last, len(losses))
    chip, torch_loss = np.mean(run["losses"][-last:]), np.mean(losses[-last:])
    difference = abs(chip - torch_loss) / torch_loss
    print(f"  first loss      chip {run['losses'][0]:.6f}, PyTorch {losses[0]:.6f}")
    print(f"  last {last:3d} losses chip {chip:.6f}, PyTorch {torch_loss:.6f}: "
          f"{100 * difference:.2f} % apart, {100 * arguments.tolerance:g} % allowed")
    print(f"  test accuracy   chip {100 * run['test_accuracy'][-1]:.2f} %, "
          f"PyTorch {100 * accuracy:.2f} %")
    if arguments.picture:
        draw_losses(arguments.picture, f"{run['network']}: {len(losses)} steps",
                    {"GradCore, bfloat16 products": run["losses"], "PyTorch, binary32": losses})
        print(f"  picture         {arguments.picture}")
    return difference < arguments.tolerance
