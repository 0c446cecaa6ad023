/* libs.h - libmicrohttpd and libcurl, loaded when the server or the agent starts.
 *
 * Not linked, because every library that is linked costs each `yamori scan` its loading: libcurl
 * alone brings some thirty others. */
#ifndef YM_FLEET_LIBS_H
#define YM_FLEET_LIBS_H

#include "base/status.h"

#include <curl/curl.h>
#include <microhttpd.h>

#define YM_MHD_TABLE(X)                                                                            \
    X(start_daemon)                                                                                \
    X(stop_daemon)                                                                                 \
    X(quiesce_daemon)                                                                              \
    X(get_daemon_info)                                                                             \
    X(get_connection_info)                                                                         \
    X(queue_response)                                                                              \
    X(create_response_from_buffer)                                                                 \
    X(create_response_from_buffer_with_free_callback_cls)                                          \
    X(create_response_from_fd64)                                                                   \
    X(add_response_header)                                                                         \
    X(destroy_response)                                                                            \
    X(suspend_connection)                                                                          \
    X(resume_connection)                                                                           \
    X(lookup_connection_value)                                                                     \
    X(get_connection_values)                                                                       \
    X(is_feature_supported)

struct ym_mhd {
#define X(name) __typeof__(MHD_##name) *name;
    YM_MHD_TABLE(X)
#undef X
};

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
    X(slist_append)                                                                                \
    X(slist_free_all)

struct ym_curl {
#define X(name) __typeof__(curl_##name) *name;
    YM_CURL_TABLE(X)
#undef X
};

/* UNSUPPORTED: the library is not installed, or lacks something.  Stays loaded to the end. */
YM_MUST_CHECK ym_status ym_mhd_load(struct ym_mhd *ret_mhd, struct ym_err *err);
YM_MUST_CHECK ym_status ym_curl_load(struct ym_curl *ret_curl, struct ym_err *err);

#endif
