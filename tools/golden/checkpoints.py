"""The three random Qwen2.5-VL checkpoints: their shapes and how their Hugging Face folders are written."""

import json
import math
from dataclasses import dataclass

import torch
from safetensors.torch import save_file
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

import corpus
from tokenizers_of_fixtures import added_tokens, train, write_tokenizer

CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


@dataclass
class Shape:
    name: str
    seed: int
    tied: bool
    dtype: torch.dtype
    vocabulary: int  # ids of the tokenizer
    rows: int  # rows of the embedding; more than the vocabulary, as on the hub
    text: dict
    vision: dict
    pixels: tuple  # (min_pixels, max_pixels)
    old_layout: bool = False
    new_names: bool = False


def text_sizes(hidden, heads, kv_heads, layers, ffn, sections, theta, eps):
    return {"hidden_size": hidden, "num_attention_heads": heads, "num_key_value_heads": kv_heads,
            "num_hidden_layers": layers, "intermediate_size": ffn, "sections": sections, "theta": theta,
            "rms_norm_eps": eps}


def vision_sizes(width, heads, depth, mlp, patch, window, full):
    return {"hidden_size": width, "num_heads": heads, "depth": depth, "intermediate_size": mlp, "patch_size": patch,
            "window_size": window, "fullatt_block_indexes": full, "spatial_merge_size": 2, "temporal_patch_size": 2,
            "tokens_per_second": 2, "hidden_act": "silu"}


SHAPES = [
    # Tied head, even heads with GQA, f16 file with new tensor names, nested config. Windows of 2 x 2 units.
    Shape("tied_f16", 101, True, torch.float16, 400, 404,
          text_sizes(32, 4, 2, 2, 72, [2, 1, 1], 1e6, 1e-6), vision_sizes(24, 2, 4, 44, 8, 32, [1, 3]), (1024, 4096),
          new_names=True),
    # Untied head, odd head counts everywhere, f32 file just as transformers 5 saves it. Windows of 3 x 3 units.
    # Its eps is large, so that a reader which ignores the file's value is caught.
    Shape("untied_odd_f32", 202, False, torch.float32, 400, 407,
          text_sizes(24, 3, 1, 3, 40, [1, 2, 1], 1e4, 1e-2), vision_sizes(24, 3, 4, 28, 4, 24, [1, 3]), (256, 1536)),
    # Hub layout: flat config, old tensor names, sharded bf16, tied without lm_head; patch 14. Windows of 2 x 2 units.
    Shape("hub_layout_bf16", 303, True, torch.bfloat16, 400, 412,
          text_sizes(32, 4, 4, 3, 56, [1, 1, 2], 1e6, 1e-6), vision_sizes(24, 3, 3, 36, 14, 56, [1]), (1568, 4704),
          old_layout=True),
]


def token_ids(tokenizer):
    ids = added_tokens(tokenizer)
    return {"image_token_id": ids["<|image_pad|>"], "video_token_id": ids["<|video_pad|>"],
            "vision_start_token_id": ids["<|vision_start|>"], "vision_end_token_id": ids["<|vision_end|>"],
            "bos_token_id": ids["<|endoftext|>"], "eos_token_id": ids["<|im_end|>"]}


def text_config(shape, tokenizer):
    """Text fields as both layouts spell them, without rope."""
    ids = token_ids(tokenizer)
    sizes = {k: v for k, v in shape.text.items() if k not in ("sections", "theta")}
    return sizes | {"vocab_size": shape.rows, "hidden_act": "silu", "max_position_embeddings": 4096,
                    "attention_dropout": 0.0, "initializer_range": 0.02, "use_sliding_window": False,
                    "sliding_window": 4096, "max_window_layers": shape.text["num_hidden_layers"], "use_cache": True,
                    "bos_token_id": ids["bos_token_id"], "eos_token_id": ids["eos_token_id"]}


def model_config(shape, tokenizer):
    rope = {"rope_type": "default", "rope_theta": shape.text["theta"], "mrope_section": shape.text["sections"]}
    ids = token_ids(tokenizer)
    vision = shape.vision | {"in_channels": 3, "out_hidden_size": shape.text["hidden_size"]}
    return Qwen2_5_VLConfig(
        text_config=text_config(shape, tokenizer) | {"rope_parameters": rope, "tie_word_embeddings": shape.tied},
        vision_config=vision, tie_word_embeddings=shape.tied,
        **{k: v for k, v in ids.items() if k.startswith(("image", "video", "vision"))})


def flat_config(shape, tokenizer):
    """config.json as the hub's Qwen2.5-VL checkpoints have it."""
    vision = {k: v for k, v in shape.vision.items()} | {
        "in_chans": 3, "out_hidden_size": shape.text["hidden_size"], "model_type": "qwen2_5_vl",
        "spatial_patch_size": shape.vision["patch_size"]}
    return {"architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl"} | token_ids(
        tokenizer) | text_config(shape, tokenizer) | {
        "rope_theta": shape.text["theta"], "rope_scaling": {"type": "mrope", "mrope_section": shape.text["sections"]},
        "tie_word_embeddings": shape.tied, "torch_dtype": "bfloat16", "transformers_version": "4.41.2",
        "vision_config": vision}


def randomise(model, seed, dtype):
    """Every parameter random, biases and norm weights too, so that every gradient carries information.

    Values are rounded to the file's dtype, so that the fp32 reference computes with exactly what the file holds."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() == 1:
            noise = 0.3 * noise + (0.0 if name.endswith("bias") else 1.0)
        elif "embed_tokens" in name:
            noise = 0.3 * noise
        else:
            gain = 2.0 if "lm_head" in name else 1.0
            noise = noise * gain / math.sqrt(parameter[0].numel())
        parameter.data = noise.to(dtype).float()


def build(shape):
    """(model in fp32 with eager attention, tokenizer)."""
    tokenizer = train(shape.vocabulary, corpus.english())
    config = model_config(shape, tokenizer)
    config._attn_implementation = "eager"
    model = Qwen2_5_VLForConditionalGeneration(config).float().eval()
    randomise(model, shape.seed, shape.dtype)
    return model, tokenizer


def old_name(name):
    return name.replace("model.visual.", "visual.").replace("model.language_model.", "model.")


def write_hub_weights(folder, model, dtype):
    """Two shards with old names and an index, as on the hub."""
    tensors = {old_name(name): p.data.to(dtype).contiguous() for name, p in model.named_parameters()}
    names = list(tensors)
    shards = [names[: len(names) // 2], names[len(names) // 2:]]
    index = {"metadata": {"total_size": sum(t.numel() * t.element_size() for t in tensors.values())}, "weight_map": {}}
    for number, part in enumerate(shards, 1):
        file = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        save_file({name: tensors[name] for name in part}, folder / file, metadata={"format": "pt"})
        index["weight_map"] |= {name: file for name in part}
    index["weight_map"] = dict(sorted(index["weight_map"].items()))
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


def write_preprocessor(folder, shape):
    low, high = shape.pixels
    config = {"image_mean": CLIP_MEAN, "image_std": CLIP_STD, "patch_size": shape.vision["patch_size"],
              "temporal_patch_size": 2, "merge_size": 2, "image_processor_type": "Qwen2VLImageProcessor",
              "processor_class": "Qwen2_5_VLProcessor"}
    if shape.old_layout:
        config = {"min_pixels": low, "max_pixels": high} | config
    else:
        config = {"size": {"shortest_edge": low, "longest_edge": high}, "do_convert_rgb": True, "do_resize": True,
                  "do_rescale": True, "do_normalize": True, "rescale_factor": 1 / 255, "resample": 3} | config
    (folder / "preprocessor_config.json").write_text(json.dumps(config, indent=2) + "\n")


def write_folder(folder, shape, model, tokenizer):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    if shape.old_layout:
        (folder / "config.json").write_text(json.dumps(flat_config(shape, tokenizer), indent=2) + "\n")
        write_hub_weights(folder, model, shape.dtype)
    else:
        model.to(shape.dtype).save_pretrained(folder)
        if shape.new_names:  # transformers 5 writes the hub's names; some tools write the module's own
            tensors = {name: p.data.contiguous() for name, p in model.named_parameters()}
            save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        model.float()
    ids = added_tokens(tokenizer)
    generation = {"bos_token_id": ids["<|endoftext|>"], "pad_token_id": ids["<|endoftext|>"], "do_sample": True,
                  "eos_token_id": [ids["<|im_end|>"], ids["<|endoftext|>"]], "repetition_penalty": 1.05,
                  "temperature": 0.000001, "transformers_version": "4.49.0"}
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    places = {"tied_f16": ["tokenizer_config.json"], "untied_odd_f32": ["chat_template.jinja"],
              "hub_layout_bf16": ["tokenizer_config.json", "chat_template.json"]}
    write_tokenizer(folder, tokenizer, old_merges=shape.old_layout, template_in=places[shape.name])
    write_preprocessor(folder, shape)
