"""Makes NAME.safetensors from each NAME.json in this directory: what PyTorch's optimizers do in twenty steps.

    python3 make_golden.py

Needs Python 3.9, PyTorch 2.13 and safetensors. Every random number comes from a fixed seed: the same versions give
the same files.

NAME.json: {"optimizer": the class of torch.optim, "cases": {CASE: its keyword arguments}}.

NAME.safetensors:
    initial F32 [ELEMENTS]                 the parameter before the first step
    gradients F32 [STEPS, ELEMENTS]        the gradient of each step, whatever the parameter is then
    learning_rates F64 [STEPS]             the learning rate of each step
    CASE/float32 F32 [STEPS, ELEMENTS]     the parameter after each step, computed in single precision
    CASE/float64 F64 [STEPS, ELEMENTS]     the same in double precision, from the same numbers
"""

import json
import pathlib

import safetensors.torch
import torch

HERE = pathlib.Path(__file__).resolve().parent
STEPS = 20
# One vector of sixteen, and a rest.
ELEMENTS = 19


def run(optimizer, initial, gradients, learning_rates):
    """The parameter after each step, [STEPS, ELEMENTS], in the type of `initial`."""
    parameter = torch.nn.Parameter(initial.clone())
    optimizer = optimizer([parameter])
    results = []
    for gradient, rate in zip(gradients, learning_rates.tolist()):
        optimizer.param_groups[0]["lr"] = rate
        parameter.grad = gradient.to(initial.dtype)
        optimizer.step()
        results.append(parameter.detach().clone())
    return torch.stack(results)


def main():
    torch.set_num_threads(1)
    for path in sorted(HERE.glob("*.json")):
        description = json.loads(path.read_text())
        generator = torch.Generator().manual_seed(11)
        initial = torch.randn(ELEMENTS, generator=generator)
        # Gradients of all sizes, from one element to the next: between 1e-4 and 1.
        scale = 10 ** torch.linspace(-4, 0, ELEMENTS)
        gradients = scale * torch.randn(STEPS, ELEMENTS, generator=generator)
        learning_rates = torch.linspace(0.02, 0.001, STEPS, dtype=torch.float64)
        tensors = {"initial": initial, "gradients": gradients, "learning_rates": learning_rates}
        for case, settings in description["cases"].items():
            settings = {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}
            optimizer = getattr(torch.optim, description["optimizer"])
            for name, dtype in [("float32", torch.float32), ("float64", torch.float64)]:
                tensors[f"{case}/{name}"] = run(
                    lambda parameters: optimizer(parameters, lr=0.1, foreach=False, **settings),
                    initial.to(dtype), gradients, learning_rates)
        # One entry: the file would hold several in any order.
        metadata = {"made_by": f"torch.optim.{description['optimizer']}, PyTorch {torch.__version__}"}
        safetensors.torch.save_file(tensors, path.with_suffix(".safetensors"), metadata)


main()
