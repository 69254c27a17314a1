"""The peer of bench/serve_load.py: one comparison in both orders by transformers behind FastAPI, as people write it.

Usage: serve_peer.py MODEL-FOLDER PORT. POST /compare with a form of two `images` -> {"p": P(first better)}.
"""

import io
import sys
import tomllib

import torch
import uvicorn
from fastapi import FastAPI, UploadFile
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

folder, port = sys.argv[1], int(sys.argv[2])
processor = AutoProcessor.from_pretrained(folder)
model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
with open(folder + "/juror_template.toml", "rb") as file:
    template = tomllib.load(file)
choices = [processor.tokenizer.encode(digit, add_special_tokens=False)[0] for digit in "12"]
app = FastAPI()


def views(image):
    """Overview and detail crops of the sizes that the judge's template shows, so that both read as many patches."""
    sizes = template["views"]
    scale = sizes["working_size"] / max(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)))
    scale = sizes["overview_size"] / max(image.size)
    side = sizes["crop_size"]
    crops = [image.crop((x, x, x + side, x + side)) for x in (0, 28, 56)]
    return [image.resize((round(image.width * scale), round(image.height * scale)))] + crops


@torch.inference_mode()
def first_wins(first, second):
    content = [{"type": "text", "text": "1"}, *({"type": "image", "image": view} for view in first),
               {"type": "text", "text": "2"}, *({"type": "image", "image": view} for view in second)]
    text = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True) + "<answer>"
    logits = model(**processor(text=[text], images=first + second, return_tensors="pt")).logits[0, -1, choices]
    return torch.softmax(logits, 0)[0].item()


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/compare")
def compare(images: list[UploadFile]):
    first, second = (views(Image.open(io.BytesIO(image.file.read())).convert("RGB")) for image in images)
    return {"p": (first_wins(first, second) + 1 - first_wins(second, first)) / 2}


uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
