"""A small PNG encoder for what Pillow cannot write: 16-bit colour, Adam7, tRNS of any kind, lying headers."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def header(width, height, depth, colour, interlaced):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced)))


def pack_row(samples, depth):
    """samples: [values of one row]; returns its PNG bytes at the given bit depth."""
    if depth == 16:
        return samples.astype(">u2").tobytes()
    if depth == 8:
        return samples.astype(np.uint8).tobytes()
    bits = ((samples[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8)
    return np.packbits(bits.reshape(-1)).tobytes()


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else (b if pb <= pc else c)


def filter_row(kind, row, above, step):
    """Applies PNG filter `kind` (0..4); `step` is the distance in bytes to the pixel on the left."""
    out = bytearray([kind])
    for i, value in enumerate(row):
        left = row[i - step] if i >= step else 0
        up = above[i]
        corner = above[i - step] if i >= step else 0
        guess = [0, left, up, (left + up) // 2, paeth(left, up, corner)][kind]
        out.append((value - guess) & 255)
    return bytes(out)


def scanlines(pixels, depth):
    """All five filters in turn, so a reader meets each of them."""
    rows, above = [], None
    step = max(1, pixels.shape[2] * depth // 8)
    for y in range(pixels.shape[0]):
        row = pack_row(pixels[y].reshape(-1), depth)
        rows.append(filter_row(y % 5, row, above or bytes(len(row)), step))
        above = row
    return b"".join(rows)


def write_png(path, pixels, depth, colour, *, interlaced=False, extra=()):
    """pixels: [height, width, channels] of integers below 2**depth. `extra`: chunks before IDAT."""
    height, width, channels = pixels.shape
    assert channels == CHANNELS[colour]
    passes = [pixels]
    if interlaced:
        passes = [pixels[y0::dy, x0::dx] for x0, y0, dx, dy in ADAM7]
    raw = b"".join(scanlines(part, depth) for part in passes if part.size)
    body = b"".join(chunk(name, data) for name, data in extra)
    body += chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")
    path.write_bytes(SIGNATURE + header(width, height, depth, colour, interlaced) + body)
