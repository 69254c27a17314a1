#include "sft/teacher.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

constexpr std::int64_t kPatch = 14, kMerge = 2, kStride = 32;
constexpr std::size_t kEarly = 4, kMiddle = 10;  // blocks of 40 and 112 channels

/// Kernel and stride of each block's depthwise convolution.
constexpr std::array<std::pair<int, int>, 16> kBlocks = {{{3, 1},
                                                          {3, 2},
                                                          {3, 1},
                                                          {5, 2},
                                                          {5, 1},
                                                          {3, 2},
                                                          {3, 1},
                                                          {3, 1},
                                                          {5, 1},
                                                          {5, 1},
                                                          {5, 1},
                                                          {5, 2},
                                                          {5, 1},
                                                          {5, 1},
                                                          {5, 1},
                                                          {3, 1}}};

/// TensorFlow's "same": what is missing on both sides, the odd pixel behind.
Tensor padded(const Tensor& x, std::int64_t kernel, std::int64_t stride) {
  const auto missing = [&](std::int64_t side) {
    return std::max<std::int64_t>(((side + stride - 1) / stride - 1) * stride + kernel - side, 0);
  };
  const std::int64_t rows = missing(x.size(2)), columns = missing(x.size(3));
  return at::constant_pad_nd(x, {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2});
}

/// The picture of one frame whose patches are [P, row], [3, 14 h, 14 w].
Tensor picture_of(const PixelImage& image) {
  const std::int64_t rows = image.grid.h / kMerge, columns = image.grid.w / kMerge;
  return image.patches.reshape({rows, columns, kMerge, kMerge, 3, -1, kPatch, kPatch})
      .select(5, 0)
      .permute({4, 0, 2, 5, 1, 3, 6})
      .reshape({3, image.grid.h * kPatch, image.grid.w * kPatch});
}

/// Mean and deviation of the pixels of x that lie in one token's part. x: [B, C, n h, n w] ->
/// [B, C, h, w] each.
std::pair<Tensor, Tensor> of_parts(const Tensor& x, std::int64_t h) {
  const std::int64_t n = x.size(2) / h;
  const Tensor mean = at::avg_pool2d(x, n);
  return {mean, (at::avg_pool2d(x.square(), n) - mean.square()).clamp_min(0).sqrt()};
}

}  // namespace

Teacher::Teacher(const std::filesystem::path& file, const at::Device& device) : device_(device) {
  const SafetensorsFile weights(file);
  const auto read = [&](const std::string& name) {
    return Convolution{.weight = on_device(weights.tensor(name + ".weight").clone(), device),
                       .bias = on_device(weights.tensor(name + ".bias").clone(), device)};
  };
  stem_ = read("stem");
  for (std::size_t i = 0; i < kBlocks.size(); ++i) {
    const std::string at = "blocks." + std::to_string(i) + ".";
    Block block{.expand = {},
                .depthwise = read(at + "depthwise"),
                .project = read(at + "project"),
                .stride = kBlocks[i].second};
    if (i > 0) block.expand = read(at + "expand");
    require(block.depthwise.weight.size(2) == kBlocks[i].first,
            "'{}': {}depthwise.weight is {}; a kernel of {} pixels is expected of "
            "EfficientNet-Lite0.",
            file.string(), at, shape_text(block.depthwise.weight.sizes()), kBlocks[i].first);
    blocks_.push_back(std::move(block));
  }
}

Tensor Teacher::features(const Tensor& pixels) const {
  const std::int64_t h = pixels.size(2) / kStride;
  Tensor x = at::relu6(at::conv2d(padded(pixels, 3, 2), stem_.weight, stem_.bias, 2));
  std::vector<Tensor> seen;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const Block& block = blocks_[i];
    Tensor y = x;
    if (block.expand.weight.defined())
      y = at::relu6(at::conv2d(y, block.expand.weight, block.expand.bias));
    const Tensor& kernel = block.depthwise.weight;
    y = at::relu6(at::conv2d(padded(y, kernel.size(2), block.stride), kernel, block.depthwise.bias,
                             block.stride, at::IntArrayRef({0}), 1, kernel.size(0)));
    y = at::conv2d(y, block.project.weight, block.project.bias);
    x = x.sizes() == y.sizes() ? x + y : y;
    if (i == kEarly || i == kMiddle) {
      const auto [mean, deviation] = of_parts(x, h);
      seen.push_back(mean);
      seen.push_back(deviation);
    }
  }
  return at::cat({x, seen[2], seen[3], seen[0], seen[1]}, 1);
}

Tensor Teacher::raw_tokens(std::span<const std::shared_ptr<const PixelImage>> images) const {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> by_grid;
  std::map<std::uint64_t, std::size_t> first;  // by key: an image that is shown twice is seen once
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (first.emplace(images[i]->key, i).second)
      by_grid[{images[i]->grid.h, images[i]->grid.w}].push_back(i);
  }
  std::vector<Tensor> tokens(images.size());
  for (const auto& [grid, members] : by_grid) {
    const std::int64_t h = grid.first / kMerge, w = grid.second / kMerge;
    std::vector<Tensor> pictures;
    for (const std::size_t i : members) pictures.push_back(picture_of(*images[i]));
    // Mini's pixels are (v - 0.5) / 0.25 of 0 … 1, the teacher's (255 v - 127) / 128.
    const Tensor pixels = on_device(at::stack(pictures), device_) * 0.25 + 0.5;
    const Tensor larger = at::upsample_bicubic2d(pixels, {kStride * h, kStride * w}, false);
    const Tensor seen = features(((larger * 255 - 127) / 128).contiguous());  // [B, F, h, w]
    for (std::size_t b = 0; b < members.size(); ++b)
      tokens[members[b]] = seen[static_cast<std::int64_t>(b)].flatten(1).t();
  }
  std::vector<Tensor> in_order;
  for (const auto& image : images) in_order.push_back(tokens[first.at(image->key)]);
  return at::cat(in_order);
}

void Teacher::measure(std::span<const std::shared_ptr<const PixelImage>> images) {
  const c10::NoGradGuard no_grad;
  const Tensor seen = raw_tokens(images);
  mean_ = seen.mean(0);
  deviation_ = (seen - mean_).square().mean(0).sqrt() + 1e-3;
}

Tensor Teacher::tokens(std::span<const std::shared_ptr<const PixelImage>> images) const {
  const c10::NoGradGuard no_grad;
  return (raw_tokens(images) - mean_) / deviation_;
}

}  // namespace juror
