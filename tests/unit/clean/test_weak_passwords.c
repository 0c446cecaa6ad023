/* test_weak_passwords.c - passwords of the worm's list are found in both forms of a SAM, good ones
 * are not, and what is cut, forged or of another machine is never called good. */
#include "../../../src/clean/weak_passwords.h"

#include "base/alloc.h"
#include "base/text.h"
#include "makers/make_doors.h"
#include "makers/make_hive.h"
#include "makers/make_sam.h"
#include "ym_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct ym_sam_crypto *crypto;
static struct ym_arena *arena;
static char system_path[64], sam_path[64];
static const char lsa[] = "ControlSet001\\Control\\Lsa";
static const char domain[] = "SAM\\Domains\\Account";

struct file {
    uint8_t *data;
    size_t n;
};
static struct file system_hive, sam_hive;

/* --- two hives --------------------------------------------------------------------------------- */

static void temporary(char path[64]) {
    int fd;

    if (path[0] == '\0') {
        (void)snprintf(path, 64, "/tmp/ym-weak-XXXXXX");
        fd = mkstemp(path);
        CHECK(fd >= 0);
        (void)close(fd);
    }
    CHECK_EQ(make_hive_start(path), 0);
}

static void load(const char *path, struct file *f) {
    FILE *in = fopen(path, "rb");

    CHECK(in != NULL && fseek(in, 0, SEEK_END) == 0);
    f->n = (size_t)ftell(in);
    free(f->data);
    f->data = malloc(f->n);
    rewind(in);
    CHECK_EQ(fread(f->data, 1, f->n, in), f->n);
    (void)fclose(in);
}

static void make_system(const uint8_t boot_key[MADE_KEY]) {
    hive_h *h;

    temporary(system_path);
    h = make_hive_open(system_path);
    make_dword(h, "Select", "Current", 1);
    make_hive_close(h);
    make_boot_key(system_path, lsa, boot_key);
    load(system_path, &system_hive);
}

static void make_both(bool aes, const struct made_account *a, size_t n) {
    uint8_t f[MADE_POLICY];
    hive_h *h;

    make_system(made_boot_key);
    temporary(sam_path);
    h = make_hive_open(sam_path);
    make_policy(f, 0, 0, false);
    make_account_key(f, sizeof(f), aes, made_boot_key);
    make_bytes(h, domain, "F", hive_t_REG_BINARY, f, sizeof(f));
    (void)make_key(h, "SAM\\Domains\\Account\\Users\\Names");
    for (size_t i = 0; i < n; i++) {
        make_account(h, aes, &a[i]);
    }
    make_hive_close(h);
    load(sam_path, &sam_hive);
}

static struct ym_weak_answer look_at(const uint8_t *system, size_t system_n, const uint8_t *sam,
                                     size_t sam_n) {
    struct ym_weak_answer answer;
    struct ym_reader r[2];

    ym_arena_free(arena);
    arena = ym_arena_new(16U << 20);
    if (crypto == NULL) {
        CHECK_EQ(ym_sam_crypto_open(&crypto, NULL), YM_OK);
    }
    ym_reader_init(&r[0], system, system_n);
    ym_reader_init(&r[1], sam, sam_n);
    ym_weak_look(crypto, r[0], r[1], arena, &answer);
    CHECK((answer.why == YM_WEAK_LOOKED) == (answer.n > 0));
    return answer;
}

static struct ym_weak_answer look(void) {
    return look_at(system_hive.data, system_hive.n, sam_hive.data, sam_hive.n);
}

static unsigned flags_of(const struct ym_weak_answer *a, const char *name) {
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->v[i].name, name) == 0) {
            return a->v[i].flags;
        }
    }
    FAIL("no account is named %s", name);
}

/* --- what is found ----------------------------------------------------------------------------- */

static size_t unhex(const char *hex, uint8_t *out) {
    size_t n = strlen(hex) / 2;

    CHECK(ym_hex_decode(hex, n, out));
    return n;
}

/* Values of two real machines, as fox-it/dissect.target publishes them with their passwords
 * (tests/plugins/os/windows/test_sam.py): class names, the key, the NT hash of RID 1000. */
static void published_values_give_the_published_hashes(void) {
    static const struct {
        const char *classes, *key, *hash, *password;
    } rows[] = {
        {"5f3df852c42b803c1ddbd1f56d1ae431",
         "0100000038000000a10d031a1d49d44ca0c60a55604dbae7b4ba33fb39930584cebf951ae9bfde94cd9ea0df"
         "cbd3ac729d090b37b8ff553d0000000000000000",
         "030001004b321ebce975e21151102460c479deb2", "L0ngLiv3LM!"},
        {"626b21cee6f92d89bae89edb36f1befb",
         "020000007000000030000000200000004b903580f1d3d1c080ed5e524152dce5e577c97453495325ca097ef6"
         "f9aa033d28cb7a5bdd6e6e12a1f0f0eb812f72a3d6b4ee5b0cf83ff8cc969f7b17be5ecc3af36a62f2e32eb5"
         "3404d4b5ff0b446e580e067325fbca89b002f313956ea315",
         "020002001000000001cbd838215335f6d65d81ff88bcc02ee8dd17c186264164c5134894e5fabd391f1f7c31"
         "a5c782e879aacf06bb54067e",
         "MD4St1llGo1ngStr0ng!"},
    };

    CHECK_EQ(crypto != NULL ? YM_OK : ym_sam_crypto_open(&crypto, NULL), YM_OK);
    for (size_t i = 0; i < 2; i++) {
        uint8_t f[256] = {0};
        uint8_t v[512] = {0};
        uint8_t boot_key[16];
        uint8_t key[16];
        uint8_t got[16];
        uint8_t want[16];
        struct ym_sam_key parts;
        struct ym_sam_user user;
        size_t n = unhex(rows[i].key, f + 104);

        CHECK_EQ(ym_sam_boot_key(rows[i].classes, boot_key, NULL), YM_OK);
        CHECK_EQ(ym_sam_key_parse(f, 104 + n, &parts, NULL), YM_OK);
        CHECK_EQ(ym_sam_account_key(crypto, boot_key, &parts, key, NULL), YM_OK);
        v[16] = 2; /* a name of one letter, at 204 */
        v[204] = 'J';
        v[168] = 4;
        n = unhex(rows[i].hash, v + 208);
        v[172] = (uint8_t)n;
        CHECK_EQ(ym_sam_user_parse(v, 208 + n, &user, NULL), YM_OK);
        CHECK_EQ(ym_sam_nt_hash(crypto, key, 1000, &user, got, NULL), YM_OK);
        make_nt_hash(rows[i].password, want);
        CHECK(memcmp(got, want, 16) == 0);
    }
}

static void every_word_is_found_and_its_neighbours_are_not(void) {
    enum { MAX = 200 };
    static struct made_account a[2 * MAX];
    static char text[2 * MAX][40];

    CHECK(ym_weak_words_n > 170 && ym_weak_words_n < MAX);
    for (unsigned aes = 0; aes < 2; aes++) {
        struct ym_weak_answer answer;

        for (unsigned i = 0; i < 2 * ym_weak_words_n; i++) {
            const char *word = ym_weak_words[i / 2];

            (void)snprintf(text[i], sizeof(text[i]), "%s%s", word, i % 2 == 0 ? "" : "!");
            a[i] = (struct made_account){1000 + i * 3, i % 2 == 0 ? "weak one" : "good one",
                                         text[i], 0};
        }
        make_both(aes != 0, a, 2 * ym_weak_words_n);
        answer = look();
        CHECK_EQ(answer.why, YM_WEAK_LOOKED);
        CHECK_EQ(answer.n, 2 * ym_weak_words_n);
        for (size_t i = 0; i < answer.n; i++) {
            CHECK_EQ(answer.v[i].flags, answer.v[i].name[0] == 'w' ? YM_WEAK_LISTED : 0);
        }
    }
}

static void guesses_from_the_name_are_found(void) {
    static const struct made_account a[] = {
        {1000, "Yamada", "Yamada", 0},
        {1001, "twice", "twicetwice", 0},
        {1002, "back", "kcab", 0},
        {1003, "\xe5\xb1\xb1\xe7\x94\xb0", "\xe7\x94\xb0\xe5\xb1\xb1", 0}, /* Yamada in kanji */
        {1004, "case", "CASE", 0},
        {1005, "three", "threethreethree", 0},
        {1006, "other", "Yamada", 0},
        {0xfffffffe, "x", "x", 0}, /* the largest number */
    };

    for (unsigned aes = 0; aes < 2; aes++) {
        struct ym_weak_answer answer;

        make_both(aes != 0, a, sizeof(a) / sizeof(a[0]));
        answer = look();
        CHECK_EQ(answer.n, sizeof(a) / sizeof(a[0]));
        CHECK_EQ(flags_of(&answer, "Yamada"), YM_WEAK_LISTED);
        CHECK_EQ(flags_of(&answer, "twice"), YM_WEAK_LISTED);
        CHECK_EQ(flags_of(&answer, "back"), YM_WEAK_LISTED);
        CHECK_EQ(flags_of(&answer, a[3].name), YM_WEAK_LISTED);
        CHECK_EQ(flags_of(&answer, "case"), 0);
        CHECK_EQ(flags_of(&answer, "three"), 0);
        CHECK_EQ(flags_of(&answer, "other"), 0);
        CHECK_EQ(flags_of(&answer, "x"), YM_WEAK_LISTED);
    }
}

static void empty_and_disabled_and_unknown_are_told_apart(void) {
    static const struct made_account a[] = {
        {500, "none", "", MADE_NO_PASSWORD},
        {501, "empty", "", 0},
        {502, "off", "qwerty", MADE_DISABLED},
        {503, "off and none", "", MADE_NO_PASSWORD | MADE_DISABLED},
        {504, "lm", "qwerty", MADE_LM_ONLY},
        {505, "nothing", "", MADE_NO_ENTRY},
        {506, "good", "Zk7!rain-and-snow", 0},
    };

    for (unsigned aes = 0; aes < 2; aes++) {
        struct ym_weak_answer answer;

        make_both(aes != 0, a, sizeof(a) / sizeof(a[0]));
        answer = look();
        CHECK_EQ(flags_of(&answer, "none"), YM_WEAK_EMPTY);
        CHECK_EQ(flags_of(&answer, "empty"), YM_WEAK_EMPTY);
        CHECK_EQ(flags_of(&answer, "off"), YM_WEAK_LISTED | YM_WEAK_DISABLED);
        CHECK_EQ(flags_of(&answer, "off and none"), YM_WEAK_EMPTY | YM_WEAK_DISABLED);
        CHECK_EQ(flags_of(&answer, "lm"), YM_WEAK_NOT_CHECKED);
        CHECK_EQ(flags_of(&answer, "nothing"), YM_WEAK_NOT_CHECKED);
        CHECK_EQ(flags_of(&answer, "good"), 0);
    }
}

/* --- what is not as it should be --------------------------------------------------------------- */

static const struct made_account one[] = {{1000, "mari", "letmein", 0}};

static void another_boot_key_opens_nothing(void) {
    for (unsigned aes = 0; aes < 2; aes++) {
        for (unsigned bit = 0; bit < 128; bit += 5) {
            uint8_t key[MADE_KEY];

            make_both(aes != 0, one, 1);
            memcpy(key, made_boot_key, sizeof(key));
            key[bit / 8] ^= (uint8_t)(1U << bit % 8);
            make_system(key);
            CHECK_EQ(look().why, YM_WEAK_WRONG_KEY);
        }
    }
}

static void forged_keys_open_nothing(void) {
    for (unsigned aes = 0; aes < 2; aes++) {
        uint8_t f[MADE_POLICY];
        size_t end = 104 + (aes != 0 ? 112U : 56U);
        unsigned opened = 0;

        make_both(aes != 0, one, 1);
        make_policy(f, 0, 0, false);
        make_account_key(f, sizeof(f), aes != 0, made_boot_key);
        for (size_t at = 104; at < end; at++) {
            uint8_t *place = memmem(sam_hive.data, sam_hive.n, f, sizeof(f));

            CHECK(place != NULL);
            place[at] ^= 0x10;
            opened += look().why == YM_WEAK_LOOKED ? 1 : 0;
            place[at] ^= 0x10;
        }
        /* The four bytes of "length", which nobody needs; the padding of key and checksum, and the
         * checksum's size when only padding is cut off. */
        CHECK_EQ(opened, aes != 0 ? 4 + 16 + 16 + 1 : 4);
        CHECK_EQ(look().why, YM_WEAK_LOOKED);
    }
}

static void missing_parts_have_their_reason(void) {
    hive_h *h;

    make_both(true, one, 1);
    CHECK_EQ(look_at(sam_hive.data, sam_hive.n, sam_hive.data, sam_hive.n).why,
             YM_WEAK_NO_BOOT_KEY);
    CHECK_EQ(look_at(system_hive.data, system_hive.n, system_hive.data, system_hive.n).why,
             YM_WEAK_NO_ACCOUNTS);
    h = make_hive_open(system_path);
    make_dword(h, "Select", "Current", 2); /* there is no such control set */
    make_hive_close(h);
    load(system_path, &system_hive);
    CHECK_EQ(look().why, YM_WEAK_NO_BOOT_KEY);
    make_both(true, one, 1);
    make_class_name(system_path, "ControlSet001\\Control\\Lsa\\GBG", "12345g78");
    load(system_path, &system_hive);
    CHECK_EQ(look().why, YM_WEAK_NO_BOOT_KEY);
    make_class_name(system_path, "ControlSet001\\Control\\Lsa\\GBG", "1234567");
    load(system_path, &system_hive);
    CHECK_EQ(look().why, YM_WEAK_NO_BOOT_KEY);
    make_both(false, NULL, 0);
    CHECK_EQ(look().why, YM_WEAK_NO_ACCOUNTS);
}

/* Every account of these hives has a bad password: none may come back as good. */
static void cut_hives_give_no_good_account(void) {
    static const struct made_account all[] = {
        {1000, "a", "letmein", 0}, {1001, "b", "qwerty", 0}, {1002, "c", "", MADE_NO_PASSWORD}};

    for (unsigned aes = 0; aes < 2; aes++) {
        make_both(aes != 0, all, 3);
        for (size_t n = 0; n < sam_hive.n; n += 61) {
            uint8_t *copy = malloc(n == 0 ? 1 : n);
            struct ym_weak_answer a;

            memcpy(copy, sam_hive.data, n);
            a = look_at(system_hive.data, system_hive.n, copy, n);
            for (size_t i = 0; i < a.n; i++) {
                CHECK((a.v[i].flags & (YM_WEAK_LISTED | YM_WEAK_EMPTY | YM_WEAK_NOT_CHECKED)) != 0);
            }
            free(copy);
        }
        for (size_t n = 0; n < system_hive.n; n += 61) {
            struct ym_weak_answer a = look_at(system_hive.data, n, sam_hive.data, sam_hive.n);

            CHECK(a.why == YM_WEAK_NO_BOOT_KEY || a.n == 3);
        }
    }
}

/* --- the values -------------------------------------------------------------------------------- */

static ym_status parse_user(const uint8_t *v, size_t n, struct ym_sam_user *ret) {
    uint8_t *copy = malloc(n == 0 ? 1 : n); /* of exactly this size, for the sanitizer */
    struct ym_err err = {0};
    ym_status st;

    memcpy(copy, v, n);
    st = ym_sam_user_parse(copy, n, ret, &err);
    free(copy);
    CHECK((st == YM_OK) == (err.text[0] == '\0'));
    return st;
}

static void values_are_refused_at_every_length(void) {
    static const struct made_account a = {1000, "mari", "letmein", 0};

    for (unsigned aes = 0; aes < 2; aes++) {
        uint8_t v[MADE_V];
        uint8_t f[MADE_POLICY];
        size_t n = make_account_v(v, aes != 0, &a);
        struct ym_sam_user user = {.n = 77};
        struct ym_sam_key key = {.n = 77};
        size_t end = 104 + (aes != 0 ? 112U : 56U);

        for (size_t cut = 0; cut < n; cut++) {
            CHECK_EQ(parse_user(v, cut, &user), YM_TRUNCATED);
            CHECK_EQ(user.n, 77);
        }
        CHECK_EQ(parse_user(v, n, &user), YM_OK);
        make_policy(f, 0, 0, false);
        make_account_key(f, sizeof(f), aes != 0, made_boot_key);
        for (size_t cut = 0; cut < end; cut++) {
            CHECK_EQ(ym_sam_key_parse(f, cut, &key, NULL), YM_TRUNCATED);
            CHECK_EQ(key.n, 77);
        }
        CHECK_EQ(ym_sam_key_parse(f, end, &key, NULL), YM_OK);
    }
}

static void settings_are_refused_at_every_length(void) {
    static const struct made_account a = {1000, "mari", "letmein", MADE_DISABLED};
    uint8_t f[MADE_F];
    bool disabled = false;

    make_account_f(f, &a);
    for (size_t n = 0; n < 58; n++) {
        CHECK_EQ(ym_sam_disabled(f, n, &disabled, NULL), YM_TRUNCATED);
        CHECK(!disabled);
    }
    CHECK_EQ(ym_sam_disabled(f, 58, &disabled, NULL), YM_OK);
    CHECK(disabled);
}

static void forged_places_stay_inside(void) {
    static const struct made_account a = {1000, "mari", "letmein", MADE_NO_PASSWORD};
    static const uint8_t places[] = {12, 16, 156, 160, 168, 172};
    static const uint32_t forged[] = {0xffffffff, 0xffffff34, 0x80000000,
                                      0x7fffffff, 0x10000,    4096};

    for (unsigned aes = 0; aes < 2; aes++) {
        for (size_t i = 0; i < sizeof(places); i++) {
            for (size_t k = 0; k < sizeof(forged) / sizeof(forged[0]); k++) {
                uint8_t v[MADE_V];
                size_t n = make_account_v(v, aes != 0, &a);
                struct ym_sam_user user = {.n = 77};

                for (unsigned b = 0; b < 4; b++) {
                    v[places[i] + b] = (uint8_t)(forged[k] >> (8 * b));
                }
                CHECK(parse_user(v, n, &user) != YM_OK);
                CHECK_EQ(user.n, 77);
            }
        }
    }
}

static void impossible_values_are_refused(void) {
    static const struct made_account a = {1000, "mari", "letmein", 0};
    static const struct {
        bool aes;
        uint8_t at, to; /* of V */
        ym_status want;
    } rows[] = {
        {false, 16, 0, YM_MALFORMED},   {false, 16, 7, YM_MALFORMED},
        {false, 172, 19, YM_MALFORMED}, {false, 172, 3, YM_TRUNCATED},
        {true, 172, 23, YM_TRUNCATED},  {true, 172, 55, YM_MALFORMED},
        {true, 172, 24, YM_MALFORMED}, /* it says that there are data, and there are none */
    };
    uint8_t v[MADE_V];
    size_t n;
    struct ym_sam_user user;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        n = make_account_v(v, rows[i].aes, &a);
        v[rows[i].at] = rows[i].to;
        CHECK_EQ(parse_user(v, n, &user), rows[i].want);
    }
    n = make_account_v(v, true, &a);
    v[n - 56 + 2] = 3;
    CHECK_EQ(parse_user(v, n, &user), YM_UNSUPPORTED);
}

static void keys_of_another_form_are_unsupported(void) {
    uint8_t f[MADE_POLICY];
    struct ym_sam_key key;

    make_policy(f, 0, 0, false);
    CHECK_EQ(ym_sam_key_parse(f, sizeof(f), &key, NULL), YM_UNSUPPORTED); /* no key: 0 */
    make_account_key(f, sizeof(f), true, made_boot_key);
    f[104] = 3;
    CHECK_EQ(ym_sam_key_parse(f, sizeof(f), &key, NULL), YM_UNSUPPORTED);
    f[104] = 2;
    f[104 + 12] = 33; /* no whole blocks */
    CHECK_EQ(ym_sam_key_parse(f, sizeof(f), &key, NULL), YM_MALFORMED);
    f[104 + 12] = 0;
    CHECK_EQ(ym_sam_key_parse(f, sizeof(f), &key, NULL), YM_MALFORMED);
    f[104 + 12] = 80; /* more than is known */
    f[104 + 8] = 16;
    CHECK_EQ(ym_sam_key_parse(f, sizeof(f), &key, NULL), YM_MALFORMED);
}

/* --- what stays behind ------------------------------------------------------------------------- */

/* How often the bytes lie in memory that this process has written: heap, stack, mappings. */
static unsigned count_in_memory(const void *needle, size_t n) {
    enum { LARGEST = 256 << 20 }; /* a sanitizer's shadow has terabytes */
    static uint8_t block[1 << 20];
    FILE *maps = fopen("/proc/self/maps", "r");
    int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    unsigned found = 0;
    char line[512];

    CHECK(maps != NULL && mem >= 0);
    while (fgets(line, sizeof(line), maps) != NULL) {
        char *rest = NULL;
        uintptr_t from = strtoul(line, &rest, 16);
        uintptr_t to = strtoul(rest + 1, &rest, 16);
        ssize_t got;

        if (strncmp(rest, " rw-p", 5) != 0 || strchr(line, '/') != NULL || to - from > LARGEST ||
            ((uintptr_t)block >= from && (uintptr_t)block < to)) {
            continue;
        }
        for (; from < to && (got = pread(mem, block, sizeof(block), (off_t)from)) > 0;
             from += (uintptr_t)got) {
            const uint8_t *at = block;

            while ((at = memmem(at, (size_t)(block + got - at), needle, n)) != NULL) {
                found++;
                at++;
            }
        }
    }
    (void)close(mem);
    (void)fclose(maps);
    return found;
}

/* What the makers left is there before; looking adds nothing, and its arena is still alive. */
static void keys_and_hashes_are_cleared(void) {
    static const struct made_account good = {1000, "mari", "Zk7!rain-and-snow", 0};

    for (unsigned aes = 0; aes < 2; aes++) {
        uint8_t hash[16];
        char class_name[16];
        struct {
            const void *p;
            size_t n;
            unsigned before;
        } needles[] = {{made_boot_key, MADE_KEY, 0},
                       {made_account_key, MADE_KEY, 0},
                       {hash, sizeof(hash), 0},
                       {class_name, YM_SAM_CLASS_DIGITS, 0}};

        make_both(aes != 0, &good, 1);
        make_nt_hash(good.password, hash);
        (void)snprintf(class_name, sizeof(class_name), "%02x%02x%02x%02x", made_boot_key[8],
                       made_boot_key[10], made_boot_key[3], made_boot_key[7]); /* of JD */
        for (unsigned i = 0; i < 4; i++) {
            needles[i].before = count_in_memory(needles[i].p, needles[i].n);
        }
        CHECK_EQ(look().why, YM_WEAK_LOOKED);
        for (unsigned i = 0; i < 4; i++) {
            unsigned now = count_in_memory(needles[i].p, needles[i].n);

            if (now > needles[i].before) {
                FAIL("number %u: %u times, before %u", i, now, needles[i].before);
            }
        }
    }
}

/* --- memory and processes ---------------------------------------------------------------------- */

static void each_failing_allocation_is_said(void) {
    static const struct made_account all[] = {{1000, "a", "letmein", 0}, {1001, "b", "good!", 0}};
    bool whole = false;

    make_both(true, all, 2);
    CHECK_EQ(look().why, YM_WEAK_LOOKED);
    for (unsigned nth = 1; !whole; nth++) {
        struct ym_weak_answer answer = {.why = YM_WEAK_NO_ANSWER};
        struct ym_arena *a = ym_arena_new(16U << 20);
        struct ym_reader r[2];

        ym_reader_init(&r[0], system_hive.data, system_hive.n);
        ym_reader_init(&r[1], sam_hive.data, sam_hive.n);
        (void)ym_fault_malloc(nth, 0);
        ym_weak_look(crypto, r[0], r[1], a, &answer);
        whole = ym_fault_malloc(0, 0) == 0;
        CHECK_EQ(answer.why, whole ? YM_WEAK_LOOKED : YM_WEAK_NO_MEMORY);
        ym_arena_free(a);
    }
    for (size_t cap = 16; cap < 65536; cap += cap / 2) {
        struct ym_arena *a = ym_arena_new(cap);
        struct ym_weak_answer answer;
        struct ym_reader r[2];

        ym_reader_init(&r[0], system_hive.data, system_hive.n);
        ym_reader_init(&r[1], sam_hive.data, sam_hive.n);
        ym_weak_look(crypto, r[0], r[1], a, &answer);
        CHECK(answer.why == YM_WEAK_LOOKED || answer.why == YM_WEAK_NO_MEMORY);
        CHECK_EQ(answer.n, answer.why == YM_WEAK_LOOKED ? 2 : 0);
        ym_arena_free(a);
    }
}

static ym_weak_why ask(struct ym_weak_answer *ret) {
    int system_fd = open(system_path, O_RDONLY | O_CLOEXEC);
    int sam_fd = open(sam_path, O_RDONLY | O_CLOEXEC);

    CHECK(system_fd >= 0 && sam_fd >= 0);
    ym_arena_free(arena);
    arena = ym_arena_new(1U << 20);
    CHECK_EQ(ym_weak_ask(system_fd, sam_fd, arena, ret), YM_OK);
    (void)close(system_fd);
    (void)close(sam_fd);
    return ret->why;
}

static void the_child_answers_with_names_and_flags(void) {
    static const struct made_account all[] = {
        {1000, "mari", "letmein", 0}, {1001, "jun", "Zk7!rain-and-snow", 0}, {1002, "ken", "", 0}};

    for (unsigned aes = 0; aes < 2; aes++) {
        struct ym_weak_answer a;

        make_both(aes != 0, all, 3);
        CHECK_EQ(ask(&a), YM_WEAK_LOOKED);
        CHECK_EQ(a.n, 3);
        CHECK_EQ(flags_of(&a, "mari"), YM_WEAK_LISTED);
        CHECK_EQ(flags_of(&a, "jun"), 0);
        CHECK_EQ(flags_of(&a, "ken"), YM_WEAK_EMPTY);
    }
}

static void without_the_legacy_provider_it_says_so(void) {
    struct ym_weak_answer a;

    make_both(true, one, 1);
    CHECK_EQ(setenv("OPENSSL_MODULES", "/nonexistent", 1), 0);
    CHECK_EQ(ask(&a), YM_WEAK_NO_LEGACY);
    CHECK_EQ(unsetenv("OPENSSL_MODULES"), 0);
    CHECK_EQ(ask(&a), YM_WEAK_LOOKED);
}

static void what_cannot_be_read_or_is_too_large_is_said(void) {
    struct ym_weak_answer a;
    int folder = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd;

    make_both(true, one, 1);
    fd = open(sam_path, O_RDONLY | O_CLOEXEC);
    CHECK_EQ(ym_weak_ask(folder, fd, arena, &a), YM_OK);
    CHECK(a.why != YM_WEAK_LOOKED);
    CHECK_EQ(ym_weak_ask(-1, fd, arena, &a), YM_OK);
    CHECK_EQ(a.why, YM_WEAK_NO_ANSWER);
    (void)close(fd);
    (void)close(folder);
    CHECK_EQ(truncate(sam_path, (off_t)YM_WEAK_HIVE_MAX + 1), 0); /* a sparse file */
    CHECK_EQ(ask(&a), YM_WEAK_TOO_LARGE);
    CHECK_EQ(truncate(sam_path, 0), 0);
    CHECK_EQ(ask(&a), YM_WEAK_NO_ACCOUNTS);
}

static void too_small_an_arena_is_an_error(void) {
    struct ym_arena *a = ym_arena_new(16);
    struct ym_weak_answer answer = {.why = YM_WEAK_WRONG_KEY};
    int system_fd;
    int sam_fd;

    make_both(false, one, 1);
    system_fd = open(system_path, O_RDONLY | O_CLOEXEC);
    sam_fd = open(sam_path, O_RDONLY | O_CLOEXEC);
    CHECK_EQ(ym_weak_ask(system_fd, sam_fd, a, &answer), YM_LIMIT);
    CHECK_EQ(answer.why, YM_WEAK_WRONG_KEY);
    (void)close(system_fd);
    (void)close(sam_fd);
    ym_arena_free(a);
}

static void answers_of_another_form_are_refused(void) {
    static const struct {
        uint8_t bytes[20];
        size_t n;
        ym_status want;
    } rows[] = {
        {{0, 1, 0, 0, 0, 3, 2, 0, 'm', 'e'}, 10, YM_OK},
        {{YM_WEAK_WRONG_KEY, 0, 0, 0, 0}, 5, YM_OK},
        {{0, 1, 0, 0, 0, 3, 2, 0, 'm', 'e', 0}, 11, YM_MALFORMED}, /* more behind it */
        {{0, 0, 0, 0, 0}, 5, YM_MALFORMED},                        /* looked, and nobody */
        {{1, 1, 0, 0, 0, 3, 2, 0, 'm', 'e'}, 10, YM_MALFORMED},    /* not looked, and someone */
        {{YM_WEAK_WHYS, 0, 0, 0, 0}, 5, YM_MALFORMED},
        {{0, 1, 0, 0, 0, 16, 2, 0, 'm', 'e'}, 10, YM_MALFORMED},   /* a flag of its own */
        {{0, 1, 0, 0, 0, 3, 2, 0, 'm', 0}, 10, YM_MALFORMED},      /* a name with a NUL */
        {{0, 1, 0, 0, 0, 3, 0, 0}, 8, YM_MALFORMED},               /* without a name */
        {{0, 1, 0x10, 0, 0, 3, 2, 0, 'm', 'e'}, 10, YM_MALFORMED}, /* too many */
        {{0, 0xff, 0xff, 0xff, 0xff, 3, 2, 0, 'm', 'e'}, 10, YM_MALFORMED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t n = 0; n <= rows[i].n; n++) {
            struct ym_weak_answer a = {.n = 77};
            struct ym_arena *own = ym_arena_new(1U << 20);
            struct ym_reader r;
            ym_status want = n < rows[i].n ? YM_MALFORMED : rows[i].want;

            ym_reader_init(&r, rows[i].bytes, n);
            if (n == rows[i].n || rows[i].want == YM_OK) { /* every prefix of a good one */
                CHECK_EQ(ym_weak_parse_answer(r, own, &a, NULL), want);
                CHECK_EQ(a.n == 77, want != YM_OK);
            }
            ym_arena_free(own);
        }
    }
}

static void clear_up(void) {
    ym_sam_crypto_close(crypto);
    ym_arena_free(arena);
    free(system_hive.data);
    free(sam_hive.data);
    CHECK_EQ(unlink(system_path), 0);
    CHECK_EQ(unlink(sam_path), 0);
}

/* keys_and_hashes_are_cleared is the first: what it finds shall not lie there already. */
MAIN(T(keys_and_hashes_are_cleared), T(published_values_give_the_published_hashes),
     T(every_word_is_found_and_its_neighbours_are_not), T(guesses_from_the_name_are_found),
     T(empty_and_disabled_and_unknown_are_told_apart), T(another_boot_key_opens_nothing),
     T(forged_keys_open_nothing), T(missing_parts_have_their_reason),
     T(cut_hives_give_no_good_account), T(values_are_refused_at_every_length),
     T(settings_are_refused_at_every_length), T(forged_places_stay_inside),
     T(impossible_values_are_refused), T(keys_of_another_form_are_unsupported),
     T(each_failing_allocation_is_said), T(the_child_answers_with_names_and_flags),
     T(without_the_legacy_provider_it_says_so), T(what_cannot_be_read_or_is_too_large_is_said),
     T(too_small_an_arena_is_an_error), T(answers_of_another_form_are_refused), T(clear_up))
