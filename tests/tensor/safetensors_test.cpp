// Safetensors files as tensors: what is written is read, bit for bit; writing fails whole. Headers
// have a test of their own.
#include "tensor/safetensors.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "file_size_limit.h"
#include "temp_folder.h"

namespace juror {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Safetensors, ReadsWhatItWroteInEveryDtype) {
  const TempFolder folder;
  NamedTensors tensors;
  for (const at::ScalarType type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong,
                                    at::kInt, at::kShort, at::kChar, at::kByte, at::kBool}) {
    tensors.emplace_back(c10::toString(type), at::arange(-3, 3).reshape({2, 3}).to(type));
  }
  tensors.emplace_back("scalar", at::full({}, 2.5));
  tensors.emplace_back("empty", at::empty({0, 4}));
  tensors.emplace_back("turned", at::arange(6).reshape({2, 3}).t());
  save_safetensors(folder.path() / "t.safetensors", tensors, {{"step", "7"}});
  const SafetensorsFile file(folder.path() / "t.safetensors");
  EXPECT_EQ(file.header().metadata.at("format"), "pt");
  EXPECT_EQ(file.header().metadata.at("step"), "7");
  EXPECT_EQ(file.header().entries.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(file.tensor(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(at::equal(file.tensor(name), tensor)) << name;
  }
}

TEST(Safetensors, TensorsOutliveTheFileObject) {
  const TempFolder folder;
  save_safetensors(folder.path() / "t.safetensors", {{"w", at::arange(5)}});
  Tensor tensor;
  {
    const SafetensorsFile file(folder.path() / "t.safetensors");
    tensor = file.tensor("w");
  }
  EXPECT_TRUE(at::equal(tensor, at::arange(5)));
}

TEST(Safetensors, ATensorIsReadAgainAfterItsMemoryWasGivenBack) {
  const TempFolder folder;
  const Tensor values = at::arange(100'000);
  save_safetensors(folder.path() / "t.safetensors", {{"a", at::ones({3})}, {"w", values}});
  const SafetensorsFile file(folder.path() / "t.safetensors");
  const Tensor read = file.tensor("w"), copy = read.clone();
  file.release(read);
  file.release(copy);  // not the file's: stays
  EXPECT_TRUE(at::equal(read, values));
  EXPECT_TRUE(at::equal(copy, values));
  EXPECT_TRUE(at::equal(file.tensor("a"), at::ones({3})));
}

TEST(Safetensors, ReadsTensorsThatStandUnaligned) {
  const TempFolder folder;
  save_safetensors(folder.path() / "t.safetensors",
                   {{"byte", at::ones({1}, at::kByte)}, {"w", at::arange(3, at::kFloat)}});
  EXPECT_TRUE(at::equal(SafetensorsFile(folder.path() / "t.safetensors").tensor("w"),
                        at::arange(3, at::kFloat)));
}

TEST(Safetensors, NamesAMissingTensorAndAMissingFile) {
  const TempFolder folder;
  save_safetensors(folder.path() / "t.safetensors", {{"w", at::arange(3)}});
  const SafetensorsFile file(folder.path() / "t.safetensors");
  EXPECT_THAT(refusal_of([&] { file.tensor("v"); }),
              AllOf(HasSubstr("t.safetensors"), HasSubstr("no tensor 'v'")));
  EXPECT_THAT(refusal_of([&] { SafetensorsFile gone(folder.path() / "gone.safetensors"); },
                         ErrorKind::kUser),
              HasSubstr("gone.safetensors"));
  EXPECT_THAT(refusal_of([&] { SafetensorsFile empty(folder.write("e.safetensors", "")); }),
              HasSubstr("0 bytes"));
}

TEST(Safetensors, RefusesADtypeThatItCannotComputeWith) {
  const TempFolder folder;
  const std::string json = R"({"w":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}})";
  const std::string length = {static_cast<char>(json.size()), 0, 0, 0, 0, 0, 0, 0};
  const SafetensorsFile file(folder.write("t.safetensors", length + json + std::string(8, '\0')));
  EXPECT_THAT(refusal_of([&] { file.tensor("w"); }), AllOf(HasSubstr("'w'"), HasSubstr("U64")));
}

TEST(Safetensors, OnAFullDiskNamesTheFileAndLeavesNothing) {
  const TempFolder folder;
  std::string sentence;
  {
    const FileSizeLimit limit(1000);
    sentence = refusal_of(
        [&] {
          save_safetensors(folder.path() / "t.safetensors", {{"w", at::zeros({1000})}});
        },
        ErrorKind::kSystem);
  }
  EXPECT_THAT(sentence, HasSubstr("t.safetensors"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace juror
