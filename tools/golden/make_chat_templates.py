"""Writes tests/golden/chat/cases.json: what transformers renders of chat templates and of snippets of the language.

    make_chat_templates.py                    the templates of tests/golden/chat/templates
    make_chat_templates.py FOLDER CASES.json  any other templates, to compare with by
                                              JUROR_CHAT_CASES=CASES.json build/test_text --gtest_filter='GoldenChat*'
"""

import itertools
import json
import sys
from pathlib import Path

from tokenizers import Tokenizer
from transformers.utils.chat_template_utils import _alias_reasoning_fields, render_jinja_template

from chat_snippets import CONTEXT, SNIPPETS

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
TOKENS = {"bos_token": "<s>", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}

IMAGE = {"type": "image", "image": "a.png"}
def text(words): return {"type": "text", "text": words}  # noqa: E704
def user(content): return {"role": "user", "content": content}  # noqa: E704
def said(content, **more): return {"role": "assistant", "content": content, **more}  # noqa: E704
def system(content): return {"role": "system", "content": content}  # noqa: E704

CALL = {"type": "function", "id": "call00001", "function": {"name": "get_size", "arguments": {"unit": "px", "deep": {"a": [1, 2.5, None, True]}}}}
TOOLS = [
    {"type": "function", "function": {
        "name": "get_size", "description": "tells the size of a picture.\nIn a unit.",
        "parameters": {"type": "object", "required": ["unit"], "properties": {
            "unit": {"type": "string", "description": "px or mm – “exact”", "enum": ["px", "mm"]},
            "pages": {"type": "array", "items": {"type": "integer"}, "default": [1]},
            "crop": {"type": "object", "properties": {"x": {"type": ["number", "null"]}, "y": {"type": "number"}}}}}}},
    {"type": "function", "function": {"name": "no-arguments", "description": "", "parameters": {"type": "object", "properties": {}}}},
]

CONVERSATIONS = {
    "one text": [user("Which is better?")],
    "parts": [user([text("Image 1: "), IMAGE, text(" Image 2: "), IMAGE, text("\nWhich?")])],
    "system": [system("Judge."), user("Which?")],
    "system in parts": [system([text("Judge.")]), user([IMAGE, text("Which?")])],
    "turns": [user("  one \n"), said("two"), user("three "), said("\nfour\n")],
    "turns with images": [user([IMAGE, text("a")]), said([text("b")]), user([text("c"), IMAGE])],
    "thought": [user("Which?"), said("<think>\nThe left is sharp.\n</think>\n\nThe left."), user("Why?")],
    "reasoning": [user("Which?"), said("The left.", reasoning_content="Sharp.\n"), user("Why?"), said("So.", reasoning_content="")],
    "unicode": [user("ß é 你好 🙂 'quote' \"double\" \\n <|not|> {{ x }} {% y %}")],
    "tools": [system("Be exact."), user("How large?"), said("", tool_calls=[CALL]), {"role": "tool", "content": "640x480", "name": "get_size", "tool_call_id": "call00001"},
              {"role": "tool", "content": [text("x"), text("y")], "name": "get_size", "tool_call_id": "call00001"}, said("It is 640."), user("Thanks")],
    "no messages": [],
    "odd role": [user("a"), {"role": "judge", "content": "b"}],
    "two users": [user("a"), user("b")],
}
OPTIONS = [
    {"add_generation_prompt": True}, {"add_generation_prompt": False}, {"add_generation_prompt": True, "enable_thinking": False},
    {"add_generation_prompt": True, "enable_thinking": True, "add_vision_id": True},
]


def render(source, context):
    """The text, or the error's name and words."""
    context = json.loads(json.dumps(context))
    try:
        rendered, _ = render_jinja_template([context.pop("messages")], chat_template=source, tools=context.pop("tools", None), **context)
        return {"text": rendered[0]}
    except Exception as error:  # of the template, of Python inside it: all mean that there is no text
        return {"error": f"{type(error).__name__}: {error}"}


def renders(templates, tokenizer):
    for (name, source), (kind, messages), options in itertools.product(templates.items(), CONVERSATIONS.items(), OPTIONS):
        for tools in ([None, TOOLS] if kind in ("system", "tools", "one text") else [None]):
            context = {**TOKENS, "messages": _alias_reasoning_fields(messages), "tools": tools, "documents": None, **options}
            result = render(source, context)
            if "text" in result:
                result["ids"] = tokenizer.encode(result["text"], add_special_tokens=False).ids
            yield {"template": name, "conversation": kind, "context": context, **result}


def snippets():
    for source in SNIPPETS:
        yield {"source": source, **render(source, {**CONTEXT, "messages": []})}


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN / "chat" / "templates"
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else GOLDEN / "chat" / "cases.json"
    templates = {path.stem: path.read_text() for path in sorted(folder.glob("*.jinja"))}
    tokenizer = Tokenizer.from_file(str(GOLDEN / "tokenizer" / "tokenizer.json"))
    lists = {"templates": [{"name": name, "source": source} for name, source in templates.items()], "renders": list(renders(templates, tokenizer)),
             "snippets": list(snippets()), "snippet_context": [CONTEXT]}
    body = ",\n".join(f'"{name}": [\n' + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]" for name, rows in lists.items())
    out.write_text("{\n" + body + "\n}\n")
    failed = sum("error" in row for row in lists["renders"])
    print(f"{len(templates)} templates, {len(lists['renders'])} renders ({failed} refused by transformers), {len(lists['snippets'])} snippets -> {out}")


if __name__ == "__main__":
    main()
