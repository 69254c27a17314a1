#include "eval/published.h"

namespace juror {
namespace {

struct Row {
  const char* protocol;
  const char* name;
  double percent;
  const char* note = "";
};

constexpr Row kRows[] = {
    {"imagereward", "always first", 59.0},
    {"imagereward", "CLIP ViT-H", 57.1},
    {"imagereward", "PickScore", 61.6},
    {"imagereward", "ImageReward", 65.1},
    {"imagereward", "HPSv2", 65.7},
    {"imagereward", "HPSv2.1", 66.8},
    {"imagereward", "HPSv3", 66.8},
    {"imagereward", "MPS", 67.5},
    {"imagereward", "arXiv 2503.19948", 64.9},
    {"imagereward", "arXiv 2506.22832, GRPO", 67.2},
    {"imagereward", "arXiv 2506.22832, GRPO with listener", 67.4},
    {"imagereward", "single human", 65.3},
    {"hpdv2", "generator only", 84.0, "about"},
    {"hpdv2", "CLIP ViT-H", 65.1},
    {"hpdv2", "ImageReward", 74.0},
    {"hpdv2", "PickScore", 79.8},
    {"hpdv2", "HPSv2", 83.3},
    {"hpdv2", "MPS", 83.5},
    {"hpdv2", "HPSv2.1", 84.1},
    {"hpdv2", "HPSv3", 85.4},
    {"hpdv2", "arXiv 2503.19948", 65.4,
     "perhaps on ImageReward's test set, after training on HPDv2"},
    {"hpdv2", "single human", 78.1},
    {"hpdv3", "CLIP ViT-H", 48.6},
    {"hpdv3", "ImageReward", 58.6},
    {"hpdv3", "MPS", 64.3},
    {"hpdv3", "HPSv2", 65.3},
    {"hpdv3", "PickScore", 65.6},
    {"hpdv3", "UnifiedReward-Think", 68.1},
    {"hpdv3", "HPSv3", 76.9},
};

const char* set_of(std::string_view protocol) {
  if (protocol == "imagereward") return "ImageReward test";
  return protocol == "hpdv2" ? "HPDv2 test" : "HPDv3 test";
}

}  // namespace

std::vector<PublishedNumber> published_numbers(std::string_view protocol) {
  std::vector<PublishedNumber> numbers;
  for (const Row& row : kRows) {
    if (protocol == row.protocol)
      numbers.push_back({row.name, set_of(protocol), row.percent / 100, row.note});
  }
  return numbers;
}

}  // namespace juror
