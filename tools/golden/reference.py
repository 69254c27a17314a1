"""What transformers computes for a request: the keys of `juror inspect forward`, each as a tensor."""

import json
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoTokenizer
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil


class Reference:
    """A folder loaded by transformers, in fp32 with eager attention and the Pillow image processor."""

    def __init__(self, folder, attention="eager", dtype=torch.float32):
        self.folder = Path(folder)
        self.model, loading = AutoModelForImageTextToText.from_pretrained(
            folder, dtype=dtype, attn_implementation=attention, output_loading_info=True)
        wrong = {key: value for key, value in loading.items() if value}
        if wrong:
            raise SystemExit(f"{folder}: transformers did not load every tensor cleanly: {wrong}")
        self.model.eval()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.images = Qwen2VLImageProcessorPil.from_pretrained(folder)

    def encode(self, text):
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def prompt(self, messages):
        """Chat text with every image placeholder still single."""
        return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)

    def inputs(self, request, root):
        """Keyword arguments of the model's forward, and the number of labelled tokens at the end."""
        paths = [part["image"] for message in request["messages"] if not isinstance(message["content"], str)
                 for part in message["content"] if part["type"] == "image"]
        text, out = self.prompt(request["messages"]), {}
        if paths:
            processed = self.images(images=[Image.open(root / path).convert("RGB") for path in paths],
                                    return_tensors="pt")
            out = {"pixel_values": processed["pixel_values"], "image_grid_thw": processed["image_grid_thw"]}
            pad = "<|image_pad|>"
            pieces = text.split(pad)
            assert len(pieces) == len(paths) + 1
            counts = [int(grid.prod()) // self.images.merge_size**2 for grid in out["image_grid_thw"]]
            text = pieces[0] + "".join(pad * n + piece for n, piece in zip(counts, pieces[1:]))
        ids = self.encode(text)
        completion = []
        if "completion" in request:
            completion = self.encode(request["completion"]) + self.encode("<|im_end|>")
        out["input_ids"] = torch.tensor([ids + completion])
        out["mm_token_type_ids"] = (out["input_ids"] == self.model.config.image_token_id).int()
        return out, len(completion)

    def positions(self, inputs):
        if "image_grid_thw" not in inputs:
            return torch.arange(inputs["input_ids"].shape[1]).expand(3, 1, -1)
        ids, _ = self.model.model.get_rope_index(
            inputs["input_ids"], image_grid_thw=inputs["image_grid_thw"],
            mm_token_type_ids=inputs["mm_token_type_ids"])
        return ids

    def forward(self, request, root):
        """All keys; gradients only if the request asks for them."""
        inputs, labelled = self.inputs(request, Path(root))
        out = {"input_ids": inputs["input_ids"][0], "position_ids": self.positions(inputs)[:, 0].contiguous()}
        if "pixel_values" in inputs:
            out |= {key: inputs[key] for key in ("pixel_values", "image_grid_thw")}
            with torch.no_grad():
                features = self.model.get_image_features(inputs["pixel_values"], inputs["image_grid_thw"])
            out["image_features"] = torch.cat(features.pooler_output)
            for layer, deep in enumerate(getattr(features, "deepstack_features", None) or []):
                out[f"deep_features.{layer}"] = torch.cat(deep)
        if labelled:
            inputs["labels"] = inputs["input_ids"].clone()
            inputs["labels"][:, :-labelled] = -100
        self.model.zero_grad(set_to_none=True)
        with torch.set_grad_enabled(bool(request.get("grad"))):
            result = self.model(**inputs, use_cache=False)
        out["logits"] = result.logits[0].float()
        if labelled:
            out["loss"] = result.loss.float()
            out["labelled_tokens"] = torch.tensor([labelled])  # for tests; no key of `juror inspect forward`
        if request.get("grad"):
            result.loss.backward()
            out |= {f"grad.{name}": p.grad.float() for name, p in self.model.named_parameters() if p.grad is not None}
        return {key: value.detach().contiguous() for key, value in out.items()}


def read_request(path):
    return json.loads(Path(path).read_text())
