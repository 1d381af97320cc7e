#!/usr/bin/env python3
"""Writes arrays.json: data sets as NumPy saves them, and what is in them, for NumPyTests.swift.

Needs python3 with numpy 1.24 or newer:  python3 Tests/DatasetsTests/Golden/make_arrays.py
Each case has its files in base64, and samples and targets as NumPy reads them, or words of the message that refuses it.
"""

import base64
import io
import json
import pathlib
import zipfile

import numpy as np

TRAIN, TEST = 5, 3


def pixels(count, *shape, dtype=np.uint8):
    """Numbers that differ from neighbour to neighbour, over the range of the type."""
    values = np.arange(count * int(np.prod(shape)), dtype=np.int64) * 7919 + 13
    if np.issubdtype(dtype, np.floating):
        return (values % 1009 / 64 - 7).astype(dtype).reshape(count, *shape)
    return (values % (int(np.iinfo(dtype).max) + 1)).astype(dtype).reshape(count, *shape)


def labels(count, dtype=np.int64, classes=3):
    return (np.arange(count) * 2 % classes).astype(dtype)


def npy(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version)
    return file.getvalue()


def npz(arrays, compress=False, limit=None):
    file = io.BytesIO()
    if limit is None:
        (np.savez_compressed if compress else np.savez)(file, **arrays)
        return file.getvalue()
    # With a lower limit zipfile writes 64-bit sizes and places for small members, too.
    old, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, limit
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = b"an archive may end in a comment"
            for name, array in arrays.items():
                archive.writestr(name + ".npy", npy(array))
    finally:
        zipfile.ZIP64_LIMIT = old
    return file.getvalue()


def arrays(x, y):
    return {"x_train": x[:TRAIN], "y_train": y[:TRAIN], "x_test": x[TRAIN:], "y_test": y[TRAIN:]}


def encoded(files):
    return {name: base64.b64encode(data).decode() for name, data in files.items()}


def inputs(x, axes):
    """What a model is given: channels first, integers divided by their largest."""
    x = x.transpose(axes) if axes else x
    if x.dtype.kind == "u":
        x = x.astype(np.float32) / np.float32(np.iinfo(x.dtype).max)
    return base64.b64encode(np.ascontiguousarray(x, dtype="<f4").tobytes()).decode()


def case(name, x, y, layout="auto", axes=None, shape=None, files=None):
    data = arrays(x, y)
    channels = [x.shape[i] for i in axes[1:]] if axes else list(x.shape[1:])
    targets = np.asarray(y, dtype=np.float64).reshape(len(y), -1).tolist()
    return {
        "name": name, "layout": layout, "shape": shape or channels, "inputs": inputs(x, axes), "targets": targets,
        "is_classes": y.dtype.kind != "f", "train": TRAIN, "files": encoded(files or {"data.npz": npz(data)}),
    }


def reading():
    gray, y = pixels(8, 4, 5), labels(8)
    first, last = pixels(8, 3, 2, 5), pixels(8, 2, 5, 3)
    yield case("gray images", gray, y, shape=[1, 4, 5])
    yield case("said to be gray", gray, y, layout="nhw", shape=[1, 4, 5])
    yield case("channels first", first, y)
    yield case("channels last", last, y, axes=(0, 3, 1, 2))
    yield case("two channels first", pixels(8, 2, 2, 5), y, layout="nchw")
    yield case("two channels last", pixels(8, 2, 5, 2), y, layout="nhwc", axes=(0, 3, 1, 2))
    yield case("Fortran order", np.asfortranarray(gray), y, shape=[1, 4, 5],
               files={"data.npz": npz({k: np.asfortranarray(v) for k, v in arrays(gray, y).items()})})
    yield case("Fortran order, channels last", last, y, axes=(0, 3, 1, 2),
               files={"data.npz": npz({k: np.asfortranarray(v) for k, v in arrays(last, y).items()})})
    for dtype in (np.uint16, np.float32):
        for order in "<>":
            x = pixels(8, 3, 4, 5, dtype=dtype)
            x = x.astype(x.dtype.newbyteorder(order))
            yield case(f"{x.dtype.str}", x, y)
    yield case("features", pixels(8, 6, dtype=np.float32), y)
    yield case("bytes as features", pixels(8, 6), y)
    for dtype in ("u1", "i1", "<u2", ">i2", "<i4", ">u4", "<i8", "<u8"):
        yield case(f"labels {dtype}", gray, labels(8, dtype), shape=[1, 4, 5])
    yield case("labels of truth", gray, labels(8, bool, classes=2), shape=[1, 4, 5])
    yield case("a column of labels", gray, y.reshape(-1, 1), shape=[1, 4, 5])
    values = pixels(8, 2, dtype=np.float32)
    yield case("values", gray, values, shape=[1, 4, 5])
    yield case("values in double precision", pixels(8, 6, dtype=np.float32), values[:, 0].astype(">f8"))
    yield case("values in Fortran order", gray, values, shape=[1, 4, 5],
               files={"data.npz": npz({k: np.asfortranarray(v) for k, v in arrays(gray, values).items()})})
    yield case("compressed", first, y, files={"data.npz": npz(arrays(first, y), compress=True)})
    yield case("64-bit sizes", first, y, files={"data.npz": npz(arrays(first, y), limit=10)})
    for version in ((1, 0), (2, 0), (3, 0)):
        yield case(f"a folder, version {version[0]}", first, y,
                   files={k + ".npy": npy(v, version) for k, v in arrays(first, y).items()})


def refused():
    gray, y = pixels(8, 4, 5), labels(8)
    good = arrays(gray, y)
    objects = np.empty(5, dtype=object)
    objects[:] = [1, 2, 0, 1, 2]
    nan = pixels(8, 4, 5, dtype=np.float32)
    nan[3, 1, 2] = np.nan
    records = np.zeros(5, dtype=[("a", "<f4"), ("b", "<i2")])
    ones = np.eye(3, dtype=np.uint8)[y]
    cases = [
        ("objects", {"y_train": objects}, ["y_train.npy: holds Python objects, which may hold code"]),
        ("records", {"y_train": records}, ["y_train.npy: holds records"]),
        ("texts", {"y_train": np.array(["a", "b", "c", "a", "b"])}, ["y_train.npy: holds texts (dtype <U1)"]),
        ("complex", {"x_train": gray[:TRAIN] * 1j}, ["x_train.npy: holds elements of dtype '<c16'"]),
        ("double precision", {k: v.astype(np.float64) for k, v in good.items() if k[0] == "x"},
         ["x_train.npy: is float64; expected uint8, uint16 or float32, as x.astype('float32')"]),
        ("signed bytes", {k: v.astype(np.int8) for k, v in good.items() if k[0] == "x"}, ["x_train.npy: is int8; expected"]),
        ("half precision", {k: v.astype(np.float16) for k, v in good.items() if k[0] == "x"}, ["is float16; expected"]),
        ("two types", {"x_test": good["x_test"].astype(np.float32)}, ["x_train.npy: is uint8, but", "x_test.npy is float32"]),
        ("labels from 1", {k: v + 1 for k, v in good.items() if k[0] == "y"},
         ["y_train.npy: has labels from 1 to 3, but classes count from 0; subtract 1"]),
        ("negative labels", {"y_train": y[:TRAIN] - 1}, ["y_train.npy: label -1 of sample 0 is no class"]),
        ("unknown labels", {"y_test": np.array([0, 2**64 - 1, 1], dtype=np.uint64)}, ["label 9223372036854775807 of sample 1"]),
        ("one class", {k: v * 0 for k, v in good.items() if k[0] == "y"}, ["y_train.npy: has one class only"]),
        ("ones and zeros", {"y_train": ones[:TRAIN]}, ["y_train.npy: has the shape (5, 3)", "y.argmax(1)"]),
        ("kinds of targets", {"y_test": y[TRAIN:].astype(np.float32)}, ["y_test.npy: and", "not of one kind"]),
        ("counts", {"x_train": gray[:4]}, ["x_train.npy: has 4 samples, but", "y_train.npy has 5"]),
        ("not a number", arrays(nan, y), ["x_train.npy: sample 3 has nan as its value 7"]),
        ("no samples", {"y_train": y[:0]}, ["y_train.npy: is empty"]),
        ("no pixels", {"x_train": np.zeros((5, 0, 5), np.uint8)}, ["x_train.npy: is empty, of shape 5×0×5"]),
        ("one dimension", {"x_train": gray[:TRAIN, 0, 0]}, ["x_train.npy: has the shape 5; expected 2 dimensions"]),
        ("five dimensions", {"x_train": gray[:TRAIN, None, None]}, ["x_train.npy: has the shape 5×1×1×4×5; expected"]),
        ("two channels", {"x_train": pixels(5, 2, 4, 5)}, ["5×2×4×5, which does not tell", "say data.layout: nchw or nhwc"]),
        ("two places of channels", {"x_train": pixels(5, 3, 4, 3)}, ["does not tell where the channels are"]),
    ]
    for name, changes, words in cases:
        yield {"name": name, "words": words, "files": encoded({"data.npz": npz(good | changes)})}
    missing = dict(good)
    del missing["y_test"]
    yield {"name": "no test labels", "words": ["data.npz: has no array y_test, but x_train, y_train, x_test; expected"],
           "files": encoded({"data.npz": npz(missing)})}
    yield {"name": "no file of test labels", "words": ["has none of y_test.npy"],
           "files": encoded({k + ".npy": npy(v) for k, v in missing.items()})}
    # Only pickles of code are worse than pickles; this one is of numbers.
    yield {"name": "a pickle", "words": ["y_train.npy: holds Python objects"],
           "files": encoded({k + ".npy": npy(v) for k, v in (good | {"y_train": objects}).items()})}


def main():
    path = pathlib.Path(__file__).with_name("arrays.json")
    path.write_text(json.dumps({"reading": list(reading()), "refused": list(refused())}) + "\n")


if __name__ == "__main__":
    main()
