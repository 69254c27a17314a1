"""cmake/unity_batches.py, on small trees."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../cmake"))
import unity_batches


def batches_of(files, most_lines=100):
    """The names that stand together when these {path: text} are a repository."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        tree = unity_batches.Tree(root)
        sources = [tree.read(path) for path in sorted(files) if path.endswith(".cpp")]
        return [[os.path.basename(f["path"]) for f in batch] for batch in unity_batches.batches(sources, most_lines)]


def private(text):
    return "namespace juror {\nnamespace {\n" + text + "\n}  // namespace\n}\n"


class UnityBatches(unittest.TestCase):
    def test_files_without_a_common_name_stand_together(self):
        self.assertEqual(batches_of({"src/a/x.cpp": private("int one() { return 1; }"),
                                     "src/a/y.cpp": private("int two() { return 2; }")}), [["x.cpp", "y.cpp"]])

    def test_two_functions_types_or_constants_of_one_name_are_kept_apart(self):
        for text in ("int check(int n) { return n; }", "struct Reader { int n; };", "constexpr int kMost{3};",
                     "template <class T>\nvoid show(const T& t) {}", "[[noreturn]] void refuse() { throw 1; }",
                     "constexpr int kFew = 1, kMost = 3;", "const std::map<int, int> kTable = {{1, 2}};"):
            with self.subTest(text):
                self.assertEqual(batches_of({"src/a/x.cpp": private(text), "src/a/y.cpp": private(text)}),
                                 [["x.cpp"], ["y.cpp"]])

    def test_the_same_alias_is_no_clash_and_another_is(self):
        one, other = private("using Json = nlohmann::json;"), private("using Json = nlohmann::ordered_json;")
        self.assertEqual(batches_of({"src/a/x.cpp": one, "src/a/y.cpp": one, "src/a/z.cpp": other}),
                         [["x.cpp", "y.cpp"], ["z.cpp"]])

    def test_a_name_that_a_header_of_the_other_declares_is_a_clash(self):
        files = {"src/a/shape.h": "namespace juror {\nstruct Shape { int n; };\n}\n",
                 "src/a/wrapped.h": '#include "a/shape.h"\n',
                 "src/a/x.cpp": private("struct Shape { int m; };"), "src/a/y.cpp": '#include "a/wrapped.h"\n'}
        self.assertEqual(batches_of(files), [["x.cpp"], ["y.cpp"]])

    def test_locals_members_strings_and_tests_are_no_names(self):
        text = private('struct AT { int n = 0; int size() { int i = 0; return i; } };\nTEST(Suite, AT) { int i = 0; }\n'
                       'int of_AT() { return size("} int same;"); }')
        self.assertEqual(batches_of({"tests/a/x.cpp": text.replace("AT", "X"), "tests/a/y.cpp": text.replace("AT", "Y")}),
                         [["x.cpp", "y.cpp"]])

    def test_a_batch_is_bounded_by_lines(self):
        self.assertEqual(batches_of({f"src/a/{n}.cpp": "\n" * 40 for n in "abc"}), [["a.cpp", "b.cpp"], ["c.cpp"]])


if __name__ == "__main__":
    unittest.main()
