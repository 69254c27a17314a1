// juror cull, end to end, by a server that votes: what is written, and what never is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pictures.h"
#include "image/encode.h"
#include "image/resize.h"
#include "judge/chat_server.h"
#include "subprocess.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using testing::ChatServer;
using ::testing::ElementsAre;
using testing::FakeModel;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Two shots of one scene, a raw file beside the first, a shot alone, and one that is broken.
class CullCli : public ::testing::Test {
 protected:
  CullCli() {
    const Image scene = testing::make_scene(320, 240, 1);
    write("a1.jpg", encode_jpeg(scene, 90));
    write("a1.nef", "raw data");
    write("a2.jpg", encode_jpeg(crop(scene, {2, 1, 316, 237}), 60));
    write("b.jpg", encode_jpeg(testing::make_scene(320, 240, 8), 90));
    write("broken.jpg", "nothing");
  }

  void write(const std::string& name, const std::string& bytes) {
    fs::create_directories(folder_.path() / "shots");
    write_file_atomic(folder_.path() / "shots" / name, bytes);
  }
  Ran cull(const ChatServer& server, std::vector<std::string> words) const {
    words.insert(words.begin(), {"cull", "shots", "--judge-url", server.url(), "--votes", "1"});
    return run(
        {.folder = folder_.path(), .variables = {{"JUROR_MINI", JUROR_SOURCE_DIR "/models/mini"}}},
        words);
  }
  /// Links, or sidecars beside the shots, as names with '/', sorted.
  std::vector<std::string> files_in(const std::string& place, const std::string& ending) const {
    std::vector<std::string> names;
    if (!fs::exists(folder_.path() / place)) return names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path() / place)) {
      const std::string name = entry.path().lexically_relative(folder_.path() / place).string();
      if (!entry.is_directory() && name.ends_with(ending)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  TempFolder folder_;
};

TEST_F(CullCli, SortsLinksAndStarsAndLeavesTheOriginalsAlone) {
  const ChatServer server{FakeModel{}};
  const std::string before = read_file(folder_.path() / "shots/a1.jpg");
  const Ran ran = cull(server, {"-o", "sorted", "--xmp", "--sheet", "sheet.html"});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("broken.jpg"));
  EXPECT_THAT(ran.out,
              HasSubstr("4 photos: 1 group of similar shots, 1 photo alone, 1 comparison."));
  // A judge who always favours the first shown: a tie, so the second is ok.
  EXPECT_THAT(files_in("sorted", ""),
              ElementsAre("alone/b.jpg", "best/a1.jpg", "best/a1.nef", "ok/a2.jpg"));
  EXPECT_THAT(files_in("shots", ".xmp"), ElementsAre("a1.jpg.xmp", "a1.nef.xmp", "a2.jpg.xmp"));
  EXPECT_THAT(read_file(folder_.path() / "shots/a1.nef.xmp"), HasSubstr("5"));
  EXPECT_EQ(read_file(folder_.path() / "shots/a1.jpg"), before);
  EXPECT_THAT(read_file(folder_.path() / "sheet.html"), HasSubstr("judged by fake-vl"));
}

TEST_F(CullCli, RatesNothingWhereNoVoteCouldBeRead) {
  const ChatServer server{FakeModel{.continues = "none", .is_cut = true}};
  const Ran ran = cull(server, {"-o", "sorted", "--xmp"});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("2 of 2 votes could not be read"));
  EXPECT_THAT(ran.err, HasSubstr("No vote on 2 photos of similar shots could be read"));
  EXPECT_THAT(files_in("sorted", ""),
              ElementsAre("alone/b.jpg", "unjudged/a1.jpg", "unjudged/a1.nef", "unjudged/a2.jpg"));
  EXPECT_THAT(files_in("shots", ".xmp"), IsEmpty());
}

TEST_F(CullCli, NamesHeicAndAvifThatThisBuildDoesNotRead) {
  const ChatServer server{FakeModel{}};
  for (const std::string ending : {"heic", "avif"})
    write("c." + ending, read_file(kGoldenFolder / "heif" / ("quarters." + ending)));
  const Ran ran = cull(server, {"--json", "-q"});
  EXPECT_EQ(ran.code, 3) << ran.err;
  const Json json = Json::parse(ran.out);
  std::string found = json["alone"].dump() + json["groups"].dump() + json["errors"].dump();
  EXPECT_THAT(found, HasSubstr("shots/c.heic"));
  EXPECT_THAT(found, HasSubstr("shots/c.avif"));
}

TEST_F(CullCli, AnOrderThatNoVoteStandsBehindIsNotExported) {
  const ChatServer server{FakeModel{.continues = "none", .is_cut = true}};
  const Start start{.folder = folder_.path(),
                    .variables = {{"JUROR_MINI", JUROR_SOURCE_DIR "/models/mini"}}};
  const Ran ranked = run(start, {"rank", "a scene", "shots/a1.jpg", "shots/b.jpg", "--judge-url",
                                 server.url(), "--votes", "1", "--json", "-o", "r.json"});
  EXPECT_EQ(ranked.code, 3) << ranked.err;
  const Ran ran = run(start, {"export", "xmp", "r.json"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("no vote on these pictures could be read"));
  EXPECT_THAT(files_in("shots", ".xmp"), IsEmpty());
}

}  // namespace
}  // namespace juror
