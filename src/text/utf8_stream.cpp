#include "text/utf8_stream.h"

#include "text/unicode.h"

namespace juror {
namespace {

/// The bytes at the end that may yet become a character: at most three.
std::size_t unfinished_bytes(std::string_view bytes) {
  for (std::size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const std::string_view tail = bytes.substr(bytes.size() - back);
    const Utf8Step step = utf8_step(tail);
    if (step.kind == Utf8Step::kIncomplete && step.length == back) return back;
  }
  return 0;
}

}  // namespace

std::string Utf8Stream::feed(std::string_view bytes) {
  pending_ += bytes;
  const std::size_t certain = pending_.size() - unfinished_bytes(pending_);
  std::string text = lossy_utf8(std::string_view(pending_).substr(0, certain));
  pending_.erase(0, certain);
  return text;
}

std::string Utf8Stream::finish() {
  std::string text = lossy_utf8(pending_);
  pending_.clear();
  return text;
}

}  // namespace juror
