#include "simulated/memory.h"

#include <c10/util/Exception.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace juror::simulated {
namespace {

constexpr std::size_t kReserved = std::size_t{1} << 36;  // addresses, not memory
constexpr std::size_t kAlignment = 64;

std::size_t round_up(std::size_t bytes, std::size_t step) {
  return (bytes + step - 1) / step * step;
}

std::byte* map(int file, int protection) {
  void* base = mmap(nullptr, kReserved, protection, MAP_SHARED | MAP_NORESERVE, file, 0);
  TORCH_CHECK(base != MAP_FAILED, "no addresses for the simulated accelerator");
  return static_cast<std::byte*>(base);
}

}  // namespace

Arena& Arena::instance() {
  static Arena* arena = new Arena;  // tensors of static lifetime may outlive everything
  return *arena;
}

Arena::Arena() {
  const int file = memfd_create("simulated", MFD_CLOEXEC);
  TORCH_CHECK(file >= 0 && ftruncate(file, kReserved) == 0,
              "no memory for the simulated accelerator");
  base_ = map(file, PROT_NONE);
  open_ = map(file, PROT_READ | PROT_WRITE);
  close(file);
  free_[0] = kReserved;
}

void* Arena::allocate(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (limit_ > 0 && bytes_ + bytes > limit_) {
    throw c10::OutOfMemoryError({__func__, __FILE__, static_cast<std::uint32_t>(__LINE__)},
                                "simulated out of memory. Tried to allocate " +
                                    std::to_string(bytes) + " bytes of " + std::to_string(limit_));
  }
  const std::size_t size = round_up(std::max<std::size_t>(bytes, 1), kAlignment);
  auto hole =
      std::find_if(free_.begin(), free_.end(), [&](const auto& f) { return f.second >= size; });
  TORCH_CHECK(hole != free_.end(), "the simulated accelerator has no addresses left");
  const auto [begin, length] = *hole;
  free_.erase(hole);
  if (length > size) free_[begin + size] = length - size;
  used_[begin] = bytes;
  bytes_ += bytes;
  peak_ = std::max(peak_, bytes_);
  return base_ + begin;
}

void Arena::release(void* block) {
  const std::lock_guard lock(mutex_);
  const auto used = used_.find(static_cast<std::size_t>(static_cast<std::byte*>(block) - base_));
  bytes_ -= used->second;
  const std::size_t size = round_up(std::max<std::size_t>(used->second, 1), kAlignment);
  auto hole = free_.emplace(used->first, size).first;
  used_.erase(used);
  const auto next = std::next(hole);
  if (next != free_.end() && hole->first + hole->second == next->first) {
    hole->second += next->second;
    free_.erase(next);
  }
  if (hole == free_.begin()) return;
  const auto before = std::prev(hole);
  if (before->first + before->second != hole->first) return;
  before->second += hole->second;
  free_.erase(hole);
}

}  // namespace juror::simulated
