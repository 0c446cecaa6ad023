/* fuzz_fleet.c - the fleet's messages from anybody.  The first byte chooses the message; those that
 * nobody believes without a signature get one here, so that what is behind it is reached, too.  What
 * is accepted must come out the same when it is written again: there is one form only. */
#include "base/buf.h"
#include "fleet/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds) {
    if (!holds) {
        abort();
    }
}

static void report(const struct ym_fleet_key *key, const uint8_t *data, size_t len) {
    struct ym_report r;
    struct ym_buf out;
    size_t used = 0;

    if (ym_report_parse(data, len, len % 2 == 0, &r, &used) != YM_REFUSAL_NONE) {
        return;
    }
    must(used <= len && used >= YM_REPORT_HEAD + YM_FLEET_SIGNATURE_SIZE);
    must(len % 2 != 0 || used == len);
    ym_buf_init(&out, YM_REPORT_MAX);
    ym_report_write(&r, key, &out);
    must(out.len == used && memcmp(out.data, data, used - YM_FLEET_SIGNATURE_SIZE) == 0);
    must(ym_report_verify(out.data, out.len, key->public_key));
    ym_buf_done(&out);
}

static void same(const struct ym_buf *a, const struct ym_buf *b) {
    must(a->len == b->len && memcmp(a->data, b->data, a->len) == 0);
}

static void message(const struct ym_fleet_key *key, unsigned which, const uint8_t *data,
                    size_t len) {
    uint8_t signature[YM_FLEET_SIGNATURE_SIZE];
    struct ym_policy policy;
    struct ym_welcome welcome;
    struct ym_receipt receipt;
    struct ym_enrol enrol;
    struct ym_buf in;
    struct ym_buf out;

    ym_buf_init(&in, 1000);
    ym_buf_init(&out, 1000);
    ym_buf_add(&in, data, len);
    if (which == 3 && len >= 80) { /* an enrolment is signed by the key that it names */
        memcpy(in.data + 48, key->public_key, sizeof(key->public_key));
    }
    ym_fleet_sign(key, in.data, in.len, signature);
    ym_buf_add(&in, signature, sizeof(signature));
    if (which == 1 &&
        ym_policy_read(in.data, in.len, key->public_key, &policy) == YM_REFUSAL_NONE) {
        ym_policy_write(&policy, key, &out);
        same(&in, &out);
    } else if (which == 2 &&
               ym_welcome_read(in.data, in.len, key->public_key, &welcome) == YM_REFUSAL_NONE) {
        ym_welcome_write(&welcome, key, &out);
        same(&in, &out);
    } else if (which == 2 &&
               ym_receipt_read(in.data, in.len, key->public_key, &receipt) == YM_REFUSAL_NONE) {
        ym_receipt_write(&receipt, key, &out);
        same(&in, &out);
    } else if (which == 3 && ym_enrol_read(in.data, in.len, &enrol) == YM_REFUSAL_NONE) {
        ym_enrol_write(&enrol, key, &out);
        same(&in, &out);
    }
    ym_buf_done(&in);
    ym_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static struct ym_fleet_key key; /* one key for the whole run: making one is slow */
    struct ym_err err = {0};

    if (key.secret[0] == 0 && key.secret[1] == 0) {
        must(ym_fleet_key_make(&key, &err) == YM_OK);
    }
    if (len == 0 || len > YM_REPORT_MAX) {
        return 0;
    }
    if (data[0] % 4 == 0) {
        report(&key, data + 1, len - 1);
    } else if (len <= 800) {
        message(&key, data[0] % 4, data + 1, len - 1);
    }
    return 0;
}
