#include "cli/judge/people.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "data/ratings.h"
#include "preference/correlation.h"

namespace juror {
namespace {

std::string place_of(const std::string& path) {
  return std::filesystem::weakly_canonical(path).string();
}

}  // namespace

PeoplesTable read_peoples_table(const std::string& path) {
  PeoplesTable table{.path = path, .means = {}};
  for (const RatedImage& rated : read_all_rated_images(path))
    table.means.emplace(place_of(rated.image.name), rated.rating.mean);
  return table;
}

std::vector<std::optional<double>> peoples_means(const PeoplesTable& table,
                                                 const std::vector<std::string>& paths) {
  std::vector<std::optional<double>> means;
  for (const std::string& path : paths) {
    const auto found = table.means.find(place_of(path));
    means.push_back(found == table.means.end() ? std::nullopt : std::optional(found->second));
  }
  require(
      std::any_of(means.begin(), means.end(), [](const auto& mean) { return mean.has_value(); }),
      "--ratings '{}': none of its {} images is one of the pictures to rank, as '{}'.", table.path,
      table.means.size(), paths.front());
  return means;
}

std::string agreement_text(const LoadedPictures& pictures, const Ranking& ranking) {
  std::vector<double> said, means;
  for (std::size_t i = 0; i < pictures.people.size(); ++i) {
    if (!pictures.people[i]) continue;
    said.push_back(ranking.items[i].score);
    means.push_back(*pictures.people[i]);
  }
  if (means.size() < 5) return "";
  const MeasuredNumber srocc = correlations(said, means).srocc;
  if (std::isnan(srocc.value)) return "";
  return fmt::format(
      "Spearman's correlation with people's mean opinion: {:.2f} (95 % interval over pictures "
      "{:.2f} "
      "- {:.2f}), {} pictures.\n",
      srocc.value, srocc.low, srocc.high, means.size());
}

}  // namespace juror
