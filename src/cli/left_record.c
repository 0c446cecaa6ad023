/* left_record.c - see left_record.h. */
#include "left_record.h"

#include "base/time.h"
#include "cli.h"
#include "records/spool.h"

#include <string.h>

enum { DAY = 86400 };

/* When the update of a door was published. */
static const struct {
    const char *door, *advisory, *published;
} updates[] = {
    /* learn.microsoft.com/security-updates/securitybulletins/2008/ms08-067: "Published: October 23,
       2008" */
    {"ms08-067", "MS08-067", "2008-10-23"},
};

void ym_left_record_windows(struct ym_record *record, const char *product,
                            const char *service_pack) {
    record->system = product;
    record->service_pack = service_pack;
    record->bits = 0;
    if (strstr(product, "Windows") != NULL) {
        record->server = strstr(product, "Server") != NULL ? YM_SERVER_YES : YM_SERVER_NO;
    } else {
        record->server = YM_SERVER_UNKNOWN;
    }
}

static int64_t days_since(const char *date, int64_t now) {
    int64_t then = 0;

    return ym_parse_iso_time(date, &then) && now >= then ? (now - then) / DAY : -1;
}

ym_status ym_left_record_doors(struct ym_record *record, const struct ym_doors *doors,
                               struct ym_arena *arena) {
    static const enum ym_exposure_state states[YM_DOOR_STATES] = {
        [YM_DOOR_CLOSED] = YM_EXPOSURE_STATE_CLOSED,
        [YM_DOOR_UNKNOWN] = YM_EXPOSURE_STATE_UNKNOWN,
        [YM_DOOR_PARTLY] = YM_EXPOSURE_STATE_PARTLY,
        [YM_DOOR_OPEN] = YM_EXPOSURE_STATE_OPEN,
    };

    for (const struct ym_door *d = doors->first; d != NULL; d = d->next) {
        struct ym_record_exposure e = {.id = d->id, .kind = YM_EXPOSURE_DOOR, .age_days = -1};

        if (d->state == YM_DOOR_NOT_APPLICABLE) {
            continue;
        }
        e.state = states[d->state];
        for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++) {
            if (strcmp(updates[i].door, d->id) == 0) {
                e.id = updates[i].advisory;
                e.kind = YM_EXPOSURE_UPDATE;
                e.age_days = d->state == YM_DOOR_OPEN || d->state == YM_DOOR_PARTLY
                                 ? days_since(updates[i].published, record->time)
                                 : -1;
            }
        }
        YM_TRY(ym_record_add_exposure(record, &e, arena));
    }
    return YM_OK;
}

static ym_status show_record(const struct ym_record *record) {
    struct ym_buf line;
    ym_status st;

    ym_buf_init(&line, YM_RECORD_JSON_MAX);
    ym_record_encode(record, &line);
    st = ym_buf_status(&line);
    if (st == YM_OK) {
        (void)fputs("\nThe execution record that is left, all of it:\n", stdout);
        (void)fwrite(line.data, 1, line.len, stdout);
        (void)fputs("\n", stdout);
    }
    ym_buf_done(&line);
    return st;
}

ym_status ym_left_record_put(const struct ym_record_config *config, const struct ym_record *record,
                             bool show, struct ym_err *err) {
    if (show) {
        YM_TRY(show_record(record));
    }
    return ym_spool_put(config->spool, record, err);
}

void ym_left_record_warn(const struct ym_err *err) {
    char text[900];

    ym_cli_warn("no execution record was left: %s", ym_err_format(err, text, sizeof(text)));
}
