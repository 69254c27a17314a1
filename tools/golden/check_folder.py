"""The outside reader: does transformers load a folder that Juror wrote, and does it compute what Juror computes?

    check_folder.py DIR                            loads it: every tensor, tokenizer, image processor
    check_folder.py DIR --request R.json --got O.safetensors [--tolerance 1e-4]
                                                   also compares every key of `juror inspect forward`
"""

import argparse
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from compare import relative_error
from reference import Reference, read_request

EXACT = ("input_ids", "position_ids", "image_grid_thw")
NOT_OURS = ("labelled_tokens",)  # kept in the fixtures for tests; not a key of `juror inspect forward`


def load(folder):
    """Loads as an ordinary user would (AutoModel), then strictly."""
    from transformers import AutoModelForImageTextToText
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    reference = Reference(folder)
    count = sum(p.numel() for p in reference.model.parameters())
    print(f"ok: {folder} is a {type(model).__name__} of {count} parameters, {len(reference.tokenizer)} tokens, "
          f"patch size {reference.images.patch_size}, tied head: {model.config.tie_word_embeddings}")
    return reference


def differences(got, want):
    """[(error, key, remark)], largest error first; missing keys count as infinite."""
    rows = []
    for key in sorted((set(got) | set(want)) - set(NOT_OURS)):
        if key not in want and key.startswith("grad.") and not got[key].any():
            continue  # a parameter that took no part: zero there, absent here
        if key not in got or key not in want:
            rows.append((float("inf"), key, "only in " + ("the reference" if key in want else "the file")))
        elif got[key].shape != want[key].shape:
            rows.append((float("inf"), key, f"shape {tuple(got[key].shape)}, expected {tuple(want[key].shape)}"))
        else:
            error = relative_error(got[key], want[key])
            rows.append((float("inf") if key in EXACT and error > 0 else error, key, ""))
    return sorted(rows, key=lambda row: -row[0])


def compare(reference, request_path, got_path, tolerance):
    want = reference.forward(read_request(request_path), Path(request_path).parent)
    rows = differences(load_file(got_path), want)
    forward = [row for row in rows if not row[1].startswith("grad.")]
    gradients = [row for row in rows if row[1].startswith("grad.")]
    for error, key, remark in forward + gradients[:5]:
        print(f"{error:9.2e}  {key}  {remark}")
    print(f"{len(forward)} values and {len(gradients)} gradients compared, max relative error {rows[0][0]:.2e}, "
          f"allowed {tolerance:.0e}")
    return 0 if rows[0][0] <= tolerance else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--request")
    parser.add_argument("--got")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    options = parser.parse_args()
    if bool(options.request) != bool(options.got):
        parser.error("--request and --got belong together")
    reference = load(options.folder)
    if not options.request:
        return 0
    return compare(reference, options.request, options.got, options.tolerance)


if __name__ == "__main__":
    sys.exit(main())
