#!/usr/bin/env python3
"""Which sources are compiled together: unity_batches.py [--most-lines N] INCLUDE_DIR SOURCE... prints "BATCH SOURCE" lines.

A batch is one translation unit (CMAKE_UNITY_BUILD), so two of its files must not give different things one name: what one
of them declares in an anonymous namespace, the other may neither declare there nor see in a header of ours. Such files go
to different batches, so nobody has to know of this when choosing a name. It reads C++ as far as this needs; what it takes
for a name too many only makes another batch.
"""
import argparse
import os
import re

COMMENT_OR_STRING = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)
TOKEN = re.compile(r'[A-Za-z_]\w*|::|\S')
TYPE_WORDS = ("struct", "class", "union", "enum")


def plain(text):
    """The text without comments and preprocessor lines; strings become empty."""
    text = COMMENT_OR_STRING.sub(lambda m: " " if m.group().startswith("/") else '""', text)
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"\[\[[^\]]*\]\]", "", text)  # attributes


def without_angles(tokens):
    """Drops <...> where it can only be a template's."""
    kept, depth = [], 0
    for i, token in enumerate(tokens):
        if token == "<" and i > 0 and (tokens[i - 1] == "template" or re.match(r"\w", tokens[i - 1]) or depth):
            depth += 1
        elif token == ">" and depth:
            depth -= 1
        elif not depth:
            kept.append(token)
    return kept


def declared(tokens):
    """The name that one declaration gives, with its meaning where two of the same are no harm (aliases), or None."""
    tokens = without_angles(tokens)
    if not tokens or tokens[0] in ("extern", "static_assert", "friend") or re.match(r"[A-Z_]+$", tokens[0]):
        return None  # capitals: TEST(Suite, Name)
    if tokens[0] in ("using", "namespace"):
        return (tokens[1], " ".join(tokens)) if "=" in tokens else None
    words = [t for t in tokens if t not in ("template", "static", "constexpr", "inline", "const")]
    if words and words[0] in TYPE_WORDS and "(" not in words:
        names = [t for t in words if re.match(r"[A-Za-z_]", t) and t not in TYPE_WORDS + ("final",)]
        return (names[0], None) if names else None
    for i, token in enumerate(tokens):
        if token in ("(", "=", "{", "[", ";", ":") and i > 0:
            return (tokens[i - 1], None) if re.match(r"[A-Za-z_]", tokens[i - 1]) else None
    return (tokens[-1], None) if re.match(r"[A-Za-z_]", tokens[-1]) else None


def names_of(text):
    """({name: meaning} of anonymous namespaces, {name} of all other namespaces) that the text declares."""
    private, public = {}, set()
    spaces, statement, depth = [], [], 0  # depth: braces within the declaration at hand
    for token in TOKEN.findall(plain(text)):
        if depth == 0 and token == "{" and statement[:1] in (["namespace"], ["inline"]):
            spaces.append(len(statement) == 1 or (bool(spaces) and spaces[-1]))
            if "::" in statement:
                public.add(statement[-1])
            statement = []
        elif depth == 0 and token == "}" and spaces and not statement:
            spaces.pop()
        elif depth == 0 and token == ";" or depth == 1 and token == "}":
            depth = 0
            found = declared(statement)
            if "constexpr" in statement and "(" not in statement:  # constexpr int kOne = 1, kTwo = 2;
                others = [b for a, b, c in zip(statement, statement[1:], statement[2:]) if a == "," and c == "="]
                (private.update(dict.fromkeys(others)) if spaces and spaces[-1] else public.update(others))
            ends = token == ";" or "(" in statement or statement[:1] and statement[0] in TYPE_WORDS
            if found and spaces and spaces[-1]:
                private[found[0]] = found[1]
            elif found and found[1] is None:
                public.add(found[0])
            if token == ";" or ends:
                statement = []
        elif token == "{":
            if depth == 0:
                statement.append("{")
            depth += 1
        elif token == "}":
            depth -= 1
        elif depth == 0:
            statement.append(token)
    return private, public


class Tree:
    """Files of ours, each read once."""

    def __init__(self, root):
        self.root = root
        self.headers = {}

    def find(self, included, beside):
        """The header of ours that an #include "..." of a file in the folder `beside` names, or None."""
        places = (os.path.join(folder, included) for folder in (beside, f"{self.root}/src", f"{self.root}/tests"))
        return next((place for place in places if os.path.exists(place)), None)

    def header_names(self, text, beside, seen):
        """Names that the headers included by the text declare, and those that they include."""
        names = set()
        for included in re.findall(r'^#include "([^"]+)"', text, re.MULTILINE):
            path = self.find(included, beside)
            if path is None or path in seen:
                continue
            seen.add(path)
            if path not in self.headers:
                with open(path, encoding="utf-8") as file:
                    body = file.read()
                self.headers[path] = (body, names_of(body)[1])
            body, own = self.headers[path]
            names |= own | self.header_names(body, os.path.dirname(path), seen)
        return names

    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8") as file:
            text = file.read()
        private, public = names_of(text)
        macros = {name: None for name in re.findall(r"^#define (\w+)", text, re.MULTILINE)}
        # the namespaces that it names from within ours: a header of the other might have one there
        spaces = {name: name for name in re.findall(r"^using (?:namespace )?(\w+)(?:::|;)", text, re.MULTILINE)}
        return {"path": path, "lines": text.count("\n"), "private": private | macros | spaces,
                "public": public | self.header_names(text, os.path.dirname(os.path.join(self.root, path)), set())}


def clash(a, b):
    """Whether the two files cannot be one translation unit."""
    for name in a["private"].keys() & b["private"].keys():
        if a["private"][name] is None or a["private"][name] != b["private"][name]:
            return True
    return bool((a["private"].keys() & b["public"]) - a["public"] or (b["private"].keys() & a["public"]) - b["public"])


def batches(files, most_lines):
    """Each file goes to the first batch that has place for it and no clash."""
    found = []
    for file in files:
        for batch in found:
            if sum(f["lines"] for f in batch) + file["lines"] <= most_lines and not any(clash(file, f) for f in batch):
                batch.append(file)
                break
        else:
            found.append([file])
    return found


def room_of(path):
    """src/cli/train/grpo.cpp belongs to src/cli; tests to their program, one a folder."""
    parts = path.split(os.sep)
    return "/".join(parts[:2]) if parts[0] == "src" else os.path.dirname(path)


def sources_by_room(root):
    rooms = {}
    for top in ("src", "tests"):
        for folder, _, files in os.walk(os.path.join(root, top)):
            for file in files:
                if file.endswith(".cpp"):
                    path = os.path.relpath(os.path.join(folder, file), root)
                    rooms.setdefault(room_of(path), []).append(path)
    return rooms


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most-lines", type=int, default=1500, help="of one batch (%(default)s)")
    parser.add_argument("root", help="the repository")
    options = parser.parse_args()
    tree = Tree(options.root)
    for room, paths in sorted(sources_by_room(options.root).items()):
        files = [tree.read(path) for path in sorted(paths)]
        for number, batch in enumerate(batches(files, options.most_lines)):
            for file in batch:
                print(f"{room.replace('/', '_')}_{number} {file['path']}")


if __name__ == "__main__":
    main()
