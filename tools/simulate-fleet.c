/* simulate-fleet.c - one million executions whose rates are the published ones.
 *
 *     yamori-simulate data/sir-figures.csv >fleet.jsonl
 *     yamori-simulate data/sir-figures.csv 10 >ten-million.jsonl
 *     yamori-simulate data/sir-figures.csv 100 clickhouse://HOST,HOST2/DATABASE
 *     yamori-simulate data/sir-figures.csv 1 all >fleet-with-guards.jsonl
 *
 * Every row of the CSV (a country, the world, or a system with its service pack, in a half year or
 * a quarter) becomes exact counts: the cell gets n executions and x cleaned computers, spread
 * evenly over its months, so that the average of the monthly values prints the row's digit.  All
 * else (the other places and systems, the families, home and enterprise, protection, ways in) is
 * filler with plausible weights and no source; every record is labelled as simulated.  The output is
 * the same each time.  A number asks for that many such fleets, each with other computers.  A store as third
 * argument takes the records as they are made, without the way over JSON; they are not counted (`yamori report` does).
 * "all" as the last one asks for records of guards, audits and watches beside them (simulate-others.c), which change
 * none of the rates above.
 *
 * How several dimensions stay exact at once: for each month there is a deck of places, one of
 * systems and one of segments for the cleaned computers, and three more for the rest.  Each deck
 * has exactly the counts of its margin; the decks are shuffled apart and dealt side by side. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/time.h"
#include "records/record.h"
#include "records/store.h"
#include "simulate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXECUTIONS = 1000000,
    TIMES_MAX = 1000,
    HALF = 159600, /* executions of a half year: 6 * 26600 */
    QUARTER = 86700,
    PERIODS_MAX = 16,
    ROWS_MAX = 200,
    CELLS_MAX = 96,
    TEXT = 64,
    TRANSACTION = 500000, /* records of one in a store */
};

/* --- the filler --- */

struct place {
    const char *code;
    const char *name; /* as the CSV writes it; NULL when it has no row */
    double weight;    /* thousands of executions in a quarter */
    double rate;      /* CCM, where the CSV says nothing; scaled to the world's */
};
static const struct place places[] = {
    {"US", "United States", 6.0, 8},
    {"JP", "Japan", 3.0, 3},
    {"CN", "China", 2.5, 7},
    {"DE", "Germany", 2.5, 4},
    {"FI", "Finland", 2.5, 2},
    {"BR", "Brazil", 2.5, 20},
    {"KR", "Korea (south)", 2.4, 16},
    {"GB", "United Kingdom", 2.2, 5},
    {"ES", "Spain", 2.2, 14},
    {"FR", "France", 2.0, 7},
    {"TR", "Turkey", 2.0, 22},
    {"NO", "Norway", 2.0, 4},
    {"AT", "Austria", 2.0, 3},
    {"RU", "Russia", 1.6, 14},
    {"AR", "Argentina", 1.6, 5},
    {"IT", "Italy", 1.5, 6},
    {"TW", "Taiwan", 1.5, 15},
    {"TN", "Tunisia", 1.5, 13},
    {"IN", "India", 1.4, 7},
    {"CA", "Canada", 1.4, 4},
    {"AU", "Australia", 1.3, 4},
    {"MX", "Mexico", 1.3, 13},
    {"SE", NULL, 1.03, 4},
    {"NL", NULL, 1.03, 6},
    {"CH", NULL, 1.03, 4},
    {"PL", NULL, 1.03, 9},
    {"RO", NULL, 1.03, 11},
    {"UA", NULL, 1.03, 10},
    {"GR", NULL, 1.03, 9},
    {"PT", NULL, 1.03, 12},
    {"SA", NULL, 1.03, 17},
    {"EG", NULL, 1.03, 18},
    {"MA", NULL, 1.03, 13},
    {"DZ", NULL, 1.03, 14},
    {"LY", NULL, 1.03, 12},
    {"NG", NULL, 1.03, 6},
    {"ZA", NULL, 1.03, 8},
    {"KE", NULL, 1.03, 7},
    {"SD", NULL, 1.03, 9},
    {"CD", NULL, 1.03, 6},
    {"ET", NULL, 1.03, 5},
    {"TZ", NULL, 1.03, 6},
    {"AO", NULL, 1.03, 10},
    {"KZ", NULL, 1.03, 8},
    {"MN", NULL, 1.03, 12},
    {"PK", NULL, 1.03, 15},
    {"IR", NULL, 1.03, 9},
    {"IQ", NULL, 1.03, 17},
    {"AF", NULL, 1.03, 20},
    {"ID", NULL, 1.03, 9},
    {"TH", NULL, 1.03, 12},
    {"VN", NULL, 1.03, 9},
    {"NZ", NULL, 1.03, 4},
    {"CO", NULL, 1.03, 9},
    {"PE", NULL, 1.03, 8},
    {"VE", NULL, 1.03, 7},
    {"CL", NULL, 1.03, 8},
    {"MG", NULL, 1.03, 1},
    {"SG", NULL, 1.03, 5},
    /* Too few to be shown at 1,000 executions a cell. */
    {"LU", NULL, 0.05, 4},
    {"IS", NULL, 0.05, 3},
    {"MT", NULL, 0.05, 6},
    {"CY", NULL, 0.05, 7},
    {"EE", NULL, 0.05, 5},
    {"BT", NULL, 0.05, 5},
    {"FJ", NULL, 0.05, 5},
    {"TO", NULL, 0.05, 6},
    {"MC", NULL, 0.05, 9},
    {"AD", NULL, 0.05, 6},
    {"SM", NULL, 0.05, 6},
    {"LI", NULL, 0.05, 4},
    {"ZZ", NULL, 0.40, 7},
};
enum { N_PLACES = sizeof(places) / sizeof(places[0]) };

enum { ERAS = 4 }; /* to 1H10, to 2012, to 2014, later */
struct platform {
    const char *system;
    const char *service_pack;
    unsigned bits;
    double weight[ERAS];
    double rate;
};
static const struct platform platforms[] = {
    {"Windows XP", "SP2", 32, {24, 8, 0, 0}, 14},
    {"Windows XP", "SP3", 32, {36, 36, 22, 5}, 11},
    {"Windows XP", "SP2", 64, {0.3, 0.2, 0.1, 0}, 6},
    {"Windows 2000", "SP4", 32, {3, 0.3, 0, 0}, 9},
    {"Windows Vista", "RTM", 32, {8, 0, 0, 0}, 6},
    {"Windows Vista", "SP1", 32, {14, 5, 0, 0}, 5},
    {"Windows Vista", "SP1", 64, {2, 0, 0, 0}, 4},
    {"Windows Vista", "SP2", 32, {5, 8, 4, 3}, 5},
    {"Windows Vista", "SP2", 64, {1.5, 2.5, 2, 1.5}, 4},
    {"Windows 7", "RTM", 32, {0, 10, 2, 0}, 5},
    {"Windows 7", "RTM", 64, {0, 8, 2, 0}, 4},
    {"Windows 7", "SP1", 32, {0, 7, 19, 14}, 5},
    {"Windows 7", "SP1", 64, {0, 9, 27, 32}, 4},
    {"Windows 8", "RTM", 32, {0, 0, 3, 1.5}, 3},
    {"Windows 8", "RTM", 64, {0, 0, 9, 4}, 2},
    {"Windows 8.1", "RTM", 64, {0, 0, 1.5, 15}, 3},
    {"Windows 10", "RTM", 64, {0, 0, 0, 18}, 2},
    {"Windows Server 2003", "SP2", 32, {6, 4, 3, 0}, 4},
    {"Windows Server 2008 R2", "SP1", 64, {0, 1.5, 3, 3}, 2},
};
enum { N_PLATFORMS = sizeof(platforms) / sizeof(platforms[0]) };

static const struct {
    enum ym_segment segment;
    double weight, rate;
} segments[] = {
    {YM_SEGMENT_HOME, 80, 10}, {YM_SEGMENT_ENTERPRISE, 18, 5}, {YM_SEGMENT_UNKNOWN, 2, 8}};
enum { N_SEGMENTS = sizeof(segments) / sizeof(segments[0]) };

/* Worms lead in domains, trojans and adware at home, as the reports found. */
static const struct family {
    const char *name;
    const char *full;
    const char *category;
    double home[ERAS];
    double enterprise[ERAS];
} families[] = {
    {"Conficker", "Worm:Win32/Conficker.B", "worm", {5, 4, 2, 1}, {24, 20, 12, 8}},
    {"Taterf", "Worm:Win32/Taterf.B", "worm", {12, 6, 1, 0}, {12, 6, 1, 0}},
    {"Rimecud", "Worm:Win32/Rimecud.A", "worm", {4, 7, 1, 0}, {9, 11, 2, 1}},
    {"Hamweq", "Worm:Win32/Hamweq.A", "worm", {4, 3, 0, 0}, {7, 4, 1, 0}},
    {"Brontok", "Worm:Win32/Brontok.A", "worm", {3, 2, 2, 2}, {5, 4, 4, 3}},
    {"Dorkbot", "Worm:Win32/Dorkbot.A", "worm", {0, 6, 6, 3}, {0, 6, 6, 3}},
    {"Gamarue", "Worm:Win32/Gamarue.F", "worm", {0, 0, 4, 6}, {0, 0, 8, 10}},
    {"Renos", "TrojanDownloader:Win32/Renos.gen", "downloader", {13, 6, 0, 0}, {6, 3, 0, 0}},
    {"Zlob", "TrojanDownloader:Win32/Zlob.gen", "downloader", {11, 1, 0, 0}, {5, 1, 0, 0}},
    {"Cutwail", "TrojanDownloader:Win32/Cutwail.BE", "downloader", {4, 3, 1, 1}, {3, 3, 1, 1}},
    {"Rotbrow", "TrojanDropper:Win32/Rotbrow.A", "downloader", {0, 0, 26, 4}, {0, 0, 12, 2}},
    {"Vundo", "Trojan:Win32/Vundo.gen", "trojan", {9, 2, 0, 0}, {4, 1, 0, 0}},
    {"Alureon", "Trojan:Win32/Alureon.gen", "trojan", {7, 8, 2, 0}, {4, 5, 1, 0}},
    {"FakeXPA", "Trojan:Win32/FakeXPA", "trojan", {8, 4, 0, 0}, {3, 2, 0, 0}},
    {"FakeSpypro", "Trojan:Win32/FakeSpypro", "trojan", {5, 5, 1, 0}, {2, 2, 0, 0}},
    {"Sefnit", "Trojan:Win32/Sefnit.gen", "trojan", {0, 2, 18, 5}, {0, 1, 8, 2}},
    {"Sirefef", "Trojan:Win32/Sirefef.P", "trojan", {0, 6, 6, 1}, {0, 4, 4, 1}},
    {"Frethog", "PWS:Win32/Frethog.gen", "password-stealer", {6, 4, 1, 0}, {4, 3, 1, 0}},
    {"Zbot", "PWS:Win32/Zbot.gen", "password-stealer", {3, 6, 6, 4}, {4, 7, 8, 6}},
    {"Bancos", "PWS:Win32/Bancos.gen", "password-stealer", {3, 3, 1, 1}, {1, 1, 1, 1}},
    {"Hupigon", "Backdoor:Win32/Hupigon.gen", "backdoor", {4, 2, 0, 0}, {3, 2, 0, 0}},
    {"Rbot", "Backdoor:Win32/Rbot.gen", "backdoor", {2, 2, 0, 0}, {3, 3, 1, 0}},
    {"Ramnit", "Virus:Win32/Ramnit.A", "virus", {0, 4, 4, 3}, {0, 5, 5, 4}},
    {"Sality", "Virus:Win32/Sality.AT", "virus", {2, 5, 5, 5}, {4, 8, 8, 8}},
    {"Parite", "Virus:Win32/Parite.B", "virus", {3, 2, 1, 1}, {4, 2, 2, 1}},
    {"Diplugem", "BrowserModifier:Win32/Diplugem", "adware", {0, 0, 2, 28}, {0, 0, 1, 12}},
    {"SupTab", "BrowserModifier:Win32/SupTab", "adware", {0, 0, 0, 18}, {0, 0, 0, 8}},
};
enum { N_FAMILIES = sizeof(families) / sizeof(families[0]) };

/* The world's CCM in periods for which no row gives it. */
static const double unpublished_world = 8.0;

/* --- repeatable chance: splitmix64, public domain, S. Vigna --- */

static uint64_t next(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t ym_simulate_below(uint64_t *state, uint32_t n) {
    return (uint32_t)((next(state) >> 32) * n >> 32);
}

/* --- the published rows --- */

struct row {
    char period[8];
    char dimension[16];
    char key[TEXT];
    double value;
};
struct rows {
    struct row row[ROWS_MAX];
    size_t n;
};

static void copy_field(char *to, size_t size, const struct ym_str *from) {
    size_t n = from->n < size ? from->n : size - 1;

    memcpy(to, from->s, n);
    to[n] = '\0';
}

/* report,period,dimension,key,metric,value,…: none of the first six is quoted in our file. */
static bool parse_row(const char *line, struct row *ret) {
    struct ym_fields f;
    struct ym_str field[6];
    char value[TEXT];

    ym_fields_init(&f, line, strcspn(line, "\r\n"), ',');
    for (int i = 0; i < 6; i++) {
        if (!ym_fields_next(&f, &field[i])) {
            return false;
        }
    }
    if (field[4].n != 3 || memcmp(field[4].s, "CCM", 3) != 0 || field[1].n != 4) {
        return false;
    }
    copy_field(ret->period, sizeof(ret->period), &field[1]);
    copy_field(ret->dimension, sizeof(ret->dimension), &field[2]);
    copy_field(ret->key, sizeof(ret->key), &field[3]);
    copy_field(value, sizeof(value), &field[5]);
    ret->value = strtod(value, NULL);
    return true;
}

static bool read_rows(const char *path, struct rows *ret) {
    char line[1024];
    FILE *f = fopen(path, "re");

    if (f == NULL) {
        perror(path);
        return false;
    }
    while (ret->n < ROWS_MAX && fgets(line, sizeof(line), f) != NULL) {
        ret->n += parse_row(line, &ret->row[ret->n]);
    }
    (void)fclose(f);
    return ret->n > 0;
}

/* The row's value, or a negative number when there is none. */
static double published(const struct rows *rows, const char *period, const char *dimension,
                        const char *key) {
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->row[i];

        if (strcmp(r->period, period) == 0 && strcmp(r->dimension, dimension) == 0 &&
            strcmp(r->key, key) == 0) {
            return r->value;
        }
    }
    return -1;
}

/* --- margins: how many of each, exactly --- */

struct margin {
    size_t n;
    double weight[CELLS_MAX];
    double rate[CELLS_MAX];
    double fixed[CELLS_MAX]; /* published CCM; negative: none */
    uint32_t runs[CELLS_MAX];
    uint32_t cleaned[CELLS_MAX];
};

/* Runs for a published cell: the next multiple of the months where a whole number of computers
 * comes within 0.004 of the value, far inside its printed digit. */
static uint32_t exact_runs(uint32_t runs, uint32_t months, double ccm) {
    for (;; runs += months) {
        double x = floor(ccm * runs / 1000 + 0.5);

        if (x > 0 && fabs(1000 * x / runs - ccm) < 0.004) {
            return runs;
        }
    }
}

static void fill_runs(struct margin *m, uint32_t total, uint32_t months) {
    double sum = 0;
    uint32_t used = 0;
    size_t rest = m->n; /* the largest cell that is free takes what is left over */

    for (size_t i = 0; i < m->n; i++) {
        sum += m->weight[i];
    }
    for (size_t i = 0; i < m->n; i++) {
        m->runs[i] = (uint32_t)(m->weight[i] / sum * total / months) * months;
        if (m->fixed[i] >= 0) {
            m->runs[i] = exact_runs(m->runs[i], months, m->fixed[i]);
        } else if (rest == m->n || m->weight[i] > m->weight[rest]) {
            rest = i;
        }
        used += m->runs[i];
    }
    m->runs[rest] += total - used; /* may wrap down and back: the sum is exact */
}

static bool fill_cleaned(struct margin *m, uint32_t total) {
    double sum = 0;
    double at = 0;
    uint32_t left = total;
    uint32_t given = 0;

    for (size_t i = 0; i < m->n; i++) {
        if (m->fixed[i] >= 0) {
            m->cleaned[i] = (uint32_t)floor(m->fixed[i] * m->runs[i] / 1000 + 0.5);
            left -= m->cleaned[i];
        } else {
            sum += m->rate[i] * m->runs[i];
        }
    }
    for (size_t i = 0; i < m->n; i++) {
        if (m->fixed[i] < 0) {
            at += m->rate[i] * m->runs[i] / sum * left;
            m->cleaned[i] = (uint32_t)floor(at + 0.5) - given;
            given += m->cleaned[i];
        }
        if (m->cleaned[i] > m->runs[i]) {
            return false;
        }
    }
    return given == left;
}

/* --- a month: decks, shuffled and dealt --- */

struct period {
    char label[8]; /* "" for a lone month */
    int first_month;
    uint32_t months;
    uint32_t runs;
    unsigned era;
};

enum { DECK_PLACE, DECK_PLATFORM, DECK_SEGMENT, DECKS };
struct fleet {
    const struct rows *rows;
    struct margin margin[DECKS];
    uint8_t *deck[DECKS];
    uint64_t chance;
    uint64_t made;
    struct ym_buf line;
    struct ym_store *store;       /* NULL: to standard output */
    bool all;                     /* guards, audits and watches, too, */
    struct ym_simulate_out other; /* with a chance of their own: those of `clean` are the same */
};

static void shuffle(uint8_t *card, uint32_t n, uint64_t *chance) {
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = ym_simulate_below(chance, i);
        uint8_t t = card[i - 1];

        card[i - 1] = card[j];
        card[j] = t;
    }
}

/* The deck of one month.  Cleaned computers go to the months in turn, through all cells, so that
 * each cell's months differ by one at most and all decks of a month have the same size. */
static uint32_t build_deck(struct fleet *f, int which, uint32_t month, uint32_t months,
                           bool cleaned) {
    const struct margin *m = &f->margin[which];
    uint8_t *card = f->deck[which];
    uint32_t n = 0;
    uint32_t before = 0; /* cleaned computers of the cells before */

    for (size_t i = 0; i < m->n; i++) {
        uint32_t first = (month + months - before % months) % months;
        uint32_t x = m->cleaned[i] > first ? (m->cleaned[i] - first - 1) / months + 1 : 0;
        uint32_t count = cleaned ? x : m->runs[i] / months - x;

        memset(card + n, (int)i, count);
        n += count;
        before += m->cleaned[i];
    }
    shuffle(card, n, &f->chance);
    return n;
}

static const struct family *pick_family(uint64_t *chance, unsigned era, enum ym_segment segment) {
    double sum = 0;
    double at;

    for (size_t i = 0; i < N_FAMILIES; i++) {
        sum +=
            segment == YM_SEGMENT_ENTERPRISE ? families[i].enterprise[era] : families[i].home[era];
    }
    at = (double)(next(chance) >> 11) * 0x1p-53 * sum;
    for (size_t i = 0; i + 1 < N_FAMILIES; i++) {
        at -=
            segment == YM_SEGMENT_ENTERPRISE ? families[i].enterprise[era] : families[i].home[era];
        if (at < 0) {
            return &families[i];
        }
    }
    return &families[0]; /* only rounding comes here */
}

/* The shares of Conficker's ways in of 2H11 (credential 60, exploit 20, preexisting 15, autorun 6:
 * rounded, 101 together); other families' are not known. */
static enum ym_path pick_path(uint64_t *state, const char *family) {
    uint32_t chance = ym_simulate_below(state, 101);

    if (strcmp(family, "Conficker") != 0) {
        return YM_PATH_UNKNOWN;
    }
    return chance < 60   ? YM_PATH_CREDENTIAL
           : chance < 80 ? YM_PATH_EXPLOIT
           : chance < 95 ? YM_PATH_PREEXISTING
                         : YM_PATH_AUTORUN;
}

/* A quarter without protection, which was cleaned 5.5 times as often (2H12): of those cleaned
 * 0.24 * 5.5 / (0.24 * 5.5 + 0.76). */
static enum ym_protection pick_protection(struct fleet *f, bool cleaned) {
    return ym_simulate_below(&f->chance, 1000) < (cleaned ? 635 : 240) ? YM_PROTECTION_OFF
                                                                       : YM_PROTECTION_ON;
}

size_t ym_simulate_find(uint64_t *state, unsigned era, enum ym_segment segment,
                        struct ym_record_detection found[YM_SIMULATE_FOUND_MAX]) {
    uint32_t chance = ym_simulate_below(state, 100);
    size_t want = chance < 2 ? 3 : chance < 14 ? 2 : 1;
    size_t n = 0;

    for (size_t i = 0; i < want; i++) {
        const struct family *family = pick_family(state, era, segment);
        bool again = false;

        for (size_t j = 0; j < n; j++) {
            again = again || found[j].family == family->name;
        }
        if (!again) {
            found[n++] = (struct ym_record_detection){.family = family->name,
                                                      .name = family->full,
                                                      .category = family->category,
                                                      .object = "",
                                                      .path = pick_path(state, family->name)};
        }
    }
    return n;
}

static bool write_record(struct fleet *f, const struct ym_record *r) {
    ym_buf_clear(&f->line);
    ym_record_encode(r, &f->line);
    ym_buf_u8(&f->line, '\n');
    return ym_buf_status(&f->line) == YM_OK && fwrite(f->line.data, f->line.len, 1, stdout) == 1;
}

static bool tell(const struct ym_err *err) {
    char text[768];

    (void)fprintf(stderr, "yamori-simulate: %s\n", ym_err_format(err, text, sizeof(text)));
    return false;
}

static bool store_record(struct fleet *f, const struct ym_record *r) {
    struct ym_err err = {0};
    bool is_new = false;
    ym_status st = ym_store_put(f->store, r, &is_new, &err);

    if (st == YM_OK && f->made % TRANSACTION == 0) {
        st = ym_store_commit(f->store, &err);
        st = st == YM_OK ? ym_store_begin(f->store, &err) : st;
    }
    return st == YM_OK || tell(&err);
}

/* Id and, unless it has one, the computer's name. */
static void give_names(struct ym_record *r, uint64_t *chance) {
    static const uint8_t unknown[YM_RECORD_ID_SIZE];
    bool named = memcmp(r->machine, unknown, sizeof(unknown)) != 0;
    uint64_t words[4];

    for (int i = 0; i < (named ? 2 : 4); i++) {
        words[i] = next(chance);
    }
    memcpy(r->id, words, sizeof(r->id));
    if (!named) {
        memcpy(r->machine, words + 2, sizeof(r->machine));
    }
}

static bool keep_record(struct fleet *f, const struct ym_record *r) {
    return f->store != NULL ? store_record(f, r) : write_record(f, r);
}

bool ym_simulate_write(struct ym_simulate_out *out, struct ym_record *r) {
    give_names(r, &out->chance);
    out->made++;
    return keep_record(out->fleet, r);
}

static bool put_record(struct fleet *f, const struct period *p, int month, uint32_t at,
                       bool cleaned) {
    const struct platform *platform = &platforms[f->deck[DECK_PLATFORM][at]];
    struct ym_record_detection found[YM_SIMULATE_FOUND_MAX];
    struct ym_record_repair repair = {"files removed", YM_REPAIR_DONE};
    struct ym_date date = {.year = month / 12, .month = (unsigned)month % 12 + 1, .day = 1};
    struct ym_record r = {.tool = "yamori-simulate", .run = YM_RUN_CLEAN, .simulated = true};
    uint64_t words[4];

    for (int i = 0; i < 4; i++) {
        words[i] = next(&f->chance);
    }
    memcpy(r.id, words, sizeof(r.id));
    memcpy(r.machine, words + 2, sizeof(r.machine));
    r.time = ym_unix_of_date(&date) + ym_simulate_below(&f->chance, 28 * 86400);
    r.system = platform->system;
    r.service_pack = platform->service_pack;
    r.bits = platform->bits;
    memcpy(r.country, places[f->deck[DECK_PLACE][at]].code, sizeof(r.country));
    r.segment = segments[f->deck[DECK_SEGMENT][at]].segment;
    r.server = strstr(platform->system, "Server") != NULL ? YM_SERVER_YES : YM_SERVER_NO;
    r.protection = pick_protection(f, cleaned);
    if (strcmp(r.country, "ZZ") != 0) { /* by address from 1H11 on, as the published reports */
        r.located = month < 2011 * 12 ? YM_LOCATED_SETTING : YM_LOCATED_ADDRESS;
    }
    r.files = 20000 + ym_simulate_below(&f->chance, 80000);
    r.duration_ms = 60000 + ym_simulate_below(&f->chance, 600000);
    /* A few runs only looked, or could not remove what they found: not cleaned. */
    if (cleaned || ym_simulate_below(&f->chance, 4000) == 0) {
        r.detections = found;
        r.n_detections = ym_simulate_find(&f->chance, p->era, r.segment, found);
        r.outcome = !cleaned                                 ? YM_OUTCOME_DETECTED
                    : ym_simulate_below(&f->chance, 100) < 5 ? YM_OUTCOME_PARTLY
                                                             : YM_OUTCOME_CLEANED;
        r.repairs = &repair;
        r.n_repairs = cleaned;
    }
    f->made++;
    return keep_record(f, &r) && (!f->all || ym_simulate_others(&f->other, &r, p->era));
}

static bool deal(struct fleet *f, const struct period *p, uint32_t month, bool cleaned) {
    uint32_t n = build_deck(f, DECK_PLACE, month, p->months, cleaned);

    for (int d = DECK_PLATFORM; d < DECKS; d++) {
        if (build_deck(f, d, month, p->months, cleaned) != n) {
            (void)fprintf(stderr, "yamori-simulate: the decks of %s differ\n", p->label);
            return false;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!put_record(f, p, p->first_month + (int)month, i, cleaned)) {
            return false;
        }
    }
    return true;
}

/* --- a period --- */

static void set_places(struct fleet *f, const struct period *p) {
    struct margin *m = &f->margin[DECK_PLACE];

    m->n = N_PLACES;
    for (size_t i = 0; i < m->n; i++) {
        m->weight[i] = places[i].weight;
        m->rate[i] = places[i].rate;
        m->fixed[i] =
            places[i].name == NULL ? -1 : published(f->rows, p->label, "country", places[i].name);
    }
}

static void set_platforms(struct fleet *f, const struct period *p) {
    struct margin *m = &f->margin[DECK_PLATFORM];

    m->n = N_PLATFORMS;
    for (size_t i = 0; i < m->n; i++) {
        const struct platform *s = &platforms[i];
        char name[TEXT];
        char with_bits[TEXT + 16];

        (void)snprintf(name, sizeof(name), "%s %s", s->system, s->service_pack);
        (void)snprintf(with_bits, sizeof(with_bits), "%s %u-bit", name, s->bits);
        m->weight[i] = s->weight[p->era];
        m->rate[i] = s->rate;
        m->fixed[i] = published(f->rows, p->label, "os", with_bits);
        if (m->fixed[i] < 0 && s->bits == 32) { /* "Windows XP SP3" has 32 bits only */
            m->fixed[i] = published(f->rows, p->label, "os", name);
        }
    }
}

static void set_segments(struct fleet *f) {
    struct margin *m = &f->margin[DECK_SEGMENT];

    m->n = N_SEGMENTS;
    for (size_t i = 0; i < m->n; i++) {
        m->weight[i] = segments[i].weight;
        m->rate[i] = segments[i].rate;
        m->fixed[i] = -1;
    }
}

static bool make_period(struct fleet *f, const struct period *p) {
    double world = published(f->rows, p->label, "world", "worldwide");
    uint32_t cleaned =
        (uint32_t)floor((world < 0 ? unpublished_world : world) * p->runs / 1000 + 0.5);

    set_places(f, p);
    set_platforms(f, p);
    set_segments(f);
    for (int d = 0; d < DECKS; d++) {
        fill_runs(&f->margin[d], p->runs, p->months);
        if (!fill_cleaned(&f->margin[d], cleaned)) {
            (void)fprintf(stderr, "yamori-simulate: the figures of %s contradict each other\n",
                          p->label);
            return false;
        }
    }
    for (uint32_t month = 0; month < p->months; month++) {
        int number = p->first_month + (int)month;
        struct ym_date date = {.year = number / 12, .month = (unsigned)number % 12 + 1, .day = 1};

        if (!deal(f, p, month, true) || !deal(f, p, month, false) ||
            (f->all && !ym_simulate_watches(&f->other, ym_unix_of_date(&date), p->era))) {
            return false;
        }
    }
    return true;
}

/* "1H09" and "4Q10" only. */
static bool parse_period(const char *label, struct period *ret) {
    unsigned which = (unsigned)(label[0] - '1');
    uint32_t year;
    uint32_t months = label[1] == 'H' ? 6 : 3;

    if ((label[1] != 'H' && label[1] != 'Q') || which >= 12 / months ||
        !ym_parse_u32(label + 2, 2, &year)) {
        return false;
    }
    year += 2000;
    (void)snprintf(ret->label, sizeof(ret->label), "%.4s", label);
    ret->first_month = (int)(year * 12 + which * months);
    ret->months = months;
    ret->runs = months == 6 ? HALF : QUARTER;
    ret->era = year < 2010 ? 0 : year < 2013 ? 1 : year < 2015 ? 2 : 3;
    return true;
}

static size_t list_periods(const struct rows *rows, struct period *periods) {
    size_t n = 0;

    for (size_t i = 0; i < rows->n && n < PERIODS_MAX - 2; i++) {
        size_t j = 0;

        while (j < n && strcmp(periods[j].label, rows->row[i].period) != 0) {
            j++;
        }
        if (j == n) {
            n += parse_period(rows->row[i].period, &periods[n]);
        }
    }
    return n;
}

/* What is left of the million goes to two lone months, too small to be shown. */
static size_t add_lone_months(struct period *periods, size_t n) {
    uint32_t used = 0;
    uint32_t left;

    for (size_t i = 0; i < n; i++) {
        used += periods[i].runs;
    }
    left = EXECUTIONS - used;
    periods[n] =
        (struct period){.first_month = 2011 * 12 + 1, .months = 1, .runs = left / 2, .era = 1};
    periods[n + 1] = (struct period){
        .first_month = 2012 * 12 + 1, .months = 1, .runs = left - left / 2, .era = 1};
    return n + 2;
}

static bool make_fleets(struct fleet *f, const struct period *periods, size_t n, uint32_t times) {
    for (uint32_t t = 0; t < times; t++) {
        f->chance = 2009 + t;
        f->other = (struct ym_simulate_out){.fleet = f, .chance = 1000000 + t};
        for (size_t i = 0; i < n; i++) {
            if (!make_period(f, &periods[i])) {
                return false;
            }
        }
    }
    return f->made == (uint64_t)EXECUTIONS * times;
}

static bool open_store(struct fleet *f, const char *name) {
    struct ym_err err = {0};
    ym_status st = ym_store_open(name, YM_STORE_CREATE, &f->store, &err);

    st = st == YM_OK ? ym_store_begin(f->store, &err) : st;
    return st == YM_OK || tell(&err);
}

static bool close_store(struct fleet *f, bool good) {
    struct ym_err err = {0};

    if (good && f->store != NULL && ym_store_commit(f->store, &err) != YM_OK) {
        good = tell(&err);
    }
    ym_store_close(f->store);
    return good;
}

int main(int argc, char **argv) {
    static struct rows rows;
    static struct period periods[PERIODS_MAX];
    struct fleet f = {.rows = &rows};
    uint32_t times = 1;
    bool good;
    size_t n;

    f.all = argc > 3 && strcmp(argv[argc - 1], "all") == 0;
    argc -= f.all;
    if (argc < 2 || argc > 4 ||
        (argc > 2 && (!ym_parse_u32(argv[2], strlen(argv[2]), &times) || times > TIMES_MAX))) {
        (void)fprintf(stderr, "usage: yamori-simulate FIGURES.csv [TIMES [all]] >FLEET.jsonl\n"
                              "       yamori-simulate FIGURES.csv TIMES STORE [all]\n");
        return 2;
    }
    good = read_rows(argv[1], &rows) && (argc < 4 || open_store(&f, argv[3]));
    n = good ? add_lone_months(periods, list_periods(&rows, periods)) : 0;
    ym_buf_init(&f.line, YM_RECORD_JSON_MAX);
    for (int d = 0; d < DECKS; d++) {
        f.deck[d] = ym_malloc(HALF);
        good = good && f.deck[d] != NULL;
    }
    good = close_store(&f, good && make_fleets(&f, periods, n, times));
    for (int d = 0; d < DECKS; d++) {
        ym_free(f.deck[d]);
    }
    ym_buf_done(&f.line);
    if (!good || fflush(stdout) != 0) {
        (void)fprintf(stderr, "yamori-simulate: failed after %llu records\n",
                      (unsigned long long)f.made);
        return 2;
    }
    return 0;
}
