"""The PyTorch twins of Lockstep's models.

Evaluates a checkpoint on images, in float32, and writes the logits:

    python3 pytorch_twin.py CHECKPOINT IMAGES.safetensors OUT.safetensors [--model NAME]

IMAGES holds "images", F32 [n, channels, height, width]; OUT will hold "logits", F32 [n, 10]. The checkpoint must
hold the twin's state_dict, every name and no other.

Or makes a checkpoint of a fresh twin, initialized by PyTorch:

    python3 pytorch_twin.py --export CHECKPOINT --seed 0 [--model NAME]

NAME is one of MODELS, below. Needs Python 3.9, PyTorch 2 and safetensors.

lenet, resnet18, resnet34 and densenet have the modules of Zhang et al. 2023, "Dive into Deep Learning", sections 8.5
to 8.7 and 13.6; resnet50 and densenet121 have torchvision's names and layers.
"""

import argparse

import torch
from torch import nn
from torch.nn import functional as F


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


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut, which has no batch normalization."""

    def __init__(self, channels_in: int, channels: int, stride: int = 1, projects: bool = False):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, kernel_size=3, stride=stride, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels_in, channels, kernel_size=1, stride=stride) if projects else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.conv3(x) if self.conv3 else x))


class Bottleneck(nn.Module):
    """Convolutions 1x1, 3x3 and 1x1 beside a shortcut."""

    def __init__(self, channels_in: int, channels: int, stride: int = 1, projects: bool = False):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, 4 * channels, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * channels)
        self.downsample = None
        if projects:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, 4 * channels, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(4 * channels),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(y)) + (self.downsample(x) if self.downsample else x))


class DenseBlock(nn.Module):
    """Convolutions that each see the channels of all before them."""

    def __init__(self, channels_in: int, convolutions: int, growth: int):
        super().__init__()
        self.net = nn.ModuleList()
        for index in range(convolutions):
            channels = channels_in + index * growth
            self.net.append(
                nn.Sequential(
                    nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, growth, kernel_size=3, padding=1)
                )
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.net:
            x = torch.cat([x, layer(x)], dim=1)
        return x


class DenseLayer(nn.Module):
    """A 1x1 convolution to four times the growth, then a 3x3 one."""

    def __init__(self, channels_in: int, growth: int):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels_in)
        self.conv1 = nn.Conv2d(channels_in, 4 * growth, kernel_size=1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, kernel_size=3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv1(F.relu(self.norm1(x)))
        return torch.cat([x, self.conv2(F.relu(self.norm2(y)))], dim=1)


def transition(channels_in: int, channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.BatchNorm2d(channels_in), nn.ReLU(), nn.Conv2d(channels_in, channels, kernel_size=1),
        nn.AvgPool2d(kernel_size=2, stride=2),
    )  # fmt: skip


def stem(images: int, kind: str, bias: bool = True) -> list[nn.Module]:
    if kind == "small":
        return [nn.Conv2d(images, 64, 3, stride=1, padding=1, bias=bias), nn.BatchNorm2d(64), nn.ReLU()]
    return [
        nn.Conv2d(images, 64, 7, stride=2, padding=3, bias=bias), nn.BatchNorm2d(64), nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
    ]  # fmt: skip


def head(channels: int) -> list[tuple[str, nn.Module]]:
    return [
        ("global_avg_pool", nn.AdaptiveAvgPool2d(1)),
        ("fc", nn.Sequential(nn.Flatten(), nn.Linear(channels, 10))),
    ]


def resnet(blocks: list[int], images: int, kind: str) -> nn.Sequential:
    """Residual networks as the book builds them."""
    net = nn.Sequential(*stem(images, kind))
    channels_in = 64
    for stage, count in enumerate(blocks):
        channels, stage_blocks = 64 << stage, []
        for block in range(count):
            halves = stage > 0 and block == 0
            stage_blocks.append(Residual(channels_in, channels, 2 if halves else 1, halves))
            channels_in = channels
        net.add_module(f"resnet_block{stage + 1}", nn.Sequential(*stage_blocks))
    for name, module in head(channels_in):
        net.add_module(name, module)
    return net


def densenet(images: int, kind: str) -> nn.Sequential:
    """The densely connected network as the book builds it, its spelling included."""
    net = nn.Sequential(*stem(images, kind))
    channels = 64
    for index in range(4):
        net.add_module(f"DenseBlosk_{index}", DenseBlock(channels, 4, 32))
        channels += 4 * 32
        if index < 3:
            net.add_module(f"transition_block_{index}", transition(channels, channels // 2))
            channels //= 2
    net.add_module("BN", nn.BatchNorm2d(channels))
    net.add_module("relu", nn.ReLU())
    for name, module in head(channels):
        net.add_module(name, module)
    return net


def named(modules: list[nn.Module], names: str) -> list[tuple[str, nn.Module]]:
    return list(zip(names.split(), modules))


def chain(modules: list[tuple[str, nn.Module]]) -> nn.Sequential:
    net = nn.Sequential()
    for name, module in modules:
        net.add_module(name, module)
    return net


def bottleneck_resnet(blocks: list[int], images: int, kind: str) -> nn.Sequential:
    modules = named(stem(images, kind, bias=False), "conv1 bn1 relu maxpool")
    channels_in = 64
    for stage, count in enumerate(blocks):
        channels, stage_blocks = 64 << stage, []
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            stage_blocks.append(Bottleneck(channels_in, channels, stride, block == 0))
            channels_in = 4 * channels
        modules.append((f"layer{stage + 1}", nn.Sequential(*stage_blocks)))
    modules += [("avgpool", nn.AdaptiveAvgPool2d(1)), ("flatten", nn.Flatten())]
    return chain(modules + [("fc", nn.Linear(channels_in, 10))])


def bottleneck_densenet(blocks: list[int], images: int, kind: str) -> nn.Sequential:
    features = named(stem(images, kind, bias=False), "conv0 norm0 relu0 pool0")
    channels = 64
    for index, count in enumerate(blocks):
        layers = [(f"denselayer{i + 1}", DenseLayer(channels + 32 * i, 32)) for i in range(count)]
        features.append((f"denseblock{index + 1}", chain(layers)))
        channels += 32 * count
        if index < len(blocks) - 1:
            between = [
                nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels // 2, 1, bias=False),
                nn.AvgPool2d(kernel_size=2, stride=2),
            ]  # fmt: skip
            features.append((f"transition{index + 1}", chain(named(between, "norm relu conv pool"))))
            channels //= 2
    features.append(("norm5", nn.BatchNorm2d(channels)))
    return chain([
        ("features", chain(features)), ("relu", nn.ReLU()), ("avgpool", nn.AdaptiveAvgPool2d(1)),
        ("flatten", nn.Flatten()), ("classifier", nn.Linear(channels, 10)),
    ])  # fmt: skip


def vgg(images: int) -> nn.Sequential:
    features, channels_in = [], images
    for count, channels in [(1, 64), (1, 128), (2, 256), (2, 512), (2, 512)]:
        for _ in range(count):
            features += [nn.Conv2d(channels_in, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU()]
            channels_in = channels
        features.append(nn.MaxPool2d(2))
    return chain([
        ("features", nn.Sequential(*features)), ("avgpool", nn.AdaptiveAvgPool2d(1)),
        ("classifier", nn.Sequential(nn.Flatten(), nn.Linear(512, 10))),
    ])  # fmt: skip


def import_torchvision():
    """torchvision, also one for GPUs beside a PyTorch without them, which does not find its operators for detection."""
    import sys
    import types

    meta = "torchvision._meta_registrations"
    sys.modules.setdefault(meta, types.ModuleType(meta))
    import torchvision

    return torchvision


def from_torchvision(name: str, channels: int = 1) -> nn.Module:
    """torchvision's own network, of 10 classes; needs torchvision."""
    model = getattr(import_torchvision().models, name)(weights=None, num_classes=10)
    if channels == 3:
        return model
    first = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    narrow = nn.Conv2d(
        1, first.out_channels, first.kernel_size, first.stride, first.padding, bias=first.bias is not None
    )
    if hasattr(model, "conv1"):
        model.conv1 = narrow
    else:
        model.features[0] = narrow
    return model


def mlp(pixels: int) -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(pixels, 256), nn.ReLU(), nn.Linear(256, 10))


def block(*modules: nn.Module, channels: int) -> nn.Sequential:
    """A block and what a loss needs after it."""
    return nn.Sequential(*modules, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


MODELS = {
    "lenet": lambda: lenet("max"),
    "lenet-average": lambda: lenet("average"),
    "mlp": lambda: mlp(1 * 28 * 28),
    "vgg11": lambda: vgg(3),
    "resnet18": lambda: resnet([2, 2, 2, 2], 1, "imagenet"),
    "resnet18-small": lambda: resnet([2, 2, 2, 2], 1, "small"),
    "resnet18-small-color": lambda: resnet([2, 2, 2, 2], 3, "small"),
    "resnet34-small": lambda: resnet([3, 4, 6, 3], 3, "small"),
    "resnet50": lambda: bottleneck_resnet([3, 4, 6, 3], 3, "imagenet"),
    "densenet": lambda: densenet(1, "imagenet"),
    "densenet-small": lambda: densenet(1, "small"),
    "densenet121": lambda: bottleneck_densenet([6, 12, 24, 16], 3, "imagenet"),
    "torchvision-resnet18": lambda: from_torchvision("resnet18"),
    "torchvision-resnet34": lambda: from_torchvision("resnet34"),
    "torchvision-resnet50": lambda: from_torchvision("resnet50"),
    "torchvision-resnet50-color": lambda: from_torchvision("resnet50", 3),
    "torchvision-densenet121": lambda: from_torchvision("densenet121"),
    "block-residual": lambda: block(Residual(6, 6), channels=6),
    "block-residual-projected": lambda: block(Residual(6, 20, 2, True), channels=20),
    "block-bottleneck": lambda: block(Bottleneck(6, 5, 2, True), Bottleneck(20, 5), channels=20),
    "block-dense": lambda: block(DenseBlock(3, 2, 10), channels=23),
    "block-transition": lambda: block(transition(23, 10), channels=10),
}


def main() -> None:
    # Here, since whoever needs the models alone does without it.
    import safetensors.torch

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", metavar="CHECKPOINT IMAGES OUT")
    parser.add_argument("--model", choices=MODELS, default="lenet")
    parser.add_argument("--export", metavar="CHECKPOINT")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if len(arguments.files) != (0 if arguments.export else 3):
        parser.error("either CHECKPOINT IMAGES OUT or --export CHECKPOINT is needed")

    torch.manual_seed(arguments.seed)
    model = MODELS[arguments.model]()
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
