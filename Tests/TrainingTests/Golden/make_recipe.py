"""Makes recipe.json by PyTorch, in float64: twenty steps of a LeNet with clipped gradients, averaged weights or other losses.

    python3 make_recipe.py

Needs Python 3.9, PyTorch 2.4, numpy and safetensors. Weights, images and labels are those of lenet_max.safetensors beside
ExecutionTests; nothing else is random. By run the file has

    optimizer, momentum, weight_decay, learning_rate, freeze, rates     as in fine_tuning.json
    clip_norm             of torch.nn.utils.clip_grad_norm_
    decay                 of AveragedModel(multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
    loss                  cross_entropy or binary_cross_entropy, against one-hot labels, or with one output against labels % 2
    outputs               how many of the ten outputs the model has, the first ones; labels are taken modulo them
    class_weights, label_smoothing                                     of cross_entropy
    losses, final, float32                                             as in fine_tuning.json
    norms                 what clip_grad_norm_ returns in each step
    average               as final, of the averaged model
"""

import json
import pathlib

import safetensors.torch
import torch
from make_fine_tuning import ADAMW, BODY, GOLDEN, HERE, SGD, clean, make_optimizer, prepare, probe
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

WEIGHTS = [1, 0.25, 3, 0.5, 2, 1.5, 0.125, 4, 1, 0.75]
RUNS = {
    "clipped": SGD | {"clip_norm": 1},
    "clipped, AdamW": ADAMW | {"clip_norm": 0.5},
    "clipped, frozen body": SGD | {"clip_norm": 0.5, "freeze": BODY},
    "clipped, rates": SGD | {"clip_norm": 0.8, "rates": {"15": 10, "0": 0.1}, "learning_rate": 0.02},
    "averaged": SGD | {"decay": 0.9},
    "averaged, AdamW": ADAMW | {"decay": 0.4},
    "averaged, frozen body, clipped": SGD | {"decay": 0.99, "freeze": BODY, "clip_norm": 0.6},
    "weighted": SGD | {"class_weights": WEIGHTS, "learning_rate": 0.05},
    "weighted and smoothed": SGD | {"class_weights": WEIGHTS, "label_smoothing": 0.2, "learning_rate": 0.05},
    "binary": SGD | {"loss": "binary_cross_entropy"},
    "binary, three outputs, clipped": ADAMW | {"loss": "binary_cross_entropy", "outputs": 3, "clip_norm": 0.2},
    "binary, one output": SGD | {"loss": "binary_cross_entropy", "outputs": 1, "learning_rate": 0.05},
}


def loss_of(run: dict, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    outputs = run.get("outputs", 10)
    if run.get("loss") == "binary_cross_entropy":
        targets = labels % 2 if outputs == 1 else F.one_hot(labels % outputs, outputs)
        return F.binary_cross_entropy_with_logits(logits, targets.reshape(logits.shape).to(logits.dtype))
    weights = run.get("class_weights")
    return F.cross_entropy(
        logits,
        labels % outputs,
        weight=torch.tensor(weights, dtype=logits.dtype) if weights else None,
        label_smoothing=run.get("label_smoothing", 0),
    )


def train(tensors: dict, run: dict, dtype) -> tuple[list[float], list[float], torch.nn.Module, torch.nn.Module]:
    model = prepare(tensors)
    outputs = run.get("outputs", 10)
    head = torch.nn.Linear(84, outputs)
    with torch.no_grad():
        head.weight.copy_(model[-1].weight[:outputs])
        head.bias.copy_(model[-1].bias[:outputs])
    model[-1] = head
    model.to(dtype).train()
    optimizer = make_optimizer(model, run)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(run.get("decay", 0.9)), use_buffers=True)
    losses, norms = [], []
    for _ in range(20):
        loss = loss_of(run, model(tensors["images"].to(dtype) / 255), tensors["labels"])
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        if "clip_norm" in run:
            norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), run["clip_norm"]).item())
        optimizer.step()
        average.update_parameters(model)
    return losses, norms, model, average.module


def probes(model: torch.nn.Module) -> dict:
    return {
        name: [clean(value) for value in probe(tensor.double())]
        for name, tensor in model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def main() -> None:
    tensors = safetensors.torch.load_file(GOLDEN / "lenet_max.safetensors")
    lines = []
    for name, run in RUNS.items():
        losses, norms, model, average = train(tensors, run, torch.float64)
        single, _, _, _ = train(tensors, run, torch.float32)
        error = max(abs(a / b - 1) for a, b in zip(single, losses))
        print(f"{name}: from {losses[0]:.6f} to {losses[-1]:.6f}; PyTorch's own float32: {error:.1e}")
        if norms:
            print(f"  norms {min(norms):.4f} to {max(norms):.4f}, above: {sum(n > run['clip_norm'] for n in norms)}")
        entry = run | {"losses": [clean(loss) for loss in losses], "final": probes(model)}
        if norms:
            entry["norms"] = [clean(norm) for norm in norms]
        if "decay" in run:
            entry["average"] = probes(average)
        lines.append(f"{json.dumps(name)}: {json.dumps(entry | {'float32': float(f'{error:.1e}')})}")
    (HERE / "recipe.json").write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
