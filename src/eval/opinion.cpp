#include "eval/opinion.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kAny = 1e9;
constexpr std::int64_t kBins = 10;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json number_json(const MeasuredNumber& measured) {
  return {{"value", number(measured.value)}, {"ci", {number(measured.low), number(measured.high)}}};
}

Json accuracy_json(const Measured& measured) {
  return {{"label", measured.name},
          {"accuracy", number(measured.accuracy)},
          {"ci", {measured.interval.low, measured.interval.high}},
          {"pairs", measured.n}};
}

Json row_json(const OpinionResults::Row& row) {
  Json json = {{"name", row.name}, {"kind", row.kind}, {"by_difference", Json::array()}};
  for (const Measured& measured : row.accuracy)
    json["by_difference"].push_back(accuracy_json(measured));
  if (row.correlations) {
    json["images"] = row.correlations->n;
    json["srocc"] = number_json(row.correlations->srocc);
    json["plcc"] = number_json(row.correlations->plcc);
    json["plcc_plain"] = number_json(row.correlations->plcc_plain);
    json["krcc"] = number_json(row.correlations->krcc);
  }
  json["brier"] = number(row.brier);
  json["ece"] = number(row.ece);
  return json;
}

}  // namespace

const std::array<DifferenceBin, 7>& difference_bins() {
  static const std::array<DifferenceBin, 7> bins = {{{"all pairs", 0, kAny},
                                                     {"over 20 points", 20, kAny},
                                                     {"0 to 5 points", 0, 5},
                                                     {"5 to 10 points", 5, 10},
                                                     {"10 to 20 points", 10, 20},
                                                     {"20 to 40 points", 20, 40},
                                                     {"over 40 points", 40, kAny}}};
  return bins;
}

std::size_t OpinionResults::add_judge(const std::string& name, const std::string& kind) {
  judges_.push_back({.name = name, .kind = kind});
  return judges_.size() - 1;
}

std::size_t OpinionResults::number_of(const PreferenceExample& example, std::size_t index) {
  const auto [place, is_new] = numbers_.emplace(example.images[index], numbers_.size());
  if (!is_new) return place->second;
  names_.push_back(example.images[index]);
  means_.push_back(example.ratings[index].mean);
  for (OpinionJudge& judge : judges_) {
    if (!judge.scores.empty() || means_.size() == 1) judge.scores.push_back(kUnknown);
  }
  return place->second;
}

void OpinionResults::add(const PreferenceExample& example,
                         const std::vector<Judgement>& judgements) {
  require(example.ratings.size() == 2 && example.images.size() == 2,
          "The protocol 'opinion' judges pairs of rated images, and '{}' is none.", example.id);
  const std::size_t first = number_of(example, 0), second = number_of(example, 1);
  const double width = scale_.high - scale_.low;
  pairs_.push_back({.first = first,
                    .second = second,
                    .share = vote_share(example, 0, 1).value_or(kUnknown),
                    .lead = 100 * (means_[first] - means_[second]) / width});
  ++shares_[share_source(example, 0, 1)];
  for (std::size_t j = 0; j < judges_.size(); ++j) {
    OpinionJudge& judge = judges_[j];
    judge.p.push_back(judgements.at(j).p);
    judge.scores.resize(means_.size(), kUnknown);
    if (judgements[j].scores.empty()) continue;
    judge.scores[first] = judgements[j].scores.at(0);
    judge.scores[second] = judgements[j].scores.at(1);
  }
}

std::vector<Measured> OpinionResults::accuracies(const std::vector<double>& right) const {
  std::vector<Measured> list;
  for (const DifferenceBin& bin : difference_bins()) {
    std::vector<PairValue> values;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const double difference = std::abs(pairs_[i].lead);
      if (difference > bin.low && difference <= bin.high)
        values.push_back({pairs_[i].first, pairs_[i].second, right[i]});
    }
    Measured measured{.name = bin.label};
    if (const auto share = measured_over_images(values, {.seed = seed_})) {
      measured.accuracy = share->value;
      measured.interval = share->interval;
      measured.n = static_cast<double>(share->n);
    }
    list.push_back(measured);
  }
  return list;
}

std::vector<double> OpinionResults::strengths() const {
  std::vector<JudgedPair> pairs;
  for (std::size_t i = 0; i < pairs_.size(); ++i)
    pairs.push_back({.first = pairs_[i].first, .second = pairs_[i].second, .p = judges_[0].p[i]});
  return strengths_of(means_.size(), pairs);
}

OpinionResults::Row OpinionResults::row_of(const OpinionJudge& judge) const {
  std::vector<double> right;
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    const int human = pairs_[i].lead > 0 ? 1 : -1;
    right.push_back(predicted_choice(judge.p[i]) == human ? 1 : 0);
    if (!std::isnan(judge.p[i])) predictions.push_back({judge.p[i], pairs_[i].share});
  }
  Row row{.name = judge.name, .kind = judge.kind, .accuracy = accuracies(right)};
  const std::vector<double> scores = &judge == &judges_[0] ? strengths() : judge.scores;
  const bool has_scores =
      std::any_of(scores.begin(), scores.end(), [](double score) { return !std::isnan(score); });
  if (has_scores) row.correlations = correlations(scores, means_, {.seed = seed_});
  if (!predictions.empty()) {
    row.brier = brier_score(predictions);
    row.ece = expected_calibration_error(predictions, kBins);
  }
  return row;
}

OpinionResults::Row OpinionResults::person() const {
  std::vector<double> right;
  for (const Pair& pair : pairs_) right.push_back(pair.lead > 0 ? pair.share : 1 - pair.share);
  const bool is_counted = shares_.contains(ShareSource::kRatingCounts);
  return {.name = is_counted ? "one person (from counts of ratings)" : "one person (modelled)",
          .kind = "human",
          .accuracy = accuracies(right)};
}

std::vector<OpinionResults::Row> OpinionResults::rows() const {
  std::vector<Row> rows;
  for (const OpinionJudge& judge : judges_) rows.push_back(row_of(judge));
  if (!shares_.contains(ShareSource::kMeans)) rows.push_back(person());
  return rows;
}

Json OpinionResults::json() const {
  Json shares = Json::array(), rows = Json::array(), images = Json::array();
  for (const auto& [source, pairs] : shares_)
    shares.push_back({{"from", name(source)}, {"words", words(source)}, {"pairs", pairs}});
  for (const Row& row : this->rows()) rows.push_back(row_json(row));
  const std::vector<double> scores = strengths();
  for (std::size_t i = 0; i < means_.size(); ++i)
    images.push_back({{"image", names_[i]}, {"mean", means_[i]}, {"score", number(scores[i])}});
  return {{"shares_from", shares},
          {"scale", {{"low", scale_.low}, {"high", scale_.high}, {"assumed", scale_.is_assumed}}},
          {"mapping", "VQEG's logistic of four parameters"},
          {"rows", rows},
          {"images", images}};
}

}  // namespace juror
