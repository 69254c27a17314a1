#include "base/shown_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace juror {
namespace {

using nlohmann::json;

TEST(ShownJson, IsTheValueAsItIsWritten) {
  for (const char* text : {"null", "true", "-1.5", "\"a \\\"b\\\"\"", "[]", "{}", "[1,[2,\"x\"]]",
                           "{\"a\":[1,2],\"b\":{\"c\":null}}"}) {
    EXPECT_EQ(shown_json(json::parse(text)), text);
    EXPECT_EQ(shown_json(nlohmann::ordered_json::parse(text)), text);
  }
}

TEST(ShownJson, IsCutShortBetweenCharacters) {
  EXPECT_EQ(shown_json(json(std::string(100, 'a'))), "\"" + std::string(59, 'a') + "…");
  std::string umlauts;
  for (int i = 0; i < 50; ++i) umlauts += "ä";
  EXPECT_EQ(shown_json(json(umlauts)), "\"" + umlauts.substr(0, 58) + "…");
  EXPECT_EQ(
      shown_json(json::parse("[10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,"
                             "10]")),
      "[10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10…");
}

TEST(ShownJson, OfSomethingLongOrDeepLooksAtItsBegin) {
  const std::size_t deep = 2'000'000;
  const json nested = json::parse(std::string(deep, '[') + std::string(deep, ']'));
  EXPECT_EQ(shown_json(nested), "[[[[[[[[[…]]]]]]]]]");
  EXPECT_EQ(shown_json(json(std::vector<int>(10'000'000, 7))).size(), 60 + std::string("…").size());
}

}  // namespace
}  // namespace juror
