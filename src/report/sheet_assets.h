// Style and script of contact sheets, inline (sheet_style.cpp, sheet_script.cpp).
#pragma once

#include "plot/html.h"

namespace juror {

Markup sheet_style();
Markup sheet_script();

}  // namespace juror
