"""Writes tests/golden/checkpoints: random models, three a family, as ordinary Hugging Face folders."""

import sys
from pathlib import Path

from checkpoints import SHAPES, build, write_folder

OUT = Path(__file__).resolve().parents[2] / "tests" / "golden" / "checkpoints"


def main():
    for shape in SHAPES:
        model, tokenizer = build(shape)
        write_folder(OUT / shape.name, shape, model, tokenizer)
        print(shape.name, sum(p.numel() for p in model.parameters()), "parameters")


if __name__ == "__main__":
    sys.exit(main())
