/* curl.h - libcurl, loaded when an agent or a store asks for it.  See os/library.h. */
#ifndef YM_OS_CURL_H
#define YM_OS_CURL_H

#include "base/status.h"

#include <curl/curl.h>

#undef curl_easy_setopt /* gcc's checks of the types are macros over the functions */
#undef curl_easy_getinfo
#define YM_CURL_TABLE(X)                                                                           \
    X(global_init)                                                                                 \
    X(easy_init)                                                                                   \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_perform)                                                                                \
    X(easy_reset)                                                                                  \
    X(easy_cleanup)                                                                                \
    X(easy_strerror)                                                                               \
    X(multi_init)                                                                                  \
    X(multi_add_handle)                                                                            \
    X(multi_remove_handle)                                                                         \
    X(multi_perform)                                                                               \
    X(multi_poll)                                                                                  \
    X(multi_info_read)                                                                             \
    X(multi_cleanup)                                                                               \
    X(slist_append)                                                                                \
    X(slist_free_all)

struct ym_curl {
#define X(name) __typeof__(curl_##name) *name;
    YM_CURL_TABLE(X)
#undef X
};

/* UNSUPPORTED: the library is not installed, or lacks something.  Stays loaded to the end. */
YM_MUST_CHECK ym_status ym_curl_load(struct ym_curl *ret_curl, struct ym_err *err);

#endif
