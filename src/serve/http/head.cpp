#include "serve/http/head.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "serve/http/utf8.h"

namespace juror {
namespace {

[[noreturn]] void refuse(int status, const char* code, const std::string& message) {
  throw HttpError(status, code, message);
}

/// Letters of a header's name and of a method. Source: RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// The line up to CR LF, which is taken off `rest`.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find("\r\n");
  if (end == std::string_view::npos) refuse(400, "bad_request", "The request's head is cut short.");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  const bool has_control = std::any_of(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
  if (has_control)
    refuse(400, "bad_request", "The request's head has a control character or a bare line break.");
  return line;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void read_request_line(std::string_view line, const HeadLimits& limits, RequestHead& head) {
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || line.find(' ', first + 1) != last)
    refuse(400, "bad_request", "The request line is not METHOD TARGET VERSION.");
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  constexpr std::array kMethods = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};
  if (!is_token(head.method)) refuse(400, "bad_request", "The request's method is no word.");
  if (std::find(kMethods.begin(), kMethods.end(), head.method) == kMethods.end())
    refuse(501, "not_implemented", fmt::format("The method {} is not known here.", head.method));
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    refuse(505, "version_not_supported", "This server speaks HTTP/1.1.");
  head.keeps_alive = version == "HTTP/1.1";
  if (head.target.size() > limits.target_bytes)
    refuse(414, "uri_too_long",
           fmt::format("The target has {} bytes, and at most {} are read.", head.target.size(),
                       limits.target_bytes));
  if (head.target.empty() || head.target[0] != '/')
    refuse(400, "bad_request", "The request's target must begin with '/'.");
}

void read_target(RequestHead& head) {
  const auto mark = head.target.find('?');
  head.path = percent_decoded(head.target.substr(0, mark), false);
  if (mark == std::string::npos) return;
  std::string_view rest = std::string_view(head.target).substr(mark + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    const std::string_view value = equals < pair.size() ? pair.substr(equals + 1) : "";
    if (!pair.empty())
      head.query.emplace(percent_decoded(pair.substr(0, equals), true),
                         percent_decoded(value, true));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void read_header(std::string_view line, RequestHead& head) {
  constexpr std::array kOnce = {"content-length", "transfer-encoding", "host",
                                "content-type",   "authorization",     "expect",
                                "origin",         "content-encoding"};
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    refuse(400, "bad_request", "A header line is not NAME: VALUE, or it is folded.");
  const std::string name = lower(line.substr(0, colon));
  const std::string value(trimmed(line.substr(colon + 1)));
  const auto [place, is_new] = head.headers.emplace(name, value);
  if (is_new) return;
  if (std::find(kOnce.begin(), kOnce.end(), name) != kOnce.end())
    refuse(400, "bad_request", fmt::format("The header {} comes twice.", name));
  place->second += ", " + value;
}

std::uint64_t read_length(const std::string& text) {
  const bool is_number = !text.empty() && text.size() <= 18 &&
                         text.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number) refuse(400, "bad_request", "Content-Length is no whole number.");
  return std::stoull(text);
}

void read_framing(const HeadLimits& limits, RequestHead& head) {
  const auto length = head.headers.find("content-length");
  const auto encoding = head.headers.find("transfer-encoding");
  if (length != head.headers.end() && encoding != head.headers.end())
    refuse(400, "bad_request", "Content-Length and Transfer-Encoding exclude one another.");
  if (encoding != head.headers.end()) {
    if (lower(encoding->second) != "chunked")
      refuse(501, "not_implemented", "The only transfer encoding that is read is 'chunked'.");
    head.is_chunked = true;
  }
  if (length != head.headers.end()) head.content_length = read_length(length->second);
  const bool has_body = head.is_chunked || head.content_length.value_or(0) > 0;
  if (has_body && (head.method == "GET" || head.method == "HEAD" || head.method == "OPTIONS"))
    refuse(400, "bad_request", fmt::format("{} takes no body.", head.method));
  if (head.content_length.value_or(0) > limits.body_bytes)
    refuse(413, "body_too_large",
           fmt::format("The body has {} bytes, and at most {} are read (--max-body-mb).",
                       *head.content_length, limits.body_bytes));
  const std::string coding = lower(head.header("content-encoding"));
  if (!coding.empty() && coding != "identity")
    refuse(
        415, "encoded_body",
        "Bodies are read as they are, without Content-Encoding; pictures are compressed anyhow.");
  if (!has_body && !head.content_length && (head.method == "POST" || head.method == "PUT"))
    refuse(411, "length_required", "A body needs Content-Length or chunks.");
}

}  // namespace

std::string percent_decoded(std::string_view text, bool plus_is_space) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0 || high + low == 0)
        refuse(400, "bad_request", "The request's target has a broken percent sign.");
      result += static_cast<char>(16 * high + low);
      i += 2;
    }
  }
  if (!is_utf8(result)) refuse(400, "bad_request", "The request's target is no UTF-8.");
  return result;
}

RequestHead read_head(std::string_view text, const HeadLimits& limits) {
  RequestHead head;
  read_request_line(take_line(text), limits, head);
  read_target(head);
  std::size_t lines = 0;
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    if (++lines > limits.headers)
      refuse(431, "too_many_headers",
             fmt::format("A request may have at most {} headers.", limits.headers));
    read_header(line, head);
  }
  if (head.keeps_alive && !head.headers.contains("host"))
    refuse(400, "bad_request", "The header Host is missing.");
  read_framing(limits, head);
  const std::string connection = lower(head.header("connection"));
  if (connection.find("close") != std::string::npos) head.keeps_alive = false;
  head.expects_continue = lower(head.header("expect")) == "100-continue";
  return head;
}

}  // namespace juror
