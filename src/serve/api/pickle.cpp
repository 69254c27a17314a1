#include "serve/api/pickle.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <map>

#include "serve/http/message.h"
#include "serve/http/utf8.h"

namespace juror {
namespace {

constexpr std::size_t kMostValues = 200'000;

[[noreturn]] void broken(const std::string& message) {
  throw HttpError(400, "bad_pickle", "The pickle " + message);
}
[[noreturn]] void forbidden(const std::string& what) {
  throw HttpError(415, "pickle_refused",
                  "A pickle is read as data, and this one has " + what +
                      ". Bytes, texts, numbers, lists, dictionaries and numpy arrays are read.");
}

/// The names of numpy's that arrays and their scalars are pickled with, by what they stand for.
const std::map<std::string, const char*>& known_names() {
  static const std::map<std::string, const char*> kTable = {
      {"numpy.core.multiarray _reconstruct", "reconstruct"},
      {"numpy._core.multiarray _reconstruct", "reconstruct"},
      {"numpy.core.multiarray scalar", "scalar"},
      {"numpy._core.multiarray scalar", "scalar"},
      {"numpy.core.numeric _frombuffer", "frombuffer"},
      {"numpy._core.numeric _frombuffer", "frombuffer"},
      {"numpy ndarray", "ndarray"},
      {"numpy dtype", "dtype"}};
  return kTable;
}

/// A number of `count` bytes, least first.
std::uint64_t little(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// An element of an array of UCS-4 text, without its padding.
std::string ucs4_text(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    const auto c = static_cast<std::uint32_t>(little(bytes.substr(i, 4)));
    if (c == 0) break;
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
      broken("has an array with a text that is none.");
    text += to_utf8(static_cast<char32_t>(c));
  }
  return text;
}

}  // namespace

const PickleValue* PickleValue::find(std::string_view key) const {
  for (std::size_t i = 0; kind == kDict && i + 1 < items.size(); i += 2)
    if (items[i]->kind == kText && items[i]->text == key) return items[i + 1];
  return nullptr;
}

/// The machine of the opcodes that are read. Source: Lib/pickletools.py of CPython.
class Pickle::Reader {
 public:
  Reader(std::string_view bytes, std::deque<PickleValue>& values)
      : rest_(bytes), most_text_(4 * bytes.size() + 4096), values_(values) {}

  const PickleValue* read() {
    while (true) {
      const auto opcode = static_cast<unsigned char>(take(1)[0]);
      if (opcode == '.') {
        if (stack_.size() != 1) broken("ends with other than one value.");
        return stack_.back();
      }
      execute(opcode);
    }
  }

 private:
  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) broken("is cut short.");
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  std::uint64_t take_number(std::size_t bytes) { return little(take(bytes)); }

  PickleValue& make(PickleValue value) {
    text_bytes_ += value.text.size();
    if (values_.size() == kMostValues || text_bytes_ > most_text_)
      broken("unfolds into more than it should hold.");
    values_.push_back(std::move(value));
    return values_.back();
  }
  PickleValue& push(PickleValue value) {
    PickleValue& made = make(std::move(value));
    stack_.push_back(&made);
    return made;
  }
  PickleValue* pop() {
    if (stack_.empty() || stack_.back()->kind == PickleValue::kMark)
      broken("takes a value that is not there.");
    PickleValue* value = stack_.back();
    stack_.pop_back();
    return value;
  }
  PickleValue& top(PickleValue::Kind kind) {
    if (stack_.empty() || stack_.back()->kind != kind) broken("adds to what takes nothing.");
    return *stack_.back();
  }
  std::vector<const PickleValue*> pop_to_mark() {
    std::vector<const PickleValue*> items;
    while (!stack_.empty() && stack_.back()->kind != PickleValue::kMark) {
      items.push_back(stack_.back());
      stack_.pop_back();
    }
    if (stack_.empty()) broken("has no mark where one is taken.");
    stack_.pop_back();
    return {items.rbegin(), items.rend()};
  }
  void push_tuple(std::size_t count) {
    std::vector<const PickleValue*> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    push({.kind = PickleValue::kTuple, .items = std::move(items)});
  }
  void push_text(std::uint64_t count) {
    const std::string_view bytes = take(count);
    if (!is_utf8(bytes)) broken("has a text that is no UTF-8.");
    push({.kind = PickleValue::kText, .text = std::string(bytes)});
  }
  void push_bytes(std::uint64_t count) {
    push({.kind = PickleValue::kBytes, .text = std::string(take(count))});
  }
  void push_integer(std::int64_t value) { push({.kind = PickleValue::kInteger, .integer = value}); }
  void extend(PickleValue& container, const std::vector<const PickleValue*>& items) {
    container.items.insert(container.items.end(), items.begin(), items.end());
  }
  void get(std::uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) broken("remembers nothing under a number that it asks for.");
    stack_.push_back(found->second);
  }
  void put(std::uint64_t index) {
    if (stack_.empty()) broken("remembers a value that is not there.");
    memo_[index] = stack_.back();
  }
  void push_name(const std::string& name) {
    const auto known = known_names().find(name);
    if (known == known_names().end()) {
      std::string shown;
      for (const char c : name.substr(0, 80)) shown += c < ' ' || c > '~' ? '?' : c;
      forbidden("the name '" + shown + "'");
    }
    push({.kind = PickleValue::kName, .text = known->second});
  }
  std::string take_line() {
    const auto end = rest_.substr(0, 256).find('\n');
    if (end == std::string_view::npos) broken("is cut short.");
    const std::string line(take(end + 1));
    return line.substr(0, end);
  }

  void execute(unsigned char opcode);
  bool execute_container(unsigned char opcode);
  bool execute_scalar(unsigned char opcode);
  void reduce();
  void build();
  const PickleValue& element_type(const PickleValue* value) const;
  void fill(PickleValue& array, const PickleValue& dtype, const PickleValue& data);

  std::string_view rest_;
  const std::uint64_t most_text_;
  std::uint64_t text_bytes_ = 0;
  std::deque<PickleValue>& values_;
  std::vector<PickleValue*> stack_;
  std::map<std::uint64_t, PickleValue*> memo_;
};

void Pickle::Reader::execute(unsigned char opcode) {
  if (execute_scalar(opcode) || execute_container(opcode)) return;
  switch (opcode) {
    case 0x80:  // PROTO
      if (take_number(1) > 5) forbidden("a protocol newer than 5");
      return;
    case 0x95:  // FRAME
      take(8);
      return;
    case 'h':
      return get(take_number(1));
    case 'j':
      return get(take_number(4));
    case 'q':
      return put(take_number(1));
    case 'r':
      return put(take_number(4));
    case 0x94:  // MEMOIZE
      return put(memo_.size());
    case 'c': {  // GLOBAL
      const std::string module = take_line();
      return push_name(module + " " + take_line());
    }
    case 0x93: {  // STACK_GLOBAL
      const PickleValue *name = pop(), *module = pop();
      if (name->kind != PickleValue::kText || module->kind != PickleValue::kText)
        broken("has a name that is no text.");
      return push_name(module->text + " " + name->text);
    }
    case 'R':
      return reduce();
    case 'b':
      return build();
    default:
      forbidden(fmt::format("the opcode 0x{:02x}", opcode));
  }
}

bool Pickle::Reader::execute_scalar(unsigned char opcode) {
  switch (opcode) {
    case 'N':
      push({});
      return true;
    case 0x88:
    case 0x89:
      push({.kind = PickleValue::kBool, .integer = opcode == 0x88});
      return true;
    case 'J':
      push_integer(static_cast<std::int32_t>(take_number(4)));
      return true;
    case 'K':
      push_integer(static_cast<std::int64_t>(take_number(1)));
      return true;
    case 'M':
      push_integer(static_cast<std::int64_t>(take_number(2)));
      return true;
    case 0x8A: {  // LONG1
      const std::uint64_t count = take_number(1);
      if (count > 8) broken("has a number beyond 64 bits.");
      std::uint64_t value = take_number(count);
      if (count > 0 && count < 8 && (value >> (8 * count - 1) & 1) != 0)
        value |= ~0ULL << (8 * count);
      push_integer(static_cast<std::int64_t>(value));
      return true;
    }
    case 'G': {
      std::uint64_t bits = 0;
      for (const char c : take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
      push({.kind = PickleValue::kNumber, .number = std::bit_cast<double>(bits)});
      return true;
    }
    case 0x8C:
      push_text(take_number(1));
      return true;
    case 'X':
      push_text(take_number(4));
      return true;
    case 0x8D:
      push_text(take_number(8));
      return true;
    case 'C':
      push_bytes(take_number(1));
      return true;
    case 'B':
      push_bytes(take_number(4));
      return true;
    case 0x8E:
    case 0x96:
      push_bytes(take_number(8));
      return true;
    default:
      return false;
  }
}

bool Pickle::Reader::execute_container(unsigned char opcode) {
  switch (opcode) {
    case '(':
      push({.kind = PickleValue::kMark});
      return true;
    case '}':
      push({.kind = PickleValue::kDict});
      return true;
    case ']':
      push({.kind = PickleValue::kList});
      return true;
    case ')':
      push_tuple(0);
      return true;
    case 0x85:
    case 0x86:
    case 0x87:
      push_tuple(opcode - 0x84U);
      return true;
    case 't':
      push({.kind = PickleValue::kTuple, .items = pop_to_mark()});
      return true;
    case 'a': {
      const PickleValue* item = pop();
      extend(top(PickleValue::kList), {item});
      return true;
    }
    case 'e': {
      const auto items = pop_to_mark();
      extend(top(PickleValue::kList), items);
      return true;
    }
    case 's': {
      const PickleValue *value = pop(), *key = pop();
      extend(top(PickleValue::kDict), {key, value});
      return true;
    }
    case 'u': {
      const auto items = pop_to_mark();
      if (items.size() % 2 != 0) broken("has a key without a value.");
      extend(top(PickleValue::kDict), items);
      return true;
    }
    default:
      return false;
  }
}

const PickleValue& Pickle::Reader::element_type(const PickleValue* value) const {
  if (value->kind != PickleValue::kDtype) broken("has an array without a type.");
  return *value;
}

/// numpy's constructors, by what is known of them: a type, an empty array, a scalar.
void Pickle::Reader::reduce() {
  const PickleValue *arguments = pop(), *name = pop();
  if (name->kind != PickleValue::kName || arguments->kind != PickleValue::kTuple)
    forbidden("a call of something that is not numpy's");
  const auto& items = arguments->items;
  if (name->text == "dtype" && !items.empty() && items[0]->kind == PickleValue::kText) {
    push({.kind = PickleValue::kDtype, .text = items[0]->text});
  } else if (name->text == "reconstruct") {
    push({.kind = PickleValue::kArray});
  } else if (name->text == "scalar" && items.size() == 2) {
    PickleValue array{.kind = PickleValue::kArray};
    fill(array, element_type(items[0]), *items[1]);
    if (array.items.size() != 1) broken("has a scalar of other than one element.");
    push(*array.items[0]);
  } else if (name->text == "frombuffer" && items.size() >= 2) {
    PickleValue array{.kind = PickleValue::kArray};
    fill(array, element_type(items[1]), *items[0]);
    push(std::move(array));
  } else {
    broken("makes an array in a way that is not known here.");
  }
}

/// The state of a type (its byte order) or of an array (version, shape, type, order, data).
void Pickle::Reader::build() {
  const PickleValue* state = pop();
  if (stack_.empty() || state->kind != PickleValue::kTuple)
    forbidden("a state that is not numpy's");
  PickleValue& object = *stack_.back();
  if (object.kind == PickleValue::kDtype && state->items.size() >= 2) {
    if (state->items[1]->kind == PickleValue::kText && state->items[1]->text == ">")
      broken("has an array of the other byte order.");
  } else if (object.kind == PickleValue::kArray && state->items.size() == 5 &&
             object.items.empty()) {
    fill(object, element_type(state->items[2]), *state->items[4]);
  } else {
    forbidden("a state that is not numpy's");
  }
}

void Pickle::Reader::fill(PickleValue& array, const PickleValue& dtype, const PickleValue& data) {
  if (data.kind == PickleValue::kList) {  // of objects
    array.items = data.items;
    return;
  }
  if (data.kind != PickleValue::kBytes) broken("has an array without data.");
  const std::string type = dtype.text.substr(dtype.text.find_first_not_of("<|="));
  const std::size_t digits =
      type.size() < 2 ? std::string::npos : type.find_first_not_of("0123456789", 1);
  if (type.size() < 2 || type.size() > 8 || digits != std::string::npos)
    broken("has an array of a type that is not read.");
  const std::size_t size = std::stoul(type.substr(1)) * (type[0] == 'U' ? 4 : 1);
  if (size == 0 || data.text.size() % size != 0) {
    if (data.text.empty()) return;
    broken("has an array whose data does not fit its type.");
  }
  for (std::size_t at = 0; at < data.text.size(); at += size) {
    const std::string_view bytes = std::string_view(data.text).substr(at, size);
    PickleValue element{.kind = PickleValue::kNumber};
    if (type[0] == 'U') {
      element = {.kind = PickleValue::kText, .text = ucs4_text(bytes)};
    } else if (type[0] == 'S') {
      element = {.kind = PickleValue::kBytes, .text = std::string(bytes)};
    } else if (type[0] == 'i' || type[0] == 'u' || type[0] == 'b') {
      element = {.kind = PickleValue::kInteger,
                 .integer = static_cast<std::int64_t>(little(bytes))};
    } else if (type == "f8") {
      element.number = std::bit_cast<double>(little(bytes));
    } else if (type == "f4") {
      element.number = std::bit_cast<float>(static_cast<std::uint32_t>(little(bytes)));
    } else {
      broken("has an array of a type that is not read.");
    }
    array.items.push_back(&make(std::move(element)));
  }
}

Pickle::Pickle(std::string_view bytes) { root_ = Reader(bytes, values_).read(); }

PickleCall read_pickle_call(std::string_view bytes) {
  const Pickle pickle(bytes);
  const PickleValue* images = pickle.root().find("images");
  const PickleValue* prompts = pickle.root().find("prompts");
  const auto is_row = [](const PickleValue* value) {
    return value != nullptr &&
           (value->kind == PickleValue::kList || value->kind == PickleValue::kTuple ||
            value->kind == PickleValue::kArray);
  };
  if (!is_row(images)) broken("is no dictionary with a list of images.");
  PickleCall call;
  std::uint64_t image_bytes = 0;
  for (const PickleValue* image : images->items) {
    if (image->kind != PickleValue::kBytes) broken("has an image that is no bytes of a file.");
    image_bytes += image->text.size();
    if (image_bytes > bytes.size()) broken("names one image many times.");
    call.images.push_back(image->text);
  }
  if (prompts == nullptr || prompts->kind == PickleValue::kNone) {
    call.prompts.resize(call.images.size());
    return call;
  }
  if (!is_row(prompts)) broken("has prompts that are no list.");
  for (const PickleValue* prompt : prompts->items) {
    if (prompt->kind != PickleValue::kText) broken("has a prompt that is no text.");
    call.prompts.push_back(prompt->text);
  }
  if (call.prompts.size() != call.images.size())
    broken(fmt::format("has {} prompts and {} images.", call.prompts.size(), call.images.size()));
  return call;
}

std::string pickle_reply(const std::vector<double>& scores) {
  const auto number = [](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
  };
  std::string text("\x80\x02}(", 4);
  for (const std::string key : {"outputs", "scores", "rewards"}) {
    text += "X" + number(key.size(), 4) + key + "](";
    for (const double score : scores) {
      const auto bits = std::bit_cast<std::uint64_t>(score);
      text += 'G';
      for (int i = 7; i >= 0; --i) text += static_cast<char>(bits >> (8 * i));
    }
    text += 'e';
  }
  return text + "u.";
}

}  // namespace juror
