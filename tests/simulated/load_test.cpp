// Loading: file -> device, tensor by tensor. Neither the host nor the device ever holds the model
// twice.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "counting_allocator.h"
#include "engine/tiny_model.h"
#include "model/lora_folder.h"
#include "simulated/backend.h"
#include "temp_folder.h"

namespace juror {
namespace {

struct Sizes {
  std::int64_t all = 0, largest = 0;
};

Sizes sizes_of(Model& model) {
  Sizes sizes;
  for (const auto& [name, parameter] : named_parameters(model)) {
    const auto bytes = static_cast<std::int64_t>(parameter.nbytes());
    sizes.all += bytes;
    sizes.largest = std::max(sizes.largest, bytes);
  }
  return sizes;
}

class LoadModel : public testing::Test {
 protected:
  LoadModel() {
    CountingAllocator::instance();
    save_model(*tiny_model(), folder_.path(), at::kBFloat16);
    simulated_reset_counts();
    CountingAllocator::instance().begin();
  }
  TempFolder folder_;
  /// Members are made before the constructor's body, so the backend is registered here.
  at::Device device_ = (simulated_start(), at::Device("simulated:0"));
};

TEST_F(LoadModel, HoldsOneTensorBesideTheWeightsOnTheCpu) {
  const auto model = load_model(folder_.path(), {.dtype = at::kFloat});
  const std::int64_t peak = CountingAllocator::instance().peak();
  const Sizes sizes = sizes_of(*model);
  EXPECT_GE(peak, sizes.all);
  EXPECT_LE(peak, sizes.all + sizes.largest);
}

TEST_F(LoadModel, HoldsNoWeightsOnTheHostAndOneTensorBesideThemOnTheDevice) {
  const auto model = load_model(folder_.path(), {.dtype = at::kFloat, .device = device_});
  const std::int64_t host = CountingAllocator::instance().peak();
  const auto peak = static_cast<std::int64_t>(simulated_peak_bytes());
  const Sizes sizes = sizes_of(*model);
  EXPECT_LE(host, sizes.largest + 4);  // and a sum in fp32, which says whether all is finite
  EXPECT_GE(peak, sizes.all);
  EXPECT_LE(peak, sizes.all + sizes.largest);
  EXPECT_EQ(simulated_counts().device_to_host, 0);
}

TEST_F(LoadModel, BringsTheSameWeightsWhereverItComputes) {
  const auto here = load_model(folder_.path(), {.dtype = at::kFloat});
  const auto there = load_model(folder_.path(), {.dtype = at::kFloat, .device = device_});
  const NamedTensors own = named_parameters(*here), other = named_parameters(*there);
  for (std::size_t i = 0; i < own.size(); ++i) {
    EXPECT_EQ(other[i].second.device(), device_) << own[i].first;
    EXPECT_TRUE(at::equal(own[i].second, other[i].second.to(at::kCPU))) << own[i].first;
  }
  EXPECT_TRUE(there->decoder.head.is_same(there->decoder.embedding));
}

TEST_F(LoadModel, MergesAdaptersOneLayerAtATime) {
  auto base = load_model(folder_.path(), {.dtype = at::kFloat});
  TempFolder adapter;
  LoraOptions options;
  options.r = 2;
  add_lora(*base, options, 1);
  save_lora(*base, options, folder_.path().string(), adapter.path());
  std::int64_t adapters = 0;
  for (const auto& [name, tensor] : lora_parameters(*base))
    adapters += static_cast<std::int64_t>(tensor.nbytes());
  simulated_reset_counts();
  const auto before = static_cast<std::int64_t>(simulated_bytes());
  const auto model = load_merged(adapter.path(), {.dtype = at::kFloat, .device = device_});
  const Sizes sizes = sizes_of(*model);
  EXPECT_LE(static_cast<std::int64_t>(simulated_peak_bytes()) - before,
            sizes.all + adapters + 3 * sizes.largest);
}

}  // namespace
}  // namespace juror
