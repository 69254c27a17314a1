// AVA.txt as its authors publish it: "1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396", the row's
// number, the image, people who gave 1 … 10, two semantic tags, the challenge.
#include <fstream>
#include <sstream>

#include "data/table.h"

namespace juror {
namespace {

constexpr std::size_t kNumbers = 15, kPoints = 10;

class AvaTable : public Table {
 public:
  explicit AvaTable(const std::filesystem::path& file) : file_(file), stream_(file) {
    require(stream_.is_open(), "'{}' cannot be read.", file.string());
  }

  std::optional<Record> next() override {
    std::string line;
    while (std::getline(stream_, line)) {
      ++number_;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      return record_of(line);
    }
    return std::nullopt;
  }

 private:
  Record record_of(const std::string& line) const {
    Record record{.fields = nlohmann::json::object(),
                  .place = fmt::format("{}:{}", file_.string(), number_)};
    std::istringstream words(line);
    std::vector<std::int64_t> numbers;
    for (std::int64_t number = 0; words >> number;) numbers.push_back(number);
    record.expect(words.eof() && numbers.size() == kNumbers,
                  "the line has {} whole numbers; AVA's have {}: row, image, ten counts, two tags "
                  "and challenge.",
                  numbers.size(), kNumbers);
    record.fields["image"] = fmt::format("{}.jpg", numbers[1]);
    for (std::size_t i = 0; i < kPoints; ++i) record.fields[std::to_string(i + 1)] = numbers[2 + i];
    record.fields["tag_1"] = numbers[12];
    record.fields["tag_2"] = numbers[13];
    record.fields["challenge"] = numbers[14];
    return record;
  }

  std::filesystem::path file_;
  std::ifstream stream_;
  std::int64_t number_ = 0;
};

}  // namespace

bool is_ava_table(const std::filesystem::path& file) { return file.filename() == "AVA.txt"; }

std::unique_ptr<Table> open_ava_table(const std::filesystem::path& file) {
  return std::make_unique<AvaTable>(file);
}

}  // namespace juror
