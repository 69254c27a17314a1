// POST /v1/rank: the native request and its result as JSON. Pure functions; pictures come and go as
// words.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "serve/api/fields.h"
#include "serve/api/picture_source.h"
#include "serve/http/message.h"
#include "serve/rank_work.h"

namespace juror {

/// What a request may leave out: how this server judges.
struct RankDefaults {
  JudgeOptions judge = {};
  SessionOptions session = {};
  RankingOptions ranking = {};
  double timeout_s = 300;        ///< of one request
  std::int64_t max_images = 64;  ///< of one ranking
};

struct RankCall {
  std::string model, prompt;
  std::vector<PictureSource> images;
  JudgeOptions judge;
  SessionOptions session;
  RankingOptions ranking;
  bool is_top_k_usual = false;  ///< session.stop_top_k is the server's, not the request's
  std::size_t top_n = 0;        ///< 0: all
  bool explain = true;          ///< reasons, and the votes' thoughts among the comparisons
  double timeout_s = 300;
};

/// A call without prompt and pictures, as this server judges.
RankCall default_call(const RankDefaults& defaults);

/// What a request may say of how much its rankings take and how sure they are: the options of the
/// commands, under their names, bound to the call; fewer votes than on a command line.
std::vector<Option> policy_options(RankCall& call);

/// Sets those that a request has, in a shape of whatever API. Throws HttpError (400).
void read_policy(const Fields& fields, RankCall& call);

/// Throws HttpError (422) where the model's prompt template has no place for what is asked.
void require_template_can(const RankCall& call, const PromptTemplate& prompt_template);

/// Throws HttpError: 400 for keys and values that make no sense, 413 for too many images.
RankCall read_rank_call(const Json& json, const RankDefaults& defaults);

/// The same as multipart/form-data: fields of the keys' names, and pictures as parts named image,
/// images, images[] or file. Throws HttpError as above.
RankCall read_rank_form(const std::vector<HttpPart>& parts, const RankDefaults& defaults);

/// Pictures of a request that are not judged, by their index, and why.
using ImageFailures = std::map<std::size_t, HttpError>;

/// Where the pictures of a task stood in the request.
using Indices = std::vector<std::size_t>;

struct RankReply {
  const RankCall& call;
  const std::string& model;       ///< its name
  const ImageFailures& failures;  ///< without those that the outcome refuses
  const Indices& indices;
  const RankOutcome& outcome;
  const std::vector<std::string>& criteria;  ///< of the model's template
  bool was_remembered = false;
  double seconds = 0;           ///< of the whole request
  bool ignores_prompt = false;  ///< the model's template has no place for one
};

OrderedJson rank_json(const RankReply& reply);

/// The score of each picture of the request; nothing for those that were not judged.
std::vector<std::optional<double>> scores_by_index(std::size_t images, const Indices& indices,
                                                   const RankOutcome& outcome);

}  // namespace juror
