/* trace.h - lines of ym_match_input.trace (private to match/). */
#ifndef YM_MATCH_TRACE_H
#define YM_MATCH_TRACE_H

#include "base/buf.h"
#include "run.h"

/* Tells the line and gives its memory back. */
void ym_trace_line(const struct ym_run *r, struct ym_buf *line);
/* " at 1, 2, 3 ..." */
void ym_trace_hits(const struct ym_hits *hits, struct ym_buf *line);

#endif
