#include "engine/sampler.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

/// The numbers of all rows that go up to the device, in one copy. Rows and columns of an fp64
/// matrix, which holds every id exactly.
struct RowNumbers {
  static constexpr std::int64_t kColumns = 6;

  Tensor uniform, temperature, top_k, top_p, min_p, is_greedy;  // [N]
  Tensor watched;                                               // [N, W] int64

  /// Throws Error unless there is a row of logits for each.
  RowNumbers(std::span<const RowSampling> rows, const Tensor& logits) {
    const auto n = static_cast<std::int64_t>(rows.size());
    require(logits.dim() == 2 && logits.size(0) == n,
            "Tokens were asked of {} rows, and the logits have the shape {}.", n,
            shape_text(logits.sizes()));
    std::int64_t most_watched = 0;
    for (const RowSampling& row : rows)
      most_watched = std::max(most_watched, static_cast<std::int64_t>(row.watched_ids.size()));
    Tensor numbers = at::zeros({n, kColumns + most_watched}, at::kDouble);
    auto at_row = numbers.accessor<double, 2>();
    for (std::int64_t i = 0; i < n; ++i) {
      const RowSampling& row = rows[static_cast<std::size_t>(i)];
      const SamplingOptions& o = *row.options;
      const double values[kColumns] = {row.uniform,
                                       o.temperature > 0 ? o.temperature : 1.0,
                                       static_cast<double>(o.top_k),
                                       o.top_p,
                                       o.min_p,
                                       o.temperature > 0 ? 0.0 : 1.0};
      for (std::int64_t c = 0; c < kColumns; ++c) at_row[i][c] = values[c];
      for (std::size_t w = 0; w < row.watched_ids.size(); ++w)
        at_row[i][kColumns + static_cast<std::int64_t>(w)] =
            static_cast<double>(row.watched_ids[w]);
    }
    numbers = on_device(numbers, logits.device());
    Tensor* columns[kColumns] = {&uniform, &temperature, &top_k, &top_p, &min_p, &is_greedy};
    for (std::int64_t c = 0; c < kColumns; ++c) *columns[c] = numbers.select(1, c);
    watched = numbers.narrow(1, kColumns, most_watched).to(at::kLong);
  }
};

bool is_greedy(const RowSampling& row) { return !(row.options->temperature > 0); }
bool cuts_top_k(const RowSampling& row) { return !is_greedy(row) && row.options->top_k > 0; }
bool cuts_top_p(const RowSampling& row) { return !is_greedy(row) && row.options->top_p < 1; }
bool cuts_min_p(const RowSampling& row) { return !is_greedy(row) && row.options->min_p > 0; }
bool cuts(const RowSampling& row) { return cuts_top_k(row) || cuts_top_p(row) || cuts_min_p(row); }
bool is_warm(const RowSampling& row) { return !is_greedy(row) && row.options->temperature != 1; }

template <class Predicate>
std::vector<std::int64_t> places_of(std::span<const RowSampling> rows, Predicate is_one) {
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (is_one(rows[i])) places.push_back(static_cast<std::int64_t>(i));
  }
  return places;
}

/// `change` of the rows at `places`, the others as they are. The function gets the rows and a way
/// to take their numbers out of a column.
template <class Change>
Tensor change_rows(const Tensor& matrix, const std::vector<std::int64_t>& places, Change change) {
  if (places.empty()) return matrix;
  if (static_cast<std::int64_t>(places.size()) == matrix.size(0))
    return change(matrix, [](const Tensor& column) { return column; });
  const Tensor index = on_device(places, matrix.device());
  const auto take = [&](const Tensor& column) { return column.index_select(0, index); };
  return matrix.index_copy(0, index, change(take(matrix), take));
}

/// What may not be chosen: [1, V] where all rows ban the same, else [N, V]; undefined where none
/// bans anything.
Tensor banned_mask(std::span<const RowSampling> rows, std::int64_t vocabulary,
                   const at::Device& device) {
  static const BannedTokens kNone;
  std::vector<const BannedTokens*> sets;
  std::vector<std::int64_t> set_of_row;
  for (const RowSampling& row : rows) {
    const BannedTokens* own = row.banned ? row.banned : &kNone;
    const auto same = std::find_if(sets.begin(), sets.end(),
                                   [&](const BannedTokens* set) { return set->is(*own); });
    set_of_row.push_back(same - sets.begin());
    if (same == sets.end()) sets.push_back(own);
  }
  if (sets.size() == 1 && sets.front()->empty()) return {};
  std::vector<Tensor> masks;
  for (const BannedTokens* set : sets) masks.push_back(set->mask(vocabulary, device));
  if (masks.size() == 1) return masks.front().unsqueeze(0);
  return at::stack(masks).index_select(0, on_device(set_of_row, device));
}

/// Probabilities without what is banned and cut away, in the rows that cut; the others are as they
/// were.
Tensor cut(const Tensor& probabilities, std::span<const RowSampling> rows,
           const RowNumbers& numbers) {
  if (std::none_of(rows.begin(), rows.end(), cuts)) return probabilities;
  const std::int64_t vocabulary = probabilities.size(1);
  const Tensor banned = banned_mask(rows, vocabulary, probabilities.device());
  Tensor left = change_rows(probabilities, places_of(rows, cuts), [&](const Tensor& p, auto take) {
    if (!banned.defined()) return p;
    return p.masked_fill(banned.size(0) == 1 ? banned : take(banned), 0);
  });
  std::int64_t largest_k = 1;
  for (const RowSampling& row : rows)
    largest_k = std::max(largest_k, std::min(row.options->top_k, vocabulary));
  left = change_rows(left, places_of(rows, cuts_top_k), [&](const Tensor& p, auto take) {
    return keep_top_k(p, take(numbers.top_k).clamp_max(vocabulary).to(at::kLong), largest_k);
  });
  left = change_rows(left, places_of(rows, cuts_top_p), [&](const Tensor& p, auto take) {
    return keep_top_p(p, take(numbers.top_p));
  });
  return change_rows(left, places_of(rows, cuts_min_p), [&](const Tensor& p, auto take) {
    return keep_min_p(p, take(numbers.min_p));
  });
}

std::span<const float> row_of(const Tensor& matrix, std::size_t row) {
  const auto width = static_cast<std::size_t>(matrix.size(1));
  return {matrix.const_data_ptr<float>() + row * width, width};
}

struct Distributions {
  Tensor logits;         // [N, V] in fp32
  Tensor probabilities;  // [N, V] at the sampling temperature (1 when greedy)
  Tensor left;           // [N, V]: what the cuts leave of them
  Tensor watched;        // [N, W] fp64, log-probs at temperature 1; undefined where none is watched
};

Distributions distributions(const Tensor& logits, std::span<const RowSampling> rows,
                            const RowNumbers& numbers) {
  Distributions d;
  d.logits = logits.to(at::kFloat).contiguous();
  const bool at_one = std::none_of(rows.begin(), rows.end(), is_warm);
  d.probabilities = at::softmax(
      at_one ? d.logits : d.logits / numbers.temperature.to(at::kFloat).unsqueeze(1), -1);
  d.left = cut(d.probabilities, rows, numbers);
  if (numbers.watched.size(1) > 0) {
    const Tensor watched =
        d.logits.gather(1, numbers.watched) - at::logsumexp(d.logits, {1}, /*keepdim=*/true);
    d.watched = watched.to(at::kDouble);
  }
  return d;
}

std::vector<DrawnToken> draw_by_loops(const Distributions& d, std::span<const RowSampling> rows) {
  static const BannedTokens kNone;
  std::vector<DrawnToken> drawn(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const BannedTokens& banned = rows[i].banned ? *rows[i].banned : kNone;
    drawn[i].id = is_greedy(rows[i]) ? choose_largest(row_of(d.logits, i), banned)
                                     : choose_by_mass(row_of(d.left, i), banned, rows[i].uniform);
    if (drawn[i].id != kNoToken)
      drawn[i].logprob =
          std::log(row_of(d.probabilities, i)[static_cast<std::size_t>(drawn[i].id)]);
  }
  return drawn;
}

/// [N, 2]: ids and log-probs.
Tensor draw_by_passes(const Distributions& d, std::span<const RowSampling> rows,
                      const RowNumbers& numbers) {
  const Tensor banned = banned_mask(rows, d.logits.size(1), d.logits.device());
  const std::size_t greedy = places_of(rows, is_greedy).size();
  Tensor ids;
  if (greedy < rows.size())
    ids =
        choose_by_mass(banned.defined() ? d.left.masked_fill(banned, 0) : d.left, numbers.uniform);
  if (greedy > 0) {
    const Tensor none = at::zeros({1, 1}, d.logits.options().dtype(at::kBool));
    const Tensor largest = choose_largest(d.logits, banned.defined() ? banned : none);
    ids = ids.defined() ? at::where(numbers.is_greedy > 0, largest, ids) : largest;
  }
  const Tensor logprobs = d.probabilities.gather(1, ids.clamp_min(0).unsqueeze(1)).log().squeeze(1);
  return at::stack({ids.to(at::kDouble), logprobs.to(at::kDouble)}, 1);
}

void unpack_watched(const Tensor& watched, std::int64_t first, std::span<const RowSampling> rows,
                    std::vector<DrawnToken>& drawn) {
  const auto values = watched.accessor<double, 2>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t w = 0; w < rows[i].watched_ids.size(); ++w) {
      const auto column = first + static_cast<std::int64_t>(w);
      drawn[i].watched.push_back(static_cast<float>(values[static_cast<std::int64_t>(i)][column]));
    }
  }
}

std::vector<DrawnToken> unpack(const Tensor& packed, std::span<const RowSampling> rows) {
  const auto values = packed.accessor<double, 2>();
  std::vector<DrawnToken> drawn(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = values[static_cast<std::int64_t>(i)];
    drawn[i].id = static_cast<std::int64_t>(row[0]);
    if (drawn[i].id != kNoToken) drawn[i].logprob = static_cast<float>(row[1]);
  }
  unpack_watched(packed, 2, rows, drawn);
  return drawn;
}

}  // namespace

double token_draw(const SampleName& name, std::int64_t token) {
  return Random{name.seed, name.step, name.prompt, name.sample, static_cast<std::uint64_t>(token)}
      .uniform();
}

std::vector<DrawnToken> draw_tokens(const Tensor& logits, std::span<const RowSampling> rows) {
  if (!logits.is_cpu()) return draw_tokens_on_device(logits, rows);
  if (rows.empty()) return {};
  const c10::NoGradGuard no_grad;
  const RowNumbers numbers(rows, logits);
  const Distributions d = distributions(logits, rows, numbers);
  std::vector<DrawnToken> drawn = draw_by_loops(d, rows);
  if (d.watched.defined()) unpack_watched(d.watched, 0, rows, drawn);
  return drawn;
}

std::vector<DrawnToken> draw_tokens_on_device(const Tensor& logits,
                                              std::span<const RowSampling> rows) {
  if (rows.empty()) return {};
  const c10::NoGradGuard no_grad;
  const RowNumbers numbers(rows, logits);
  const Distributions d = distributions(logits, rows, numbers);
  const Tensor drawn = draw_by_passes(d, rows, numbers);
  return unpack(on_host(d.watched.defined() ? at::cat({drawn, d.watched}, 1) : drawn), rows);
}

}  // namespace juror
