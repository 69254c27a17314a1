#include "grpo/group.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace juror {
namespace {

/// One value a completion token, packed.
template <class Value>
Tensor packed(std::span<const Group> groups, Value value) {
  std::vector<float> values;
  for (const Group& group : groups) {
    for (const Sample& sample : group.samples) {
      for (std::size_t t = 0; t < sample.token_ids.size(); ++t)
        values.push_back(static_cast<float>(value(sample, t)));
    }
  }
  return at::tensor(values, at::kFloat);
}

}  // namespace

void Sample::forget_path() {
  decision_advantage -= choice_advantage;
  choice_advantage = slope = 0;
}

Tensor Rectangle::spread(const Tensor& values) const {
  return at::zeros({rows * longest}, values.options())
      .index_copy(0, places, values)
      .reshape({rows, longest});
}

Rectangle make_rectangle(std::span<const Group> groups) {
  Rectangle rectangle;
  for (const Group& group : groups) {
    for (const Sample& sample : group.samples) {
      rectangle.longest =
          std::max(rectangle.longest, static_cast<std::int64_t>(sample.token_ids.size()));
    }
  }
  std::vector<std::int64_t> places;
  for (const Group& group : groups) {
    for (const Sample& sample : group.samples) {
      for (std::size_t t = 0; t < sample.token_ids.size(); ++t) {
        places.push_back(rectangle.rows * rectangle.longest + static_cast<std::int64_t>(t));
      }
      ++rectangle.rows;
    }
  }
  rectangle.places = at::tensor(places, at::kLong);
  return rectangle;
}

TokenBatch constant_part(std::span<const Group> groups, const Rectangle& rectangle, bool use_old,
                         bool mask_truncated) {
  bool has_reference = true;
  for (const Group& group : groups) {
    for (const Sample& sample : group.samples)
      has_reference = has_reference && sample.ref_logps.size() == sample.token_ids.size();
  }
  TokenBatch batch;
  batch.mask = rectangle.spread(packed(groups, [&](const Sample& s, std::size_t) {
    return mask_truncated && s.truncated ? 0.0 : 1.0;
  }));
  batch.advantages = rectangle.spread(packed(groups, [](const Sample& s, std::size_t t) {
    return static_cast<std::int64_t>(t) == s.decision ? s.decision_advantage : s.advantage;
  }));
  if (use_old)
    batch.old_logps = rectangle.spread(
        packed(groups, [](const Sample& s, std::size_t t) { return s.old_logps.at(t); }));
  if (has_reference)
    batch.ref_logps = rectangle.spread(
        packed(groups, [](const Sample& s, std::size_t t) { return s.ref_logps[t]; }));
  return batch;
}

}  // namespace juror
