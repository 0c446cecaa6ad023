/* Signed programs: who vouches for them, and who is blocked.  The expectations are clamscan 1.4's
 * answers to files of the same make. */
#include "engine/engine.h"

#include "makers/make_exe.h"
#include "makers/make_signed.h"
#include "scan_once.h"

#include <stdlib.h>

#define MARKER "GECKO-MARKER-0123456789"
#define MARKER_HEX "4745434b4f2d4d41524b45522d30313233343536373839"

static struct make_cert root, leaf, timer, old, middle, below, plain, forged;
static struct ym_buf file;
static struct ym_buf crb;
static bool marked;
static char blocked_by[64];

static const struct make_section one[] = {{0x1000, 0x200, 0x400, 0x200}};

static void make_all(void) {
    root = make_cert("Root", NULL, true, NULL, NULL, -1000, 1000);
    leaf = make_cert("Leaf", &root, false, NULL, "codeSigning", -10, 10);
    timer = make_cert("Timer", &root, false, NULL, "timeStamping", -900, 900);
    old = make_cert("Old", &root, false, NULL, "codeSigning", -100, -50);
    middle = make_cert("Middle", &root, true, "keyCertSign", NULL, -500, 500);
    below = make_cert("Below", &middle, false, NULL, "codeSigning", -10, 10);
    plain = make_cert("Plain", &root, false, NULL, "clientAuth", -10, 10);
    forged = make_cert("Forged", &leaf, false, NULL, "codeSigning", -10, 10);
}

static void start(bool is64) {
    struct make_pe pe = {
        .is64 = is64, .entry = 0x1000, .sections = one, .n_sections = 1, .file_size = 0x600};

    ym_buf_done(&file);
    ym_buf_init(&file, 1 << 20);
    make_pe(&pe, &file);
    memcpy(file.data + 0x480, MARKER, sizeof(MARKER) - 1);
    ym_buf_done(&crb);
    ym_buf_init(&crb, 1 << 16);
}

static void sign_with(const struct make_cert *signer, const struct make_cert *other,
                      const struct make_cert *counter, int day) {
    const struct make_cert *certs[] = {signer, other};

    start(false);
    CHECK(make_signed(&file, certs, other == NULL ? 1 : 2, counter, day));
}

static void row(const struct make_cert *c, const char *name, bool trusted, const char *flags) {
    make_crb_line(c, name, trusted, flags, true, &crb);
}

/* Scans file with crb: was the marker reported, and which other name? */
static void scan(void) {
    const struct make_source sources[] = {{"m.ndb", "M:1:*:" MARKER_HEX "\n", 0},
                                          {"c.crb", (const char *)crb.data, crb.len}};
    const struct ym_scan_options options = {.all_matches = true};
    const struct ym_limits limits = ym_limits_default();
    struct ym_arena *arena = NULL;
    struct ym_report *report =
        scan_once(sources, crb.len == 0 ? 1 : 2, file.data, file.len, &options, &limits, &arena);

    marked = false;
    blocked_by[0] = '\0';
    for (const struct ym_report_detection *d = report->detections; d != NULL; d = d->next) {
        if (strcmp(d->name, "M.UNOFFICIAL") == 0) {
            marked = true;
        } else {
            (void)snprintf(blocked_by, sizeof(blocked_by), "%s", d->name);
        }
    }
    ym_arena_free(arena);
}

static bool trusted(void) {
    scan();
    CHECK(blocked_by[0] == '\0');
    return !marked;
}

static void a_signature_that_leads_to_a_trusted_root_is_trusted(void) {
    sign_with(&leaf, NULL, NULL, 0);
    CHECK(!trusted()); /* no one vouches for anyone */
    row(&root, "Root", true, "101");
    CHECK(trusted());
    file.data[0x40 + 24 + 64] ^= 1; /* the checksum is not signed */
    CHECK(trusted());
    file.data[0x500] ^= 1;
    CHECK(!trusted());
}

static void so_is_one_of_a_64_bit_program(void) {
    const struct make_cert *certs[] = {&leaf};

    start(true);
    CHECK(make_signed(&file, certs, 1, NULL, 0));
    row(&root, "Root", true, "101");
    CHECK(trusted());
    file.data[0x500] ^= 1;
    CHECK(!trusted());
}

static void the_root_must_be_allowed_to_sign_code_and_certificates(void) {
    static const char *const less[] = {"000", "001", "010", "011", "100", "110"};

    for (unsigned i = 0; i < sizeof(less) / sizeof(less[0]); i++) {
        sign_with(&leaf, NULL, NULL, 0);
        row(&root, "Root", true, less[i]);
        CHECK(!trusted());
    }
}

static void a_row_of_the_signer_allows_all_that_it_does_or_nothing(void) {
    sign_with(&leaf, NULL, NULL, 0);
    row(&leaf, "Leaf", true, "100"); /* without key usage it could sign certificates */
    CHECK(!trusted());
    row(&leaf, "Leaf", true, "101");
    CHECK(trusted());
}

static void who_may_not_sign_code_is_not_trusted(void) {
    sign_with(&plain, NULL, NULL, 0);
    row(&root, "Root", true, "111");
    CHECK(!trusted());
    sign_with(&timer, NULL, NULL, 0);
    row(&root, "Root", true, "111");
    CHECK(!trusted());
}

static void an_authority_in_between_passes_trust_on(void) {
    sign_with(&below, NULL, NULL, 0);
    row(&root, "Root", true, "111");
    CHECK(!trusted());
    sign_with(&below, &middle, NULL, 0);
    row(&root, "Root", true, "111");
    CHECK(trusted());
}

static void a_certificate_for_code_makes_no_others(void) {
    sign_with(&forged, &leaf, NULL, 0);
    row(&root, "Root", true, "111");
    CHECK(!trusted());
}

static void an_old_certificate_needs_a_countersignature_of_its_time(void) {
    sign_with(&old, NULL, NULL, 0);
    row(&root, "Root", true, "111");
    CHECK(!trusted());
    sign_with(&old, NULL, &timer, -70);
    row(&root, "Root", true, "111");
    CHECK(trusted());
    sign_with(&old, NULL, &timer, -10);
    row(&root, "Root", true, "111");
    CHECK(!trusted());
}

static void a_countersignature_that_does_not_hold_spoils_all(void) {
    sign_with(&leaf, NULL, &timer, 0);
    row(&root, "Root", true, "111");
    CHECK(trusted());
    sign_with(&leaf, NULL, &timer, 0);
    row(&root, "Root", true, "101"); /* no one vouches for the time */
    CHECK(!trusted());
    sign_with(&leaf, NULL, &leaf, 0);
    row(&root, "Root", true, "111");
    CHECK(!trusted());
}

static void a_blocked_certificate_is_a_finding(void) {
    sign_with(&leaf, NULL, NULL, 0);
    row(&root, "Root", true, "111");
    row(&leaf, "Blocked.Leaf", false, "000");
    scan();
    CHECK(strcmp(blocked_by, "Blocked.Leaf") == 0);
    CHECK(marked); /* and its signature vouches for nothing */
    sign_with(&leaf, NULL, NULL, 0);
    make_crb_line(&leaf, "", false, "111", false, &crb);
    scan();
    CHECK(strcmp(blocked_by, "(unnamed CRB rule)") == 0);
    sign_with(&leaf, NULL, NULL, 0);
    row(&root, "Root", false, "111"); /* not in the signature */
    scan();
    CHECK(blocked_by[0] == '\0');
}

static void bytes_behind_the_signature_are_not_signed(void) {
    sign_with(&leaf, NULL, NULL, 0);
    row(&root, "Root", true, "101");
    ym_buf_add(&file, "unsigned", 8);
    CHECK(!trusted()); /* the directory does not reach the end */
    {
        const size_t entry = 0x58 + 96 + 8 * 4 + 4;
        const uint32_t size = (uint32_t)(file.len - 0x600);

        file.data[entry] = (uint8_t)size;
        file.data[entry + 1] = (uint8_t)(size >> 8);
    }
    CHECK(!trusted()); /* now it does; clamscan would trust it */
}

static void every_damage_is_survived(void) {
    size_t start_of_signature;

    sign_with(&below, &middle, &timer, 0);
    row(&root, "Root", true, "111");
    start_of_signature = 0x600;
    for (size_t i = start_of_signature; i < file.len; i += 7) {
        file.data[i] ^= 0xff;
        scan();
        file.data[i] ^= 0xff;
    }
    CHECK(trusted());
    for (size_t n = file.len; n > start_of_signature; n -= n > 13 ? 13 : n) {
        const size_t entry = 0x58 + 96 + 8 * 4 + 4;
        const size_t size = n - start_of_signature;

        file.len = n;
        file.data[entry] = (uint8_t)size;
        file.data[entry + 1] = (uint8_t)(size >> 8);
        scan();
    }
}

static int run(void) {
    static const struct ym_test tests[] = {
        T(a_signature_that_leads_to_a_trusted_root_is_trusted),
        T(so_is_one_of_a_64_bit_program),
        T(the_root_must_be_allowed_to_sign_code_and_certificates),
        T(a_row_of_the_signer_allows_all_that_it_does_or_nothing),
        T(who_may_not_sign_code_is_not_trusted),
        T(an_authority_in_between_passes_trust_on),
        T(a_certificate_for_code_makes_no_others),
        T(an_old_certificate_needs_a_countersignature_of_its_time),
        T(a_countersignature_that_does_not_hold_spoils_all),
        T(a_blocked_certificate_is_a_finding),
        T(bytes_behind_the_signature_are_not_signed),
        T(every_damage_is_survived),
    };

    return ym_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}

int main(void) {
    int bad;

    make_all();
    bad = run();
    make_cert_free(&root);
    make_cert_free(&leaf);
    make_cert_free(&timer);
    make_cert_free(&old);
    make_cert_free(&middle);
    make_cert_free(&below);
    make_cert_free(&plain);
    make_cert_free(&forged);
    ym_buf_done(&file);
    ym_buf_done(&crb);
    return bad;
}
