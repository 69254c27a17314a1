// The journal of an evaluation: a header, then the comparisons of one finished example after
// another. docs/formats.md has every key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eval/record.h"
#include "judge/judge.h"

namespace juror {

/// A journal as read. Examples without all their lines (a crash) are dropped.
struct EvalJournal {
  nlohmann::ordered_json header;  ///< the object `eval`
  std::vector<FinishedExample> examples;
  std::uintmax_t whole_bytes = 0;  ///< of the file, up to the end of the last whole example
};

/// Reads line by line; the texts of votes and examples are not kept. Throws Error naming the file
/// and line of what is no journal: broken JSON before the last line, a missing or wrong key, an
/// example that comes twice.
EvalJournal read_journal(const std::filesystem::path& file);

/// What differs between two headers, as a sentence for each key; empty when nothing does.
std::vector<std::string> header_differences(const nlohmann::ordered_json& before,
                                            const nlohmann::ordered_json& now);

/// Appends to journal.jsonl.
class JournalWriter {
 public:
  /// Begins a journal. Throws Error if there is one already.
  static JournalWriter begin(const std::filesystem::path& file,
                             const nlohmann::ordered_json& header);

  /// Continues one: what stands in it comes back in `journal`. Throws Error naming every key of the
  /// header that differs.
  static JournalWriter resume(const std::filesystem::path& file,
                              const nlohmann::ordered_json& header, EvalJournal& journal);

  /// Writes the lines of a finished example in one go, and flushes. comparisons: one a pair of the
  /// example.
  void append(const EvalExample& example, std::span<const Comparison> comparisons,
              const RecordOrigin& origin);

  void append_failure(const std::string& example, const std::string& error);

 private:
  explicit JournalWriter(const std::filesystem::path& file);
  void write(const std::string& lines);

  std::filesystem::path file_;
  std::ofstream out_;
};

}  // namespace juror
