"""The outside reader of adapters: does PEFT load a folder that Juror wrote, and compute what Juror computes with it?

    check_lora.py ADAPTER [--base DIR]             loads it onto its base: every tensor of the file, and no other
    check_lora.py ADAPTER --request R.json --got O.safetensors [--merged DIR] [--tolerance 1e-4]
                                                   also compares the logits and the loss of `juror inspect forward
                                                   --model ADAPTER`, and of the folder of `juror models merge`
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import load_file

from compare import relative_error
from reference import Reference, read_request


def load(adapter, base):
    """The base with the adapter put in by PEFT, as an ordinary user would do it; refuses what PEFT did not take."""
    reference = Reference(base)
    before = {name: value.clone() for name, value in reference.model.state_dict().items()}
    adapted = PeftModel.from_pretrained(reference.model, adapter)
    stored = load_file(Path(adapter) / "adapter_model.safetensors")
    taken = {"base_model.model." + name.replace(".default.", "."): value.detach()
             for name, value in reference.model.named_parameters() if "lora_" in name}
    if set(taken) != set(stored):
        raise SystemExit(f"PEFT has {len(taken)} adapter tensors and the file {len(stored)}: {sorted(set(taken) ^ set(stored))[:3]}")
    for name, value in stored.items():
        if not torch.equal(value, taken[name]):
            raise SystemExit(f"PEFT holds other values than the file for {name}")
    config = adapted.peft_config["default"]
    print(f"ok: PEFT takes {len(stored)} tensors of rank {config.r}, alpha {config.lora_alpha}, onto {len(before)} of {base}")
    return reference


def compare(reference, request_path, got, tolerance):
    request = read_request(request_path) | {"grad": False}
    want = reference.forward(request, Path(request_path).parent)
    worst = 0.0
    for key in ("logits", "loss"):
        if key not in want:
            continue
        error = relative_error(got[key], want[key])
        worst = max(worst, error)
        print(f"{error:9.2e}  {key}")
    return worst <= tolerance


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("adapter")
    parser.add_argument("--base", help="if not the one that adapter_config.json names")
    parser.add_argument("--request")
    parser.add_argument("--got", help="what `juror inspect forward` wrote with the adapter")
    parser.add_argument("--merged", help="folder of `juror models merge`: transformers loads it and must agree too")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    options = parser.parse_args()
    if bool(options.request) != bool(options.got):
        parser.error("--request and --got belong together")
    config = json.loads((Path(options.adapter) / "adapter_config.json").read_text())
    reference = load(options.adapter, options.base or config["base_model_name_or_path"])
    if not options.request:
        return 0
    got = load_file(options.got)
    agrees = compare(reference, options.request, got, options.tolerance)
    if options.merged:
        agrees = compare(Reference(options.merged), options.request, got, options.tolerance) and agrees
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
