#include "base/parse_json.h"

#include <gtest/gtest.h>

namespace juror {
namespace {

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

TEST(JsonOrDiscarded, ReadsWhatIsJsonAndNothingElse) {
  EXPECT_EQ(json_or_discarded(R"({"a":[1,"]"]})")["a"][0], 1);
  EXPECT_TRUE(json_or_discarded("{").is_discarded());
  EXPECT_TRUE(json_or_discarded("").is_discarded());
}

TEST(JsonOrDiscarded, DiscardsWhatNestsTooDeepToBeCopied) {
  EXPECT_TRUE(json_or_discarded(nested(kDeepestJson)).is_array());
  EXPECT_TRUE(json_or_discarded(nested(kDeepestJson + 1)).is_discarded());
  EXPECT_TRUE(json_or_discarded<nlohmann::ordered_json>(nested(1'000'000)).is_discarded());
  const std::string brackets(1000, '[');
  EXPECT_EQ(json_or_discarded("\"\\\"" + brackets + "\""), "\"" + brackets);  // a text is no nest
}

}  // namespace
}  // namespace juror
