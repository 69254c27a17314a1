#include "judge/linear_scorer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/model_folder.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kConstant = 1e-9;  // an sd below it is rounding

std::vector<std::string> statistic_names() {
  std::vector<std::string> names;
  ImageStatistics().visit([&](const char* name, double) { names.emplace_back(name); });
  return names;
}

std::vector<double> values_of(const ImageStatistics& statistics) {
  std::vector<double> values;
  statistics.visit([&](const char*, double value) { values.push_back(value); });
  return values;
}

struct Spread {
  double mean = 0, sd = 1;
};

/// Brings values to mean 0 and sd 1; of values that are all alike the sd is taken as 1.
Spread standardise(std::vector<double>& values) {
  Spread spread;
  const auto count = static_cast<double>(values.size());
  for (const double value : values) spread.mean += value / count;
  double variance = 0;
  for (const double value : values) variance += std::pow(value - spread.mean, 2) / count;
  if (std::sqrt(variance) > kConstant) spread.sd = std::sqrt(variance);
  for (double& value : values) value = (value - spread.mean) / spread.sd;
  return spread;
}

double read_number(const Json& json, const char* key, const std::string& where) {
  require(json.is_object() && json.contains(key) && json[key].is_number(),
          "{}: the number '{}' is missing.", where, key);
  return json[key].get<double>();
}

LinearFeature read_feature(const Json& json, const std::string& where) {
  require(json.is_object() && json.contains("name") && json["name"].is_string(),
          "{}: the text 'name' is missing.", where);
  LinearFeature feature{.name = json["name"].get<std::string>(),
                        .mean = read_number(json, "mean", where),
                        .sd = read_number(json, "sd", where),
                        .weight = read_number(json, "weight", where)};
  require(feature.sd > 0, "{}: the sd of '{}' is {}, and a number above 0 is expected.", where,
          feature.name, feature.sd);
  return feature;
}

/// The features in the order of the statistics, so that a score needs no search by name.
std::vector<LinearFeature> in_order(const std::vector<LinearFeature>& features,
                                    const std::string& file) {
  const std::vector<std::string> names = statistic_names();
  std::vector<LinearFeature> ordered;
  for (const std::string& name : names) {
    const auto is_it = [&](const LinearFeature& feature) { return feature.name == name; };
    require(std::count_if(features.begin(), features.end(), is_it) == 1,
            "'{}': the feature '{}' must be there once.", file, name);
    ordered.push_back(*std::find_if(features.begin(), features.end(), is_it));
  }
  for (const LinearFeature& feature : features) {
    require(std::count(names.begin(), names.end(), feature.name) == 1,
            "'{}': there is no statistic '{}'.", file, feature.name);
  }
  return ordered;
}

}  // namespace

double LinearScorer::score(const ImageStatistics& statistics) const {
  const std::vector<double> values = values_of(statistics);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    sum += features.at(i).weight * (values[i] - features[i].mean) / features[i].sd;
  return sum;
}

Json LinearScorer::json() const {
  Json list = Json::array();
  for (const LinearFeature& feature : features) {
    list.push_back({{"name", feature.name},
                    {"mean", feature.mean},
                    {"sd", feature.sd},
                    {"weight", feature.weight}});
  }
  return {{"kind", "linear"},
          {"features", list},
          {"ridge", ridge},
          {"pairs", pairs},
          {"source", source}};
}

LinearScorer load_linear_scorer(const std::filesystem::path& file) {
  const Json json = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  require(json.is_object() && json.value("kind", Json()) == "linear" && json.contains("features") &&
              json["features"].is_array(),
          "'{}' is not a linear scorer: \"kind\": \"linear\" and a list 'features' are expected. "
          "juror train linear "
          "makes one.",
          file.string());
  const std::string where = fmt::format("'{}'", file.string());
  std::vector<LinearFeature> features;
  for (std::size_t i = 0; i < json["features"].size(); ++i) {
    features.push_back(read_feature(json["features"][i], fmt::format("{}, feature {}", where, i)));
  }
  return {.features = in_order(features, file.string()),
          .ridge = read_number(json, "ridge", where),
          .pairs = static_cast<std::int64_t>(read_number(json, "pairs", where)),
          .source = json.contains("source") && json["source"].is_string()
                        ? json["source"].get<std::string>()
                        : ""};
}

std::filesystem::path shipped_linear_scorer() {
  const std::filesystem::path file = find_model("mini").parent_path() / "linear.json";
  return std::filesystem::exists(file) ? file : std::filesystem::path();
}

LinearScorer fit_linear_ratings(const std::vector<RatedStatistics>& images,
                                const std::vector<RatedPair>& pairs, double ridge,
                                const std::string& source) {
  require(!images.empty() && !pairs.empty(),
          "There is no pair of rated images to train a linear scorer on.");
  std::vector<std::vector<double>> rows;
  std::vector<double> opinions;
  for (const RatedStatistics& image : images) {
    rows.push_back(values_of(image.statistics));
    opinions.push_back(image.rating.mean);
  }
  LinearScorer scorer{
      .ridge = ridge, .pairs = static_cast<std::int64_t>(pairs.size()), .source = source};
  const std::vector<std::string> names = statistic_names();
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::vector<double> column;
    for (const std::vector<double>& row : rows) column.push_back(row[k]);
    const auto [mean, sd] = standardise(column);
    scorer.features.push_back({.name = names[k], .mean = mean, .sd = sd});
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i][k] = column[i];
  }
  standardise(opinions);
  const std::vector<double> weights = fit_ridge(rows, opinions, ridge);
  for (std::size_t k = 0; k < weights.size(); ++k) scorer.features[k].weight = weights[k];
  std::vector<FeaturePair> leads;
  for (const RatedPair& pair : pairs) {
    const RatedStatistics &first = images.at(pair.first), &second = images.at(pair.second);
    leads.push_back(
        {.difference = {scorer.score(first.statistics) - scorer.score(second.statistics)},
         .share = rated_share(first.rating, second.rating)});
  }
  const double factor = fit_linear_preference(leads, 1e-3).weights[0];
  for (LinearFeature& feature : scorer.features) feature.weight *= factor;
  return scorer;
}

void LinearTraining::add(const ImageStatistics& first, const ImageStatistics& second, double share,
                         double weight) {
  pairs_.push_back({values_of(first), values_of(second), share, weight});
}

LinearScorer LinearTraining::fit(double ridge, const std::string& source) const {
  require(!pairs_.empty(), "There is no pair with a label to train a linear scorer on.");
  LinearScorer scorer{.features = {}, .ridge = ridge, .pairs = pairs(), .source = source};
  const double count = 2 * static_cast<double>(pairs_.size());
  for (const std::string& name : statistic_names()) {
    const std::size_t k = scorer.features.size();
    double mean = 0, variance = 0;
    for (const Pair& pair : pairs_) mean += (pair.first[k] + pair.second[k]) / count;
    for (const Pair& pair : pairs_)
      variance += (std::pow(pair.first[k] - mean, 2) + std::pow(pair.second[k] - mean, 2)) / count;
    scorer.features.push_back({.name = name,
                               .mean = mean,
                               .sd = std::sqrt(variance) > kConstant ? std::sqrt(variance) : 1});
  }
  std::vector<FeaturePair> differences;
  for (const Pair& pair : pairs_) {
    FeaturePair difference{.difference = {}, .share = pair.share, .weight = pair.weight};
    for (std::size_t k = 0; k < scorer.features.size(); ++k) {
      difference.difference.push_back((pair.first[k] - pair.second[k]) / scorer.features[k].sd);
    }
    differences.push_back(std::move(difference));
  }
  const LinearFit fit = fit_linear_preference(differences, ridge);
  for (std::size_t k = 0; k < scorer.features.size(); ++k)
    scorer.features[k].weight = fit.weights[k];
  return scorer;
}

}  // namespace juror
