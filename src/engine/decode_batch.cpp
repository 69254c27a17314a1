#include "engine/decode_batch.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "engine/shared_prefix.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

/// Neighbouring rows that continue the same prefix.
struct Run {
  const Prefix* prefix = nullptr;
  std::int64_t rows = 0;
};

std::vector<Run> runs_of(const std::vector<DecodedRow>& rows) {
  std::vector<Run> runs;
  for (const DecodedRow& row : rows) {
    if (runs.empty() || runs.back().prefix != row.prefix.get())
      runs.push_back({.prefix = row.prefix.get()});
    ++runs.back().rows;
  }
  return runs;
}

/// One new token a row: written to the suffix cache, then attending to the row's prefix and suffix.
class DecodeAttention : public Attention {
 public:
  DecodeAttention(SuffixCache& suffix, std::vector<Run> runs)
      : suffix_(suffix), runs_(std::move(runs)) {}

  Tensor attend(std::size_t layer, const Tensor& q, const Tensor& k, const Tensor& v) override {
    suffix_.write(layer, k, v);
    std::vector<PrefixRun> runs;
    for (const Run& run : runs_) {
      runs.push_back(
          {.keys = run.prefix->keys[layer], .values = run.prefix->values[layer], .rows = run.rows});
    }
    return shared_prefix_attention(q.unsqueeze(1), suffix_.keys(layer), suffix_.values(layer),
                                   suffix_.mask(), runs);
  }

 private:
  SuffixCache& suffix_;
  std::vector<Run> runs_;
};

/// The order in which rows [0, present) and new ones behind them stand side by side by prefix.
std::vector<std::int64_t> side_by_side(const std::vector<DecodedRow>& rows, std::size_t present) {
  std::vector<std::int64_t> order;
  for (std::size_t i = 0; i < present; ++i) order.push_back(static_cast<std::int64_t>(i));
  for (std::size_t i = present; i < rows.size(); ++i) {
    const auto last = std::find_if(order.rbegin(), order.rend(), [&](std::int64_t other) {
      return rows[static_cast<std::size_t>(other)].prefix == rows[i].prefix;
    });
    order.insert(last == order.rend() ? order.end() : last.base(), static_cast<std::int64_t>(i));
  }
  return order;
}

/// What stands in the way of a row's next token. logits: [V].
std::string fault_of(const Tensor& logits, const DecodedRow& row) {
  const Tensor values = on_host(logits.to(at::kFloat));
  const auto ids = static_cast<std::size_t>(values.size(0));
  std::size_t banned = 0;
  for (std::size_t id = 0; id < ids; ++id) banned += row.options->banned.contains(id);
  return fmt::format(
      "No token {} can be drawn for completion {}: of {} logits {} are NaN and {} infinite, and {} "
      "ids are banned.",
      row.completion->token_ids.size(), row.sample, ids, values.isnan().sum().item<std::int64_t>(),
      values.isinf().sum().item<std::int64_t>(), banned);
}

}  // namespace

DecodeBatch::DecodeBatch(const Model& model)
    : model_(model), suffix_(static_cast<std::size_t>(model.config().text.layers)) {}

void DecodeBatch::join(std::vector<DecodedRow> rows) {
  if (rows.empty()) return;
  const std::size_t present = rows_.size();
  std::vector<Tensor> logits;
  if (present > 0) logits.push_back(logits_.to(at::kFloat));
  for (DecodedRow& row : rows) {
    logits.push_back(row.prefix->logits.unsqueeze(0));
    rows_.push_back(std::move(row));
  }
  logits_ = at::cat(logits);
  std::vector<std::int64_t> order = side_by_side(rows_, present);
  if (!std::is_sorted(order.begin(), order.end()))
    logits_ = logits_.index_select(0, on_device(order, logits_.device()));
  std::vector<DecodedRow> arranged;
  for (const std::int64_t i : order) arranged.push_back(rows_[static_cast<std::size_t>(i)]);
  rows_ = std::move(arranged);
  for (std::int64_t& i : order) {
    if (i >= static_cast<std::int64_t>(present)) i = SuffixCache::kNewRow;
  }
  suffix_.arrange(order);
}

void DecodeBatch::draw() {
  std::vector<RowSampling> rows;
  for (const DecodedRow& row : rows_) {
    const auto place = static_cast<std::int64_t>(row.completion->token_ids.size());
    rows.push_back({.options = &row.options->sampling,
                    .banned = &row.options->banned,
                    .uniform = token_draw(row.name, place),
                    .watched_ids = row.options->watched_ids});
  }
  std::vector<DrawnToken> drawn = draw_tokens(logits_, rows);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (drawn[i].id == kNoToken || std::isnan(drawn[i].logprob)) {
      rows_[i].fault = fault_of(logits_[static_cast<std::int64_t>(i)], rows_[i]);
      continue;
    }
    Completion& completion = *rows_[i].completion;
    completion.token_ids.push_back(drawn[i].id);
    completion.logprobs.push_back(drawn[i].logprob);
    if (!rows_[i].options->watched_ids.empty())
      completion.watched.push_back(std::move(drawn[i].watched));
  }
  logits_.reset();
}

void DecodeBatch::drop_finished() {
  std::vector<DecodedRow> going;
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].is_finished) continue;
    kept.push_back(static_cast<std::int64_t>(i));
    going.push_back(std::move(rows_[i]));
  }
  const bool is_same = going.size() == rows_.size();
  rows_ = std::move(going);
  if (is_same) return;
  suffix_.arrange(kept);
  if (logits_.defined()) logits_ = logits_.index_select(0, on_device(kept, logits_.device()));
}

void DecodeBatch::forward() {
  std::vector<std::int64_t> tokens, places;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    tokens.push_back(rows_[i].completion->token_ids.back());
    places.push_back(rows_[i].prefix->next + suffix_.lengths()[i]);
  }
  const Tensor x = model_.embed(tokens);
  suffix_.extend(x);
  const Tensor positions = on_device(places, x.device()).expand({3, -1});
  DecodeAttention attention(suffix_, runs_of(rows_));
  logits_ = model_.logits(model_.hidden(x, positions, attention));
}

void DecodeBatch::clear() {
  rows_.clear();
  suffix_.arrange({});
  logits_.reset();
}

}  // namespace juror
