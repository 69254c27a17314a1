"""tools/licences.py on a small made-up tree and on this one."""

import importlib.util
import pathlib
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).parents[2] / "tools" / "licences.py"
spec = importlib.util.spec_from_file_location("licences", TOOL)
licences = importlib.util.module_from_spec(spec)
sys.modules["licences"] = licences
spec.loader.exec_module(licences)
Library = licences.Library

ROW = Library("zlib", "Zlib", "linked", ("ZLIB",), ("zlib1g-dev", "zlib1g"), ("libz",))


def faults(libraries, cmake="find_package(ZLIB REQUIRED)\n", packages="build zlib1g-dev\n", wheels="", text=None):
    """What the check says of a tree with these files; `text` is its page, by default the right one."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in ("scripts", "docs"):
            (root / name).mkdir()
        (root / "CMakeLists.txt").write_text(cmake)
        (root / "scripts" / "packages.txt").write_text(packages)
        (root / "scripts" / "libtorch.txt").write_text(wheels)
        (root / "scripts" / "arrow.txt").write_text("")
        (root / licences.PAGE).write_text(licences.page(libraries) if text is None else text)
        return licences.check(root, libraries, [])


class Licences(unittest.TestCase):
    def test_accepts_a_tree_whose_libraries_all_have_rows(self):
        self.assertEqual(faults([ROW]), [])

    def test_names_what_has_no_row_and_where_it_is_asked_for(self):
        cmake = "pkg_check_modules(EXIV2 REQUIRED IMPORTED_TARGET exiv2)\nfind_package(ZLIB)\n"
        self.assertEqual(faults([ROW], cmake=cmake), ["CMakeLists.txt: exiv2 has no row in tools/licences.py"])
        self.assertEqual(faults([ROW], packages="build libexiv2-dev\nlint clang-tidy\n"),
                         ["scripts/packages.txt: libexiv2-dev has no row in tools/licences.py"])
        self.assertEqual(faults([ROW], wheels="torch==1 \\\n    --hash=x\n"),
                         ["scripts/libtorch.txt: torch has no row in tools/licences.py"])

    def test_refuses_the_gpl_but_not_its_exceptions_nor_the_lgpl(self):
        gpl = Library("exiv2", "GPL-2.0-or-later", "linked", ("ZLIB",), ("zlib1g-dev",))
        self.assertEqual(faults([gpl]), ["exiv2: GPL-2.0-or-later may not be linked with a program under Apache-2.0"])
        for licence in ("LGPL-2.1-or-later", "GPL-3.0-or-later WITH GCC-exception-3.1"):
            gpl.licence = licence
            self.assertEqual(faults([gpl]), [])

    def test_refuses_a_page_that_is_not_the_tables(self):
        self.assertEqual(faults([ROW], text="old"),
                         ["docs/third-party-licences.md: not what tools/licences.py writes; run it"])

    def test_finds_what_a_program_needs(self):
        self.assertIn("libc", licences.needed_by(sys.executable))


if __name__ == "__main__":
    unittest.main()
