// TOML files: places in errors, types, unknown keys.
#include "base/option_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace juror {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Sample {
  std::int64_t votes = 8;
  double heat = 1.0;
  bool think = true;
  std::string model = "mini";
  std::vector<double> sizes = {1};
  struct Inner {
    std::string mode = "soft";
    template <class Field>
    void fields(Field&& field) {
      field("mode", mode, "Kind");
    }
  } inner;
  template <class Field>
  void fields(Field&& field) {
    field("votes", votes, "How many", Range{1, 64});
    field("heat", heat, "Heat");
    field("think", think, "Think aloud");
    field("model", model, "Model");
    field("sizes", sizes, "Sizes");
    nested(field, "reward", inner);
  }
};

class OptionFile : public testing::Test {
 protected:
  std::string load(const std::string& text) {
    write_file_atomic(path_, text);
    auto options = list_options(sample_);
    try {
      load_options(options, path_);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  void TearDown() override { std::filesystem::remove(path_); }

  const std::string path_ =
      testing::TempDir() + "option_file_test." + std::to_string(::getpid()) + ".toml";
  Sample sample_;
};

TEST_F(OptionFile, SetsEveryType) {
  EXPECT_EQ(load("votes = 3\nheat = 2\nthink = false\nmodel = 'a\\b'\nsizes = [1, "
                 "2.5]\n[reward]\nmode = \"hard\"\n"),
            "");
  EXPECT_EQ(sample_.votes, 3);
  EXPECT_EQ(sample_.heat, 2.0);
  EXPECT_FALSE(sample_.think);
  EXPECT_EQ(sample_.model, "a\\b");
  EXPECT_EQ(sample_.sizes, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(sample_.inner.mode, "hard");
}

TEST_F(OptionFile, WhatWePrintIsReadBackUnchanged) {
  Sample odd;
  odd.heat = 0.1 + 0.2;
  odd.model = "tab\tquote\"back\\slash\x01 ü\nend";
  odd.sizes = {1e-300, 3};
  EXPECT_EQ(load(options_toml(odd)), "");
  EXPECT_EQ(sample_.heat, odd.heat);
  EXPECT_EQ(sample_.model, odd.model);
  EXPECT_EQ(sample_.sizes, odd.sizes);
}

TEST_F(OptionFile, AnUnknownKeyIsAnErrorWithItsLineAndASuggestion) {
  EXPECT_EQ(load("heat = 2.0\n\n  vots = 3\n"),
            path_ + ":3:3: there is no option 'vots'. Did you mean 'votes'?");
  EXPECT_THAT(
      load("[reward]\nmoed = 'x'\n"),
      StartsWith(path_ + ":2:1: there is no option 'reward.moed'. Did you mean 'reward.mode'?"));
}

TEST_F(OptionFile, AValueOfTheWrongTypeIsAnErrorWithItsLine) {
  EXPECT_EQ(
      load("\nvotes = \"3\"\n"),
      path_ + ":2:1: 'votes' is text in quotes, and a whole number from 1 to 64 is expected.");
  EXPECT_THAT(load("votes = 2.5"), HasSubstr(":1:1: 'votes' is a number, and a whole number"));
  EXPECT_THAT(load("votes = [1]"),
              HasSubstr("'votes' is a list of whole numbers, and a whole number"));
  EXPECT_THAT(load("sizes = 1.0"),
              HasSubstr("'sizes' is a number, and a list, each a number is expected"));
  EXPECT_THAT(load("model = 2026-01-01"), HasSubstr("is a date or time"));
  EXPECT_THAT(load("sizes = [1, 'x']"), HasSubstr(":1:13: an element of 'sizes'"));
}

TEST_F(OptionFile, AValueOutOfRangeIsAnErrorWithItsLine) {
  EXPECT_EQ(load("heat = 2\nvotes = 65\n"),
            path_ + ":2:1: 'votes' is '65', and a whole number from 1 to 64 is expected.");
}

TEST_F(OptionFile, WhatIsNotTomlIsAnErrorWithLineAndColumn) {
  EXPECT_THAT(load("votes = 3\nheat == 2\n"), StartsWith(path_ + ":2:"));
  EXPECT_THAT(load("votes = 3\nvotes = 4\n"), StartsWith(path_ + ":2:"));
}

TEST_F(OptionFile, AMissingFileIsAnErrorWithItsName) {
  try {
    read_toml("/nowhere/x.toml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/x.toml"));
  }
}

}  // namespace
}  // namespace juror
