"""Writes tests/golden/processors/cases.json: what transformers' AutoImageProcessor makes of settings in either file."""

import json
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from transformers import AutoImageProcessor

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
SIZE = (480, 320)
TYPE = {"image_processor_type": "Qwen2VLImageProcessor"}
SMALL, LARGE = {"shortest_edge": 1568, "longest_edge": 4704}, {"shortest_edge": 3136, "longest_edge": 12544}
OLD_SMALL, OLD_LARGE = {"min_pixels": 1568, "max_pixels": 4704}, {"min_pixels": 3136, "max_pixels": 12544}

# name: (preprocessor_config.json, processor_config.json)
CASES = {
    "pixel counts": ({**TYPE, **OLD_SMALL}, None),
    "edges": ({**TYPE, "size": SMALL}, None),
    "pixel counts win over edges": ({**TYPE, "size": SMALL, **OLD_LARGE}, None),
    "one count over one edge": ({**TYPE, "size": SMALL, "min_pixels": 3136}, None),
    "counts inside size": ({**TYPE, "size": OLD_SMALL}, None),
    "counts inside size and outside": ({**TYPE, "size": OLD_SMALL, **OLD_LARGE}, None),
    "one edge": ({**TYPE, "size": {"shortest_edge": 1568}}, None),
    "one edge and the other count": ({**TYPE, "size": {"shortest_edge": 1568}, "max_pixels": 4704}, None),
    "height and width": ({**TYPE, "size": {"height": 56, "width": 56}}, None),
    "one number": ({**TYPE, "size": 448}, None),
    "nothing": ({**TYPE}, None),
    "nulls": ({**TYPE, "size": None, "min_pixels": None, "max_pixels": None}, None),
    "no type": ({**OLD_SMALL}, None),
    "the fast type": ({"image_processor_type": "Qwen2VLImageProcessorFast", **OLD_SMALL}, None),
    "another type": ({"image_processor_type": "CLIPImageProcessor", **OLD_SMALL}, None),
    "the newer file wins": ({**TYPE, **OLD_SMALL}, {"image_processor": {**TYPE, "size": LARGE}}),
    "the newer file alone": (None, {"image_processor": {**TYPE, "size": LARGE}}),
    "the newer file wins where it is silent": ({**TYPE, **OLD_SMALL, "image_mean": [0, 0, 0]}, {"image_processor": {**TYPE}}),
    "a newer file without images": ({**TYPE, **OLD_SMALL}, {"processor_class": "Qwen2_5_VLProcessor"}),
    "a newer file with null": ({**TYPE, **OLD_SMALL}, {"image_processor": None}),
    "a newer file with counts of its own": ({**TYPE, **OLD_SMALL}, {**OLD_LARGE, "size": LARGE}),
    "only a newer file without images": (None, {"processor_class": "Qwen2_5_VLProcessor"}),
    "no file": (None, None),
    "mean and deviation": ({**TYPE, **OLD_SMALL, "image_mean": [0.5, 0.25, 0.125], "image_std": [1, 2, 0.5]}, None),
    "one mean for all": ({**TYPE, **OLD_SMALL, "image_mean": 0.5, "image_std": 0.25}, None),
    "rescale": ({**TYPE, **OLD_SMALL, "rescale_factor": 0.5}, None),
    "keys without effect": ({**TYPE, **OLD_SMALL, "do_center_crop": True, "crop_size": {"height": 8, "width": 8}, "do_pad": True, "device": None}, None),
    "no resize": ({**TYPE, **OLD_SMALL, "do_resize": False}, None),
    "no rescale": ({**TYPE, **OLD_SMALL, "do_rescale": False}, None),
    "no normalise": ({**TYPE, **OLD_SMALL, "do_normalize": False}, None),
    "null resize": ({**TYPE, **OLD_SMALL, "do_resize": None}, None),
    "null factor": ({**TYPE, **OLD_SMALL, "rescale_factor": None}, None),
    "lanczos": ({**TYPE, **OLD_SMALL, "resample": 1}, None),
    "bilinear in the newer file": (None, {"image_processor": {**TYPE, "size": LARGE, "resample": 2}}),
    "another patch": ({**TYPE, **OLD_SMALL, "patch_size": 16}, None),
}


def loaded(before, after):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(GOLDEN / "checkpoints" / "hub_layout_bf16" / "config.json", folder)
        for file, content in (("preprocessor_config.json", before), ("processor_config.json", after)):
            if content is not None:
                (folder / file).write_text(json.dumps(content))
        try:
            processor = AutoImageProcessor.from_pretrained(folder)
            grid = processor(Image.new("RGB", SIZE), return_tensors="pt")["image_grid_thw"].tolist()[0]
        except Exception as error:  # whatever it raises: there is no picture
            return {"error": type(error).__name__}
        def three(value):
            return list(value) if isinstance(value, (list, tuple)) else [value] * 3
        return {"min_pixels": processor.size["shortest_edge"], "max_pixels": processor.size["longest_edge"], "grid": grid,
                "mean": three(processor.image_mean), "std": three(processor.image_std), "rescale": processor.rescale_factor}


def main():
    rows = [{"name": name, "preprocessor_config.json": before, "processor_config.json": after, "loaded": loaded(before, after)}
            for name, (before, after) in CASES.items()]
    out = GOLDEN / "processors"
    out.mkdir(exist_ok=True)
    (out / "cases.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
    print(f"{len(rows)} cases, {sum('error' in row['loaded'] for row in rows)} refused by transformers")


if __name__ == "__main__":
    main()
