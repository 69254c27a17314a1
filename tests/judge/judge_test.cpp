// Comparisons over any voter: what is asked, in which order, and what is made of the votes.
#include "judge/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data/pictures.h"
#include "judge/scripted_voter.h"
#include "preference/list_reads.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;
using testing::make_grey;
using testing::ScriptedVoter;

PromptTemplate plain_template() {
  PromptTemplate made;
  made.user = "{prompt}: {image_1} or {image_2}?";
  made.user_without_prompt = "{image_1} or {image_2}?";
  return made;
}

/// p(first) = 0.7 + (grey of the first − grey of the second) / 1000: sees quality, and prefers what
/// comes first.
Votes greyer_is_better(const Question& question) {
  const double first = question.pictures.at(0)->image.rgb[0],
               second = question.pictures.at(1)->image.rgb[0];
  Votes votes{.verdicts = {}, .prompt_tokens = 7, .completion_tokens = 3};
  for (std::int64_t i = 0; i < question.votes; ++i)
    votes.verdicts.push_back(
        {.answer = "1", .p = 0.7 + (first - second) / 1000, .status = Status::kOk});
  return votes;
}

struct JudgeTest : ::testing::Test {
  Judge make(std::function<Votes(const Question&)> answer = greyer_is_better) {
    auto made = std::make_unique<ScriptedVoter>(std::move(answer));
    voter = made.get();
    return Judge(std::move(made), plain_template());
  }
  std::vector<CandidateImage> greys(const Judge& judge) {
    return {judge.prepare(make_grey(8, 8, 100)), judge.prepare(make_grey(8, 8, 200)),
            judge.prepare(make_grey(8, 8, 0))};
  }
  ScriptedVoter* voter = nullptr;
};

TEST_F(JudgeTest, AsksEachPairInBothOrdersAndCancelsTheLeadOfThePlace) {
  Judge judge = make();
  const auto comparisons = judge.compare("a cat", greys(judge), {{0, 1}}, {.votes = 2});
  ASSERT_EQ(comparisons.size(), 1U);
  EXPECT_NEAR(comparisons[0].result.p_ij, 0.6, 1e-12);
  EXPECT_NEAR(comparisons[0].result.p_ji, 0.2, 1e-12);  // 1 − 0.8
  EXPECT_NEAR(comparisons[0].result.p, 0.4, 1e-12);
  EXPECT_EQ(comparisons[0].votes.size(), 4U);
  EXPECT_EQ(comparisons[0].prompt_tokens, 7);
  EXPECT_EQ(comparisons[0].completion_tokens, 6);
  ASSERT_EQ(voter->questions.size(), 2U);
  EXPECT_EQ(voter->questions[0].pictures[0]->key, voter->questions[1].pictures[1]->key);
  EXPECT_EQ(voter->questions[0].messages.at(0).content.at(0).text, "a cat");
  EXPECT_EQ(voter->questions[0].opening, "<think>");
}

TEST_F(JudgeTest, ReturnsPairsInTheirOrderThoughTheyFinishInAnother) {
  Judge judge = make();
  const std::vector<PairIndex> pairs = {{0, 1}, {0, 2}, {1, 2}};
  const auto comparisons = judge.compare("", greys(judge), pairs, {.votes = 1});
  ASSERT_EQ(comparisons.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(comparisons[i].pair.first, pairs[i].first);
    EXPECT_EQ(comparisons[i].pair.second, pairs[i].second);
  }
  EXPECT_NEAR(comparisons[1].result.p, 0.6, 1e-12);
  EXPECT_NEAR(comparisons[2].result.p, 0.7, 1e-12);
}

TEST_F(JudgeTest, AsksNoMoreAtOnceThanTheVoterHasRoomFor) {
  Judge judge = make();
  voter->room = 1;
  std::size_t most = 0;
  judge.compare("", greys(judge), {{0, 1}, {0, 2}, {1, 2}}, {.votes = 1},
                [&](std::string_view, std::int64_t, std::int64_t) {
                  most = std::max(most, voter->open.size());
                  return true;
                });
  EXPECT_LE(most, 2U);  // both orders of one pair
}

TEST_F(JudgeTest, WithoutThinkingAsksForOneReadAnOrder) {
  Judge judge = make();
  const auto comparisons = judge.compare("", greys(judge), {{0, 1}}, {.votes = 4, .think = false});
  EXPECT_EQ(comparisons[0].votes.size(), 2U);
  EXPECT_TRUE(voter->questions[0].immediate);
  EXPECT_EQ(voter->questions[0].opening, "<answer>");
}

TEST_F(JudgeTest, AsksNothingNewWhenAskedToStop) {
  Judge judge = make();
  voter->room = 1;
  const auto some =
      judge.compare("", greys(judge), {{0, 1}, {0, 2}, {1, 2}}, {.votes = 1},
                    [](std::string_view, std::int64_t done, std::int64_t) { return done < 1; });
  EXPECT_EQ(some.size(), 1U);
  EXPECT_TRUE(voter->open.empty());
}

TEST_F(JudgeTest, SaysWhyAQuestionWasRefused) {
  Judge judge = make([](const Question&) { return Votes{.verdicts = {}, .refusal = Error("no")}; });
  EXPECT_EQ(refusal_of(
                [&] {
                  judge.compare("", greys(judge), {{0, 1}}, {});
                },
                ErrorKind::kUser),
            "no");
}

TEST_F(JudgeTest, ComparesAgainAfterARefusalThatLeftPairsOpen) {
  bool refuses = true;
  Judge judge = make([&](const Question& question) {
    return refuses ? Votes{.verdicts = {}, .refusal = Error("no")} : greyer_is_better(question);
  });
  const std::vector<CandidateImage> candidates = greys(judge);
  EXPECT_THROW(judge.compare("", candidates, {{0, 1}, {0, 2}}, {.votes = 1}), Error);
  EXPECT_TRUE(voter->open.empty());
  refuses = false;
  EXPECT_EQ(judge.compare("", candidates, {{1, 2}}, {.votes = 1}).size(), 1U);
}

TEST_F(JudgeTest, StopsSamplingWhenTheWinnerIsSureAndSaysWhatItSaved) {
  Judge judge =
      make([](const Question& question) {  // the second candidate of the pair wins for sure
        const bool swapped = question.pictures.at(0)->image.rgb[0] == 200;
        Votes votes{.verdicts = {}, .prompt_tokens = 7, .completion_tokens = 3 * question.votes};
        votes.verdicts.assign(static_cast<std::size_t>(question.votes),
                              {.answer = "1", .p = swapped ? 0.99 : 0.01, .status = Status::kOk});
        return votes;
      });
  const JudgeOptions options{.votes = 8, .early_stop = {.min_votes = 4, .threshold = 0.95}};
  const auto comparisons = judge.compare("", greys(judge), {{0, 1}}, options);
  EXPECT_EQ(comparisons[0].votes.size(),
            4U);  // two of each order: Beta(1.04, 4.96) is sure of 0.97
  EXPECT_EQ(comparisons[0].votes_saved, 12);
  EXPECT_EQ(comparisons[0].tokens, 2 * 7 + 4 * 3);
}

TEST_F(JudgeTest, TakesAllVotesOnAClosePairAndNamesThemAsIfTakenAtOnce) {
  Judge judge = make();
  const JudgeOptions options{.votes = 5, .early_stop = {.min_votes = 4, .threshold = 0.95}};
  const auto comparisons = judge.compare("", greys(judge), {{0, 1}}, options);
  EXPECT_EQ(comparisons[0].votes.size(), 10U);
  EXPECT_EQ(comparisons[0].votes_saved, 0);
  std::vector<std::pair<std::int64_t, std::int64_t>> rounds;  // first vote, votes
  for (const Question& question : voter->questions) {
    if (question.pictures[0]->image.rgb[0] == 100)
      rounds.emplace_back(question.first_vote, question.votes);
  }
  EXPECT_EQ(rounds, (std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 2}, {2, 2}, {4, 1}}));
}

TEST_F(JudgeTest, OfEffortAutoThinksOnlyWhereAForwardReadLeavesThePairOpen) {
  Judge judge = make([](const Question& question) {
    const int first = question.pictures.at(0)->image.rgb[0],
              second = question.pictures.at(1)->image.rgb[0];
    double p = first > second ? 0.95 : 0.05;
    if (first + second == 300) p = question.immediate ? 0.6 : 0.8;  // 100 and 200: open
    Votes votes{.verdicts = {}, .prompt_tokens = 5};
    votes.verdicts.assign(static_cast<std::size_t>(question.votes),
                          {.answer = "1", .p = p, .status = Status::kOk});
    return votes;
  });
  const auto comparisons =
      judge.compare("", greys(judge), {{0, 1}, {1, 2}}, {.votes = 3, .effort = "auto"});
  EXPECT_EQ(comparisons[0].votes.size(), 6U);
  EXPECT_NEAR(comparisons[0].result.p_ij, 0.8, 1e-12);  // thoughts count alone
  EXPECT_EQ(comparisons[0].tokens, 4 * 5);
  EXPECT_EQ(comparisons[1].votes.size(), 2U);
  EXPECT_NEAR(comparisons[1].result.p, 0.95, 1e-12);
}

TEST_F(JudgeTest, OfEffortLowAsksForForwardReadsAndOfHighForFourTimesTheVotes) {
  Judge judge = make();
  EXPECT_EQ(judge.compare("", greys(judge), {{0, 1}}, {.effort = "low"})[0].votes.size(), 2U);
  EXPECT_EQ(
      judge.compare("", greys(judge), {{0, 1}}, {.votes = 2, .effort = "high"})[0].votes.size(),
      16U);
}

TEST_F(JudgeTest, SaysWhatAComparisonCanTakeAtMost) {
  Judge judge = make();
  voter->most = [](const Question& question) {
    return question.immediate ? 10 : 10 + question.votes * question.sampling.max_new_tokens;
  };
  const auto pair = testing::prepare_greys(judge, 2);
  const auto most = [&](JudgeOptions options) {
    options.sampling.max_new_tokens = 100;
    return judge.most_tokens("", pair, options);
  };
  EXPECT_EQ(most({.votes = 4}), 2 * (10 + 400));
  EXPECT_EQ(most({.votes = 4, .orders = "given"}), 10 + 400);
  EXPECT_EQ(most({.votes = 4, .effort = "high"}), 2 * (10 + 1600));
  EXPECT_EQ(most({.votes = 4, .effort = "low"}), 2 * 10);
  EXPECT_EQ(most({.votes = 4, .effort = "auto"}), 2 * (10 + 10 + 400));
  // rounds of two votes an order, each of which reads the prompt
  EXPECT_EQ(most({.votes = 5, .early_stop = {.min_votes = 4, .threshold = 0.9}}),
            2 * (3 * 10 + 500));
  EXPECT_EQ(most({.votes = 4, .listener_check = true}), 2 * (10 + 400 + 4 * (10 + 100 + 15)))
      << "<think> and </think> are a token for each byte at most";
}

TEST_F(JudgeTest, ListensToEachThoughtWithBlankPicturesAndCountsContradictions) {
  Judge judge = make([](const Question& question) {
    Votes votes{.verdicts = {}};
    if (question.immediate) {  // the listener
      EXPECT_EQ(question.pictures[0]->image.rgb[0], 128);
      const bool speaks_for_first = question.opening == "<think>good one</think><answer>";
      votes.verdicts = {{.answer = "", .p = speaks_for_first ? 0.9 : 0.2, .status = Status::kOk}};
      return votes;
    }
    votes.verdicts = {{.thinking = "good one", .answer = "1", .p = 0.8, .status = Status::kOk},
                      {.thinking = "bad one", .answer = "1", .p = 0.7, .status = Status::kOk}};
    return votes;
  });
  const auto comparisons =
      judge.compare("", greys(judge), {{0, 1}}, {.votes = 2, .listener_check = true});
  EXPECT_EQ(comparisons[0].listened, 4);
  EXPECT_EQ(comparisons[0].contradictions, 2);
  EXPECT_NEAR(comparisons[0].votes[1].listener_p, 0.2, 1e-12);
}

TEST_F(JudgeTest, ListensToAThoughtThatEndsInsideACharacter) {
  Judge judge = make([](const Question& question) {
    Votes votes{.verdicts = {}};
    votes.verdicts = {{.answer = "1", .p = 0.8, .status = Status::kOk}};
    if (question.immediate)
      EXPECT_EQ(question.opening, "<think>cut \xEF\xBF\xBD</think><answer>");
    else
      votes.verdicts[0].thinking = "cut \xE2\x82";  // of a euro sign the first two bytes
    return votes;
  });
  EXPECT_EQ(
      judge.compare("", greys(judge), {{0, 1}}, {.votes = 1, .listener_check = true})[0].listened,
      2);
}

/// Rates an image by its grey: 0 is 0, 250 is 5.
Votes rating_by_grey(const Question& question) {
  Votes votes{.verdicts = {}, .prompt_tokens = 10, .completion_tokens = question.votes};
  for (std::int64_t i = 0; i < question.votes; ++i) {
    votes.verdicts.push_back({.thinking = "grey", .status = Status::kOk});
    votes.verdicts.back().rating = question.pictures.at(0)->image.rgb[0] / 50.0;
  }
  return votes;
}

TEST(JudgeOfRatings, AsksEachImageOnceHoweverManyPairsItStandsIn) {
  auto made = std::make_unique<ScriptedVoter>(rating_by_grey);
  ScriptedVoter* voter = made.get();
  PromptTemplate rating;
  rating.answer_format = "rating";
  rating.user = rating.user_without_prompt = "{image}?";
  rating.score_temperature = 2;
  Judge judge(std::move(made), rating);
  const std::vector<CandidateImage> images = {judge.prepare(make_grey(8, 8, 100)),
                                              judge.prepare(make_grey(8, 8, 200)),
                                              judge.prepare(make_grey(8, 8, 0))};
  voter->most = [](const Question&) { return 12; };
  const auto most = [&] { return judge.most_tokens("", std::span(images).first(2), {.votes = 2}); };
  EXPECT_EQ(most(), 24);
  const auto comparisons = judge.compare("", images, {{0, 1}, {0, 2}, {1, 2}}, {.votes = 2});
  EXPECT_EQ(most(), 0) << "both are rated";
  ASSERT_EQ(comparisons.size(), 3U);
  EXPECT_EQ(voter->questions.size(), 3U);
  EXPECT_NEAR(comparisons[0].result.p, 1 / (1 + std::exp(1.0)), 1e-12);  // (2 − 4) / 2
  EXPECT_NEAR(comparisons[2].result.p, 1 / (1 + std::exp(-2.0)), 1e-12);
  EXPECT_EQ(comparisons[0].votes.size(), 2U);
  EXPECT_EQ(comparisons[0].votes[0].verdict.thinking, "Image 1: grey\nImage 2: grey");
  std::int64_t tokens = 0;
  for (const Comparison& comparison : comparisons) tokens += comparison.tokens;
  EXPECT_EQ(tokens, 3 * 12);
}

TEST(JudgeOfRatings, RefusesEveryPairOfAnImageThatIsRefusedAndAsksAgain) {
  bool refuses = true;
  auto made = std::make_unique<ScriptedVoter>([&](const Question& question) {
    Votes votes = rating_by_grey(question);
    if (refuses && question.pictures.at(0)->image.rgb[0] == 0)
      votes.refusal = Error("It is black.", ErrorKind::kUser);
    return votes;
  });
  made->room = 9;
  PromptTemplate rating;
  rating.answer_format = "rating";
  rating.user = rating.user_without_prompt = "{image}?";
  Judge judge(std::move(made), rating);
  const CandidateImage black = judge.prepare(make_grey(8, 8, 0)),
                       grey = judge.prepare(make_grey(8, 8, 100)),
                       light = judge.prepare(make_grey(8, 8, 200));
  const auto refusals = [&](const std::vector<std::pair<CandidateImage, CandidateImage>>& pairs) {
    std::map<std::size_t, bool> refused;
    for (const auto& [first, second] : pairs) refused[judge.ask("", first, second, {.votes = 1})];
    for (std::size_t finished = 0; finished < pairs.size();) {
      const auto one = judge.poll();
      if (!one) continue;
      refused.at(one->number) = one->refusal.has_value();
      ++finished;
    }
    std::vector<bool> result;
    for (const auto& [number, is_refused] : refused) result.push_back(is_refused);
    return result;
  };
  EXPECT_EQ(refusals({{black, grey}, {grey, light}, {light, black}}),
            (std::vector<bool>{true, false, true}));
  refuses = false;
  EXPECT_EQ(refusals({{black, grey}, {light, black}}), (std::vector<bool>{false, false}));
}

TEST(JudgeOfLists, ShowsAListAndItsReverse) {
  auto made = std::make_unique<ScriptedVoter>([](const Question& question) {
    Votes votes{.verdicts = {{.status = Status::kOk}}, .prompt_tokens = 10};
    Verdict& verdict = votes.verdicts.front();
    verdict.ranking = question.pictures.at(0)->image.rgb[0] == 100
                          ? std::vector<std::size_t>{1, 0, 2}
                          : std::vector<std::size_t>{1, 2, 0};
    verdict.p = 0;
    return votes;
  });
  ScriptedVoter* voter = made.get();
  PromptTemplate ranking;
  ranking.answer_format = "ranking";
  ranking.user = ranking.user_without_prompt = "{images}\nWhich?";
  Judge judge(std::move(made), ranking);
  const std::vector<CandidateImage> images = {judge.prepare(make_grey(8, 8, 100)),
                                              judge.prepare(make_grey(8, 8, 200)),
                                              judge.prepare(make_grey(8, 8, 0))};
  judge.ask_list("", images, {.votes = 1});
  std::optional<FinishedComparison> finished;
  while (!finished) finished = judge.poll();
  ASSERT_EQ(voter->questions.size(), 2U);
  const auto& parts = voter->questions[0].messages.at(0).content;
  EXPECT_EQ(parts.at(0).text, "Image 1: ");
  EXPECT_EQ(parts.at(2).text, "\nImage 2: ");
  EXPECT_EQ(voter->questions[0].candidate_ends, (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_EQ(voter->questions[1].pictures[0]->image.rgb[0], 0);
  for (const ListRead& read : list_reads_of(finished->comparison.votes, 3))
    EXPECT_EQ(read.ranking, (std::vector<std::size_t>{1, 0, 2}));
}

TEST(MakeQuestion, RefusesMoreImagesThanTheTemplateHasPlacesFor) {
  PromptTemplate made = plain_template();
  const std::vector<CandidateImage> three(3, cut_views(make_grey(8, 8, 1), made));
  const auto refusal = [&] {
    return refusal_of([&] { make_question(made, "", three, Opening::kThink); }, ErrorKind::kUser);
  };
  EXPECT_THAT(refusal(), HasSubstr("answer is a choice has no place for 3 images"));
  made.answer_format = "rating";
  made.user = made.user_without_prompt = "{image}";
  EXPECT_THAT(refusal(), HasSubstr("answer is a rating has no place for 3 images"));
}

TEST(ShownMessages, PutViewsWhereTheSlotsAreWhateverTheirOrder) {
  PromptTemplate made = plain_template();
  made.user = "B {image_2} A {image_1} {prompt} {other}";
  made.system = "Judge.";
  const ShownMessages pair = shown_messages(made, "{image_1}", std::vector<std::size_t>{2, 1});
  ASSERT_EQ(pair.messages.size(), 2U);
  EXPECT_EQ(pair.messages[0].role, "system");
  using Views = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(pair.images, (Views{{1, 0}, {0, 0}, {0, 1}}));
  std::string texts;
  for (const ContentPart& part : pair.messages[1].content)
    texts += part.kind == ContentPart::kText ? part.text : "#";
  EXPECT_EQ(texts, "B # A ## {image_1} {other}");  // words of users are no slots
}

TEST(ShownMessages, RefuseAnEmptyPromptWhereTheTemplateNeedsOne) {
  PromptTemplate made = plain_template();
  made.user_without_prompt.clear();
  EXPECT_THAT(refusal_of(
                  [&] {
                    shown_messages(made, "", std::vector<std::size_t>{1, 1});
                  },
                  ErrorKind::kUser),
              HasSubstr("this template needs one"));
}

TEST(MakeQuestion, NamesTheEndOfEachCandidate) {
  PromptTemplate made = plain_template();
  made.working_size = 16;
  made.overview_size = 4;
  made.crops = 2;
  made.crop_size = 4;
  const Image image = testing::make_scene(16, 16);
  const CandidateImage candidate = cut_views(image, made);
  ASSERT_EQ(candidate.views.size(), 3U);
  const Question question =
      make_question(made, "", std::vector{candidate, candidate}, Opening::kThink);
  EXPECT_EQ(question.candidate_ends, (std::vector<std::size_t>{3, 6}));
  EXPECT_EQ(question.pictures[0]->key, question.pictures[3]->key);
  EXPECT_NE(question.pictures[0]->key, question.pictures[1]->key);
}

}  // namespace
}  // namespace juror
