// Label Studio: a task a pair with the judge's choice as its prediction, and the labelling
// interface. Pictures are served by Label Studio's local storage with the export as document root.
#include <algorithm>

#include <fmt/format.h>

#include "data/writers/writer.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kInterface = R"(<View>
  <Header value="$prompt"/>
  <View style="display: flex; gap: 1em">
    <Image name="image_1" value="$image_1"/>
    <Image name="image_2" value="$image_2"/>
  </View>
  <Choices name="better" toName="image_1" choice="single-radio" showInline="true">
    <Choice value="Image 1" hotkey="1"/>
    <Choice value="Image 2" hotkey="2"/>
    <Choice value="Tie" hotkey="3"/>
  </Choices>
</View>
)";

Json prediction(const JudgedGroup& group, const ExportPair& pair) {
  const char* better = pair.tie ? "Tie" : first_wins(pair) ? "Image 1" : "Image 2";
  const Json choice = {{"from_name", "better"},
                       {"to_name", "image_1"},
                       {"type", "choices"},
                       {"value", {{"choices", Json::array({better})}}}};
  return {{"model_version", group.judge},
          {"score", std::max(pair.p, 1 - pair.p)},
          {"result", Json::array({choice})}};
}

ExportRows rows(const ExportGroup& shown, GroupPictures& pictures, const WriterOptions&) {
  ExportRows list;
  const auto url = [&](std::size_t image) {
    return "/data/local-files/?d=" + pictures.file(image);
  };
  for (const ExportPair& pair : shown.pairs) {
    list.push_back({{"data",
                     {{"id", fmt::format("{}:{}-{}", shown.group.id, pair.first, pair.second)},
                      {"prompt", shown.group.prompt},
                      {"image_1", url(pair.first)},
                      {"image_2", url(pair.second)}}},
                    {"predictions", Json::array({prediction(shown.group, pair)})}});
  }
  return list;
}

}  // namespace

ExportFormat label_studio_writer() {
  return {.name = "label-studio",
          .readers = "Label Studio: import tasks.json, interface.xml",
          .table = "tasks.json",
          .pictures = "images",
          .has_ties = true,
          .rows = rows,
          .extras = {{"interface.xml", kInterface}}};
}

}  // namespace juror
