#!/usr/bin/env python3
"""Manual pages out of the commands' own --help, and the shells' completions, into SHARE/man/man1 and where shells look.

Usage: tools/man_pages.py PROGRAM SHARE
"""

import pathlib
import re
import subprocess
import sys


def said(program, *words):
    return subprocess.run([program, *words], check=True, capture_output=True, text=True).stdout


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def commands(help_text):
    """Names in the list of commands: two spaces, a name, two spaces or more, its summary."""
    part = re.search(r"^Commands\n((?:  .*\n)+)", help_text, re.M).group(1)
    return re.findall(r"^  (\S+(?: \S+)*?)  +\S", part, re.M)


def page(title, help_text, version):
    """A page: the first line is its summary, lines at the margin are headings, `  WORD  text` entries of a list."""
    lines = help_text.rstrip().split("\n")
    out = [f'.TH "{escaped(title.upper())}" 1 "" "juror {version}" "Juror"', ".SH NAME",
           f"{escaped(title)} \\- {escaped(lines[0].rstrip('.'))}"]
    for line in lines[1:]:
        entry = re.match(r"  (\S.*?)(?:  +(\S.*))?$", line)
        if not line:
            continue
        if not line.startswith(" "):
            heading = len(line.split()) <= 5 and not line.endswith((".", ",", ";"))
            out.append(f'.SH "{escaped(line.upper())}"' if heading else escaped(line))
        elif entry and line[2] != " ":
            out += [".TP", f"\\fB{escaped(entry.group(1))}\\fR"] + ([escaped(entry.group(2))] if entry.group(2) else [])
        else:
            out.append(escaped(line.strip()))
    return "\n".join(out) + "\n"


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def main(program, share):
    version = said(program, "--version").split()[-1]
    overview = said(program, "--help")
    write(share / "man/man1/juror.1", page("juror", overview, version))
    for command in commands(overview):
        title = "juror-" + command.replace(" ", "-")
        write(share / f"man/man1/{title}.1", page(title, said(program, *command.split(), "--help"), version))
    write(share / "bash-completion/completions/juror", said(program, "completion", "bash"))
    write(share / "fish/vendor_completions.d/juror.fish", said(program, "completion", "fish"))
    zsh = said(program, "completion", "zsh")  # bash's function, which zsh calls by a function of its own
    write(share / "zsh/vendor-completions/_juror", "#compdef juror\n" + zsh + "_bash_complete -o default -F _juror juror\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
