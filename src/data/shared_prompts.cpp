#include "data/shared_prompts.h"

#include <unordered_map>

#include "data/layout.h"
#include "data/selection.h"

namespace juror {
namespace {

constexpr std::size_t kShownPrompts = 5;

/// Where each prompt was first met.
class PromptPlaces {
 public:
  explicit PromptPlaces(const DatasetLayout& layout) : layout_(layout) {}

  void add(const std::string& prompt, std::size_t split) {
    if (prompt.empty()) return;
    const auto [place, is_new] = seen_.insert({text_hash(prompt), {split, false}});
    Place& before = place->second;
    if (is_new || before.is_shared || before.split == split) return;
    before.is_shared = true;
    if (shared_.count++ < static_cast<std::int64_t>(kShownPrompts))
      shared_.first.push_back(
          {prompt, layout_.splits[before.split].name, layout_.splits[split].name});
  }
  SharedPrompts shared() const { return shared_; }

 private:
  struct Place {
    std::size_t split = 0;
    bool is_shared = false;
  };
  const DatasetLayout& layout_;
  std::unordered_map<std::uint64_t, Place> seen_;
  SharedPrompts shared_;
};

}  // namespace

std::optional<SharedPrompts> find_shared_prompts(const std::filesystem::path& path,
                                                 const DatasetOptions& options,
                                                 const Progress& progress) {
  const DatasetLayout layout = find_layout(path);
  if (layout.splits.size() < 2) return std::nullopt;
  PromptPlaces places(layout);
  std::int64_t rows = 0;
  for (std::size_t split = 0; split < layout.splits.size(); ++split) {
    const auto reader = open_dataset(path, {.format = options.format,
                                            .split = layout.splits[split].name,
                                            .limit = options.limit,
                                            .tells = false});
    while (const auto row = reader->next()) {
      places.add(row->example.prompt, split);
      if (progress && !progress("prompts of all splits", ++rows, 0)) return places.shared();
    }
  }
  return places.shared();
}

}  // namespace juror
