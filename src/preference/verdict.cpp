#include "preference/verdict.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace juror {
namespace {

constexpr std::string_view kThinkOpen = "<think>";
constexpr std::string_view kThinkClose = "</think>";
constexpr std::string_view kAnswerOpen = "<answer>";
constexpr std::string_view kAnswerClose = "</answer>";
constexpr std::string_view kWhite = " \t\r\n\f\v";
constexpr std::size_t kNone = std::string_view::npos;

constexpr std::array<std::string_view, 5> kStatusNames = {"ok", "no_answer", "bad_answer",
                                                          "truncated", "forced"};
constexpr std::array<std::string_view, 4> kFormatNames = {"choice", "scores", "rating", "ranking"};
constexpr std::string_view kCriteriaOpen = "<criteria>";
constexpr std::string_view kCriteriaClose = "</criteria>";
constexpr double kMostRating = 10;

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kWhite);
  if (begin == kNone) return {};
  return text.substr(begin, text.find_last_not_of(kWhite) - begin + 1);
}

/// Where the parts of a completion stand. Offsets are bytes in the completion; npos = missing.
struct Layout {
  std::string_view thinking;
  std::size_t answer_tag = kNone;    ///< of `<answer>`
  std::size_t answer_begin = kNone;  ///< behind `<answer>`
  std::size_t answer_end = kNone;    ///< of `</answer>`
};

Layout lay_out(std::string_view text) {
  Layout layout;
  const std::size_t think_close = text.find(kThinkClose);
  layout.answer_tag =
      text.find(kAnswerOpen, think_close == kNone ? 0 : think_close + kThinkClose.size());
  if (layout.answer_tag != kNone) {
    layout.answer_begin = layout.answer_tag + kAnswerOpen.size();
    layout.answer_end = text.find(kAnswerClose, layout.answer_begin);
  }
  layout.thinking = trim(text.substr(0, think_close == kNone ? layout.answer_tag : think_close));
  if (layout.thinking.starts_with(kThinkOpen))
    layout.thinking = trim(layout.thinking.substr(kThinkOpen.size()));
  return layout;
}

/// Takes a plain decimal number ("7", "-0.5", "7.25") off the front of `text`. No exponent, no
/// "inf" or "nan".
std::optional<double> take_number(std::string_view& text) {
  const bool starts_well = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (!starts_well || error != std::errc() || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// Takes white space with at most one comma in it off the front; false if there is none of both.
bool take_separator(std::string_view& text) {
  const std::size_t before = text.size();
  const auto skip_white = [&] {
    text.remove_prefix(std::min(text.find_first_not_of(kWhite), text.size()));
  };
  skip_white();
  if (text.starts_with(',')) text.remove_prefix(1);
  skip_white();
  return text.size() < before;
}

std::optional<std::pair<double, double>> read_scores(std::string_view answer) {
  const std::optional<double> first = take_number(answer);
  if (!first || !take_separator(answer)) return std::nullopt;
  const std::optional<double> second = take_number(answer);
  if (!second || !answer.empty()) return std::nullopt;
  return std::pair(*first, *second);
}

std::optional<double> read_rating(std::string_view answer) {
  const std::optional<double> rating = take_number(answer);
  if (!rating || !answer.empty() || *rating < 0 || *rating > kMostRating) return std::nullopt;
  return rating;
}

/// The parts of `text` between separators, trimmed.
std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(trim(text.substr(0, end)));
    if (end == kNone) return parts;
    text.remove_prefix(end + 1);
  }
}

/// `2 > 1 > 3` as 1, 0, 2; empty unless each of the images stands there once.
std::vector<std::size_t> read_ranking(std::string_view answer, std::size_t images) {
  std::vector<std::size_t> ranking;
  std::vector<bool> seen(images);
  for (const std::string_view part : parts_of(answer, '>')) {
    if (part.size() != 1 || part[0] < '1' || part[0] > '9') return {};
    const auto image = static_cast<std::size_t>(part[0] - '1');
    if (image >= images || seen[image]) return {};
    seen[image] = true;
    ranking.push_back(image);
  }
  return ranking.size() == images ? ranking : std::vector<std::size_t>();
}

/// Where the digits of the criteria stand in `<criteria>…</criteria>` between the thought and the
/// answer.
std::vector<std::size_t> find_criteria(std::string_view completion, std::size_t begin,
                                       std::size_t end, const std::vector<std::string>& names) {
  std::vector<std::size_t> offsets(names.size(), kNoOffset);
  const std::string_view between = completion.substr(begin, end - begin);
  const std::size_t open = between.find(kCriteriaOpen), close = between.find(kCriteriaClose);
  if (open == kNone || close == kNone || close < open) return offsets;
  const std::size_t inside = open + kCriteriaOpen.size();
  for (const std::string_view entry : parts_of(between.substr(inside, close - inside), ',')) {
    const std::size_t colon = entry.rfind(':');
    if (colon == kNone) continue;
    const std::string_view value = trim(entry.substr(colon + 1));
    const auto name = std::find(names.begin(), names.end(), trim(entry.substr(0, colon)));
    if (name == names.end() || (value != "1" && value != "2")) continue;
    offsets[static_cast<std::size_t>(name - names.begin())] =
        static_cast<std::size_t>(value.data() - completion.data());
  }
  return offsets;
}

/// Bytes at the end of `text` that may be the start of a tag which was cut ("</thi").
std::size_t cut_tag_length(std::string_view text) {
  std::size_t longest = 0;
  for (const std::string_view tag : {kThinkClose, kAnswerOpen}) {
    for (std::size_t length = 1; length < tag.size(); ++length) {
      if (text.ends_with(tag.substr(0, length))) longest = std::max(longest, length);
    }
  }
  return longest;
}

template <class Enum, std::size_t Count>
std::optional<Enum> from_name(const std::array<std::string_view, Count>& names,
                              std::string_view word) {
  for (std::size_t i = 0; i < Count; ++i) {
    if (names[i] == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(Status status) { return kStatusNames.at(static_cast<std::size_t>(status)); }
std::optional<Status> status_from_name(std::string_view word) {
  return from_name<Status>(kStatusNames, word);
}
std::string_view name(AnswerFormat format) {
  return kFormatNames.at(static_cast<std::size_t>(format));
}
std::optional<AnswerFormat> answer_format_from_name(std::string_view word) {
  return from_name<AnswerFormat>(kFormatNames, word);
}

ParsedAnswer parse_answer(std::string_view completion, const AnswerAsked& asked, Ending ending) {
  const AnswerFormat format = asked.format;
  const Layout layout = lay_out(completion);
  ParsedAnswer parsed;
  parsed.thinking = layout.thinking;
  if (layout.answer_end == kNone) {
    const bool opened = layout.answer_tag != kNone;
    parsed.status = opened ? Status::kBadAnswer : Status::kNoAnswer;
    if (ending == Ending::kCut) parsed.status = Status::kTruncated;
    if (opened) parsed.answer = trim(completion.substr(layout.answer_begin));
    return parsed;
  }
  const std::string_view answer =
      trim(completion.substr(layout.answer_begin, layout.answer_end - layout.answer_begin));
  parsed.answer = answer;
  parsed.status = Status::kBadAnswer;
  if (format == AnswerFormat::kChoice && (answer == "1" || answer == "2")) {
    parsed.choice = answer == "1" ? 1 : 2;
    parsed.status = Status::kOk;
  }
  if (format == AnswerFormat::kScores) {
    parsed.scores = read_scores(answer);
    if (parsed.scores) parsed.status = Status::kOk;
  }
  if (format == AnswerFormat::kRating) {
    parsed.rating = read_rating(answer);
    if (parsed.rating) parsed.status = Status::kOk;
  }
  if (format == AnswerFormat::kRanking) {
    parsed.ranking = read_ranking(answer, asked.images);
    if (!parsed.ranking.empty()) parsed.status = Status::kOk;
  }
  if (parsed.status == Status::kOk) {
    parsed.decision_offset = static_cast<std::size_t>(answer.data() - completion.data());
    const std::size_t thought = completion.find(kThinkClose);
    const std::size_t begin = thought < layout.answer_tag ? thought : 0;
    if (!asked.criteria.empty())
      parsed.criterion_offsets =
          find_criteria(completion, begin, layout.answer_tag, asked.criteria);
  }
  return parsed;
}

ForcedRead forced_read(std::string_view completion, bool prompt_opens_thought) {
  const Layout layout = lay_out(completion);
  const std::size_t think_close = completion.find(kThinkClose);
  ForcedRead forced;
  forced.keep = layout.answer_tag != kNone ? layout.answer_tag
                                           : completion.size() - cut_tag_length(completion);
  const std::string_view kept = completion.substr(0, forced.keep);
  const bool opened = prompt_opens_thought || trim(kept).starts_with(kThinkOpen);
  if (opened && think_close == kNone) forced.append = kThinkClose;
  forced.append += kAnswerOpen;
  return forced;
}

}  // namespace juror
