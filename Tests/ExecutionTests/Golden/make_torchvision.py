"""Makes torchvision.json by torchvision, in float64: the oracle of the models with torchvision's design.

    python3 make_torchvision.py

Needs Python 3.9, PyTorch 2, torchvision and numpy; the same versions give the same file. Nothing is downloaded: both sides
compute weights and images from their positions, as make_golden.py tells. By network the file has

    input, batch          [channels, height, width] and the number of images
    hidden                of VGG, the features of the classifier's hidden layers in what follows but `names`, so that it is small
    logits                in evaluation, of all images one after the other
    typical               the largest magnitude among them
    parameters, names     of the network with 1000 classes as torchvision has it: the number of parameters, and the SHA-256 of
                          the lines "NAME TYPE [SHAPE]" of its state_dict, in its order
"""

import hashlib
import json
import pathlib
import sys
import types

import numpy as np
import torch

sys.dont_write_bytecode = True
# Operators for detection, which a torchvision for GPUs beside a PyTorch without them does not find.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
from torchvision import models  # noqa: E402

from make_golden import hashed  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
CLASSES = 10
HIDDEN = 32
# By network, the side of the images.
NETWORKS = {
    "resnet18": 64, "resnet34": 64, "resnet50": 64, "resnet101": 64, "densenet121": 64, "vgg16": 224,
}  # fmt: skip
IMAGES = 2


def narrow(model: torch.nn.Module) -> None:
    """Gives VGG's classifier narrow hidden layers."""
    model.classifier[0] = torch.nn.Linear(25088, HIDDEN)
    model.classifier[3] = torch.nn.Linear(HIDDEN, HIDDEN)
    model.classifier[6] = torch.nn.Linear(HIDDEN, CLASSES)


def set_state(model: torch.nn.Module) -> None:
    """Fills the state_dict: number i of its t-th tensor of floats, from 1, follows from i and t alone."""
    state = model.state_dict()
    position = 0
    for name, tensor in state.items():
        if tensor.dtype == torch.int64:
            continue
        position += 1
        numbers = 2 * hashed(tensor.numel(), position) - 1
        if tensor.dim() > 1:
            numbers *= (6 / (tensor.numel() // tensor.shape[0])) ** 0.5
        elif name.endswith("running_var"):
            numbers = 1 + 0.5 * numbers
        elif name.endswith("weight"):
            numbers = 0.4 + 0.1 * numbers
        else:
            numbers *= 0.1
        rounded = torch.from_numpy(numbers.astype(np.float32).astype(np.float64))
        tensor.copy_(rounded.reshape(tensor.shape))


def describe(model: torch.nn.Module) -> str:
    kinds = {torch.float32: "F32", torch.int64: "I64"}
    return "".join(
        f"{name} {kinds[tensor.dtype]} {list(tensor.shape)}\n" for name, tensor in model.state_dict().items()
    )


def main() -> None:
    lines = []
    for name, side in NETWORKS.items():
        published = getattr(models, name)(weights=None)
        entry = {
            "input": [3, side, side], "batch": IMAGES,
            "parameters": sum(parameter.numel() for parameter in published.parameters()),
            "names": hashlib.sha256(describe(published).encode()).hexdigest(),
        }  # fmt: skip
        model = getattr(models, name)(weights=None, num_classes=CLASSES)
        if name == "vgg16":
            narrow(model)
            entry["hidden"] = HIDDEN
        model = model.double().eval()
        with torch.no_grad():
            set_state(model)
            pixels = hashed(IMAGES * 3 * side * side, 0).astype(np.float32).astype(np.float64)
            images = torch.from_numpy(pixels.reshape(IMAGES, 3, side, side))
            logits = model(images)
            single = model.float()(images.float())
        error = (single.double() - logits).abs().max() / logits.abs().max()
        difference = (logits[0] - logits[1]).abs().max() / logits.abs().max()
        print(f"{name}: PyTorch's own float32 differs by {error:.1e}, the two images by {difference:.1e}")
        entry["typical"] = float(f"{logits.abs().max().item():.9g}")
        entry["logits"] = [float(f"{value:.9g}") for value in logits.flatten().tolist()]
        lines.append(f"{json.dumps(name)}: {json.dumps(entry)}")
    (HERE / "torchvision.json").write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
