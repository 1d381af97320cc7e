"""The PyTorch twins of the models of SequentialTests.swift, written with nn.Sequential.

    python3 sequential_twin.py evaluate MODEL.safetensors SAMPLES.safetensors
    python3 sequential_twin.py continue MODEL.safetensors SAMPLES.safetensors MODEL.state OUT.safetensors

SAMPLES holds "images", F32 [n, channels, height, width], and "labels", I64 [n]. The first form prints loss and accuracy of
the network as a JSON object. The second trains the perceptron for 19 more steps on all samples with AdamW, from the state
after one step, and prints the loss before them. Needs PyTorch 2 and safetensors.
"""

import json
import sys

import safetensors.torch
import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    """The sum of a chain's result and its input."""

    def __init__(self, *layers: nn.Module):
        super().__init__()
        self.residual = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.residual(x) + x


class Dense(nn.Sequential):
    """Chains that each see the channels of all before them."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for chain in self:
            x = torch.cat([x, chain(x)], dim=1)
        return x


def network() -> nn.Sequential:
    def dense(channels: int) -> nn.Sequential:
        return nn.Sequential(
            nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, 4, kernel_size=3, padding=1)
        )

    return nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU(),
        Residual(nn.Conv2d(8, 8, kernel_size=3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()),
        Dense(dense(8), dense(12)),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 6, kernel_size=1), nn.Sigmoid(), nn.Conv2d(6, 6, kernel_size=1), nn.Sigmoid(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 10),
    )  # fmt: skip


def perceptron() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.Sigmoid(), nn.Linear(32, 10))


def evaluate(path: str, samples: dict) -> dict:
    model = network()
    model.load_state_dict(safetensors.torch.load_file(path), strict=True)
    model.eval()
    with torch.no_grad():
        logits = model(samples["images"])
    loss = F.cross_entropy(logits.double(), samples["labels"])
    accuracy = (logits.argmax(dim=1) == samples["labels"]).double().mean()
    return {"loss": loss.item(), "accuracy": accuracy.item()}


def continue_training(path: str, samples: dict, state_path: str, out: str) -> dict:
    model = perceptron()
    model.load_state_dict(safetensors.torch.load_file(path), strict=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, betas=(0.8, 0.95), weight_decay=0.1)
    slots = safetensors.torch.load_file(state_path)
    names = [name for name, _ in model.named_parameters()]
    assert set(slots) == {f"{slot}/{name}" for slot in ("exp_avg", "exp_avg_sq") for name in names}
    state = {
        index: {"step": torch.tensor(1.0)}
        | {slot: slots[f"{slot}/{name}"] for slot in ("exp_avg", "exp_avg_sq")}
        for index, name in enumerate(names)
    }
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    losses = []
    for _ in range(19):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(samples["images"]), samples["labels"])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    safetensors.torch.save_file(model.state_dict(), out)
    return {"loss": losses[0]}


def main() -> None:
    commands = {"evaluate": (evaluate, 2), "continue": (continue_training, 4)}
    command, count = commands.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, 0))
    if command is None or len(sys.argv) != 2 + count:
        sys.exit(__doc__.strip())
    path, samples, *more = sys.argv[2:]
    print(json.dumps(command(path, safetensors.torch.load_file(samples), *more)))


if __name__ == "__main__":
    main()
