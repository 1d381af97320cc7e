#!/usr/bin/env python3
"""Writes resize.json: images resized by Pillow, for ResizeGoldenTests.swift.

Needs python3 with pillow<13:  python3 Tests/DatasetsTests/Golden/make_golden.py
The output depends on nothing but Pillow's arithmetic, which has not changed from version 3.4 to 12. Pillow 13
resamples columns first where that is cheaper.
Large results are kept as their 64-bit FNV-1a hash alone.
"""

import base64
import json
import pathlib

from PIL import Image

CASES = [  # (height, width) of input and output
    ((28, 28), (96, 96)), ((28, 28), (32, 32)), ((28, 28), (14, 14)), ((96, 96), (28, 28)),
    ((5, 7), (13, 4)), ((32, 32), (224, 224)), ((28, 28), (28, 17)), ((28, 28), (45, 28)),
    ((1, 1), (3, 5)), ((9, 200), (3, 150)), ((6, 3), (4, 1)), ((9, 40), (11, 129)),
]


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def image(height, width, state):
    """Random bytes, a quarter of them black and a quarter white, so that sums reach both ends."""
    pixels = bytearray()
    for _ in range(height * width):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        value, kind = state >> 56, state >> 40 & 3
        pixels.append((value, value, 0, 255)[kind])
    return bytes(pixels)


def main():
    cases = []
    for number, ((height, width), (new_height, new_width)) in enumerate(CASES):
        source = image(height, width, number)
        resized = Image.frombytes("L", (width, height), source).resize(
            (new_width, new_height), Image.Resampling.BILINEAR).tobytes()
        case = {
            "input_size": [height, width], "output_size": [new_height, new_width],
            "input": base64.b64encode(source).decode(), "output_hash": f"{fnv1a(resized):016x}",
        }
        if len(resized) <= 2048:
            case["output"] = base64.b64encode(resized).decode()
        cases.append(case)
    path = pathlib.Path(__file__).with_name("resize.json")
    path.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
