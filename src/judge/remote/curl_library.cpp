#include "judge/remote/curl_library.h"

#include <dlfcn.h>

#include <string>

#include "base/error.h"

namespace juror {
namespace {

constexpr const char* kFile = "libcurl.so.4";

std::string fault() {
  const char* what = ::dlerror();
  return what == nullptr ? "no reason given" : what;
}

template <class Function>
void find(void* library, Function& function, const char* name) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr)
    throw Error(fmt::format("The library '{}' lacks {}: {}.", kFile, name, fault()),
                ErrorKind::kSystem);
}

CurlLibrary load() {
  void* const library = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw Error(
        fmt::format("A server is asked by libcurl, which cannot be loaded: {}. Debian has it "
                    "in the package libcurl4.",
                    fault()),
        ErrorKind::kSystem);
  CurlLibrary curl = {};
  find(library, curl.free, "curl_free");
  find(library, curl.getdate, "curl_getdate");
  find(library, curl.global_init, "curl_global_init");
  find(library, curl.slist_append, "curl_slist_append");
  find(library, curl.slist_free_all, "curl_slist_free_all");
  find(library, curl.url, "curl_url");
  find(library, curl.url_cleanup, "curl_url_cleanup");
  find(library, curl.url_get, "curl_url_get");
  find(library, curl.url_set, "curl_url_set");
  find(library, curl.easy_cleanup, "curl_easy_cleanup");
  find(library, curl.easy_getinfo, "curl_easy_getinfo");
  find(library, curl.easy_init, "curl_easy_init");
  find(library, curl.easy_perform, "curl_easy_perform");
  find(library, curl.easy_setopt, "curl_easy_setopt");
  find(library, curl.easy_strerror, "curl_easy_strerror");
  find(library, curl.multi_add_handle, "curl_multi_add_handle");
  find(library, curl.multi_cleanup, "curl_multi_cleanup");
  find(library, curl.multi_info_read, "curl_multi_info_read");
  find(library, curl.multi_init, "curl_multi_init");
  find(library, curl.multi_perform, "curl_multi_perform");
  find(library, curl.multi_poll, "curl_multi_poll");
  find(library, curl.multi_remove_handle, "curl_multi_remove_handle");
  find(library, curl.multi_strerror, "curl_multi_strerror");
  return curl;
}

}  // namespace

const CurlLibrary& curl() {
  static const CurlLibrary library = load();
  return library;
}

}  // namespace juror
