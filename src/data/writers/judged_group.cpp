#include "data/writers/judged_group.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace juror {

bool is_unread(const JudgedGroup& group) {
  return !group.pairs.empty() &&
         std::all_of(group.pairs.begin(), group.pairs.end(),
                     [](const ExportPair& pair) { return std::isnan(pair.p); });
}

std::vector<std::size_t> best_first(const JudgedGroup& group) {
  std::vector<std::size_t> order(group.images.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return group.images[a].position < group.images[b].position;
  });
  return order;
}

std::string_view name(Tier tier) {
  if (tier == Tier::kBest) return "best";
  return tier == Tier::kOk ? "ok" : "rest";
}

std::vector<Tier> tiers(const JudgedGroup& group, std::int64_t keep) {
  std::vector<Tier> result(group.images.size(), Tier::kRest);
  const std::vector<std::size_t> order = best_first(group);
  const std::size_t kept = std::min(order.size(), static_cast<std::size_t>(keep));
  for (std::size_t i = 0; i < order.size(); ++i) {
    Tier& tier = result[order[i]];
    if (i < kept) tier = Tier::kBest;
    if (i < kept || kept == 0) continue;
    const JudgedImage& last = group.images[order[kept - 1]];
    if (group.images[order[i]].score_high >= last.score_low) tier = Tier::kOk;
  }
  return result;
}

std::size_t remove_images(JudgedGroup& group, const std::vector<bool>& gone) {
  std::vector<std::size_t> index(group.images.size());
  std::vector<JudgedImage> left;
  for (std::size_t i = 0; i < group.images.size(); ++i) {
    index[i] = left.size();
    if (!gone[i]) left.push_back(std::move(group.images[i]));
  }
  group.images = std::move(left);
  const std::vector<std::size_t> order = best_first(group);
  for (std::size_t i = 0; i < order.size(); ++i)
    group.images[order[i]].position = static_cast<std::int64_t>(i) + 1;
  const std::size_t before = group.pairs.size();
  std::erase_if(group.pairs, [&](const ExportPair& p) { return gone[p.first] || gone[p.second]; });
  for (ExportPair& pair : group.pairs) {
    pair.first = index[pair.first];
    pair.second = index[pair.second];
  }
  return before - group.pairs.size();
}

}  // namespace juror
