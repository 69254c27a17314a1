// A folder that is gone when the test is, and changes to copies of the golden checkpoints.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "base/file.h"

namespace juror {

inline const std::filesystem::path kGoldenFolder =
    std::filesystem::path(JUROR_SOURCE_DIR) / "tests/golden";

class TempFolder {
 public:
  TempFolder() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(test->test_suite_name()) + "." + test->name();
    std::replace(name.begin(), name.end(), '/', '_');
    static int count = 0;  // a test may have several
    path_ = std::filesystem::temp_directory_path() /
            ("juror." + std::to_string(::getpid()) + "." + name + "." + std::to_string(count++));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  /// Fills the folder with a copy of a golden checkpoint.
  void copy_checkpoint(const std::string& name) const {
    std::filesystem::copy(kGoldenFolder / "checkpoints" / name, path_);
  }
  /// Rewrites a JSON file of the folder.
  void edit(const std::string& name, const std::function<void(nlohmann::json&)>& change) const {
    auto json = nlohmann::json::parse(read_file(path_ / name));
    change(json);
    write(name, json.dump());
  }

 private:
  std::filesystem::path path_;
};

/// The sentence with which `work` is refused, or "accepted".
template <class Work>
std::string refusal_of(Work&& work, ErrorKind kind = ErrorKind::kModel) {
  try {
    work();
    return "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
}

}  // namespace juror
