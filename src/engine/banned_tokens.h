// The ids that no completion may hold.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/config.h"
#include "tensor/tensor.h"

namespace juror {

/// A set of ids. Copies share it until one is changed; so do the rows of a batch its mask on the
/// device.
class BannedTokens {
 public:
  BannedTokens() = default;  ///< bans nothing
  explicit BannedTokens(std::int64_t vocabulary);

  void ban(std::int64_t id);
  bool contains(std::size_t id) const {
    return set_ && id < set_->is_banned.size() && set_->is_banned[id] != 0;
  }
  bool empty() const { return !set_; }

  /// Whether both are the same set, not merely equal ones.
  bool is(const BannedTokens& other) const { return set_ == other.set_; }

  /// [V] bool on `device`; made at the first call and kept, so for one thread at a time.
  Tensor mask(std::int64_t vocabulary, const at::Device& device) const;

 private:
  struct Set {
    std::vector<std::uint8_t> is_banned;  // [V]
    Tensor mask;
  };
  std::shared_ptr<Set> set_;
};

/// What no completion may hold: the config's vision ids, rows of the embedding without a token (ids
/// from `tokenizer_size` on), and `also` (the tokenizer's other vision ids, such as
/// <|vision_pad|>).
BannedTokens banned_tokens(const ModelConfig& config, std::int64_t tokenizer_size,
                           const std::vector<std::int64_t>& also = {});

}  // namespace juror
