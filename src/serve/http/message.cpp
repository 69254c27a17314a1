#include "serve/http/message.h"

#include <new>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace juror {
namespace {

/// The word of OpenAI's API for a class of errors, which its clients look at.
const char* type_of(int status) {
  if (status == 401 || status == 403) return "authentication_error";
  if (status == 404) return "not_found_error";
  if (status == 429) return "rate_limit_error";
  if (status < 500) return "invalid_request_error";
  return status == 503 ? "overloaded_error" : "server_error";
}

}  // namespace

HttpReply error_response(int status, const std::string& code, const std::string& message) {
  const nlohmann::ordered_json body = {
      {"error", {{"code", code}, {"message", message}, {"type", type_of(status)}}}};
  HttpReply response{
      .status = status,
      .body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

HttpReply error_response(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const HttpError& error) {
    return error_response(error);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kUser) return error_response(422, "unprocessable", error.what());
    const int status = error.kind() == ErrorKind::kNetwork ? 502 : 500;
    return error_response(status, "failed", error.what());
  } catch (const std::bad_alloc&) {
    return error_response(503, "out_of_memory", "There is not enough memory for this now.");
  } catch (const std::exception& fault) {
    return error_response(500, "fault", std::string("This is a fault of ours: ") + fault.what());
  }
}

}  // namespace juror
