// Fuzz target: any bytes as a tokenizer.json, and any bytes as a text for a small tokenizer.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/bpe_trainer.h"
#include "text/tokenizer.h"
#include "text/unicode.h"
#include "text/utf8_stream.h"

namespace {

using juror::Tokenizer;

void check(bool condition) {
  if (!condition) std::abort();
}

/// A file either loads or is refused; what loads must tokenise and give the text back.
void check_file(std::string_view json) {
  try {
    const Tokenizer tokenizer = Tokenizer::from_json(json, "fuzz");
    const std::string_view text = "Hello, 2 worlds!";
    check(tokenizer.decode(tokenizer.encode(text)) == text);
  } catch (const juror::Error&) {
  }
}

void check_text(std::string_view text, Tokenizer::Special special) {
  static const Tokenizer tokenizer = Tokenizer::from_json(
      juror::train_bpe({"the image is sharp, the image is blurry; \u00e9\u00e9 \u4f60\u4f60"}),
      "trained");
  try {
    const std::vector<std::int64_t> ids = tokenizer.encode(text, special);
    check(tokenizer.decode(ids) == juror::nfc(text));
    for (const std::int64_t id : ids) {
      check(special == Tokenizer::Special::kParse || !tokenizer.is_special(id));
    }
  } catch (const juror::Error&) {
    check(juror::lossy_utf8(text) != text);  // refused only if it is no UTF-8
  }
}

void check_stream(std::string_view bytes) {
  juror::Utf8Stream stream;
  std::string text;
  for (const char byte : bytes) text += stream.feed({&byte, 1});
  check(text + stream.finish() == juror::lossy_utf8(bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_file(bytes);
  check_text(bytes, Tokenizer::Special::kText);
  check_text(bytes, Tokenizer::Special::kParse);
  check_stream(bytes);
  return 0;
}
