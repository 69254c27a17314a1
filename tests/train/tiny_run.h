// What whole training runs need in a test: a folder with photos, a template and an untrained model,
// and eyes for what a run leaves there.
#pragma once

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "data/pictures.h"
#include "image/encode.h"
#include "model/weights.h"
#include "sft/mini_model.h"
#include "temp_folder.h"
#include "test_device.h"

namespace juror {

inline const Progress kGoOn = [](std::string_view, std::int64_t, std::int64_t) { return true; };

class TinyRun : public ::testing::Test {
 protected:
  TinyRun() {
    at::set_num_threads(1);
    std::filesystem::create_directories(folder_.path() / "photos");
    for (int i = 0; i < 3; ++i) {
      write_file_atomic(folder_.path() / "photos" / (std::to_string(i) + ".png"),
                        encode_png(testing::make_scene(96, 80, i)));
    }
    folder_.write(
        "template.toml",
        "user = '1{image_1}2{image_2}{prompt}'\nuser_without_prompt = '1{image_1}2{image_2}'\n"
        "[views]\nworking_size = 56\n");
    const MiniOptions mini{.vision_width = 32,
                           .vision_depth = 2,
                           .vision_heads = 2,
                           .vision_mlp = 48,
                           .window = 56,
                           .text_width = 32,
                           .text_layers = 2,
                           .text_heads = 2,
                           .text_kv_heads = 1,
                           .text_mlp = 64,
                           .vocabulary = 330};
    auto model = create_mini(mini, folder_.path() / "template.toml", folder_.path() / "new", 1);
    save_model(*model, folder_.path() / "new", at::kFloat);
  }

  /// Another template than the model's own.
  std::filesystem::path write_other_template() const {
    return folder_.write("mine.toml",
                         "user = 'a{image_1}b{image_2}{prompt}'\nuser_without_prompt = "
                         "'a{image_1}b{image_2}'\n[views]\nworking_size = 56\n");
  }

  /// The objects of a JSON lines file of the run; none where there is no such file.
  std::vector<nlohmann::json> lines(const std::string& run, const char* file) const {
    std::vector<nlohmann::json> all;
    if (!std::filesystem::exists(folder_.path() / run / file)) return all;
    std::istringstream stream(read_file(folder_.path() / run / file));
    for (std::string line; std::getline(stream, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }

  /// Lines of metrics without what depends on the clock or the process.
  std::vector<nlohmann::json> metrics(const std::string& run) const {
    std::vector<nlohmann::json> all;
    for (const nlohmann::json& line : lines(run, "metrics.jsonl")) {
      nlohmann::json kept;
      for (const auto& [key, value] : line.items()) {
        if (key != "step_time" && key.rfind("timing_s/", 0) != 0 && key.rfind("perf/", 0) != 0)
          kept[key] = value;
      }
      all.push_back(kept);
    }
    return all;
  }

  /// Two checkpoints, byte by byte: weights or adapters, heads, optimizer and state.
  static void expect_same(const std::filesystem::path& a, const std::filesystem::path& b) {
    ASSERT_TRUE(std::filesystem::exists(a / "trainer_state.json"));
    for (const char* file :
         {"model.safetensors", "adapter_model.safetensors", "severity_head.safetensors",
          "optimizer.safetensors", "trainer_state.json"}) {
      ASSERT_EQ(std::filesystem::exists(a / file), std::filesystem::exists(b / file)) << file;
      if (!std::filesystem::exists(a / file)) continue;
      EXPECT_TRUE(read_file(a / file) == read_file(b / file)) << file;
    }
  }

  const TempFolder folder_;
};

}  // namespace juror
