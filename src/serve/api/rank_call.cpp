#include "serve/api/rank_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "judge/comparison_json.h"
#include "records/json_lines.h"

namespace juror {
namespace {

/// Those that are no options of the commands.
const std::vector<std::string> kKeys = {"model", "prompt", "images",    "mode",   "both_orders",
                                        "seed",  "top_n",  "timeout_s", "stream", "explain"};

/// Options of the commands that are the server's affair.
bool is_servers(const Option& option) { return option.name == "batch_rows"; }

/// All that a request may set; what one answer may take is less than on a command line.
std::vector<Option> request_options(RankCall& call) {
  std::vector<Option> options = policy_options(call);
  for (const Option& option : list_options(call.judge.sampling)) options.push_back(option);
  for (Option& option : options) {
    if (option.name == "max_new_tokens") option.range.high = 4096;
  }
  return options;
}

const std::vector<std::string>& known_keys() {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> keys = kKeys;
    RankCall call;
    for (const Option& option : request_options(call)) keys.push_back(option.name);
    return keys;
  }();
  return known;
}

void require_images(std::size_t count, const RankDefaults& defaults) {
  if (count < 2)
    throw HttpError(400, "too_few_images",
                    fmt::format("A ranking needs two images or more, and {} came.", count));
  if (count > static_cast<std::size_t>(defaults.max_images))
    throw HttpError(413, "too_many_images",
                    fmt::format("{} images came, and one ranking takes at most {} (--max-images).",
                                count, defaults.max_images));
}

/// Both names of one thing in a request would contradict each other or say nothing new.
void refuse_both(const Fields& fields, const char* one, const char* other) {
  if (fields.has(one) && fields.has(other))
    refuse_value(fmt::format("{} and {} say the same thing: leave one of them out.", one, other));
}

/// Sets what a request has of `options`, which are bound to the call.
void read_given(const Fields& fields, std::vector<Option> options, RankCall& call) {
  for (Option& option : options) fields.set(std::move(option));
  if (fields.has("stop_top_k")) call.is_top_k_usual = false;
}

/// Of what options allow, what makes no sense.
void require_sense(const Fields& fields, const RankCall& call) {
  if (call.session.budget == 0)
    refuse_value(
        "budget is 0, and no comparison ranks nothing: 1 or more, or -1 for as many as are "
        "usual.");
  if (fields.boolean("listener_check").value_or(false) && !call.judge.thinks())
    refuse_value(
        fmt::format("listener_check reads thoughts again, and {} has none: leave one of them out.",
                    call.judge.think ? "effort low" : "judging without thinking"));
}

void read_voting(const Fields& fields, RankCall& call) {
  refuse_both(fields, "mode", "think");
  refuse_both(fields, "both_orders", "orders");
  if (const auto mode = fields.text("mode")) {
    if (*mode != "think" && *mode != "fast")
      throw HttpError(400, "bad_value",
                      fmt::format("mode is '{}', and 'think' (thoughts, then votes) or 'fast' (one "
                                  "forward read an order) is expected.",
                                  *mode));
    call.judge.think = *mode == "think";
  }
  if (const auto both = fields.boolean("both_orders")) call.judge.orders = *both ? "both" : "given";
  call.judge.seed = fields.integer("seed", {0, 9e15}).value_or(call.judge.seed);
  call.ranking.seed = call.judge.seed;
  read_given(fields, request_options(call), call);
  require_sense(fields, call);
}

/// A field of a form as JSON: numbers and truth values as such, for the keys that are no text.
Json field_value(const HttpPart& part) {
  if (part.name == "prompt" || part.name == "model" || part.name == "mode") return part.body;
  const Json value = Json::parse(part.body, nullptr, false);
  return value.is_discarded() ? Json(part.body) : value;
}

bool is_picture_part(const HttpPart& part) {
  return part.name == "image" || part.name == "images" || part.name == "images[]" ||
         part.name == "file" || part.name == "files";
}

/// The share of the votes that a picture won.
double win_rate(std::size_t picture, const std::vector<Comparison>& comparisons) {
  double wins = 0, count = 0;
  for (const Comparison& comparison : comparisons) {
    const bool is_first = comparison.pair.first == picture;
    if ((!is_first && comparison.pair.second != picture) || std::isnan(comparison.result.p))
      continue;
    wins += is_first ? comparison.result.p : 1 - comparison.result.p;
    ++count;
  }
  return count == 0 ? kUnknown : wins / count;
}

OrderedJson result_rows(const RankReply& reply) {
  const RankOutcome& outcome = reply.outcome;
  OrderedJson rows = OrderedJson::array();
  for (const std::size_t place : outcome.ranking.order) {
    if (reply.call.top_n > 0 && rows.size() == reply.call.top_n) break;
    const RankedItem& item = outcome.ranking.items[place];
    const std::size_t picture = outcome.shown[place];
    const std::size_t index = reply.indices[picture];
    OrderedJson tied = OrderedJson::array();
    for (const std::size_t other : item.tied_with)
      tied.push_back(reply.indices[outcome.shown[other]]);
    OrderedJson row = {{"index", index}};
    const PictureSource& source = reply.call.images[index];
    row["id"] = source.id.empty() ? OrderedJson(nullptr) : OrderedJson(source.id);
    row["position"] = item.position;
    row["rank"] = item.rank;
    row["tied_with"] = tied;
    row["score"] = item.score;
    row["win_rate"] = json_number(win_rate(picture, outcome.comparisons));
    row["ci"] = {item.score_low, item.score_high};
    if (reply.call.explain) row["reasoning"] = outcome.reasons[picture];
    rows.push_back(std::move(row));
  }
  return rows;
}

OrderedJson comparison_rows(const RankReply& reply) {
  OrderedJson rows = OrderedJson::array();
  for (const Comparison& comparison : reply.outcome.comparisons) {
    OrderedJson row = comparison_json(comparison, reply.criteria);
    row["pair"] = {reply.indices[comparison.pair.first], reply.indices[comparison.pair.second]};
    if (!reply.call.explain) row.erase("votes");
    rows.push_back(std::move(row));
  }
  return rows;
}

OrderedJson failure_rows(const RankReply& reply) {
  OrderedJson rows = OrderedJson::array();
  const auto add = [&](std::size_t index, const std::string& code, const std::string& message) {
    const std::string& id = reply.call.images[index].id;
    rows.push_back({{"index", index},
                    {"id", id.empty() ? OrderedJson(nullptr) : OrderedJson(id)},
                    {"code", code},
                    {"message", message}});
  };
  for (const auto& [index, error] : reply.failures) add(index, error.code(), error.what());
  for (const auto& [picture, message] : reply.outcome.refused)
    add(reply.indices[picture], "bad_image", message);
  return rows;
}

OrderedJson warnings_of(const RankReply& reply) {
  OrderedJson warnings = OrderedJson::array();
  if (reply.ignores_prompt && !reply.call.prompt.empty())
    warnings.push_back(
        "This model's template takes no prompt: the pictures are judged without it.");
  std::int64_t votes = 0, unread = 0, listened = 0, contradictions = 0;
  for (const Comparison& comparison : reply.outcome.comparisons) {
    votes += comparison.result.votes;
    unread += comparison.result.unread;
    listened += comparison.listened;
    contradictions += comparison.contradictions;
  }
  if (unread > 0)
    warnings.push_back(fmt::format("{} of {} votes could not be read.", unread, votes));
  if (contradictions > 0)
    warnings.push_back(
        fmt::format("{} of {} thoughts speak for the other picture than their answer.",
                    contradictions, listened));
  if (reply.outcome.comparisons.size() < reply.outcome.possible_pairs)
    warnings.push_back(fmt::format("{} of {} pairs were compared ({}).",
                                   reply.outcome.comparisons.size(), reply.outcome.possible_pairs,
                                   name(reply.outcome.stopped)));
  return warnings;
}

/// Ranks and scores by picture of the request, null for those that were not judged: the two lists
/// of ImageReward's inference_rank.
void add_lists(const RankReply& reply, OrderedJson& json) {
  const std::size_t n = reply.call.images.size();
  OrderedJson ranking(n, nullptr), rewards(n, nullptr);
  for (std::size_t place = 0; place < reply.outcome.shown.size(); ++place) {
    const std::size_t index = reply.indices[reply.outcome.shown[place]];
    ranking[index] = reply.outcome.ranking.items[place].position;
    rewards[index] = reply.outcome.ranking.items[place].score;
  }
  json["ranking"] = ranking;
  json["rewards"] = rewards;
}

}  // namespace

RankCall default_call(const RankDefaults& defaults) {
  return {.judge = defaults.judge,
          .session = defaults.session,
          .ranking = defaults.ranking,
          .is_top_k_usual = true,
          .timeout_s = defaults.timeout_s};
}

std::vector<Option> policy_options(RankCall& call) {
  std::vector<Option> options = list_options(call.judge);
  const std::vector<Option> sampling = list_options(call.judge.sampling);
  std::erase_if(options, [&](const Option& option) {
    return is_servers(option) ||
           std::any_of(sampling.begin(), sampling.end(),
                       [&](const Option& other) { return other.name == option.name; });
  });
  for (const Option& option : list_options(call.session)) options.push_back(option);
  for (Option& option : options)
    if (option.name == "votes") option.range.high = 256;
  return options;
}

void read_policy(const Fields& fields, RankCall& call) {
  read_given(fields, policy_options(call), call);
  require_sense(fields, call);
}

void require_template_can(const RankCall& call, const PromptTemplate& prompt_template) {
  const AnswerFormat format = prompt_template.format();
  if (call.judge.listener_check && format != AnswerFormat::kChoice)
    throw HttpError(422, "bad_value",
                    fmt::format("listener_check reads a decision between 1 and 2, and this model's "
                                "prompt template answers with '{}'. Leave it out.",
                                name(format)));
  if (call.judge.orders != "both" && format == AnswerFormat::kRating)
    throw HttpError(422, "bad_value",
                    "orders is about pictures that are shown together, and this model's prompt "
                    "template rates them one by one. Leave it out.");
}

RankCall read_rank_call(const Json& json, const RankDefaults& defaults) {
  const Fields fields(json);
  fields.refuse_others(known_keys());
  RankCall call = default_call(defaults);
  call.model = fields.text("model").value_or("");
  call.prompt = fields.text("prompt").value_or("");
  if (const Json* images = fields.list("images")) {
    for (std::size_t i = 0; i < images->size(); ++i)
      call.images.push_back(picture_source((*images)[i], fmt::format("images[{}]", i)));
  }
  read_voting(fields, call);
  call.top_n = static_cast<std::size_t>(fields.integer("top_n", {1, 1e6}).value_or(0));
  call.explain = fields.boolean("explain").value_or(true);
  call.timeout_s = fields.number("timeout_s", {0.001, defaults.timeout_s}).value_or(call.timeout_s);
  require_images(call.images.size(), defaults);
  return call;
}

RankCall read_rank_form(const std::vector<HttpPart>& parts, const RankDefaults& defaults) {
  Json json = {{"images", Json::array()}};
  std::vector<PictureSource> images;
  for (const HttpPart& part : parts) {
    if (!is_picture_part(part)) {
      json[part.name] = field_value(part);
      continue;
    }
    const std::string name =
        part.filename.empty() ? fmt::format("images[{}]", images.size()) : part.filename;
    images.push_back({.id = part.filename,
                      .name = name,
                      .text = part.body,
                      .is_bytes = !looks_like_picture(part.body)});
    json["images"].push_back("-");
  }
  RankCall call = read_rank_call(json, defaults);
  if (call.images.size() != images.size())
    throw HttpError(400, "bad_value", "Pictures of a form come as its parts, not as a list.");
  call.images = std::move(images);
  return call;
}

std::vector<std::optional<double>> scores_by_index(std::size_t images, const Indices& indices,
                                                   const RankOutcome& outcome) {
  std::vector<std::optional<double>> scores(images);
  for (std::size_t place = 0; place < outcome.shown.size(); ++place)
    scores.at(indices[outcome.shown[place]]) = outcome.ranking.items[place].score;
  return scores;
}

OrderedJson rank_json(const RankReply& reply) {
  const RankOutcome& outcome = reply.outcome;
  OrderedJson json = {{"schema", 1},
                      {"object", "ranking"},
                      {"model", reply.model},
                      {"prompt", reply.call.prompt},
                      {"seed", reply.call.judge.seed},
                      {"results", result_rows(reply)},
                      {"comparisons", comparison_rows(reply)}};
  add_lists(reply, json);
  json["cycles"] = outcome.ranking.cycles;
  std::int64_t votes = 0;
  for (const Comparison& comparison : outcome.comparisons) votes += comparison.result.votes;
  json["usage"] = {{"prompt_tokens", outcome.prompt_tokens},
                   {"completion_tokens", outcome.completion_tokens},
                   {"total_tokens", outcome.prompt_tokens + outcome.completion_tokens},
                   {"comparisons", outcome.comparisons.size()},
                   {"votes", votes}};
  json["stopped_by"] = name(outcome.stopped);
  json["timings"] = {{"queue_ms", 1000 * outcome.waited_s},
                     {"judge_ms", 1000 * outcome.judged_s},
                     {"total_ms", 1000 * reply.seconds},
                     {"cached", reply.was_remembered}};
  json["warnings"] = warnings_of(reply);
  json["errors"] = failure_rows(reply);
  return json;
}

}  // namespace juror
