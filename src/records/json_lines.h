// Files with one JSON object a line: metrics, logged completions, journals.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace juror {

/// Where a line stands, for errors: "runs/a/metrics.jsonl:12".
struct LinePlace {
  std::filesystem::path file;
  std::int64_t line = 0;
  std::uintmax_t end = 0;  ///< of the line with its line break, in bytes of the file
  bool is_whole = true;    ///< it has a line break: its writer came to its end
  std::string str() const { return file.string() + ":" + std::to_string(line); }
};

struct JsonLinesEnd {
  std::int64_t lines = 0;  ///< objects handed out
  /// The last line ends in the middle (a crash, or a writer at work) and was left out.
  bool was_cut = false;
};

/// Hands each object to `take` in the order of the file; empty lines are nothing. Throws Error with
/// file and line for a line that is no JSON object, unless it is the last one and lacks its line
/// end.
JsonLinesEnd each_json_line(
    const std::filesystem::path& file,
    const std::function<void(const nlohmann::ordered_json&, const LinePlace&)>& take);

/// Appends lines to a file, which is made with the first of them. Text that is no UTF-8 is written
/// with replacement characters. Throws Error (kSystem) with the system's reason.
class JsonLinesWriter {
 public:
  explicit JsonLinesWriter(const std::filesystem::path& file) : file_(file) {}

  /// Flushed before it returns.
  void append(const nlohmann::ordered_json& line);
  /// In one go: a reader sees all of them or, after a crash, some first ones.
  void append_all(std::span<const nlohmann::ordered_json> lines);

 private:
  std::filesystem::path file_;
  std::ofstream stream_;
};

/// A number as JSON has it: null for one that is not known (NaN) or beyond all bounds.
nlohmann::ordered_json json_number(double value);

/// The number at `key`; NaN when it is absent or null. Throws Error with the place when it is
/// something else.
double number_at(const nlohmann::ordered_json& object, const std::string& key,
                 const std::string& place);

/// The text at `key`; "" when it is absent or null. Throws Error with the place when it is
/// something else.
std::string text_at(const nlohmann::ordered_json& object, const std::string& key,
                    const std::string& place);

/// The list at `key`; empty when absent or null. Throws Error with the place when it is something
/// else.
nlohmann::ordered_json list_at(const nlohmann::ordered_json& object, const std::string& key,
                               const std::string& place);

}  // namespace juror
