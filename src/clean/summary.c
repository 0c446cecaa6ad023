/* summary.c - a clean in plain words.  See clean/summary.h.
 *
 * Every sentence stands in both languages side by side in one table, so that none is forgotten. */
#include "clean/summary.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LANGS = YM_CLEAN_JA + 1 };

bool ym_clean_lang_of(const char *text, ym_clean_lang *ret_lang) {
    static const char *const names[LANGS] = {"en", "ja"};
    const size_t n = text == NULL ? 0 : strcspn(text, "_.@");

    for (unsigned lang = 0; lang < LANGS; lang++) {
        if (n == 2 && strncasecmp(text, names[lang], n) == 0) {
            *ret_lang = (ym_clean_lang)lang;
            return true;
        }
    }
    return false;
}

/* ---- Words -------------------------------------------------------------------------------------- */

struct word {
    const char *word;
    const char *text[LANGS];
};

static const struct word kinds[] = {
    {"trojan", {"a trojan horse", "トロイの木馬"}},
    {"downloader",
     {"a program that fetches other malware", "ほかのマルウェアを呼び込むプログラム"}},
    {"worm", {"a worm, which spreads by itself", "自分で広がるワーム"}},
    {"password-stealer", {"a thief of passwords", "パスワードを盗むプログラム"}},
    {"adware", {"a program that shows advertising", "広告を表示するプログラム"}},
    {"exploit", {"an attack on a weakness of a program", "プログラムの弱点を突く攻撃"}},
    {"backdoor", {"a back door for strangers", "外部から操作するための裏口"}},
    {"virus", {"a virus, which hides in other programs", "ほかのプログラムに潜むウイルス"}},
    {"spyware", {"a program that spies on you", "利用者の情報を集めるスパイウェア"}},
    {"", {"malware of a kind that its signature does not tell", "種類の分からないマルウェア"}},
    {"unwanted", {"a program that most people do not want", "多くの人が望まないプログラム"}},
};

static const struct word severities[] = {
    {"low", {"low", "低"}},
    {"moderate", {"moderate", "中"}},
    {"high", {"high", "高"}},
    {"severe", {"severe", "重大"}},
};

static const char *word(const struct word *words, size_t n, const char *w, ym_clean_lang lang) {
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i].word, w) == 0) {
            return words[i].text[lang];
        }
    }
    return w;
}
#define WORD(table, w, lang) word((table), sizeof(table) / sizeof((table)[0]), (w), (lang))

enum sentence {
    NOTHING,
    NOTHING_BUT,
    FOUND,
    FAMILY,
    WOULD,
    SETTINGS_WOULD,
    SERVICES_WOULD,
    FILES_WOULD,
    LINES_WOULD,
    LOCKS_WOULD,
    ORIGINALS_WOULD,
    NO_REPAIR,
    CHANGED,
    SETTINGS,
    SERVICES,
    FILES,
    LINES,
    LOCKS,
    ORIGINALS,
    REINSTALL,
    GONE,
    LEFT,
    ONLY_LOOKED,
    UNDO,
    GAPS,
    NEXT,
    SENTENCES
};

/* Each ends a line; %s and %zu in the order in which they are given. */
static const char *const sentences[SENTENCES][LANGS] = {
    [NOTHING] = {"Nothing of what Yamori knows was found.",
                 "Yamori の知っているマルウェアは見つかりませんでした。"},
    [NOTHING_BUT] =
        {"Nothing of what Yamori knows was found, but not everything could be looked at.",
         "Yamori の知っているマルウェアは見つかりませんでしたが、調べられなかった場所があります。"},
    [FOUND] = {"Malware was found:", "マルウェアが見つかりました。"},
    [FAMILY] = {"  - %s: %s (%s)", "  - %s: %s (深刻度: %s)"},
    [WOULD] = {"Cleaning would:", "駆除すると、次のことを行います。"},
    [SETTINGS_WOULD] = {"  - put back or take out settings of the system: %zu",
                        "  - システムの設定を元に戻す、または取り除く: %zu"},
    [SERVICES_WOULD] = {"  - remove services and other entries of the malware: %zu",
                        "  - マルウェアのサービスなどの登録を取り除く: %zu"},
    [FILES_WOULD] = {"  - take files away and keep them where they cannot run: %zu",
                     "  - ファイルを実行できない場所に移して保管する: %zu"},
    [LINES_WOULD] = {"  - take lines out of text files: %zu",
                     "  - テキストファイルから行を取り除く: %zu"},
    [LOCKS_WOULD] = {"  - open places of the registry again that were locked: %zu",
                     "  - 閉ざされたレジストリの場所を元どおり開く: %zu"},
    [ORIGINALS_WOULD] = {"  - put programs of the system back as their packages have them: %zu",
                         "  - システムのプログラムをパッケージのとおりに戻す: %zu"},
    [NO_REPAIR] = {"Yamori cannot clean this by itself. The list of changes says why.",
                   "Yamori だけでは駆除できません。理由は一覧にあります。"},
    [CHANGED] = {"What was done:", "行ったこと:"},
    [SETTINGS] = {"  - settings of the system put back or taken out: %zu",
                  "  - 元に戻した、または取り除いたシステムの設定: %zu"},
    [SERVICES] = {"  - services and other entries of the malware removed: %zu",
                  "  - 取り除いたマルウェアのサービスなどの登録: %zu"},
    [FILES] = {"  - files taken away and kept where they cannot run: %zu",
               "  - 実行できない場所に移して保管したファイル: %zu"},
    [LINES] = {"  - lines taken out of text files: %zu",
               "  - テキストファイルから取り除いた行: %zu"},
    [LOCKS] = {"  - places of the registry opened again that were locked: %zu",
               "  - 元どおり開いた、閉ざされていたレジストリの場所: %zu"},
    [ORIGINALS] = {"  - programs of the system put back as their packages have them: %zu",
                   "  - パッケージのとおりに戻したシステムのプログラム: %zu"},
    [REINSTALL] = {"Programs of the system that are not those of their packages: %zu. yamori clean "
                   "--plan names the packages to install again.",
                   "パッケージのものと違うシステムのプログラムが %zu 件あります。"
                   "入れ直すパッケージは yamori clean --plan で分かります。"},
    [GONE] = {"Looked again: it is gone.", "もう一度調べました。見つかったものは残っていません。"},
    [LEFT] = {"Looked again: some of it is left. yamori clean --plan lists it.",
              "もう一度調べました。一部が残っています。yamori clean --plan で一覧を表示できます。"},
    [ONLY_LOOKED] =
        {"Nothing was changed. To clean, run the same command without --detect-only or --plan.",
         "何も変更していません。駆除するには、--detect-only や --plan "
         "を付けずに実行してください。"},
    [UNDO] = {"If something does not work any more, this takes everything back:\n  yamori clean "
              "--undo %s",
              "うまく動かなくなったときは、次のコマンドですべて元に戻せます。\n  yamori clean "
              "--undo %s"},
    [GAPS] =
        {"Not everything could be looked at or repaired (%zu; yamori clean --plan lists them). "
         "Until that is mended, do not rely on this machine being clean.",
         "調べられなかった、または直せなかったものが %zu 件あります "
         "(yamori clean --plan で一覧を表示できます)。"
         "解決するまで、このコンピューターが安全だとは言い切れません。"},
    [NEXT] = {"Next: install the missing security updates, and change the passwords that were used "
              "on this"
              " machine - from another one.",
              "次にすること: 足りないセキュリティ更新プログラムをインストールし、"
              "このコンピューターで使ったパスワードを、別のコンピューターから変更してください。"},
};

static void say(struct ym_buf *out, ym_clean_lang lang, enum sentence s) {
    ym_buf_printf(out, "%s\n", sentences[s][lang]);
}

/* A sentence with one number; none is said of nothing. */
static void count(struct ym_buf *out, ym_clean_lang lang, enum sentence s, size_t n) {
    const char *text = sentences[s][lang];
    const char *at = strstr(text, "%zu");

    if (n > 0 && at != NULL) {
        ym_buf_add(out, text, (size_t)(at - text));
        ym_buf_printf(out, "%zu%s\n", n, at + 3);
    }
}

/* A sentence with texts in the place of each %s. */
static void with_texts(struct ym_buf *out, ym_clean_lang lang, enum sentence s,
                       const char *const *texts, size_t n) {
    const char *text = sentences[s][lang];

    for (size_t i = 0; i < n; i++) {
        const char *at = strstr(text, "%s");

        if (at == NULL) {
            break;
        }
        ym_buf_add(out, text, (size_t)(at - text));
        ym_clean_safe(out, texts[i]);
        text = at + 2;
    }
    ym_buf_printf(out, "%s\n", text);
}

/* ---- The whole ---------------------------------------------------------------------------------- */

static void families(const struct ym_clean_plan *plan, ym_clean_lang lang, struct ym_buf *out) {
    say(out, lang, FOUND);
    for (size_t i = 0; i < plan->n_verdicts; i++) {
        const struct ym_family *f = plan->verdicts[i].family;

        if (plan->verdicts[i].found) {
            const char *texts[] = {f->name, WORD(kinds, f->category, lang),
                                   WORD(severities, f->severity, lang)};

            with_texts(out, lang, FAMILY, texts, 3);
        }
    }
}

static size_t count_steps(const struct ym_clean_plan *plan, unsigned ops) {
    size_t n = 0;

    for (const struct ym_clean_step *s = plan->steps; s != NULL; s = s->next) {
        n += (ops >> s->op & 1U) != 0 ? 1 : 0;
    }
    return n;
}

static bool is_changed(const struct ym_clean_plan *plan, const char *file) {
    const struct ym_clean_step *s = plan->steps;

    while (s != NULL && strcmp(s->file, file) != 0) {
        s = s->next;
    }
    return s != NULL;
}

/* Files of packages that only their package repairs; a file that two families know counts once. */
static size_t to_reinstall(const struct ym_clean_plan *plan) {
    size_t n = 0;

    for (const struct ym_clean_finding *f = plan->findings; f != NULL; f = f->next) {
        bool first = f->artefact->kind == YM_ARTEFACT_PACKAGE_FILE && f->weight != YM_WEIGHT_WEAK &&
                     !is_changed(plan, f->where);

        for (const struct ym_clean_finding *e = plan->findings; first && e != f; e = e->next) {
            first =
                e->artefact->kind != YM_ARTEFACT_PACKAGE_FILE || strcmp(e->where, f->where) != 0;
        }
        n += first ? 1U : 0U;
    }
    return n;
}

/* would: it is asked for, not done yet. */
static void changes(const struct ym_clean_plan *plan, bool would, ym_clean_lang lang,
                    struct ym_buf *out) {
    static const struct {
        enum sentence done, would;
        unsigned ops;
    } rows[] = {
        {SETTINGS, SETTINGS_WOULD,
         1U << YM_STEP_SET_VALUE | 1U << YM_STEP_DELETE_VALUE | 1U << YM_STEP_MAKE_KEY},
        {LOCKS, LOCKS_WOULD, 1U << YM_STEP_RESET_PERMISSIONS},
        {SERVICES, SERVICES_WOULD, 1U << YM_STEP_DELETE_KEY},
        {FILES, FILES_WOULD,
         1U << YM_STEP_REMOVE_FILE | 1U << YM_STEP_REMOVE_LINK | 1U << YM_STEP_REMOVE_FOLDER},
        {LINES, LINES_WOULD, 1U << YM_STEP_REMOVE_LINE},
        {ORIGINALS, ORIGINALS_WOULD, 1U << YM_STEP_REPLACE_FILE}};

    say(out, lang, would ? WOULD : CHANGED);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        count(out, lang, would ? rows[i].would : rows[i].done, count_steps(plan, rows[i].ops));
    }
}

static bool some_left(const struct ym_clean_result *r) {
    return ym_clean_plan_found(r->after) || r->done->left > 0 || r->plan->unrepaired > 0;
}

static void what_was_done(const struct ym_clean_result *r, ym_clean_lang lang, struct ym_buf *out) {
    const char *texts[] = {r->undo};

    changes(r->plan, false, lang, out);
    say(out, lang, some_left(r) ? LEFT : GONE);
    if (r->done->id[0] != '\0') {
        with_texts(out, lang, UNDO, texts, 1);
    }
}

void ym_clean_proposal(const struct ym_clean_plan *plan, ym_clean_lang lang, struct ym_buf *out) {
    const size_t gaps = plan->n_gaps + plan->unrepaired;

    if (!ym_clean_plan_found(plan)) {
        say(out, lang, gaps > 0 ? NOTHING_BUT : NOTHING);
        return;
    }
    families(plan, lang, out);
    if (plan->n_steps > 0) {
        changes(plan, true, lang, out);
    } else {
        say(out, lang, NO_REPAIR);
    }
    count(out, lang, REINSTALL, to_reinstall(plan));
}

void ym_clean_summary(const struct ym_clean_result *r, ym_clean_lang lang, struct ym_buf *out) {
    const size_t gaps = r->plan->n_gaps + r->plan->unrepaired;

    if (!ym_clean_plan_found(r->plan)) {
        say(out, lang, gaps > 0 ? NOTHING_BUT : NOTHING);
        return;
    }
    families(r->plan, lang, out);
    if (r->after == NULL) {
        say(out, lang, ONLY_LOOKED);
    } else {
        what_was_done(r, lang, out);
    }
    count(out, lang, REINSTALL, to_reinstall(r->plan));
    count(out, lang, GAPS, gaps);
    if (r->after != NULL) {
        say(out, lang, NEXT);
    }
}
