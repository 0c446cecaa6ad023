/* doors.c - the table of doors, and what they all use: reading, evidence, changes.
 * See clean/doors.h and doors_int.h.
 *
 * To add a door: a row here, a function in a file of its own, figures in doors_facts.c. */
#include "doors_int.h"

#include "base/map.h"
#include "base/text.h"
#include "collected.h"
#include "file_version.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char module[] = "clean/doors";
enum { SHOWN_MAX = 400 }; /* bytes of a value that evidence repeats */

struct row {
    const char *id, *advisory;
    ym_door_fn *look;
    struct ym_door_words title, explanation;
};

static const struct row rows[] = {
    {"ms08-067",
     "MS08-067 (KB958644)",
     ym_door_ms08_067,
     {{"The hole in the Server service that worms come through",
       "ワームが入り込む Server サービスの穴"}},
     {{"Without this update a worm can take over the computer through the network; nobody has to "
       "open anything. Only the file itself proves that the update is there. It cannot be closed "
       "in the registry: install the update from a clean medium before the computer goes back to "
       "the network.",
       "この更新プログラムがないと、誰も何も開かなくても、ワームがネットワークからパソコンを乗っ取"
       "れ"
       "ます。入っているかどうかは、ファイルそのものを見ないと分かりません。レジストリでは閉じられ"
       "ません。ネットワークにつなぐ前に、安全な媒体から更新プログラムを入れてください。"}}},
    {"autorun-removable",
     "KB967715, KB971029",
     ym_door_autorun_removable,
     {{"Programs that start by themselves from USB sticks",
       "USB メモリから勝手に始まるプログラム"}},
     {{"A worm writes a file named autorun.inf on every USB stick. When Autorun is on, plugging "
       "the "
       "stick in, or opening it, starts the worm. A setting alone is not enough on old Windows: "
       "without the update it is not obeyed everywhere.",
       "ワームは USB メモリに autorun.inf "
       "というファイルを書き込みます。自動実行が有効だと、差し込ん"
       "だり開いたりするだけでワームが動き出します。古い Windows では設定だけでは足りず、更新プログ"
       "ラムがないと設定が守られないことがあります。"}}},
    {"autorun-network",
     "KB967715, KB971029",
     ym_door_autorun_network,
     {{"Programs that start by themselves from network drives",
       "ネットワークドライブから勝手に始まるプログラム"}},
     {{"The same for folders of other computers that are connected as a drive letter.",
       "ほかのパソコンのフォルダーをドライブとしてつないだときの自動実行です。仕組みは USB メモリと"
       "同じです。"}}},
    {"autorun-fixed",
     "KB967715, KB971029",
     ym_door_autorun_fixed,
     {{"Programs that start by themselves from hard disks",
       "ハードディスクから勝手に始まるプログラム"}},
     {{"The same for built-in and external hard disks, which worms write autorun.inf to as well.",
       "内蔵や外付けのハードディスクの自動実行です。ワームはここにも autorun.inf "
       "を書き込みます。"}}},
    {"autorun-cd",
     "KB967715",
     ym_door_autorun_cd,
     {{"Programs that start by themselves from CDs and DVDs",
       "CD や DVD から勝手に始まるプログラム"}},
     {{"A disc cannot be infected later, but some USB sticks present themselves as a CD. Since "
       "Windows Vista the user is asked first.",
       "ディスクは後から感染しませんが、CD に見せかける USB メモリがあります。Windows Vista "
       "からは、"
       "動かす前に確認の画面が出ます。"}}},
    {"services",
     "KB962007",
     ym_door_services,
     {{"Services that protect Windows", "Windows を守るサービス"}},
     {{"Conficker switches off automatic updates, Windows Defender, the Security Center and error "
       "reports. One that is off may have been switched off on purpose; two or more are a sign.",
       "Conficker は自動更新、Windows "
       "Defender、セキュリティセンター、エラー報告を止めます。一つだけ"
       "なら誰かがわざと止めたのかもしれませんが、二つ以上なら疑わしい状態です。"}}},
    {"lockout",
     "KB962007",
     ym_door_lockout,
     {{"Guessing passwords without end", "パスワードを何度でも試せる状態"}},
     {{"The worm tries about 200 passwords for each account over the network. When an account is "
       "locked after a few failures, it gets no further. Set it on the machine: net accounts "
       "/lockoutthreshold:10.",
       "ワームはネットワークから、アカウントごとに約 200 個のパスワードを試します。数回の失敗で"
       "アカウントがロックされれば、それ以上は試せません。そのパソコンで net accounts "
       "/lockoutthreshold:10 を実行すると設定できます。"}}},
    {"weak-passwords",
     "KB962007",
     ym_door_weak_passwords,
     {{"Passwords that the worm tries", "ワームが試すパスワード"}},
     {{"The worm logs on to other computers with a list of 181 common passwords and with the name "
       "of the account itself. Accounts that have one of these, or none at all, are named here; "
       "which password it is, is not told. Nothing in the registry closes this. Choose another "
       "password on the machine: net user NAME *.",
       "ワームは、よく使われる 181 "
       "個のパスワードとアカウント名そのものを使って、ほかのパソコンにログオンしようとします。"
       "そのどれかを使っているアカウントと、パスワードのないアカウントの名前をここに出します。どの"
       "パスワードかは表示しません。レジストリでは閉じられません。そのパソコンで net user 名前 * "
       "を実行して、別のパスワードに変えてください。"}}},
    {"password-policy",
     "KB962007",
     ym_door_password_policy,
     {{"Rules for passwords", "パスワードの決まり"}},
     {{"When Windows accepts short or simple passwords, the worm's list contains them. Eight "
       "characters or more and mixed characters keep its list out.",
       "短いパスワードや単純なパスワードを Windows "
       "が受け付けると、ワームの一覧にあるものが使われてし"
       "まいます。8 文字以上で文字の種類を混ぜる決まりにすると、一覧のものは使えなくなります。"}}},
    {"shares",
     "KB962007",
     ym_door_shares,
     {{"Folders that are shared with other computers", "ほかのパソコンと共有しているフォルダー"}},
     {{"Every shared folder is a place where a worm on another computer may leave its copy. Stop "
       "sharing what nobody needs.",
       "共有フォルダーには、ほかのパソコンにいるワームが自分のコピーを置けることがあります。使って"
       "い"
       "ない共有はやめてください。"}}},
    {"admin-shares",
     "KB962007, KB951016",
     ym_door_admin_shares,
     {{"Hidden shares of whole disks (ADMIN$, C$)", "ディスク全体の隠し共有 (ADMIN$、C$)"}},
     {{"Who knows or guesses an administrator's password can write to the whole disk through "
       "these. "
       "Administrators of companies may need them.",
       "管理者のパスワードを知った者や言い当てた者は、ここからディスク全体に書き込めます。会社の管"
       "理"
       "者が必要としている場合もあります。"}}},
    {"anonymous",
     "KB246261, MS08-067",
     ym_door_anonymous,
     {{"Connections without a name or password", "名前もパスワードもいらない接続"}},
     {{"Without logging on, a stranger in the network can ask for the names of accounts, or reach "
       "services. A worm uses the names to guess passwords.",
       "ログオンしていない人が、ネットワークからアカウント名を聞き出したり、サービスにつないだりで"
       "き"
       "る状態です。ワームはその名前を使ってパスワードを試します。"}}},
    {"kill-bits",
     "Microsoft Security Advisory 960715",
     ym_door_kill_bits,
     {{"Dangerous add-ons of Internet Explorer (kill bits)",
       "Internet Explorer の危険な部品 (Kill Bit)"}},
     {{"A web page can load add-ons that are known to have holes. A kill bit forbids it, even when "
       "the add-on is installed later.",
       "穴のあると分かっている部品を、Web ページが読み込めてしまいます。Kill Bit "
       "を立てておくと、後か"
       "ら入れられた部品でも読み込まれません。"}}},
    {"office-file-block",
     "Microsoft Security Advisory 937696",
     ym_door_office_file_block,
     {{"Old document formats in Office", "Office で開く古い形式の文書"}},
     {{"Documents in the formats from before 2007 are a common way for attacks. File Block, or the "
       "isolated converter MOICE, keeps Office from opening them directly. Who still needs such "
       "documents should know that blocked ones do not open.",
       "2007 年より前の形式の文書は、攻撃によく使われてきました。ファイルブロックや、隔離した変換 "
       "(MOICE) を使うと、Office "
       "がそのまま開くのを防げます。ブロックすると、その形式の文書は開けなく"
       "なるので、まだ使っている場合は気を付けてください。"}}},
    {"office-macros",
     "Office macro settings",
     ym_door_office_macros,
     {{"Macros in documents", "文書の中のマクロ"}},
     {{"A macro is a program inside a document. When macros run without a question, opening a "
       "letter "
       "is enough. Safest: only signed macros, none from the internet.",
       "マクロは文書の中に入ったプログラムです。確認なしに動く設定だと、文書を開くだけで動いてしま"
       "いま"
       "す。署名のあるものだけを許し、インターネットから来たものは止めるのがいちばん安全です。"}}},
    {"office-protected-view",
     "Office Protected View",
     ym_door_office_protected_view,
     {{"Protected View of Office", "Office の保護ビュー"}},
     {{"Documents from mail or the internet open in a locked room first. Somebody may have "
       "switched "
       "that off.",
       "メールやインターネットから来た文書を、まず閉じた部屋の中で開く仕組みです。誰かが切っている"
       "こ"
       "とがあります。"}}},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const char *const state_words[YM_DOOR_STATES] = {"closed", "not-applicable", "unknown",
                                                        "partly", "open"};
static const char *const mark_words[YM_MARKS] = {"good", "half", "bad", "unknown", "info"};

const char *ym_door_state_word(ym_door_state state) {
    return state_words[state];
}

const char *ym_door_mark_word(ym_door_mark mark) {
    return mark_words[mark];
}

const char *ym_doors_id(size_t i) {
    return i < ROWS ? rows[i].id : NULL;
}

/* --- reading ----------------------------------------------------------------------------------- */

const struct ym_clean_hive *ym_door_hive(const struct ym_door_look *l, const char *prefix) {
    for (const struct ym_clean_hive *h = l->s->hives; h != NULL; h = h->next) {
        if (ym_equal_nocase(h->prefix, prefix)) {
            return h;
        }
    }
    return NULL;
}

/* The profiles of XP's services lie beside those of people; nobody sits in front of them. */
bool ym_door_is_user(const struct ym_clean_hive *hive) {
    return strncmp(hive->prefix, "HKU\\", 4) == 0 &&
           !ym_equal_nocase(hive->prefix, "HKU\\LocalService") &&
           !ym_equal_nocase(hive->prefix, "HKU\\NetworkService");
}

static ym_status no_memory_if(const struct ym_door_look *l, const void *p) {
    return p == NULL ? ym_scan_no_memory(l->s) : YM_OK;
}

/* Whole characters only. */
const char *ym_door_shorten(struct ym_door_look *l, const char *text) {
    size_t n = text == NULL ? 0 : strlen(text);

    if (n <= SHOWN_MAX) {
        return text;
    }
    for (n = SHOWN_MAX; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--) {
    }
    return ym_arena_printf(l->s->arena, "%.*s...", (int)n, text);
}

/* The value by its kind; the bytes are an enemy's. */
static ym_status take_value(struct ym_door_look *l, ym_fact_kind kind, struct ym_fact *f) {
    uint32_t type = f->value.type;
    bool right = kind == YM_FACT_NUMBER  ? ym_reg_dword(&f->value, &f->number)
                 : kind == YM_FACT_TEXT  ? type == YM_REG_SZ || type == YM_REG_EXPAND_SZ
                 : kind == YM_FACT_MULTI ? type == YM_REG_MULTI_SZ
                                         : type == YM_REG_BINARY;

    f->got = right ? YM_FACT_OK : YM_FACT_WRONG_TYPE;
    if (right && kind == YM_FACT_NUMBER) {
        f->found = ym_arena_printf(l->s->arena, "%u (0x%x)", f->number, f->number);
    } else if (kind == YM_FACT_BINARY) {
        f->found = ym_arena_printf(l->s->arena, "%zu bytes", f->value.n); /* SAM's F holds keys */
    } else {
        f->found = ym_door_shorten(l, ym_reg_show(l->s->arena, &f->value));
    }
    YM_TRY(no_memory_if(l, f->found));
    if (right && kind == YM_FACT_TEXT) {
        f->text = ym_reg_text(l->s->arena, &f->value);
        YM_TRY(no_memory_if(l, f->text));
    }
    if (!right) {
        f->found = ym_arena_printf(l->s->arena, "%s %s", ym_reg_type_word(type), f->found);
    }
    return no_memory_if(l, f->found);
}

static ym_status find_value(struct ym_door_look *l, ym_fact_kind kind, struct ym_fact *f) {
    struct ym_reg_values values;
    struct ym_err why = {0};
    ym_status st = ym_registry_values(f->hive->reg, l->s->arena, f->key, &values, &why);

    if (st == YM_END) {
        f->got = YM_FACT_ABSENT;
        return YM_OK;
    }
    if (st == YM_NOMEM) {
        return ym_scan_no_memory(l->s);
    }
    if (st != YM_OK) {
        f->found = ym_arena_strndup(l->s->arena, why.text, strlen(why.text));
        return no_memory_if(l, f->found);
    }
    if (kind == YM_FACT_KEY) {
        f->got = YM_FACT_OK;
        return YM_OK;
    }
    f->got = YM_FACT_ABSENT;
    for (size_t i = 0; i < values.n; i++) {
        if (ym_equal_nocase(values.v[i].name, f->name)) {
            f->value = values.v[i];
            return take_value(l, kind, f);
        }
    }
    return YM_OK;
}

ym_status ym_door_read(struct ym_door_look *l, const struct ym_clean_hive *hive, const char *key,
                       const char *name, ym_fact_kind kind, struct ym_fact *ret_fact) {
    struct ym_fact f = {.hive = hive, .key = key, .name = name};

    YM_TRY(no_memory_if(l, key));
    f.where = kind == YM_FACT_KEY ? ym_arena_printf(l->s->arena, "%s\\%s", hive->prefix, key)
                                  : ym_arena_printf(l->s->arena, "%s\\%s : %s", hive->prefix, key,
                                                    name[0] == '\0' ? "(default)" : name);
    YM_TRY(no_memory_if(l, f.where));
    if (hive->reg != NULL) {
        YM_TRY(find_value(l, kind, &f));
    }
    *ret_fact = f;
    return YM_OK;
}

/* --- saying ------------------------------------------------------------------------------------ */

static bool is_full(struct ym_door_look *l, size_t n) {
    if (n < YM_DOORS_ROWS_MAX) {
        return false;
    }
    l->marks[YM_MARK_UNKNOWN]++;
    return true;
}

ym_status ym_door_say(struct ym_door_look *l, ym_door_mark mark, const char *where,
                      const char *found, const char *wanted, struct ym_door_words note) {
    struct ym_door_evidence *e = YM_ARENA_NEW(l->s->arena, struct ym_door_evidence);

    if (is_full(l, l->door->n_evidence)) {
        return ym_scan_gap(l->s, l->door->id, "more places than are listed for one door");
    }
    if (e == NULL || where == NULL) {
        return ym_scan_no_memory(l->s);
    }
    *e = (struct ym_door_evidence){
        .mark = mark, .where = where, .found = found, .wanted = wanted, .note = note};
    *l->evidence_tail = e;
    l->evidence_tail = &e->next;
    l->door->n_evidence++;
    l->marks[mark]++;
    return YM_OK;
}

ym_status ym_door_say_fact(struct ym_door_look *l, ym_door_mark mark, const struct ym_fact *fact,
                           const char *wanted, struct ym_door_words note) {
    ym_door_mark unsure = mark == YM_MARK_INFO ? YM_MARK_INFO : YM_MARK_UNKNOWN;

    if (fact->got == YM_FACT_FAILED) {
        return ym_door_say(l, unsure, fact->where, fact->found, wanted,
                           TWO("it could not be read", "読み取れませんでした"));
    }
    if (fact->got == YM_FACT_WRONG_TYPE) {
        return ym_door_say(l, unsure, fact->where, fact->found, wanted,
                           TWO("it is of a type that it should not have", "値の種類が違います"));
    }
    return ym_door_say(l, mark, fact->where, fact->found, wanted, note);
}

static ym_status offer(struct ym_door_look *l, const struct ym_fact *old, uint32_t type,
                       const uint8_t *data, size_t n) {
    struct ym_door_change *c;

    if (old->got == YM_FACT_FAILED || old->hive->reg == NULL || is_full(l, l->door->n_changes)) {
        return YM_OK;
    }
    c = YM_ARENA_NEW(l->s->arena, struct ym_door_change);
    if (c == NULL || data == NULL) {
        return ym_scan_no_memory(l->s);
    }
    *c = (struct ym_door_change){.op = YM_STEP_SET_VALUE,
                                 .hive = old->hive->prefix,
                                 .file = old->hive->file,
                                 .key = old->key,
                                 .after = {old->name, type, data, n}};
    if (old->got != YM_FACT_ABSENT) {
        c->old = old->value;
    }
    *l->change_tail = c;
    l->change_tail = &c->next;
    l->door->n_changes++;
    return YM_OK;
}

ym_status ym_door_set_number(struct ym_door_look *l, const struct ym_fact *old, uint32_t number) {
    uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                        (uint8_t)(number >> 24)};

    return offer(l, old, YM_REG_DWORD, ym_arena_memdup(l->s->arena, bytes, 4), 4);
}

ym_status ym_door_set_text(struct ym_door_look *l, const struct ym_fact *old, const char *ascii) {
    size_t n = 2 * (strlen(ascii) + 1);
    uint8_t *data = YM_ARENA_ARRAY(l->s->arena, n, uint8_t);

    for (size_t i = 0; data != NULL && ascii[i] != '\0'; i++) {
        data[2 * i] = (uint8_t)ascii[i];
    }
    return offer(l, old, YM_REG_SZ, data, n);
}

ym_status ym_door_set_empty_list(struct ym_door_look *l, const struct ym_fact *old) {
    return offer(l, old, YM_REG_MULTI_SZ, YM_ARENA_ARRAY(l->s->arena, 2, uint8_t), 2);
}

void ym_door_settle(struct ym_door_look *l) {
    const size_t *m = l->marks;
    ym_door_state state = YM_DOOR_NOT_APPLICABLE;

    if (m[YM_MARK_BAD] > 0) {
        state = m[YM_MARK_GOOD] > 0 ? YM_DOOR_PARTLY : YM_DOOR_OPEN;
    } else if (m[YM_MARK_HALF] > 0) {
        state = YM_DOOR_PARTLY;
    } else if (m[YM_MARK_UNKNOWN] > 0) {
        state = YM_DOOR_UNKNOWN;
    } else if (m[YM_MARK_GOOD] > 0) {
        state = YM_DOOR_CLOSED;
    }
    l->door->state = state;
}

/* --- files ------------------------------------------------------------------------------------- */

int ym_version_compare(const uint16_t a[4], const uint16_t b[4]) {
    for (unsigned i = 0; i < 4; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

const char *ym_version_text(struct ym_door_look *l, const uint16_t v[4]) {
    return ym_arena_printf(l->s->arena, "%u.%u.%u.%u", v[0], v[1], v[2], v[3]);
}

static ym_status look_into(struct ym_door_look *l, struct ym_dll *dll, struct ym_err *why) {
    int fd;
    ym_status st = ym_volume_open_file(l->s->volume, dll->where, &fd, why);

    if (st != YM_OK) {
        return st;
    }
    st = ym_clean_file_version(fd, dll->where, dll->version, why);
    (void)close(fd);
    return st;
}

ym_status ym_door_dll(struct ym_door_look *l, const char *folder, const char *name,
                      struct ym_dll *ret_dll) {
    struct ym_dll dll = {.where =
                             ym_arena_printf(l->s->arena, "%s/%s/%s", l->s->windows, folder, name)};
    struct ym_err why = {0};
    ym_status st;

    YM_TRY(no_memory_if(l, dll.where));
    st = ym_volume_resolve(l->s->volume, l->s->arena, dll.where, &dll.where, &why);
    if (st == YM_OK) {
        st = look_into(l, &dll, &why);
    }
    if (st == YM_NOMEM) {
        return ym_scan_no_memory(l->s);
    }
    dll.there = st != YM_END;
    dll.known = st == YM_OK;
    dll.found = dll.known ? ym_version_text(l, dll.version) : NULL;
    dll.why = dll.known ? "" : ym_arena_strndup(l->s->arena, why.text, strlen(why.text));
    if ((dll.known && dll.found == NULL) || dll.why == NULL) {
        return ym_scan_no_memory(l->s);
    }
    *ret_dll = dll;
    return YM_OK;
}

/* --- which Windows ----------------------------------------------------------------------------- */

static const char current_version[] = "Microsoft\\Windows NT\\CurrentVersion";

/* The product's name does not tell it on 2000, the product's type does everywhere. */
static ym_status find_server(struct ym_door_look *l, bool *ret_server) {
    struct ym_fact f;

    *ret_server = strstr(l->s->plan->product, "Server") != NULL;
    if (l->s->control_sets.n == 0) {
        return YM_OK;
    }
    YM_TRY(ym_door_read(
        l, ym_door_hive(l, "HKLM\\SYSTEM"),
        ym_arena_printf(l->s->arena, "%s\\Control\\ProductOptions", l->s->control_sets.v[0]),
        "ProductType", YM_FACT_TEXT, &f));
    if (f.got == YM_FACT_OK && f.text[0] != '\0') {
        *ret_server = !ym_equal_nocase(f.text, "WinNT");
    }
    return YM_OK;
}

static ym_status find_release(struct ym_door_look *l) {
    const struct ym_clean_hive *software = ym_door_hive(l, "HKLM\\SOFTWARE");
    struct ym_release *r = &l->release;
    struct ym_fact build;
    struct ym_fact pack;
    const char *path;
    uint32_t number;

    r->major = l->s->major;
    r->minor = l->s->minor;
    YM_TRY(find_server(l, &r->server));
    YM_TRY(ym_door_read(l, software, current_version, "CurrentBuildNumber", YM_FACT_TEXT, &build));
    if (build.got == YM_FACT_OK && ym_parse_u32(build.text, strlen(build.text), &number)) {
        r->build = number;
    }
    YM_TRY(ym_door_read(l, software, current_version, "CSDVersion", YM_FACT_TEXT, &pack));
    r->pack_known = pack.got == YM_FACT_ABSENT || (pack.got == YM_FACT_OK && pack.text[0] == '\0');
    if (pack.got == YM_FACT_OK && strncmp(pack.text, "Service Pack ", 13) == 0 &&
        ym_parse_u32(pack.text + 13, strlen(pack.text + 13), &number)) {
        r->pack = number;
        r->pack_known = true;
    }
    path = ym_arena_printf(l->s->arena, "%s/SysWOW64", l->s->windows);
    YM_TRY(no_memory_if(l, path));
    r->is64 = ym_volume_resolve(l->s->volume, l->s->arena, path, &path, NULL) == YM_OK ||
              ym_collected_may_be_64(l->s);
    return YM_OK;
}

/* --- users that cannot be reached -------------------------------------------------------------- */

struct skipped {
    struct ym_clean_scan *s;
    ym_status st;
};

/* Windows since Vista links the old names of these folders to the new ones. */
static bool is_junction(const char *path) {
    return ym_equal_nocase(path, "Documents and Settings") ||
           ym_equal_nocase(path, "Users/All Users") || ym_equal_nocase(path, "Users/Default User");
}

/* A user whose folder is a link, or may not be read, is a hive without a registry: unknown. */
static void on_skipped(void *ctx, const char *path, const char *why) {
    struct skipped *k = ctx;
    const char *leaf = strrchr(path, '/');
    struct ym_clean_hive *h;
    struct ym_clean_hive **tail = &k->s->hives;

    if (k->st != YM_OK || is_junction(path)) {
        return;
    }
    k->st = ym_scan_gap(k->s, ym_arena_strndup(k->s->arena, path, strlen(path)), why);
    h = YM_ARENA_NEW(k->s->arena, struct ym_clean_hive);
    if (k->st == YM_OK && h != NULL) {
        h->prefix = ym_arena_printf(k->s->arena, "HKU\\%s", leaf == NULL ? path : leaf + 1);
        h->file = ym_arena_printf(k->s->arena, "%s/NTUSER.DAT", path);
    }
    if (h == NULL || h->prefix == NULL || h->file == NULL) {
        k->st = k->st == YM_OK ? ym_scan_no_memory(k->s) : k->st;
        return;
    }
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    *tail = h;
}

static ym_status find_skipped_users(struct ym_clean_scan *s) {
    static const char *const patterns[] = {"Users/*/NTUSER.DAT",
                                           "Documents and Settings/*/NTUSER.DAT"};
    struct skipped k = {s, YM_OK};

    for (size_t i = 0; i < 2; i++) {
        struct ym_names names;

        YM_TRY(ym_volume_glob(s->volume, s->arena, patterns[i], &names, on_skipped, &k, s->err));
        YM_TRY(k.st);
    }
    return YM_OK;
}

/* --- the whole --------------------------------------------------------------------------------- */

static bool is_wanted(const char *const *only, const char *id) {
    bool any = only != NULL && only[0] != NULL;

    for (size_t i = 0; any && only[i] != NULL; i++) {
        if (strcmp(only[i], id) == 0) {
            return true;
        }
    }
    return !any;
}

static ym_status look_at_door(struct ym_door_look *l, const struct row *row,
                              struct ym_door **ret_door) {
    struct ym_door *d = YM_ARENA_NEW(l->s->arena, struct ym_door);

    YM_TRY(no_memory_if(l, d));
    *d = (struct ym_door){.id = row->id,
                          .advisory = row->advisory,
                          .title = row->title,
                          .explanation = row->explanation,
                          .state = YM_DOOR_UNKNOWN};
    l->door = d;
    l->evidence_tail = &d->evidence;
    l->change_tail = &d->changes;
    memset(l->marks, 0, sizeof(l->marks));
    YM_TRY(row->look(l));
    *ret_door = d;
    return YM_OK;
}

static ym_status look_at_all(struct ym_clean_scan *s, const char *const *only,
                             struct ym_doors *doors) {
    struct ym_door_look l = {.s = s};
    struct ym_door **tail = &doors->first;
    const char *sam;

    YM_TRY(ym_scan_volume(s));
    if (s->windows == NULL) {
        return ym_fail_at(s->err, YM_UNSUPPORTED, module, s->volume->root, 0, 0,
                          "no Windows lies on this volume (there is no System32/config)");
    }
    sam = ym_arena_printf(s->arena, "%s/System32/config/SAM", s->windows);
    YM_TRY(no_memory_if(&l, sam));
    YM_TRY(ym_scan_open_hive(s, "HKLM\\SAM", sam));
    YM_TRY(find_skipped_users(s));
    YM_TRY(find_release(&l));
    for (size_t i = 0; i < ROWS; i++) {
        if (is_wanted(only, rows[i].id)) {
            YM_TRY(look_at_door(&l, &rows[i], tail));
            tail = &(*tail)->next;
            doors->n++;
        }
    }
    doors->system = s->plan->system;
    doors->product = s->plan->product;
    doors->service_pack = s->plan->service_pack;
    doors->gaps = s->plan->gaps;
    doors->recovered = s->plan->recovered;
    doors->places = s->plan->places;
    doors->current_set = s->plan->current_set;
    doors->collected = s->plan->collected;
    return YM_OK;
}

ym_status ym_doors_look(struct ym_volume *volume, const char *const *only, struct ym_arena *arena,
                        struct ym_doors **ret_doors, struct ym_err *err) {
    struct ym_clean_plan *plan = YM_ARENA_NEW(arena, struct ym_clean_plan);
    struct ym_doors *doors = YM_ARENA_NEW(arena, struct ym_doors);
    struct ym_clean_scan s = {.arena = arena,
                              .volume = volume,
                              .plan = plan,
                              .err = err,
                              .seen = ym_map_new(YM_DOORS_ROWS_MAX)};
    ym_status st;

    if (plan == NULL || doors == NULL || s.seen == NULL) {
        ym_map_free(s.seen);
        return ym_fail_at(err, YM_NOMEM, module, volume->root, 0, 0, "out of memory");
    }
    plan->arena = arena;
    plan->root = doors->root = volume->root;
    s.gap_tail = &plan->gaps;
    s.recovered_tail = &plan->recovered;
    st = look_at_all(&s, only, doors);
    ym_scan_windows_close(&s);
    ym_map_free(s.seen);
    YM_TRY(st);
    *ret_doors = doors;
    return YM_OK;
}

ym_door_state ym_doors_worst(const struct ym_doors *doors) {
    ym_door_state worst = YM_DOOR_CLOSED;

    for (const struct ym_door *d = doors->first; d != NULL; d = d->next) {
        worst = d->state > worst ? d->state : worst;
    }
    return worst;
}
