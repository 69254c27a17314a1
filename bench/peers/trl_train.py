"""TRL's GRPOTrainer on a Qwen2.5-VL folder: prompts of two images of 448 x 448, G completions of exactly R tokens each.
Prints one JSON object: seconds (on the wall, and of the CPU) of rollout, forward, backward, optimizer and whole step, one entry
a step, and the peak of memory. On a machine that does other work too, the CPU's seconds on one thread are those to compare.

    python bench/peers/trl_train.py MODEL_FOLDER --prompts 1 --threads 1 [--lora] [--gradient-checkpointing]

TRL does everything itself (chat template, image processor, `generate`, loss, AdamW); this only listens to its clocks. The
reward is a random number, which costs nothing. Settings that make TRL fast here are the defaults: fp32, sdpa attention, no
gradient checkpointing, one micro-batch, and `--malloc keep`, which restarts the script with glibc's malloc told to keep
what it has freed (MALLOC_MMAP_MAX_=0, MALLOC_TRIM_THRESHOLD_ and MALLOC_TOP_PAD_ large): by default every large
activation is mapped and cleared by the kernel anew.
"""

import argparse
import contextlib
import json
import os
import random
import resource
import sys
import tempfile
import time

import numpy as np

KEEP = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_TOP_PAD_": str(64 << 20),
        "MALLOC_ARENA_MAX": "1"}
QUESTION = "Which image would people prefer?"


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--prompts", type=int, default=1, help="prompts a step (B)")
    parser.add_argument("--generations", type=int, default=8, help="completions a prompt (G)")
    parser.add_argument("--tokens", type=int, default=64, help="tokens a completion, no fewer and no more (R)")
    parser.add_argument("--prompt-tokens", type=int, default=575, help="the question is lengthened until it has these")
    parser.add_argument("--image-size", type=int, default=448, help="width and height of both images")
    parser.add_argument("--micro-batch", type=int, default=0, help="rows a forward pass; 0: all of the step")
    parser.add_argument("--steps", type=int, default=1, help="steps that count")
    parser.add_argument("--warmup", type=int, default=0, help="steps before those, left out of the output")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--attention", default="sdpa", choices=["sdpa", "eager"])
    parser.add_argument("--lora", action="store_true", help="rank 16 on every linear layer of the language model")
    parser.add_argument("--gradient-checkpointing", action="store_true")
    parser.add_argument("--malloc", default="keep", choices=["keep", "default"])
    return parser.parse_args(arguments)


def restart_with(environment):
    """malloc reads its settings once, when a process starts."""
    if any(os.environ.get(key) != value for key, value in environment.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | environment)


def now():
    """Seconds on the wall and of the CPU, all threads together."""
    return np.array([time.perf_counter(), time.process_time()])


class Clocks:
    """Seconds by name, as `now` counts them, added up until the step's end."""

    def __init__(self):
        self.seconds, self.steps = {}, []

    @contextlib.contextmanager
    def measure(self, name):
        start = now()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + now() - start

    def listen(self, owner, method, name):
        original = getattr(owner, method)

        def timed(*args, **kwargs):
            with self.measure(name):
                return original(*args, **kwargs)

        setattr(owner, method, timed)

    def end_step(self):
        self.steps.append(self.seconds)
        self.seconds = {}


def question(processor, images, wanted):
    """A conversation of two images whose prompt has `wanted` tokens, or the nearest above."""
    def conversation(words):
        return [{"role": "user", "content": [{"type": "image"}, {"type": "image"}, {"type": "text", "text": words}]}]

    def length(words):
        text = processor.apply_chat_template(conversation(words), add_generation_prompt=True)
        return processor(text=[text], images=images, return_tensors="pt")["input_ids"].shape[1]

    words = QUESTION
    while length(words) < wanted:
        words += "?"
    return conversation(words), length(words)


def pictures(options, count):
    from PIL import Image
    rng = np.random.default_rng(0)
    size = (options.image_size, options.image_size, 3)
    return [[Image.fromarray(rng.integers(0, 256, size, dtype=np.uint8)) for _ in range(2)] for _ in range(count)]


def load_processor(folder):
    """Pads on the left: see tools/golden/README.md."""
    from transformers import AutoTokenizer, Qwen2_5_VLProcessor, Qwen2VLVideoProcessor
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    return Qwen2_5_VLProcessor(image_processor=Qwen2VLImageProcessorPil.from_pretrained(folder), tokenizer=tokenizer,
                               video_processor=Qwen2VLVideoProcessor(), chat_template=tokenizer.chat_template)


def training_arguments(options):
    from trl import GRPOConfig
    rows = options.prompts * options.generations
    micro = options.micro_batch or rows
    if rows % micro:
        raise SystemExit(f"--micro-batch {micro} does not divide the {rows} completions of a step")
    return GRPOConfig(
        output_dir=tempfile.mkdtemp(), use_cpu=True, bf16=options.dtype == "bfloat16", report_to=[],
        save_strategy="no", disable_tqdm=True, logging_steps=10**6, seed=1, max_steps=options.warmup + options.steps,
        per_device_train_batch_size=micro, gradient_accumulation_steps=rows // micro,
        num_generations=options.generations, max_completion_length=options.tokens,
        generation_kwargs={"min_new_tokens": options.tokens}, gradient_checkpointing=options.gradient_checkpointing,
        learning_rate=1e-5 if options.lora else 1e-6)


def adapter(options):
    from peft import LoraConfig
    layers = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
    return LoraConfig(r=16, lora_alpha=32, target_modules=layers, task_type="CAUSAL_LM") if options.lora else None


def make_trainer(options):
    """(trainer, tokens of a prompt)."""
    import torch
    from datasets import Dataset
    from transformers import Qwen2_5_VLForConditionalGeneration
    from trl import GRPOTrainer
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(
        options.model, dtype=getattr(torch, options.dtype), attn_implementation=options.attention)
    processor = load_processor(options.model)
    images = pictures(options, options.prompts * (options.warmup + options.steps))
    conversation, length = question(processor, images[0], options.prompt_tokens)

    class Trainer(GRPOTrainer):
        def _generate_and_score_completions(self, inputs):
            rows = [{"prompt": conversation, "images": images[row["index"]]} for row in inputs]
            return super()._generate_and_score_completions(rows)

    def reward(completions, **_):
        return [random.random() for _ in completions]

    index = Dataset.from_dict({"prompt": [""] * len(images), "index": list(range(len(images)))})
    trainer = Trainer(model, reward, training_arguments(options), index, processing_class=processor,
                      peft_config=adapter(options))
    return trainer, length


def listen(trainer, clocks):
    """Rollout, everything around it, forward, backward; the optimizer is what is left of a step behind them."""
    from transformers import TrainerCallback
    clocks.listen(trainer, "_generate_single_turn", "rollout")
    clocks.listen(trainer, "_generate_and_score_completions", "rollout_and_batch")
    clocks.listen(trainer, "compute_loss", "forward")
    clocks.listen(trainer.accelerator, "backward", "backward")
    clocks.listen(trainer.accelerator, "clip_grad_norm_", "clip")

    class Steps(TrainerCallback):
        def on_step_begin(self, *_, **__):
            self.began = now()

        def on_pre_optimizer_step(self, *_, **__):
            self.optimizer_began = now()

        def on_optimizer_step(self, *_, **__):
            clocks.seconds["optimizer"] = now() - self.optimizer_began

        def on_step_end(self, *_, **__):
            clocks.seconds["optimizer"] += clocks.seconds.pop("clip", np.zeros(2))
            clocks.seconds["step"] = now() - self.began
            clocks.seconds["batch"] = clocks.seconds.pop("rollout_and_batch") - clocks.seconds["rollout"]
            clocks.end_step()

    trainer.add_callback(Steps())


def main(options):
    import torch
    import transformers
    import trl
    torch.set_num_threads(options.threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    trainer, length = make_trainer(options)
    clocks = Clocks()
    listen(trainer, clocks)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with contextlib.redirect_stdout(sys.stderr):  # Trainer prints its log
        trainer.train()
    steps = clocks.steps[options.warmup:]

    def seconds(clock):
        return {name: [round(float(step[name][clock]), 3) for step in steps]
                for name in ("rollout", "batch", "forward", "backward", "optimizer", "step")}

    print(json.dumps({"trl": trl.__version__, "transformers": transformers.__version__, "torch": torch.__version__,
                      "options": vars(options), "prompt_tokens": length,
                      "seconds": seconds(0), "cpu_seconds": seconds(1),
                      "rss_before_training_bytes": before,
                      "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    chosen = parse(sys.argv[1:])
    if chosen.malloc == "keep":
        restart_with(KEEP)
    main(chosen)
