// From pictures as clients send them to outcomes: decoding in the request's threads, waiting for
// the thread that owns the models.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "serve/api/rank_call.h"
#include "serve/judge_service.h"
#include "serve/picture_reader.h"

namespace juror {

/// The pictures of one ranking; those that cannot be read fail alone.
struct GatheredPictures {
  std::vector<std::shared_ptr<const ServedPicture>> pictures;
  Indices indices;  ///< of the sources
  ImageFailures failures;
};

/// Until when somebody waits.
struct Patience {
  ServiceClock::time_point until;
  std::function<bool()> is_abandoned = {};  ///< null: nobody can tell

  static Patience of(const HttpRequest& request, double timeout_s);
};

/// One picture of many, of which those of one group are ranked together.
struct GroupItem {
  std::string group, prompt;
  PictureSource picture;
};

struct ScoredItem {
  std::optional<double> score;       ///< win probability within the group
  std::optional<HttpError> failure;  ///< why there is none
};

struct GroupScores {
  std::vector<ScoredItem> items;
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
};

class RankRunner {
 public:
  RankRunner(JudgeService& service, PictureReader& reader) : service_(service), reader_(reader) {}

  /// Decodes, several at a time. Throws HttpError (503) when there is no memory for them now.
  GatheredPictures gather(const std::vector<PictureSource>& sources, const ModelSource& model);

  /// Queues the ranking. Throws HttpError: 422 when fewer than two pictures are there, with the
  /// reason of the first that failed.
  RankTicket submit(const RankCall& call, const std::string& model,
                    const GatheredPictures& gathered);

  /// Waits; `told` hears of progress and may end the waiting with false. Throws HttpError: 504 at
  /// the deadline, 499 when the client has gone, and what the ranking ended with.
  static std::shared_ptr<const RankOutcome> wait(
      const RankTicket& ticket, const Patience& patience,
      const std::function<bool(std::size_t done, std::size_t total)>& told = {});

  /// Ranks each group; an item fails alone, and a group of fewer than two with all its items.
  GroupScores score(const std::vector<GroupItem>& items, const RankCall& options,
                    const Patience& patience);

  JudgeService& service() { return service_; }
  PictureReader& reader() { return reader_; }

 private:
  JudgeService& service_;
  PictureReader& reader_;
};

}  // namespace juror
