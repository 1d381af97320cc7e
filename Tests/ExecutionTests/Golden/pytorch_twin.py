"""The PyTorch twin of the LeNet of the book's chapter on batch normalization.

Evaluates a checkpoint on images, in float32, and writes the logits:

    python3 pytorch_twin.py CHECKPOINT IMAGES.safetensors OUT.safetensors [--pooling max|average]

IMAGES holds "images", F32 [n, 1, 28, 28]; OUT will hold "logits", F32 [n, 10]. The checkpoint must hold the
twin's state_dict, every name and no other.

Or makes a checkpoint of a fresh twin, initialized by PyTorch:

    python3 pytorch_twin.py --export CHECKPOINT --seed 0 [--pooling max|average]

Needs Python 3.9, PyTorch 2 and safetensors. Zhang et al. 2023, Dive into Deep Learning, section 8.5.
"""

import argparse

import safetensors.torch
import torch
from torch import nn


def lenet(pooling: str) -> nn.Sequential:
    """The network, whose modules' numbers make the parameters' names; `pooling` is "max" or "average"."""
    pool = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}[pooling]
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5), nn.BatchNorm2d(6), nn.Sigmoid(), pool(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5), nn.BatchNorm2d(16), nn.Sigmoid(), pool(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(256, 120), nn.BatchNorm1d(120), nn.Sigmoid(),
        nn.Linear(120, 84), nn.BatchNorm1d(84), nn.Sigmoid(),
        nn.Linear(84, 10),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", metavar="CHECKPOINT IMAGES OUT")
    parser.add_argument("--pooling", choices=["max", "average"], default="max")
    parser.add_argument("--export", metavar="CHECKPOINT")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if len(arguments.files) != (0 if arguments.export else 3):
        parser.error("either CHECKPOINT IMAGES OUT or --export CHECKPOINT is needed")

    torch.manual_seed(arguments.seed)
    model = lenet(arguments.pooling)
    if arguments.export:
        safetensors.torch.save_file(model.state_dict(), arguments.export)
        return

    checkpoint, images, out = arguments.files
    model.load_state_dict(safetensors.torch.load_file(checkpoint), strict=True)
    model.eval()
    with torch.no_grad():
        logits = model(safetensors.torch.load_file(images)["images"])
    safetensors.torch.save_file({"logits": logits}, out)


if __name__ == "__main__":
    main()
