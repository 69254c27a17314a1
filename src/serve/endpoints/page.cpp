// The page: GET / and its files at /page/NAME.
#include "serve/page.h"
#include "serve/endpoints/endpoints.h"

namespace juror {
namespace {

const char* type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return "image/svg+xml";
}

HttpReply page_file(const EmbeddedFile& file) {
  return {.content_type = type_of(file.name),
          .body = std::string(file.bytes),
          .headers = {{"Cache-Control", "no-cache"},
                      {"Content-Security-Policy",
                       "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; "
                       "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"},
                      {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace

void add_page_endpoints(Router& router) {
  for (const EmbeddedFile& file : embedded_files()) {
    const auto handler = [&file](const HttpRequest&) { return page_file(file); };
    router.add("GET", "/page/" + std::string(file.name), handler);
    if (file.name == "index.html") router.add("GET", "/", handler);
  }
}

}  // namespace juror
