"""Writes tests/golden/tokenizer: a 1,200-entry Qwen-style tokenizer and what `tokenizers` makes of nasty strings."""

import json
import random
import sys
import unicodedata
from pathlib import Path

from tokenizers import Tokenizer

import corpus
from nasty_strings import groups
from tokenizers_of_fixtures import train, write_tokenizer

OUT = Path(__file__).resolve().parents[2] / "tests" / "golden" / "tokenizer"


def pieces(tokenizer, text):
    """Pre-tokeniser output as text, special tokens not matched; by offsets, since ByteLevel renames the characters."""
    normal = tokenizer.normalizer.normalize_str(text)
    spans = [span for _, span in tokenizer.pre_tokenizer.pre_tokenize_str(normal)]
    found = [normal[a:b] for a, b in spans]
    assert "".join(found) == normal
    return found


def entries(tokenizer):
    for group, strings in groups().items():
        for text in strings:
            tokenizer.encode_special_tokens = True
            as_text = tokenizer.encode(text, add_special_tokens=False).ids
            tokenizer.encode_special_tokens = False
            parsed = tokenizer.encode(text, add_special_tokens=False).ids
            yield {"group": group, "text": text, "as_text": as_text, "parsed": parsed, "pieces": pieces(tokenizer, text)}


def decodes(tokenizer, encoded, seed=11):
    """Token rows cut anywhere, so that characters are cut too; invalid bytes become U+FFFD."""
    source = random.Random(seed)
    for entry in encoded:
        ids = entry["parsed"]
        if entry["group"] in ("scripts", "symbols", "special", "normalised") and len(ids) > 2:
            first = source.randint(0, 2)
            cut = ids[first: source.randint(first + 1, len(ids))]
            yield {"ids": cut, "text": tokenizer.decode(cut, skip_special_tokens=False),
                   "without_special": tokenizer.decode(cut, skip_special_tokens=True)}


def write_rows(path, **lists):
    """One JSON object; every row on its own line, so that differences can be read."""
    def body(rows):
        return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=True, separators=(",", ":")) for row in rows) + "\n]"
    path.write_text("{\n" + ",\n".join(f'"{name}": {body(rows)}' for name, rows in lists.items()) + "\n}\n")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    write_tokenizer(OUT, train(1200, corpus.lines()))
    tokenizer = Tokenizer.from_file(str(OUT / "tokenizer.json"))
    encoded = list(entries(tokenizer))
    for entry in encoded:
        if entry["group"] not in ("special", "not_special"):
            assert entry["as_text"] == entry["parsed"]
        assert tokenizer.decode(entry["as_text"], skip_special_tokens=False) == unicodedata.normalize("NFC", entry["text"]), entry
    write_rows(OUT / "strings.json", encode=encoded, decode=list(decodes(tokenizer, encoded)))
    print(len(encoded), "strings in", OUT)


if __name__ == "__main__":
    sys.exit(main())
