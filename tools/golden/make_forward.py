"""Writes tests/golden/pictures and tests/golden/forward: requests and what transformers answers."""

import json
import sys
from pathlib import Path

from safetensors.torch import save_file

from cases import WITH_GRADIENTS, cases_of, write_pictures
from reference import Reference

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"


def main():
    write_pictures(GOLDEN / "pictures")
    for checkpoint, gradients in WITH_GRADIENTS.items():
        reference = Reference(GOLDEN / "checkpoints" / checkpoint)
        folder = GOLDEN / "forward" / checkpoint
        folder.mkdir(parents=True, exist_ok=True)
        for case, request in cases_of(checkpoint).items():
            request = request | ({"grad": True} if case in gradients else {})
            (folder / f"{case}.request.json").write_text(json.dumps(request, indent=1, ensure_ascii=False) + "\n")
            expected = reference.forward(request, folder)
            save_file(expected, folder / f"{case}.expected.safetensors")
            grids = expected["image_grid_thw"].tolist() if "image_grid_thw" in expected else []
            print(checkpoint, case, "T", len(expected["input_ids"]), "grids", grids, "loss", float(expected["loss"]))


if __name__ == "__main__":
    sys.exit(main())
