/* machine.h - a machine with its key, folders, and reports, for the tests of fleet/. */
#ifndef YM_TEST_MACHINE_H
#define YM_TEST_MACHINE_H

#include "base/buf.h"
#include "fleet/keys.h"
#include "fleet/state.h"
#include "fleet/wire.h"

struct machine {
    struct ym_fleet_key key;
    uint8_t id[YM_FLEET_ID_SIZE];
    uint64_t sequence;
};

/* A new empty folder, its name at least 64 bytes long, and its end. */
void folder_new(char out[64]);
void folder_remove(const char *folder);

/* A key, and an id that is not known anywhere. */
struct machine machine_new(uint8_t id);
/* Enrols it through a token of the state; false: refused. */
bool machine_enrol(struct machine *m, struct ym_fleet_state *state, uint32_t ring, int64_t now);

/* n records whose ids begin with first, first + 1, ...: lines of JSON. */
void records_body(uint32_t n, uint32_t first, struct ym_buf *out);

/* A report of them with the machine's next sequence number. */
void report_new(struct machine *m, uint32_t n, uint32_t first, int64_t now, struct ym_buf *out);
/* The same, with the last word about what it says. */
void report_write(const struct machine *m, struct ym_report *report, uint32_t first,
                  struct ym_buf *out);

#endif
