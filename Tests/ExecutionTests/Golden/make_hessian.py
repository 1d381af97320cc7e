"""Makes hessian.json by PyTorch, in float64, as the oracle of Lockstep's products with the Hessian.

    python3 make_hessian.py

Needs what make_golden.py needs, with whose numbers weights and images are made: none need be stored. The direction v of a
product is 2u - 1, in float32, with u from tensor 1000 + i for parameter i; running means are (2u - 1) / 10 and running
variances u + 1/2, in float32, with u from tensor 2000 + i for running statistic i; targets are u of tensor 3000.

A case's entry has

    model                          the network's name in pytorch_twin.py
    input, batch                   [channels, height, width] and the number of images
    block                          whether weights are set as those of a block
    loss                           cross_entropy, weighted (classes i weigh 1 + i / 4, labels smoothed by 0.1), squared or
                                   binary
    training, evaluation           by mode of batch norm: "square", v . Hv; "norm", that of Hv; "products", by parameter
                                   [largest magnitude, values at PROBES of its elements] of Hv

and "whole" is a multilayer perceptron of 6, 8, 6 and 4 features with relu, of which all of the Hessian is computed: its
"trace" and its "eigenvalues", ascending, with "parameters", and "images" one after the other; image i has the class 3 i
modulo 4.
"""

import json

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, grad, hessian
from torch.nn import functional as F

from make_golden import HERE, hashed, probe, set_weights
from pytorch_twin import MODELS

# By case: network, shape of the input, images, whether it is a block, loss.
CASES = {
    "mlp": ("mlp", [1, 28, 28], 6, False, "cross_entropy"),
    "mlp-weighted": ("mlp", [1, 28, 28], 6, False, "weighted"),
    "mlp-squared": ("mlp", [1, 28, 28], 6, False, "squared"),
    "mlp-binary": ("mlp", [1, 28, 28], 6, False, "binary"),
    "lenet": ("lenet", [1, 28, 28], 6, True, "cross_entropy"),
    "lenet-average": ("lenet-average", [1, 28, 28], 6, True, "cross_entropy"),
    "block-residual": ("block-residual", [6, 7, 7], 4, True, "cross_entropy"),
    "block-residual-projected": ("block-residual-projected", [6, 7, 7], 4, True, "cross_entropy"),
    "block-bottleneck": ("block-bottleneck", [6, 7, 7], 4, True, "cross_entropy"),
    "block-dense": ("block-dense", [3, 8, 8], 4, True, "cross_entropy"),
    "block-transition": ("block-transition", [23, 7, 7], 4, True, "cross_entropy"),
    "resnet18-small": ("resnet18-small", [1, 20, 20], 6, False, "cross_entropy"),
    "densenet-small": ("densenet-small", [1, 20, 20], 6, False, "cross_entropy"),
}


def numbers(shape: torch.Size, tensor: int, scale: float, shift: float) -> torch.Tensor:
    """scale * u + shift, rounded to float32."""
    values = scale * hashed(int(np.prod(shape)), tensor) + shift
    return torch.from_numpy(values.astype(np.float32).astype(np.float64)).reshape(shape)


def loss_of(kind: str, logits: torch.Tensor) -> torch.Tensor:
    count, outputs = logits.shape
    labels = torch.arange(count) * 3 % outputs
    targets = numbers(logits.shape, 3000, 1, 0)
    if kind == "squared":
        return ((logits - targets) ** 2).sum() / (2 * count)
    if kind == "binary":
        return F.binary_cross_entropy_with_logits(logits, targets)
    if kind == "weighted":
        weight = 1 + torch.arange(outputs, dtype=torch.float64) / 4
        return F.cross_entropy(logits, labels, weight=weight, label_smoothing=0.1)
    return F.cross_entropy(logits, labels)


def products(model: nn.Module, images: torch.Tensor, kind: str) -> dict:
    parameters = {name: value.detach() for name, value in model.named_parameters()}
    direction = {
        name: numbers(value.shape, 1000 + index, 2, -1) for index, (name, value) in enumerate(parameters.items())
    }

    def loss(values):
        return loss_of(kind, functional_call(model, values, (images,)))

    def slope(values):
        return sum((direction[name] * value).sum() for name, value in grad(loss)(values).items())

    product = grad(slope)(parameters)
    flat = torch.cat([value.flatten() for value in product.values()])
    along = torch.cat([value.flatten() for value in direction.values()])
    return {
        "square": (flat @ along).item(), "norm": flat.norm().item(),
        "products": {name: probe(value) for name, value in product.items()},
    }  # fmt: skip


def make_case(name: str, shape: list[int], count: int, is_block: bool, kind: str) -> dict:
    model = MODELS[name]().double()
    set_weights(model, is_block=is_block)
    statistics = [value for key, value in model.named_buffers() if "running" in key]
    for index, value in enumerate(statistics):
        is_mean = index % 2 == 0
        value.copy_(numbers(value.shape, 2000 + index, 0.2 if is_mean else 1, -0.1 if is_mean else 0.5))
    pixels = hashed(count * int(np.prod(shape)), 0).astype(np.float32).astype(np.float64)
    images = torch.from_numpy(pixels.reshape(count, *shape))
    evaluation = products(model.eval(), images, kind)
    for module in model.modules():
        if hasattr(module, "running_mean"):
            # A function that is differentiated must not write.
            (module.running_mean, module.running_var, module.num_batches_tracked) = (None, None, None)
    training = products(model.train(), images, kind)
    return {
        "model": name, "input": shape, "batch": count, "block": is_block, "loss": kind,
        "training": training, "evaluation": evaluation,
    }  # fmt: skip


def make_whole() -> dict:
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 4)).double()
    set_weights(model, is_block=True)
    count = 24
    images = numbers(torch.Size([count, 6]), 0, 2, -1)
    shapes = {name: value.shape for name, value in model.named_parameters()}

    def loss(vector):
        values, begin = {}, 0
        for name, shape in shapes.items():
            values[name] = vector[begin : begin + shape.numel()].reshape(shape)
            begin += shape.numel()
        return loss_of("cross_entropy", functional_call(model, values, (images,)))

    vector = torch.cat([value.detach().flatten() for value in model.parameters()])
    matrix = hessian(loss)(vector)
    return {
        "parameters": vector.tolist(), "images": images.flatten().tolist(), "trace": matrix.trace().item(),
        "eigenvalues": torch.linalg.eigvalsh((matrix + matrix.T) / 2).tolist(),
    }  # fmt: skip


def clean(value):
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value


if __name__ == "__main__":
    torch.set_num_threads(1)
    entries = {name: make_case(*case) for name, case in CASES.items()}
    lines = [f"{json.dumps(name)}: {json.dumps(clean(entry))}" for name, entry in entries.items()]
    (HERE / "hessian.json").write_text(
        '{"cases": {\n' + ",\n".join(lines) + '\n},\n"whole": ' + json.dumps(clean(make_whole())) + "}\n"
    )
