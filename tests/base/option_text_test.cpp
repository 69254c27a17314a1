// Options as text: values, origins, TOML, suggestions.
#include "base/option_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace juror {
namespace {

using testing::HasSubstr;

struct Inner {
  double temperature = 1.0;
  std::string mode = "soft";
  template <class Field>
  void fields(Field&& field) {
    field("temperature", temperature, "Heat", Range{0.0, 2.0});
    field("mode", mode, "Kind", OneOf{{"soft", "hard"}});
  }
};

struct Heat {
  double temperature = 1.0;
  std::int64_t resamples = 0;
  template <class Field>
  void fields(Field&& field) {
    field("temperature", temperature, "Heat", ZeroOr{1e-3, 100.0});
    field("resamples", resamples, "How many", ZeroOr{100, 1000});
  }
};

struct Sample {
  bool think = true;
  std::int64_t votes = 8;
  std::vector<std::string> names = {"a \"b\""};
  std::vector<double> sizes;
  Inner inner;
  template <class Field>
  void fields(Field&& field) {
    nested(field, "sampling", inner);
    field("think", think, "Think aloud");
    field("max_votes", votes, "How many", Range{1, 64});
    field("names", names, "Names");
    field("sizes", sizes, "Sizes", Range{.low = 0});
  }
};

Option& find(std::vector<Option>& options, const std::string& name) {
  for (Option& option : options) {
    if (option.name == name) return option;
  }
  throw std::logic_error(name);
}

std::string error_of(Option& option, const std::vector<std::string>& texts) {
  try {
    option.set(texts, {Source::kFlag, option.flag()});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(OptionText, ZeroBesidesARangeIsAllowedAndWhatLiesBetweenIsNot) {
  Heat heat;
  auto options = list_options(heat);
  find(options, "temperature").set({"0"}, {});
  EXPECT_EQ(heat.temperature, 0);
  find(options, "temperature").set({"0.001"}, {});
  find(options, "resamples").set({"100"}, {});
  EXPECT_EQ(heat.resamples, 100);
  EXPECT_EQ(error_of(find(options, "temperature"), {"1e-40"}),
            "--temperature: 'temperature' is '1e-40', and 0, or a number from 0.001 to 100 is "
            "expected.");
  EXPECT_EQ(error_of(find(options, "resamples"), {"1"}),
            "--resamples: 'resamples' is '1', and 0, or a whole number from 100 to 1000 is "
            "expected.");
}

TEST(OptionText, SetsMembersOfEveryType) {
  Sample sample;
  auto options = list_options(sample);
  const Origin flag{Source::kFlag, "--x"};
  find(options, "think").set({"no"}, flag);
  find(options, "max_votes").set({"64"}, flag);
  find(options, "names").set({"x", "y z"}, flag);
  find(options, "sizes").set({"1", "2.5"}, flag);
  find(options, "sampling.temperature").set({"0.25"}, flag);
  EXPECT_FALSE(sample.think);
  EXPECT_EQ(sample.votes, 64);
  EXPECT_EQ(sample.names, (std::vector<std::string>{"x", "y z"}));
  EXPECT_EQ(sample.sizes, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(sample.inner.temperature, 0.25);
}

TEST(OptionText, FlagAndVariableFollowFromTheName) {
  Sample sample;
  auto options = list_options(sample);
  EXPECT_EQ(find(options, "max_votes").flag(), "--max-votes");
  EXPECT_EQ(find(options, "sampling.temperature").flag(), "--sampling.temperature");
  EXPECT_EQ(find(options, "sampling.temperature").variable(), "JUROR_SAMPLING_TEMPERATURE");
}

TEST(OptionText, AWeakerSourceNeverOverwritesAStrongerOne) {
  Sample sample;
  auto options = list_options(sample);
  Option& votes = find(options, "max_votes");
  votes.set({"3"}, {Source::kEnvironment, "JUROR_MAX_VOTES"});
  votes.set({"4"}, {Source::kLocalFile, "juror.toml:1"});
  EXPECT_EQ(sample.votes, 3);
  EXPECT_EQ(votes.origin.where, "JUROR_MAX_VOTES");
  votes.set({"5"}, {Source::kFlag, "--max-votes"});
  EXPECT_EQ(sample.votes, 5);
  EXPECT_EQ(votes.origin.where, "--max-votes");
}

TEST(OptionText, AWrongValueIsAnErrorEvenWhereAStrongerOneStands) {
  Sample sample;
  auto options = list_options(sample);
  Option& votes = find(options, "max_votes");
  votes.set({"3"}, {Source::kFlag, "--max-votes"});
  EXPECT_THROW(votes.set({"eight"}, {Source::kLocalFile, "juror.toml:1"}), Error);
}

TEST(OptionText, ErrorsNameTheSourceTheOptionTheValueAndWhatIsExpected) {
  Sample sample;
  auto options = list_options(sample);
  EXPECT_EQ(error_of(find(options, "max_votes"), {"65"}),
            "--max-votes: 'max_votes' is '65', and a whole number from 1 to 64 is expected.");
  EXPECT_THAT(error_of(find(options, "max_votes"), {"8x"}), HasSubstr("'8x'"));
  EXPECT_THAT(error_of(find(options, "max_votes"), {""}), HasSubstr("whole number"));
  EXPECT_THAT(error_of(find(options, "max_votes"), {"99999999999999999999"}),
              HasSubstr("from 1 to 64"));
  EXPECT_THAT(error_of(find(options, "max_votes"), {"1", "2"}),
              HasSubstr("takes one value, not 2"));
  EXPECT_THAT(error_of(find(options, "sampling.temperature"), {"nan"}),
              HasSubstr("a number from 0 to 2"));
  EXPECT_THAT(error_of(find(options, "sampling.temperature"), {"inf"}),
              HasSubstr("a number from 0 to 2"));
  EXPECT_THAT(error_of(find(options, "sizes"), {"1", "-1"}), HasSubstr("a number of at least 0"));
  EXPECT_THAT(error_of(find(options, "sampling.mode"), {"sfot"}),
              HasSubstr("soft or hard is expected. Did you mean 'soft'?"));
  EXPECT_EQ(sample.votes, 8);
}

TEST(OptionText, TomlPutsTablesAfterTopLevelKeysWhateverTheOrderOfTheFields) {
  EXPECT_EQ(options_toml(Sample{}),
            "think = true\n"
            "max_votes = 8\n"
            "names = [\"a \\\"b\\\"\"]\n"
            "sizes = []\n"
            "\n[sampling]\n"
            "temperature = 1.0\n"
            "mode = \"soft\"\n");
}

TEST(OptionText, TomlShowsOriginsWhenAsked) {
  Sample sample;
  auto options = list_options(sample);
  find(options, "max_votes").set({"3"}, {Source::kEnvironment, "JUROR_MAX_VOTES"});
  EXPECT_THAT(to_toml(options, true),
              HasSubstr("max_votes = 3                        # JUROR_MAX_VOTES\n"));
  EXPECT_THAT(to_toml(options, true), HasSubstr("# default\n"));
}

TEST(Suggest, FindsTheNearWordAndNothingForAStrangerOne) {
  const std::vector<std::string> verbs = {"rank", "report", "compare", "doctor"};
  EXPECT_EQ(suggest("rnak", verbs), "rank");
  EXPECT_EQ(suggest("comapre", verbs), "compare");
  EXPECT_EQ(suggest("Doc", verbs), "doctor");
  EXPECT_EQ(suggest("max_vote", {"max-votes"}), "max-votes");
  EXPECT_EQ(suggest("zebra", verbs), "");
  EXPECT_EQ(suggest("", verbs), "");
  EXPECT_EQ(did_you_mean("repotr", verbs), " Did you mean 'report'?");
}

}  // namespace
}  // namespace juror
