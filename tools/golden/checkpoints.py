"""The random checkpoints, three a family: their shapes and how their Hugging Face folders are written."""

import json
import math
from dataclasses import dataclass

import torch
from safetensors.torch import save_file
from transformers import (Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2VLConfig,
                          Qwen2VLForConditionalGeneration, Qwen3VLConfig, Qwen3VLForConditionalGeneration)

import corpus
from tokenizers_of_fixtures import added_tokens, train, write_tokenizer

CLIP = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
HALF = [0.5] * 3, [0.5] * 3


@dataclass
class Family:
    config: type
    model: type
    processor: str
    mean_std: tuple
    has_old_names: bool = True  # hub files are flat, with visual.* and model.*


FAMILIES = {
    "qwen2_vl": Family(Qwen2VLConfig, Qwen2VLForConditionalGeneration, "Qwen2VLProcessor", CLIP),
    "qwen2_5_vl": Family(Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, "Qwen2_5_VLProcessor", CLIP),
    "qwen3_vl": Family(Qwen3VLConfig, Qwen3VLForConditionalGeneration, "Qwen3VLProcessor", HALF, False),
}


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
    family: str = "qwen2_5_vl"


def text_sizes(hidden, heads, kv_heads, layers, ffn, sections, theta, eps, head_dim=None):
    own = {"head_dim": head_dim} if head_dim else {}
    return own | {"hidden_size": hidden, "num_attention_heads": heads, "num_key_value_heads": kv_heads,
            "num_hidden_layers": layers, "intermediate_size": ffn, "sections": sections, "theta": theta,
            "rms_norm_eps": eps}


def vision_sizes(width, heads, depth, mlp, patch, window, full):
    return {"hidden_size": width, "num_heads": heads, "depth": depth, "intermediate_size": mlp, "patch_size": patch,
            "window_size": window, "fullatt_block_indexes": full, "spatial_merge_size": 2, "temporal_patch_size": 2,
            "tokens_per_second": 2, "hidden_act": "silu"}


def qwen2_vision(width, heads, depth, ratio, patch):
    """`hidden_size`, the language model's width, is filled in later."""
    return {"embed_dim": width, "num_heads": heads, "depth": depth, "mlp_ratio": ratio, "patch_size": patch,
            "spatial_merge_size": 2, "temporal_patch_size": 2, "hidden_act": "quick_gelu"}


def qwen3_vision(width, heads, depth, mlp, patch, places, deep):
    return {"hidden_size": width, "num_heads": heads, "depth": depth, "intermediate_size": mlp, "patch_size": patch,
            "num_position_embeddings": places, "deepstack_visual_indexes": deep, "spatial_merge_size": 2,
            "temporal_patch_size": 2, "hidden_act": "gelu_pytorch_tanh"}


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
    # Qwen2-VL: the same three ways of storing it. Heads 4/2, 3/1 and 4/4; every block sees the whole image.
    Shape("qwen2_vl_tied_f16", 111, True, torch.float16, 400, 404,
          text_sizes(32, 4, 2, 2, 40, [2, 1, 1], 1e6, 1e-6), qwen2_vision(24, 2, 2, 2, 8), (1024, 4096), new_names=True,
          family="qwen2_vl"),
    Shape("qwen2_vl_untied_odd_f32", 212, False, torch.float32, 400, 407,
          text_sizes(24, 3, 1, 3, 40, [1, 2, 1], 1e4, 1e-2), qwen2_vision(24, 3, 3, 1, 4), (256, 1024),
          family="qwen2_vl"),
    Shape("qwen2_vl_hub_bf16", 313, True, torch.bfloat16, 400, 412,
          text_sizes(32, 4, 4, 3, 40, [1, 1, 2], 1e6, 1e-6), qwen2_vision(16, 2, 2, 2, 14), (1568, 4704),
          old_layout=True, family="qwen2_vl"),
    # Qwen3-VL: heads x head size 64, 48 and 64 for widths of 32, 24 and 40; tables of 4, 5 and 7 learned positions a
    # side, smaller and larger than the pictures; features for the first one, two and three decoder layers.
    Shape("qwen3_vl_tied_f16", 121, True, torch.float16, 400, 404,
          text_sizes(32, 4, 2, 2, 40, [3, 3, 2], 5e6, 1e-6, 16), qwen3_vision(24, 2, 2, 44, 8, 16, [0]), (1024, 4096),
          new_names=True, family="qwen3_vl"),
    Shape("qwen3_vl_untied_odd_f32", 222, False, torch.float32, 400, 407,
          text_sizes(24, 3, 1, 3, 40, [4, 2, 2], 1e4, 1e-2, 16), qwen3_vision(24, 3, 3, 28, 4, 25, [0, 2]), (256, 1024),
          family="qwen3_vl"),
    Shape("qwen3_vl_hub_bf16", 323, True, torch.bfloat16, 400, 412,
          text_sizes(40, 8, 4, 4, 40, [2, 1, 1], 5e6, 1e-6, 8), qwen3_vision(16, 2, 4, 36, 16, 49, [0, 1, 3]),
          (2048, 5120), old_layout=True, family="qwen3_vl"),
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
                    "attention_dropout": 0.0, "initializer_range": 0.02} | (
        {"attention_bias": False} if shape.family == "qwen3_vl" else
        {"use_sliding_window": False, "sliding_window": 4096,
         "max_window_layers": shape.text["num_hidden_layers"]}) | {
        "use_cache": True, "bos_token_id": ids["bos_token_id"], "eos_token_id": ids["eos_token_id"]}


def vision_config(shape, channels):
    """Vision fields; `channels`: the key of the number of colours."""
    width = "hidden_size" if shape.family == "qwen2_vl" else "out_hidden_size"
    return shape.vision | {channels: 3, width: shape.text["hidden_size"]}


def model_config(shape, tokenizer):
    rope = {"rope_type": "default", "rope_theta": shape.text["theta"], "mrope_section": shape.text["sections"]}
    ids = token_ids(tokenizer)
    return FAMILIES[shape.family].config(
        text_config=text_config(shape, tokenizer) | {"rope_parameters": rope, "tie_word_embeddings": shape.tied},
        vision_config=vision_config(shape, "in_channels"), tie_word_embeddings=shape.tied,
        **{k: v for k, v in ids.items() if k.startswith(("image", "video", "vision"))})


def flat_config(shape, tokenizer):
    """config.json as the hub's Qwen2-VL and Qwen2.5-VL checkpoints have it."""
    vision = vision_config(shape, "in_chans") | {"model_type": shape.family,
                                                 "spatial_patch_size": shape.vision["patch_size"]}
    if shape.family == "qwen2_vl":
        del vision["hidden_act"]
    return {"architectures": [FAMILIES[shape.family].model.__name__], "model_type": shape.family} | token_ids(
        tokenizer) | text_config(shape, tokenizer) | {
        "rope_theta": shape.text["theta"], "rope_scaling": {"type": "mrope", "mrope_section": shape.text["sections"]},
        "tie_word_embeddings": shape.tied, "torch_dtype": "bfloat16", "transformers_version": "4.41.2",
        "vision_config": vision}


def nested_config(shape, tokenizer):
    """config.json as the hub's Qwen3-VL checkpoints have it."""
    rope = {"mrope_interleaved": True, "mrope_section": shape.text["sections"], "rope_type": "default"}
    text = text_config(shape, tokenizer) | {"rope_theta": shape.text["theta"], "rope_scaling": rope,
                                            "dtype": "bfloat16", "model_type": "qwen3_vl_text"}
    ids = {key: value for key, value in token_ids(tokenizer).items() if not key.startswith(("bos", "eos"))}
    return {"architectures": [FAMILIES[shape.family].model.__name__], "model_type": shape.family} | ids | {
        "text_config": text, "tie_word_embeddings": shape.tied, "transformers_version": "4.57.0.dev0",
        "vision_config": vision_config(shape, "in_channels") | {"model_type": "qwen3_vl"}}


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
    tokenizer = train(shape.vocabulary, corpus.english(), thinks=shape.family == "qwen3_vl")
    config = model_config(shape, tokenizer)
    config._attn_implementation = "eager"
    model = FAMILIES[shape.family].model(config).float().eval()
    randomise(model, shape.seed, shape.dtype)
    return model, tokenizer


def old_name(name):
    return name.replace("model.visual.", "visual.").replace("model.language_model.", "model.")


def write_hub_weights(folder, model, dtype, has_old_names):
    """Two shards and an index, as on the hub."""
    tensors = {old_name(name) if has_old_names else name: p.data.to(dtype).contiguous() for name, p in model.named_parameters()}
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
    family = FAMILIES[shape.family]
    mean, std = family.mean_std
    config = {"image_mean": mean, "image_std": std, "patch_size": shape.vision["patch_size"],
              "temporal_patch_size": 2, "merge_size": 2, "image_processor_type": "Qwen2VLImageProcessor",
              "processor_class": family.processor}
    if shape.old_layout and not family.has_old_names:
        config = {"size": {"shortest_edge": low, "longest_edge": high}} | config
        config["image_processor_type"] = "Qwen2VLImageProcessorFast"
    elif shape.old_layout:
        config = {"min_pixels": low, "max_pixels": high} | config
    else:
        config = {"size": {"shortest_edge": low, "longest_edge": high}, "do_convert_rgb": True, "do_resize": True,
                  "do_rescale": True, "do_normalize": True, "rescale_factor": 1 / 255, "resample": 3} | config
    (folder / "preprocessor_config.json").write_text(json.dumps(config, indent=2) + "\n")


def write_folder(folder, shape, model, tokenizer):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    family = FAMILIES[shape.family]
    if shape.old_layout:
        config = (flat_config if family.has_old_names else nested_config)(shape, tokenizer)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        write_hub_weights(folder, model, shape.dtype, family.has_old_names)
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
    places = {torch.float16: ["tokenizer_config.json"], torch.float32: ["chat_template.jinja"],
              torch.bfloat16: ["tokenizer_config.json", "chat_template.json"]}
    write_tokenizer(folder, tokenizer, old_merges=shape.old_layout, template_in=places[shape.dtype],
                    has_default_system=shape.family != "qwen3_vl")
    write_preprocessor(folder, shape)
