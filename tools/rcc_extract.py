#!/usr/bin/env python3
"""Lists or extracts the files of a Qt resource archive (.rcc, formats 1 to 3). Standard library only.

    tools/rcc_extract.py ARCHIVE                 list "size path" of every file
    tools/rcc_extract.py ARCHIVE PATH OUTPUT     write one file

The layout is that of Qt's QResource: a big-endian header, a tree of 14- or 22-byte nodes, a table of UTF-16 names, and
data blocks that are stored, deflated (zlib) or compressed with zstd (which needs the `zstd` program).
"""
import struct
import subprocess
import sys
import zlib

COMPRESSED, DIRECTORY, ZSTD = 1, 2, 4


class Archive:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        if self.bytes[:4] != b"qres":
            raise SystemExit(f"{path}: not a Qt resource archive (it should begin with 'qres')")
        version, self.tree, self.data, self.names = struct.unpack_from(">4I", self.bytes, 4)
        if version not in (1, 2, 3):
            raise SystemExit(f"{path}: resource format {version}; this reader knows 1 to 3")
        self.node_size = 14 if version == 1 else 22

    def name(self, offset):
        (length,) = struct.unpack_from(">H", self.bytes, self.names + offset)
        start = self.names + offset + 6  # length, then a hash
        return self.bytes[start : start + 2 * length].decode("utf-16-be")

    def files(self, node=0, prefix=""):
        """Yields (path, flags, data offset) of every file under a node."""
        at = self.tree + node * self.node_size
        name, flags = struct.unpack_from(">IH", self.bytes, at)
        path = prefix + self.name(name) if node else ""
        if not flags & DIRECTORY:
            (offset,) = struct.unpack_from(">I", self.bytes, at + 10)
            yield path, flags, self.data + offset
            return
        count, first = struct.unpack_from(">2I", self.bytes, at + 6)
        for child in range(first, first + count):
            yield from self.files(child, path + "/" if path else "")

    def read(self, flags, offset):
        (size,) = struct.unpack_from(">I", self.bytes, offset)
        block = self.bytes[offset + 4 : offset + 4 + size]
        if flags & COMPRESSED:
            return zlib.decompress(block[4:])  # after the size of the whole
        if flags & ZSTD:
            return subprocess.run(["zstd", "-dc"], input=block, stdout=subprocess.PIPE, check=True).stdout
        return block


def main():
    if len(sys.argv) not in (2, 4):
        raise SystemExit(__doc__)
    archive = Archive(sys.argv[1])
    files = {path: (flags, offset) for path, flags, offset in archive.files()}
    if len(sys.argv) == 2:
        for path, where in sorted(files.items()):
            print(len(archive.read(*where)), path)
        return
    if sys.argv[2] not in files:
        raise SystemExit(f"{sys.argv[1]}: holds no file '{sys.argv[2]}'; list it with {sys.argv[0]} {sys.argv[1]}")
    with open(sys.argv[3], "wb") as output:
        output.write(archive.read(*files[sys.argv[2]]))


if __name__ == "__main__":
    main()
