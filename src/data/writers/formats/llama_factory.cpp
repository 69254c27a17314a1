// LLaMA-Factory's sharegpt preference data with pictures, and its dataset_info.json: the folder is
// a dataset_dir.
#include "base/error.h"
#include "data/writers/question.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kInfo = R"({
  "juror": {
    "file_name": "juror.json",
    "formatting": "sharegpt",
    "ranking": true,
    "columns": {"messages": "conversations", "chosen": "chosen", "rejected": "rejected", "images": "images"}
  }
}
)";

std::string asked(const PairQuestion& question, const JudgedGroup& group) {
  std::string text;
  for (const QuestionPart& part : question.parts) {
    require(part.text.find("<image>") == std::string::npos,
            "The prompt of '{}' holds '<image>', which LLaMA-Factory takes for a picture.",
            group.id);
    text += part.is_image ? "<image>" : part.text;
  }
  return text;
}

ExportRows rows(const ExportGroup& shown, GroupPictures& pictures, const WriterOptions& options) {
  ExportRows list;
  for (const ExportPair& pair : shown.pairs) {
    const PairQuestion question = pair_question(shown.group, pair, options);
    list.push_back(
        {{"conversations",
          Json::array({{{"from", "human"}, {"value", asked(question, shown.group)}}})},
         {"chosen", {{"from", "gpt"}, {"value", question.right}}},
         {"rejected", {{"from", "gpt"}, {"value", question.wrong}}},
         {"images", {pictures.file(question.images[0]), pictures.file(question.images[1])}}});
  }
  return list;
}

}  // namespace

ExportFormat llama_factory_writer() {
  return {.name = "llama-factory",
          .readers = "LLaMA-Factory: dataset_dir: DIR, dataset: juror",
          .table = "juror.json",
          .pictures = "images",
          .rows = rows,
          .extras = {{"dataset_info.json", kInfo}}};
}

}  // namespace juror
