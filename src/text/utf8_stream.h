// Incremental decoding for streaming: tokens may end in the middle of a character, what is shown
// must not.
#pragma once

#include <string>
#include <string_view>

namespace juror {

/// Takes bytes in pieces and gives back text in whole characters. All texts together equal the
/// lossy decoding of all bytes together: what can be no UTF-8 becomes U+FFFD, one for each maximal
/// prefix of a character.
class Utf8Stream {
 public:
  /// The text that became certain with these bytes; at most three bytes are kept back.
  std::string feed(std::string_view bytes);

  /// What is left at the end: empty, or U+FFFD for a character that was never finished. Starts
  /// anew.
  std::string finish();

 private:
  std::string pending_;
};

}  // namespace juror
