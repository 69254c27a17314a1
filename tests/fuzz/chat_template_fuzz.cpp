// Fuzz target: any bytes as a chat template, rendered for a small conversation.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "text/chat.h"
#include "text/unicode.h"

namespace {

void check(bool condition) {
  if (!condition) std::abort();
}

const std::string kUsersOwn = "\uE000";  // stands in the messages and nowhere else

/// The character can come from the messages alone, so it must be marked as theirs.
void check_origins(std::string_view source, const juror::jinja::MarkedText& text) {
  check(text.bytes.size() == text.origins.size());
  check(juror::lossy_utf8(text.bytes) == text.bytes);
  for (const std::string_view written :
       {std::string_view(kUsersOwn), std::string_view("e000"), std::string_view("E000")}) {
    if (source.find(written) != std::string_view::npos) return;
  }
  for (std::size_t at = text.bytes.find(kUsersOwn); at != std::string::npos;
       at = text.bytes.find(kUsersOwn, at + 1)) {
    for (std::size_t i = 0; i < kUsersOwn.size(); ++i)
      check(text.origin(at + i) == juror::jinja::Origin::kMessage);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string source(reinterpret_cast<const char*>(data), size);
  const std::vector<juror::Message> messages = {
      {"system", {{juror::ContentPart::kText, "Judge " + kUsersOwn}}, true},
      {"user",
       {{juror::ContentPart::kText, kUsersOwn + " a \n" + kUsersOwn},
        {juror::ContentPart::kImage, ""}}}};
  try {
    const auto chat_template = juror::ChatTemplate::parse(source, "fuzz", {{"bos_token", "<s>"}});
    check_origins(source, juror::render_chat(messages, chat_template, {.enable_thinking = true}));
  } catch (const juror::Error&) {
  }
  return 0;
}
