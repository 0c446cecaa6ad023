/* machine.c - see machine.h. */
#include "machine.h"

#include "records/record.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void folder_new(char out[64]) {
    (void)snprintf(out, 64, "/tmp/yamori-fleet-XXXXXX");
    if (mkdtemp(out) == NULL) {
        perror("mkdtemp");
        exit(2); /* NOLINT(concurrency-mt-unsafe): one thread */
    }
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where) {
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

void folder_remove(const char *folder) {
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct machine machine_new(uint8_t id) {
    struct machine m = {.sequence = 0};
    struct ym_err err = {0};

    memset(m.id, id, sizeof(m.id));
    if (ym_fleet_key_make(&m.key, &err) != YM_OK) {
        exit(2); /* NOLINT(concurrency-mt-unsafe): one thread */
    }
    return m;
}

bool machine_enrol(struct machine *m, struct ym_fleet_state *state, uint32_t ring, int64_t now) {
    char text[YM_FLEET_TOKEN_TEXT_SIZE];
    struct ym_fleet_token token;
    struct ym_enrol enrol = {.time = now};
    struct ym_welcome welcome;
    enum ym_refusal refusal = YM_REFUSAL_BAD_TOKEN;
    struct ym_err err = {0};

    if (ym_fleet_token_new(state, "test", ring, 1, "", now, text, &err) != YM_OK ||
        !ym_fleet_token_read(text, &token)) {
        return false;
    }
    memcpy(enrol.token, token.secret, sizeof(enrol.token));
    memcpy(enrol.public_key, m->key.public_key, sizeof(enrol.public_key));
    if (ym_fleet_enrol(state, &enrol, now, &welcome, &refusal, &err) != YM_OK ||
        refusal != YM_REFUSAL_NONE) {
        return false;
    }
    memcpy(m->id, welcome.machine, sizeof(m->id));
    return true;
}

void records_body(uint32_t n, uint32_t first, struct ym_buf *out) {
    for (uint32_t i = 0; i < n; i++) {
        struct ym_record r = {.time = 1246320000,
                              .tool = "yamori 0.1.0",
                              .run = YM_RUN_SCAN,
                              .system = "Windows XP",
                              .service_pack = "SP3",
                              .bits = 32,
                              .country = "JP",
                              .segment = YM_SEGMENT_HOME,
                              .epoch = 7,
                              .files = 100,
                              .gaps = 1,
                              .outcome = YM_OUTCOME_NONE};
        uint32_t id = first + i;

        memcpy(r.id, &id, sizeof(id));
        memset(r.machine, 0x5a, sizeof(r.machine));
        ym_record_encode(&r, out);
        ym_buf_u8(out, '\n');
    }
}

void report_write(const struct machine *m, struct ym_report *report, uint32_t first,
                  struct ym_buf *out) {
    struct ym_buf body;

    ym_buf_init(&body, YM_REPORT_BODY_MAX);
    records_body(report->n_records, first, &body);
    memcpy(report->machine, m->id, sizeof(report->machine));
    report->body = body.data;
    report->body_len = body.len;
    ym_report_write(report, &m->key, out);
    ym_buf_done(&body);
    report->body = NULL;
}

void report_new(struct machine *m, uint32_t n, uint32_t first, int64_t now, struct ym_buf *out) {
    struct ym_report report = {.sequence = ++m->sequence, .time = now, .n_records = n};

    report_write(m, &report, first, out);
}
