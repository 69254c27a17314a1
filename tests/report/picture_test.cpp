#include "report/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/error.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kPng = "\x89PNG\r\n\x1a\n and the rest";

TEST(Pictures, EmbedsASmallFileAsItIs) {
  const TempFolder folder;
  folder.write("a <b>.png", kPng);
  Pictures pictures({.roots = {folder.path()}});
  EXPECT_EQ(pictures.show({"a <b>.png"}).html(),
            "<img src=\"data:image/png;base64," + base64(kPng) + "\" alt=\"a &lt;b&gt;.png\">");
}

TEST(Pictures, ShrinksALargeFileOrNamesIt) {
  const TempFolder folder;
  folder.write("a.png", kPng + std::string(5000, 'x'));
  const auto shrink = [](const std::string&, const std::string&) {
    return std::string("\xff\xd8\xff small");
  };
  EXPECT_THAT(Pictures({.roots = {folder.path()}, .shrink = shrink, .small_bytes = 100})
                  .show({"a.png"})
                  .html(),
              HasSubstr("data:image/jpeg;base64," + base64("\xff\xd8\xff small")));
  EXPECT_EQ(Pictures({.roots = {folder.path()}, .small_bytes = 100}).show({"a.png"}).html(),
            "<span>a.png (5 kB)</span>");
}

TEST(Pictures, SaysWhyAPictureIsNotShown) {
  const TempFolder folder;
  folder.write("words.png", "these are words");
  folder.write("torn.png", kPng + std::string(500, 'x'));
  const auto refuse = [](const std::string&, const std::string&) -> std::string {
    throw Error("torn");
  };
  Pictures pictures({.roots = {folder.path()}, .shrink = refuse, .small_bytes = 100});
  EXPECT_EQ(pictures.show({"gone.png"}).html(), "<span>gone.png (not found)</span>");
  EXPECT_EQ(pictures.show({"words.png"}).html(), "<span>words.png (not a picture)</span>");
  EXPECT_EQ(pictures.show({"torn.png"}).html(), "<span>torn.png (cannot be read)</span>");
  EXPECT_EQ(pictures.show({folder.path().string()}).html(),
            "<span>" + folder.path().string() + " (not found)</span>");
}

TEST(Pictures, TakesDataUrisOfPicturesOnly) {
  Pictures pictures({.roots = {}});
  EXPECT_THAT(pictures.show({"data:image/png;base64,Zm9v"}).html(),
              StartsWith("<img src=\"data:image/png;base64,Zm9v\""));
  EXPECT_THAT(pictures.show({"data:image/svg+xml;base64,Zm9v"}).html(), StartsWith("<span>"));
  EXPECT_THAT(pictures.show({"data:text/html,<script>"}).html(), StartsWith("<span>"));
  EXPECT_THAT(pictures.show({"data:image/png;base64,\"onerror="}).html(), StartsWith("<span>"));
}

TEST(Pictures, StopWhenTheBudgetOfThePageIsUsed) {
  const TempFolder folder;
  folder.write("a.png", kPng);
  Pictures pictures({.roots = {folder.path()}, .budget_bytes = 70});
  EXPECT_THAT(pictures.show({"a.png"}).html(), StartsWith("<img"));
  EXPECT_EQ(pictures.show({"a.png"}).html(), "<span>a.png (left out: the page is large)</span>");
}

}  // namespace
}  // namespace juror
