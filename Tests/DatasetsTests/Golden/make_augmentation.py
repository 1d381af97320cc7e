#!/usr/bin/env python3
"""Writes augmentation.json: random changes of images by torchvision on PIL images, for GoldenAugmentationTests.swift.

    python3 -m venv venv && venv/bin/pip install torch torchvision 'pillow<13' numpy
    venv/bin/python Tests/DatasetsTests/Golden/make_augmentation.py

Each case has the numbers that torchvision drew, in their order, and what it made of them: the rectangle, or the hash of the
pixels [channel, row, column]. The images are those of `image`, which the tests draw, too.

Pillow 13 resizes some rectangles by columns first, where that is cheaper, and so rounds them otherwise than all versions before.
Turns by whole quarters are left out: the cosine of torchvision's right angle is not 0, and what lies on an image's edge then is
inside or outside as it happens.
"""

import json
import pathlib
import random
import sys
import types

import numpy
import torch
from PIL import Image

# Operators for detection, which a torchvision for GPUs beside a PyTorch without them does not find.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
from torchvision import transforms  # noqa: E402
from torchvision.transforms import functional  # noqa: E402

BILINEAR = transforms.InterpolationMode.BILINEAR


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def image(channels, height, width):
    """Smooth planes with steep edges: byte (31 c + 5 r² + 3 k r + 7 k) mod 256 at channel c, row r, column k."""
    planes = numpy.fromfunction(
        lambda c, r, k: (31 * c + 5 * r * r + 3 * k * r + 7 * k) % 256, (channels, height, width), dtype=int)
    planes = planes.astype(numpy.uint8)
    return Image.fromarray(planes[0] if channels == 1 else numpy.ascontiguousarray(planes.transpose(1, 2, 0)))


def hash_of(picture):
    array = numpy.array(picture)
    return fnv1a((array if array.ndim == 2 else array.transpose(2, 0, 1)).tobytes())


class Recorder:
    """Remembers what torch draws."""

    def __enter__(self):
        self.uniforms, self.integers = [], []
        self.uniform, self.randint = torch.Tensor.uniform_, torch.randint

        def uniform(tensor, *arguments):
            result = self.uniform(tensor, *arguments)
            self.uniforms.append(result.item())
            return result

        def randint(*arguments, **options):
            result = self.randint(*arguments, **options)
            self.integers.append(result.item())
            return result

        torch.Tensor.uniform_, torch.randint = uniform, randint
        return self

    def __exit__(self, *_):
        torch.Tensor.uniform_, torch.randint = self.uniform, self.randint


def fits():
    """Resize and CenterCrop."""
    for channels, size, resize, crop in [
        (3, (40, 60), 24, (24, 24)), (1, (61, 33), 20, (19, 16)), (3, (30, 41), (20, 30), (15, 30)),
        (1, (28, 28), None, (23, 18)), (3, (35, 50), (32, 48), None), (1, (37, 61), 17, None),
    ]:  # fmt: skip
        picture = image(channels, *size)
        if resize:
            picture = transforms.Resize(resize, BILINEAR)(picture)
        if crop:
            picture = transforms.CenterCrop(crop)(picture)
        yield {
            "channels": channels, "size": size, "resize": [resize] if isinstance(resize, int) else resize, "crop": crop,
            "output": [picture.height, picture.width], "hash": hash_of(picture),
        }  # fmt: skip


def resized_crops():
    for number, (size, share) in enumerate(
        [((40, 60), (0.08, 1)), ((60, 40), (0.08, 1)), ((33, 33), (0.5, 0.9)), ((10, 90), (0.9, 1)), ((90, 10), (0.9, 1))]
        * 4
    ):
        channels = 1 + number % 2 * 2
        with Recorder() as recorder:
            top, left, height, width = transforms.RandomResizedCrop.get_params(
                torch.zeros(1, *size), list(share), [3 / 4, 4 / 3])
        picture = functional.resized_crop(image(channels, *size), top, left, height, width, [24, 20], BILINEAR)
        yield {
            "channels": channels, "size": size, "share": share, "uniforms": recorder.uniforms,
            "integers": recorder.integers, "box": [top, left, height, width], "hash": hash_of(picture),
        }  # fmt: skip


def affine_maps():
    draw = random.Random(5)
    for number in range(30):
        size = [(28, 28), (31, 45), (50, 20)][number % 3]
        channels = 1 + number % 2 * 2
        degrees = [0, 89.5, -91, 179, draw.uniform(-180, 180), draw.uniform(-20, 20)][number % 6]
        shift = [draw.randint(-6, 6), draw.randint(-6, 6)] if number % 4 else [0, 0]
        scale = draw.uniform(0.6, 1.5) if number % 3 else 1.0
        shear = draw.uniform(-30, 30) if number % 5 == 1 else 0.0
        picture = functional.affine(
            image(channels, *size), degrees, shift, scale, [shear, 0.0], interpolation=BILINEAR, fill=0)
        yield {
            "channels": channels, "size": size, "degrees": degrees, "shift": shift, "scale": scale, "shear": shear,
            "hash": hash_of(picture),
        }  # fmt: skip


def colors():
    draw = random.Random(6)
    changes = {
        "brightness": functional.adjust_brightness, "contrast": functional.adjust_contrast,
        "saturation": functional.adjust_saturation,
    }  # fmt: skip
    for number in range(24):
        channels = 1 + number % 2 * 2
        order = draw.sample(sorted(changes), 1 + number // 2 % 3)
        steps = [[kind, numpy.float32([0, 1, draw.uniform(0, 2)][min(draw.randint(0, 8), 2)]).item()] for kind in order]
        picture = image(channels, 21, 34)
        for kind, factor in steps:
            picture = changes[kind](picture, factor)
        yield {"channels": channels, "size": (21, 34), "steps": steps, "hash": hash_of(picture)}


def erasings():
    for number, (size, share) in enumerate(
        [((28, 28), (0.02, 0.33)), ((20, 50), (0.02, 0.33)), ((9, 7), (0.3, 0.9)), ((12, 40), (0.9, 1))] * 4
    ):
        with Recorder() as recorder:
            top, left, height, width, value = transforms.RandomErasing.get_params(
                torch.zeros(1, *size), share, (0.3, 3.3), [0.0])
        fits = value.numel() == 1
        yield {
            "size": size, "share": share, "uniforms": recorder.uniforms, "integers": recorder.integers,
            "box": [top, left, height, width] if fits else None,
        }  # fmt: skip


def main():
    torch.manual_seed(13)
    cases = {
        "fits": list(fits()), "resized_crops": list(resized_crops()), "affine_maps": list(affine_maps()),
        "colors": list(colors()), "erasings": list(erasings()),
    }  # fmt: skip
    lines = [f'"{name}": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]" for name, rows in cases.items()]
    pathlib.Path(__file__).with_name("augmentation.json").write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main()
