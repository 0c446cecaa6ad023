/* db_info.c - `yamori db info`: what an image says about itself. */
#include "db.h"

#include "base/kinds.h"
#include "base/text.h"
#include "base/time.h"
#include "cli.h"
#include "database/tables.h"

#include <jansson.h>
#include <stdio.h>

static const char *const digest_words[YM_DIGEST_KINDS] = {"file", "section", "allowed", "import"};

static uint64_t digest_rows(const struct ym_db_info *info, unsigned kind) {
    uint64_t n = 0;

    for (unsigned a = 0; a < YM_DIGEST_ALGOS; a++) {
        n += info->digests[kind][a];
    }
    return n;
}

static const char *const table_words[YM_TABLE_COUNT] = {
    [YM_TABLE_CONTAINER] = "container metadata",
    [YM_TABLE_PASSWORD] = "passwords",
    [YM_TABLE_FILETYPE] = "file types",
    [YM_TABLE_ICON] = "icons",
    [YM_TABLE_PHISHING] = "phishing",
    [YM_TABLE_CERT] = "certificates",
    [YM_TABLE_CATALOG] = "catalogues",
    [YM_TABLE_CONFIG] = "configuration",
};

static uint64_t table_rows(const struct ym_db *db, ym_table table) {
    struct ym_table_cursor c = {.db = db, .table = table};
    struct ym_table_row row;
    uint64_t n = 0;

    while (ym_db_table_next(&c, &row)) {
        n++;
    }
    return n;
}

/* A text of the image, which may be hostile: jansson judges the JSON, control characters are made
 * visible. */
static void print_text(const json_t *text) {
    struct ym_buf b;

    ym_buf_init(&b, 65536);
    ym_cli_clean_text(&b, json_is_string(text) ? json_string_value(text) : "?");
    (void)fputs(b.data == NULL ? "" : (const char *)b.data, stdout);
    ym_buf_done(&b);
}

static long long number_of(const json_t *row, const char *key) {
    return (long long)json_integer_value(json_object_get(row, key));
}

static void print_left_out(const struct ym_db_info *info) {
    json_t *all = json_loads(info->json, 0, NULL);
    const json_t *rows = json_object_get(all, "left_out");

    if (json_array_size(rows) > 0) {
        (void)puts("left out");
    }
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);

        (void)printf("  %9lld  ", number_of(row, "count"));
        print_text(json_object_get(row, "why"));
        (void)puts("");
    }
    json_decref(all);
}

/* What the header of a container says. */
static void print_container(const json_t *c) {
    (void)printf("%34sversion %lld of ", "", number_of(c, "version"));
    print_text(json_object_get(c, "time"));
    (void)fputs(" by ", stdout);
    print_text(json_object_get(c, "builder"));
    (void)printf(", %lld signatures: ", number_of(c, "signatures"));
    print_text(json_object_get(c, "signature"));
    (void)puts("");
}

static void print_sources(const struct ym_db_info *info) {
    json_t *all = json_loads(info->json, 0, NULL);
    const json_t *rows = json_object_get(all, "sources");

    if (json_array_size(rows) > 0) {
        (void)puts("sources      rules   digests      rows");
    }
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);

        (void)printf("  %9lld %9lld %9lld  ", number_of(row, "rules"), number_of(row, "digests"),
                     number_of(row, "rows"));
        print_text(json_object_get(row, "name"));
        (void)puts("");
        if (json_is_object(json_object_get(row, "container"))) {
            print_container(json_object_get(row, "container"));
        }
    }
    json_decref(all);
}

static json_t *sections_json(const struct ym_db_info *info) {
    json_t *out = json_object();

    for (uint32_t i = 0; i < info->n_sections && i < YM_DB_MAX_SECTIONS; i++) {
        const struct ym_db_section_info *s = &info->sections[i];

        (void)json_object_set_new(
            out, s->name,
            json_pack("{s:I,s:I}", "bytes", (json_int_t)s->bytes, "items", (json_int_t)s->items));
    }
    return out;
}

void ym_db_print_counts(const struct ym_db *db, const struct ym_db_info *info) {
    (void)printf("clamav rules  %llu\nyara rules    %llu\npatterns      %llu\n",
                 (unsigned long long)info->clamav_rules, (unsigned long long)info->yara_rules,
                 (unsigned long long)info->patterns);
    for (unsigned k = 0; k < YM_DIGEST_KINDS; k++) {
        (void)printf("digests       %llu (%s)\n", (unsigned long long)digest_rows(info, k),
                     digest_words[k]);
    }
    for (unsigned t = 0; t < YM_TABLE_COUNT; t++) {
        const uint64_t n = table_rows(db, (ym_table)t);

        if (n > 0) {
            (void)printf("rows          %llu (%s)\n", (unsigned long long)n, table_words[t]);
        }
    }
    print_left_out(info);
}

void ym_db_print_info(const struct ym_db *db, const struct ym_db_info *info) {
    char when[YM_ISO_TIME_SIZE];
    char identity[2 * YM_DB_IDENTITY_SIZE + 1];

    ym_hex_encode(info->identity, sizeof(info->identity), identity);
    (void)printf(
        "size          %llu bytes\nbuilt         %s\nversion       %u\nepoch         %llu\n"
        "identity      %s\n",
        (unsigned long long)info->file_size, ym_iso_time(info->built, when), info->version,
        (unsigned long long)info->epoch, identity);
    ym_db_print_counts(db, info);
    (void)puts("sections");
    for (uint32_t i = 0; i < info->n_sections && i < YM_DB_MAX_SECTIONS; i++) {
        const struct ym_db_section_info *s = &info->sections[i];

        (void)printf("  %-16s %12llu bytes %12llu items\n", s->name, (unsigned long long)s->bytes,
                     (unsigned long long)s->items);
    }
    print_sources(info);
}

void ym_db_print_info_json(const struct ym_db *db, const struct ym_db_info *info) {
    json_t *out = json_pack("{s:I,s:I,s:i,s:I,s:I,s:I}", "size", (json_int_t)info->file_size,
                            "built", (json_int_t)info->built, "version", (int)info->version,
                            "clamav_rules", (json_int_t)info->clamav_rules, "yara_rules",
                            (json_int_t)info->yara_rules, "patterns", (json_int_t)info->patterns);
    char identity[2 * YM_DB_IDENTITY_SIZE + 1];
    json_t *digests = json_object();
    json_t *tables = json_object();
    json_t *more = json_loads(info->json, 0, NULL);

    for (unsigned k = 0; k < YM_DIGEST_KINDS; k++) {
        (void)json_object_set_new(digests, digest_words[k],
                                  json_integer((json_int_t)digest_rows(info, k)));
    }
    for (unsigned t = 0; t < YM_TABLE_COUNT; t++) {
        (void)json_object_set_new(tables, table_words[t],
                                  json_integer((json_int_t)table_rows(db, (ym_table)t)));
    }
    (void)json_object_set_new(out, "digests", digests);
    (void)json_object_set_new(out, "rows", tables);
    (void)json_object_set_new(out, "sections", sections_json(info));
    ym_hex_encode(info->identity, sizeof(info->identity), identity);
    (void)json_object_set_new(out, "epoch", json_integer((json_int_t)info->epoch));
    (void)json_object_set_new(out, "identity", json_string(identity));
    if (json_is_object(more)) {
        (void)json_object_update_missing(out, more);
    }
    json_decref(more);
    (void)json_dumpf(out, stdout, JSON_SORT_KEYS);
    (void)puts("");
    json_decref(out);
}
