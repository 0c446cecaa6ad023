/* libs.c - see libs.h. */
#include "libs.h"

#include "os/library.h"

#include <string.h>

/* POSIX: a pointer to a function has the size of one to data. */
ym_status ym_mhd_load(struct ym_mhd *ret_mhd, struct ym_err *err) {
    static const char *const names[] = {
#define X(name) "MHD_" #name,
        YM_MHD_TABLE(X)
#undef X
    };
    void *functions[sizeof(names) / sizeof(names[0])];

    _Static_assert(sizeof(functions) == sizeof(*ret_mhd), "a row a function");
    YM_TRY(ym_library_load("libmicrohttpd.so.12", "libmicrohttpd12", names,
                           sizeof(names) / sizeof(names[0]), functions, err));
    memcpy(ret_mhd, functions, sizeof(functions));
    return YM_OK;
}

ym_status ym_gnutls_load(struct ym_gnutls *ret_gnutls, struct ym_err *err) {
    static const char *const names[] = {
#define X(name) "gnutls_" #name,
        YM_GNUTLS_TABLE(X)
#undef X
    };
    void *functions[sizeof(names) / sizeof(names[0])];

    _Static_assert(sizeof(functions) == sizeof(*ret_gnutls), "a row a function");
    YM_TRY(ym_library_load("libgnutls.so.30", "libgnutls30", names,
                           sizeof(names) / sizeof(names[0]), functions, err));
    memcpy(ret_gnutls, functions, sizeof(functions));
    return YM_OK;
}
