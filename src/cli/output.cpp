#include "cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "cli/signals.h"
#include "text/unicode.h"

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

using Json = nlohmann::ordered_json;

bool is_exact(const Json& value) {
  if (!value.is_string()) return true;
  const std::string& text = value.get_ref<const std::string&>();
  return lossy_utf8(text) == text;
}

Json base64_of(const Json& value) {
  if (!value.is_array()) return base64(value.get_ref<const std::string&>());
  Json list = Json::array();
  for (const Json& one : value) list.push_back(one.is_string() ? base64_of(one) : one);
  return list;
}

/// Beside every text that is not UTF-8 (file names may be so) its bytes in base64, under the name
/// of its key with "_base64" behind; beside a list that holds such a text, all of its texts.
Json with_exact_forms(const Json& value) {
  Json out = value;
  if (value.is_array()) {
    for (Json& one : out) one = with_exact_forms(one);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      const bool exact = member.is_array() ? std::all_of(member.begin(), member.end(), is_exact)
                                           : is_exact(member);
      out[key] = with_exact_forms(member);
      if (!exact) out[key + "_base64"] = base64_of(member);
    }
  }
  return out;
}

/// Bytes that are not UTF-8 become U+FFFD, and stand exactly in a second form.
std::string dump(const Json& given, int indent) {
  const Json object = with_exact_forms(given);
  return object.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

nlohmann::ordered_json with_schema(nlohmann::ordered_json object) {
  nlohmann::ordered_json whole = {{"schema", 1}};
  for (auto& [key, value] : object.items()) whole[key] = std::move(value);
  return whole;
}

}  // namespace

namespace {

/// A place that cannot be is the user's mistake; that the disk refuses is found by writing.
void require_place(const std::filesystem::path& file) {
  std::error_code unknown;
  const std::filesystem::path folder =
      file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  require(std::filesystem::is_directory(folder, unknown) || unknown.value() == EACCES,
          "--output is '{}', and there is no folder '{}'. Make it first.", file.string(),
          folder.string());
  require(!std::filesystem::is_directory(file, unknown),
          "--output is '{}', which is a folder, and a file is expected.", file.string());
}

}  // namespace

Output::Output(Format format, const std::string& file) : format_(format), file_name_(file) {
  if (!file.empty()) require_place(file);
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
