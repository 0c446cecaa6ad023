/* test_summary.c - a clean in plain words, and its entry in the log. */
#include "clean/summary.h"

#include "ym_test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct ym_family worm = {
    .name = "Test\x1b[2Jworm", .category = "worm", .severity = "severe", .system = "windows"};
static const struct ym_artefact artefact = {.id = "a"};

struct made {
    struct ym_clean_verdict verdict;
    struct ym_clean_finding finding;
    struct ym_clean_step steps[5];
    struct ym_clean_plan plan;
};

/* A plan with one family, found or not, and a step of each kind. */
static void make(struct made *m, bool found, size_t gaps) {
    static const ym_step_op ops[] = {YM_STEP_SET_VALUE, YM_STEP_DELETE_KEY, YM_STEP_REMOVE_FILE,
                                     YM_STEP_REMOVE_LINE, YM_STEP_RESET_PERMISSIONS};

    *m = (struct made){.verdict = {.family = &worm, .looked = true, .found = found}};
    m->finding = (struct ym_clean_finding){.number = 1,
                                           .family = &worm,
                                           .artefact = &artefact,
                                           .rule = "a",
                                           .where = "HKLM\\SOFTWARE\\x\ny",
                                           .what = "w"};
    for (size_t i = 0; i < 5; i++) {
        m->steps[i] = (struct ym_clean_step){.next = i + 1 < 5 ? &m->steps[i + 1] : NULL,
                                             .op = ops[i],
                                             .file = "f",
                                             .why = &m->finding};
    }
    m->plan = (struct ym_clean_plan){.root = "/mnt/x",
                                     .kind = "windows",
                                     .findings = found ? &m->finding : NULL,
                                     .steps = found ? m->steps : NULL,
                                     .n_findings = found ? 1 : 0,
                                     .n_steps = found ? 5 : 0,
                                     .n_gaps = gaps,
                                     .verdicts = &m->verdict,
                                     .n_verdicts = 1};
}

static char *summary(const struct ym_clean_result *r, ym_clean_lang lang) {
    struct ym_buf b;
    char *text;

    ym_buf_init(&b, 1 << 16);
    ym_clean_summary(r, lang, &b);
    ym_buf_u8(&b, 0);
    CHECK_EQ(ym_buf_status(&b), YM_OK);
    text = strdup((const char *)b.data);
    CHECK(text != NULL);
    ym_buf_done(&b);
    return text;
}

static void says(const struct ym_clean_result *r, ym_clean_lang lang, const char *words,
                 bool want) {
    char *text = summary(r, lang);

    if ((strstr(text, words) != NULL) != want) {
        FAIL("%s \"%s\" in: %s", want ? "no" : "unwanted", words, text);
    }
    CHECK(strchr(text, '\x1b') == NULL && strstr(text, "%") == NULL);
    free(text);
}

static void what_was_found_and_done_is_said(void) {
    struct ym_clean_outcome done = {.id = "20260101T000000.000Z-1", .done = 4};
    struct made before;
    struct made after;
    struct ym_clean_result r = {&before.plan, &after.plan, &done, done.id};

    make(&before, true, 0);
    make(&after, false, 0);
    says(&r, YM_CLEAN_EN, "Test\\x1b[2Jworm: a worm, which spreads by itself (severe)", true);
    says(&r, YM_CLEAN_EN, "kept where they cannot run: 1\n", true);
    says(&r, YM_CLEAN_EN, "Looked again: it is gone.", true);
    says(&r, YM_CLEAN_EN, "yamori clean --undo 20260101T000000.000Z-1", true);
    says(&r, YM_CLEAN_EN, "Not everything", false);
    says(&r, YM_CLEAN_JA, "自分で広がるワーム (深刻度: 重大)", true);
    says(&r, YM_CLEAN_JA, "残っていません", true);
    CHECK_EQ(ym_clean_return_code(&r), 6);
    done.left = 1;
    says(&r, YM_CLEAN_EN, "it is gone", false);
    says(&r, YM_CLEAN_JA, "一部が残っています", true);
    CHECK_EQ(ym_clean_return_code(&r), 7);
}

static void looking_only_and_gaps_are_said(void) {
    struct made before;
    struct ym_clean_result r = {&before.plan, NULL, NULL, ""};

    make(&before, true, 2);
    says(&r, YM_CLEAN_EN, "Nothing was changed.", true);
    says(&r, YM_CLEAN_EN, "repaired (2; yamori clean --plan lists them)", true);
    says(&r, YM_CLEAN_JA, "2 件あります", true);
    CHECK_EQ(ym_clean_return_code(&r), 7);
    make(&before, false, 0);
    says(&r, YM_CLEAN_EN, "Nothing of what Yamori knows was found.\n", true);
    CHECK_EQ(ym_clean_return_code(&r), 0);
    make(&before, false, 1);
    says(&r, YM_CLEAN_EN, "but not everything could be looked at", true);
    says(&r, YM_CLEAN_JA, "調べられなかった場所があります", true);
}

static void proposal_says(const struct ym_clean_plan *plan, ym_clean_lang lang, const char *text,
                          bool is_there) {
    struct ym_buf out;

    ym_buf_init(&out, 1 << 20);
    ym_clean_proposal(plan, lang, &out);
    CHECK(ym_buf_status(&out) == YM_OK);
    CHECK((memmem(out.data, out.len, text, strlen(text)) != NULL) == is_there);
    ym_buf_done(&out);
}

static void what_would_be_done_is_proposed(void) {
    struct made m;

    make(&m, true, 0);
    proposal_says(&m.plan, YM_CLEAN_EN, "Malware was found:\n", true);
    proposal_says(&m.plan, YM_CLEAN_EN, "Cleaning would:\n", true);
    proposal_says(&m.plan, YM_CLEAN_EN, "What was done", false);
    proposal_says(&m.plan, YM_CLEAN_EN, "places of the registry again that were locked: 1\n", true);
    proposal_says(&m.plan, YM_CLEAN_JA, "閉ざされたレジストリ", true);
    proposal_says(&m.plan, YM_CLEAN_JA, "駆除すると", true);
    m.plan.steps = NULL;
    m.plan.n_steps = 0;
    proposal_says(&m.plan, YM_CLEAN_EN, "cannot clean this by itself", true);
    make(&m, false, 1);
    proposal_says(&m.plan, YM_CLEAN_EN, "Nothing of what Yamori knows was found, but", true);
    proposal_says(&m.plan, YM_CLEAN_EN, "Cleaning would", false);
}

static void programs_to_install_again_are_counted(void) {
    static const struct ym_artefact tools = {.id = "t", .kind = YM_ARTEFACT_PACKAGE_FILE};
    struct ym_clean_finding two[2] = {{.next = &two[1],
                                       .family = &worm,
                                       .artefact = &tools,
                                       .weight = YM_WEIGHT_MEDIUM,
                                       .where = "bin/ps",
                                       .rule = "ps",
                                       .what = "w"}};
    struct made m;
    struct ym_clean_result r = {&m.plan, NULL, NULL, ""};

    make(&m, true, 0);
    m.steps[0].op = YM_STEP_REPLACE_FILE;
    two[1] = two[0];
    two[1].next = NULL;
    m.plan.findings = two;
    proposal_says(&m.plan, YM_CLEAN_EN, "as their packages have them: 1\n", true);
    proposal_says(&m.plan, YM_CLEAN_JA, "パッケージのとおりに戻す: 1\n", true);
    says(&r, YM_CLEAN_EN, "not those of their packages: 1.", true); /* one file, known twice */
    says(&r, YM_CLEAN_JA, "違うシステムのプログラムが 1 件", true);
    m.steps[0].file = "bin/ps";
    says(&r, YM_CLEAN_EN, "not those of their packages", false);
}

static void languages_have_names(void) {
    ym_clean_lang lang = YM_CLEAN_EN;

    CHECK(ym_clean_lang_of("ja_JP.UTF-8", &lang) && lang == YM_CLEAN_JA);
    CHECK(ym_clean_lang_of("en", &lang) && lang == YM_CLEAN_EN);
    CHECK(ym_clean_lang_of("JA", &lang) && lang == YM_CLEAN_JA);
    CHECK(!ym_clean_lang_of("", &lang) && !ym_clean_lang_of("C", &lang) &&
          !ym_clean_lang_of("jam", &lang) && !ym_clean_lang_of(NULL, &lang) &&
          !ym_clean_lang_of("de_DE", &lang) && !ym_clean_lang_of("j", &lang));
}

static void the_log_has_the_lines_of_its_model(void) {
    static const char *const lines[] = {"Started On ",
                                        "Quick Scan Results:\n-------------------\n",
                                        "Threat Detected: Test\\x1b[2Jworm and Removed!\n",
                                        "  Action: Remove, Result: 0x00000000\n",
                                        "    regkey://HKLM\\SOFTWARE\\x\\x0ay\n",
                                        "Results Summary:\n----------------\n",
                                        "Found Test\\x1b[2Jworm and Removed!\n",
                                        "Return code: 6 (0x6)\n"};
    char folder[] = "/tmp/yamori-log-XXXXXX";
    struct ym_clean_outcome done = {.id = "i", .done = 4};
    struct made before;
    struct made after;
    struct ym_clean_result r = {&before.plan, &after.plan, &done, done.id};
    struct ym_clean_run run = {.version = "1", .quiet = true, .n_families = 3};
    struct ym_err err = {0};
    struct ym_buf b;
    struct stat sb;
    char path[80];

    make(&before, true, 0);
    make(&after, false, 0);
    ym_buf_init(&b, 1 << 16);
    ym_clean_log_text(&r, &run, &b);
    CHECK(mkdtemp(folder) != NULL);
    CHECK_EQ(ym_clean_log_append(folder, &b, &err), YM_OK);
    CHECK_EQ(ym_clean_log_append(folder, &b, &err), YM_OK);
    (void)snprintf(path, sizeof(path), "%s/log/clean.log", folder);
    CHECK(stat(path, &sb) == 0 && (size_t)sb.st_size == 2 * b.len && (sb.st_mode & 07) == 0);
    ym_buf_u8(&b, 0);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (strstr((const char *)b.data, lines[i]) == NULL) {
            FAIL("no \"%s\" in %s", lines[i], (const char *)b.data);
        }
    }
    ym_buf_done(&b);
    CHECK(unlink(path) == 0);
    (void)snprintf(path, sizeof(path), "%s/log", folder);
    CHECK(rmdir(path) == 0 && rmdir(folder) == 0);
}

MAIN(T(programs_to_install_again_are_counted), T(what_was_found_and_done_is_said),
     T(looking_only_and_gaps_are_said), T(what_would_be_done_is_proposed), T(languages_have_names),
     T(the_log_has_the_lines_of_its_model))
