"""Byte-level BPE tokenizers with Qwen's normaliser, pre-tokeniser and special tokens."""

import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

PRETOKENISE = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
               r"|\s*[\r\n]+|\s+(?!\S)|\s+")
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>",
            "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>",
            "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"]
NOT_SPECIAL = ["<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
               "<|repo_name|>", "<|file_sep|>"]  # single tokens, yet "special": false, as on the hub

THINKS = ["<think>", "</think>"]  # Qwen3 alone has them, not special either

# Our wording of the Qwen2.5-VL chat format (default system message, images as vision_start/pad/end).
CHAT_TEMPLATE = """\
{%- set pictures = namespace(count=0) -%}
{%- for message in messages -%}
{%- if loop.first and message.role != 'system' -%}
{{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' -}}
{%- endif -%}
{{- '<|im_start|>' + message.role + '\\n' -}}
{%- if message.content is string -%}
{{- message.content -}}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == 'image' -%}
{%- set pictures.count = pictures.count + 1 -%}
{%- if add_vision_id -%}{{- 'Picture ' ~ pictures.count ~ ': ' -}}{%- endif -%}
{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
{%- elif part.type == 'text' -%}
{{- part.text -}}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{- '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
"""
DEFAULT_SYSTEM = """\
{%- if loop.first and message.role != 'system' -%}
{{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' -}}
{%- endif -%}
"""


def chat_template(has_default_system):
    return CHAT_TEMPLATE if has_default_system else CHAT_TEMPLATE.replace(DEFAULT_SYSTEM, "")


def train(entries, lines, thinks=False):
    """A tokenizer with exactly `entries` ids learnt from `lines`, of which the last 22 are Qwen's added tokens (24 with
    those of a thought)."""
    tokenizer = Tokenizer(models.BPE(continuing_subword_prefix="", end_of_word_suffix=""))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PRETOKENISE), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    plain = NOT_SPECIAL + (THINKS if thinks else [])
    learnt = entries - len(SPECIALS) - len(plain)
    trainer = trainers.BpeTrainer(vocab_size=learnt, min_frequency=1, show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIALS])
    tokenizer.add_tokens([AddedToken(token, normalized=False, special=False) for token in plain])
    assert tokenizer.get_vocab_size() == entries, tokenizer.get_vocab_size()
    return tokenizer


def added_tokens(tokenizer):
    ids = {token: tokenizer.token_to_id(token) for token in SPECIALS + NOT_SPECIAL + THINKS}
    return {token: i for token, i in ids.items() if i is not None}


def tokenizer_config(tokenizer, template):
    """`template`: chat template, or None."""
    decoder = {str(i): {"content": token, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False,
                        "special": token in SPECIALS} for token, i in added_tokens(tokenizer).items()}
    config = {"add_bos_token": False, "add_prefix_space": False, "added_tokens_decoder": decoder,
              "additional_special_tokens": SPECIALS[1:], "bos_token": None}
    if template is not None:
        config["chat_template"] = template
    return config | {"clean_up_tokenization_spaces": False, "eos_token": "<|im_end|>", "errors": "replace",
                     "model_max_length": 131072, "pad_token": "<|endoftext|>", "processor_class": "Qwen2_5_VLProcessor",
                     "split_special_tokens": False, "tokenizer_class": "Qwen2Tokenizer", "unk_token": None}


def write_tokenizer(folder, tokenizer, *, old_merges=False, template_in=("tokenizer_config.json",),
                    has_default_system=True):
    """`old_merges`: "a b" strings instead of pairs. `template_in`: the files that carry the chat template."""
    body = json.loads(tokenizer.to_str())
    if old_merges:
        body["model"]["merges"] = [" ".join(pair) for pair in body["model"]["merges"]]
    (folder / "tokenizer.json").write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n")
    template = chat_template(has_default_system)
    config = tokenizer_config(tokenizer, template if "tokenizer_config.json" in template_in else None)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    if "chat_template.jinja" in template_in:
        (folder / "chat_template.jinja").write_text(template)
    if "chat_template.json" in template_in:
        (folder / "chat_template.json").write_text(json.dumps({"chat_template": template}, indent=2) + "\n")
