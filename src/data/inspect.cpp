#include "data/inspect.h"

#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "data/selection.h"
#include "image/decode.h"
#include "preference/agreement.h"
#include "preference/generator_leak.h"
#include "preference/rater_agreement.h"

namespace juror {
namespace {

constexpr std::size_t kShownErrors = 5;
constexpr std::uint64_t kHalfStream = 0x48414c46;

/// Two images of a row with a label; `lead` is positive when the first of them is preferred.
struct LabelledPair {
  std::size_t first = 0, second = 0;
  double lead = 0;
};

std::vector<LabelledPair> pairs_of(const PreferenceExample& example) {
  const std::vector<double> ranks = mean_ranks(example);
  std::vector<LabelledPair> pairs;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    for (std::size_t j = i + 1; j < ranks.size(); ++j) pairs.push_back({i, j, ranks[j] - ranks[i]});
  }
  return pairs;
}

/// Which image of the same prompt and images was preferred before.
class Labels {
 public:
  void add(const PreferenceExample& example, const LabelledPair& pair, DatasetReport& report) {
    const std::string &a = example.images[pair.first], &b = example.images[pair.second];
    const bool in_order = a < b;
    const std::string key = example.prompt + '\0' + (in_order ? a : b) + '\0' + (in_order ? b : a);
    const int label = pair.lead == 0 ? 0 : ((pair.lead > 0) == in_order ? 1 : -1);
    const auto [place, is_new] = seen_.insert({text_hash(key), static_cast<signed char>(label)});
    if (is_new) return;
    report.repeated += place->second == label;
    report.contradictory += place->second * label == -1;
  }

 private:
  std::unordered_map<std::uint64_t, signed char> seen_;
};

/// Cases of each prompt, and how many of them are hits.
class PromptShare {
 public:
  void add(std::uint64_t prompt, double hits, double cases) {
    Tally& tally = tallies_[prompt];
    tally.hits += hits;
    tally.cases += cases;
  }
  std::int64_t prompts() const { return static_cast<std::int64_t>(tallies_.size()); }
  std::optional<MeasuredShare> share() const {
    std::vector<ClusteredValue> values;
    for (const auto& [prompt, tally] : tallies_) {
      if (tally.cases > 0)
        values.push_back(
            {.value = tally.hits / tally.cases, .cluster = prompt, .weight = tally.cases});
    }
    return measured_share(values);
  }

 private:
  struct Tally {
    double hits = 0, cases = 0;
  };
  std::unordered_map<std::uint64_t, Tally> tallies_;
};

bool has_prompt(const PreferenceExample& example) {
  return example.prompt.find_first_not_of(" \t\r\n") != std::string::npos;
}

/// What rows of one prompt share; a row without a prompt stands alone.
std::uint64_t cluster_of(const PreferenceExample& example) {
  return text_hash(has_prompt(example) ? example.prompt : "\n" + example.id);
}

class Inspector {
 public:
  explicit Inspector(bool read_images) : read_images_(read_images) {}

  void add(const DatasetRow& row) {
    ++report_.examples;
    report_.images += static_cast<std::int64_t>(row.images.size());
    const std::uint64_t prompt = cluster_of(row.example);
    order_.add(prompt, 0, 0);
    report_.without_prompt += !has_prompt(row.example);
    for (std::size_t i = 0; i < row.images.size(); ++i) {
      const bool is_new = row.example.ratings.empty() || rated_.insert(row.images[i].name).second;
      if (read_images_ && is_new) add_image(row.images[i]);
    }
    const std::vector<LabelledPair> pairs = pairs_of(row.example);
    report_.unlabelled += row.example.votes.empty() && row.example.ranking.empty();
    for (const LabelledPair& pair : pairs) add_pair(row, pair, prompt);
    if (const auto agreement = rater_agreement(row.example)) {
      const auto cases = static_cast<double>(pairs.size());
      rater_rater_.add(prompt, agreement->rater_rater * cases, cases);
      rater_mean_.add(prompt, agreement->rater_mean * cases, cases);
    }
  }

  DatasetReport report() const {
    DatasetReport report = report_;
    report.rated_images = static_cast<std::int64_t>(rated_.size());
    if (rated_pairs_ > 0) report.rated_agreement = agreement_ / rated_pairs_;
    report.prompts = order_.prompts() - report.without_prompt;
    report.first_preferred = order_.share();
    report.generator = measured_share(generators_.values());
    report.rater_rater = rater_rater_.share();
    report.rater_mean = rater_mean_.share();
    return report;
  }

 private:
  void add_image(const ImageSource& image) {
    try {
      const Size size = probe_image(image.read(), image.name).upright();
      ++report_.sizes[{size.width, size.height}];
    } catch (const Error& error) {
      ++report_.unreadable;
      if (report_.first_unreadable.size() < kShownErrors)
        report_.first_unreadable.push_back(error.what());
    }
  }

  void add_pair(const DatasetRow& row, const LabelledPair& pair, std::uint64_t prompt) {
    ++report_.pairs;
    labels_.add(row.example, pair, report_);
    ++report_.shares[share_source(row.example, pair.first, pair.second)];
    if (!row.example.ratings.empty()) {
      const double share = *vote_share(row.example, pair.first, pair.second);
      agreement_ += pair.lead > 0 ? share : 1 - share;
      ++rated_pairs_;
    }
    if (pair.lead == 0) {
      ++report_.ties;
      return;
    }
    order_.add(prompt, pair.lead > 0, 1);
    if (row.generators.empty()) return;
    const int half = prompt_hash(std::to_string(prompt), kHalfStream) < 0.5;
    const std::size_t winner = pair.lead > 0 ? pair.first : pair.second,
                      loser = pair.first + pair.second - winner;
    generators_.add(row.generators[winner], row.generators[loser], prompt, half);
  }

  const bool read_images_;
  DatasetReport report_;
  Labels labels_;
  std::unordered_set<std::string> rated_;
  double agreement_ = 0, rated_pairs_ = 0;
  PromptShare order_, rater_rater_, rater_mean_;
  GeneratorLeak generators_;
};

}  // namespace

DatasetReport inspect_dataset(DatasetReader& reader, bool read_images, const Progress& progress) {
  Inspector inspector(read_images);
  std::int64_t rows = 0;
  while (auto row = reader.next()) {
    inspector.add(*row);
    if (progress && !progress("rows", ++rows, 0)) break;
  }
  return inspector.report();
}

}  // namespace juror
