// HPDv2's test.json: what is read, and what is refused by row and key.
#include "data/hpdv2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// What reading a test.json of this text says, or "" if it is read.
std::string refusal(const std::string& text) {
  const TempFolder folder;
  folder.write("test.json", text);
  try {
    read_hpdv2_test(folder.path());
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Hpdv2Reader, ReadsPromptsImagesConsensusAndVotes) {
  const TempFolder folder;
  std::filesystem::create_directory(folder.path() / "test");
  for (const char* name : {"test/x.jpg", "test/y.jpg"}) folder.write(name, "");
  folder.write("test.json", R"([{"prompt":"a cat","image_path":["x.jpg","y.jpg"],"rank":[2,1],
                                 "raw_annotations":[{"rank":[2,1],"user_hash":"u"},{"rank":[1,2]}]}])");
  const auto examples = read_hpdv2_test(folder.path());
  ASSERT_EQ(examples.size(), 1U);
  EXPECT_EQ(examples[0].prompt, "a cat");
  EXPECT_EQ(examples[0].images[1], (folder.path() / "test" / "y.jpg").string());
  EXPECT_EQ(examples[0].ranking, (Ranks{2, 1}));
  EXPECT_EQ(examples[0].votes, (std::vector<Ranks>{{2, 1}, {1, 2}}));
}

TEST(Hpdv2Reader, NamesRowAndKeyOfWhatIsWrong) {
  EXPECT_THAT(refusal("{"), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("test.json' holds no example"));
  EXPECT_THAT(refusal(R"([{"image_path":["x","y"],"rank":[1,2]}])"), AllOf(HasSubstr("row 0"), HasSubstr("'prompt'")));
  EXPECT_THAT(refusal(R"([{"prompt":"p","image_path":["x","y"],"rank":[1]}])"),
              AllOf(HasSubstr("row 0"), HasSubstr("list of 2")));
  EXPECT_THAT(refusal(R"([{"prompt":"p","image_path":["x","y"],"rank":[1,"b"]}])"), HasSubstr("'rank' holds \"b\""));
  EXPECT_THAT(refusal(R"([{"prompt":"p","image_path":["../x","y"],"rank":[1,2]}])"), HasSubstr("'../x'"));
}

}  // namespace
}  // namespace juror
