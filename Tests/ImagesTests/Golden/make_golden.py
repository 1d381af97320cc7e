"""Writes decoding.json: small image files and the hashes of the pixels that Pillow decodes them to.

    python3 -m venv venv && venv/bin/pip install pillow==13.0.0 numpy && venv/bin/python make_golden.py

A case has the file, the size of the upright image, and the 64-bit FNV-1a hashes of its planes,
[channel, row, column], after ImageOps.exif_transpose and convert("RGB") or convert("L"). Of 16-bit gray the planes are
the upper bytes: Pillow's own conversion makes 255 of every value above.

    venv/bin/python make_golden.py --check FOLDER    hashes of all images in a folder, for the test against Pillow
"""

import base64
import io
import json
import pathlib
import struct
import sys
import zlib

import numpy
from PIL import Image, ImageOps, features


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def planes(image, mode):
    """The bytes of [channel, row, column] of the upright image."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        image = Image.fromarray((numpy.array(image) >> 8).astype(numpy.uint8))
    array = numpy.array(image.convert(mode))
    return (array if mode == "L" else array.transpose(2, 0, 1)).tobytes()


def expected(data):
    image = Image.open(io.BytesIO(data))
    size = ImageOps.exif_transpose(image).size
    opened = lambda: Image.open(io.BytesIO(data))
    return {
        "width": size[0],
        "height": size[1],
        "rgb": fnv1a(planes(opened(), "RGB")),
        "gray": fnv1a(planes(opened(), "L")),
    }


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, depth, kind, rows, before=b""):
    """A PNG file of rows as they are, for what Pillow does not write."""
    raw = b"".join(b"\0" + row for row in rows)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    )


def interlaced(array, depth, kind):
    """A PNG file in Adam7's seven passes; array is [height, width, channels] bytes."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    raw = b""
    for row, column, down, right in passes:
        part = array[row::down, column::right]
        if part.size:
            raw += b"".join(b"\0" + line.tobytes() for line in part)
    header = struct.pack(">IIBBBBB", array.shape[1], array.shape[0], depth, kind, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def encoded(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def cases():
    random = numpy.random.default_rng(13)
    height, width = 19, 27
    rows, columns = numpy.mgrid[0:height, 0:width]
    waves = numpy.stack(
        [128 + 100 * numpy.sin(rows / 3 + columns / 5), 9 * columns, 128 + 120 * numpy.cos(rows * columns / 40)], 2)
    color = Image.fromarray(numpy.clip(waves + random.normal(0, 8, waves.shape), 0, 255).astype(numpy.uint8))
    gray = color.convert("L")
    alpha = Image.fromarray(random.integers(0, 256, (height, width), dtype=numpy.uint8))

    yield "jpeg 4:2:0", encoded(color, "JPEG", quality=85)
    yield "jpeg 4:2:2", encoded(color, "JPEG", quality=85, subsampling="4:2:2")
    yield "jpeg 4:4:4", encoded(color, "JPEG", quality=95, subsampling="4:4:4")
    yield "jpeg low quality", encoded(color, "JPEG", quality=10)
    yield "jpeg gray", encoded(gray, "JPEG", quality=85)
    yield "jpeg progressive", encoded(color, "JPEG", quality=85, progressive=True)
    yield "jpeg restart markers", encoded(color, "JPEG", quality=85, restart_marker_blocks=1)
    yield "jpeg RGB", encoded(color, "JPEG", quality=85, keep_rgb=True)
    yield "jpeg one pixel", encoded(color.resize((1, 1)), "JPEG")
    yield "jpeg bytes behind its end", encoded(color, "JPEG", quality=85) + b"more"
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"jpeg orientation {orientation}", encoded(color, "JPEG", quality=85, exif=exif)
        yield f"png orientation {orientation}", encoded(gray, "PNG", exif=exif)
    exif = Image.Exif()
    exif[0x0112] = 9
    yield "jpeg orientation 9", encoded(color, "JPEG", quality=85, exif=exif)
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    yield "jpeg big-endian orientation", encoded(color, "JPEG", quality=85, exif=b"Exif\0\0" + tiff)
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="8"/></x:xmpmeta>'
    yield "jpeg XMP orientation", encoded(color, "JPEG", quality=85, xmp=xmp)

    yield "png gray", encoded(gray, "PNG")
    yield "png color", encoded(color, "PNG")
    yield "png gray and alpha", encoded(Image.merge("LA", (gray, alpha)), "PNG")
    yield "png color and alpha", encoded(Image.merge("RGBA", (*color.split(), alpha)), "PNG")
    yield "png palette", encoded(color.quantize(200), "PNG")
    yield "png palette of 4 bits", encoded(color.quantize(13), "PNG")
    yield "png palette of 2 bits", encoded(color.quantize(4), "PNG")
    yield "png palette of 1 bit", encoded(color.quantize(2), "PNG")
    yield "png palette with transparent color", encoded(color.quantize(50), "PNG", transparency=3)
    yield "png palette with alpha", encoded(color.quantize(50), "PNG", transparency=bytes(range(50)))
    yield "png gray with transparent color", encoded(gray, "PNG", transparency=77)
    yield "png color with transparent color", encoded(color, "PNG", transparency=(1, 2, 3))
    yield "png 1 bit", encoded(gray.convert("1"), "PNG")
    bits = random.integers(0, 256, (5, 4), dtype=numpy.uint8)
    yield "png gray of 2 bits", png(14, 5, 2, 0, [row.tobytes() for row in bits])
    yield "png gray of 4 bits", png(7, 5, 4, 0, [row.tobytes() for row in bits])
    yield "png gray of 1 bit with transparency", png(
        30, 5, 1, 0, [row.tobytes() for row in bits], chunk(b"tRNS", b"\0\1"))
    wide = random.integers(0, 65536, (height, width), dtype=numpy.uint16)
    yield "png gray of 16 bits", encoded(Image.fromarray(wide), "PNG")
    for kind, channels, name in [(2, 3, "color"), (4, 2, "gray and alpha"), (6, 4, "color and alpha")]:
        samples = random.integers(0, 65536, (6, 5 * channels), dtype=numpy.uint16)
        yield f"png {name} of 16 bits", png(5, 6, 16, kind, [row.astype(">u2").tobytes() for row in samples])
    palette = random.integers(0, 256, 30, dtype=numpy.uint8).tobytes()
    yield "png colors outside of the palette", png(
        12, 1, 8, 3, [bytes([0, 9, 10, 11, 12, 255, 1, 2, 3, 4, 5, 6])], chunk(b"PLTE", palette))
    yield "png gamma and a profile's name", png(
        4, 1, 8, 0, [bytes([0, 70, 140, 255])], chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"sRGB", b"\0"))
    yield "png interlaced", interlaced(numpy.array(color), 8, 2)
    yield "png interlaced gray", interlaced(numpy.array(gray)[:3, :3, None], 8, 0)
    yield "png one pixel", encoded(color.resize((1, 1)), "PNG")


def check(folder):
    """A line of JSON for each file, by which the same files are decoded and compared."""
    for path in sorted(pathlib.Path(folder).iterdir()):
        print(json.dumps({"name": path.name, **expected(path.read_bytes())}))


def main():
    entries = [
        {"name": name, "file": base64.b64encode(data).decode(), **expected(data)} for name, data in cases()
    ]
    golden = {
        "pillow": Image.__version__ if hasattr(Image, "__version__") else "",
        "libjpeg_turbo": features.version("libjpeg_turbo"),
        "cases": entries,
    }
    path = pathlib.Path(__file__).with_name("decoding.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    check(sys.argv[2]) if sys.argv[1:2] == ["--check"] else main()
