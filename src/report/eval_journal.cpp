#include "report/eval_journal.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "records/json_lines.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// The two indices of `pair`, checked against the number of images.
std::pair<std::size_t, std::size_t> pair_of(const Json& line, std::size_t images,
                                            const std::string& place) {
  const Json pair = list_at(line, "pair", place);
  require(pair.size() == 2 && pair[0].is_number_unsigned() && pair[1].is_number_unsigned(),
          "{}: 'pair' is {}, but must be two indices of 'images'.", place, pair.dump());
  const auto i = pair[0].get<std::size_t>(), j = pair[1].get<std::size_t>();
  require(i < images && j < images, "{}: 'pair' is {}, but there are {} images.", place,
          pair.dump(), images);
  return {i, j};
}

std::vector<JournalVote> votes_of(const Json& line, const std::string& place) {
  std::vector<JournalVote> votes;
  for (const Json& vote : list_at(line, "votes", place)) {
    require(vote.is_object(), "{}: 'votes' must be a list of objects.", place);
    votes.push_back({.order = text_at(vote, "order", place),
                     .thinking = text_at(vote, "thinking", place),
                     .answer = text_at(vote, "answer", place),
                     .status = text_at(vote, "status", place),
                     .p = number_at(vote, "p", place)});
  }
  return votes;
}

JournalPair journal_pair(const Json& line, const std::string& place) {
  const Json images = list_at(line, "images", place), ranks = list_at(line, "ranks", place);
  const auto [i, j] = pair_of(line, images.size(), place);
  require(images[i].is_string() && images[j].is_string(), "{}: 'images' must be a list of texts.",
          place);
  const auto picture = [&, example = text_at(line, "example", place)](std::size_t index) {
    return PictureId{.name = images[index].get<std::string>(), .example = example, .index = index};
  };
  JournalPair pair{.id = text_at(line, "id", place),
                   .prompt = text_at(line, "prompt", place),
                   .images = {picture(i), picture(j)},
                   .ranks = {},
                   .p = number_at(line, "p", place),
                   .share = number_at(line, "share", place),
                   .votes = votes_of(line, place)};
  if (ranks.size() == images.size() && ranks[i].is_number() && ranks[j].is_number()) {
    pair.ranks = {ranks[i].get<double>(), ranks[j].get<double>()};
  }
  return pair;
}

/// Sums over the whole journal.
struct Totals {
  double pairs_in_both = 0, disagreeing = 0, votes = 0, read_votes = 0, first_shown = 0;
};

void count_orders(const Json& line, const JournalPair& pair, const std::string& place,
                  Totals& totals, std::vector<OrderPoint>& orders) {
  for (const JournalVote& vote : pair.votes) {
    ++totals.votes;
    if (std::isnan(vote.p)) continue;
    ++totals.read_votes;
    totals.first_shown += vote.p;
  }
  const OrderPoint point{number_at(line, "p_ij", place), number_at(line, "p_ji", place)};
  if (std::isnan(point.p_ij) || std::isnan(point.p_ji)) return;
  ++totals.pairs_in_both;
  if ((point.p_ij - 0.5) * (point.p_ji - 0.5) < 0) ++totals.disagreeing;
  orders.push_back(point);
}

/// Keeps the `most` greatest mistakes, the greatest first; of equal ones the earlier.
void keep_mistake(std::vector<JournalPair>& mistakes, JournalPair pair, std::size_t most) {
  if (!(pair.mistake() > 0)) return;
  const auto place =
      std::upper_bound(mistakes.begin(), mistakes.end(), pair,
                       [](const auto& a, const auto& b) { return a.mistake() > b.mistake(); });
  mistakes.insert(place, std::move(pair));
  if (mistakes.size() > most) mistakes.pop_back();
}

std::vector<OrderPoint> evenly_chosen(const std::vector<OrderPoint>& points, std::size_t most) {
  if (points.size() <= most) return points;
  std::vector<OrderPoint> chosen;
  for (std::size_t i = 0; i < most; ++i) chosen.push_back(points[i * points.size() / most]);
  return chosen;
}

}  // namespace

double JournalPair::mistake() const {
  if (std::isnan(p) || std::isnan(share) || share == 0.5) return -1;
  return share > 0.5 ? 0.5 - p : p - 0.5;
}

Journal read_journal(const std::filesystem::path& file, const JournalOptions& options) {
  Journal journal;
  Totals totals;
  std::vector<OrderPoint> orders;
  const JsonLinesEnd end = each_json_line(file, [&](const Json& line, const LinePlace& place) {
    if (!line.contains("pair")) return;  // the header, or an example that failed
    JournalPair pair = journal_pair(line, place.str());
    count_orders(line, pair, place.str(), totals, orders);
    keep_mistake(journal.mistakes, std::move(pair), options.most_mistakes);
  });
  journal.was_cut = end.was_cut;
  journal.votes = totals.votes;
  journal.orders = evenly_chosen(orders, options.most_orders);
  if (totals.read_votes > 0) journal.first_shown = totals.first_shown / totals.read_votes;
  if (totals.pairs_in_both > 0) journal.orders_disagree = totals.disagreeing / totals.pairs_in_both;
  return journal;
}

}  // namespace juror
