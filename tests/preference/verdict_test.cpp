#include "preference/verdict.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/error.h"
#include "base/random.h"

namespace juror {
namespace {

ParsedAnswer choice(std::string_view text, Ending ending = Ending::kEos) {
  return parse_answer(text, AnswerFormat::kChoice, ending);
}
ParsedAnswer scores(std::string_view text) {
  return parse_answer(text, AnswerFormat::kScores, Ending::kEos);
}

TEST(ParseChoice, ReadsThoughtAnswerAndWhereTheDigitStands) {
  const std::string text = "<think>Image 1: blur.\nImage 2: clean.</think><answer>2</answer>";
  const ParsedAnswer parsed = choice(text);
  EXPECT_EQ(parsed.status, Status::kOk);
  EXPECT_EQ(parsed.thinking, "Image 1: blur.\nImage 2: clean.");
  EXPECT_EQ(parsed.answer, "2");
  EXPECT_EQ(parsed.choice, 2);
  EXPECT_EQ(parsed.decision_offset, 53u);
  EXPECT_EQ(text[parsed.decision_offset], '2');
  EXPECT_FALSE(parsed.scores.has_value());
}

TEST(ParseChoice, AllowsWhiteSpaceAndPointsBehindIt) {
  const ParsedAnswer parsed = choice("<think> a </think>\n\n<answer> \n1\t</answer>\n");
  EXPECT_EQ(parsed.status, Status::kOk);
  EXPECT_EQ(parsed.thinking, "a");
  EXPECT_EQ(parsed.choice, 1);
  EXPECT_EQ(parsed.decision_offset, 30u);
}

TEST(ParseChoice, NeedsNoThought) {
  const ParsedAnswer parsed = choice("<answer>1</answer>");
  EXPECT_EQ(parsed.status, Status::kOk);
  EXPECT_EQ(parsed.thinking, "");
  EXPECT_EQ(parsed.decision_offset, 8u);
}

TEST(ParseChoice, TakesBareTextBeforeTheAnswerAsTheThought) {
  EXPECT_EQ(choice("Image 1 is dark. <answer>2</answer>").thinking, "Image 1 is dark.");
  EXPECT_EQ(choice("the prompt opened it</think><answer>2</answer>").thinking,
            "the prompt opened it");
  EXPECT_EQ(choice("<think>never closed <answer>2</answer>").thinking, "never closed");
  EXPECT_EQ(choice("<think>never closed <answer>2</answer>").choice, 2);
}

TEST(ParseChoice, TakesTheFirstAnswerAfterTheThought) {
  EXPECT_EQ(choice("<think>maybe <answer>1</answer></think><answer>2</answer>").choice, 2);
  EXPECT_EQ(choice("<answer>1</answer><answer>2</answer>").choice, 1);
  EXPECT_EQ(choice("<think>only here: <answer>1</answer></think>").status, Status::kNoAnswer);
}

TEST(ParseChoice, CallsEverythingButOneOrTwoABadAnswer) {
  for (const char* word :
       {"Image 1", "3", "12", "1.", "1 2", "both", "", "one", "<b>1</b>", "\xEF\xBC\x91"}) {
    const ParsedAnswer parsed =
        choice("<think>x</think><answer>" + std::string(word) + "</answer>");
    EXPECT_EQ(parsed.status, Status::kBadAnswer) << word;
    EXPECT_EQ(parsed.choice, 0) << word;
    EXPECT_EQ(parsed.decision_offset, kNoOffset) << word;
    EXPECT_EQ(parsed.answer, word);
  }
}

TEST(ParseChoice, NamesWhyThereIsNoAnswer) {
  EXPECT_EQ(choice("<think>thought</think>").status, Status::kNoAnswer);
  EXPECT_EQ(choice("").status, Status::kNoAnswer);
  EXPECT_EQ(choice("<think>tho", Ending::kCut).status, Status::kTruncated);
  EXPECT_EQ(choice("<think>tho", Ending::kCut).thinking, "tho");
  EXPECT_EQ(choice("<think>x</think><answer>1", Ending::kCut).status, Status::kTruncated);
  EXPECT_EQ(choice("<think>x</think><answer>1", Ending::kEos).status, Status::kBadAnswer);
}

TEST(ParseChoice, ReadsACompleteAnswerEvenIfLaterTextWasCut) {
  EXPECT_EQ(choice("<answer>2</answer> and furthermo", Ending::kCut).status, Status::kOk);
  EXPECT_EQ(choice("<answer>?</answer> and furthermo", Ending::kCut).status, Status::kBadAnswer);
}

TEST(ParseScores, ReadsTwoDecimals) {
  const ParsedAnswer parsed = scores("<think>x</think><answer> 7.5 6</answer>");
  ASSERT_EQ(parsed.status, Status::kOk);
  EXPECT_EQ(parsed.scores, std::pair(7.5, 6.0));
  EXPECT_EQ(parsed.choice, 0);
  EXPECT_EQ(parsed.decision_offset, 25u);
  EXPECT_EQ(scores("<answer>7,6.25</answer>").scores, std::pair(7.0, 6.25));
  EXPECT_EQ(scores("<answer>-1 ,\n2</answer>").scores, std::pair(-1.0, 2.0));
}

TEST(ParseScores, RefusesAnythingElse) {
  for (const char* word : {"7", "7 6 5", "7/6", "7.5.6 1", "nan 1", "inf 1", "1e3 2", "7 ,, 6",
                           "a b", "7 6 points", "", "7 ", ", 7 6", "+7 6", "- 7 6"}) {
    const ParsedAnswer parsed = scores("<answer>" + std::string(word) + "</answer>");
    EXPECT_EQ(parsed.status, Status::kBadAnswer) << word;
    EXPECT_FALSE(parsed.scores.has_value()) << word;
  }
  EXPECT_EQ(scores("<answer>" + std::string(400, '9') + " 1</answer>").status, Status::kBadAnswer);
}

std::string forced_text(const std::string& text, bool prompt_opens_thought) {
  const ForcedRead forced = forced_read(text, prompt_opens_thought);
  return text.substr(0, forced.keep) + forced.append;
}

TEST(ForcedRead, ClosesAnOpenThoughtAndOpensTheAnswer) {
  EXPECT_EQ(forced_text("<think>Image 1: bl", false), "<think>Image 1: bl</think><answer>");
  EXPECT_EQ(forced_text("Image 1: bl", true), "Image 1: bl</think><answer>");
  EXPECT_EQ(forced_text("Image 1: bl", false), "Image 1: bl<answer>");
  EXPECT_EQ(forced_text("<think>x</think>", false), "<think>x</think><answer>");
  EXPECT_EQ(forced_text("x</think>", true), "x</think><answer>");
}

TEST(ForcedRead, DropsCutTagsAndUnreadableAnswers) {
  EXPECT_EQ(forced_text("<think>x</thi", false), "<think>x</think><answer>");
  EXPECT_EQ(forced_text("<think>x</think><ans", false), "<think>x</think><answer>");
  EXPECT_EQ(forced_text("<think>x</think><answer>both</answer>", false),
            "<think>x</think><answer>");
  EXPECT_EQ(forced_text("<think>x</think><answer>", false), "<think>x</think><answer>");
}

/// Pieces of completions strung together at random: whatever comes out, forcing makes it readable.
TEST(ForcedRead, AlwaysLeadsToAReadableDecision) {
  const std::vector<std::string> pieces = {"<think>", "</think>", "<answer>", "</answer>", "1",
                                           "2",       " ",        "<",        "</",        "x"};
  for (std::uint64_t trial = 0; trial < 5000; ++trial) {
    Random random{11, trial};
    std::string text;
    for (std::uint64_t k = random.below(9); k > 0; --k) text += pieces[random.below(pieces.size())];
    for (const bool opened : {false, true}) {
      const std::string whole = forced_text(text, opened);
      const ParsedAnswer parsed = choice(whole + "1</answer>");
      ASSERT_EQ(parsed.status, Status::kOk) << text;
      ASSERT_EQ(parsed.decision_offset, whole.size()) << text;
    }
  }
}

TEST(Names, OfStatusesAndFormatsReadBack) {
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(status_from_name(name(static_cast<Status>(i))), static_cast<Status>(i));
  EXPECT_EQ(name(Status::kForced), "forced");
  EXPECT_EQ(name(AnswerFormat::kScores), "scores");
  EXPECT_EQ(answer_format_from_name("choice"), AnswerFormat::kChoice);
  EXPECT_EQ(status_from_name("fine"), std::nullopt);
}

TEST(ParseRating, TakesOneNumberUpToTen) {
  const auto rating = [](const std::string& answer) {
    return parse_answer("<think>x</think><answer>" + answer + "</answer>", AnswerFormat::kRating,
                        Ending::kEos);
  };
  EXPECT_EQ(rating("7").rating, 7.0);
  EXPECT_EQ(rating("7").decision_offset, 24u);
  EXPECT_EQ(rating("6.5").rating, 6.5);
  EXPECT_EQ(rating("10").rating, 10.0);
  for (const char* word : {"11", "-1", "7 of 10", "", "good", "7 8"})
    EXPECT_EQ(rating(word).status, Status::kBadAnswer) << word;
}

TEST(ParseRanking, NamesEachImageOnce) {
  const auto ranking = [](const std::string& answer, std::size_t images) {
    return parse_answer("<think>x</think><answer>" + answer + "</answer>",
                        {.format = AnswerFormat::kRanking, .images = images}, Ending::kEos);
  };
  EXPECT_EQ(ranking("2 > 1 > 3", 3).ranking, (std::vector<std::size_t>{1, 0, 2}));
  EXPECT_EQ(ranking("2>1", 2).ranking, (std::vector<std::size_t>{1, 0}));
  for (const char* word :
       {"2 > 1", "1 > 2 > 2", "1 > 2 > 4", "1, 2, 3", "1 > 2 > 3 > 4", "1 > > 2"})
    EXPECT_EQ(ranking(word, 3).status, Status::kBadAnswer) << word;
}

TEST(ParseCriteria, FindsTheDigitOfEachNameInFrontOfTheAnswer) {
  const AnswerAsked asked{.criteria = {"sharpness", "colour tone"}};
  const std::string text =
      "<think>sharpness: 1</think><criteria>colour tone: 2, "
      "sharpness:1</criteria><answer>2</answer>";
  const ParsedAnswer parsed = parse_answer(text, asked, Ending::kEos);
  EXPECT_EQ(parsed.choice, 2);
  ASSERT_EQ(parsed.criterion_offsets.size(), 2u);
  EXPECT_EQ(parsed.criterion_offsets[0], text.find("1</criteria>"));
  EXPECT_EQ(parsed.criterion_offsets[1], text.find("2, sharp"));
}

TEST(ParseCriteria, LeavesTheAnswerReadableWhereTheyCannotBeRead) {
  const AnswerAsked asked{.criteria = {"sharpness", "colour"}};
  for (const char* block : {"", "<criteria>sharpness 1</criteria>", "<criteria>sharpness: 3",
                            "<criteria>sharpness: both, other: 1</criteria>"}) {
    const ParsedAnswer parsed = parse_answer(
        "<think>x</think>" + std::string(block) + "<answer>1</answer>", asked, Ending::kEos);
    EXPECT_EQ(parsed.status, Status::kOk) << block;
    EXPECT_EQ(parsed.criterion_offsets, (std::vector<std::size_t>{kNoOffset, kNoOffset})) << block;
  }
}

}  // namespace
}  // namespace juror
