// Memory that runs out, as people read it.
#include "tensor/out_of_memory.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>

#include "counting_allocator.h"

namespace juror {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(FailedAllocation, ReadsHowMuchTheCpuWasAskedFor) {
  CountingAllocator::instance().fail_at(1);
  try {
    at::empty({250, 1000}, at::kFloat);
    FAIL() << "nothing failed";
  } catch (const std::exception& fault) {
    const auto failed = failed_allocation(fault);
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->bytes, 1'000'000U);
    EXPECT_TRUE(failed->on_host);
  }
}

TEST(FailedAllocation, ReadsHowMuchCudaWasAskedFor) {
  const c10::OutOfMemoryError fault(
      {"f", "file", 1},
      "CUDA out of memory. Tried to allocate 1.50 GiB. GPU 0 has a total capacity of 139.80 GiB");
  const auto failed = failed_allocation(fault);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->bytes, 1'610'612'736U);
  EXPECT_FALSE(failed->on_host);
}

TEST(FailedAllocation, IsNoOtherFault) {
  EXPECT_FALSE(failed_allocation(c10::Error({"f", "file", 1}, "shapes do not agree")));
  EXPECT_FALSE(failed_allocation(std::runtime_error("bytes")));
  EXPECT_TRUE(failed_allocation(std::bad_alloc()));
}

TEST(WithMemoryAdvice, SaysWhatDidNotFitAndWhatWould) {
  CountingAllocator::instance().fail_at(1);
  try {
    with_memory_advice("Step 12", "Fewer rows take less.",
                       [] { return at::empty({500'000'000}, at::kByte); });
    FAIL() << "nothing failed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kSystem);
    EXPECT_STREQ(error.what(),
                 "Step 12 did not fit into the memory of the machine: 0.50 GB more were asked for. "
                 "Fewer rows take less.");
  }
}

TEST(WithMemoryAdvice, LeavesOtherFaultsAsTheyAre) {
  const auto mismatch = [] { return at::mm(at::ones({2, 3}), at::ones({2, 3})); };
  EXPECT_THROW(with_memory_advice("Step 12", "", mismatch), c10::Error);
  const auto ours = []() -> int { throw Error("of ours"); };
  EXPECT_THROW(with_memory_advice("Step 12", "", ours), Error);
}

TEST(FaultText, LeavesOutTheStackOfLibtorch) {
  try {
    at::mm(at::ones({2, 3}), at::ones({2, 3}));
    FAIL() << "nothing failed";
  } catch (const std::exception& fault) {
    EXPECT_THAT(*fault_text(fault), HasSubstr("mat1 and mat2 shapes"));
    EXPECT_THAT(*fault_text(fault), Not(HasSubstr("frame #")));
  }
}

}  // namespace
}  // namespace juror
