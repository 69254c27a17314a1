#include "serve/router.h"

#include <fmt/format.h>

namespace juror {

HttpReply Router::handle(const HttpRequest& request) const {
  const auto found = handlers_.find(request.path);
  if (found == handlers_.end())
    throw HttpError(404, "not_found",
                    "There is nothing at this path; GET /openapi.json lists what there is.");
  const auto handler = found->second.find(request.method == "HEAD" ? "GET" : request.method);
  if (handler != found->second.end()) return handler->second(request);
  std::string methods;
  for (const auto& [method, unused] : found->second)
    methods += (methods.empty() ? "" : ", ") + method;
  HttpReply response = error_response(405, "method_not_allowed",
                                      fmt::format("{} is asked by {}.", request.path, methods));
  response.headers.emplace_back("Allow", methods);
  return response;
}

std::map<std::string, std::set<std::string>> Router::paths() const {
  std::map<std::string, std::set<std::string>> paths;
  for (const auto& [path, methods] : handlers_)
    for (const auto& [method, unused] : methods) paths[path].insert(method);
  return paths;
}

}  // namespace juror
