"""Prints how far transformers is from itself: fp32 eager against fp32 sdpa and against fp64. Grounds the tolerances."""

import sys
from pathlib import Path

import torch

from cases import WITH_GRADIENTS, cases_of
from compare import relative_error
from reference import Reference

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
VARIANTS = {"sdpa fp32": ("sdpa", torch.float32), "eager fp64": ("eager", torch.float64)}


def worst(kind, got, want):
    """(error, key) of the worst tensor: forward values or gradients."""
    keys = [k for k in want if k.startswith("grad.") == (kind == "gradients")]
    return max((relative_error(got[k], want[k]), k) for k in keys)


def main():
    for checkpoint in WITH_GRADIENTS:
        folder = GOLDEN / "checkpoints" / checkpoint
        base = Reference(folder)
        root = GOLDEN / "forward" / checkpoint
        for name, (attention, dtype) in VARIANTS.items():
            other = Reference(folder, attention, dtype)
            for case, request in cases_of(checkpoint).items():
                want, got = base.forward(request | {"grad": True}, root), other.forward(request | {"grad": True}, root)
                for kind in ("values", "gradients"):
                    error, key = worst(kind, got, want)
                    print(f"{checkpoint:16} {case:5} {name:10} {kind:9} {error:.1e} {key}")


if __name__ == "__main__":
    sys.exit(main())
