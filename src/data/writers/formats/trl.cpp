// TRL's DPO and KTO with pictures: the judge's question, and the right and the wrong answer. Stored
// as an imagefolder, whose column `images` is a list of pictures.
#include "data/writers/question.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

Json message(const char* role, Json content) {
  return Json::array({{{"role", role}, {"content", std::move(content)}}});
}

Json asked(const PairQuestion& question) {
  Json content = Json::array();
  for (const QuestionPart& part : question.parts) {
    content.push_back(part.is_image ? Json{{"type", "image"}}
                                    : Json{{"type", "text"}, {"text", part.text}});
  }
  return message("user", std::move(content));
}

Json said(const std::string& completion) {
  return message("assistant", Json::array({{{"type", "text"}, {"text", completion}}}));
}

Json files(const PairQuestion& question, GroupPictures& pictures) {
  return {pictures.file(question.images[0]), pictures.file(question.images[1])};
}

ExportRows dpo_rows(const ExportGroup& shown, GroupPictures& pictures,
                    const WriterOptions& options) {
  ExportRows list;
  for (const ExportPair& pair : shown.pairs) {
    const PairQuestion question = pair_question(shown.group, pair, options);
    list.push_back({{"images_file_names", files(question, pictures)},
                    {"prompt", asked(question)},
                    {"chosen", said(question.right)},
                    {"rejected", said(question.wrong)}});
  }
  return list;
}

ExportRows kto_rows(const ExportGroup& shown, GroupPictures& pictures,
                    const WriterOptions& options) {
  ExportRows list;
  for (const ExportPair& pair : shown.pairs) {
    const PairQuestion question = pair_question(shown.group, pair, options);
    for (const bool label : {true, false}) {
      list.push_back({{"images_file_names", files(question, pictures)},
                      {"prompt", asked(question)},
                      {"completion", said(label ? question.right : question.wrong)},
                      {"label", label}});
    }
  }
  return list;
}

ExportFormat trl_writer(const char* name, const char* readers, decltype(&dpo_rows) rows) {
  return {.name = name,
          .readers = readers,
          .table = "metadata.jsonl",
          .pictures = "images",
          .rows = rows};
}

}  // namespace

ExportFormat trl_dpo_writer() {
  return trl_writer(
      "trl-dpo", "TRL's DPOTrainer, to train a judge: load_dataset(\"imagefolder\", …)", dpo_rows);
}

ExportFormat trl_kto_writer() {
  return trl_writer(
      "trl-kto", "TRL's KTOTrainer, to train a judge: load_dataset(\"imagefolder\", …)", kto_rows);
}

}  // namespace juror
