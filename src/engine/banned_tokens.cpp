#include "engine/banned_tokens.h"

#include <ATen/ATen.h>

#include "tensor/transfer.h"

namespace juror {

BannedTokens::BannedTokens(std::int64_t vocabulary) : set_(std::make_shared<Set>()) {
  set_->is_banned.assign(static_cast<std::size_t>(vocabulary), 0);
}

void BannedTokens::ban(std::int64_t id) {
  if (set_.use_count() > 1) set_ = std::make_shared<Set>(*set_);
  set_->is_banned.at(static_cast<std::size_t>(id)) = 1;
  set_->mask.reset();
}

Tensor BannedTokens::mask(std::int64_t vocabulary, const at::Device& device) const {
  if (!set_) return at::zeros({vocabulary}, at::TensorOptions(device).dtype(at::kBool));
  if (set_->mask.defined() && set_->mask.device() == device && set_->mask.size(0) == vocabulary)
    return set_->mask;
  std::vector<std::uint8_t> whole = set_->is_banned;
  whole.resize(static_cast<std::size_t>(vocabulary), 0);
  return set_->mask = on_device(at::tensor(whole, at::kByte).to(at::kBool), device);
}

BannedTokens banned_tokens(const ModelConfig& config, std::int64_t tokenizer_size,
                           const std::vector<std::int64_t>& also) {
  const std::int64_t vocabulary = config.text.vocabulary;
  BannedTokens banned(vocabulary);
  std::vector<std::int64_t> ids = {config.image_token, config.video_token,
                                   config.vision_start_token, config.vision_end_token};
  ids.insert(ids.end(), also.begin(), also.end());
  for (const std::int64_t id : ids) {
    if (id >= 0 && id < vocabulary) banned.ban(id);
  }
  for (std::int64_t id = tokenizer_size; id < vocabulary; ++id) banned.ban(id);
  return banned;
}

}  // namespace juror
