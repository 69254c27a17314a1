#include "tensor/out_of_memory.h"

#include <c10/util/Exception.h>

#include <array>
#include <charconv>
#include <new>
#include <string_view>

namespace juror {
namespace {

// What c10's allocators say: on the CPU "you tried to allocate 123 bytes", on CUDA "Tried to
// allocate 1.50 GiB".
constexpr std::string_view kOnHost = "DefaultCPUAllocator", kTried = "ried to allocate ";

std::uint64_t bytes_in(std::string_view text) {
  const std::size_t at = text.find(kTried);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + kTried.size());
  double number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{}) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  constexpr std::array<std::pair<std::string_view, double>, 3> kUnits = {
      {{" KiB", 0x1p10}, {" MiB", 0x1p20}, {" GiB", 0x1p30}}};
  for (const auto& [unit, size] : kUnits) {
    if (text.starts_with(unit)) number *= size;
  }
  return static_cast<std::uint64_t>(number);
}

}  // namespace

std::optional<FailedAllocation> failed_allocation(const std::exception& fault) {
  if (dynamic_cast<const std::bad_alloc*>(&fault) != nullptr) return FailedAllocation{};
  const auto* error = dynamic_cast<const c10::Error*>(&fault);
  if (error == nullptr) return {};
  const std::string_view text = error->what_without_backtrace();
  const bool on_host = text.find(kOnHost) != std::string_view::npos;
  const bool is_memory = on_host || dynamic_cast<const c10::OutOfMemoryError*>(error) != nullptr;
  if (!is_memory) return {};
  return FailedAllocation{.bytes = bytes_in(text), .on_host = on_host};
}

Error out_of_memory(const FailedAllocation& failed, const std::string& doing,
                    const std::string& advice) {
  const std::string asked = failed.bytes == 0
                                ? ""
                                : fmt::format(": {:.2f} GB more were asked for",
                                              1e-9 * static_cast<double>(failed.bytes));
  return Error(fmt::format("{} did not fit into the memory of the {}{}. {}", doing,
                           failed.on_host ? "machine" : "device", asked, advice),
               ErrorKind::kSystem);
}

std::optional<std::string> fault_text(const std::exception& fault) {
  const auto* error = dynamic_cast<const c10::Error*>(&fault);
  if (error == nullptr) return {};
  return error->what_without_backtrace();
}

}  // namespace juror
