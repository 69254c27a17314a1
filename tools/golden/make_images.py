"""Makes tests/golden/images: tiny image files, what a decoder must get out of them, and files it must refuse.

Expected pixels are Pillow's: open, exif_transpose, then as qwen_vl_utils.to_rgb for every kind of transparency: the
RGBA picture is pasted on white by its alpha (or on the colour that the entry names), all others are converted to RGB.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps, PngImagePlugin, features

import png_writer as png
from bad_images import write_rejects
from pictures import checkerboard, noise, picture

WIDTH, HEIGHT = 37, 22
OUT = Path(__file__).resolve().parents[2] / "tests" / "golden" / "images"


def seen(image, background="white"):
    """What a person sees of a picture, RGB uint8 [height, width, 3]."""
    image = ImageOps.exif_transpose(image)
    if not image.has_transparency_data:
        return np.asarray(image.convert("RGB"))
    rgba = image.convert("RGBA")
    canvas = Image.new("RGB", rgba.size, background)
    canvas.paste(rgba, mask=rgba.split()[3])
    return np.asarray(canvas)


class Manifest:
    """Collects entries; `decode` computes each expectation with Pillow unless one is given."""

    def __init__(self):
        self.decodes, self.resizes = [], []

    def decode(self, path, *, orientation=1, tolerance=0, expected=None, background="white", note=""):
        with Image.open(path) as image:
            kind, mode = image.format.lower(), image.mode
            if expected is None:
                expected = seen(image, background)
        raw = path.with_name(path.name + (".rgb" if background == "white" else f".on_{background.strip('#')}.rgb"))
        raw.write_bytes(expected.tobytes())
        self.decodes.append({
            "file": str(path.relative_to(OUT)), "expected": str(raw.relative_to(OUT)), "format": kind,
            "pillow_mode": mode, "width": expected.shape[1], "height": expected.shape[0],
            "orientation": orientation, "background": background, "tolerance": tolerance, "note": note})

    def resize(self, source, width, height):
        image = Image.open(source).convert("RGB")
        out = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
        raw = source.with_name(f"{source.stem}_to_{width}x{height}.rgb")
        raw.write_bytes(out.tobytes())
        self.resizes.append({"source": str(source.relative_to(OUT)), "source_width": image.width,
                             "source_height": image.height, "width": width, "height": height,
                             "expected": str(raw.relative_to(OUT)), "tolerance": 1})

    def write(self, rejects):
        versions = {"pillow": PIL.__version__, "libjpeg_turbo": features.version("libjpeg_turbo"),
                    "webp": features.version("webp")}
        body = {"made_by": versions, "decode": self.decodes, "resize": self.resizes, "reject": rejects}
        (OUT / "manifest.json").write_text(json.dumps(body, indent=1) + "\n")


def exif(orientation, endian="<"):
    """An Exif block with one tag: orientation."""
    order = b"II*\0" if endian == "<" else b"MM\0*"
    entry = struct.pack(endian + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0" + order + struct.pack(endian + "IH", 8, 1) + entry + struct.pack(endian + "I", 0)


def save_jpeg(name, image, **options):
    path = OUT / "decode" / name
    image.save(path, "JPEG", **{"quality": 90, **options})
    return path


def make_jpegs(m):
    image = Image.fromarray(picture(WIDTH, HEIGHT, 1))
    near = {"tolerance": 2}
    for name, sampling in [("444", 0), ("422", 1), ("420", 2)]:
        m.decode(save_jpeg(f"baseline_{name}.jpg", image, subsampling=sampling), **near)
    m.decode(save_jpeg("progressive.jpg", image, progressive=True), **near)
    m.decode(save_jpeg("restart_markers.jpg", image, restart_marker_blocks=2), **near)
    m.decode(save_jpeg("rgb_not_ycc.jpg", image, keep_rgb=True), note="Adobe marker, transform 0", **near)
    m.decode(save_jpeg("grey.jpg", image.convert("L")), **near)
    m.decode(save_jpeg("grey_progressive.jpg", image.convert("L"), progressive=True), **near)
    trailing = OUT / "decode" / "trailing_bytes.jpg"
    trailing.write_bytes(save_jpeg("baseline_444.jpg", image, subsampling=0).read_bytes() + b"trailing")
    m.decode(trailing, note="bytes after the end marker are ignored", **near)
    wrong_name = OUT / "decode" / "really_jpeg.png"
    wrong_name.write_bytes(trailing.read_bytes())
    m.decode(wrong_name, note="content decides, not the name", **near)


def make_cmyk(m):
    """Adobe files store inverted inks. Transform 2 (YCCK) is made by storing YCC of the inks and patching the marker."""
    inks = np.asarray(Image.fromarray(picture(WIDTH, HEIGHT, 2)).convert("CMYK")).copy()
    inks[..., 3] = np.linspace(0, 160, WIDTH).astype(np.uint8)
    cmyk = Image.frombytes("CMYK", (WIDTH, HEIGHT), inks.tobytes())
    note = "inverted inks (Adobe); R = (255-C)(255-K)/255"
    plain = save_jpeg("cmyk.jpg", cmyk, subsampling=0)
    m.decode(plain, tolerance=2, note=note)
    ycc = np.asarray(Image.frombytes("RGB", (WIDTH, HEIGHT), inks[..., :3].tobytes()).convert("YCbCr"))
    stored = np.concatenate([255 - ycc, inks[..., 3:]], axis=-1)  # Pillow inverts all four while saving
    path = save_jpeg("ycck.jpg", Image.frombytes("CMYK", (WIDTH, HEIGHT), stored.tobytes()), subsampling=0)
    data = bytearray(path.read_bytes())
    at = data.index(b"Adobe")
    assert data[at + 11] == 0
    data[at + 11] = 2
    path.write_bytes(data)
    m.decode(path, tolerance=2, note=note + "; Adobe transform 2")
    data = plain.read_bytes()
    at = data.index(b"Adobe") - 4
    bare = OUT / "decode" / "cmyk_no_adobe_marker.jpg"
    bare.write_bytes(data[:at] + data[at + 16:])
    m.decode(bare, tolerance=2, note="no marker: Pillow takes the inks as inverted here too")


def make_orientations(m):
    upright = Image.fromarray(picture(WIDTH, HEIGHT, 3))
    for value in range(1, 9):
        endian = "<" if value % 2 else ">"
        path = save_jpeg(f"orientation_{value}.jpg", upright, subsampling=0, exif=exif(value, endian))
        m.decode(path, orientation=value, tolerance=2, note="Exif byte order " + endian)
    for value in (0, 9):
        path = save_jpeg(f"orientation_{value}.jpg", upright, subsampling=0, exif=exif(value))
        m.decode(path, tolerance=2, note=f"orientation {value} is out of range and means none")
    path = save_jpeg("exif_cut_short.jpg", upright, subsampling=0, exif=exif(6)[:16])
    m.decode(path, tolerance=2, expected=np.asarray(Image.open(path).convert("RGB")),
             note="broken Exif is ignored; the picture is fine")
    path = OUT / "decode" / "orientation_6.png"
    upright.save(path, exif=exif(6))
    m.decode(path, orientation=6, note="eXIf chunk")
    path = OUT / "decode" / "orientation_8.webp"
    upright.save(path, "WEBP", lossless=True, exif=exif(8))
    m.decode(path, orientation=8, note="EXIF chunk")
    make_other_orientations(m, upright)


def xmp(orientation):
    return (b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
            b"<rdf:Description xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation=\"%d\"/></rdf:RDF></x:xmpmeta>"
            % orientation)


def make_other_orientations(m, upright):
    """XMP alone, both with different values (Exif counts), and ImageMagick's profile in hexadecimal."""
    m.decode(save_jpeg("xmp_6.jpg", upright, subsampling=0, xmp=xmp(6)), orientation=6, tolerance=2, note="XMP alone")
    both = save_jpeg("exif_3_xmp_6.jpg", upright, subsampling=0, exif=exif(3), xmp=xmp(6))
    m.decode(both, orientation=3, tolerance=2, note="Exif counts, not XMP")
    path = OUT / "decode" / "xmp_8.webp"
    upright.save(path, "WEBP", lossless=True, xmp=xmp(8))
    m.decode(path, orientation=8, note="XMP chunk")
    for packed in (False, True):
        path = OUT / "decode" / f"xmp_6{'_packed' if packed else ''}.png"
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp(6).decode(), zip=packed)
        upright.save(path, pnginfo=info)
        m.decode(path, orientation=6, note="XMP in iTXt")
    block = exif(5, ">")
    profile = f"\nexif\n{len(block):8}\n" + "\n".join(block.hex()[i:i + 72] for i in range(0, 2 * len(block), 72)) + "\n"
    path = OUT / "decode" / "raw_profile_5.png"
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type exif", profile, zip=True)
    upright.save(path, pnginfo=info)
    m.decode(path, orientation=5, note="Exif in zTXt, as ImageMagick wrote it")


def random_samples(channels, depth, seed):
    rng = np.random.default_rng(seed)
    top = 2**depth - 1
    smooth = np.rint(picture(WIDTH, HEIGHT, seed) / 255.0 * top).astype(np.int64)[..., :channels]
    if smooth.shape[2] < channels:
        smooth = np.concatenate([smooth, rng.integers(0, top + 1, (HEIGHT, WIDTH, 1))], axis=2)
    return smooth


def make_pngs(m):
    kinds = [(png.GREY, 1), (png.GREY, 2), (png.GREY, 4), (png.GREY, 8), (png.GREY, 16), (png.GREY_ALPHA, 8),
             (png.GREY_ALPHA, 16), (png.RGB, 8), (png.RGB, 16), (png.RGBA, 8), (png.RGBA, 16)]
    names = {png.GREY: "grey", png.RGB: "rgb", png.GREY_ALPHA: "grey_alpha", png.RGBA: "rgba"}
    for colour, depth in kinds:
        for interlaced in (False, True) if depth >= 8 else (False,):
            samples = random_samples(png.CHANNELS[colour], depth, 10 + colour)
            if colour == png.GREY_ALPHA:
                samples = np.stack([samples[..., 0], random_samples(4, depth, 5)[..., 3]], axis=-1)
            path = OUT / "decode" / f"{names[colour]}{depth}{'_interlaced' if interlaced else ''}.png"
            png.write_png(path, samples, depth, colour, interlaced=interlaced)
            expect_png(m, path, samples, colour, depth)


def expect_png(m, path, samples, colour, depth):
    tolerance = 1 if depth == 16 else 0
    if (colour, depth) != (png.GREY, 16):
        m.decode(path, tolerance=tolerance, note="16 bits: high byte" if depth == 16 else "")
        return
    grey = np.repeat(samples >> 8, 3, axis=2).astype(np.uint8)
    m.decode(path, tolerance=1, expected=grey,
             note="high byte, as for 16-bit colour; Pillow clips 16-bit grey at 255 instead, which whites it out")


def make_palettes_and_trns(m):
    rng = np.random.default_rng(4)
    for depth in (1, 2, 4, 8):
        count = min(2**depth, 200)
        palette = rng.integers(0, 256, (count, 3), dtype=np.uint8)
        index = (picture(WIDTH, HEIGHT, 6)[..., :1].astype(np.int64) * count) // 256
        plte = (b"PLTE", palette.tobytes())
        path = OUT / "decode" / f"palette{depth}.png"
        png.write_png(path, index, depth, png.PALETTE, extra=[plte])
        m.decode(path)
    alpha = bytes([0, 128, 255, 7])
    path = OUT / "decode" / "palette8_trns_interlaced.png"
    png.write_png(path, index, 8, png.PALETTE, interlaced=True, extra=[plte, (b"tRNS", alpha)])
    m.decode(path, note="palette entries with alpha")
    for colour, name, channels in ((png.GREY, "grey8_trns", 1), (png.RGB, "rgb8_trns", 3)):
        samples = random_samples(channels, 8, 8)
        key = b"".join(struct.pack(">H", int(v)) for v in samples[HEIGHT // 2, WIDTH // 2])
        path = OUT / "decode" / f"{name}.png"
        png.write_png(path, samples, 8, colour, extra=[(b"tRNS", key)])
        m.decode(path, note="one colour is transparent")


def make_webps(m):
    colour = Image.fromarray(picture(WIDTH, HEIGHT, 9))
    alpha = colour.copy()
    alpha.putalpha(Image.fromarray(noise(WIDTH, HEIGHT, 9)[..., 0]))
    for name, image, options, tolerance in [
            ("lossy", colour, {"quality": 80}, 2), ("lossy_alpha", alpha, {"quality": 80}, 2),
            ("lossless", colour, {"lossless": True}, 0),
            ("lossless_alpha", alpha, {"lossless": True, "exact": True}, 0)]:
        path = OUT / "decode" / f"{name}.webp"
        image.save(path, "WEBP", **options)
        m.decode(path, tolerance=tolerance)
    path = OUT / "decode" / "animated.webp"
    colour.save(path, "WEBP", lossless=True, save_all=True, append_images=[Image.fromarray(picture(WIDTH, HEIGHT, 12))])
    m.decode(path, note="first frame; a reader may also refuse animations, in words")
    path = OUT / "decode" / "animated_alpha.webp"
    small = Image.new("RGBA", (WIDTH, HEIGHT))
    small.paste(alpha.crop((0, 0, 20, 12)), (8, 6))
    small.save(path, "WEBP", lossless=True, save_all=True, append_images=[alpha], minimize_size=True, exact=True)
    m.decode(path, note="first frame, which the writer may have made smaller than the canvas")


def make_backgrounds(m):
    """The same files on other colours; the drawing on nothing is near black, so that black hides it."""
    for name in ("rgba8.png", "grey_alpha8.png", "palette8_trns_interlaced.png", "lossless_alpha.webp"):
        for background in ("black", "#204060"):
            m.decode(OUT / "decode" / name, background=background)
    drawing = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    drawing[5:15, 8:28] = (12, 10, 14, 255)
    path = OUT / "decode" / "black_on_nothing.png"
    Image.fromarray(drawing).save(path)
    m.decode(path, note="black beneath full transparency: dropping alpha would show nothing")


def make_odd_sizes(m):
    for width, height in ((1, 1), (1, 5000), (5000, 1)):
        path = OUT / "decode" / f"{width}x{height}.png"
        Image.fromarray(picture(width, height, 13)).save(path)
        m.decode(path, note="decodes; sides beyond 200:1 are refused later, by smart_resize" if width != height else "")
    m.decode(save_jpeg("1x1.jpg", Image.fromarray(picture(1, 1, 13))), tolerance=2)


def make_resizes(m):
    folder = OUT / "resize"
    sources = {"picture_61x47": picture(61, 47, 20), "noise_33x50": noise(33, 50, 21),
               "checkerboard_40x40": checkerboard(40, 40), "picture_210x90": picture(210, 90, 22),
               "dot_1x1": picture(1, 1, 23), "noise_3x2": noise(3, 2, 24)}
    sizes = {"picture_61x47": [(28, 28), (56, 28), (84, 56), (61, 20), (90, 47), (61, 47), (7, 9), (1, 1)],
             "noise_33x50": [(28, 56), (56, 28), (16, 25)], "checkerboard_40x40": [(28, 28), (84, 84), (41, 39)],
             "picture_210x90": [(84, 28), (56, 56), (28, 112)], "dot_1x1": [(28, 28)], "noise_3x2": [(56, 28)]}
    for name, pixels in sources.items():
        path = folder / f"{name}.png"
        Image.fromarray(pixels).save(path)
        for width, height in sizes[name]:
            m.resize(path, width, height)


def main():
    for folder in ("decode", "resize", "reject"):
        (OUT / folder).mkdir(parents=True, exist_ok=True)
        for old in (OUT / folder).iterdir():
            old.unlink()
    m = Manifest()
    for make in (make_jpegs, make_cmyk, make_orientations, make_pngs, make_palettes_and_trns, make_webps,
                 make_backgrounds, make_odd_sizes, make_resizes):
        make(m)
    m.write(write_rejects(OUT))
    print(f"{len(m.decodes)} decodes, {len(m.resizes)} resizes in {OUT}")


if __name__ == "__main__":
    sys.exit(main())
