"""transformers on a Qwen2.5-VL folder: two images, both orders, 8 thoughts of 64 tokens each, by plain `generate` and by a
hand-made reuse of the prefix (one prefill an order, its cache repeated 8 times). Prints CPU seconds of one thread, of
loading too, and the peak of memory behind each.

    python bench/peers/transformers_generate.py MODEL_FOLDER float32|bfloat16 [THOUGHTS TOKENS [JOB …]]

JOB: load, reuse, plain; all of them by default.
"""

import resource
import sys
import time

import torch
from transformers import Qwen2_5_VLForConditionalGeneration

THOUGHTS, TOKENS, GRID = 8, 64, 32  # GRID x GRID patches an image: 448 x 448 pixels


def prompt(config):
    """[1, T] token ids: text, two images of GRID² / 4 tokens, text."""
    image = [config.vision_start_token_id] + [config.image_token_id] * (GRID * GRID // 4) + [7]
    return torch.tensor([[5] * 19 + image * 2 + [9] * 40])


def inputs(model, pixels, order):
    row = prompt(model.config)
    return {"input_ids": row, "attention_mask": torch.ones_like(row),
            "pixel_values": torch.cat([pixels[i] for i in order]).to(model.dtype),
            "image_grid_thw": torch.tensor([[1, GRID, GRID]] * 2),
            "mm_token_type_ids": (row == model.config.image_token_id).int()}


def plain(model, pixels):
    for order in ((0, 1), (1, 0)):
        model.generate(**inputs(model, pixels, order), num_return_sequences=THOUGHTS, max_new_tokens=TOKENS,
                       min_new_tokens=TOKENS, do_sample=True, temperature=1.0, top_k=0, top_p=1.0, pad_token_id=0)


def reuse(model, pixels):
    for order in ((0, 1), (1, 0)):
        given = inputs(model, pixels, order)
        out = model(**given, use_cache=True, logits_to_keep=1)
        cache, logits = out.past_key_values, out.logits[:, -1].repeat_interleave(THOUGHTS, 0)
        cache.batch_repeat_interleave(THOUGHTS)
        following = given["input_ids"].shape[1] + model.model.rope_deltas
        for step in range(TOKENS):
            token = torch.multinomial(logits.float().softmax(-1), 1)
            if step + 1 == TOKENS:
                break
            position = (following + step).expand(3, THOUGHTS, 1)
            logits = model(input_ids=token, past_key_values=cache, position_ids=position, use_cache=True).logits[:, -1]


def measure(name, dtype, job):
    start = time.process_time()
    with torch.no_grad():
        result = job()
    print(f"{name} {dtype}: {time.process_time() - start:.2f} s", flush=True)
    print(f"peak_after_{name}: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024} bytes", flush=True)
    return result


def main(folder, dtype, thoughts=THOUGHTS, tokens=TOKENS, *jobs):
    global THOUGHTS, TOKENS
    THOUGHTS, TOKENS = int(thoughts), int(tokens)
    torch.set_num_threads(1)
    model = measure("load", dtype, lambda: Qwen2_5_VLForConditionalGeneration.from_pretrained(
        folder, dtype=getattr(torch, dtype)).eval())
    pixels = [torch.randn(GRID * GRID, 1176) for _ in range(2)]
    for job in (reuse, plain):
        if not jobs or job.__name__ in jobs:
            measure(job.__name__, dtype, lambda: job(model, pixels))


if __name__ == "__main__":
    main(*sys.argv[1:])
