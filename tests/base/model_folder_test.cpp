// Model folders: by path, in a Hugging Face cache made here, and mini.
#include "base/model_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ModelFolder : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/model_folder_test.XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    root_ = name;
    ::setenv("HF_HUB_CACHE", (root_ / "hub").c_str(), 1);
    ::setenv("JUROR_MINI", make(root_ / "mini").c_str(), 1);
    make(root_ / "hub/models--Qwen--Qwen2.5-VL-3B/snapshots/abc");
    make(root_ / "hub/models--Qwen--Qwen2.5-VL-3B/snapshots/def");
    fs::create_directories(root_ / "hub/models--Qwen--Qwen2.5-VL-3B/refs");
    write_file_atomic(root_ / "hub/models--Qwen--Qwen2.5-VL-3B/refs/main", "abc\n");
  }
  void TearDown() override {
    fs::remove_all(root_);
    for (const char* name : {"HF_HUB_CACHE", "HF_HOME", "JUROR_MINI", "XDG_CACHE_HOME"})
      ::unsetenv(name);
  }
  static fs::path make(const fs::path& folder) {
    fs::create_directories(folder);
    write_file_atomic(folder / "config.json", "{}");
    return folder;
  }
  static std::string error_of(const std::string& name) {
    try {
      find_model(name);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
      return error.what();
    }
    return "";
  }
  fs::path root_;
};

TEST_F(ModelFolder, IsFoundAsAFolder) {
  EXPECT_EQ(find_model((root_ / "mini").string()), root_ / "mini");
}

TEST_F(ModelFolder, IsFoundByNameThroughTheMainRef) {
  EXPECT_EQ(find_model("Qwen/Qwen2.5-VL-3B"),
            root_ / "hub/models--Qwen--Qwen2.5-VL-3B/snapshots/abc");
}

TEST_F(ModelFolder, IsFoundByCommit) {
  EXPECT_EQ(find_model("Qwen/Qwen2.5-VL-3B@def"),
            root_ / "hub/models--Qwen--Qwen2.5-VL-3B/snapshots/def");
}

TEST_F(ModelFolder, MiniIsWhereTheVariableSays) {
  EXPECT_EQ(find_model("mini"), root_ / "mini");
  ::setenv("JUROR_MINI", "/nowhere", 1);
  EXPECT_THAT(error_of("mini"), HasSubstr("/nowhere"));
}

TEST_F(ModelFolder, ErrorsSayWhereTheyLookedAndWhatIsNear) {
  EXPECT_THAT(error_of("Qwen/Qwen2.5-VL-7B"), HasSubstr("Did you mean 'Qwen/Qwen2.5-VL-3B'?"));
  EXPECT_THAT(error_of("Qwen/Qwen2.5-VL-7B"), HasSubstr((root_ / "hub").string()));
  EXPECT_THAT(error_of("Qwen/Qwen2.5-VL-3B@nothing"), HasSubstr("There is no model"));
  EXPECT_THAT(error_of((root_ / "hub").string()), HasSubstr("no config.json"));
}

TEST_F(ModelFolder, ListsMiniFirstThenTheCache) {
  const auto models = local_models();
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(models[0].name, "mini");
  EXPECT_EQ(models[1].name, "Qwen/Qwen2.5-VL-3B");
}

TEST_F(ModelFolder, TheCacheFollowsTheVariables) {
  ::unsetenv("HF_HUB_CACHE");
  ::setenv("XDG_CACHE_HOME", "/x", 1);
  EXPECT_EQ(hugging_face_cache(), "/x/huggingface/hub");
  ::setenv("HF_HOME", "/h", 1);
  EXPECT_EQ(hugging_face_cache(), "/h/hub");
}

TEST_F(ModelFolder, WhoseFilesWereNotFetchedIsNamed) {
  const fs::path folder = make(root_ / "cloned");
  write_file_atomic(folder / "model.safetensors",
                    "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n");
  EXPECT_THAT(error_of(folder.string()),
              testing::AllOf(HasSubstr("cloned/model.safetensors' is a Git-LFS pointer"),
                             HasSubstr("git lfs pull")));
}

TEST_F(ModelFolder, OfQuantisedWeightsIsCalledByItsMethod) {
  const fs::path folder = make(root_ / "small");
  const auto error = [&](const std::string& quantised) {
    write_file_atomic(folder / "config.json", "{\"quantization_config\": " + quantised + "}");
    return error_of(folder.string());
  };
  EXPECT_THAT(error(R"({"quant_method": "gptq", "bits": 4})"),
              HasSubstr("holds quantised weights (gptq, 4 bits)"));
  EXPECT_THAT(error(R"({"quant_method": "fp8"})"), HasSubstr("quantised weights (fp8)"));
  EXPECT_THAT(error(R"({"quant_method": "awq", "version": "gemv", "bits": 4})"), HasSubstr("gemv"));
  EXPECT_THAT(error(R"({"load_in_4bit": true})"), HasSubstr("(an unnamed method)"));
  EXPECT_EQ(error("null"), "");
}

TEST_F(ModelFolder, WithWeightsOfAnotherFormatIsToldSo) {
  const fs::path folder = make(root_ / "old");
  write_file_atomic(folder / "pytorch_model.bin", "x");
  EXPECT_THAT(error_of(folder.string()),
              HasSubstr("holds its weights as 'pytorch_model.bin', and Juror reads *.safetensors"));
  write_file_atomic(folder / "model.safetensors", "x");
  EXPECT_EQ(error_of(folder.string()), "");
}

}  // namespace
}  // namespace juror
