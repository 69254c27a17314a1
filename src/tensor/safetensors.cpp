#include "tensor/safetensors.h"

#include <ATen/ATen.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace juror {
namespace {

constexpr std::array<std::pair<const char*, at::ScalarType>, 10> kDtypes = {
    {{"F64", at::kDouble},
     {"F32", at::kFloat},
     {"F16", at::kHalf},
     {"BF16", at::kBFloat16},
     {"I64", at::kLong},
     {"I32", at::kInt},
     {"I16", at::kShort},
     {"I8", at::kChar},
     {"U8", at::kByte},
     {"BOOL", at::kBool}}};

at::ScalarType scalar_type(const SafetensorsEntry& entry, const std::string& file) {
  for (const auto& [name, type] : kDtypes) {
    if (entry.dtype == name) return type;
  }
  throw Error(fmt::format("'{}': tensor '{}' has dtype {}, which Juror does not compute with.",
                          file, entry.name, entry.dtype),
              ErrorKind::kModel);
}

const char* dtype_name(const Tensor& tensor, const std::string& name) {
  for (const auto& [text, type] : kDtypes) {
    if (tensor.scalar_type() == type) return text;
  }
  throw Error(fmt::format("Tensor '{}' has a dtype that safetensors cannot hold.", name));
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : file_(std::make_shared<MappedFile>(path)),
      header_(parse_safetensors_header(file_->bytes(), path.string())) {
  for (std::size_t i = 0; i < header_.entries.size(); ++i) index_[header_.entries[i].name] = i;
}

Tensor SafetensorsFile::tensor(const std::string& name) const {
  const auto found = index_.find(name);
  require_model(found != index_.end(), "'{}' holds no tensor '{}'.", file_->path().string(), name);
  const SafetensorsEntry& entry = header_.entries[found->second];
  const at::ScalarType type = scalar_type(entry, file_->path().string());
  if (entry.begin == entry.end) return at::empty(entry.shape, type);
  void* data = const_cast<std::uint8_t*>(file_->bytes().data() + entry.begin);
  // The header may leave tensors unaligned: torch's kernels load elements one by one on such rows,
  // but copying is safer.
  const Tensor view = at::from_blob(
      data, entry.shape, [keep = file_](void*) {}, at::TensorOptions(type));
  return entry.begin % safetensors_dtype_size(entry.dtype) == 0 ? view : view.clone();
}

void SafetensorsFile::release(const Tensor& tensor) const {
  file_->release(tensor.const_data_ptr(), tensor.nbytes());
}

void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                      const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}};
  for (const auto& [key, value] : metadata) header["__metadata__"][key] = value;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::uint64_t end = offset + tensor.nbytes();
    header[name] = {{"dtype", dtype_name(tensor, name)},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // data starts aligned
  const std::uint64_t length = text.size();

  AtomicFile file(path);
  file.write(&length, 8);
  file.write(text);
  for (const auto& [name, tensor] : tensors) {
    const Tensor bytes = tensor.detach().to(at::kCPU).contiguous();
    file.write(bytes.data_ptr(), bytes.nbytes());
  }
  file.commit();
}

}  // namespace juror
