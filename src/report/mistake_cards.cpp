#include "report/mistake_cards.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plot/number_text.h"
#include "report/thought_cards.h"

namespace juror {
namespace {

/// In the order of the pair, whatever order the vote saw.
Markup vote_markup(const Vote& vote) {
  const Verdict& verdict = vote.verdict;
  Markup chips = chip("saw", vote.swapped ? "2, then 1" : "1, then 2");
  if (!verdict.answer.empty()) chips += chip("drawn answer", verdict.answer);
  if (std::isfinite(verdict.p)) chips += chip("P(shown first)", fixed_text(verdict.p, 2));
  if (verdict.status != Status::kOk)
    chips += chip("read as", std::string(name(verdict.status)), "bad");
  return element(
      "div", {{"class", "thought"}},
      element("div", {{"class", "chips"}}, chips) +
          element_of("p", {}, verdict.thinking.empty() ? "(no thought)" : verdict.thinking));
}

Markup votes_markup(const std::vector<Vote>& votes) {
  constexpr std::size_t kShown = 2;
  Markup shown, hidden;
  std::vector<const Vote*> order;
  for (const bool swapped : {false, true}) {  // the first vote of either order, then the others
    const auto vote = std::find_if(votes.begin(), votes.end(),
                                   [&](const Vote& v) { return v.swapped == swapped; });
    if (vote != votes.end()) order.push_back(&*vote);
  }
  for (const Vote& vote : votes) {
    if (std::find(order.begin(), order.end(), &vote) == order.end()) order.push_back(&vote);
  }
  for (std::size_t i = 0; i < order.size(); ++i)
    (i < kShown ? shown : hidden) += vote_markup(*order[i]);
  if (shown.empty())
    return element_of("p", {{"class", "note"}}, "This judge gives scores, and no thoughts.");
  if (hidden.empty()) return shown;
  const std::string words = count_text(static_cast<long long>(order.size() - kShown), "more vote");
  return shown + element("details", element_of("summary", {}, words) + hidden);
}

Markup mistake_card(const JournalPair& pair, Pictures& pictures) {
  Markup left;
  if (!pair.prompt.empty()) left += element_of("p", {{"class", "prompt"}}, pair.prompt);
  left += picture_row(pictures, pair.images, pair.share > 0.5 ? 0 : 1);
  const std::string words = fmt::format("{}; people {}", number_text(pair.p, NumberKind::kPercent),
                                        number_text(pair.share, NumberKind::kPercent));
  Markup facts = element_of("dt", {}, "judge: P(1 better)") +
                 element("dd", probability_strip(pair.p, pair.share)) + element_of("dt", {}, "") +
                 element_of("dd", {}, words);
  if (!pair.ranks.empty()) {
    facts +=
        element_of("dt", {}, "human ranks") +
        element_of("dd", {}, number_text(pair.ranks[0]) + " and " + number_text(pair.ranks[1]));
  }
  facts += element_of("dt", {}, "pair") + element_of("dd", {}, pair.id);
  left += element("dl", {{"class", "pair-facts"}}, facts);
  return element("article", {{"class", "case"}},
                 element("div", left) + element("div", votes_markup(pair.votes)));
}

}  // namespace

Markup mistake_cards(const std::vector<JournalPair>& mistakes, Pictures& pictures) {
  Markup cards;
  for (const JournalPair& pair : mistakes) cards += mistake_card(pair, pictures);
  if (cards.empty())
    return element_of("p", {{"class", "note"}},
                      "None: no pair was judged against the majority of people.");
  const char* note =
      "Where the judge was surest and people disagree. The framed picture is the one people "
      "prefer. A vote is the probability beside a thought; the answer was drawn by it, and may be "
      "the "
      "less likely one.";
  return element_of("p", {{"class", "note"}}, note) + cards;
}

}  // namespace juror
