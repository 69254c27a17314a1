#include "data/jsonl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

class PreferenceJsonl : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file); }
  /// The error of reading a good line followed by `line`.
  std::string refusal(const std::string& line) {
    write_file_atomic(file,
                      R"({"id":"good","prompt":"","images":["a.png","b.png"],"ranking":[1,2]})"
                      "\n" +
                          line + "\n");
    try {
      read_preference_jsonl(file);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }
  std::filesystem::path file = std::filesystem::path(::testing::TempDir()) /
                               ("juror_preference." + std::to_string(::getpid()) + ".jsonl");
};

TEST_F(PreferenceJsonl, ReadsBackWhatItWrote) {
  PreferenceExample full, bare;
  full.id = "1";
  full.prompt = "a cat \"in\" a hät\n";
  full.images = {"a.png", "b.png", "c.png"};
  full.ranking = {1, 2, 2};
  full.votes = {{1, 2, 3}, {2, 1, 5}};
  full.source = "test";
  bare.id = "2";
  bare.images = {"x.jpg", "y.jpg"};
  write_preference_jsonl(file, {full, bare});
  const auto read = read_preference_jsonl(file);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].prompt, full.prompt);
  EXPECT_EQ(read[0].images, full.images);
  EXPECT_EQ(read[0].ranking, full.ranking);
  EXPECT_EQ(read[0].votes, full.votes);
  EXPECT_EQ(read[0].source, "test");
  EXPECT_TRUE(read[1].ranking.empty());
  EXPECT_EQ(to_jsonl_line(bare), R"({"id":"2","prompt":"","images":["x.jpg","y.jpg"]})");
}

TEST_F(PreferenceJsonl, RefusesWhatIsNoExampleWithFileAndLine) {
  const std::string place = file.string() + ":2: ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{broken", "not valid JSON"},
      {"[1]", "array"},
      {R"({"prompt":"","images":["a","b"]})", "no \"id\""},
      {R"({"id":7,"prompt":"","images":["a","b"]})", "\"id\" is 7"},
      {R"({"id":"x","images":["a","b"]})", "no \"prompt\""},
      {R"({"id":"x","prompt":"","images":"a"})", "\"images\""},
      {R"({"id":"x","prompt":"","images":["a",3]})", "holds 3"},
      {R"({"id":"x","prompt":"","images":[]})", "empty"},
      {R"({"id":"x","prompt":"","images":["a","b"],"ranking":[1]})", "1 ranks for 2 images"},
      {R"({"id":"x","prompt":"","images":["a","b"],"ranking":[0,1]})", "rank 0"},
      {R"({"id":"x","prompt":"","images":["a","b"],"ranking":[1.5,1]})", "1.5"},
      {R"({"id":"x","prompt":"","images":["a","b"],"ranking":[1e300,1]})", "e+300"},
      {R"({"id":"x","prompt":"","images":["a","b"],"votes":[[1,2],[1]]})", "1 ranks for 2 images"},
      {R"({"id":"x","prompt":"","images":["a","b"],"votes":3})", "\"votes\""},
      {R"({"id":"x","prompt":"","images":["a","b"],"rankings":[1,2]})", "unknown key \"rankings\""},
      {R"({"id":"good","prompt":"","images":["a","b"]})", "earlier line"},
  };
  for (const auto& [line, words] : cases) {
    EXPECT_THAT(refusal(line), HasSubstr(place)) << line;
    EXPECT_THAT(refusal(line), HasSubstr(words)) << line;
  }
  EXPECT_EQ(refusal("   \r"), "accepted");
}

TEST_F(PreferenceJsonl, RefusesAFileWithoutExamples) {
  write_file_atomic(file, "\n\n");
  EXPECT_THROW(read_preference_jsonl(file), Error);
}

}  // namespace
}  // namespace juror
