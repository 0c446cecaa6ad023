/* store.c - see store.h. */
#include "store.h"

#include "cli.h"

static void tell(void *user, const char *text) {
    (void)user;
    ym_cli_warn("%s", text);
}

void ym_cli_warn_secret(const char *name) {
    if (ym_store_name_has_password(name)) {
        ym_cli_warn("--store: other users of this machine see the password in the list of "
                    "processes: use password-file= (yamori-report(1))");
    }
}

ym_status ym_cli_open_store(const char *name, enum ym_store_mode mode, struct ym_store **ret_store,
                            struct ym_err *err) {
    YM_TRY(ym_store_open(name, mode, ret_store, err));
    ym_store_on_notice(*ret_store, tell, NULL);
    return YM_OK;
}
