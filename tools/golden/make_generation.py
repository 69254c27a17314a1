"""Writes tests/golden/generation: greedy decoding with a cache, and sampling log-probs of given tokens."""

import json
import sys
from pathlib import Path

import torch

from cases import CASES
from reference import Reference

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
STEPS, TEMPERATURE, SEED = 24, 0.7, 17
NEVER = ["<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"]


def banned_ids(reference):
    """What Juror never samples: vision tokens and embedding rows without a token."""
    known = len(reference.tokenizer)
    rows = reference.model.config.text_config.vocab_size
    return sorted(reference.tokenizer.convert_tokens_to_ids(NEVER)) + list(range(known, rows))


def log_probs(logits, banned, temperature=1.0):
    """log softmax of [*, V] over the ids that may be sampled."""
    logits = logits.double() / temperature
    if banned:
        logits = logits.index_fill(-1, torch.tensor(banned), float("-inf"))
    return logits.log_softmax(-1)


def describe(token, logits, banned):
    allowed = logits.clone()
    allowed[banned] = float("-inf")
    top = allowed.topk(5)
    return {"token": token, "top5_ids": top.indices.tolist(), "top5_logits": top.values.tolist(),
            "logp_all": float(log_probs(logits, [])[token]), "logp": float(log_probs(logits, banned)[token]),
            f"logp_t{TEMPERATURE}": float(log_probs(logits, banned, TEMPERATURE)[token])}


def generate(reference, inputs, suppressed, **options):
    """(tokens, raw logits [steps, V]) of transformers' own generate."""
    out = reference.model.generate(
        **inputs, max_new_tokens=STEPS, use_cache=True, repetition_penalty=1.0, top_p=1.0,
        suppress_tokens=suppressed, return_dict_in_generate=True, output_logits=True, **options)
    tokens = out.sequences[0, inputs["input_ids"].shape[1]:].tolist()
    return tokens, torch.cat(out.logits)


def run(reference, inputs, banned, keep_going=(), **options):
    """One row per token. `keep_going`: ids suppressed while choosing, though not in the log-probs."""
    tokens, logits = generate(reference, inputs, sorted([*banned, *keep_going]), **options)
    assert len(tokens) == STEPS, f"stopped after {len(tokens)} tokens: choose another prompt"
    with torch.no_grad():  # the cache must change nothing: one pass over prompt + tokens
        row = torch.cat([inputs["input_ids"], torch.tensor([tokens])], dim=1)
        again = inputs | {"input_ids": row, "mm_token_type_ids": (row == reference.model.config.image_token_id).int()}
        full = reference.model(**again, use_cache=False).logits[0, -STEPS - 1:-1]
    difference = float((full - logits).abs().max())
    assert difference < 1e-4, difference
    return [describe(token, step, banned) for token, step in zip(tokens, logits)], difference


def fixture(checkpoint):
    reference = Reference(GOLDEN / "checkpoints" / checkpoint)
    request = {"messages": CASES["two"]["messages"]}
    inputs, _ = reference.inputs(request, GOLDEN / "forward" / checkpoint)
    banned = banned_ids(reference)
    stop = reference.model.generation_config.eos_token_id
    greedy, noise = run(reference, inputs, banned, do_sample=False)
    torch.manual_seed(SEED)
    sampled, _ = run(reference, inputs, banned, stop, do_sample=True, top_k=10**6, temperature=TEMPERATURE)
    margin = min(step["top5_logits"][0] - step["top5_logits"][1] for step in greedy)
    print(checkpoint, "smallest greedy margin", margin, "cache against one pass", noise)
    assert margin > 1e-3
    body = {"checkpoint": checkpoint, "prompt_ids": inputs["input_ids"][0].tolist(), "temperature": TEMPERATURE,
            "banned": banned, "eos": stop, "smallest_greedy_margin": margin, "greedy": greedy, "sampled": sampled}
    return request, body


def write(folder, checkpoint):
    request, body = fixture(checkpoint)
    (folder / f"{checkpoint}.request.json").write_text(json.dumps(request, indent=1) + "\n")
    steps = {key: ",\n  ".join(map(json.dumps, body.pop(key))) for key in ("greedy", "sampled")}
    lines = [f' "{key}": {json.dumps(value)}' for key, value in body.items()]
    lines += [f' "{key}": [\n  {rows}\n ]' for key, rows in steps.items()]
    (folder / f"{checkpoint}.expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    folder = GOLDEN / "generation"
    folder.mkdir(parents=True, exist_ok=True)
    for checkpoint in ("tied_f16", "untied_odd_f32", "qwen2_vl_untied_odd_f32", "qwen3_vl_untied_odd_f32"):
        write(folder, checkpoint)


if __name__ == "__main__":
    sys.exit(main())
