// Reranking as Jina, Cohere and vLLM ask for it, with images as documents. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "serve/api/fields.h"
#include "serve/api/picture_source.h"
#include "serve/api/rank_call.h"

namespace juror {

struct RerankCall {
  std::string model, query;
  std::vector<PictureSource> documents;
  Json given;  ///< the documents as they came, to be returned
  std::size_t top_n = 0;
  bool returns_documents = false;
};

/// Keys that these APIs have and a judge has no use for are passed over; so are unknown ones.
/// Throws HttpError: 400 for wrong types, 422 for documents that are words.
RerankCall read_rerank_call(const Json& json);

struct RerankReply {
  const RerankCall& call;
  const std::string& id;                             ///< of the request
  const std::string& model;                          ///< its name
  const std::vector<std::optional<double>>& scores;  ///< by document
  const ImageFailures& failures;
  std::int64_t tokens = 0;
  bool is_alone = false;  ///< one document: nothing was compared
};

OrderedJson rerank_json(const RerankReply& reply);

}  // namespace juror
