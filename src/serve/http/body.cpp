#include "serve/http/body.h"

#include <fmt/format.h>

namespace juror {
namespace {

constexpr std::size_t kMostChunkLine = 256;
constexpr int kMostTrailers = 32;

/// Why no more bytes came.
[[noreturn]] void refuse(const Connection& connection) {
  if (connection.fault() == Connection::Fault::kTimeout)
    throw HttpError(408, "timeout", "The request's body came too slowly.");
  throw HttpError(400, "bad_body", "The request's body is cut short or its chunks are broken.");
}

[[noreturn]] void refuse_size(std::uint64_t most_bytes) {
  throw HttpError(413, "body_too_large",
                  fmt::format("At most {} bytes of a body are read (--max-body-mb).", most_bytes));
}

/// "1a2b" or "1a2b;extension". Source: RFC 9112, section 7.1.
std::uint64_t chunk_size(const std::string& line, const Connection& connection) {
  const std::string digits = line.substr(0, line.find(';'));
  const bool is_number = !digits.empty() && digits.size() <= 8 &&
                         digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (!is_number) refuse(connection);
  return std::stoull(digits, nullptr, 16);
}

std::string read_chunks(Connection& connection, std::uint64_t most_bytes,
                        const std::function<void(std::uint64_t)>& take_room) {
  std::string body;
  while (true) {
    const auto line = connection.read_line(kMostChunkLine);
    if (!line) refuse(connection);
    const std::uint64_t size = chunk_size(*line, connection);
    if (size == 0) break;
    if (body.size() + size > most_bytes) refuse_size(most_bytes);
    take_room(size);
    if (!connection.read_exactly(size, body) || connection.read_line(0) != "") refuse(connection);
  }
  for (int i = 0; i < kMostTrailers; ++i) {
    const auto line = connection.read_line(kMostChunkLine);
    if (!line) refuse(connection);
    if (line->empty()) return body;
  }
  refuse(connection);
}

}  // namespace

std::string read_body(Connection& connection, const RequestHead& head, std::uint64_t most_bytes,
                      const std::function<void(std::uint64_t)>& take_room) {
  const std::uint64_t length = head.content_length.value_or(0);
  if (!head.is_chunked && length == 0) return {};
  if (length > most_bytes) refuse_size(most_bytes);
  take_room(length);
  if (head.expects_continue) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    connection.write(kContinue.data(), kContinue.size());
  }
  if (head.is_chunked) return read_chunks(connection, most_bytes, take_room);
  std::string body;
  body.reserve(length);
  if (!connection.read_exactly(length, body)) refuse(connection);
  return body;
}

}  // namespace juror
