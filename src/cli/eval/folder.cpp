#include <cctype>
#include <filesystem>

#include "base/error.h"
#include "cli/eval/options.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

/// The last part of a path without its ending, with nothing in it that a file name should not have.
std::string short_name(const std::string& path) {
  fs::path whole = fs::path(path).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  std::string name = fs::is_regular_file(whole) ? whole.stem().string() : whole.filename().string();
  for (char& c : name) {
    const bool is_plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
    if (!is_plain) c = '-';
  }
  return name;
}

}  // namespace

fs::path eval_folder(const EvalOptions& options, const std::string& model) {
  if (!options.output_dir.empty()) return options.output_dir;
  const std::string base = fmt::format("runs/eval/{}-{}-{}", short_name(options.data),
                                       options.protocol, short_name(model));
  fs::path last, next = base;
  for (int number = 2; fs::exists(next); ++number) {
    last = next;
    next = fmt::format("{}-{}", base, number);
  }
  require(!options.resume || !last.empty(),
          "There is nothing to resume: '{}' does not exist. Name the folder with --output-dir.",
          base);
  return options.resume ? last : next;
}

}  // namespace juror
