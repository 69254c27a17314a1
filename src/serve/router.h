// Which handler answers which method and path.
#pragma once

#include <map>
#include <set>
#include <string>

#include "serve/http/message.h"

namespace juror {

class Router {
 public:
  void add(const std::string& method, const std::string& path, HttpHandler handler) {
    handlers_[path][method] = std::move(handler);
  }
  /// Throws HttpError: 404 for an unknown path, 405 for another method of a known one. HEAD is GET.
  HttpReply handle(const HttpRequest& request) const;
  /// Paths with their methods, for /openapi.json.
  std::map<std::string, std::set<std::string>> paths() const;

 private:
  std::map<std::string, std::map<std::string, HttpHandler>> handlers_;
};

}  // namespace juror
