#include "data/imagereward_hub.h"

#include <map>

#include "base/parse_json.h"
#include "data/archive/archive.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::vector<Record> records_of_list(const std::string& place,
                                    const std::vector<std::uint8_t>& bytes) {
  const Json list = json_or_discarded({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  require(list.is_array(), "{}: not a JSON list of records.", place);
  std::vector<Record> records;
  for (std::size_t i = 0; i < list.size(); ++i) {
    records.push_back({.fields = list[i], .place = fmt::format("{}, row {}", place, i)});
    records.back().expect(list[i].is_object(), "a row must be an object.");
  }
  return records;
}

/// The rows of the split's parquet whose images lie in this zip's folder.
std::vector<Record> records_of_metadata(const fs::path& zip) {
  const fs::path folder = zip.parent_path();
  const fs::path file =
      folder.parent_path().parent_path() / ("metadata-" + folder.filename().string() + ".parquet");
  require(fs::exists(file), "'{}' holds no list of its images (a .json), and there is no '{}'.",
          zip.string(), file.string());
  std::vector<Record> records;
  const std::unique_ptr<Table> table = open_parquet_table(file);
  while (auto record = table->next()) {
    if (fs::path(record->text("image_path")).parent_path().filename() == zip.stem())
      records.push_back(std::move(*record));
  }
  return records;
}

std::vector<Record> records_of(const fs::path& zip) {
  const std::shared_ptr<const Archive> archive = open_archive(zip);
  for (const std::string& name : archive->names()) {
    if (name.ends_with(".json"))
      return records_of_list(fmt::format("'{}!{}'", zip.string(), name), archive->read(name));
  }
  return records_of_metadata(zip);
}

class GroupedTable : public Table {
 public:
  explicit GroupedTable(const fs::path& zip) {
    for (const Record& record : records_of(zip)) add(record);
    require(!prompts_.empty(), "'{}' has no records.", zip.string());
  }

  std::optional<Record> next() override {
    if (at_ == prompts_.size()) return std::nullopt;
    return std::move(prompts_[at_++]);
  }

 private:
  void add(const Record& record) {
    const std::string id = record.text("prompt_id"), prompt = record.text("prompt");
    const auto [place, is_new] = index_.insert({id, prompts_.size()});
    if (is_new)
      prompts_.push_back({.fields = {{"id", id}, {"prompt", prompt}}, .place = record.place});
    Json& group = prompts_[place->second].fields;
    record.expect(group["prompt"] == prompt,
                  "the prompt of '{}' differs from that of an earlier record.", id);
    group["generations"].push_back(record.text("image_path"));
    group["ranking"].push_back(record.number("rank"));
  }

  std::vector<Record> prompts_;
  std::map<std::string, std::size_t> index_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<Table> open_imagereward_zip(const fs::path& zip) {
  return std::make_unique<GroupedTable>(zip);
}

}  // namespace juror
