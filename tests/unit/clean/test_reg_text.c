/* test_reg_text.c - text exports of the registry: read, refused, and what they do not know. */
#include "clean/reg_text.h"

#include "base/alloc.h"
#include "ym_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char system_root[] = "HKEY_LOCAL_MACHINE\\SYSTEM";

static const char good[] = "Windows Registry Editor Version 5.00\r\n"
                           "\r\n"
                           "; a comment\r\n"
                           "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services]\r\n"
                           "\r\n"
                           "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\BITS]\r\n"
                           "\"Start\"=dword:00000004\r\n"
                           "\"ImagePath\"=hex(2):25,00,53,00,\\\r\n"
                           "  79,00,73,00,00,00\r\n"
                           "\"Quote\\\"d\\\\\"=\"a \\\"b\\\" c:\\\\d\"\r\n"
                           "@=\"two\r\nlines\"\r\n"
                           "\"Bytes\"=hex:01,ff\r\n"
                           "\"None\"=hex:\r\n"
                           "\"Big\"=hex(b):01,00,00,00,00,00,00,00\r\n"
                           "\r\n"
                           "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\alg]\r\n"
                           "\r\n"
                           "[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\r\n"
                           "\"Current\"=dword:00000001\r\n"
                           "\r\n";

static struct ym_reader reader(const void *p, size_t n) {
    struct ym_reader r;

    ym_reader_init(&r, p, n);
    return r;
}

static ym_status read_as(const char *root, const void *p, size_t n, struct ym_reg_text **ret,
                         struct ym_err *err) {
    struct ym_reg_text *t;
    ym_status st;

    YM_TRY(ym_reg_text_new(root, &t, err));
    st = ym_reg_text_read(t, reader(p, n), "SYSTEM.reg", err);
    st = st == YM_OK ? ym_reg_text_finish(t, err) : st;
    if (st != YM_OK) {
        ym_reg_text_free(t);
        return st;
    }
    *ret = t;
    return YM_OK;
}

static struct ym_reg_text *must_read(const char *root, const char *text) {
    struct ym_reg_text *t = NULL;
    struct ym_err err = {0};

    if (read_as(root, text, strlen(text), &t, &err) != YM_OK) {
        FAIL("%s", err.text);
    }
    return t;
}

/* The status of a lone file with this text behind the header. */
static ym_status status_of(const char *text) {
    struct ym_reg_text *t = NULL;
    struct ym_err err = {0};
    char whole[1024];
    ym_status st;

    (void)snprintf(whole, sizeof(whole), "Windows Registry Editor Version 5.00\n\n%s", text);
    st = read_as(system_root, whole, strlen(whole), &t, &err);
    CHECK((st == YM_OK) == (err.text[0] == '\0'));
    if (st == YM_OK) {
        ym_reg_text_free(t);
    }
    return st;
}

static ym_status ask(struct ym_reg_text *t, const char *key) {
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_reg_values values;
    struct ym_reg_keys keys;
    ym_status st = ym_reg_text_values(t, arena, key, &values, NULL);

    if (key[0] != '\0') {
        CHECK_EQ(ym_reg_text_keys(t, arena, key, &keys, NULL), st);
    }
    ym_arena_free(arena);
    return st;
}

static void check_good(struct ym_reg_text *t) {
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_reg_values v;
    struct ym_reg_keys keys;

    CHECK_EQ(ym_reg_text_keys(t, arena, "", &keys, NULL), YM_OK);
    CHECK(keys.n == 2 && strcmp(keys.v[0], "ControlSet001") == 0 &&
          strcmp(keys.v[1], "Select") == 0);
    CHECK_EQ(ym_reg_text_keys(t, arena, "controlset001\\services", &keys, NULL), YM_OK);
    CHECK(keys.n == 2 && strcmp(keys.v[0], "alg") == 0 && strcmp(keys.v[1], "BITS") == 0);
    CHECK_EQ(ym_reg_text_values(t, arena, "ControlSet001\\Services\\bits", &v, NULL), YM_OK);
    CHECK_EQ(v.n, 7);
    CHECK(strcmp(v.v[0].name, "Start") == 0 && v.v[0].type == YM_REG_DWORD && v.v[0].n == 4 &&
          v.v[0].data[0] == 4);
    CHECK(v.v[1].type == YM_REG_EXPAND_SZ && strcmp(ym_reg_text(arena, &v.v[1]), "%Sys") == 0);
    CHECK(strcmp(v.v[2].name, "Quote\"d\\") == 0 && v.v[2].type == YM_REG_SZ &&
          strcmp(ym_reg_text(arena, &v.v[2]), "a \"b\" c:\\d") == 0);
    CHECK(v.v[3].name[0] == '\0' && strcmp(ym_reg_text(arena, &v.v[3]), "two\r\nlines") == 0);
    CHECK(v.v[4].type == YM_REG_BINARY && v.v[4].n == 2 && v.v[4].data[1] == 0xff);
    CHECK(v.v[5].type == YM_REG_BINARY && v.v[5].n == 0);
    CHECK(v.v[6].type == 11 && v.v[6].n == 8);
    ym_arena_free(arena);
}

static void an_export_is_read(void) {
    struct ym_reg_text *t = must_read(system_root, good);

    check_good(t);
    CHECK(strcmp(ym_reg_text_place(t), system_root) == 0);
    ym_reg_text_free(t);
}

/* As regedit writes it; the caller frees. */
static uint8_t *wide(const char *text, size_t *ret_n) {
    const size_t n = strlen(text);
    uint8_t *out = malloc(2 * n + 2);

    CHECK(out != NULL);
    out[0] = 0xff;
    out[1] = 0xfe;
    for (size_t i = 0; i < n; i++) {
        out[2 * i + 2] = (uint8_t)text[i];
        out[2 * i + 3] = 0;
    }
    *ret_n = 2 * n + 2;
    return out;
}

static void utf16_is_the_same(void) {
    struct ym_reg_text *t = NULL;
    size_t n;
    uint8_t *bytes = wide(good, &n);

    CHECK_EQ(read_as(system_root, bytes, n, &t, NULL), YM_OK);
    check_good(t);
    ym_reg_text_free(t);
    free(bytes);
}

static void characters_outside_ascii_survive(void) {
    static const char text[] = "\xef\xbb\xbfWindows Registry Editor Version 5.00\n"
                               "[HKLM\\SYSTEM\\Setup]\n"
                               "\"\xe3\x81\x82\"=\"\xf0\x9f\x90\xa2\xc3\xa4\"\n";
    static const uint8_t want[] = {0x3d, 0xd8, 0x22, 0xdc, 0xe4, 0, 0, 0};
    struct ym_reg_text *t = must_read(system_root, text);
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_reg_values v;

    CHECK_EQ(ym_reg_text_values(t, arena, "Setup", &v, NULL), YM_OK);
    CHECK(v.n == 1 && strcmp(v.v[0].name, "\xe3\x81\x82") == 0);
    CHECK(v.v[0].n == sizeof(want) && memcmp(v.v[0].data, want, sizeof(want)) == 0);
    ym_arena_free(arena);
    ym_reg_text_free(t);
}

static void regedit4_has_characters_of_one_byte(void) {
    struct ym_reg_text *t = must_read(system_root, "REGEDIT4\n\n[HKLM\\SYSTEM\\Setup]\n"
                                                   "\"a\"=hex(2):41,42,00\n\"b\"=hex:41\n");
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_reg_text *none = NULL;
    struct ym_err err = {0};
    struct ym_reg_values v;
    static const char japanese[] = "REGEDIT4\n\n[HKLM\\SYSTEM\\Setup]\n\"a\"=\"\x83\x5c\"\n";
    static const char bytes[] = "REGEDIT4\n\n[HKLM\\SYSTEM\\Setup]\n\"a\"=hex(7):83,5c,00\n";

    CHECK_EQ(ym_reg_text_values(t, arena, "Setup", &v, NULL), YM_OK);
    CHECK(v.n == 2 && v.v[0].n == 6 && strcmp(ym_reg_text(arena, &v.v[0]), "AB") == 0);
    CHECK_EQ(v.v[1].n, 1);
    CHECK_EQ(read_as(system_root, japanese, strlen(japanese), &none, &err), YM_UNSUPPORTED);
    CHECK(strstr(err.text, "line 4") != NULL && strstr(err.text, "export it again") != NULL);
    CHECK_EQ(read_as(system_root, bytes, strlen(bytes), &none, NULL), YM_UNSUPPORTED);
    ym_arena_free(arena);
    ym_reg_text_free(t);
}

static void what_was_not_exported_is_not_absent(void) {
    struct ym_reg_text *t = must_read(system_root, good);

    CHECK_EQ(ask(t, "ControlSet001\\Services\\BITS"), YM_OK);
    CHECK_EQ(ask(t, "ControlSet001\\Services\\nobody"), YM_END);
    CHECK_EQ(ask(t, "ControlSet001\\Services\\BITS\\Parameters"), YM_END);
    CHECK_EQ(ask(t, "ControlSet001\\Control\\Lsa"), YM_UNSUPPORTED);
    CHECK_EQ(ask(t, "ControlSet001"), YM_UNSUPPORTED);
    CHECK_EQ(ask(t, "ControlSet002\\Services"), YM_UNSUPPORTED);
    CHECK_EQ(ask(t, "Setup"), YM_UNSUPPORTED);
    CHECK_EQ(ask(t, ""), YM_UNSUPPORTED);
    ym_reg_text_free(t);
}

static void a_whole_hive_knows_everything(void) {
    static const char *const texts[] = {
        "Windows Registry Editor Version 5.00\n[HKEY_LOCAL_MACHINE\\SYSTEM\\]\n"
        "[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n",
        "Windows Registry Editor Version 5.00\n[HKEY_LOCAL_MACHINE]\n"
        "[HKEY_LOCAL_MACHINE\\SOFTWARE]\n\"x\"=\"y\"\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n"};

    for (size_t i = 0; i < 2; i++) {
        struct ym_reg_text *t = must_read(system_root, texts[i]);

        CHECK_EQ(ask(t, ""), YM_OK);
        CHECK_EQ(ask(t, "Select"), YM_OK);
        CHECK_EQ(ask(t, "Setup\\x"), YM_END);
        ym_reg_text_free(t);
    }
}

static void what_was_asked_for_and_is_not_there_is_absent(void) {
    struct ym_reg_text *t =
        must_read("HKEY_LOCAL_MACHINE\\SOFTWARE",
                  "Windows Registry Editor Version 5.00\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\n"
                  ";yamori-absent [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft]\n"
                  ";yamori-denied [worm]\n;yamori-denied [WORM]\n;yamori-denied [b c]\n"
                  "[HKEY_LOCAL_MACHINE\\SOFTWARE\\A\\worm]\n");

    CHECK_EQ(ask(t, "Policies\\Microsoft"), YM_END);
    CHECK_EQ(ask(t, "Policies\\Microsoft\\Office"), YM_END);
    CHECK_EQ(ask(t, "Policies"), YM_UNSUPPORTED);
    CHECK_EQ(ask(t, "Policies\\Other"), YM_UNSUPPORTED);
    CHECK_EQ(ask(t, "A\\x"), YM_END);
    CHECK_EQ(ask(t, "A\\Worm"), YM_UNSUPPORTED);
    CHECK_EQ(ask(t, "A\\x\\worm"), YM_END);
    CHECK_EQ(ask(t, "A\\b c\\d"), YM_UNSUPPORTED);
    CHECK(strcmp(ym_reg_text_denied(t), "worm, b c") == 0);
    ym_reg_text_free(t);
}

static void the_current_set_has_its_number(void) {
    static const char live[] = "Windows Registry Editor Version 5.00\n"
                               "[HKLM\\SYSTEM\\CurrentControlSet\\Services]\n"
                               "[HKLM\\SYSTEM\\CurrentControlSet\\Services\\BITS]\n";
    static const char third[] = "Windows Registry Editor Version 5.00\n"
                                "[HKLM\\SYSTEM\\CurrentControlSet\\Services]\n"
                                "[HKLM\\SYSTEM\\Select]\n\"Current\"=dword:00000003\n";
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_reg_text *t = must_read(system_root, live);
    struct ym_reg_values v;
    struct ym_reg_keys keys;
    uint32_t number;

    CHECK_EQ(ym_reg_text_keys(t, arena, "", &keys, NULL), YM_OK);
    CHECK(keys.n == 2 && strcmp(keys.v[0], "ControlSet001") == 0);
    CHECK_EQ(ask(t, "ControlSet001\\Services\\BITS"), YM_OK);
    CHECK_EQ(ask(t, "ControlSet001\\Services\\x"), YM_END);
    CHECK_EQ(ask(t, "ControlSet001\\Control"), YM_UNSUPPORTED);
    CHECK_EQ(ask(t, "ControlSet0012\\Services"), YM_UNSUPPORTED);
    CHECK_EQ(ym_reg_text_values(t, arena, "Select", &v, NULL), YM_OK);
    CHECK(v.n == 1 && ym_reg_dword(&v.v[0], &number) && number == 1);
    ym_reg_text_free(t);
    t = must_read(system_root, third);
    CHECK_EQ(ask(t, "ControlSet003\\Services"), YM_OK);
    CHECK_EQ(ask(t, "ControlSet001\\Services"), YM_UNSUPPORTED);
    ym_reg_text_free(t);
    ym_arena_free(arena);
}

static void both_names_of_a_set_are_one(void) {
    struct ym_reg_text *t = must_read(
        system_root, "Windows Registry Editor Version 5.00\n"
                     "[HKLM\\SYSTEM\\ControlSet001\\Control]\n\"a\"=\"1\"\n"
                     "[HKLM\\SYSTEM\\CurrentControlSet\\Services]\n[HKLM\\SYSTEM\\ControlSet001"
                     "\\Control]\n\"A\"=\"2\"\n\"b\"=\"3\"\n");
    struct ym_arena *arena = ym_arena_new(1 << 20);
    struct ym_reg_values v;
    struct ym_reg_keys keys;

    CHECK_EQ(ask(t, "ControlSet001\\Services"), YM_OK);
    CHECK_EQ(ym_reg_text_values(t, arena, "ControlSet001\\Control", &v, NULL), YM_OK);
    CHECK(v.n == 2 && strcmp(ym_reg_text(arena, &v.v[0]), "2") == 0);
    CHECK_EQ(ym_reg_text_keys(t, arena, "", &keys, NULL), YM_OK);
    CHECK(keys.n == 2 && strcmp(keys.v[0], "ControlSet001") == 0);
    ym_arena_free(arena);
    ym_reg_text_free(t);
}

static void a_user_is_whoever_is_met_first(void) {
    static const char mari[] =
        "Windows Registry Editor Version 5.00\n[HKEY_USERS\\S-1-5-21-7_Classes\\x]\n"
        "[HKEY_USERS\\S-1-5-21-7\\Software]\n[HKEY_USERS\\S-1-5-21-7\\Software\\A]\n";
    static const char two[] = "Windows Registry Editor Version 5.00\n[HKEY_USERS\\S-1-5-21-7\\A]\n"
                              "[HKEY_USERS\\S-1-5-21-8\\A]\n";
    static const char me[] = "Windows Registry Editor Version 5.00\n[HKEY_CURRENT_USER\\A]\n";
    struct ym_reg_text *t = must_read("HKEY_USERS\\*", mari);

    CHECK_EQ(ask(t, "Software\\A"), YM_OK);
    CHECK_EQ(ask(t, "Software\\B"), YM_END);
    CHECK_EQ(ask(t, "x"), YM_UNSUPPORTED);
    CHECK(strcmp(ym_reg_text_place(t), "HKEY_USERS\\S-1-5-21-7") == 0);
    ym_reg_text_free(t);
    CHECK_EQ(read_as("HKEY_USERS\\*", two, strlen(two), &t, NULL), YM_UNSUPPORTED);
    t = must_read("HKEY_USERS\\*", me);
    CHECK_EQ(ask(t, "A"), YM_OK);
    ym_reg_text_free(t);
}

static void what_is_no_export_is_refused(void) {
    static const struct {
        const char *text;
        ym_status want;
    } cases[] = {
        {"[HKLM\\SYSTEM\\A]\n", YM_OK},
        {"", YM_UNSUPPORTED},
        {"[HKLM\\SOFTWARE\\A]\n", YM_UNSUPPORTED},
        {"[-HKLM\\SYSTEM\\A]\n", YM_UNSUPPORTED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=-\n", YM_UNSUPPORTED},
        {"[HKLM\\SYSTEM\\A\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\\\A]\n", YM_MALFORMED},
        {"\"x\"=\"y\"\n", YM_MALFORMED},
        {"hello\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=hex:1g\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=hex:012\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=hex(0x2):00\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=dword:000000001\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=dword:\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=\"a\\b\"\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=\"a\" b\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\A]\n\"x\" \"a\"\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=qword:1\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=\"a\n", YM_TRUNCATED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=\"a\"", YM_TRUNCATED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=hex:01,\\\n", YM_TRUNCATED},
        {"[HKLM\\SYSTEM\\A]\n\"x\"=hex:01,\\", YM_TRUNCATED},
        {"[HKLM\\SYSTEM\\A]", YM_TRUNCATED},
        {"[HKLM\\SYSTEM\\A]\n;yamori-absent HKLM\\SYSTEM\\B\n", YM_MALFORMED},
        {"[HKLM\\SYSTEM\\A]\n;yamori-denied []\n", YM_MALFORMED},
    };
    struct ym_reg_text *t = NULL;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (status_of(cases[i].text) != cases[i].want) {
            FAIL("case %zu: %s", i, cases[i].text);
        }
    }
    CHECK_EQ(read_as(system_root, "MZ\n", 3, &t, NULL), YM_UNSUPPORTED);
    CHECK_EQ(read_as(system_root, "Windows Registry Editor Version 5.00\n\0\n", 39, &t, NULL),
             YM_MALFORMED);
}

/* A cut within a line is seen; one between two lines cannot be, and then no line is half. */
static void every_prefix(void) {
    size_t n;
    uint8_t *bytes = wide(good, &n);

    for (size_t i = 0; i < n; i++) {
        struct ym_reg_text *t = NULL;
        struct ym_err err = {0};
        ym_status st = read_as(system_root, bytes, i, &t, &err);

        CHECK((st == YM_OK) == (err.text[0] == '\0'));
        if (st == YM_OK) {
            CHECK(bytes[i - 2] == '\n' || bytes[i - 4] == '\n');
            ym_reg_text_free(t);
        }
    }
    free(bytes);
}

static void long_things_have_an_end(void) {
    struct ym_reg_text *t = NULL;
    struct ym_err err = {0};
    struct ym_buf b;
    ym_status st;

    ym_buf_init(&b, 64 << 20);
    ym_buf_add_text(&b, "Windows Registry Editor Version 5.00\n[HKLM\\SYSTEM\\A]\n\"x\"=hex:00");
    for (size_t i = 0; i < YM_REG_DATA_MAX; i++) {
        ym_buf_add_text(&b, ",00");
    }
    ym_buf_add_text(&b, "\n[HKLM\\SYSTEM\\A\\B]\n");
    CHECK_EQ(read_as(system_root, b.data, b.len, &t, &err), YM_OK);
    CHECK_EQ(ask(t, "A\\B"), YM_OK);
    {
        struct ym_arena *arena = ym_arena_new(1 << 20);
        struct ym_reg_values v;

        CHECK_EQ(ym_reg_text_values(t, arena, "A", &v, NULL), YM_LIMIT);
        ym_arena_free(arena);
    }
    ym_reg_text_free(t);
    ym_buf_clear(&b);
    ym_buf_add_text(&b, "Windows Registry Editor Version 5.00\n[HKLM\\SYSTEM");
    for (size_t i = 0; i < YM_REG_TEXT_DEPTH_MAX + 1; i++) {
        ym_buf_add_text(&b, "\\a");
    }
    ym_buf_add_text(&b, "]\n");
    st = read_as(system_root, b.data, b.len, &t, &err);
    CHECK_EQ(st, YM_MALFORMED);
    ym_buf_done(&b);
}

static void every_allocation_may_fail(void) {
    unsigned failed = 1;
    unsigned all = 0;

    for (unsigned nth = 1; failed > 0; nth++) {
        struct ym_reg_text *t = NULL;
        struct ym_err err = {0};
        ym_status st;

        (void)ym_fault_malloc(nth, 1);
        st = read_as(system_root, good, strlen(good), &t, &err);
        failed = ym_fault_malloc(0, 0);
        CHECK((st == YM_OK) == (failed == 0));
        if (st == YM_OK) {
            ym_reg_text_free(t);
        } else {
            CHECK(st == YM_NOMEM && err.text[0] != '\0');
        }
        all += failed;
    }
    CHECK(all > 5);
}

/* --- through the process that reads them -------------------------------------------------------- */

struct place {
    char root[64];
    struct ym_volume v;
    struct ym_arena *arena;
};

static void put(struct place *p, const char *name, const char *text) {
    char path[256];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", p->root, name);
    f = fopen(path, "we");
    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static struct place fresh(void) {
    struct place p = {.arena = ym_arena_new(16 << 20)};

    (void)snprintf(p.root, sizeof(p.root), "/tmp/ym-exports-XXXXXX");
    CHECK(mkdtemp(p.root) != NULL && ym_volume_open(p.root, &p.v, NULL) == YM_OK);
    p.v.nocase = true;
    return p;
}

static void done(struct place *p) {
    char command[128];

    ym_volume_close(&p->v);
    ym_arena_free(p->arena);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", p->root);
    CHECK_EQ(system(command), 0); /* allowed: a folder of this test's own making */
}

static void several_files_are_one_registry(void) {
    static const uint8_t one[4] = {1, 0, 0, 0};
    const struct ym_reg_value v = {"x", YM_REG_DWORD, one, 4};
    struct place p = fresh();
    struct ym_registry *reg = NULL;
    struct ym_err err = {0};
    struct ym_reg_values values;
    struct ym_reg_keys keys;
    const char *file = NULL;
    int fd;

    put(&p, "system.reg", good);
    put(&p, "SYSTEM-lsa.REG",
        "Windows Registry Editor Version 5.00\n[HKLM\\SYSTEM\\ControlSet001\\Control\\Lsa]\n"
        "\"a\"=\"b\"\n;yamori-denied [q]\n");
    put(&p, "SYSTEMPROFILE.reg", "nonsense");
    CHECK_EQ(ym_reg_text_open_beside(&p.v, "SYSTEM", system_root, p.arena, &reg, &file, &err),
             YM_OK);
    CHECK(strcmp(file, "SYSTEM-lsa.REG") == 0);
    CHECK(strcmp(ym_registry_export_place(reg), system_root) == 0);
    CHECK(strcmp(ym_registry_export_denied(reg), "q") == 0);
    CHECK_EQ(ym_registry_values(reg, p.arena, "ControlSet001\\Control\\Lsa", &values, &err), YM_OK);
    CHECK_EQ(values.n, 1);
    CHECK_EQ(ym_registry_keys(reg, p.arena, "ControlSet001\\Services", &keys, &err), YM_OK);
    CHECK_EQ(keys.n, 2);
    CHECK_EQ(ym_registry_values(reg, p.arena, "Setup", &values, &err), YM_UNSUPPORTED);
    CHECK(strstr(err.text, "was not exported") != NULL);
    CHECK_EQ(ym_registry_set(reg, "Select", &v, NULL), YM_UNSUPPORTED);
    CHECK_EQ(ym_registry_make_key(reg, "A", NULL), YM_UNSUPPORTED);
    CHECK_EQ(ym_registry_delete_key(reg, "Select", NULL), YM_UNSUPPORTED);
    CHECK_EQ(ym_registry_delete_value(reg, "Select", "Current", NULL), YM_UNSUPPORTED);
    CHECK_EQ(ym_registry_write(reg, &fd, NULL), YM_UNSUPPORTED);
    CHECK_EQ(ym_registry_keys(reg, p.arena, "ControlSet001\\Services", &keys, NULL), YM_OK);
    ym_registry_close(reg);
    done(&p);
}

static void no_file_and_a_bad_file(void) {
    struct place p = fresh();
    struct ym_registry *reg = NULL;
    struct ym_err err = {0};
    const char *file = NULL;

    CHECK_EQ(ym_reg_text_open_beside(&p.v, "SYSTEM", system_root, p.arena, &reg, &file, &err),
             YM_END);
    put(&p, "SYSTEM.reg", "Windows Registry Editor Version 5.00\n[HKLM\\SYSTEM\\A]\nrubbish\n");
    CHECK_EQ(ym_reg_text_open_beside(&p.v, "SYSTEM", system_root, p.arena, &reg, &file, &err),
             YM_MALFORMED);
    CHECK(strstr(err.text, "SYSTEM.reg, line 3") != NULL);
    done(&p);
}

MAIN(T(an_export_is_read), T(utf16_is_the_same), T(characters_outside_ascii_survive),
     T(regedit4_has_characters_of_one_byte), T(what_was_not_exported_is_not_absent),
     T(a_whole_hive_knows_everything), T(what_was_asked_for_and_is_not_there_is_absent),
     T(the_current_set_has_its_number), T(both_names_of_a_set_are_one),
     T(a_user_is_whoever_is_met_first), T(what_is_no_export_is_refused), T(every_prefix),
     T(long_things_have_an_end), T(every_allocation_may_fail), T(several_files_are_one_registry),
     T(no_file_and_a_bad_file))
