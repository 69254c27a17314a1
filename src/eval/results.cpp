#include "eval/results.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "eval/published.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json measured_json(const Measured& measured) {
  return {{"accuracy", number(measured.accuracy)},
          {"ci", {measured.interval.low, measured.interval.high}},
          {"n", measured.n}};
}

Json published_json(const std::string& protocol) {
  Json list = Json::array();
  for (const PublishedNumber& row : published_numbers(protocol)) {
    list.push_back(
        {{"name", row.name}, {"set", row.set}, {"accuracy", row.accuracy}, {"note", row.note}});
  }
  return list;
}

/// Why the numbers are not the published ones: what was left out by the options, and what failed.
std::vector<std::string> why_unofficial(const Evaluation& evaluation,
                                        const SummaryContext& context) {
  std::vector<std::string> reasons = context.unofficial;
  if (!evaluation.failures.empty())
    reasons.push_back(fmt::format("{} examples could not be judged", evaluation.failures.size()));
  if (evaluation.is_partial) reasons.push_back("the work was stopped before its end");
  return reasons;
}

}  // namespace

std::string_view name(RowKind kind) {
  switch (kind) {
    case RowKind::kModel:
      return "model";
    case RowKind::kScorer:
      return "scorer";
    case RowKind::kBaseline:
      return "baseline";
    case RowKind::kHuman:
      return "human";
  }
  return "model";
}

Json ResultRow::json() const {
  Json json = {{"name", name}, {"kind", juror::name(kind)}};
  json.update(measured_json(metrics.front()));
  json["metrics"] = Json::array();
  for (const Measured& metric : metrics) {
    Json one = {{"name", metric.name}};
    one.update(measured_json(metric));
    json["metrics"].push_back(one);
  }
  return json;
}

EvalResults::EvalResults(const Protocol& protocol, const ResultsOptions& options)
    : protocol_(&protocol),
      options_(options),
      model_(protocol, options.calibration.tie_band),
      order_(protocol, 0),
      against_mean_(protocol, 0),
      against_rater_(protocol, 0),
      quality_(options.calibration) {
  if (!protocol.of_ratings) return;
  opinion_.emplace(options.scale, options.seed);
  opinion_->add_judge(options.model, "model");
}

void EvalResults::add_scorer(const std::string& name, ImageScorer scorer) {
  scorers_.push_back({name, std::move(scorer), Tally(*protocol_, 0)});
  if (opinion_) opinion_->add_judge(name, "scorer");
}

std::size_t number_prompt(std::uint64_t prompt_key, PromptNumbers& prompts) {
  return prompts.emplace(prompt_key, prompts.size()).first->second;
}

void EvalResults::add(const DatasetRow& row, const EvalExample& example, LazyImages& images) {
  std::vector<std::vector<double>> scores;
  for (const Scorer& scorer : scorers_) scores.push_back(scorer.score(row, images));
  const std::size_t prompt = number_prompt(prompt_key(example), prompts_);
  const JudgedExample as_judged =
      judged(example.ranks, example.pairs, prompt, protocol_->whole_order);
  if (opinion_) add_opinion(row, as_judged, scores);  // refuses what is not rated
  model_.add(with_temperature(as_judged, options_.calibration.temperature));
  quality_.add(example);
  breakdowns_.add(example, prompt);
  for (std::size_t i = 0; i < scorers_.size(); ++i)
    scorers_[i].tally.add(judged_by_scores(as_judged, scores[i]));
  if (options_.baselines) add_baselines(row, as_judged);
  ++examples_;
}

void EvalResults::add_baselines(const DatasetRow& row, const JudgedExample& judged) {
  order_.add(judged_by_order(judged));
  generators_.add(judged, row.generators);
  if (row.example.votes.size() < 2) return;
  against_mean_.add_mean(raters_against_mean(row.example, judged.prompt));
  against_rater_.add_mean(raters_against_raters(row.example, judged.prompt));
}

void EvalResults::add_opinion(const DatasetRow& row, const JudgedExample& judged,
                              const std::vector<std::vector<double>>& scores) {
  require(judged.pairs.size() == 1,
          "The protocol 'opinion' judges pairs of rated images, and '{}' holds {} pairs.",
          row.example.id, judged.pairs.size());
  const auto p_of = [](const JudgedExample& example) { return example.pairs[0].p; };
  std::vector<OpinionResults::Judgement> judgements = {
      {.p = p_of(with_temperature(judged, options_.calibration.temperature))}};
  for (const std::vector<double>& score : scores)
    judgements.push_back({.p = p_of(judged_by_scores(judged, score)), .scores = score});
  opinion_->add(row.example, judgements);
}

std::vector<ResultRow> EvalResults::opinion_rows() const {
  std::vector<ResultRow> rows;
  for (const OpinionResults::Row& row : opinion_->rows()) {
    const RowKind kind = row.kind == "model"    ? RowKind::kModel
                         : row.kind == "scorer" ? RowKind::kScorer
                                                : RowKind::kHuman;
    rows.push_back({.name = row.name, .kind = kind, .metrics = {row.accuracy[0], row.accuracy[1]}});
  }
  return rows;
}

std::vector<ResultRow> EvalResults::rows() const {
  if (opinion_) return opinion_rows();
  std::vector<ResultRow> rows;
  const auto add = [&](const std::string& name, RowKind kind, const Tally& tally) {
    ResultRow row{.name = name, .kind = kind, .metrics = tally.measured(options_.seed)};
    if (row.metrics.front().n > 0 || row.metrics.back().n > 0) rows.push_back(std::move(row));
  };
  rows.push_back(
      {.name = options_.model, .kind = RowKind::kModel, .metrics = model_.measured(options_.seed)});
  for (const Scorer& scorer : scorers_) add(scorer.name, RowKind::kScorer, scorer.tally);
  if (!options_.baselines) return rows;
  Tally generators(*protocol_, 0);
  for (const JudgedExample& example : generators_.judged()) generators.add(example);
  add("one person against the mean of all", RowKind::kHuman, against_mean_);
  add("one person against another", RowKind::kHuman, against_rater_);
  add("the generator alone", RowKind::kBaseline, generators);
  add("always the earlier image", RowKind::kBaseline, order_);
  return rows;
}

Json summary_json(const EvalResults& results, const Evaluation& evaluation,
                  const SummaryContext& context) {
  const Json& header = context.header;
  const std::vector<std::string> unofficial = why_unofficial(evaluation, context);
  Json rows = Json::array(), failures = Json::array();
  for (const ResultRow& row : results.rows()) rows.push_back(row.json());
  for (const auto& [example, error] : evaluation.failures)
    failures.push_back({{"example", example}, {"error", error}});
  Json json = {{"protocol", results.protocol().name},
               {"official", unofficial.empty()},
               {"unofficial", unofficial},
               {"partial", evaluation.is_partial},
               {"data",
                {{"path", header.value("data", "")},
                 {"format", header.value("format", "")},
                 {"split", header.value("split", "")},
                 {"examples", results.examples()},
                 {"prompts", results.prompts()},
                 {"pairs", results.quality().pairs()},
                 {"human_ties", results.quality().human_ties()},
                 {"failed", evaluation.failures.size()},
                 {"unlabelled", evaluation.unlabelled}}},
               {"model", header.value("model", "")},
               {"options", header},
               {"calibration", context.calibration},
               {"rows", rows},
               {"published", published_json(results.protocol().name)},
               {"judge", results.quality().json()},
               {"breakdowns", results.breakdowns()},
               {"failures", failures}};
  if (results.opinion() != nullptr) json["opinion"] = results.opinion()->json();
  return json;
}

}  // namespace juror
