"""Writes tests/golden/lora: random LoRA adapters saved by PEFT, and what transformers with PEFT computes through them."""

import json
import shutil
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from cases import QUESTION, image, text, user
from reference import Reference

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
RANK, ALPHA = 4, 8
REQUEST = {"messages": [user(image("small"), image("strip"), text(f"A photo of a cat. {QUESTION}"))],
           "completion": "The second image is sharp. Answer: 2", "grad": True}
# "all-linear" of PEFT: every nn.Linear of language model, vision tower and merger; not lm_head, not the patch embedding.
VARIANTS = {"q_v": ("untied_odd_f32", ["q_proj", "v_proj"], 31), "all_linear": ("untied_odd_f32", "all-linear", 32),
            "qwen3_vl_all_linear": ("qwen3_vl_untied_odd_f32", "all-linear", 33)}  # checkpoint, targets, seed


def randomise(model, seed):
    """A at the scale of its fan-in; B not zero, so that the adapter does something and A has a gradient."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.data = noise * (0.5 if "lora_B" in name else 1.0) / parameter.shape[1] ** 0.5


def saved_name(name):
    """A parameter of the adapted model as PEFT's file calls it."""
    return "base_model.model." + name.replace(".default.", ".")


def save_adapter(peft_model, folder, checkpoint):
    """PEFT's own files, less its README, with nothing of this machine and the names in order."""
    peft_model.save_pretrained(folder)
    (folder / "README.md").unlink()
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text()) | {"base_model_name_or_path": checkpoint}
    config["target_modules"] = sorted(config["target_modules"])
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def fixture(folder, variant):
    """Adapter, and the request's logits, loss and adapter gradients; the base model alone must answer otherwise."""
    checkpoint, targets, seed = VARIANTS[variant]
    reference = Reference(GOLDEN / "checkpoints" / checkpoint)
    before = reference.forward(REQUEST | {"grad": False}, GOLDEN / "forward" / checkpoint)
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, bias="none", target_modules=targets,
                        task_type="CAUSAL_LM")
    peft_model = get_peft_model(reference.model, config)  # puts its layers into reference.model
    randomise(reference.model, seed)
    save_adapter(peft_model, folder, checkpoint)
    out = reference.forward(REQUEST, GOLDEN / "forward" / checkpoint)
    changed = float((out["logits"] - before["logits"]).abs().max())
    assert changed > 0.1, changed
    labelled = int(out["labelled_tokens"])
    out["logits"] = out["logits"][-labelled - 1:-1].contiguous()
    grads = {"grad." + saved_name(key.removeprefix("grad.")): out.pop(key) for key in list(out) if "grad." in key}
    stored = load_file(folder / "adapter_model.safetensors")
    assert {"grad." + name for name in stored} == set(grads)
    assert all(value.abs().max() > 0 for value in grads.values())
    print(variant, len(stored), "tensors; loss", float(out["loss"]), "logits moved by", changed)
    return out | grads


def main():
    root = GOLDEN / "lora"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    (root / "request.json").write_text(json.dumps(REQUEST, indent=1) + "\n")
    for variant in VARIANTS:
        out = fixture(root / variant, variant)
        save_file(out, root / f"{variant}.expected.safetensors")


if __name__ == "__main__":
    sys.exit(main())
