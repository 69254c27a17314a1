#!/usr/bin/env python3
"""The licences of what Juror is linked with: writes docs/third-party-licences.md, or checks that it is true.

Usage: tools/licences.py            writes the page
       tools/licences.py --check [PROGRAM ...]
Checked, each fault one line (exit 1): the page is what this script writes; every library that CMakeLists.txt looks for,
every package of the group `build` in scripts/packages.txt and every wheel of scripts/*.txt has a row; every library that
a PROGRAM (built program or library) names as needed has a row; no row has a licence that Apache-2.0 cannot be linked with;
and where a package's copyright file is on this machine it has the words of its row.
"""

import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = pathlib.Path("docs") / "third-party-licences.md"


@dataclass
class Library:
    name: str
    licence: str  # SPDX
    use: str
    cmake: tuple = ()  # as CMakeLists.txt looks for it
    packages: tuple = ()  # Debian: the one that is built with, then the one that runs
    sonames: tuple = ()  # as a program names it, without what follows ".so"
    words: str = ""  # of the copyright file
    wheel: str = ""  # on PyPI


LINKED, HEADERS, LOADED, TESTS = "linked", "headers only", "loaded when parquet is read", "tests only"
LIBRARIES = [
    Library("{fmt}", "MIT", LINKED, ("fmt",), ("libfmt-dev", "libfmt9"), ("libfmt",), "Expat"),
    Library("JSON for Modern C++", "MIT", HEADERS, ("nlohmann_json",), ("nlohmann-json3-dev",), (), "Expat"),
    Library("Eigen", "MPL-2.0", HEADERS, ("Eigen3",), ("libeigen3-dev",), (), "MPL-2"),
    Library("libjpeg-turbo", "IJG AND BSD-3-Clause AND Zlib", LINKED, ("libjpeg",), ("libjpeg-dev", "libjpeg62-turbo"),
            ("libjpeg",), "BSD-3-clause"),
    Library("libpng", "libpng-2.0", LINKED, ("libpng",), ("libpng-dev", "libpng16-16"), ("libpng16",), "libpng"),
    Library("libwebp", "BSD-3-Clause", LINKED, ("libwebp", "libwebpdemux"), ("libwebp-dev", "libwebp7"),
            ("libwebp", "libwebpdemux"), "Redistributions of source code must retain"),
    Library("libheif", "LGPL-3.0-or-later", "only with `JUROR_HEIF=ON`; Debian's loads libx265 (GPL-2.0-or-later): not to be handed out together",
            ("libheif",), ("libheif-dev", "libheif1"), ("libheif",), "LGPL-3"),
    Library("PCRE2", "BSD-3-Clause WITH PCRE2-exception", LINKED, ("libpcre2-8",), ("libpcre2-dev", "libpcre2-8-0"),
            ("libpcre2-8",), "BSD-3-clause"),
    Library("utf8proc", "MIT AND Unicode-DFS-2015", LINKED, ("libutf8proc",), ("libutf8proc-dev", "libutf8proc2"),
            ("libutf8proc",), "Expat"),
    Library("libzip", "BSD-3-Clause", LINKED, ("libzip",), ("libzip-dev", "libzip4"), ("libzip",),
            "Redistribution and use in source and binary forms"),
    Library("libarchive", "BSD-2-Clause", LINKED, ("libarchive",), ("libarchive-dev", "libarchive13"), ("libarchive",),
            "BSD-2-clause"),
    Library("libcurl", "curl", "loaded when a server judges", ("libcurl",), ("libcurl4-openssl-dev", "libcurl4"), ("libcurl",), "curl"),
    Library("cpp-httplib", "MIT", LINKED, ("cpp-httplib",), ("libcpp-httplib-dev", "libcpp-httplib0.11"),
            ("libcpp-httplib",), "Expat"),
    Library("OpenSSL (libcrypto)", "Apache-2.0", LINKED, ("libcrypto",), ("libssl-dev", "libssl3"), ("libcrypto",),
            "Apache-2.0"),
    Library("SQLite", "blessing", LINKED, ("sqlite3",), ("libsqlite3-dev", "libsqlite3-0"), ("libsqlite3",),
            "public-domain"),
    Library("prometheus-cpp (core)", "MIT", LINKED, ("prometheus-cpp-core",),
            ("prometheus-cpp-dev", "libprometheus-cpp-core1.0"), ("libprometheus-cpp-core",), "Expat"),
    Library("zlib", "Zlib", LINKED, ("ZLIB",), ("zlib1g-dev", "zlib1g"), ("libz",), "Zlib"),
    Library("toml++", "MIT", HEADERS, (), ("libtomlplusplus-dev",), (), "Expat"),
    Library("PyTorch (libtorch)", "BSD-3-Clause", LINKED, ("Libtorch",), (), ("libtorch_cpu", "libc10"), "", "torch"),
    Library("GCC's run-time libraries (in the torch wheel: OpenMP, Fortran)", "GPL-3.0-or-later WITH GCC-exception-3.1", LINKED,
            (), ("g++", "libstdc++6"), ("libstdc++", "libgcc_s", "libgomp", "libgfortran"), "GCC Runtime Library Exception"),
    Library("GNU C library", "LGPL-2.1-or-later", LINKED, ("Threads",), ("libc6",),
            ("libc", "libm", "ld-linux-x86-64", "libpthread", "libdl", "librt"), "Lesser"),
    Library("NVIDIA CUDA runtime", "LicenseRef-NVIDIA-Proprietary", "needed by libtorch; fetched by the user, never shipped", (),
            (), ("libcudart",), "", "nvidia-cuda-runtime"),
    Library("NVIDIA CUPTI", "LicenseRef-NVIDIA-Proprietary", "needed by libtorch; fetched by the user, never shipped", (),
            (), ("libcupti",), "", "nvidia-cuda-cupti"),
    Library("Apache Arrow (Arrow, Parquet)", "Apache-2.0", LOADED, ("ArrowWheel",), (), ("libarrow", "libparquet"), "",
            "pyarrow"),
    Library("GoogleTest, GoogleMock", "BSD-3-Clause", TESTS, ("GTest",), ("libgtest-dev", "libgmock-dev"),
            ("libgtest", "libgmock"), "BSD"),
]
# Read by the build, not a part of what it makes.
TOOLS = {"cmake", "ninja-build", "pkgconf", "python3", "python3-pip", "PkgConfig", "Python3", "ccache"}

HEAD = """# Third-party licences
Juror is under the [Apache License 2.0](../LICENSE). It uses the libraries below as they are: system libraries as the
distribution packages them, the others out of wheels from PyPI (`scripts/libtorch.txt`, `scripts/arrow.txt`). None is
copied into this repository. All may be linked with a program under Apache-2.0. A test (`tools.licences`) keeps this
page equal to what is linked; `tools/licences.py` writes it.

| library | licence (SPDX) | how it is used | where its text is |
|---|---|---|---|
"""
TAIL = """
The torch wheel holds further libraries inside `libtorch_cpu.so` (oneDNN, XNNPACK, FBGEMM, SLEEF, protobuf, Gloo and
others: Apache-2.0, BSD, MIT, BSL-1.0, ISC, Zlib; their texts are in `torch-*.dist-info/licenses/third_party/`) and
Intel's MKL (Intel Simplified Software License). The pyarrow wheel's `LICENSE.txt` has the texts of what is inside it.
System libraries load libraries of their own; on Debian 12 those are libacl, Nettle, GMP, GnuTLS, libidn2, libunistring,
librtmp and keyutils (LGPL), OpenSSL 3 (Apache-2.0), Kerberos, OpenLDAP, SASL, libssh2, nghttp2, libpsl, p11-kit, libffi,
ICU, libxml2, brotli, bzip2, lz4, xz and zstd (permissive).

Who hands out a built program together with such libraries hands out their licence texts too:
`/usr/share/doc/PACKAGE/copyright` of each package above, and the `licenses` folder of each wheel.
"""


def place_of(library):
    if library.wheel:
        return f"`licenses` folder of the wheel `{library.wheel}`"
    return "`/usr/share/doc/" + library.packages[-1] + "/copyright`"


def page(libraries):
    rows = [f"| {one.name} | {one.licence} | {one.use} | {place_of(one)} |\n" for one in libraries]
    return HEAD + "".join(rows) + TAIL


def wanted_by_cmake(text):
    names = re.findall(r"find_package\((\w+)", text)
    for modules in re.findall(r"pkg_check_modules\(\w+ REQUIRED IMPORTED_TARGET ([^)]*)\)", text):
        names += modules.split()
    return names


def wanted_by_lists(root):
    for line in (root / "scripts" / "packages.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("build "):
            yield "scripts/packages.txt", line.split()[1]
    for name in ("libtorch.txt", "arrow.txt"):
        for wheel in re.findall(r"^([\w.-]+)==", (root / "scripts" / name).read_text(encoding="utf-8"), re.M):
            yield "scripts/" + name, wheel


def needed_by(program):
    """Names of the libraries that a program or library asks the loader for."""
    done = subprocess.run(["readelf", "-d", str(program)], capture_output=True, text=True, check=True)
    return re.findall(r"\(NEEDED\).*\[(.*?)\.so", done.stdout)


def is_copyleft(licence):
    """The GPL without an exception for those who link; LGPL, MPL and exceptions may be linked dynamically."""
    return bool(re.search(r"\bA?GPL-", licence)) and "exception" not in licence


def check(root, libraries, programs):
    faults = []
    known_cmake = {name for one in libraries for name in one.cmake} | TOOLS
    known_lists = {name for one in libraries for name in (*one.packages, one.wheel)} | TOOLS
    known_sonames = {name for one in libraries for name in one.sonames}
    for name in wanted_by_cmake((root / "CMakeLists.txt").read_text(encoding="utf-8")):
        if name not in known_cmake:
            faults.append(f"CMakeLists.txt: {name} has no row in tools/licences.py")
    for file, name in wanted_by_lists(root):
        if name not in known_lists:
            faults.append(f"{file}: {name} has no row in tools/licences.py")
    for program in programs:
        for name in needed_by(program):
            if name not in known_sonames and not name.startswith("libjuror"):
                faults.append(f"{pathlib.Path(program).name}: it needs {name}.so, which has no row in tools/licences.py")
    for one in libraries:
        if is_copyleft(one.licence):
            faults.append(f"{one.name}: {one.licence} may not be linked with a program under Apache-2.0")
        faults += wrong_words(one)
    if not (root / PAGE).exists() or (root / PAGE).read_text(encoding="utf-8") != page(libraries):
        faults.append(f"{PAGE}: not what tools/licences.py writes; run it")
    return faults


def wrong_words(library):
    """Faults of the copyright files that are on this machine."""
    if not library.words:
        return []
    files = [pathlib.Path("/usr/share/doc", package, "copyright") for package in library.packages]
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files if file.exists()]
    if not texts or any(library.words in text for text in texts):
        return []
    return [f"{library.name}: '{library.words}' does not stand in {' or '.join(map(str, files))}"]


def main(arguments):
    if arguments[:1] != ["--check"]:
        (ROOT / PAGE).write_text(page(LIBRARIES), encoding="utf-8")
        return 0
    faults = check(ROOT, LIBRARIES, arguments[1:])
    print("\n".join(faults + [f"{len(faults)} faults"] if faults else ["every library has its licence"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
