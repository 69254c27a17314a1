"""Files an image reader must refuse, each with the reason; Pillow refuses them too unless noted."""

import io
import struct
import zlib

from PIL import Image

import png_writer as png
from pictures import picture


def encode(kind, **options):
    out = io.BytesIO()
    Image.fromarray(picture(48, 40, 30)).save(out, kind, **options)
    return out.getvalue()


def flip(data, at):
    out = bytearray(data)
    out[at] ^= 0xFF
    return bytes(out)


def png_claiming(width, height, depth=8, colour=png.RGB):
    idat = png.chunk(b"IDAT", zlib.compress(bytes(64)))
    return png.SIGNATURE + png.header(width, height, depth, colour, False) + idat + png.chunk(b"IEND", b"")


def jpeg_claiming(width, height):
    data = bytearray(encode("JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at:at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def jpeg_of_kind(frame=None, precision=8):
    """A JPEG whose header is edited: another kind of frame (SOF), another precision."""
    data = bytearray(encode("JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 1] = 0xC0 if frame is None else frame
    data[at + 4] = precision
    return bytes(data)


def webp_claiming(width, height):
    """A VP8L stream of one colour: a few bytes that would decode to width x height pixels."""
    bits = (width - 1) | ((height - 1) << 14)
    body = b"\x2f" + struct.pack("<I", bits) + bytes(16)
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def contents():
    """[(name, bytes, reason)], reasons: empty, not_an_image, not_the_picture, unsupported, truncated, corrupt, too_large."""
    jpeg, prog, webp, image = encode("JPEG"), encode("JPEG", progressive=True), encode("WEBP"), encode("PNG")
    idat = image.index(b"IDAT")
    yield from [
        ("empty.jpg", b"", "empty"),
        ("text.jpg", b"This is a letter, not a photograph.\n" * 4, "not_an_image"),
        ("html.png", b"<!DOCTYPE html><title>404</title><p>not found</p>", "not_an_image"),
        ("zeros.webp", bytes(256), "not_an_image"),
        ("gif.gif", encode("GIF"), "unsupported"),
        ("bmp.jpg", encode("BMP")[:400], "unsupported"),
        ("ico.png", struct.pack("<HHH", 0, 1, 1) + bytes(60), "unsupported"),
        ("ppm.jpg", b"P6\n2 2\n255\n" + bytes(12), "unsupported"),
        ("twelve_bits.jpg", jpeg_of_kind(precision=12), "unsupported"),
        ("lossless.jpg", jpeg_of_kind(frame=0xC3), "unsupported"),
        ("lfs_pointer.jpg", b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n", "not_the_picture"),
        ("truncated_half.jpg", jpeg[: len(jpeg) // 2], "truncated"),
        ("truncated_last_bytes.jpg", jpeg[:-40], "truncated"),
        ("truncated_in_header.jpg", jpeg[:100], "truncated"),
        ("truncated_two_bytes.jpg", jpeg[:2], "truncated"),
        ("truncated_progressive.jpg", prog[: len(prog) // 2], "truncated"),
        ("truncated.png", image[: len(image) // 2], "truncated"),
        ("truncated_in_header.png", image[:20], "truncated"),
        ("text_of_2_gib.png", png.SIGNATURE + png.header(4, 4, 8, png.RGB, False) + struct.pack(">I", 2**31 - 1) + b"tEXtabc", "truncated"),
        ("too_few_bytes.png", png_claiming(15000, 15000), "truncated"),
        ("too_few_bytes.jpg", jpeg_claiming(15000, 15000), "truncated"),
        ("truncated.webp", webp[: len(webp) // 2], "truncated"),
        ("truncated_in_header.webp", webp[:16], "truncated"),
        ("jpeg_without_tables.jpg", jpeg.replace(b"\xff\xdb", b"\xff\xe5").replace(b"\xff\xc4", b"\xff\xe5"), "corrupt"),
        ("header_crc.png", flip(image, 20), "corrupt"),
        ("bad_deflate.png", flip(flip(image, idat + 4), idat + 5), "corrupt"),
        ("zero_width.png", png_claiming(0, 5), "corrupt"),
        ("bad_depth.png", png_claiming(5, 5, depth=3), "corrupt"),
        ("bad_colour_type.png", png_claiming(5, 5, colour=5), "corrupt"),
        ("bomb_60000x60000.png", png_claiming(60000, 60000), "too_large"),
        ("bomb_2147483647x2147483647.png", png_claiming(2**31 - 1, 2**31 - 1, 16, png.RGBA), "too_large"),
        ("bomb_65500x65500.jpg", jpeg_claiming(65500, 65500), "too_large"),
        ("bomb_16383x16383.webp", webp_claiming(16383, 16383), "too_large"),
    ]


def pillow_says(data):
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > 2**26:
                return "opens the header; not decoded"
            image.convert("RGB")
        return "decodes"
    except Exception as error:  # whatever the reason, it is only noted
        return f"{type(error).__name__}: {error}".split(" <")[0][:90]


def write_rejects(out):
    entries = []
    for name, data, reason in contents():
        (out / "reject" / name).write_bytes(data)
        entries.append({"file": f"reject/{name}", "reason": reason, "bytes": len(data), "pillow": pillow_says(data)})
    return entries
