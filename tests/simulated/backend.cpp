#include "simulated/backend.h"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/as_strided_cpu_dispatch.h>
#include <ATen/ops/view_cpu_dispatch.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <atomic>
#include <mutex>

#include "simulated/memory.h"

namespace {

using at::Tensor;
using juror::simulated::Arena;

constexpr auto kType = c10::DeviceType::PrivateUse1;
const c10::Device kDevice(kType, 0);

thread_local int fallback_depth = 0;  // > 0: what is copied is the fallback's business
std::atomic<std::int64_t> up{0}, blocking{0}, down{0}, items{0}, kernels{0};

struct InFallback {
  InFallback() { ++fallback_depth; }
  ~InFallback() { --fallback_depth; }
};

void count(std::atomic<std::int64_t>& counter) {
  if (fallback_depth == 0) ++counter;
}

class SimulatedAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* block = Arena::instance().allocate(bytes);
    return {block, block, &release, kDevice};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(Arena::instance().host_address(to), Arena::instance().host_address(from),
                      bytes);
  }

 private:
  static void release(void* block) { Arena::instance().release(block); }
};

SimulatedAllocator& allocator() {
  static SimulatedAllocator* one = new SimulatedAllocator;
  return *one;
}

/// One device, one stream.
struct SimulatedGuard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kType; }
  c10::Device exchangeDevice(c10::Device) const override { return kDevice; }
  c10::Device getDevice() const override { return kDevice; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device) const override { return stream(); }
  c10::Stream getDefaultStream(c10::Device) const override { return stream(); }
  c10::Stream exchangeStream(c10::Stream) const override { return stream(); }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  void record(void**, const c10::Stream&, c10::DeviceIndex, c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override {}
  void synchronizeDevice(c10::DeviceIndex) const override {}

 private:
  static c10::Stream stream() { return c10::Stream(c10::Stream::DEFAULT, kDevice); }
};

struct SimulatedHooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  c10::DeviceIndex getCurrentDevice() const override { return 0; }
  void setCurrentDevice(c10::DeviceIndex) const override {}
};

/// The same memory as a CPU tensor.
Tensor as_host(const Tensor& tensor) {
  if (tensor.is_cpu()) return tensor;
  return at::from_blob(Arena::instance().host_address(tensor.const_data_ptr()), tensor.sizes(),
                       tensor.strides(), at::TensorOptions(tensor.scalar_type()));
}

Tensor empty(c10::IntArrayRef size, std::optional<c10::ScalarType> dtype,
             std::optional<c10::Layout>, std::optional<c10::Device>, std::optional<bool>,
             std::optional<c10::MemoryFormat> format) {
  return at::detail::empty_generic(size, &allocator(),
                                   c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                   c10::dtype_or_default(dtype), format);
}

Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef stride,
                     std::optional<c10::ScalarType> dtype, std::optional<c10::Layout>,
                     std::optional<c10::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, &allocator(),
                                           c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                           c10::dtype_or_default(dtype));
}

Tensor copy_from(const Tensor& from, const Tensor& to, bool non_blocking) {
  const bool is_upload = from.is_cpu() && !to.is_cpu();
  if (is_upload) count(up);
  if (is_upload && !non_blocking) count(blocking);
  if (!from.is_cpu() && to.is_cpu()) count(down);
  as_host(to).copy_(as_host(from));
  return to;
}

Tensor copy_from_and_resize(const Tensor& from, const Tensor& to) {
  if (to.sizes() != from.sizes()) {
    const_cast<Tensor&>(to).unsafeGetTensorImpl()->set_sizes_contiguous(from.sizes());
    const_cast<Tensor&>(to).storage().set_data_ptr(allocator().allocate(from.nbytes()));
    const_cast<Tensor&>(to).storage().set_nbytes(from.nbytes());
  }
  return copy_from(from, to, false);
}

c10::Scalar local_scalar_dense(const Tensor& tensor) {
  count(items);
  return as_host(tensor).item();
}

Tensor view(const Tensor& tensor, c10::IntArrayRef size) {
  return at::cpu::view(tensor, size);  // strides alone: no memory is touched
}

Tensor as_strided(const Tensor& tensor, c10::IntArrayRef size, c10::IntArrayRef stride,
                  std::optional<std::int64_t> offset) {
  return at::cpu::as_strided(tensor, size, stride, offset);
}

Tensor reshape_alias(const Tensor& tensor, c10::IntArrayRef size, c10::IntArrayRef stride) {
  return at::cpu::as_strided(tensor, size, stride, tensor.storage_offset());
}

Tensor unfold(const Tensor& tensor, std::int64_t dim, std::int64_t size, std::int64_t step) {
  const auto axis = static_cast<std::size_t>(dim < 0 ? dim + tensor.dim() : dim);
  std::vector<std::int64_t> sizes = tensor.sizes().vec(), strides = tensor.strides().vec();
  sizes.push_back(size);
  strides.push_back(strides[axis]);
  sizes[axis] = (sizes[axis] - size) / step + 1;
  strides[axis] *= step;
  return at::cpu::as_strided(tensor, sizes, strides, tensor.storage_offset());
}

/// Refuses a CPU tensor among the arguments, as CUDA's kernels do; a scalar may be one.
void check_device(const c10::OperatorHandle& op, const Tensor& argument) {
  TORCH_CHECK(!argument.defined() || !argument.is_cpu() || argument.dim() == 0,
              "Expected all tensors to be on the same device, but ", op.operator_name(),
              " was given one of the CPU of shape ", argument.sizes());
}

void check_devices(const c10::OperatorHandle& op, const torch::jit::Stack& stack) {
  const std::size_t count_of_arguments = op.schema().arguments().size();
  for (std::size_t i = stack.size() - count_of_arguments; i < stack.size(); ++i) {
    if (stack[i].isTensor()) check_device(op, stack[i].toTensor());
    if (!stack[i].isTensorList()) continue;
    for (const Tensor& one : stack[i].toTensorVector()) check_device(op, one);
  }
}

void fall_back(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  count(kernels);
  check_devices(op, *stack);
  const InFallback inside;
  at::native::cpu_fallback(op, stack, /*error_on_views=*/true);
}

}  // namespace

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&fall_back>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", TORCH_FN(empty));
  m.impl("empty_strided", TORCH_FN(empty_strided));
  m.impl("_copy_from", TORCH_FN(copy_from));
  m.impl("_copy_from_and_resize", TORCH_FN(copy_from_and_resize));
  m.impl("_local_scalar_dense", TORCH_FN(local_scalar_dense));
  m.impl("view", TORCH_FN(view));
  m.impl("as_strided", TORCH_FN(as_strided));
  m.impl("_reshape_alias", TORCH_FN(reshape_alias));
  m.impl("unfold", TORCH_FN(unfold));
}

// Mixed precision: products in the lower type, as on CUDA.
TORCH_LIBRARY_IMPL(_, AutocastPrivateUse1, m) { m.fallback(torch::CppFunction::makeFallthrough()); }

TORCH_LIBRARY_IMPL(aten, AutocastPrivateUse1, m){
    KERNEL_PRIVATEUSEONE(linear, lower_precision_fp) KERNEL_PRIVATEUSEONE(matmul,
                                                                          lower_precision_fp)
        KERNEL_PRIVATEUSEONE(mm, lower_precision_fp) KERNEL_PRIVATEUSEONE(bmm, lower_precision_fp)
            KERNEL_PRIVATEUSEONE(addmm, lower_precision_fp)
                KERNEL_PRIVATEUSEONE(scaled_dot_product_attention, lower_precision_fp)}

C10_REGISTER_GUARD_IMPL(PrivateUse1, SimulatedGuard)

    void simulated_start() {
  static std::once_flag once;
  std::call_once(once, [] {
    c10::register_privateuse1_backend("simulated");
    c10::SetAllocator(kType, &allocator());
    at::RegisterPrivateUse1HooksInterface(new SimulatedHooks);
  });
}

SimulatedCounts simulated_counts() { return {up, blocking, down, items, kernels}; }

void simulated_reset_counts() {
  up = blocking = down = items = kernels = 0;
  Arena::instance().reset_peak();
}

void simulated_limit_bytes(std::uint64_t bytes) { Arena::instance().set_limit(bytes); }
std::uint64_t simulated_bytes() { return Arena::instance().bytes(); }
std::uint64_t simulated_peak_bytes() { return Arena::instance().peak_bytes(); }
