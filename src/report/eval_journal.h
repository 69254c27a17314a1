// journal.jsonl of an evaluation (docs/formats.md): what its page shows of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "plot/pair_plots.h"
#include "preference/vote.h"
#include "report/picture.h"

namespace juror {

struct JournalPair {
  std::string id, prompt;
  std::vector<PictureId> images;  ///< the two compared, in the order of the pair
  std::vector<double> ranks;      ///< human, of the two; empty where not known
  double p = kUnknown, share = kUnknown;
  std::vector<Vote> votes;

  /// How far p is on the wrong side of one half: 0 … 0.5; negative when right, tied or unknown.
  double mistake() const;
};

struct Journal {
  /// The most confident first, of as many prompts as there are before any prompt's second.
  std::vector<JournalPair> mistakes;
  std::vector<OrderPoint>
      orders;  ///< of pairs read in both orders, at most `most_orders`, evenly chosen
  /// Mean P(image shown first) over all votes; 0.5 without position bias.
  double first_shown = kUnknown;
  double orders_disagree = kUnknown;  ///< share of pairs whose two orders name different winners
  double votes = 0;
  bool was_cut = false;
};

struct JournalOptions {
  std::size_t most_mistakes = 12;
  std::size_t most_orders = 600;
};

/// Streams the journal (its records are read by records/comparison.h). Throws Error with file and
/// line.
Journal digest_journal(const std::filesystem::path& file, const JournalOptions& options = {});

}  // namespace juror
