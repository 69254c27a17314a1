"""tools/check_layers.py on small made-up trees, one broken rule each."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).parents[2] / "tools" / "check_layers.py"


def check(files):
    """Exit code and output of the tool over a tree of {path: text}."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, str(TOOL), folder], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.replace(folder + "/", "") + done.stderr


class CheckLayers(unittest.TestCase):
    def refuses(self, files, line):
        code, output = check(files)
        self.assertEqual(code, 1, output)
        self.assertIn(line, output)
        self.assertIn("1 broken rules", output)

    def test_accepts_includes_that_point_down(self):
        code, output = check({
            "base/error.h": "#pragma once\n#include <string>\n",
            "image/decode.h": '#pragma once\n#include "base/error.h"\n',
            "image/decode.cpp": '// Decoding.\n#include "image/decode.h"\n\n#include "image/other.h"\n',
            "tensor/tensor.h": "#pragma once\n#include <ATen/core/Tensor.h>\n",
            "main.cpp": '#include "cli/command.h"\n',
        })
        self.assertEqual((code, output), (0, "check_layers: 5 files, 0 broken rules\n"))

    def test_refuses_an_include_that_points_up(self):
        self.refuses({"base/a.h": '#pragma once\n\n#include "judge/judge.h"\n'},
                     'base/a.h:3: "judge/judge.h" points up or sideways: room base may use no other room.')

    def test_refuses_an_include_that_points_sideways(self):
        self.refuses({"image/a.cpp": '#include "text/bpe.h"\n'}, 'image/a.cpp:1: "text/bpe.h" points up or sideways')

    def test_refuses_the_model_knowing_preferences(self):
        self.refuses({"model/a.cpp": '#include "preference/vote.h"\n'}, "room model may use base, image, text, tensor.")

    def test_refuses_a_room_the_torch_half_of_it_and_of_those_below(self):
        self.refuses({"judge/a.cpp": '#include "judge/engine/prompt.h"\n'}, "points up or sideways: room judge may use")
        self.refuses({"judge/a.cpp": '#include "engine/engine.h"\n'}, "points up or sideways: room judge may use")
        code, output = check({"judge/a.cpp": '#include "engine/sampling_options.h"\n',
                              "judge/engine/b.cpp": '#include "engine/engine.h"\n#include "judge/a.h"\n'})
        self.assertEqual(code, 0, output)

    def test_refuses_torch_in_a_torch_free_room(self):
        self.refuses({"data/a.cpp": "#include <vector>\n  #  include <c10/core/Device.h>\n"},
                     "data/a.cpp:2: <c10/core/Device.h>: data is free of torch")

    def test_refuses_torch_in_the_torch_free_file_of_the_tensor_room(self):
        self.refuses({"tensor/safetensors_header.cpp": "#include <ATen/ATen.h>\n"},
                     "tensor/safetensors_header.cpp is free of torch")

    def test_refuses_a_room_it_does_not_know(self):
        self.refuses({"utils/a.h": "#pragma once\n"}, "utils/a.h:1: src/utils is no room")

    def test_refuses_an_include_not_written_from_src(self):
        self.refuses({"base/a.h": '#pragma once\n#include "error.h"\n'}, 'base/a.h:2: "error.h" names no room of src')

    def test_refuses_a_source_whose_own_header_is_not_first(self):
        self.refuses({"base/a.h": "#pragma once\n", "base/a.cpp": '#include <vector>\n#include "base/a.h"\n'},
                     'base/a.cpp:1: "base/a.h" must be the first include')

    def test_refuses_a_header_without_pragma_once(self):
        self.refuses({"base/a.h": "int f();\n"}, "base/a.h:1: #pragma once is missing.")

    def test_refuses_an_empty_tree(self):
        code, output = check({"base/readme.txt": ""})
        self.assertEqual(code, 1)
        self.assertIn("no .h or .cpp file", output)


if __name__ == "__main__":
    unittest.main()
