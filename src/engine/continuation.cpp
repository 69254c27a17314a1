#include "engine/continuation.h"

#include <ATen/ATen.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

/// Neighbouring rows behind one prefix, and where their tokens stand among the packed ones.
struct Run {
  std::size_t prefix = 0;
  std::int64_t rows = 0, longest = 0;
  std::int64_t begin = 0, tokens = 0;  ///< packed rows [begin, begin + tokens)
  std::vector<std::int64_t> places;  ///< of each packed row among the padded ones [rows · longest]
  Tensor index;                      ///< the same on the device, where rows differ in length
  Tensor mask;                       ///< what a token sees

  bool is_ragged() const { return tokens != rows * longest; }
};

std::vector<Run> find_runs(const std::vector<Continuation>& rows) {
  std::vector<Run> runs;
  std::int64_t begin = 0;
  for (std::size_t first = 0; first < rows.size();) {
    Run run{.prefix = rows[first].prefix, .begin = begin};
    std::size_t end = first;
    for (; end < rows.size() && rows[end].prefix == run.prefix; ++end) {
      run.longest = std::max(run.longest, static_cast<std::int64_t>(rows[end].token_ids.size()));
    }
    for (std::size_t r = first; r < end; ++r) {
      for (std::size_t t = 0; t < rows[r].token_ids.size(); ++t) {
        run.places.push_back(run.rows * run.longest + static_cast<std::int64_t>(t));
      }
      ++run.rows;
    }
    run.tokens = static_cast<std::int64_t>(run.places.size());
    begin += run.tokens;
    first = end;
    runs.push_back(std::move(run));
  }
  return runs;
}

/// What a token of a row sees: the whole prefix, and of its own row what is not behind it. [share ·
/// L, P + L], 0 or -inf.
Tensor visibility(std::int64_t share, std::int64_t prefix, std::int64_t longest,
                  const Tensor& like) {
  const Tensor own =
      at::full({longest, longest}, -std::numeric_limits<float>::infinity(), like.options()).triu(1);
  return at::cat({at::zeros({longest, prefix}, like.options()), own}, 1).repeat({share, 1});
}

/// Makes what every layer needs, in the dtype and on the device of the queries.
void prepare(Run& run, const Prefix& prefix, const Tensor& q, std::int64_t kv_heads) {
  if (run.mask.defined()) return;
  run.mask = visibility(q.size(1) / kv_heads, prefix.length, run.longest, q);
  if (run.is_ragged()) run.index = on_device(run.places, q.device());
}

/// Query heads that share a key head stand one behind the other as queries, so that no key is
/// copied for them.
Tensor attend_run(const Run& run, const Prefix& prefix, std::size_t layer, const Tensor& q,
                  const Tensor& k, const Tensor& v) {
  const std::int64_t n = run.rows, length = run.longest, size = q.size(2), kv_heads = k.size(1),
                     share = q.size(1) / kv_heads;
  const auto padded = [&](const Tensor& x) {  // [tokens, heads, D] of all runs -> [n, L, heads, D]
    const Tensor own = x.narrow(0, run.begin, run.tokens);
    if (!run.is_ragged()) return own.reshape({n, length, x.size(1), size});
    return at::zeros({n * length, x.size(1), size}, x.options())
        .index_copy(0, run.index, own)
        .reshape({n, length, x.size(1), size});
  };
  const auto joined = [&](const Tensor& shared, const Tensor& own) {  // -> [n, H_kv, P + L, D]
    return at::cat({shared.unsqueeze(0).expand({n, -1, -1, -1}), padded(own).transpose(1, 2)}, 2);
  };
  const Tensor queries = padded(q)
                             .reshape({n, length, kv_heads, share, size})
                             .permute({0, 2, 3, 1, 4})
                             .reshape({n, kv_heads, share * length, size});
  const Tensor out = at::scaled_dot_product_attention(queries, joined(prefix.keys[layer], k),
                                                      joined(prefix.values[layer], v), run.mask);
  const Tensor rows = out.reshape({n, kv_heads, share, length, size})
                          .permute({0, 3, 1, 2, 4})
                          .reshape({n * length, q.size(1) * size});
  return run.is_ragged() ? rows.index_select(0, run.index) : rows;
}

class ContinuationAttention : public Attention {
 public:
  ContinuationAttention(std::span<const Prefix> prefixes, const std::vector<Continuation>& rows,
                        RowKeys* kept)
      : prefixes_(prefixes), runs_(find_runs(rows)), kept_(kept) {}

  Tensor attend(std::size_t layer, const Tensor& q, const Tensor& k, const Tensor& v) override {
    if (kept_) {
      kept_->keys.push_back(k);
      kept_->values.push_back(v);
    }
    std::vector<Tensor> parts;
    for (Run& run : runs_) {
      const Prefix& prefix = prefixes_[run.prefix];
      prepare(run, prefix, q, k.size(1));
      parts.push_back(attend_run(run, prefix, layer, q, k, v));
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts);
  }

 private:
  std::span<const Prefix> prefixes_;
  std::vector<Run> runs_;
  RowKeys* kept_;
};

}  // namespace

Tensor continue_prefixes(const Model& model, std::span<const Prefix> prefixes,
                         const std::vector<Continuation>& rows, RowKeys* kept) {
  std::vector<std::int64_t> tokens;
  std::vector<Tensor> positions;
  for (const Continuation& row : rows) {
    require(!row.token_ids.empty(), "A continuation without tokens cannot be read.");
    require(row.prefix < prefixes.size(), "A row continues prefix {}, and {} were given.",
            row.prefix, prefixes.size());
    tokens.insert(tokens.end(), row.token_ids.begin(), row.token_ids.end());
    positions.push_back(model.text_positions(prefixes[row.prefix].next,
                                             static_cast<std::int64_t>(row.token_ids.size())));
  }
  ContinuationAttention attention(prefixes, rows, kept);
  const Tensor x = model.embed(tokens);
  return model.hidden(x, at::cat(positions, 1), attention);
}

}  // namespace juror
