// The rows that are being decoded: one token of each a step. Knows rows, not requests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/request.h"
#include "engine/suffix_cache.h"

namespace juror {

/// A completion that is being decoded. Options and completion belong to the request.
struct DecodedRow {
  std::shared_ptr<const Prefix> prefix;
  const DecodeOptions* options = nullptr;
  SampleName name;
  Completion* completion = nullptr;
  RequestId request = 0;
  std::size_t sample = 0;
  bool is_finished = false;
  std::string fault = {};  ///< why no token could be drawn
};

/// Rows that continue the same prefix stand side by side, whenever they joined: they are computed
/// together.
class DecodeBatch {
 public:
  /// `model` must outlive the batch.
  explicit DecodeBatch(const Model& model);

  std::vector<DecodedRow>& rows() { return rows_; }
  std::int64_t size() const { return static_cast<std::int64_t>(rows_.size()); }
  bool empty() const { return rows_.empty(); }
  std::uint64_t bytes() const { return suffix_.bytes(); }  ///< of the rows' keys and values
  void join(std::vector<DecodedRow> rows);
  /// Draws the next token of every row and puts it behind its completion. A row whose logits are no
  /// numbers has a fault instead.
  void draw();
  void drop_finished();
  /// Reads the newest token of every row; leaves the logits of what follows.
  void forward();
  void clear();

 private:
  const Model& model_;
  std::vector<DecodedRow> rows_;  // in the order of the suffix cache
  SuffixCache suffix_;
  Tensor logits_;  // [N, V]: what the next token of each row is drawn from
};

}  // namespace juror
