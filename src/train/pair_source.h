// Where GRPO's training pairs come from: people's preferences in a file, or synthetic photos with
// simulated voters. A pair is named by an index alone, so that it can be made on any thread and
// again after a resume.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/photos.h"
#include "judge/engine/prompt.h"
#include "synth/voters.h"

namespace juror {

/// Two candidates for a prompt, and how people voted; or a list of three and more, and how people
/// ranked it.
struct TrainingPair {
  std::string id;
  std::string prompt;
  Candidate first, second;
  std::array<std::string, 2> images;  ///< names for people
  std::optional<double> vote_share;   ///< share of voters for the first; none for unlabelled images
  std::vector<Candidate> others = {};  ///< of a list: those behind the second
  std::vector<int> ranks = {};         ///< of a list: people's rank of each, 1 = best

  std::size_t size() const { return 2 + others.size(); }
};

class PairSource;
/// A pair, or the sentence that says why it cannot be had.
struct PairOrError {
  std::optional<TrainingPair> pair;
  std::string error;
};
/// Throws nothing that is the data's fault.
PairOrError try_pair(const PairSource& source, std::uint64_t index);
/// The pair. Where it could not be had: none, and a warning with its sentence, if `skip` says to go
/// on; else throws Error with that sentence (unreadable_image).
std::optional<TrainingPair> readable_pair(PairOrError made, bool skip);

class PairSource {
 public:
  virtual ~PairSource() = default;
  /// The pair at `index`, 0 and on without end: each round of the data in an order of its own. Safe
  /// to call from several threads. Throws Error naming the file for an image that cannot be read.
  virtual TrainingPair pair(std::uint64_t index) const = 0;
  /// What a page can show of the pair at `index`: paths, or data: URIs of small JPEGs where no file
  /// holds the pictures.
  virtual std::vector<std::string> pictures(std::uint64_t index) const = 0;
  /// Pairs in one round; none where they never repeat.
  virtual std::optional<std::uint64_t> round() const = 0;
  /// A hash of what pairs come of: the same data or other.
  virtual std::uint64_t fingerprint() const = 0;
  /// Leaves out the pairs that nobody voted on and returns how many they were. Throws Error when
  /// none is left, naming one of them and `what` needs votes.
  virtual std::int64_t leave_out_unlabelled(const std::string& what) {
    static_cast<void>(what);
    return 0;
  }
};

/// Degraded photos in pairs, with the votes of simulated people. A pair stands in the order that
/// its index drew.
class SynthPairs : public PairSource {
 public:
  struct Recipe {
    SynthOptions synth;
    VoterOptions voters;
    /// The voters' true preference instead of a draw of them: to evaluate on.
    bool exact_shares = false;
  };
  SynthPairs(std::shared_ptr<const PhotoSet> photos, Recipe recipe, const Processor& processor,
             const PromptTemplate& prompt_template, std::uint64_t seed)
      : photos_(std::move(photos)),
        recipe_(std::move(recipe)),
        processor_(processor),
        template_(prompt_template),
        seed_(seed) {}
  TrainingPair pair(std::uint64_t index) const override;
  std::vector<std::string> pictures(std::uint64_t index) const override;
  std::optional<std::uint64_t> round() const override { return {}; }
  std::uint64_t fingerprint() const override { return photos_->fingerprint(); }

 private:
  std::shared_ptr<const PhotoSet> photos_;
  Recipe recipe_;
  const Processor& processor_;
  const PromptTemplate& template_;
  std::uint64_t seed_;
};

/// All pairs of a data set's examples on which people are not even (unlabelled examples give all
/// their pairs). Each comes once a round; where rows differ in weight, as often as their weight
/// says. The order in which a pair is shown is drawn anew each round, since data sets leak the
/// answer in it. Examples are held in memory, images are read when a pair is asked for.
class ExamplePairs : public PairSource {
 public:
  /// Any data set that has a reader (data/dataset.h). With a `list_size` of three or more, lists of
  /// so many images of an example that people ranked (all of them where it has fewer, but three),
  /// drawn anew each round, in place of pairs. Throws Error if nothing is left.
  ExamplePairs(const std::filesystem::path& path, const DatasetOptions& options,
               const Processor& processor, const PromptTemplate& prompt_template,
               std::size_t list_size = 2);
  TrainingPair pair(std::uint64_t index) const override;
  std::vector<std::string> pictures(std::uint64_t index) const override;
  std::optional<std::uint64_t> round() const override { return places_.size(); }
  std::uint64_t fingerprint() const override;
  std::int64_t leave_out_unlabelled(const std::string& what) override;

 private:
  struct Place {
    std::size_t row, first, second;
  };
  Place place_at(std::uint64_t index) const;
  /// The images of the row that are shown at `index`, in their order.
  std::vector<std::size_t> images_at(const Place& place, std::uint64_t index) const;
  bool has_lists() const { return list_size_ > 2; }
  void sum_weights();

  std::vector<DatasetRow> rows_;
  std::filesystem::path path_;
  std::vector<Place> places_;
  std::vector<double> weight_sums_;  ///< of the places up to and with each; empty: all weigh alike
  const Processor& processor_;
  const PromptTemplate& template_;
  std::uint64_t seed_;
  std::size_t list_size_ = 2;
};

/// The item that stands at `position`, 0 … 1, when the items are laid side by side, each as wide as
/// its share of the weights. sums: of the weights up to and with each item.
std::size_t item_at(const std::vector<double>& sums, double position);

/// Position of `index` in a walk through 0 … count − 1 that visits all once a round, in a new order
/// each round.
std::uint64_t shuffled_index(std::uint64_t seed, std::uint64_t index, std::uint64_t count);

}  // namespace juror
