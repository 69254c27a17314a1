#include "report/thought_cards.h"

#include <fmt/format.h>

#include <cmath>

#include "plot/number_text.h"
#include "plot/pair_plots.h"

namespace juror {
namespace {

/// "+0.52", "−1.3".
std::string signed_text(double value) {
  return fmt::format("{}{}", value > 0 ? "+" : "", fixed_text(value, 2));
}

/// Where a completion stands in its group, and what it earned there.
Markup standing(const LoggedCompletion& completion) {
  Markup chips;
  if ((completion.rank == "best" || completion.rank == "worst") &&
      std::isfinite(completion.group_size)) {
    chips += chip(completion.rank, "of " + number_text(completion.group_size),
                  completion.rank == "best" ? "good" : "bad");
  }
  if (std::isfinite(completion.reward)) chips += chip("reward", number_text(completion.reward));
  return chips;
}

Markup thought(const LoggedCompletion& completion) {
  Markup chips = standing(completion);
  if (std::isfinite(completion.advantage)) {
    chips += chip("advantage", signed_text(completion.advantage),
                  completion.advantage < 0 ? "bad" : "good");
  }
  const bool is_choice = completion.answer == "1" || completion.answer == "2";
  if (is_choice) {
    chips += chip("chose picture", (completion.answer == "1") != completion.swapped ? "1" : "2");
  } else if (!completion.answer.empty()) {
    chips += chip("answer", completion.answer);
  }
  if (!completion.status.empty() && completion.status != "ok")
    chips += chip("read as", completion.status, "bad");
  const double p = completion.swapped ? 1 - completion.p : completion.p;
  if (std::isfinite(p))
    chips += chip("P(1 better)", fixed_text(p, 2)) + probability_strip(p, completion.vote_share);
  for (const auto& [name, value] : completion.rewards) chips += chip(name, number_text(value));
  if (completion.swapped) chips += chip("saw", "2, then 1");
  Markup content = element("div", {{"class", "chips"}}, chips);
  content +=
      element_of("p", {}, completion.thinking.empty() ? "(no thought)" : completion.thinking);
  return element("div", {{"class", "thought"}}, content);
}

}  // namespace

Markup chip(const std::string& name, const std::string& value, const std::string& css) {
  return element("span", {{"class", css.empty() ? "chip" : fmt::format("chip {}", css)}},
                 text(name) + Markup::literal(" ") + element_of("b", {}, value));
}

Markup picture_row(Pictures& pictures, const std::vector<PictureId>& ids, int best) {
  Markup row;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool is_best = static_cast<int>(i) == best;
    row += element("div", {{"class", is_best ? "picture best" : "picture"}},
                   pictures.show(ids[i]) + element_of("b", {}, std::to_string(i + 1)));
  }
  return element("div", {{"class", "pictures"}}, row);
}

Markup group_card(const LoggedGroup& group, Pictures& pictures) {
  const LoggedCompletion& first = group.completions[0];
  Markup left;
  if (!first.prompt.empty()) left += element_of("p", {{"class", "prompt"}}, first.prompt);
  std::vector<PictureId> ids;
  for (const std::string& name : first.images) ids.push_back({.name = name});
  left += picture_row(pictures, ids);
  Markup facts;
  if (std::isfinite(first.vote_share)) {
    facts += element_of("dt", {}, "people prefer 1") +
             element_of("dd", {}, number_text(first.vote_share, NumberKind::kPercent));
  }
  if (!first.id.empty()) facts += element_of("dt", {}, "example") + element_of("dd", {}, first.id);
  if (group.left_out > 0) {
    facts +=
        element_of("dt", {}, "not shown") +
        element_of("dd", {}, count_text(static_cast<long long>(group.left_out), "more thought"));
  }
  left += element("dl", {{"class", "pair-facts"}}, facts);
  Markup thoughts;
  for (const LoggedCompletion& completion : group.completions) thoughts += thought(completion);
  return element("article", {{"class", "case"}}, element("div", left) + element("div", thoughts));
}

Markup thoughts_over_training(const std::vector<LoggedGroup>& groups, Pictures& pictures) {
  Markup cards;
  double step = NAN;
  for (const LoggedGroup& group : groups) {
    if (group.completions[0].step != step) {
      step = group.completions[0].step;
      cards += element_of("h3", {}, "Step " + number_text(step));
    }
    cards += group_card(group, pictures);
  }
  return cards;
}

}  // namespace juror
