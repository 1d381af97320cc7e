"""Applies an ONNX file to an array by onnxruntime, after onnx.checker has read it.

    python3 run_onnx.py MODEL.onnx INPUT.npy

Prints a JSON object: "name" and "outputs" of the model's result, by sample, "metadata" of the file. An array of bytes is divided
by 255. Needs numpy, onnx and onnxruntime.
"""

import json
import sys

import numpy
import onnx
import onnxruntime

model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
x = numpy.load(sys.argv[2])
if x.dtype == numpy.uint8:
    x = x.astype(numpy.float32) / numpy.float32(255)
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
(entry,), (result,) = session.get_inputs(), session.get_outputs()
outputs = session.run([result.name], {entry.name: x})[0]
metadata = {property.key: property.value for property in model.metadata_props}
print(json.dumps({"name": result.name, "outputs": outputs.tolist(), "metadata": metadata}))
