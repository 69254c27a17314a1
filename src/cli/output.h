// Where results go: stdout, or the file of -o (written whole or not at all). Nothing else is
// printed there.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/file.h"

namespace juror {

enum class Format { kText, kJson, kJsonl, kCsv };

class Output {
 public:
  /// `file` empty: stdout. Throws Error when the file cannot be written.
  Output(Format format, const std::string& file);

  Format format() const { return format_; }
  bool json() const { return format_ == Format::kJson; }
  const std::string& file() const { return file_name_; }  ///< empty: stdout
  bool to_terminal() const;  ///< text on a screen: colour is welcome if the terminal allows it

  /// Text as it stands. Throws Error (kSystem) when the disk is full; a closed pipe (`| head`) is
  /// silence.
  void print(std::string_view text);

  /// One object, indented, "schema": 1 in front and "partial": true at the end of interrupted work.
  void print_json(nlohmann::ordered_json object);

  /// One object on one line, flushed, "schema": 1 in front.
  void print_json_line(nlohmann::ordered_json object);

  /// Flushes, and gives the file its name. Called once by the frame after the command returned.
  void finish();

 private:
  Format format_;
  std::string file_name_;
  std::unique_ptr<AtomicFile> file_;
};

}  // namespace juror
