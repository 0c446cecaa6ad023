/* filter.h - atoms to bitmaps, atom tables and posting lists (compile side, private). */
#ifndef YM_DATABASE_FILTER_H
#define YM_DATABASE_FILTER_H

#include "base/buf.h"
#include "database/layout.h"
#include "pattern.h"

struct ym_filter_builder; /* opaque */

struct ym_filter_builder *ym_filter_builder_new(void);    /* NULL: out of memory */
void ym_filter_builder_free(struct ym_filter_builder *b); /* accepts NULL */

/* One atom of a part that is looked for in objects of `target` (ANY: in all).  With xor_min <
 * xor_max or a key other than 0, once for every key. */
YM_MUST_CHECK ym_status ym_filter_builder_add(struct ym_filter_builder *b,
                                              const struct ym_atom *atom, uint32_t part,
                                              unsigned target, uint8_t xor_min, uint8_t xor_max);

/* How many entries there are, to take back a rule that was refused half-way. */
struct ym_filter_mark {
    size_t n[2];
};
void ym_filter_builder_mark(const struct ym_filter_builder *b, struct ym_filter_mark *ret_mark);
void ym_filter_builder_back(struct ym_filter_builder *b, const struct ym_filter_mark *mark);

/* The sections made of all of them.  The buffers are the caller's, initialised and empty. */
struct ym_filter_sections {
    struct ym_buf groups, bitmaps, atoms, pairs, postings;
};
YM_MUST_CHECK ym_status ym_filter_builder_write(struct ym_filter_builder *b,
                                                struct ym_filter_sections *out);

#endif
