/* library.c - see os/library.h and os/curl.h. */
#include "os/library.h"

#include <dlfcn.h>
#include <string.h>

#include "os/curl.h"

#define MODULE "os/library"

ym_status ym_library_load(const char *library, const char *package, const char *const *names,
                          size_t n, void **ret_functions, struct ym_err *err) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

    for (size_t i = 0; handle != NULL && i < n; i++) {
        ret_functions[i] = dlsym(handle, names[i]);
        if (ret_functions[i] == NULL) {
            return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET, "%s lacks %s", library,
                           names[i]);
        }
    }
    if (handle == NULL) {
        return ym_fail(err, YM_UNSUPPORTED, MODULE, YM_ERR_NO_OFFSET,
                       "%s is needed: install the package %s", library, package);
    }
    return YM_OK;
}

/* POSIX: a pointer to a function has the size of one to data. */
ym_status ym_curl_load(struct ym_curl *ret_curl, struct ym_err *err) {
    static const char *const names[] = {
#define X(name) "curl_" #name,
        YM_CURL_TABLE(X)
#undef X
    };
    void *functions[sizeof(names) / sizeof(names[0])];

    _Static_assert(sizeof(functions) == sizeof(*ret_curl), "a row a function");
    YM_TRY(ym_library_load("libcurl.so.4", "libcurl4", names, sizeof(names) / sizeof(names[0]),
                           functions, err));
    memcpy(ret_curl, functions, sizeof(functions));
    return YM_OK;
}
