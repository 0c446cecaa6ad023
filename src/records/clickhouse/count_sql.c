/* count_sql.c - the queries that make sums, for count.c.
 *
 * A part is counted in slices of computers (ranges of `who`, the order of the rows), so that memory does not grow
 * with it; a computer is in one slice, so the slices' sums add up.  For each kind of sums one query:
 *
 *     rows    what is counted: dimensions d, plain counts p, flags f, and the computer (key); `one` says that it has
 *             but one record in the slice, then it need not be known any more, and c is how many such there are
 *     cells   the same, one row for each computer and all dimensions
 *     margins each cell in each margin: flags of a computer or-ed, so that it counts once
 *     sums    over computers */
#include "click.h"

#include <inttypes.h>
#include <stdio.h>

#include "sums_int.h"

#define CLEANED "run='clean' AND outcome IN ('cleaned','partly')"
#define MET "run='guard' AND outcome!='none'"

/* For each kind: dimensions, plain counts and flags of a row, and where rows come from. */
struct source {
    const char *dims[YM_SUMS_DIMS_MAX];
    const char *plain[YM_SUMS_COUNTS_MAX];
    const char *flags;
    const char *array; /* the list that is taken apart, or NULL */
    const char *has;   /* a column of it */
    const char *where;
};
static const struct source sources[YM_SUMS_COUNT] = {
    [YM_SUMS_RATE] = {{"country", "system", "service_pack", "bits", "server", "segment",
                       "protection", "located"},
                      {"toUInt64(1)", "toUInt64(run='clean')", "toUInt64(run='guard')",
                       "toUInt64(run='audit')", "toUInt64(run='observe')", "toUInt64(gaps>0)",
                       "toUInt64(simulated)"},
                      "multiIf(" CLEANED ",3,run='clean',1," MET ",12,run='guard',4,"
                      "run='audit',16,0)",
                      NULL,
                      NULL,
                      "1"},
    [YM_SUMS_THREAT] = {{"country", "segment", "detection.family", "detection.category",
                         "detection.path", "detection.variant", "detection.type"},
                        {"toUInt64(1)"},
                        "if(run='clean',3,9)",
                        "detection",
                        "detection.family",
                        "((" CLEANED ") OR (" MET "))"},
    [YM_SUMS_EXPOSURE] = {{"country", "exposure.kind", "exposure.id", "exposure.state",
                           "exposure.band"},
                          {NULL},
                          "1",
                          "exposure",
                          "exposure.id",
                          "run='audit'"},
    [YM_SUMS_OBSERVATION] = {{"country", "observation.kind", "observation.key"},
                             {"toUInt64(1)", "least(observation.count,toUInt64(1099511627776))"},
                             "0",
                             "observation",
                             "observation.key",
                             "run='observe'"},
};

static void put_where(const struct ym_click_slice *slice, const char *more, struct ym_buf *out) {
    ym_buf_printf(out, " WHERE part=%d AND %s", slice->part, more);
    if (slice->at > 0) {
        ym_buf_printf(out, " AND who>=unhex('%04x%028x')",
                      slice->at * YM_CLICK_SLICES_MAX / slice->of, 0);
    }
    if (slice->at + 1 < slice->of) {
        ym_buf_printf(out, " AND who<unhex('%04x%028x')",
                      (slice->at + 1) * YM_CLICK_SLICES_MAX / slice->of, 0);
    }
}

static void put_list(const char *before, unsigned n, struct ym_buf *out) {
    for (unsigned i = 0; i < n; i++) {
        ym_buf_printf(out, ",%s%u", before, i);
    }
}

static void put_row(const struct source *from, const struct ym_sums_kind *k, struct ym_buf *out) {
    for (unsigned i = 0; i < k->n_dims; i++) {
        ym_buf_printf(out, ",%s AS d%u", from->dims[i], i);
    }
    for (unsigned i = 0; i < k->n_plain; i++) {
        ym_buf_printf(out, ",%s*c AS p%u", from->plain[i], i);
    }
    ym_buf_printf(out, ",toUInt8(%s) AS f", from->flags);
}

/* Of all records, so it must be fast: a record's words become one text (no text of a record has a zero byte), and
 * records with the same text are one row with their number, c.  A computer with one record in the slice (the usual)
 * need not be known any more. */
static void put_rate_rows(const struct source *from, const struct ym_sums_kind *k,
                          const struct ym_click_slice *slice, struct ym_buf *out) {
    static const char *const words[] = {"country",
                                        "system",
                                        "service_pack",
                                        "toString(bits)",
                                        "toString(server)",
                                        "toString(segment)",
                                        "toString(protection)",
                                        "toString(located)",
                                        "toString(run)",
                                        "toString(outcome)",
                                        "toString(gaps>0)",
                                        "toString(simulated)"};
    static const char names[] = "w[1] AS country,w[2] AS system,w[3] AS service_pack,w[4] AS bits,"
                                "w[5] AS server,w[6] AS segment,w[7] AS protection,w[8] AS located,"
                                "w[9] AS run,w[10] AS outcome,toUInt64(w[11]) AS gaps,"
                                "toUInt64(w[12]) AS simulated";

    ym_buf_add_text(out, "SELECT month,one,key,c");
    put_row(from, k, out);
    ym_buf_printf(out,
                  " FROM (SELECT month,one,key,c,%s FROM (SELECT month,one,key,"
                  "splitByChar('\\0',words) AS w,count() AS c FROM (SELECT month,"
                  "toUInt8(n=1) AS one,if(n=1,toFixedString('',16),who) AS key,"
                  "arrayJoin(list) AS words FROM (SELECT month,who,count() AS n,groupArray(concat(",
                  names);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        ym_buf_printf(out, "%s%s", i == 0 ? "" : ",'\\0',", words[i]);
    }
    ym_buf_add_text(out, ")) AS list FROM execution FINAL");
    put_where(slice, from->where, out);
    ym_buf_add_text(out, " GROUP BY month,who)) GROUP BY month,one,key,words))");
}

/* Of a list, which few records have: only their computers' rows are looked at.  Sums without computers: all
 * rows are as if of one. */
static void put_list_rows(const struct source *from, const struct ym_sums_kind *k,
                          const struct ym_click_slice *slice, struct ym_buf *out) {
    bool computers = k->n_counts > k->n_plain;
    char has[64];

    (void)snprintf(has, sizeof(has), "notEmpty(%s)", from->has);
    ym_buf_printf(out, "SELECT month,toUInt8(%d) AS one,%s AS key,toUInt64(1) AS c", !computers,
                  computers ? "who" : "toFixedString('',16)");
    put_row(from, k, out);
    ym_buf_printf(out,
                  " FROM execution FINAL ARRAY JOIN %s PREWHERE who IN (SELECT who FROM execution",
                  from->array);
    put_where(slice, has, out);
    ym_buf_add_text(out, ")");
    put_where(slice, from->where, out);
}

/* A sum that stays at its maximum. */
static void put_sum(enum ym_sums kind, const char *of, unsigned i, struct ym_buf *out) {
    if (kind == YM_SUMS_OBSERVATION && i == YM_OBSERVATION_N_SEEN) {
        ym_buf_printf(out,
                      "if(sum(toFloat64(%s%u))>=4611686018427387904.,"
                      "toUInt64(4611686018427387904),sum(%s%u))",
                      of, i, of, i);
    } else {
        ym_buf_printf(out, "sum(%s%u)", of, i);
    }
}

static void put_cells(enum ym_sums kind, const struct ym_click_slice *slice, struct ym_buf *out) {
    const struct ym_sums_kind *k = &ym_sums_kinds[kind];

    ym_buf_add_text(out, "SELECT month,one,key");
    put_list("d", k->n_dims, out);
    for (unsigned i = 0; i < k->n_plain; i++) {
        ym_buf_add_text(out, ",");
        put_sum(kind, "p", i, out);
        ym_buf_printf(out, " AS pc%u", i);
    }
    for (unsigned i = k->n_plain; i < k->n_counts; i++) {
        ym_buf_printf(out, ",sum(if(bitAnd(f,%u)!=0,c,toUInt64(0))) AS cc%u", k->counts[i].flag, i);
    }
    ym_buf_add_text(out, ",groupBitOr(f) AS fc FROM (");
    (kind == YM_SUMS_RATE ? put_rate_rows : put_list_rows)(&sources[kind], k, slice, out);
    ym_buf_add_text(out, ") GROUP BY month,one,key");
    put_list("d", k->n_dims, out);
}

static void put_margins(enum ym_sums kind, const struct ym_click_slice *slice, struct ym_buf *out) {
    const struct ym_sums_kind *k = &ym_sums_kinds[kind];

    ym_buf_add_text(out, "SELECT month,one,key,m");
    put_list("k", k->n_dims, out);
    for (unsigned i = 0; i < k->n_plain; i++) {
        ym_buf_add_text(out, ",");
        put_sum(kind, "pc", i, out);
        ym_buf_printf(out, " AS pm%u", i);
    }
    for (unsigned i = k->n_plain; i < k->n_counts; i++) {
        ym_buf_printf(out, ",sum(cc%u) AS cm%u", i, i);
    }
    ym_buf_add_text(out, ",groupBitOr(fc) AS fm FROM (SELECT *");
    for (unsigned i = 0; i < k->n_dims; i++) {
        ym_buf_printf(out, ",if(bitAnd(m,%u)!=0,toString(d%u),'') AS k%u", 1u << i, i, i);
    }
    ym_buf_add_text(out, " FROM (SELECT *,arrayJoin([");
    for (unsigned i = 0; i < k->n_margins; i++) {
        ym_buf_printf(out, "%stoUInt32(%u)", i == 0 ? "" : ",", k->margins[i]);
    }
    ym_buf_add_text(out, "]) AS m FROM (");
    put_cells(kind, slice, out);
    ym_buf_add_text(out, "))) GROUP BY month,one,key,m");
    put_list("k", k->n_dims, out);
}

void ym_click_count_sql(enum ym_sums kind, const struct ym_click_slice *slice, struct ym_buf *out) {
    const struct ym_sums_kind *k = &ym_sums_kinds[kind];

    ym_buf_printf(out, "INSERT INTO %s SELECT toInt32(%d),toUInt64(%" PRIu64 "),m,month", k->table,
                  slice->part, slice->generation);
    put_list("k", k->n_dims, out);
    for (unsigned i = 0; i < k->n_plain; i++) {
        ym_buf_add_text(out, ",");
        put_sum(kind, "pm", i, out);
    }
    for (unsigned i = k->n_plain; i < k->n_counts; i++) {
        ym_buf_printf(out, ",sum(if(one=1,toUInt64(cm%u),toUInt64(bitAnd(fm,%u)!=0)))", i,
                      k->counts[i].flag);
    }
    ym_buf_add_text(out, " FROM (");
    put_margins(kind, slice, out);
    ym_buf_add_text(out, ") GROUP BY month,m");
    put_list("k", k->n_dims, out);
}
