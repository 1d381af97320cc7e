"""Makes fine_tuning.json by PyTorch, in float64: twenty steps of a trained-before LeNet by which fine-tuning is judged.

    python3 make_fine_tuning.py

Needs Python 3.9, PyTorch 2, numpy and safetensors. Weights, images and labels are those of lenet_max.safetensors beside
ExecutionTests, whose weights are here taken as trained before; nothing else is random. By run the file has

    optimizer, momentum, weight_decay, learning_rate, freeze, freeze_statistics, rates     its settings
    losses                the mean loss before each of 20 steps on all 32 images
    final                 by tensor of the state_dict, [largest magnitude, values at PROBES of its elements] after the run
    float32               the largest relative error of PyTorch's own losses in float32
"""

import json
import pathlib
import sys

import safetensors.torch
import torch
from torch.nn import functional as F

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent.parent / "ExecutionTests" / "Golden"
sys.dont_write_bytecode = True
sys.path.insert(0, str(GOLDEN))
from make_golden import probe  # noqa: E402
from pytorch_twin import lenet  # noqa: E402

BODY = ["0", "1", "4", "5", "9", "10"]
SGD = {"optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.01}
ADAMW = {"optimizer": "adamw", "learning_rate": 0.002, "momentum": 0, "weight_decay": 0.01}
RUNS = {
    "frozen body": SGD | {"freeze": BODY},
    "frozen body, AdamW": ADAMW | {"freeze": BODY},
    "frozen body and statistics": SGD | {"freeze": BODY, "freeze_statistics": True},
    "frozen middle": SGD | {"freeze": ["4", "10.weight"]},
    "frozen head": SGD | {"freeze": ["15"]},
    "rates": SGD | {"rates": {"15": 10, "12": 2, "12.bias": 0.5, "0": 0.1}, "learning_rate": 0.02},
    "rates, AdamW": ADAMW | {"rates": {"15": 10, "0": 0.1}},
}


def lies_under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def prepare(tensors: dict) -> torch.nn.Module:
    """The LeNet that was trained before."""
    model = lenet("max")
    model.load_state_dict(
        {name.removeprefix("initial/"): value for name, value in tensors.items() if name.startswith("initial/")}
    )
    return model


def make_optimizer(model: torch.nn.Module, run: dict) -> torch.optim.Optimizer:
    """The optimizer of a run, with a group for each rate; what the run freezes is frozen here."""
    rates, groups = run.get("rates", {}), {}
    for name, parameter in model.named_parameters():
        if any(lies_under(name, prefix) for prefix in run.get("freeze", [])):
            parameter.requires_grad = False
            continue
        prefixes = [prefix for prefix in rates if lies_under(name, prefix)]
        groups.setdefault(rates[max(prefixes, key=len)] if prefixes else 1, []).append(parameter)
    groups = [{"params": parameters, "lr": run["learning_rate"] * rate} for rate, parameters in groups.items()]
    if run["optimizer"] == "sgd":
        return torch.optim.SGD(groups, momentum=run["momentum"], weight_decay=run["weight_decay"])
    return torch.optim.AdamW(groups, weight_decay=run["weight_decay"])


def train(tensors: dict, run: dict, dtype) -> tuple[list[float], torch.nn.Module]:
    model = prepare(tensors).to(dtype).train()
    optimizer = make_optimizer(model, run)
    if run.get("freeze_statistics"):
        for module in model.modules():
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm) and not module.weight.requires_grad:
                module.eval()
    losses = []
    for _ in range(20):
        loss = F.cross_entropy(model(tensors["images"].to(dtype) / 255), tensors["labels"])
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses, model


def clean(value: float) -> float:
    return float(f"{value:.12g}")


def main() -> None:
    tensors = safetensors.torch.load_file(GOLDEN / "lenet_max.safetensors")
    lines = []
    for name, run in RUNS.items():
        losses, model = train(tensors, run, torch.float64)
        single, _ = train(tensors, run, torch.float32)
        error = max(abs(a / b - 1) for a, b in zip(single, losses))
        print(f"{name}: from {losses[0]:.6f} to {losses[-1]:.6f}; PyTorch's own float32: {error:.1e}")
        entry = run | {
            "losses": [clean(loss) for loss in losses],
            "final": {
                name: [clean(value) for value in probe(tensor.double())]
                for name, tensor in model.state_dict().items()
            },
            "float32": float(f"{error:.1e}"),
        }
        lines.append(f"{json.dumps(name)}: {json.dumps(entry)}")
    (HERE / "fine_tuning.json").write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
