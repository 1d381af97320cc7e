"""Makes the files in this directory by PyTorch, in float64, as the oracle of Lockstep's executor.

    python3 make_golden.py

Needs Python 3.9, PyTorch 2, numpy and safetensors. Every random number comes from a fixed seed: the same
versions give the same files.

operations.safetensors: forward and backward of single operations in training. Inputs are float32 numbers;
PyTorch computes with them in float64; results are rounded to float32 once, so a comparison measures the
tested code's error alone. A case's tensors are

    CASE/x, CASE/x_0, CASE/x_1            the input or inputs
    CASE/weight, CASE/bias                parameters (of batch norm: gamma and beta)
    CASE/labels (I64), CASE/target        what a loss compares with
    CASE/dy                               the incoming gradient
    CASE/y, CASE/loss                     the result; a loss is a scalar
    CASE/dx, CASE/dx_0, CASE/dx_1, CASE/dweight, CASE/dbias     the gradients
    CASE/initial_running_mean, CASE/initial_running_var         batch norm's statistics before the step,
    CASE/running_mean, CASE/running_var                         and after it;
    CASE/y_evaluation                     batch norm in evaluation, with the statistics after the step

and metadata "cases" is JSON: {CASE: {"op": "conv2d", "kernel": 5, "stride": 1, "padding": 0, "bias": true}}.

lenet_max.safetensors, lenet_average.safetensors: twenty steps of SGD on the same 32 images, from the same
state, for the two kinds of pooling.

    images U8 [32, 1, 28, 28] (a pixel is the byte / 255), labels I64 [32]
    initial/NAME                          the state_dict before the first step
    losses, losses_nesterov, losses_plain F64 [20], the mean loss before each step, by the settings in
                                          metadata "runs" (JSON)
    final/NAME                            the state_dict after the run "losses"
    logits                                F32 [32, 10], after the run "losses", in evaluation on the images

To be small, initial/ and final/ are only in lenet_max.safetensors: pooling has no parameters, so both
networks begin with the same ones.

names.json: by network, [name, dtype, shape] of the state_dict, in PyTorch's order.

networks.json: a step of whole networks and of their blocks, on weights and images that need not be stored, since
both sides compute them: number i of tensor t is u = hash(i, t) >> 8, times 2^-24. A network's entry has

    input, batch                          [channels, height, width] and the number of images
    loss, loss_smoothed, logits           in training, without and with label smoothing 0.1
    gradients                             by parameter, [largest magnitude, values at PROBES of its elements]
    running                               by running statistic, the same after the step
"""

import json
import pathlib
import sys

import numpy as np
import safetensors.torch
import torch
from torch.nn import functional as F

sys.dont_write_bytecode = True
from pytorch_twin import MODELS, lenet  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
RUNS = {
    "losses": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": False, "weight_decay": 1e-4},
    "losses_nesterov": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
    "losses_plain": {"learning_rate": 1.0, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0},
}


class Cases:
    """Collects the cases of operations.safetensors."""

    def __init__(self, seed: int):
        self.generator = np.random.Generator(np.random.PCG64(seed))
        self.tensors: dict[str, torch.Tensor] = {}
        self.descriptions: dict[str, dict] = {}

    def normal(self, *shape: int, scale: float = 1.0) -> torch.Tensor:
        """Normal numbers that are float32 by value and float64 by type."""
        numbers = self.generator.standard_normal(shape) * scale
        return torch.from_numpy(numbers.astype(np.float32).astype(np.float64))

    def coarse(self, lowest: int, highest: int, *shape: int) -> torch.Tensor:
        """Halves of whole numbers, so few that many are equal."""
        numbers = self.generator.integers(lowest, highest, shape, endpoint=True) / 2
        return torch.from_numpy(numbers)

    def store(self, case: str, **tensors: torch.Tensor) -> None:
        for name, tensor in tensors.items():
            tensor = tensor.detach()
            rounded = tensor.to(torch.float32) if tensor.is_floating_point() else tensor
            self.tensors[f"{case}/{name}"] = rounded.contiguous().clone()

    def add(self, case: str, op: str, forward, inputs: dict[str, torch.Tensor], **settings) -> None:
        """Runs `forward(**inputs)` and back, from a random gradient, and stores both."""
        assert case not in self.descriptions, case
        self.descriptions[case] = {"op": op, **settings}
        inputs = {name: tensor.requires_grad_() for name, tensor in inputs.items()}
        y = forward(**inputs)
        dy = self.normal(*y.shape)
        gradients = torch.autograd.grad(y, list(inputs.values()), dy)
        self.store(case, **inputs, dy=dy, y=y)
        self.store(case, **{f"d{name}": gradient for name, gradient in zip(inputs, gradients)})

    def add_loss(self, case: str, op: str, forward, x: torch.Tensor, **reference: torch.Tensor) -> None:
        """Runs a scalar loss and back, from the gradient 1."""
        assert case not in self.descriptions, case
        self.descriptions[case] = {"op": op}
        x.requires_grad_()
        loss = forward(x, *reference.values())
        (dx,) = torch.autograd.grad(loss, [x])
        self.store(case, x=x, **reference, loss=loss, dx=dx)


def add_convolutions(cases: Cases) -> None:
    def add(case, channels_in, channels_out, kernel, size, n, stride=1, padding=0, bias=False):
        fan_in = channels_in * kernel * kernel
        inputs = {
            "x": cases.normal(n, channels_in, size, size),
            "weight": cases.normal(channels_out, channels_in, kernel, kernel, scale=fan_in**-0.5),
        }
        if bias:
            inputs["bias"] = cases.normal(channels_out)

        def forward(x, weight, bias=None):
            return F.conv2d(x, weight, bias, stride=stride, padding=padding)

        cases.add(
            case, "conv2d", forward, inputs, kernel=kernel, stride=stride, padding=padding, bias=bias
        )

    for bias in (True, False):
        suffix = "_bias" if bias else ""
        add(f"conv2d_1_6_k5{suffix}", 1, 6, 5, size=12, n=3, bias=bias)
        add(f"conv2d_3_20_k3_s2_p1{suffix}", 3, 20, 3, size=7, n=2, stride=2, padding=1, bias=bias)
        add(f"conv2d_32_16_k1{suffix}", 32, 16, 1, size=3, n=2, bias=bias)
    add("conv2d_6_16_k5_bias", 6, 16, 5, size=7, n=2, bias=True)
    add("conv2d_16_32_k3_p1", 16, 32, 3, size=6, n=1, padding=1)
    add("conv2d_20_24_k1_s2_bias", 20, 24, 1, size=5, n=2, stride=2, bias=True)
    add("conv2d_1_64_k7_s2_p3_bias", 1, 64, 7, size=20, n=1, stride=2, padding=3, bias=True)
    add("conv2d_64_64_k3_p1", 64, 64, 3, size=8, n=1, padding=1)


def add_linear(cases: Cases) -> None:
    for features_in, features_out, n, bias in [
        (20, 10, 5, True), (20, 10, 5, False), (20, 10, 1, True), (256, 120, 5, True),
    ]:  # fmt: skip
        inputs = {
            "x": cases.normal(n, features_in),
            "weight": cases.normal(features_out, features_in, scale=features_in**-0.5),
        }
        if bias:
            inputs["bias"] = cases.normal(features_out)
        suffix = "_bias" if bias else ""
        cases.add(f"linear_{features_in}_{features_out}_n{n}{suffix}", "linear", F.linear, inputs, bias=bias)


def add_batch_norms(cases: Cases) -> None:
    momentum, epsilon = 0.1, 1e-5
    for op, shape in [
        ("batch_norm_2d", (3, 6, 5, 5)), ("batch_norm_2d", (3, 16, 4, 3)), ("batch_norm_2d", (2, 20, 3, 3)),
        ("batch_norm_1d", (7, 120)), ("batch_norm_1d", (7, 10)),
    ]:  # fmt: skip
        channels = shape[1]
        case = f"{op}_{channels}"
        initial_mean = (0.1 * torch.arange(channels, dtype=torch.float64)).float().double()
        initial_variance = torch.ones(channels, dtype=torch.float64)
        mean, variance = initial_mean.clone(), initial_variance.clone()

        def forward(x, weight, bias):
            return F.batch_norm(x, mean, variance, weight, bias, True, momentum, epsilon)

        inputs = {
            "x": cases.normal(*shape, scale=2.0) + 0.5,
            "weight": cases.normal(channels) + 1.0,
            "bias": cases.normal(channels),
        }
        inputs = {name: tensor.float().double() for name, tensor in inputs.items()}
        cases.add(case, op, forward, inputs, momentum=momentum, epsilon=epsilon)
        x, weight, bias = inputs.values()
        cases.store(
            case, initial_running_mean=initial_mean, initial_running_var=initial_variance,
            running_mean=mean, running_var=variance,
            y_evaluation=F.batch_norm(
                x, mean.float().double(), variance.float().double(), weight, bias, False, momentum, epsilon
            ),
        )  # fmt: skip


def add_pools(cases: Cases) -> None:
    def add(case, op, function, x, kernel, stride, padding=0):
        def forward(x):
            return function(x, kernel, stride=stride, padding=padding)

        cases.add(case, op, forward, {"x": x}, kernel=kernel, stride=stride, padding=padding)

    def add_max(case, *x_and_more):
        add(f"max_pool2d_{case}", "max_pool2d", F.max_pool2d, *x_and_more)

    add_max("k2_s2", cases.normal(2, 6, 6, 8), 2, 2)
    add_max("k3_s2_p1", cases.normal(2, 20, 6, 6), 3, 2, 1)
    # Of equal numbers the first in row-major order has the gradient.
    add_max("k2_s2_ties", cases.coarse(-2, 1, 2, 6, 6, 6), 2, 2)
    add_max("k3_s2_p1_ties", cases.coarse(-2, 1, 1, 6, 9, 9), 3, 2, 1)
    # All numbers are negative: padding that counted as zero would win.
    add_max("k3_s2_p1_negative", cases.coarse(-8, -1, 2, 6, 7, 7), 3, 2, 1)
    add("avg_pool2d_k2_s2", "avg_pool2d", F.avg_pool2d, cases.normal(2, 20, 4, 6), 2, 2)
    cases.add(
        "global_avg_pool2d", "global_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, 1),
        {"x": cases.normal(3, 20, 3, 3)},
    )  # fmt: skip


def add_elementwise_and_shapes(cases: Cases) -> None:
    x = cases.normal(2, 6, 3, 5)
    # At zero the derivative of relu is zero.
    x.view(-1)[:2] = torch.tensor([0.0, -0.0])
    cases.add("relu", "relu", torch.relu, {"x": x})
    x = cases.normal(2, 6, 3, 5, scale=3.0)
    x.view(-1)[:4] = torch.tensor([-80.0, -20.0, 20.0, 80.0])
    cases.add("sigmoid", "sigmoid", torch.sigmoid, {"x": x})
    cases.add("flatten", "flatten", lambda x: torch.flatten(x, 1), {"x": cases.normal(3, 6, 4, 5)})

    cases.add(
        "add", "add", lambda x_0, x_1: x_0 + x_1,
        {"x_0": cases.normal(2, 20, 3, 3), "x_1": cases.normal(2, 20, 3, 3)},
    )  # fmt: skip
    # x is used twice, so its gradient is a sum.
    cases.add(
        "residual", "residual_conv2d", lambda x, weight, bias: x + F.conv2d(x, weight, bias, padding=1),
        {
            "x": cases.normal(2, 6, 5, 5),
            "weight": cases.normal(6, 6, 3, 3, scale=54**-0.5),
            "bias": cases.normal(6),
        },
        kernel=3, stride=1, padding=1, bias=True,
    )  # fmt: skip
    for one, other in [(3, 10), (16, 32), (6, 20)]:
        cases.add(
            f"concatenate_{one}_{other}", "concatenate", lambda x_0, x_1: torch.cat([x_0, x_1], dim=1),
            {"x_0": cases.normal(2, one, 2, 3), "x_1": cases.normal(2, other, 2, 3)},
        )  # fmt: skip


def add_losses(cases: Cases) -> None:
    for case, n, classes, scale in [
        ("n32", 32, 10, 1.0), ("n1", 1, 10, 1.0), ("n7_c3", 7, 3, 1.0), ("large", 8, 10, 100.0),
    ]:  # fmt: skip
        labels = torch.from_numpy(cases.generator.integers(0, classes, n))
        cases.add_loss(
            f"softmax_cross_entropy_{case}", "softmax_cross_entropy", F.cross_entropy,
            cases.normal(n, classes, scale=scale), labels=labels,
        )  # fmt: skip
    for case, n, classes, smoothing in [("n32", 32, 10, 0.1), ("n7_c3", 7, 3, 0.3)]:
        labels = torch.from_numpy(cases.generator.integers(0, classes, n))
        cases.add_loss(
            f"softmax_cross_entropy_smoothed_{case}", "softmax_cross_entropy",
            lambda x, labels, smoothing=smoothing: F.cross_entropy(x, labels, label_smoothing=smoothing),
            cases.normal(n, classes), labels=labels,
        )  # fmt: skip
        cases.descriptions[f"softmax_cross_entropy_smoothed_{case}"]["smoothing"] = smoothing
    for n in (10, 1):
        cases.add_loss(
            f"squared_loss_n{n}", "squared_loss", lambda x, target: ((x - target) ** 2 / 2).mean(),
            cases.normal(n, 1), target=cases.normal(n, 1),
        )  # fmt: skip


def make_operations() -> None:
    cases = Cases(seed=20150501)
    for add in (
        add_convolutions, add_linear, add_batch_norms, add_pools, add_elementwise_and_shapes, add_losses,
    ):  # fmt: skip
        add(cases)
    safetensors.torch.save_file(
        cases.tensors, HERE / "operations.safetensors", metadata={"cases": json.dumps(cases.descriptions)}
    )


def make_images() -> tuple[torch.Tensor, torch.Tensor]:
    """32 images of noise with a bright square, whose place depends on the label."""
    generator = np.random.Generator(np.random.PCG64(1998))
    labels = generator.permutation(np.arange(32) % 10)
    images = generator.integers(0, 100, (32, 1, 28, 28))
    for image, label in zip(images, labels):
        row, column = 2 + 5 * (label // 2), 4 + 12 * (label % 2)
        image[0, row : row + 5, column : column + 9] += 150
    return torch.from_numpy(images.astype(np.uint8)), torch.from_numpy(labels.astype(np.int64))


def rounded(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A state_dict as it is stored: in float32, integers unchanged."""
    return {
        name: (tensor.float() if tensor.is_floating_point() else tensor).clone()
        for name, tensor in state.items()
    }


def train(pooling: str, initial: dict, images: torch.Tensor, labels: torch.Tensor, run: dict, dtype):
    """Takes twenty steps; returns the loss before each, in float64, and the trained network."""
    model = lenet(pooling)
    model.load_state_dict(initial)
    model.to(dtype)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=run["learning_rate"], momentum=run["momentum"], nesterov=run["nesterov"],
        weight_decay=run["weight_decay"],
    )  # fmt: skip
    losses = []
    for _ in range(20):
        loss = F.cross_entropy(model(images.to(dtype) / 255), labels)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.tensor(losses, dtype=torch.float64), model


def make_lenet(pooling: str) -> None:
    torch.manual_seed(0)
    initial = rounded(lenet(pooling).state_dict())
    images, labels = make_images()
    tensors = {"images": images, "labels": labels}
    if pooling == "max":
        tensors |= {f"initial/{name}": tensor for name, tensor in initial.items()}
    for name, run in RUNS.items():
        losses, model = train(pooling, initial, images, labels, run, torch.float64)
        tensors[name] = losses
        in_float32, _ = train(pooling, initial, images, labels, run, torch.float32)
        error = ((in_float32 - losses) / losses).abs().max()
        print(f"lenet_{pooling} {name}: from {losses[0]:.6f} to {losses[-1]:.6f}")
        print(f"  relative error of PyTorch's own float32: {error:.1e}")

        if name == "losses":
            final = rounded(model.state_dict())
            if pooling == "max":
                tensors |= {f"final/{name}": tensor for name, tensor in final.items()}
            model.load_state_dict(final)
            model.eval()
            with torch.no_grad():
                tensors["logits"] = model(images.double() / 255).float()
    safetensors.torch.save_file(
        tensors, HERE / f"lenet_{pooling}.safetensors", metadata={"runs": json.dumps(RUNS)}
    )


def make_names() -> None:
    networks = {}
    for network in ("lenet", *NETWORKS):
        state = MODELS[network]().state_dict()
        types = {torch.float32: "F32", torch.int64: "I64"}
        networks[network] = [[name, types[tensor.dtype], list(tensor.shape)] for name, tensor in state.items()]
    lines = [
        f"{json.dumps(network)}: [\n  " + ",\n  ".join(json.dumps(entry) for entry in entries) + "\n]"
        for network, entries in networks.items()
        if not network.startswith("block")
    ]
    (HERE / "names.json").write_text("{" + ",\n".join(lines) + "}\n")


# By network, the input of one image and the number of images.
NETWORKS = {
    "block-residual": ([6, 7, 7], 4),
    "block-residual-projected": ([6, 7, 7], 4),
    "block-bottleneck": ([6, 7, 7], 4),
    "block-dense": ([3, 8, 8], 4),
    "block-transition": ([23, 7, 7], 4),
    "mlp": ([1, 28, 28], 6),
    "vgg11": ([3, 40, 40], 6),
    "resnet18": ([1, 64, 64], 6),
    "resnet18-small": ([1, 20, 20], 6),
    "resnet34-small": ([3, 20, 20], 6),
    "resnet50": ([3, 64, 64], 6),
    "densenet": ([1, 64, 64], 6),
    "densenet-small": ([1, 20, 20], 6),
    "densenet121": ([3, 64, 64], 6),
}
# Where tensors are looked at, as shares of their number of elements.
PROBES = [0.0, 0.31, 0.77]


def hashed(count: int, tensor: int) -> np.ndarray:
    """Numbers in [0, 1) that depend on nothing but their place: the finalizer of MurmurHash3."""
    word = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(tensor * 40503 & 0xFFFFFFFF)
    for shift, factor in [(16, 0x85EBCA6B), (13, 0xC2B2AE35)]:
        word ^= word >> np.uint32(shift)
        word *= np.uint32(factor)
    word ^= word >> np.uint32(16)
    return (word >> np.uint32(8)).astype(np.float64) * 2.0**-24


def set_weights(model: torch.nn.Module, is_block: bool) -> None:
    """Weights uniform in +-sqrt(3 / fan_in), everything else within a tenth of where it usually begins.

    In whole networks batch norm's gamma is about 0.4 and beta about 1.5, so that of the hundreds of thousands of
    relus hardly one is so near to its kink that single precision bends it the other way.
    """
    scale, shift = (1, 0) if is_block else (0.4, 1.5)
    norms = {name for name, module in model.named_modules() if isinstance(module, torch.nn.BatchNorm2d)}
    for index, parameter in enumerate(model.parameters()):
        numbers = 2 * hashed(parameter.numel(), index + 1) - 1
        name = next(name for name, other in model.named_parameters() if other is parameter)
        if parameter.dim() > 1:
            numbers *= (3 / (parameter.numel() // parameter.shape[0])) ** 0.5
        elif name.endswith("weight"):
            numbers = scale + 0.1 * numbers
        else:
            numbers = (shift if name.rpartition(".")[0] in norms else 0) + 0.1 * numbers
        rounded = torch.from_numpy(numbers.astype(np.float32).astype(np.float64))
        parameter.data.copy_(rounded.reshape(parameter.shape))


def probe(tensor: torch.Tensor) -> list[float]:
    flat = tensor.detach().flatten()
    return [flat.abs().max().item()] + [flat[int(share * len(flat))].item() for share in PROBES]


def make_networks() -> None:
    networks = {}
    for network, (shape, count) in NETWORKS.items():
        model = MODELS[network]().double()
        set_weights(model, is_block=network.startswith("block"))
        pixels = hashed(count * int(np.prod(shape)), 0).astype(np.float32).astype(np.float64)
        images = torch.from_numpy(pixels.reshape(count, *shape))
        labels = torch.arange(count) * 3 % 10
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        smoothed = F.cross_entropy(logits, labels, label_smoothing=0.1)
        loss.backward()
        networks[network] = {
            "input": shape, "batch": count, "loss": loss.item(), "loss_smoothed": smoothed.item(),
            "logits": logits.detach().flatten().tolist(),
            "gradients": {name: probe(tensor.grad) for name, tensor in model.named_parameters()},
            "running": {name: probe(tensor) for name, tensor in model.named_buffers() if "running" in name},
        }  # fmt: skip
        single = MODELS[network]()
        single.load_state_dict({name: value.float() for name, value in model.state_dict().items()})
        F.cross_entropy(single(images.float()), labels).backward()
        expected = dict(model.named_parameters())
        error = max(
            (tensor.grad - expected[name].grad).abs().max() / expected[name].grad.abs().max()
            for name, tensor in single.named_parameters() if tensor.dim() > 1
        )  # fmt: skip
        print(f"{network}: {loss.item():.6f}\n  relative error of PyTorch's own float32 gradients: {error:.1e}")

    def rounded(value):
        return float(f"{value:.9g}") if isinstance(value, float) else value

    def clean(value):
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items()}
        return [clean(item) for item in value] if isinstance(value, list) else rounded(value)

    lines = [f"{json.dumps(name)}: {json.dumps(clean(entry))}" for name, entry in networks.items()]
    (HERE / "networks.json").write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    make_operations()
    make_lenet("max")
    make_lenet("average")
    make_names()
    make_networks()
