#include "report/eval_journal.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "records/comparison.h"
#include "records/json_lines.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// The one pair of an example that was read from a single record.
JournalPair journal_pair(const EvalExample& example, const std::string& id) {
  const EvalPair& read = example.pairs.back();
  const auto picture = [&](std::size_t index) {
    return PictureId{.name = example.images[index], .example = example.id, .index = index};
  };
  return {.id = id,
          .prompt = example.prompt,
          .images = {picture(read.first), picture(read.second)},
          .ranks = {example.ranks[read.first], example.ranks[read.second]},
          .p = read.result.p,
          .share = read.share,
          .votes = read.votes};
}

/// Sums over the whole journal.
struct Totals {
  double pairs_in_both = 0, disagreeing = 0, votes = 0, read_votes = 0, first_shown = 0;
};

void count_orders(const EvalPair& pair, Totals& totals, std::vector<OrderPoint>& orders) {
  for (const Vote& vote : pair.votes) {
    ++totals.votes;
    if (std::isnan(vote.verdict.p)) continue;
    ++totals.read_votes;
    totals.first_shown += vote.verdict.p;
  }
  const OrderPoint point{pair.result.p_ij, pair.result.p_ji};
  if (std::isnan(point.p_ij) || std::isnan(point.p_ji)) return;
  ++totals.pairs_in_both;
  if ((point.p_ij - 0.5) * (point.p_ji - 0.5) < 0) ++totals.disagreeing;
  orders.push_back(point);
}

constexpr std::size_t kPool = 16;  // mistakes kept for each that is shown, to choose from

/// The `most` greatest of `mistakes`, but in turn: every prompt's greatest before any prompt's
/// second. A page of one prompt's pairs would show one fault many times.
std::vector<JournalPair> spread_over_prompts(std::vector<JournalPair> mistakes, std::size_t most) {
  std::map<std::string, std::size_t> shown;  // so far, by prompt
  std::vector<std::size_t> turn;
  for (const JournalPair& pair : mistakes) turn.push_back(shown[pair.prompt]++);
  std::vector<std::size_t> order(mistakes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return turn[a] < turn[b]; });
  order.resize(std::min(most, order.size()));
  std::sort(order.begin(), order.end());  // the most confident first again
  std::vector<JournalPair> chosen;
  for (const std::size_t i : order) chosen.push_back(std::move(mistakes[i]));
  return chosen;
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

Journal digest_journal(const std::filesystem::path& file, const JournalOptions& options) {
  Journal journal;
  Totals totals;
  std::vector<OrderPoint> orders;
  const JsonLinesEnd end = each_json_line(file, [&](const Json& line, const LinePlace& place) {
    if (!line.contains("pair")) return;  // the header, or an example that failed
    EvalExample example;
    read_record(line, place.str(), example);
    count_orders(example.pairs.back(), totals, orders);
    keep_mistake(journal.mistakes, journal_pair(example, text_at(line, "id", place.str())),
                 kPool * options.most_mistakes);
  });
  journal.mistakes = spread_over_prompts(std::move(journal.mistakes), options.most_mistakes);
  journal.was_cut = end.was_cut;
  journal.votes = totals.votes;
  journal.orders = evenly_chosen(orders, options.most_orders);
  if (totals.read_votes > 0) journal.first_shown = totals.first_shown / totals.read_votes;
  if (totals.pairs_in_both > 0) journal.orders_disagree = totals.disagreeing / totals.pairs_in_both;
  return journal;
}

}  // namespace juror
