/* libs.h - libmicrohttpd and libgnutls, which does its TLS, loaded when the server starts: see
 * os/library.h. */
#ifndef YM_FLEET_LIBS_H
#define YM_FLEET_LIBS_H

#include "base/status.h"

#include <gnutls/gnutls.h>
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

/* What libmicrohttpd does not do itself of TLS: sessions that can be resumed. */
#define YM_GNUTLS_TABLE(X)                                                                         \
    X(session_ticket_key_generate)                                                                 \
    X(session_ticket_enable_server)                                                                \
    X(session_is_resumed)                                                                          \
    X(memset)

struct ym_gnutls {
#define X(name) __typeof__(gnutls_##name) *name;
    YM_GNUTLS_TABLE(X)
#undef X
};

/* UNSUPPORTED: the library is not installed, or lacks something.  Stays loaded to the end. */
YM_MUST_CHECK ym_status ym_mhd_load(struct ym_mhd *ret_mhd, struct ym_err *err);
YM_MUST_CHECK ym_status ym_gnutls_load(struct ym_gnutls *ret_gnutls, struct ym_err *err);

#endif
