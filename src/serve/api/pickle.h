// Python pickles read as data: numbers, texts, bytes, lists, tuples, dictionaries and numpy arrays
// of these. Nothing is ever called; an opcode that is not on the list, or a name that is not one of
// numpy's own for arrays, ends the reading.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace juror {

/// One value. Which members count, `kind` says.
struct PickleValue {
  enum Kind {
    kNone,
    kBool,
    kInteger,
    kNumber,
    kText,
    kBytes,
    kList,
    kTuple,
    kDict,
    kName,   ///< text: a name of numpy's, which stands for itself
    kDtype,  ///< text: "<U12"; integer: bytes of an element
    kArray,  ///< items, in memory order
    kMark
  };
  Kind kind = kNone;
  std::int64_t integer = 0;
  double number = 0;
  std::string text;
  std::vector<const PickleValue*> items;  ///< of a dictionary key, value, key, value …
  const PickleValue* dtype = nullptr;     ///< of an array until its elements are there

  /// What stands under a text key of a dictionary; null without it.
  const PickleValue* find(std::string_view key) const;
};

/// A pickle as a tree of values, which live as long as this.
class Pickle {
 public:
  /// Throws HttpError (415) naming the opcode or name that is not read, (400) for a pickle that is
  /// cut short or makes no sense.
  explicit Pickle(std::string_view bytes);
  const PickleValue& root() const { return *root_; }

 private:
  class Reader;
  std::deque<PickleValue> values_;
  const PickleValue* root_ = nullptr;
};

/// What a reward client of flow_grpo sends: `images` (bytes of files) and `prompts` (texts in a
/// list or an array; may be missing).
struct PickleCall {
  std::vector<std::string> images, prompts;
};
/// Throws HttpError: 400 for other shapes, 415 as above.
PickleCall read_pickle_call(std::string_view bytes);

/// A dictionary whose `outputs`, `scores` and `rewards` are this list, as a pickle of protocol 2.
std::string pickle_reply(const std::vector<double>& scores);

}  // namespace juror
