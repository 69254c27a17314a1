#include "engine/decode.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "base/error.h"
#include "engine/shared_prefix.h"
#include "engine/suffix_cache.h"

namespace juror {
namespace {

/// Neighbouring active rows that continue the same prefix.
struct Run {
  std::size_t prefix = 0;
  std::int64_t rows = 0;
};

/// One new token a row: written to the suffix cache, then attending to the row's prefix and suffix.
class DecodeAttention : public Attention {
 public:
  DecodeAttention(SuffixCache& suffix, std::span<const Prefix> prefixes, std::vector<Run> runs)
      : suffix_(suffix), prefixes_(prefixes), runs_(std::move(runs)) {}

  Tensor attend(std::size_t layer, const Tensor& q, const Tensor& k, const Tensor& v) override {
    suffix_.write(layer, k, v);
    std::vector<PrefixRun> runs;
    for (const Run& run : runs_) {
      const Prefix& prefix = prefixes_[run.prefix];
      runs.push_back(
          {.keys = prefix.keys[layer], .values = prefix.values[layer], .rows = run.rows});
    }
    return shared_prefix_attention(q.unsqueeze(1), suffix_.keys(layer), suffix_.values(layer),
                                   suffix_.mask(), runs);
  }

 private:
  SuffixCache& suffix_;
  std::span<const Prefix> prefixes_;
  std::vector<Run> runs_;
};

}  // namespace

struct DecodeBatch::State {
  /// A row that is still being decoded.
  struct Active {
    std::size_t row;
    std::int64_t token = -1;  // the newest
  };

  const Model& model;
  std::span<const Prefix> prefixes;
  const DecodeOptions& options;
  std::vector<DecodeRow> rows;
  std::vector<Completion> completions;
  std::vector<bool> is_finished;
  std::vector<Active> active;  // in the order of the suffix cache
  SuffixCache suffix;
  Tensor logits;  // [active, V]: what the next token of each is drawn from

  State(const Model& m, std::span<const Prefix> p, const DecodeOptions& o)
      : model(m), prefixes(p), options(o), suffix(m.decoder.layers.size()) {}

  void append_tokens();
  void finish(std::size_t row, Finish how);
  void settle(const Active& entry);
  void drop_finished();
  std::vector<Run> runs() const;
  void forward();
};

/// Draws the next token of every active row.
void DecodeBatch::State::append_tokens() {
  std::vector<RowSampling> sampling;
  for (const Active& entry : active) {
    const auto place = static_cast<std::int64_t>(completions[entry.row].token_ids.size());
    sampling.push_back({.options = &options.sampling,
                        .banned = &options.banned,
                        .uniform = token_draw(rows[entry.row].name, place),
                        .watched_ids = options.watched_ids});
  }
  std::vector<DrawnToken> drawn = draw_tokens(logits, sampling);
  for (std::size_t i = 0; i < active.size(); ++i) {
    require(drawn[i].id != kNoToken,
            "No token can be sampled: all {} ids are banned or have no probability (NaN).",
            logits.size(1));
    Completion& completion = completions[active[i].row];
    active[i].token = drawn[i].id;
    completion.token_ids.push_back(drawn[i].id);
    completion.logprobs.push_back(drawn[i].logprob);
    if (!options.watched_ids.empty()) completion.watched.push_back(std::move(drawn[i].watched));
  }
}

void DecodeBatch::State::finish(std::size_t row, Finish how) {
  if (is_finished[row]) return;
  is_finished[row] = true;
  completions[row].finish = how;
}

/// Ends a row that has come to a stop id or to its length, and asks the listener.
void DecodeBatch::State::settle(const Active& entry) {
  const Completion& completion = completions[entry.row];
  const auto& stop = options.stop_ids;
  const bool is_stop = std::find(stop.begin(), stop.end(), entry.token) != stop.end();
  const bool is_full =
      static_cast<std::int64_t>(completion.token_ids.size()) >= options.sampling.max_new_tokens;
  if (is_stop || is_full) finish(entry.row, is_stop ? Finish::kStop : Finish::kLength);
  if (!options.on_token) return;
  const TokenAction action = options.on_token(entry.row, entry.token);
  if (action == TokenAction::kCancelRow) finish(entry.row, Finish::kCancelled);
  if (action == TokenAction::kCancelAll) {
    for (const Active& other : active) finish(other.row, Finish::kCancelled);
  }
}

void DecodeBatch::State::drop_finished() {
  std::vector<Active> going;
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < active.size(); ++i) {
    if (is_finished[active[i].row]) continue;
    going.push_back(active[i]);
    kept.push_back(static_cast<std::int64_t>(i));
  }
  if (going.size() == active.size()) return;
  active = std::move(going);
  suffix.keep(kept);
  if (logits.defined())
    logits = logits.index_select(0, at::tensor(kept, at::kLong).to(logits.device()));
}

std::vector<Run> DecodeBatch::State::runs() const {
  std::vector<Run> found;
  for (const Active& entry : active) {
    const std::size_t prefix = rows[entry.row].prefix;
    if (found.empty() || found.back().prefix != prefix) found.push_back({.prefix = prefix});
    ++found.back().rows;
  }
  return found;
}

/// Reads the newest token of every active row; leaves the logits of what follows.
void DecodeBatch::State::forward() {
  std::vector<std::int64_t> tokens, places;
  for (std::size_t i = 0; i < active.size(); ++i) {
    tokens.push_back(active[i].token);
    places.push_back(prefixes[rows[active[i].row].prefix].next + suffix.lengths()[i]);
  }
  const Tensor x = model.embed(tokens);
  suffix.extend(x);
  const Tensor positions = at::tensor(places, at::kLong).to(x.device()).expand({3, -1});
  DecodeAttention attention(suffix, prefixes, runs());
  logits = model.logits(model.hidden(x, positions, attention));
}

DecodeBatch::DecodeBatch(const Model& model, std::span<const Prefix> prefixes,
                         const DecodeOptions& options)
    : state_(std::make_unique<State>(model, prefixes, options)) {}
DecodeBatch::~DecodeBatch() = default;

std::size_t DecodeBatch::add(const DecodeRow& row) {
  State& s = *state_;
  require(row.prefix < s.prefixes.size(), "A row continues prefix {}, and {} were given.",
          row.prefix, s.prefixes.size());
  const c10::NoGradGuard no_grad;
  const Tensor first = s.prefixes[row.prefix].logits.unsqueeze(0);
  s.logits = s.active.empty() ? first : at::cat({s.logits.to(first.scalar_type()), first});
  s.rows.push_back(row);
  s.completions.emplace_back();
  s.is_finished.push_back(false);
  s.active.push_back({.row = s.rows.size() - 1});
  s.suffix.add_row();
  return s.rows.size() - 1;
}

bool DecodeBatch::step() {
  State& s = *state_;
  s.drop_finished();
  if (s.active.empty()) return false;
  const c10::NoGradGuard no_grad;
  s.append_tokens();
  for (std::size_t i = 0; i < s.active.size(); ++i) {
    if (!s.is_finished[s.active[i].row]) s.settle(s.active[i]);
  }
  s.logits.reset();
  s.drop_finished();
  if (s.active.empty()) return false;
  s.forward();
  return true;
}

void DecodeBatch::cancel(std::size_t row) { state_->finish(row, Finish::kCancelled); }

std::size_t DecodeBatch::active() const {
  const auto& finished = state_->is_finished;
  return static_cast<std::size_t>(std::count(finished.begin(), finished.end(), false));
}

const Completion& DecodeBatch::completion(std::size_t row) const {
  return state_->completions.at(row);
}

std::vector<Completion> decode(const Model& model, std::span<const Prefix> prefixes,
                               const std::vector<DecodeRow>& rows, const DecodeOptions& options) {
  DecodeBatch batch(model, prefixes, options);
  for (const DecodeRow& row : rows) batch.add(row);
  while (batch.step()) {
  }
  std::vector<Completion> completions;
  for (std::size_t row = 0; row < rows.size(); ++row) completions.push_back(batch.completion(row));
  return completions;
}

}  // namespace juror
