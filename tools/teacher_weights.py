#!/usr/bin/env python3
"""Turns the weights of EfficientNet-Lite0 as PyTorch saved them into safetensors. Standard library only.

    tools/teacher_weights.py EFFICIENTNET.pth OUTPUT.safetensors

The file is of torch.save's first layout: four pickles, the keys of the storages, then each storage as its length and its
numbers. Only the classes that such a file needs are ever looked up. Each batch norm is folded into the convolution before
it (what is left is a weight and a bias); the classifier is left out. Names: stem, head, blocks.N.expand|depthwise|project.
"""
import array
import collections
import json
import math
import pickle
import struct
import sys

EPSILON = 1e-3  # of the batch norms of EfficientNet
TYPES = {"FloatStorage": "f", "LongStorage": "q"}


class Reader(pickle.Unpickler):
    """Tensors become (storage, offset, shape, strides); storages are only named here and read afterwards."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *rest: (storage, offset, shape, strides)
        if module == "torch" and name in TYPES:
            return name
        raise SystemExit(f"teacher_weights: the file asks for {module}.{name}, which no weights need")

    def persistent_load(self, saved):
        _, kind, key, *_ = saved
        return key, TYPES[kind]


def in_rows(storage, offset, shape, strides):
    """The numbers of a tensor, its last axis the quickest, whatever the order in which they are stored."""
    places = [offset]
    for side, stride in zip(shape, strides):
        places = [at + i * stride for at in places for i in range(side)]
    return array.array(storage.typecode, (storage[at] for at in places))


def read_tensors(path):
    with open(path, "rb") as file:
        for _ in range(3):  # magic number, version, byte order
            pickle.Unpickler(file).load()
        tensors = Reader(file).load()
        kinds = {key: kind for (key, kind), *_ in tensors.values()}
        storages = {}
        for key in pickle.Unpickler(file).load():
            (count,) = struct.unpack("<q", file.read(8))
            storages[key] = array.array(kinds[key])
            storages[key].fromfile(file, count)
    return {
        name: (in_rows(storages[key], offset, shape, strides), list(shape))
        for name, ((key, _), offset, shape, strides) in tensors.items()
    }


def folded(tensors, convolution, norm):
    """(name part, values, shape) of a weight and a bias."""
    weight, shape = tensors[convolution + ".weight"]
    gain, shift, mean, variance = (
        tensors[f"{norm}.{part}"][0] for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = [g / math.sqrt(v + EPSILON) for g, v in zip(gain, variance)]
    each = len(weight) // shape[0]
    values = array.array("f", (w * scale[i // each] for i, w in enumerate(weight)))
    bias = array.array("f", (b - m * s for b, m, s in zip(shift, mean, scale)))
    return [("weight", values, shape), ("bias", bias, [shape[0]])]


def convolutions(tensors):
    """(name here, name there, name of its norm there)."""
    yield "stem", "_conv_stem", "_bn0"
    yield "head", "_conv_head", "_bn1"
    block = 0
    while f"_blocks.{block}._project_conv.weight" in tensors:
        for number, part in enumerate(("expand", "depthwise", "project")):
            there = f"_blocks.{block}._{part}_conv"
            if there + ".weight" in tensors:
                yield f"blocks.{block}.{part}", there, f"_blocks.{block}._bn{number}"
        block += 1


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    tensors = read_tensors(sys.argv[1])
    header, data = {"__metadata__": {"format": "pt"}}, bytearray()
    for name, convolution, norm in convolutions(tensors):
        for part, values, shape in folded(tensors, convolution, norm):
            begin = len(data)
            data += values.tobytes()
            header[f"{name}.{part}"] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(sys.argv[2], "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    main()
