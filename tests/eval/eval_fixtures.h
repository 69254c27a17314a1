// A data set in memory, a judge with set answers, and journals made with them.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "eval/evaluate.h"

namespace juror::testing {

/// Rows in memory. An image named "broken" cannot be read.
class RowsInMemory : public DatasetReader {
 public:
  explicit RowsInMemory(std::vector<DatasetRow> rows) : rows_(std::move(rows)) {}
  std::optional<DatasetRow> next() override {
    return at_ < rows_.size() ? std::optional(rows_[at_++]) : std::nullopt;
  }

 private:
  std::vector<DatasetRow> rows_;
  std::size_t at_ = 0;
};

/// A grey picture of 2 × 2 pixels as a PNG.
inline std::vector<std::uint8_t> grey_png() {
  return {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
          0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x02, 0x00, 0x00, 0x00, 0xfd,
          0xd4, 0x9a, 0x73, 0x00, 0x00, 0x00, 0x0e, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x68,
          0x00, 0x03, 0x06, 0x08, 0x05, 0x00, 0x2a, 0x0e, 0x06, 0x01, 0x08, 0xf6, 0x0c, 0xa1, 0x00,
          0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
}

inline DatasetRow row(const std::string& id, const std::string& prompt,
                      const std::vector<std::string>& images, Ranks ranking) {
  DatasetRow row{
      .example = {.id = id, .prompt = prompt, .images = images, .ranking = std::move(ranking)},
      .images = {},
      .generators = {}};
  for (const std::string& image : images) {
    row.images.push_back({image, [image] {
                            require(image != "broken", "'{}' cannot be read.", image);
                            return grey_png();
                          }});
  }
  return row;
}

/// Says for each pair that the earlier image is better with p = 0.9, by two votes; counts its
/// calls. `room`: how many examples it takes at once; it answers the last one first.
struct FirstIsBetter : PairJudge {
  int calls = 0;
  std::size_t room = 1;
  int dies_after = -1;       ///< answers; then it throws
  std::string refuses = {};  ///< an example's id
  std::vector<ExampleComparisons> open = {};

  static Comparison comparison_of(const PairIndex& pair) {
    Comparison comparison{
        .pair = pair, .result = {}, .votes = {}, .prompt_tokens = 100, .completion_tokens = 20};
    comparison.votes.push_back(
        {.swapped = false,
         .verdict = {.thinking = "a", .answer = "1", .p = 0.9, .status = Status::kOk}});
    comparison.votes.push_back(
        {.swapped = true,
         .verdict = {.thinking = "b", .answer = "2", .p = 0.1, .status = Status::kOk}});
    comparison.result = fold_votes(comparison.votes);
    return comparison;
  }
  void ask(std::size_t number, const PreferenceExample& example, const std::vector<Image>&,
           const std::vector<PairIndex>& pairs) override {
    ++calls;
    open.push_back({.number = number, .comparisons = {}, .refusal = {}});
    if (example.id == refuses) open.back().refusal = Error("The server refuses it.");
    for (const PairIndex& pair : pairs) open.back().comparisons.push_back(comparison_of(pair));
  }
  bool has_room() const override { return open.size() < room; }
  std::optional<ExampleComparisons> poll() override {
    if (dies_after == 0) throw Error("The server is gone.", ErrorKind::kNetwork);
    if (open.empty()) return std::nullopt;
    --dies_after;
    ExampleComparisons last = std::move(open.back());
    open.pop_back();
    return last;
  }
  void cancel() override { open.clear(); }
};

/// Examples of `pairs` images pairs each, judged as given: `p` of the pair (0, 1) of two images of
/// which the first is better.
inline EvalExample pair_example(const std::string& id, const std::string& prompt, double p) {
  EvalExample example{.id = id,
                      .prompt = prompt,
                      .images = {"a", "b"},
                      .sizes = {{100, 100}, {100, 100}},
                      .ranks = {1, 2}};
  example.pairs.push_back({.first = 0, .second = 1, .share = 1});
  example.pairs[0].result = {.status = PairStatus::kOk, .p = p, .p_ij = p, .p_ji = p};
  return example;
}

}  // namespace juror::testing
