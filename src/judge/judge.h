// The product's verb: prompt and candidates -> comparisons, whoever votes. One piece of code for
// the engine and for a server.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "judge/policy.h"
#include "judge/voter.h"
#include "preference/pair_order.h"
#include "preference/vote.h"

namespace juror {

/// What is under way when somebody asks to stop is waited for this long.
inline constexpr std::chrono::seconds kStopGrace{5};

/// What the votes on one pair came to. Probabilities are P(first better).
struct Comparison {
  PairIndex pair;
  PairResult result;
  std::vector<Vote> votes;
  std::int64_t prompt_tokens = 0;      ///< of one order
  std::int64_t completion_tokens = 0;  ///< of all votes
  std::int64_t tokens = 0;  ///< of all prompts and completions, forward reads and listening too
  std::int64_t votes_saved = 0;     ///< that the policy allowed and early stopping left out
  std::int64_t listened = 0;        ///< votes whose thought was read again
  std::int64_t contradictions = 0;  ///< of them, whose thought speaks for the other image
};

/// A comparison on its way back to who asked for it.
struct FinishedComparison {
  std::size_t number = 0;        ///< that `ask` gave
  Comparison comparison;         ///< `pair` is left to the asker
  std::optional<Error> refusal;  ///< why there are no votes
};

/// Writes the questions of a template, has them answered and folds the votes.
class Judge {
 public:
  Judge(std::unique_ptr<Voter> voter, PromptTemplate prompt_template);

  /// The picture as questions show it. Throws Error for one that the template or the voter refuses.
  CandidateImage prepare(const Image& image) const;

  /// Compares pairs of candidates. A comparison does not depend on the other pairs nor on where its
  /// candidates stand in the list: its randomness is named by seed and image contents. Stops early,
  /// when `progress` says so: what was asked has five seconds to finish, and the comparisons done
  /// are returned in the order of `pairs`. Throws Error for a prompt that the template or the voter
  /// refuses.
  std::vector<Comparison> compare(const std::string& prompt,
                                  const std::vector<CandidateImage>& candidates,
                                  const std::vector<PairIndex>& pairs, const JudgeOptions& options,
                                  const Progress& progress = {});

  /// Puts the first questions of one pair, and others as the policy wants them; its comparison
  /// comes out of `poll` under the number returned. Throws Error for a prompt that the template or
  /// the voter refuses.
  std::size_t ask(const std::string& prompt, const CandidateImage& first,
                  const CandidateImage& second, const JudgeOptions& options);
  /// The same for a list of candidates, shown at once: two to six, by a template whose answer is a
  /// ranking. Orders are the list as given and backwards; p of its comparison says nothing, its
  /// votes have rankings.
  std::size_t ask_list(const std::string& prompt, std::vector<CandidateImage> candidates,
                       const JudgeOptions& options);
  bool has_room() const { return voter_->has_room(); }
  /// Lets the voter work for a moment (Voter::poll).
  std::optional<FinishedComparison> poll();
  /// Forgets every comparison that is not finished.
  void cancel();

  /// Tokens of one prompt that shows these at once, where the voter can tell; where images are
  /// rated one by one, of the first.
  std::optional<std::int64_t> prompt_tokens(const std::string& prompt,
                                            std::span<const CandidateImage> shown,
                                            bool think) const;

  /// Most tokens that a comparison of these can take, a list where they are more than two, as
  /// `Comparison::tokens` will count them.
  std::int64_t most_tokens(const std::string& prompt, std::span<const CandidateImage> shown,
                           const JudgeOptions& options);

  /// Of all comparisons finished so far.
  const VoteCounts& vote_counts() const { return counts_; }

  const PromptTemplate& prompt_template() const { return template_; }
  bool takes_prompt() const { return template_.user.find("{prompt}") != std::string::npos; }

 private:
  enum class Stage { kForwardRead, kVotes, kListening };
  /// A pair, or a list, whose votes are still coming.
  struct OpenPair {
    std::string prompt;
    std::vector<CandidateImage> candidates;
    JudgeOptions options;
    Stage stage = Stage::kVotes;
    /// By order: as given, swapped. Of ratings by image: the first, the second.
    std::array<std::vector<Verdict>, 2> verdicts = {};
    std::int64_t asked = 0;        ///< votes of each order so far
    std::size_t missing = 0;       ///< questions
    std::vector<Vote> votes = {};  ///< of both orders, once all are there
    Comparison costs = {};         ///< its tokens
    std::optional<Error> refusal = {};
  };
  /// Where the votes on a question belong: an order, or when listening a vote.
  struct Place {
    std::size_t pair = 0, index = 0;
  };
  std::int64_t most_of_question(const std::string& prompt, std::span<const CandidateImage> shown,
                                const JudgeOptions& options);
  std::size_t open(OpenPair pair);
  void ask_round(std::size_t number, OpenPair& pair);
  void settle(std::size_t number);
  void ask_listener(std::size_t number, OpenPair& pair);
  void put(std::size_t number, OpenPair& pair, Question question, std::size_t index);
  void take(Votes votes);
  bool goes_on(std::size_t number, OpenPair& pair);
  FinishedComparison finish(std::size_t number);

  PromptTemplate template_;
  bool is_rating_;  // images are rated one by one
  std::unique_ptr<Voter> voter_;
  std::map<std::size_t, OpenPair> open_;    // by comparison number
  std::map<std::size_t, Place> questions_;  // by question number
  std::deque<FinishedComparison> finished_;
  std::size_t asked_ = 0;
  VoteCounts counts_;
};

}  // namespace juror
