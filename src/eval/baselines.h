// Judges that look at no pixel: what the order of the file gives away, what the generators do, and
// what people themselves score.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "eval/tally.h"
#include "preference/bradley_terry.h"

namespace juror {

/// `example` as judged by who always prefers the earlier image.
JudgedExample judged_by_order(JudgedExample example);

/// `example` as each annotator would judge it, against the mean of all (his own vote included). One
/// entry a different ranking, as often as annotators gave it.
std::vector<RepeatedJudgement> raters_against_mean(const PreferenceExample& example,
                                                   std::size_t prompt);

/// The same, each annotator against each other: n(n−1) judgements, one entry for each two rankings
/// that differ and one for each that two annotators or more gave.
std::vector<RepeatedJudgement> raters_against_raters(const PreferenceExample& example,
                                                     std::size_t prompt);

/// Soft wins between generators, by their numbers (lower first).
using GeneratorWins = std::map<std::pair<std::size_t, std::size_t>, PairWins>;

/// Judges by the generator alone: Bradley–Terry strengths of the generators, fitted on the vote
/// shares of all *other* prompts, so that it does not peek. Images of one generator tie.
class GeneratorBaseline {
 public:
  /// Generators as the data set names them, one an image; none: the example takes no part.
  void add(const JudgedExample& example, const std::vector<std::string>& generators);

  bool empty() const { return examples_.empty(); }

  /// One judgement for each example that was added, in their order.
  std::vector<JudgedExample> judged() const;

 private:
  struct Entry {
    JudgedExample example;
    std::vector<std::size_t> generators;  ///< numbers, one an image
  };
  GeneratorWins wins_of(const Entry& entry) const;
  std::size_t number_of(const std::string& generator);

  std::vector<Entry> examples_;
  std::map<std::string, std::size_t> numbers_;
};

}  // namespace juror
