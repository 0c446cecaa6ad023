/* agent_stick.c - reports to a file, and receipts from one: machines without a network.  See
 * agent.h. */
#include "agent_int.h"

#include "os/file.h"
#include "records/spool.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MODULE "fleet/agent"

enum {
    EXPORT_MAX = 1 << 30, /* bytes of one file */
    RECEIPTS_MAX = 64 << 20,
};

static ym_status export_one(struct ym_agent *a, struct ym_spool_walk *walk, bool first,
                            uint32_t *ret_n, struct ym_buf *out, struct ym_err *err) {
    struct ym_batch b;
    ym_status st;

    ym_batch_begin(a, &b);
    st = ym_batch_fill_from(&b, walk, err);
    st = st == YM_END ? YM_OK : st;
    if (st == YM_OK && (b.n > 0 || first)) {
        st = ym_batch_seal(&b, YM_CHANNEL_FILE, out, err);
    }
    ym_buf_done(&b.body);
    *ret_n = b.n;
    return st;
}

ym_status ym_agent_export(struct ym_agent *agent, const char *file, uint64_t *ret_records,
                          struct ym_err *err) {
    struct ym_spool_walk *walk = NULL;
    char kept[YM_AGENT_PATH];
    struct ym_buf out;
    uint32_t total = 0;
    uint32_t n = 1;
    ym_status st;

    YM_TRY(ym_spool_walk_open(agent->spool, &walk, err));
    ym_buf_init(&out, EXPORT_MAX);
    st = YM_OK;
    while (st == YM_OK && n > 0) {
        st = export_one(agent, walk, total == 0, &n, &out, err);
        total += n;
    }
    ym_spool_walk_close(walk);
    ym_agent_path(agent, "exported", kept);
    st = st == YM_OK ? ym_file_replace(kept, 0600, out.data, out.len, err) : st;
    st = st == YM_OK ? ym_file_replace(file, 0600, out.data, out.len, err) : st;
    ym_buf_done(&out);
    YM_TRY(st);
    *ret_records = total;
    return YM_OK;
}

/* The report of the last export that has this hash, if there is one. */
static ym_status receipt(struct ym_agent *a, const struct ym_buf *exported,
                         const struct ym_receipt *r, uint64_t *records, struct ym_err *err) {
    uint8_t hash[YM_FLEET_HASH_SIZE];
    struct ym_report report;
    size_t used = 0;

    for (size_t at = 0; at < exported->len; at += used) {
        const uint8_t *p = exported->data + at;

        if (ym_report_parse(p, exported->len - at, false, &report, &used) != YM_REFUSAL_NONE) {
            break;
        }
        ym_report_digest(p, used, hash);
        if (memcmp(hash, r->hash, sizeof(hash)) == 0) {
            *records += report.n_records;
            return ym_agent_acknowledged(a, &report, err);
        }
    }
    return YM_OK;
}

static ym_status each_receipt(struct ym_agent *a, const struct ym_buf *exported,
                              const struct ym_buf *receipts, uint64_t *records,
                              struct ym_err *err) {
    struct ym_receipt r;

    for (size_t at = 0; at < receipts->len; at += YM_RECEIPT_SIZE) {
        size_t left = receipts->len - at;

        if (ym_receipt_read(receipts->data + at, left < YM_RECEIPT_SIZE ? left : YM_RECEIPT_SIZE,
                            a->operator_key, &r) != YM_REFUSAL_NONE) {
            return ym_fail(err, YM_MALFORMED, MODULE, YM_ERR_NO_OFFSET,
                           "receipt %zu does not carry the operator's signature",
                           at / YM_RECEIPT_SIZE + 1);
        }
        if (memcmp(r.machine, a->id, sizeof(r.machine)) == 0) {
            YM_TRY(receipt(a, exported, &r, records, err));
        }
    }
    return YM_OK;
}

ym_status ym_agent_receipts(struct ym_agent *agent, const char *file, uint64_t *ret_records,
                            struct ym_err *err) {
    struct ym_buf exported;
    struct ym_buf receipts;
    uint64_t records = 0;
    bool there = false;
    int fd = -1;
    ym_status st;

    YM_TRY(ym_file_open(AT_FDCWD, file, true, file, &fd, err));
    ym_buf_init(&exported, EXPORT_MAX);
    ym_buf_init(&receipts, RECEIPTS_MAX);
    st = ym_file_read_all(fd, file, &receipts, err);
    (void)close(fd);
    st = st == YM_OK ? ym_agent_read(agent, "exported", &exported, &there, err) : st;
    st = st == YM_OK ? each_receipt(agent, &exported, &receipts, &records, err) : st;
    ym_buf_done(&exported);
    ym_buf_done(&receipts);
    YM_TRY(st);
    *ret_records = records;
    return YM_OK;
}
