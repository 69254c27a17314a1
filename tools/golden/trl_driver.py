"""TRL's GRPOTrainer on given completions: only sampling is replaced; advantages, loss and metrics are TRL's own."""

import tempfile
from pathlib import Path

import torch
from datasets import Dataset
from PIL import Image
from transformers import AutoTokenizer, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor, Qwen2VLVideoProcessor
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from trl import GRPOConfig, GRPOTrainer

from grpo_cases import COMPLETIONS, NUM_GENERATIONS, PROMPTS

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"


def load_processor(folder):
    """The folder's own parts, padding on the LEFT: the mask of image tokens is padded by it, ids always on the left."""
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    return Qwen2_5_VLProcessor(image_processor=Qwen2VLImageProcessorPil.from_pretrained(folder), tokenizer=tokenizer,
                               video_processor=Qwen2VLVideoProcessor(), chat_template=tokenizer.chat_template)


def load_model(folder):
    return Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")


def with_pictures(messages):
    """Messages with opened images in place of file names."""
    def part(p):
        return p | {"image": Image.open(GOLDEN / "pictures" / p["image"]).convert("RGB")} if p["type"] == "image" else p
    return [m if isinstance(m["content"], str) else m | {"content": [part(p) for p in m["content"]]} for m in messages]


def rows(rewards):
    """One row a completion, a group's rows together, as TRL's sampler delivers them."""
    return [{"prompt": with_pictures(PROMPTS[b]), "given": COMPLETIONS[b][g], "given_reward": rewards[b][g]}
            for b in range(len(PROMPTS)) for g in range(NUM_GENERATIONS)]


def given(completions, given_reward, **_):
    """The reward function: what the row says."""
    return given_reward


class FixedRollouts(GRPOTrainer):
    """GRPOTrainer whose completions are given. `old_noise`: relative noise on the weights that "sampled"."""

    def __init__(self, folder, options, rewards, old_noise=0.0, ref_noise=0.0):
        self.fixed, self.old_noise, self.losses = rows(rewards), old_noise, []
        args = GRPOConfig(output_dir=tempfile.mkdtemp(), use_cpu=True, bf16=False, gradient_checkpointing=False,
                          per_device_train_batch_size=len(self.fixed), report_to=[], save_strategy="no",
                          logging_steps=1, disable_tqdm=True, shuffle_dataset=False, seed=1, **options)
        index = Dataset.from_dict({"prompt": [str(b) for b in range(len(PROMPTS))]})
        super().__init__(load_model(folder), given, args, index, processing_class=load_processor(folder))
        self.current_gradient_accumulation_steps = 1
        if self.ref_model is not None:
            disturb(self.ref_model, ref_noise, seed=71)

    def given_ids(self):
        return [self._tokenizer(row["given"], add_special_tokens=False)["input_ids"] for row in self.fixed]

    def _generate_single_turn(self, prompt_ids, images, multimodal_fields, num_generations, has_tool_images=False):
        return self.given_ids(), None

    def _generate_and_score_completions(self, inputs):
        """TRL's batch for the fixed rows; old log-probs come from disturbed weights, which are then put back."""
        kept = disturb(self.model, self.old_noise, seed=72)
        batch = super()._generate_and_score_completions([dict(row) for row in self.fixed])
        self.model.load_state_dict(kept)
        return batch

    def compute_loss(self, *args, **kwargs):
        loss = super().compute_loss(*args, **kwargs)
        self.losses.append(loss.item())  # what Trainer logs may be rounded
        return loss


@torch.no_grad()
def disturb(model, noise, seed):
    """Adds noise in proportion to each tensor's own spread; returns the weights from before."""
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        scale = noise * parameter.square().mean().sqrt()
        parameter += scale * torch.randn(parameter.shape, generator=generator)
    return kept
