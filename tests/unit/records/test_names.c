/* test_names.c - families and categories out of signature names. */
#include "records/names.h"

#include "ym_test.h"

static void check(const char *name, const char *category, const char *family) {
    char out[YM_FAMILY_MAX];

    if (strcmp(ym_category_of_name(name), category) != 0 ||
        strcmp(ym_family_of_name(name, out), family) != 0) {
        FAIL("%s: got \"%s\" \"%s\"", name, ym_category_of_name(name), out);
    }
}

static void caro_names_give_type_and_family(void) {
    check("Worm:Win32/Conficker.B!inf", "worm", "Conficker");
    check("TrojanDownloader:Win32/Renos", "downloader", "Renos");
    check("PWS:Win32/Zbot.gen!A", "password-stealer", "Zbot");
    check("SoftwareBundler:Win32/Foo", "unwanted", "Foo");
}

static void clamav_names_give_type_and_family(void) {
    check("Win.Worm.Conficker-123-0", "worm", "Conficker");
    check("Unix.Trojan.Mirai-7100807-0", "trojan", "Mirai");
    check("PUA.Win.Packer.Upx-1", "unwanted", "Upx");
}

static void names_that_do_not_tell_give_nothing(void) {
    check("", "", "");
    check("Conficker", "", "");
    check("EICAR_Test", "", "");
    check("Odd:", "", "");
    check(":", "", "");
    check("Worm:Win32/", "worm", "");
}

static void long_families_are_cut(void) {
    char name[400] = "Worm:Win32/";
    char out[YM_FAMILY_MAX];

    memset(name + strlen(name), 'x', 300);
    CHECK_EQ(strlen(ym_family_of_name(name, out)), YM_FAMILY_MAX - 1);
}

static void every_category_is_one_of_the_ten(void) {
    const char *const *w = ym_category_words();
    int n = 0;

    while (w[n] != NULL) {
        n++;
    }
    CHECK_EQ(n, 10);
}

static void variants_are_read_out_of_both_forms(void) {
    static const char *const rows[][2] = {{"Worm:Win32/Conficker.B!inf", "B"},
                                          {"Worm:Win32/Conficker.gen!A", "gen"},
                                          {"Worm:Win32/Conficker", ""},
                                          {"Worm:Win32/Conficker!lnk", ""},
                                          {"Win.Worm.Conficker.B-12", "B"},
                                          {"Win.Worm.Conficker-12", ""},
                                          {"Win.Worm.Conficker-12.UNOFFICIAL", ""},
                                          {"Test.Gecko.UNOFFICIAL", ""},
                                          {"Conficker.B", ""},
                                          {":", ""},
                                          {"", ""}};
    char long_name[300] = "Worm:Win32/x.";
    char out[YM_FAMILY_MAX];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(ym_variant_of_name(rows[i][0], out), rows[i][1]) != 0) {
            FAIL("%s: %s, not %s", rows[i][0], out, rows[i][1]);
        }
    }
    memset(long_name + strlen(long_name), 'v', 200);
    CHECK_EQ(strlen(ym_variant_of_name(long_name, out)), YM_FAMILY_MAX - 1);
}

static void exploits_have_a_type(void) {
    static const char *const rows[][2] = {{"Exploit:HTML/IframeRef.A", "html"},
                                          {"Exploit:JS/Blacole.A", "html"},
                                          {"Exploit:Java/CVE-2012-0507.A", "java"},
                                          {"Exploit:SWF/Neclu.A", "flash"},
                                          {"Exploit:AndroidOS/Lotoor", "os"},
                                          {"Exploit:Win32/CplLnk.A", "os"},
                                          {"Exploit:Win32/Pdfjsc.A", "documents"},
                                          {"Exploit:Win32/CVE-2010-2568.A", "os"},
                                          {"Exploit:Win32/CVE-2010-25680.A", "other"},
                                          {"Exploit:Win32/Something", "other"},
                                          {"Exploit:O97M/DDEDownloader", "documents"},
                                          {"Win.Exploit.CVE_2011_0611-1", "flash"},
                                          {"Pdf.Exploit.CVE_2010_0188-1", "documents"},
                                          {"Html.Exploit.Fragus-1", "html"},
                                          {"", "other"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = ym_exploit_type_of_name(rows[i][0], "exploit");

        if (strcmp(got, rows[i][1]) != 0) {
            FAIL("%s: %s, not %s", rows[i][0], got, rows[i][1]);
        }
    }
    CHECK(strcmp(ym_exploit_type_of_name("Worm:Win32/Conficker.B", "worm"), "") == 0);
}

MAIN(T(caro_names_give_type_and_family), T(clamav_names_give_type_and_family),
     T(names_that_do_not_tell_give_nothing), T(long_families_are_cut),
     T(every_category_is_one_of_the_ten), T(variants_are_read_out_of_both_forms),
     T(exploits_have_a_type))
