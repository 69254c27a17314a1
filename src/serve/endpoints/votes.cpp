// /v1/votes, /v1/leaderboard, /v1/export and the pictures of votes.
#include <fmt/format.h>

#include "base/file.h"
#include "serve/api/vote_call.h"
#include "serve/endpoints/endpoints.h"
#include "serve/vote_store.h"

namespace juror {
namespace {

std::optional<std::string> query_of(const HttpRequest& request, const std::string& key) {
  const auto found = request.query.find(key);
  if (found == request.query.end()) return std::nullopt;
  return found->second;
}

/// The hash of a picture of a vote, which is kept first. Throws HttpError for an unknown hash and
/// for what is no picture.
std::string kept_picture(const PictureSource& source, bool is_hash, RankRunner& runner,
                         VoteStore& store) {
  if (is_hash) {
    if (!store.image_file(source.text))
      throw HttpError(422, "unknown_image", source.name + ": no picture of this hash is kept.");
    return source.text;
  }
  const std::string bytes = picture_bytes(source.text, runner.reader().options());
  runner.reader().read(bytes, source.name, runner.service().model("").prompt_template);
  return store.put_image(bytes);
}

HttpReply give_vote(const HttpRequest& request, RankRunner& runner, VoteStore& store) {
  VoteCall call = read_vote_call(read_json_body(request.body), request.id);
  for (std::size_t i = 0; i < 2; ++i)
    call.vote.images[i] = kept_picture(call.pictures[i], call.is_hash[i], runner, store);
  if (call.vote.images[0] == call.vote.images[1])
    throw HttpError(422, "same_image", "Both images are the same file.");
  const bool is_new = store.add(call.vote);
  return json_reply({{"id", call.vote.id},
                     {"images", call.vote.images},
                     {"new", is_new},
                     {"votes", store.count()}},
                    is_new ? 201 : 200);
}

HttpReply list_votes(const HttpRequest& request, const VoteStore& store) {
  OrderedJson votes = OrderedJson::array();
  for (const HumanVote& vote : store.votes(query_of(request, "prompt")))
    votes.push_back(vote_json(vote));
  return json_reply({{"schema", 1}, {"votes", votes}});
}

HttpReply take_back(const HttpRequest& request, VoteStore& store) {
  const auto id = query_of(request, "id");
  if (!id) throw HttpError(400, "missing_key", "The vote is named by ?id=…");
  if (!store.remove(*id)) throw HttpError(404, "not_found", "There is no vote of this id.");
  return json_reply({{"id", *id}, {"votes", store.count()}});
}

HttpReply rate(const HttpRequest& request, const VoteStore& store) {
  const std::string by = query_of(request, "by").value_or("image");
  if (by != "image" && by != "name") throw HttpError(400, "bad_value", "by is 'image' or 'name'.");
  const auto votes = store.votes(query_of(request, "prompt"));
  return json_reply(
      leaderboard_json(leaderboard(votes, by == "name" ? RatedBy::kName : RatedBy::kImage),
                       judge_agreement(votes, query_of(request, "model").value_or(""))));
}

HttpReply export_votes(const HttpRequest& request, const VoteStore& store) {
  const std::string format = query_of(request, "format").value_or("jsonl");
  const auto votes = store.votes(query_of(request, "prompt"));
  const auto file = [&](const std::string& hash) {
    const auto found = store.image_file(hash);
    return found ? "images/" + found->filename().string() : hash;
  };
  HttpReply response;
  if (format == "jsonl") {
    response = {.content_type = "application/x-ndjson", .body = votes_jsonl(votes, file)};
  } else if (format == "csv") {
    response = {.content_type = "text/csv; charset=utf-8", .body = votes_csv(votes)};
  } else {
    throw HttpError(400, "bad_value", "format is 'jsonl' or 'csv'.");
  }
  response.headers.emplace_back("Content-Disposition",
                                fmt::format("attachment; filename=\"votes.{}\"", format));
  return response;
}

HttpReply picture(const HttpRequest& request, const VoteStore& store) {
  const auto file = store.image_file(query_of(request, "hash").value_or(""));
  if (!file) throw HttpError(404, "not_found", "No picture of this hash is kept.");
  const std::string ending = file->extension();
  return {.content_type = ending == ".png"   ? "image/png"
                          : ending == ".jpg" ? "image/jpeg"
                                             : "image/webp",
          .body = read_file(*file),
          .headers = {{"Cache-Control", "private, max-age=31536000, immutable"}}};
}

}  // namespace

void add_vote_endpoints(Router& router, ServerParts parts, VoteStore& store) {
  RankRunner& runner = parts.runner;
  router.add("POST", "/v1/votes",
             [&](const HttpRequest& request) { return give_vote(request, runner, store); });
  router.add("GET", "/v1/votes",
             [&](const HttpRequest& request) { return list_votes(request, store); });
  router.add("DELETE", "/v1/votes",
             [&](const HttpRequest& request) { return take_back(request, store); });
  router.add("GET", "/v1/leaderboard",
             [&](const HttpRequest& request) { return rate(request, store); });
  router.add("GET", "/v1/export",
             [&](const HttpRequest& request) { return export_votes(request, store); });
  router.add("GET", "/v1/images",
             [&](const HttpRequest& request) { return picture(request, store); });
}

}  // namespace juror
