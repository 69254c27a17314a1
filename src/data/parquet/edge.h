// What every file of the library needs at Arrow's edge.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <utility>

#include "base/error.h"

namespace juror {

template <class T>
T value_of(arrow::Result<T> result) {
  if (!result.ok()) throw Error(result.status().ToString());
  return std::move(result).ValueUnsafe();
}

inline void check(const arrow::Status& status) {
  if (!status.ok()) throw Error(status.ToString(), ErrorKind::kSystem);
}

}  // namespace juror
