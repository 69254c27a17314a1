"""Writes tests/golden/grpo: requests of `juror inspect grpo` and what TRL's GRPOTrainer computes for them."""

import json
import shutil
import sys

import torch
from safetensors.torch import save_file
from transformers import TrainerCallback, logging

import grpo_cases
from trl_driver import GOLDEN, FixedRollouts

OLD_NOISE, REF_NOISE = 0.06, 0.05
CHECKPOINTS = ("untied_odd_f32", "tied_f16")


def unpadded(values, mask):
    """Rows of [N, T] without their padding, as the shortest decimals that read back as the same float32."""
    return [[float(str(value)) for value in row[keep].numpy()] for row, keep in zip(values, mask)]


def token_mask(ids):
    """[N, T], true where a completion has a token. (TRL's own mask may leave out whole completions.)"""
    lengths = torch.tensor([len(row) for row in ids])
    return torch.arange(int(lengths.max())) < lengths[:, None]


def request(options, rewards, trainer, batch):
    """The request in the shape of `juror inspect grpo`: old and reference log-probs only where the loss needs them."""
    ids = trainer.given_ids()
    mask = token_mask(ids)
    extra = {name: unpadded(batch[key], mask) for name, key in
             (("old_logps", "old_per_token_logps"), ("ref_logps", "ref_per_token_logps")) if key in batch}
    groups, G = [], grpo_cases.NUM_GENERATIONS
    for b, messages in enumerate(grpo_cases.PROMPTS):
        completions = [{"token_ids": ids[b * G + g], "reward": rewards[b][g]} |
                       {name: values[b * G + g] for name, values in extra.items()} for g in range(G)]
        groups.append({"messages": messages, "completions": completions})
    return {"options": options, "groups": groups}


def bounds(options):
    """The ratios at which the loss has a kink."""
    if options["loss_type"] == "sapo":
        return []
    if options["loss_type"] == "cispo":
        return [options["epsilon_high"]]
    return [1 - options["epsilon"], 1 + options["epsilon_high"], options.get("delta", 1e9)]


def check_margins(options, batch, logps):
    """No ratio may lie so close to a bound that rounding decides what is clipped."""
    if "old_per_token_logps" not in batch:
        return
    mask = batch["completion_mask"].bool()
    difference = (logps - batch["old_per_token_logps"]) * mask
    ratio = difference[mask].exp()
    if options["importance_sampling_level"] == "sequence":
        ratio = (difference.sum(1) / mask.sum(1).clamp(min=1)).exp()
    for bound in bounds(options):
        assert (ratio - bound).abs().min() > 1e-4, (bound, ratio)


def scalar(value):
    return torch.tensor(float(value), dtype=torch.float32)


def run(checkpoint, case, options):
    """(request, expected) of one loss and its gradients."""
    rewards = grpo_cases.rewards(case)
    trainer = FixedRollouts(GOLDEN / "checkpoints" / checkpoint, options, rewards, OLD_NOISE, REF_NOISE)
    trainer.model.train()
    logps = {}
    computed = trainer._get_per_token_logps_and_entropies

    def remember(*args, **kwargs):
        out = computed(*args, **kwargs)
        logps["last"] = out[0].detach()
        return out

    trainer._get_per_token_logps_and_entropies = remember
    batch = trainer._generate_and_score_completions([])
    loss = trainer.compute_loss(trainer.model, batch)
    loss.backward()
    check_margins(options, batch, logps["last"])
    body = request(options, rewards, trainer, batch)
    keep = token_mask(trainer.given_ids())
    if options.get("mask_truncated_completions"):
        keep &= batch["completion_mask"].bool()  # TRL computes nothing of use for completions it masks
    out = {"loss": loss.detach().float(), "advantages": batch["advantages"].float(), "logps": logps["last"][keep]}
    out |= {f"metric.{name}": scalar(values[-1]) for name, values in trainer._metrics["train"].items()}
    grads = {name: p.grad for name, p in trainer.model.named_parameters() if p.grad is not None}
    assert len(grads) == len(list(trainer.model.parameters()))
    if case in grpo_cases.WITH_GRADIENTS[checkpoint]:
        out |= {f"grad.{name}": grad for name, grad in grads.items()}
    else:
        out["grad_norms"] = torch.tensor([float(grads[name].double().norm()) for name in sorted(grads)])
    return body, {key: value.detach().clone().contiguous() for key, value in out.items()}


class GradNorms(TrainerCallback):
    """Keeps what Trainer logs at every step."""

    def __init__(self):
        self.norms = []

    def on_log(self, args, state, control, logs=None, **_):
        if "grad_norm" in logs:
            self.norms.append(float(logs["grad_norm"]))


def ten_steps(checkpoint):
    """Ten AdamW steps by Trainer: two rounds of five on one rollout each; the reference is the first policy."""
    options, rewards = grpo_cases.TEN_STEPS, grpo_cases.REWARDS
    trainer = FixedRollouts(GOLDEN / "checkpoints" / checkpoint, options | grpo_cases.OPTIMIZER, rewards)
    first = trainer._generate_and_score_completions([])
    body = request(options, rewards, trainer, {"ref_per_token_logps": first["ref_per_token_logps"]})
    trainer._metrics["train"].clear()
    norms = GradNorms()
    trainer.add_callback(norms)
    trainer.train()
    assert len(trainer.losses) == len(norms.norms) == grpo_cases.OPTIMIZER["max_steps"]
    return body, {"losses": torch.tensor(trainer.losses), "grad_norms": torch.tensor(norms.norms)}


def write(folder, name, body, expected):
    groups = body["groups"]
    lines = [json.dumps({"messages": g["messages"], "completions": None})[:-5] + "[\n   " +
             ",\n   ".join(json.dumps(c) for c in g["completions"]) + "]}" for g in groups]
    text = '{"options": ' + json.dumps(body["options"]) + ',\n "groups": [\n  ' + ",\n  ".join(lines) + "]}\n"
    assert json.loads(text) == body
    (folder / f"{name}.request.json").write_text(text)
    path = folder / f"{name}.expected.safetensors"
    save_file(expected, path)
    path.chmod(0o644)


def main(only=None):
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    root = GOLDEN / "grpo"
    if not only:
        shutil.rmtree(root, ignore_errors=True)
    for checkpoint in CHECKPOINTS:
        folder = root / checkpoint
        folder.mkdir(parents=True, exist_ok=True)
        for case, options in grpo_cases.cases(checkpoint).items():
            if only and only not in case:
                continue
            body, expected = run(checkpoint, case, options)
            write(folder, case, body, expected)
            print(checkpoint, case, f"loss {float(expected['loss']):.6f}",
                  {key[7:]: round(float(v), 4) for key, v in expected.items() if "clip_" in key or "kl" in key})
        body, expected = ten_steps(checkpoint)
        write(folder, "ten_steps", body, expected)
        print(checkpoint, "ten steps", expected["losses"].tolist(), expected["grad_norms"].tolist())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
