/* test_reg_export.c - a plan's registry steps as files for regedit; what is written can be read
 * back as an export, and names of a hostile machine never become lines. */
#include "clean/reg_export.h"

#include "base/alloc.h"
#include "base/utf16.h"
#include "clean/reg_text.h"
#include "ym_test.h"

static struct ym_arena *arena;
static struct ym_clean_plan plan;
static struct ym_clean_place places[3];
static struct ym_clean_step steps[8];
static struct ym_clean_finding finding;
static size_t n_steps;

static struct ym_reg_value text_value(const char *name, const char *ascii) {
    size_t n = strlen(ascii) + 1;
    uint8_t *data = YM_ARENA_ARRAY(arena, 2 * n, uint8_t);

    CHECK(data != NULL);
    for (size_t i = 0; i < n; i++) {
        data[2 * i] = (uint8_t)ascii[i];
    }
    return (struct ym_reg_value){name, YM_REG_SZ, data, 2 * n};
}

static struct ym_reg_value dword_value(const char *name, uint8_t low) {
    uint8_t *data = YM_ARENA_ARRAY(arena, 4, uint8_t);

    CHECK(data != NULL);
    data[0] = low;
    return (struct ym_reg_value){name, YM_REG_DWORD, data, 4};
}

static struct ym_clean_step *add(ym_step_op op, const char *file, const char *key) {
    struct ym_clean_step *s = &steps[n_steps];

    *s = (struct ym_clean_step){.number = (unsigned)n_steps + 1,
                                .op = op,
                                .file = file,
                                .key = key,
                                .old_text = "",
                                .new_text = "",
                                .why = &finding};
    if (n_steps > 0) {
        steps[n_steps - 1].next = s;
    }
    plan.steps = steps;
    n_steps++;
    return s;
}

static void begin(void) {
    ym_arena_free(arena);
    arena = ym_arena_new(4 << 20);
    CHECK(arena != NULL);
    n_steps = 0;
    places[0] = (struct ym_clean_place){&places[1], "SYSTEM", "HKEY_LOCAL_MACHINE\\SYSTEM", true};
    places[1] = (struct ym_clean_place){&places[2], "NTUSER.DAT", "HKEY_USERS\\S-1-5-21-7", true};
    places[2] = (struct ym_clean_place){NULL, "else", NULL, false};
    plan = (struct ym_clean_plan){.arena = arena, .current_set = "ControlSet002", .places = places};
}

/* Both files as UTF-8, in the arena. */
static struct ym_reg_export_count make(const char **ret_reg, const char **ret_undo) {
    struct ym_reg_export_count n = {0, 0};
    struct ym_err err = {0};
    struct ym_buf reg;
    struct ym_buf undo;

    ym_buf_init(&reg, YM_REG_EXPORT_MAX);
    ym_buf_init(&undo, YM_REG_EXPORT_MAX);
    if (ym_reg_export_make(&plan, &reg, &undo, &n, &err) != YM_OK) {
        FAIL("%s", err.text);
    }
    CHECK(reg.len > 2 && reg.data[0] == 0xff && reg.data[1] == 0xfe);
    *ret_reg = ym_utf16_text(arena, reg.data + 2, reg.len - 2);
    *ret_undo = ym_utf16_text(arena, undo.data + 2, undo.len - 2);
    CHECK(*ret_reg != NULL && *ret_undo != NULL);
    ym_buf_done(&reg);
    ym_buf_done(&undo);
    return n;
}

static void check_has(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        FAIL("%s\nis missing in\n%s", part, text);
    }
}

static void values_are_set_and_given_back(void) {
    const char *reg;
    const char *undo;
    struct ym_clean_step *s;

    begin();
    s = add(YM_STEP_SET_VALUE, "SYSTEM", "ControlSet002\\Services\\BITS");
    s->old = dword_value("Start", 4);
    s->after = dword_value("Start", 3);
    s = add(YM_STEP_SET_VALUE, "SYSTEM", "ControlSet001\\Services\\BITS");
    s->after = text_value("", "a \"b\" c:\\d");
    s = add(YM_STEP_DELETE_VALUE, "NTUSER.DAT", "Software\\Run");
    s->old = text_value("x\\y", "z");
    CHECK_EQ(make(&reg, &undo).written, 3);
    check_has(reg, "Windows Registry Editor Version 5.00\r\n\r\n; ");
    check_has(reg, "\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\BITS]\r\n"
                   "\"Start\"=dword:00000003\r\n");
    check_has(reg, "\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\BITS]\r\n"
                   "@=\"a \\\"b\\\" c:\\\\d\"\r\n");
    check_has(reg, "\r\n[HKEY_USERS\\S-1-5-21-7\\Software\\Run]\r\n\"x\\\\y\"=-\r\n");
    check_has(undo, "\\CurrentControlSet\\Services\\BITS]\r\n\"Start\"=dword:00000004\r\n");
    check_has(undo, "\\ControlSet001\\Services\\BITS]\r\n@=-\r\n");
    check_has(undo, "\"x\\\\y\"=\"z\"\r\n");
}

static void a_key_comes_back_with_what_was_in_it(void) {
    const char *reg;
    const char *undo;
    struct ym_clean_saved saved[3];
    struct ym_clean_step *s;

    begin();
    saved[0] = (struct ym_clean_saved){&saved[1], "ControlSet002\\Services\\w", {NULL, 0, NULL, 0}};
    saved[1] =
        (struct ym_clean_saved){&saved[2], "ControlSet002\\Services\\w", dword_value("Start", 2)};
    saved[2] = (struct ym_clean_saved){NULL, "ControlSet002\\Services\\w\\Sub", {NULL, 0, NULL, 0}};
    s = add(YM_STEP_DELETE_KEY, "SYSTEM", "ControlSet002\\Services\\w");
    s->saved = saved;
    CHECK_EQ(make(&reg, &undo).written, 1);
    check_has(reg, "\r\n[-HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\w]\r\n");
    check_has(undo, "\\Services\\w]\r\n\"Start\"=dword:00000002\r\n");
    check_has(undo, "\\Services\\w\\Sub]\r\n");
}

static void the_rest_is_left_as_comments(void) {
    const char *reg;
    const char *undo;
    struct ym_clean_step *s;
    struct ym_reg_export_count n;

    begin();
    (void)add(YM_STEP_REMOVE_FILE, "Windows/a\r\n[-HKEY_LOCAL_MACHINE]", NULL);
    s = add(YM_STEP_DELETE_VALUE, "SYSTEM", "ControlSet001");
    s->old = text_value("x\r\n[-HKEY_LOCAL_MACHINE]\r\n;", "y");
    s = add(YM_STEP_DELETE_KEY, "SYSTEM", "ControlSet001\\a]\r\n[-HKEY_LOCAL_MACHINE");
    s = add(YM_STEP_DELETE_VALUE, "SYSTEM", "ControlSet001\\\xef\xbf\xbd");
    s->old = text_value("x", "y");
    s = add(YM_STEP_DELETE_VALUE, "else", "a");
    s->old = text_value("x", "y");
    s = add(YM_STEP_DELETE_VALUE, "nowhere", "a");
    s->old = text_value("x", "y");
    n = make(&reg, &undo);
    CHECK(n.written == 0 && n.by_hand == 6);
    CHECK(strstr(reg, "\n[") == NULL && strstr(undo, "\n[") == NULL);
    check_has(reg, "; S1 remove-file Windows/a\\x0d\\x0a[-HKEY_LOCAL_MACHINE]\r\n");
    check_has(reg, "; S5 delete-value else a : x\r\n");
}

/* Whatever bytes a value has, the parser of exports gives them back. */
static void values_survive(void) {
    static const uint8_t odd[] = {0x41, 0, 0};
    static const uint8_t half[] = {0x00, 0xd8, 0, 0};
    static const uint8_t lines[] = {'a', 0, '\r', 0, '\n', 0, '"', 0, 0, 0};
    static const uint8_t two[] = {'a', 0, 0, 0, 'b', 0, 0, 0};
    static const uint8_t pair[] = {0x3d, 0xd8, 0x22, 0xdc, 0, 0};
    uint8_t many[300];
    const struct ym_reg_value v[] = {{"odd", YM_REG_SZ, odd, sizeof(odd)},
                                     {"half", YM_REG_SZ, half, sizeof(half)},
                                     {"lines", YM_REG_SZ, lines, 10},
                                     {"two", YM_REG_SZ, two, sizeof(two)},
                                     {"pair", YM_REG_SZ, pair, sizeof(pair)},
                                     {"many", YM_REG_BINARY, many, sizeof(many)},
                                     {"none", YM_REG_SZ, odd, 0},
                                     {"short", YM_REG_DWORD, odd, 3}};
    struct ym_reg_export_count n;
    struct ym_reg_text *t = NULL;
    struct ym_reg_values values;
    struct ym_buf reg;
    struct ym_buf undo;
    struct ym_reader r;

    memset(many, 0xa5, sizeof(many));
    begin();
    for (size_t i = 0; i < 8; i++) {
        add(YM_STEP_SET_VALUE, "SYSTEM", "Setup")->after = v[i];
    }
    ym_buf_init(&reg, YM_REG_EXPORT_MAX);
    ym_buf_init(&undo, YM_REG_EXPORT_MAX);
    CHECK_EQ(ym_reg_export_make(&plan, &reg, &undo, &n, NULL), YM_OK);
    ym_reader_init(&r, reg.data, reg.len);
    CHECK_EQ(ym_reg_text_new("HKEY_LOCAL_MACHINE\\SYSTEM", &t, NULL), YM_OK);
    CHECK_EQ(ym_reg_text_read(t, r, "x.reg", NULL), YM_OK);
    CHECK_EQ(ym_reg_text_finish(t, NULL), YM_OK);
    CHECK_EQ(ym_reg_text_values(t, arena, "Setup", &values, NULL), YM_OK);
    CHECK_EQ(values.n, 8);
    for (size_t i = 0; i < 8; i++) {
        CHECK(strcmp(values.v[i].name, v[i].name) == 0 && values.v[i].type == v[i].type &&
              values.v[i].n == v[i].n && memcmp(values.v[i].data, v[i].data, v[i].n) == 0);
    }
    ym_reg_text_free(t);
    ym_buf_done(&reg);
    ym_buf_done(&undo);
}

static void every_allocation_may_fail(void) {
    unsigned failed = 1;

    begin();
    add(YM_STEP_SET_VALUE, "SYSTEM", "Setup")->after = text_value("a", "b");
    (void)add(YM_STEP_REMOVE_FILE, "Windows/a", NULL);
    for (unsigned nth = 1; failed > 0; nth++) {
        struct ym_reg_export_count n = {0, 0};
        struct ym_err err = {0};
        struct ym_buf reg;
        struct ym_buf undo;
        ym_status st;

        ym_buf_init(&reg, YM_REG_EXPORT_MAX);
        ym_buf_init(&undo, YM_REG_EXPORT_MAX);
        (void)ym_fault_malloc(nth, 1);
        st = ym_reg_export_make(&plan, &reg, &undo, &n, &err);
        failed = ym_fault_malloc(0, 0);
        CHECK(failed == 0 || st == YM_NOMEM);
        CHECK((st == YM_OK) == (err.text[0] == '\0'));
        ym_buf_done(&reg);
        ym_buf_done(&undo);
    }
}

MAIN(T(values_are_set_and_given_back), T(a_key_comes_back_with_what_was_in_it),
     T(the_rest_is_left_as_comments), T(values_survive), T(every_allocation_may_fail))
