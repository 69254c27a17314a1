// Headers of safetensors files, good and bad. Needs no tensor library, so the sanitizers run it
// too.
#include "tensor/safetensors_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace juror {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A file: the length of `json`, `json`, and `data_bytes` zeros.
std::vector<std::uint8_t> file_of(const std::string& json, std::size_t data_bytes) {
  std::vector<std::uint8_t> bytes;
  for (int shift = 0; shift < 64; shift += 8) {
    bytes.push_back(static_cast<std::uint8_t>(std::uint64_t{json.size()} >> shift));
  }
  bytes.insert(bytes.end(), json.begin(), json.end());
  bytes.resize(bytes.size() + data_bytes);
  return bytes;
}

/// The sentence with which the file is refused, or "accepted".
std::string refusal(const std::vector<std::uint8_t>& bytes) {
  try {
    parse_safetensors_header(bytes, "m.safetensors");
    return "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    return error.what();
  }
}

std::string refusal(const std::string& json, std::size_t data_bytes) {
  return refusal(file_of(json, data_bytes));
}

TEST(SafetensorsHeader, ListsTensorsByTheirPlaceInTheFile) {
  const std::string json =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[6,30]},)"
      R"("b":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}})";
  const SafetensorsHeader header = parse_safetensors_header(file_of(json, 30), "m.safetensors");
  ASSERT_EQ(header.entries.size(), 2U);
  EXPECT_EQ(header.entries[0].name, "b");
  EXPECT_EQ(header.entries[0].begin, 8 + json.size());
  EXPECT_EQ(header.entries[1].dtype, "F32");
  EXPECT_EQ(header.entries[1].shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(header.entries[1].end, 8 + json.size() + 30);
  EXPECT_EQ(header.metadata.at("format"), "pt");
}

TEST(SafetensorsHeader, AllowsScalarsAndEmptyTensors) {
  EXPECT_EQ(refusal(R"({"empty":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]},)"
                    R"("scalar":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})",
                    4),
            "accepted");
}

TEST(SafetensorsHeader, RefusesAFileTooShortForALength) {
  EXPECT_THAT(refusal(std::vector<std::uint8_t>{1, 2, 3}),
              AllOf(HasSubstr("m.safetensors"), HasSubstr("3 bytes")));
}

TEST(SafetensorsHeader, RefusesALengthBeyondTheFile) {
  std::vector<std::uint8_t> bytes = file_of("{}", 0);
  bytes[0] = 3;
  EXPECT_THAT(refusal(bytes), HasSubstr("claims 3 bytes, but the file holds 2"));
  bytes.assign(8, 0xff);
  EXPECT_THAT(refusal(bytes), HasSubstr("claims 18446744073709551615 bytes, but the file holds 0"));
}

TEST(SafetensorsHeader, RefusesWhatIsNoJsonObject) {
  EXPECT_THAT(refusal("{\"a\":", 0), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal("[]", 0), HasSubstr("not a JSON object"));
}

TEST(SafetensorsHeader, RefusesAnEntryWithoutItsKeys) {
  EXPECT_THAT(refusal(R"({"w":{"dtype":"F32","shape":[1]}})", 4),
              AllOf(HasSubstr("'w'"), HasSubstr("data_offsets")));
}

TEST(SafetensorsHeader, RefusesAnUnknownDtype) {
  EXPECT_THAT(refusal(R"({"w":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4),
              HasSubstr("'F31'"));
}

TEST(SafetensorsHeader, RefusesAShapeThatDoesNotFitItsBytes) {
  EXPECT_THAT(refusal(R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8),
              AllOf(HasSubstr("'w'"), HasSubstr("bytes 0 to 8"), HasSubstr("need 12 bytes")));
}

TEST(SafetensorsHeader, RefusesNegativeAndHugeLengths) {
  EXPECT_THAT(refusal(R"({"w":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", 1),
              HasSubstr("bad shape: -1"));
  EXPECT_THAT(
      refusal(R"({"w":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0),
      HasSubstr("size overflows"));
}

TEST(SafetensorsHeader, RefusesALengthThatIsADeepNestWithoutFollowingIt) {
  constexpr std::size_t kDepth = 200'000;
  const std::string nest = std::string(kDepth, '[') + std::string(kDepth, ']');
  EXPECT_THAT(refusal(R"({"w":{"dtype":"U8","shape":[)" + nest + R"(],"data_offsets":[0,1]}})", 1),
              HasSubstr("the header is not a JSON object"));
}

TEST(SafetensorsHeader, RefusesOverlaps) {
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                      R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                      6),
              AllOf(HasSubstr("'b'"), HasSubstr("overlaps")));
}

TEST(SafetensorsHeader, RefusesGapsAndBytesLeftOver) {
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", 6),
              HasSubstr("2 bytes before tensor 'a'"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 7),
              HasSubstr("3 bytes at the end"));
}

TEST(SafetensorsHeader, RefusesATensorBehindTheEnd) {
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 3),
              AllOf(HasSubstr("'a'"), HasSubstr("1 bytes behind the end")));
}

TEST(SafetensorsHeader, RefusesOffsetsThatWrapAround) {
  EXPECT_NE(
      refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[18446744073709551612,0]}})", 4),
      "accepted");
  EXPECT_NE(refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}})", 4), "accepted");
}

}  // namespace
}  // namespace juror
