"""Reads a folder that `juror models quantize` wrote with the package compressed-tensors and holds every
quantised weight against the whole model's: python3 tools/golden/check_quantized.py WHOLE QUANTIZED.

Prints the root mean square error of the weights, relative to the weights, and the largest error in steps
(scales) of a group, which must not pass half a step and what rounding the scale to bf16 adds."""

import json
import sys
from pathlib import Path

import torch
from compressed_tensors.compressors.pack_quantized.base import PackedQuantizationCompressor
from compressed_tensors.quantization import QuantizationConfig
from safetensors.torch import load_file


def tensors_of(folder: Path) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    for path in sorted(folder.glob("*.safetensors")):
        tensors.update(load_file(path))
    return tensors


def main(whole_folder: str, quantized_folder: str) -> None:
    whole, quantized = tensors_of(Path(whole_folder)), tensors_of(Path(quantized_folder))
    config = json.loads((Path(quantized_folder) / "config.json").read_text())["quantization_config"]
    scheme = QuantizationConfig.model_validate(config).config_groups["group_0"]
    layers = [name.removesuffix(".weight_packed") for name in quantized if name.endswith(".weight_packed")]
    assert layers, f"{quantized_folder} holds no quantised layer"
    steps = 0.0
    square, total = 0.0, 0.0
    for layer in layers:
        state = {name.removeprefix(layer + "."): value for name, value in quantized.items()
                 if name.startswith(layer + ".weight")}
        weight = PackedQuantizationCompressor.decompress(state, scheme)["weight"].float()
        exact = whole[layer + ".weight"].float()
        scale = state["weight_scale"].float().repeat_interleave(scheme.weights.group_size, 1)
        steps = max(steps, ((weight - exact).abs() / scale.clamp_min(1e-30)).max().item())
        square, total = square + (weight - exact).square().sum().item(), total + exact.square().sum().item()
    most = 0.5 + (15 if scheme.weights.num_bits == 4 else 127) / 256
    print(f"{len(layers)} layers of {scheme.weights.num_bits} bits: relative error {(square / total) ** 0.5:.4f}, "
          f"at most {steps:.3f} steps")
    sys.exit(0 if steps <= most else 1)


main(*sys.argv[1:])
