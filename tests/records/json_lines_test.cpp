#include "records/json_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

TEST(EachJsonLine, TellsWhereLinesEndAndWhichIsWhole) {
  const TempFolder folder;
  const auto file = folder.write("a.jsonl", "{\"a\":1}\n\n{\"a\":2}");
  std::vector<std::uintmax_t> ends;
  std::vector<bool> whole;
  each_json_line(file, [&](const nlohmann::ordered_json&, const LinePlace& place) {
    ends.push_back(place.end);
    whole.push_back(place.is_whole);
  });
  EXPECT_EQ(ends, (std::vector<std::uintmax_t>{8, 16}));
  EXPECT_EQ(whole, (std::vector<bool>{true, false}));
}

TEST(JsonLinesWriter, AppendsAndSaysWhyItCannot) {
  const TempFolder folder;
  const auto file = folder.write("a.jsonl", "{}\n");
  JsonLinesWriter writer(file);
  EXPECT_EQ(read_file(file), "{}\n");  // opened with the first line
  writer.append({{"text", "\xFF"}});
  EXPECT_EQ(read_file(file), "{}\n{\"text\":\"\xEF\xBF\xBD\"}\n");
  JsonLinesWriter nowhere("/nowhere/a.jsonl");
  EXPECT_THAT(refusal_of(
                  [&] {
                    nowhere.append(nlohmann::ordered_json{{"a", 1}});
                  },
                  ErrorKind::kSystem),
              HasSubstr("Cannot write '/nowhere/a.jsonl': No such file or directory"));
}

}  // namespace
}  // namespace juror
