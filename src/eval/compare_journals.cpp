#include "eval/compare_journals.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "eval/results.h"

namespace juror {
namespace {

std::string protocol_of(const EvalJournal& journal) { return journal.header.value("protocol", ""); }

/// What the header says was applied; nothing where it says nothing.
Calibration calibration_of(const EvalJournal& journal) {
  const auto written = journal.header.find("calibration");
  if (written == journal.header.end() || !written->is_object()) return {};
  const auto number = [&](const char* key, double low, double high) {
    require(written->contains(key) && written->at(key).is_number() &&
                written->at(key).get<double>() >= low && written->at(key).get<double>() <= high,
            "The calibration in the header of a journal is {}; its '{}' must be {} to {}.",
            written->dump(), key, low, high);
    return written->at(key).get<double>();
  };
  return {.temperature = number("temperature", 1e-3, 1e3), .tie_band = number("tie_band", 0, 0.5)};
}

bool same_pairs(const FinishedExample& a, const FinishedExample& b) {
  return std::equal(a.pairs.begin(), a.pairs.end(), b.pairs.begin(), b.pairs.end(),
                    [](const EvalPair& x, const EvalPair& y) {
                      return x.first == y.first && x.second == y.second;
                    });
}

void require_same(const FinishedExample& a, const FinishedExample& b) {
  require(a.prompt == b.prompt && a.ranks == b.ranks,
          "The example '{}' has another prompt, images or ranks in the second journal: they are of "
          "different data.",
          a.id);
  require(same_pairs(a, b),
          "The example '{}' was judged on other pairs in the second journal (another --budget or "
          "--seed).",
          a.id);
}

/// Adds the pairs of an example of rated images.
void add_compared(const FinishedExample& example, const Scores& first, const Scores& second,
                  std::vector<ComparedPair>& pairs) {
  if (first[0].empty()) return;  // equal means
  require(example.images.size() == 2 && first[0].size() == 1,
          "The example '{}' is no pair of rated images.", example.id);
  pairs.push_back({.first_image = example.images[0],
                   .second_image = example.images[1],
                   .first = first[0][0],
                   .second = second[0][0]});
}

}  // namespace

JournalComparison compare_journals(const EvalJournal& first, const EvalJournal& second,
                                   double tie_band, std::int64_t seed) {
  require(protocol_of(first) == protocol_of(second),
          "The first journal follows the protocol '{}' and the second '{}'.", protocol_of(first),
          protocol_of(second));
  const Protocol& protocol = find_protocol(protocol_of(first));
  std::map<std::string, const FinishedExample*> others;
  for (const FinishedExample& example : second.examples) others.emplace(example.id, &example);

  JournalComparison comparison{.first = calibration_of(first), .second = calibration_of(second)};
  for (Calibration* calibration : {&comparison.first, &comparison.second})
    calibration->tie_band = std::max(calibration->tie_band, tie_band);
  Tally a(protocol, comparison.first.tie_band), b(protocol, comparison.second.tie_band);
  PromptNumbers prompts;
  std::vector<ComparedPair> rated;
  for (const FinishedExample& example : first.examples) {
    const auto other = others.find(example.id);
    if (other == others.end()) {
      ++comparison.only_first;
      continue;
    }
    require_same(example, *other->second);
    const std::size_t prompt = number_prompt(example.prompt, prompts);
    const auto read = [&](const FinishedExample& one, const Calibration& calibration) {
      return with_temperature(judged(one.ranks, one.pairs, prompt, protocol.whole_order),
                              calibration.temperature);
    };
    const JudgedExample by_first = read(example, comparison.first),
                        by_second = read(*other->second, comparison.second);
    a.add(by_first);
    b.add(by_second);
    if (protocol.of_ratings)
      add_compared(example, protocol.score(by_first, comparison.first.tie_band),
                   protocol.score(by_second, comparison.second.tie_band), rated);
    ++comparison.examples;
  }
  comparison.only_second = second.examples.size() - comparison.examples;
  require(comparison.examples > 0, "The two journals have no example in common.");
  if (protocol.of_ratings) {
    if (!rated.empty())
      comparison.differences.push_back(
          difference_over_images(protocol.metrics[0].name, rated, seed));
    return comparison;
  }
  for (std::size_t m = 0; m < protocol.metrics.size(); ++m) {
    if (a.values()[m].empty()) continue;  // every pair is a human tie
    comparison.differences.push_back(
        paired_difference(protocol.metrics[m].name, a.values()[m], b.values()[m], seed));
  }
  return comparison;
}

}  // namespace juror
