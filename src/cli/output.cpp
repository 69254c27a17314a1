#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/signals.h"

namespace juror {
namespace {

void write_stdout(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) return;  // the reader has seen enough
    if (written < 0) {
      throw Error(fmt::format("Cannot write the result to stdout: {}.", std::strerror(errno)),
                  ErrorKind::kSystem);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Bytes that are not UTF-8 (file names may have them) become U+FFFD.
std::string dump(const nlohmann::ordered_json& object, int indent) {
  return object.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

nlohmann::ordered_json with_schema(nlohmann::ordered_json object) {
  nlohmann::ordered_json whole = {{"schema", 1}};
  for (auto& [key, value] : object.items()) whole[key] = std::move(value);
  return whole;
}

}  // namespace

Output::Output(Format format, const std::string& file) : format_(format) {
  if (!file.empty()) file_ = std::make_unique<AtomicFile>(file);
}

bool Output::to_terminal() const { return format_ == Format::kText && file_ == nullptr; }

void Output::print(std::string_view text) {
  if (file_ != nullptr) {
    file_->write(text);
  } else {
    write_stdout(text);
  }
}

void Output::print_json(nlohmann::ordered_json object) {
  nlohmann::ordered_json whole = with_schema(std::move(object));
  if (stop_signal() != 0) whole["partial"] = true;
  print(dump(whole, 2));
}

void Output::print_json_line(nlohmann::ordered_json object) {
  print(dump(with_schema(std::move(object)), -1));
}

void Output::finish() {
  if (file_ != nullptr) file_->commit();
}

}  // namespace juror
