/* ask.c - see ask.h.  Every sentence stands in both languages side by side, as in clean/summary.c. */
#include "ask.h"

#include "base/text.h"
#include "cli.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { LANGS = YM_CLEAN_JA + 1, ANSWER_MAX = 256 };

enum sentence {
    WHICH,
    THIS_MACHINE,
    WINDOWS,
    LINUX,
    DRIVE,
    NOT_MOUNTED,
    NUMBER,
    HOW,
    QUICK,
    FULL,
    FULL_NAMES,
    CLEAN,
    DOORS,
    BY_HAND,
    UNKNOWN,
    CLOSE,
    CLOSED,
    STILL,
    UNDO,
    UNCHANGED,
    READ_ONLY,
    NO_RIGHT,
    FAILED,
    AGAIN,
    SENTENCES
};

static const char *const sentences[SENTENCES][LANGS] = {
    [WHICH] = {"What shall be looked at?", "どこを調べますか。"},
    [THIS_MACHINE] = {"this computer (the running Linux)",
                      "このコンピューター (いま動いている Linux)"},
    [WINDOWS] = {"a Windows disk", "Windows のディスク"},
    [LINUX] = {"a Linux disk", "Linux のディスク"},
    [DRIVE] = {"a drive, for example a USB stick", "USB メモリなどのドライブ"},
    [NOT_MOUNTED] =
        {"looks like a Windows disk, but is not connected to a folder. To look at it, stop "
         "here (q) and type:",
         "は Windows のディスクのようですが、フォルダーにつながっていません。"
         "調べるには、ここでやめて (q)、次のように入力してください。"},
    [NUMBER] = {"Number, or q to stop", "番号 (やめるときは q)"},
    [HOW] = {"How thoroughly?", "どこまで調べますか。"},
    [QUICK] = {"quick: the places where malware starts from (less than a minute)",
               "すばやく: マルウェアが動き出す場所だけを調べます (1 分かかりません)"},
    [FULL] = {"thorough: every file, too (minutes to hours)",
              "くまなく: すべてのファイルも調べます (数分から数時間かかります)"},
    [FULL_NAMES] = {"thorough: the names of all files, too (no signatures are installed)",
                    "くまなく: すべてのファイルの名前も調べます "
                    "(定義ファイルがないので、中身は調べません)"},
    [CLEAN] =
        {"Clean it now? Everything can be taken back later. yes, no, or more to see every change",
         "いま駆除しますか。あとですべて元に戻せます。はい (y)、いいえ (n)、"
         "変更の一覧を見る (m)"},
    [DOORS] = {"Worms can still come in here:", "ワームが入り込める場所がまだあります。"},
    [BY_HAND] = {"  (not by a setting: see yamori audit --details)",
                 " (設定だけでは閉じられません。yamori audit --details をご覧ください)"},
    [UNKNOWN] = {"Could not be checked:", "確かめられなかった場所:"},
    [CLOSE] = {"Close what a setting can close? It can be taken back later. yes or no",
               "設定で閉じられるものを閉じますか。あとで元に戻せます。はい (y)、いいえ (n)"},
    [CLOSED] = {"The settings were changed.", "設定を変更しました。"},
    [STILL] = {"Still open, and not to be closed by a setting:",
               "設定では閉じられず、まだ開いている場所:"},
    [UNDO] = {"To take this back:", "元に戻すには:"},
    [UNCHANGED] = {"Nothing was changed.", "何も変更していません。"},
    [READ_ONLY] = {"This disk can only be read as it is now: it can be looked at, not cleaned. To "
                   "be able to write to it:",
                   "このディスクは今、読み取り専用です。調べることはできますが、駆除はできません。"
                   "書き込めるようにするには:"},
    [NO_RIGHT] = {"This user may look, but not clean. To clean, start again as the administrator:",
                  "このユーザーは調べることはできますが、駆除はできません。"
                  "駆除するには、管理者としてもう一度始めてください。"},
    [FAILED] =
        {"It did not work. Nothing that was not shown above was changed. The reason:",
         "うまくいきませんでした。上に表示したもののほかは何も変更していません。理由 (英語):"},
    [AGAIN] = {"Please answer with one of these.", "このうちのどれかで答えてください。"},
};

static void say(enum sentence s, ym_clean_lang lang) {
    (void)printf("%s\n", sentences[s][lang]);
}

/* One line without its end; false: the input has ended. */
static bool read_answer(enum sentence question, ym_clean_lang lang, const char *usual,
                        char answer[ANSWER_MAX]) {
    size_t n;

    (void)printf("%s%s%s%s > ", sentences[question][lang], usual[0] == '\0' ? "" : " [", usual,
                 usual[0] == '\0' ? "" : "]");
    (void)fflush(stdout);
    if (fgets(answer, ANSWER_MAX, stdin) == NULL) {
        (void)printf("\n");
        return false;
    }
    n = strcspn(answer, "\r\n");
    answer[n] = '\0';
    while (n > 0 && answer[n - 1] == ' ') {
        answer[--n] = '\0';
    }
    return true;
}

static bool is_one_of(const char *answer, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (ym_equal_nocase(answer, words[i])) {
            return true;
        }
    }
    return false;
}
#define IS_ONE_OF(answer, words) is_one_of((answer), (words), sizeof(words) / sizeof((words)[0]))

static const char *const yes_words[] = {"y", "yes", "はい", "ｙ"};
static const char *const no_words[] = {"", "n", "no", "いいえ", "ｎ", "q"};
static const char *const more_words[] = {"m", "more", "一覧", "ｍ"};

/* A number from 1 to n; 0: stop.  usual: the answer of Enter. */
static unsigned ask_number(unsigned n, unsigned usual, ym_clean_lang lang) {
    char answer[ANSWER_MAX];
    char shown[16];
    uint32_t number;

    (void)snprintf(shown, sizeof(shown), "%u", usual);
    while (read_answer(NUMBER, lang, shown, answer)) {
        if (answer[0] == '\0') {
            return usual;
        }
        if (ym_equal_nocase(answer, "q")) {
            return 0;
        }
        if (ym_parse_u32(answer, strlen(answer), &number) && number >= 1 && number <= n) {
            return number;
        }
        say(AGAIN, lang);
    }
    return 0;
}

/* ---- Where, and how ---------------------------------------------------------------------------- */

static void print_place(unsigned number, const struct ym_place *p, ym_clean_lang lang) {
    static const enum sentence words[] = {THIS_MACHINE, WINDOWS, LINUX, DRIVE};
    struct ym_buf text;

    ym_buf_init(&text, 1 << 16);
    if (p->kind != YM_PLACE_THIS) {
        ym_clean_safe(&text, p->path);
        ym_buf_add_text(&text, ": ");
    }
    ym_buf_add_text(&text, sentences[words[p->kind]][lang]);
    if (p->bytes > 0) {
        ym_buf_printf(&text, ", %.1f GB", (double)p->bytes / 1e9);
    }
    (void)printf("  %u  %.*s\n", number, (int)text.len, (const char *)text.data);
    ym_buf_done(&text);
}

const struct ym_place *ym_ask_place(const struct ym_places *places, ym_clean_lang lang) {
    unsigned usual = 1;
    unsigned number;

    for (size_t i = 0; i < places->n_unmounted; i++) {
        (void)printf("%s %s\n  mount %s /mnt\n", places->unmounted[i], sentences[NOT_MOUNTED][lang],
                     places->unmounted[i]);
    }
    if (places->n == 1 && places->n_unmounted == 0) {
        return &places->rows[0];
    }
    say(WHICH, lang);
    for (size_t i = 0; i < places->n; i++) {
        print_place((unsigned)i + 1, &places->rows[i], lang);
        usual = usual == 1 && places->rows[i].kind == YM_PLACE_WINDOWS ? (unsigned)i + 1 : usual;
    }
    number = ask_number((unsigned)places->n, usual, lang);
    return number == 0 ? NULL : &places->rows[number - 1];
}

/* Of a folder that is not there yet the one above counts. */
static bool may_write(const char *folder) {
    char path[4096];
    char *slash;

    (void)snprintf(path, sizeof(path), "%s", folder);
    while (access(path, F_OK) != 0 && (slash = strrchr(path, '/')) != NULL) {
        *slash = '\0';
    }
    return access(path[0] == '\0' ? "/" : strchr(path, '/') == NULL ? "." : path, W_OK | X_OK) == 0;
}

void ym_ask_warn(const char *root, const char *state, ym_clean_lang lang) {
    struct statvfs v;
    struct ym_buf shown;

    if (!may_write(state)) {
        say(NO_RIGHT, lang);
        (void)printf("  sudo yamori clean --ask\n");
    }
    if (statvfs(root, &v) == 0 && (v.f_flag & ST_RDONLY) != 0) {
        ym_buf_init(&shown, 1 << 16);
        ym_clean_safe(&shown, root);
        say(READ_ONLY, lang);
        (void)printf("  mount -o remount,rw '%.*s'\n", (int)shown.len,
                     shown.data == NULL ? "" : (const char *)shown.data);
        ym_buf_done(&shown);
    }
}

void ym_ask_failed(ym_clean_lang lang) {
    (void)printf("\n");
    say(FAILED, lang);
    (void)fflush(stdout);
}

bool ym_ask_full(bool signatures, ym_clean_lang lang) {
    say(HOW, lang);
    (void)printf("  1  %s\n  2  %s\n", sentences[QUICK][lang],
                 sentences[signatures ? FULL : FULL_NAMES][lang]);
    return ask_number(2, 1, lang) == 2;
}

/* ---- Yes or no ---------------------------------------------------------------------------------- */

ym_answer ym_ask_clean(ym_clean_lang lang) {
    char answer[ANSWER_MAX];

    while (read_answer(CLEAN, lang, "no", answer)) {
        if (IS_ONE_OF(answer, yes_words)) {
            return YM_ANSWER_YES;
        }
        if (IS_ONE_OF(answer, no_words)) {
            return YM_ANSWER_NO;
        }
        if (IS_ONE_OF(answer, more_words)) {
            return YM_ANSWER_MORE;
        }
        say(AGAIN, lang);
    }
    return YM_ANSWER_NO;
}

static void print_door(const struct ym_door *d, bool how, ym_clean_lang lang) {
    const ym_doors_lang l = lang == YM_CLEAN_JA ? YM_DOORS_JA : YM_DOORS_EN;

    (void)printf("  - %s%s\n", d->title.in[l],
                 how && d->n_changes == 0 ? sentences[BY_HAND][lang] : "");
}

/* The titles of the doors in these states, below a sentence; how many of them a setting closes. */
static void list_doors(const struct ym_doors *doors, enum sentence head, unsigned states,
                       ym_clean_lang lang, size_t *ret_closable) {
    size_t n = 0;

    *ret_closable = 0;
    for (const struct ym_door *d = doors->first; d != NULL; d = d->next) {
        if ((states >> d->state & 1U) != 0) {
            if (n++ == 0) {
                (void)printf("\n");
                say(head, lang);
            }
            print_door(d, head == DOORS, lang);
            *ret_closable += d->n_changes > 0 ? 1 : 0;
        }
    }
}

bool ym_ask_doors(const struct ym_doors *doors, ym_clean_lang lang) {
    char answer[ANSWER_MAX];
    size_t ignored;
    size_t closable;

    list_doors(doors, UNKNOWN, 1U << YM_DOOR_UNKNOWN, lang, &ignored);
    list_doors(doors, DOORS, 1U << YM_DOOR_OPEN | 1U << YM_DOOR_PARTLY, lang, &closable);
    while (closable > 0 && read_answer(CLOSE, lang, "no", answer)) {
        if (IS_ONE_OF(answer, yes_words)) {
            return true;
        }
        if (IS_ONE_OF(answer, no_words)) {
            return false;
        }
        say(AGAIN, lang);
    }
    return false;
}

void ym_ask_doors_done(const struct ym_doors *after, const char *undo, ym_clean_lang lang) {
    const ym_doors_lang l = lang == YM_CLEAN_JA ? YM_DOORS_JA : YM_DOORS_EN;
    bool some = false;

    say(CLOSED, lang);
    for (const struct ym_door *d = after->first; d != NULL; d = d->next) {
        if (d->state == YM_DOOR_OPEN || d->state == YM_DOOR_PARTLY) {
            if (!some) {
                say(STILL, lang);
            }
            some = true;
            (void)printf("  - %s\n    %s\n", d->title.in[l], d->explanation.in[l]);
        }
    }
    (void)printf("%s\n  yamori clean --undo %s\n", sentences[UNDO][lang], undo);
}

void ym_ask_nothing_changed(bool some, ym_clean_lang lang) {
    if (some) {
        say(UNCHANGED, lang);
    }
}
