#include "serve/api/rerank_call.h"

#include <fmt/format.h>

#include <algorithm>

namespace juror {
namespace {

PictureSource document_source(const Json& json, const std::string& where) {
  const bool is_words = (json.is_string() && !looks_like_picture(json.get<std::string>())) ||
                        (json.is_object() && json.contains("text") && !json.contains("image") &&
                         !json.contains("image_url") && !json.contains("content"));
  if (is_words)
    throw HttpError(422, "document_is_text",
                    fmt::format("{} is words, and this judge ranks images: send a data URI or "
                                "base64 of a JPEG, PNG or WebP.",
                                where));
  return picture_source(json, where);
}

/// A document as it is given back: an object, a text under the key that it stands for.
OrderedJson returned_document(const Json& given) {
  if (given.is_string()) return {{"image", given.get<std::string>()}};
  return given;
}

/// The list of documents, wherever a client puts it; null where there is none. vLLM's clients also
/// write {"content": [part, …]}, one document a part.
const Json* documents_of(const Fields& fields) {
  const bool has_content = fields.has("documents") && fields.value("documents").is_object() &&
                           fields.value("documents").contains("content");
  if (!has_content) return fields.list(fields.has("documents") ? "documents" : "data");
  const Json& content = fields.value("documents")["content"];
  if (!content.is_array()) refuse_value("documents.content is no list.");
  return &content;
}

}  // namespace

RerankCall read_rerank_call(const Json& json) {
  const Fields fields(json);
  RerankCall call;
  call.model = fields.text("model").value_or("");
  if (!fields.has("query"))
    throw HttpError(400, "missing_key",
                    "query is missing: the text that the images are judged by.");
  call.query = query_text(fields.value("query"), "query");
  const Json* documents = documents_of(fields);
  if (documents == nullptr || documents->empty())
    throw HttpError(400, "missing_key", "documents is missing or empty: a list of images.");
  for (std::size_t i = 0; i < documents->size(); ++i)
    call.documents.push_back(document_source((*documents)[i], fmt::format("documents[{}]", i)));
  call.top_n = static_cast<std::size_t>(fields.integer("top_n", {0, 1e6}).value_or(0));
  call.returns_documents = fields.boolean("return_documents").value_or(false);
  if (call.returns_documents) call.given = *documents;
  return call;
}

OrderedJson rerank_json(const RerankReply& reply) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < reply.scores.size(); ++i)
    if (reply.scores[i]) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return *reply.scores[a] > *reply.scores[b];
  });
  if (reply.call.top_n > 0) order.resize(std::min(order.size(), reply.call.top_n));
  OrderedJson results = OrderedJson::array(), errors = results, warnings = results;
  for (const std::size_t i : order) {
    OrderedJson row = {{"index", i}, {"relevance_score", *reply.scores[i]}};
    if (reply.call.returns_documents) row["document"] = returned_document(reply.call.given.at(i));
    results.push_back(std::move(row));
  }
  for (const auto& [index, error] : reply.failures)
    errors.push_back({{"index", index}, {"code", error.code()}, {"message", error.what()}});
  if (reply.is_alone)
    warnings.push_back(
        "One document was left to rank: nothing was compared, its score says nothing.");
  return {{"id", reply.id},
          {"object", "list"},
          {"model", reply.model},
          {"results", results},
          {"usage", {{"prompt_tokens", reply.tokens}, {"total_tokens", reply.tokens}}},
          {"meta", {{"api_version", {{"version", "2"}}}, {"billed_units", {{"search_units", 1}}}}},
          {"warnings", warnings},
          {"errors", errors}};
}

}  // namespace juror
