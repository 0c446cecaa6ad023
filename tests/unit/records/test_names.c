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

MAIN(T(caro_names_give_type_and_family), T(clamav_names_give_type_and_family),
     T(names_that_do_not_tell_give_nothing), T(long_families_are_cut),
     T(every_category_is_one_of_the_ten))
