// Fuzz target: reading verdicts out of any bytes. Checks what must hold for every completion.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "preference/verdict.h"

namespace {

void check(bool condition) {
  if (!condition) std::abort();
}

void check_parse(std::string_view text, juror::AnswerFormat format, juror::Ending ending) {
  const juror::ParsedAnswer parsed = juror::parse_answer(text, format, ending);
  const bool ok = parsed.status == juror::Status::kOk;
  check(parsed.status != juror::Status::kForced);
  check(ok == (parsed.decision_offset != juror::kNoOffset));
  check(ok == (parsed.choice != 0 || parsed.scores.has_value()));
  if (ok) check(text.substr(parsed.decision_offset).starts_with(parsed.answer));
  if (parsed.scores)
    check(std::isfinite(parsed.scores->first) && std::isfinite(parsed.scores->second));
}

void check_forced(std::string_view text, bool prompt_opens_thought) {
  const juror::ForcedRead forced = juror::forced_read(text, prompt_opens_thought);
  check(forced.keep <= text.size());
  const std::string whole = std::string(text.substr(0, forced.keep)) + forced.append + "2</answer>";
  const auto parsed = juror::parse_answer(whole, juror::AnswerFormat::kChoice, juror::Ending::kEos);
  check(parsed.status == juror::Status::kOk && parsed.choice == 2);
  check(parsed.decision_offset == forced.keep + forced.append.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto format : {juror::AnswerFormat::kChoice, juror::AnswerFormat::kScores}) {
    for (const auto ending : {juror::Ending::kEos, juror::Ending::kCut})
      check_parse(text, format, ending);
  }
  for (const bool opened : {false, true}) check_forced(text, opened);
  return 0;
}
