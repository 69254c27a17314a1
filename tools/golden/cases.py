"""The prompts and completions of the golden cases, and the pictures they show."""

from pictures import picture

# name: (width, height, seed); sizes below min_pixels, above max_pixels and in between, tall, wide and square
PICTURES = {"small": (19, 13, 41), "square": (64, 64, 42), "tall": (33, 88, 43), "wide": (130, 41, 44),
            "large": (150, 117, 45), "odd": (71, 53, 46), "strip": (96, 14, 47)}


def image(name):
    return {"type": "image", "image": f"../../pictures/{name}.png"}


def text(words):
    return {"type": "text", "text": words}


def user(*parts):
    return {"role": "user", "content": list(parts)}


QUESTION = "Which image is better?"

CASES = {
    # No image. A system message given as a string, an earlier turn, a leading newline, trailing spaces, joined parts.
    "text": {"messages": [{"role": "system", "content": "A judge."},
                          user(text("Is image 1 sharp?")),
                          {"role": "assistant", "content": "No, it's blurred."},
                          user(text("\n\nWhy?  "), text(" Think first. Café 12 \t\n"))],
             "completion": "<think>It is dark.</think> Answer: 2"},
    "one": {"messages": [user(image("odd"), text("Score this image from 0 to 10."))],
            "completion": "Quality: 7"},
    "two": {"messages": [user(text("Image 1: "), image("large"), text("\nImage 2: "), image("strip"),
                              text(f"\nA photo of a cat. {QUESTION}"))],
            "completion": "The first image is sharp. Answer: 1"},
    "four": {"messages": [{"role": "system", "content": [text("Think first.")]},
                          user(image("small"), image("wide"), text(QUESTION)),
                          {"role": "assistant", "content": [text("A tie.")]},
                          user(text("And these?"), image("tall"), image("square"))],
             "completion": " 2\n"},
}
WITH_GRADIENTS = {"tied_f16": ["two"], "untied_odd_f32": ["text", "one", "two", "four"], "hub_layout_bf16": ["two"],
                  "qwen2_vl_tied_f16": ["two"], "qwen2_vl_untied_odd_f32": ["text", "two"], "qwen2_vl_hub_bf16": ["two"],
                  "qwen3_vl_tied_f16": ["two"], "qwen3_vl_untied_odd_f32": ["text", "two"], "qwen3_vl_hub_bf16": ["two"]}


def cases_of(checkpoint):
    """All for Qwen2.5-VL; of other families, whose texts and pictures take the same way, two each."""
    return CASES if "vl" not in checkpoint else {name: CASES[name] for name in ("text", "two")}



def write_pictures(folder):
    from PIL import Image
    folder.mkdir(parents=True, exist_ok=True)
    for name, (width, height, seed) in PICTURES.items():
        Image.fromarray(picture(width, height, seed)).save(folder / f"{name}.png", optimize=True)
