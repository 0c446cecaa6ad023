/* Parts of a mail. */
#include "formats/mail.h"

#include "ym_test.h"

static const char mail[] = "From: a@example.com\r\n"
                           "Content-Type: multipart/mixed;\r\n boundary=\"=_b1\"\r\n"
                           "\r\n"
                           "preamble\r\n"
                           "--=_b1\r\n"
                           "Content-Type: text/plain\r\n"
                           "Content-Transfer-Encoding: Quoted-Printable\r\n"
                           "\r\n"
                           "caf=E9 and =\r\nmore\r\n"
                           "--=_b1\r\n"
                           "Content-Type: message/rfc822\r\n"
                           "\r\n"
                           "Subject: inner\r\n"
                           "content-transfer-encoding: BASE64\r\n"
                           "\r\n"
                           "aGVsbG8=\r\n"
                           "--=_b1--\r\n";

static void every_part_is_given_with_its_encoding(void) {
    static const struct {
        ym_mail_encoding encoding;
        const char *starts;
    } want[] = {{YM_MAIL_PLAIN, "preamble"}, {YM_MAIL_QUOTED, "caf=E9"}, {YM_MAIL_BASE64, "aGVs"}};
    struct ym_mail_part part;
    struct ym_mail m;

    ym_mail_init(&m, (const uint8_t *)mail, sizeof(mail) - 1);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(ym_mail_next(&m, &part));
        CHECK_EQ(part.encoding, want[i].encoding);
        CHECK(memcmp(mail + part.offset, want[i].starts, strlen(want[i].starts)) == 0);
        CHECK(part.offset + part.size < sizeof(mail));
    }
    CHECK(!ym_mail_next(&m, &part));
}

static void quoted_printable_is_decoded(void) {
    static const char text[] = "caf=E9 =3D=\r\nmore=\nend=4";
    struct ym_buf out;

    ym_buf_init(&out, 100);
    CHECK_EQ(ym_mail_quoted_decode((const uint8_t *)text, sizeof(text) - 1, &out), YM_OK);
    CHECK(strcmp((const char *)out.data, "caf\xe9 =moreend=4") == 0);
    ym_buf_done(&out);
}

static void an_mbox_holds_several_mails(void) {
    static const char mbox[] =
        "From a Mon\nSubject: 1\n\nfirst\n\nFrom b Tue\nSubject: 2\n\nsecond\n";
    struct ym_mail_part part;
    struct ym_mail m;

    ym_mail_init(&m, (const uint8_t *)mbox, sizeof(mbox) - 1);
    CHECK(ym_mail_next(&m, &part));
    CHECK(memcmp(mbox + part.offset, "first", 5) == 0);
    CHECK(ym_mail_next(&m, &part));
    CHECK(memcmp(mbox + part.offset, "second", 6) == 0);
    CHECK(!ym_mail_next(&m, &part));
}

static void every_prefix_gives_parts_that_lie_inside_it(void) {
    for (size_t n = 0; n < sizeof(mail); n++) {
        struct ym_mail_part part;
        struct ym_mail m;
        unsigned parts = 0;

        ym_mail_init(&m, (const uint8_t *)mail, n);
        while (ym_mail_next(&m, &part)) {
            CHECK(part.offset <= n && part.size <= n - part.offset);
            CHECK(++parts <= 4);
        }
    }
}

MAIN(T(every_part_is_given_with_its_encoding), T(quoted_printable_is_decoded),
     T(an_mbox_holds_several_mails), T(every_prefix_gives_parts_that_lie_inside_it))
