#!/usr/bin/env python3
"""A wheel out of an installed tree: juror/program (programs, and the system's libraries that they need), juror/share, the module.

Usage: tools/wheel.py STAGE OUTPUT-FOLDER LIBTORCH-DIR    (scripts/wheel)
"""

import base64
import hashlib
import pathlib
import re
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Of the C and C++ run time, which every Linux has, and of torch's and Arrow's wheels.
ELSEWHERE = re.compile(r"(lib(c|m|dl|rt|pthread|resolv|stdc\+\+|gcc_s|torch_cpu|c10|gomp|gfortran|cudart|cupti|arrow|parquet)\.so|ld-linux|linux-vdso)")


def system_libraries(programs):
    found = {}
    for program in programs:
        said = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
        for name, place in re.findall(r"^\s*(\S+) => (\S+)", said, re.M):
            if ELSEWHERE.match(name):
                continue
            if place == "not":
                raise SystemExit(f"{program} needs {name}, which is not on this machine.")
            found[name] = pathlib.Path(place)
    return found


def newest_glibc(files):
    said = subprocess.run(["objdump", "-T", *files], check=True, capture_output=True, text=True).stdout
    return max(tuple(map(int, version)) for version in re.findall(r"GLIBC_(\d+)\.(\d+)", said))


def torch_version(libtorch):
    text = (pathlib.Path(libtorch) / "torch/version.py").read_text()
    return re.search(r"__version__ = '(\d+\.\d+)", text).group(1)


def metadata(version, torch):
    return f"""Metadata-Version: 2.1
Name: juror
Version: {version}
Summary: Judges images with a vision-language model, with reasons and intervals
License: Apache-2.0
Requires-Python: >=3.9
Requires-Dist: torch=={torch}.*
Provides-Extra: parquet
Requires-Dist: pyarrow=={arrow_version()}; extra == "parquet"
Description-Content-Type: text/markdown

{(ROOT / "docs/serve.md").read_text()}"""


def arrow_version():
    return re.search(r"^pyarrow==([\d.]+)", (ROOT / "scripts/arrow.txt").read_text(), re.M).group(1)


def contents(stage):
    """Name in the wheel -> file."""
    programs = [stage / "lib/juror" / name for name in ("juror", "juror-engine", "libjuror-parquet.so")]
    programs = [program for program in programs if program.exists()]
    curl = pathlib.Path(subprocess.run(["pkg-config", "--variable=libdir", "libcurl"], check=True, capture_output=True,
                                       text=True).stdout.strip()) / "libcurl.so.4"  # programs load it by themselves
    libraries = system_libraries([ROOT / "build" / program.name for program in programs] + [curl]) | {curl.name: curl}
    files = {f"juror/program/{program.name}": program for program in programs}
    files |= {f"juror/program/{name}": place for name, place in libraries.items()}
    for folder in ("share/juror/models", "share/juror/prompts", "share/doc"):
        files |= {f"juror/{file.relative_to(stage)}": file for file in sorted((stage / folder).rglob("*")) if file.is_file()}
    for place in libraries.values():  # their licences go with them, as Debian has them
        package = subprocess.run(["dpkg-query", "-S", place.resolve()], capture_output=True, text=True).stdout.split(":")[0]
        copyright_file = pathlib.Path("/usr/share/doc") / package / "copyright"
        if package and copyright_file.exists():
            files[f"juror/share/doc/juror/licences/{package}"] = copyright_file
    files["juror/__init__.py"] = ROOT / "clients/python/juror/__init__.py"
    files["juror/client.py"] = ROOT / "clients/python/juror_client.py"
    return files


def write_wheel(stage, output, libtorch):
    version = re.search(r"project\(juror VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
    files = contents(stage)
    glibc = newest_glibc([str(file) for name, file in files.items() if name.startswith("juror/program/")])
    tag = f"py3-none-manylinux_{glibc[0]}_{glibc[1]}_x86_64"
    info = f"juror-{version}.dist-info"
    entries = [(name, file.read_bytes(), 0o755 if name.startswith("juror/program/juror") else 0o644) for name, file in files.items()]
    entries += [(f"{info}/{name}", text.encode(), 0o644) for name, text in (
        ("METADATA", metadata(version, torch_version(libtorch))),
        ("WHEEL", f"Wheel-Version: 1.0\nGenerator: juror\nRoot-Is-Purelib: false\nTag: {tag}\n"),
        ("entry_points.txt", "[console_scripts]\njuror = juror:main\n"))]
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for name, data, _ in entries) + f"{info}/RECORD,,\n"
    output.mkdir(parents=True, exist_ok=True)
    wheel = output / f"juror-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, mode in [*entries, (f"{info}/RECORD", record.encode(), 0o644)]:
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))  # the same files give the same wheel
            entry.external_attr, entry.compress_type = (0o100000 | mode) << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    print(wheel)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    write_wheel(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3])
