#include "cli/judge/people.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace juror {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

using Means = std::vector<std::optional<double>>;

std::string agreement(const std::vector<double>& scores, Means people) {
  Ranking ranking;
  for (const double score : scores) ranking.items.push_back({.score = score});
  return agreement_text({.people = std::move(people)}, ranking);
}

TEST(People, RatedPicturesTellHowTheJudgeFollowsThem) {
  // Ranks 1 2 3 4 5 against 1 2 3 5 4: rho = 1 - 6 * 2 / (5 * 24) = 0.9. The unrated one is left
  // out.
  EXPECT_THAT(agreement({.1, .2, .3, .4, .5, .9}, Means{10, 20, 30, 50, 40, std::nullopt}),
              AllOf(HasSubstr("people's mean opinion: 0.90"), EndsWith("5 pictures.\n")));
}

TEST(People, FewPicturesOrEqualOnesTellNothing) {
  EXPECT_EQ(agreement({.1, .2, .3, .4, .5}, Means{1, 2, 3, 4, std::nullopt}), "");
  EXPECT_EQ(agreement({.5, .5, .5, .5, .5}, Means{1, 2, 3, 4, 5}), "");
  EXPECT_EQ(agreement({.1, .2}, {}), "");
}

}  // namespace
}  // namespace juror
