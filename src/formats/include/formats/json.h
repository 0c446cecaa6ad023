/* formats/json.h - JSON (RFC 8259), read as a sequence of events.
 *
 * No tree is made: a caller takes what it wants and skips the rest, so a report of hundreds of
 * megabytes costs only what is taken from it.
 *
 *     ym_json_init(&j, data, n, arena);
 *     if (ym_json_next(&j) == YM_JSON_OBJECT) {
 *         while (ym_json_next(&j) == YM_JSON_KEY) {
 *             bool wanted = ym_json_is(&j, "name");
 *
 *             if (ym_json_next(&j) == YM_JSON_TEXT && wanted) {
 *                 name = ym_json_text(&j);
 *             }
 *             ym_json_skip(&j);
 *         }
 *     }
 *     YM_TRY(ym_json_finish(&j, err));
 *
 * Strict: what the RFC does not allow is MALFORMED, so are text that is not UTF-8 and escapes of
 * half a surrogate pair; the first failure sticks and looks like the end of everything. */
#ifndef YM_FORMATS_JSON_H
#define YM_FORMATS_JSON_H

#include "base/arena.h"
#include "base/reader.h"
#include "base/text.h"

enum { YM_JSON_MAX_DEPTH = 512 };

typedef enum ym_json_event {
    YM_JSON_END, /* of the object, array or document, or a failure */
    YM_JSON_OBJECT,
    YM_JSON_ARRAY,
    YM_JSON_KEY,
    YM_JSON_TEXT,
    YM_JSON_INT,  /* in integer */
    YM_JSON_OTHER /* a number with a fraction, an exponent or too many digits; true, false, null */
} ym_json_event;

struct ym_json {
    struct ym_reader r;
    struct ym_arena *arena;
    unsigned depth;
    uint8_t objects[YM_JSON_MAX_DEPTH / 8]; /* a bit a level: an object, else an array */
    uint8_t want;                           /* what the grammar allows next: see json.c */
    ym_json_event last;
    struct ym_str raw; /* of KEY and TEXT: between the quotes, or decoded */
    bool escaped;
    int64_t integer;
};

/* The arena is for texts with escapes.  The bytes are borrowed. */
void ym_json_init(struct ym_json *j, const void *data, size_t n, struct ym_arena *arena);

ym_json_event ym_json_next(struct ym_json *j);
/* If the last event was the start of an object or array: goes on to its end. */
void ym_json_skip(struct ym_json *j);

/* Of the last event, which was KEY or TEXT: borrowed, or in the arena; s NULL: no memory. */
struct ym_str ym_json_text(struct ym_json *j);
bool ym_json_is(struct ym_json *j, const char *text);

/* Reads what is left; OK: the whole was JSON. */
YM_MUST_CHECK ym_status ym_json_finish(struct ym_json *j, struct ym_err *err);

#endif
