/* make_ydb.h - a small signature image with a bit of everything, in memory. */
#ifndef YM_MAKERS_MAKE_YDB_H
#define YM_MAKERS_MAKE_YDB_H

#include "base/kinds.h"
#include "database/build.h"
#include "signatures/clamav.h"
#include "signatures/yara.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char make_ydb_ndb[] = "Test.Long:0:*:4745434b4f2d4d41524b45522d30313233343536373839\n"
                                   "Test.Short:0:*:47454b4f\n"
                                   "Test.Pair:0:*:7a71??7a\n"
                                   "Test.Start:0:0:4d5a20\n"
                                   "Test.End:0:EOF-4,4:21212121\n"
                                   "Test.Chain:0:*:616c706861*6272617661{-400}636861726c6965\n"
                                   "Test.Alt:0:*:(6162|636465)66676869\n"
                                   "Test.Pe:1:EP+0:e800000000\n";
/* Every kind of subsignature; a member of a macro group; conditions on the object. */
static const char make_ydb_macro[] = "Test.Member:0:$3$:6d656d626572\n";
static const char make_ydb_ldb[] =
    "Test.Logic;Engine:81-255,Target:0;0&1&2&(4|5)&6;6c6f6769632d6f6e65;6c6f6769632d74776f::i;"
    "7468726565*666f7572;${2-400}3$;0/pcre-[0-9]+x/;0/never(a+)+b/gi;0(>>10#de2#=42)\n"
    "Test.Count;Engine:81-255,FileSize:1-100000,Target:0;(0|1|2|3)>3,2&4<3;7777;6f6e65;4142;6f6f;"
    "6e6f7468696e67::wa\n"
    "Test.Image;Engine:150-255,Target:0;0;fuzzy_img#af2ad01ed42993c7#0\n"
    "Test.Inside;Engine:81-255,Container:CL_TYPE_ZIP,Intermediates:CL_TYPE_MSEXE>CL_TYPE_ZIP,"
    "Target:0;0;6765636b6f\n"
    "Test.Icon;Engine:81-255,IconGroup1:A,EntryPoint:1-20,NumberOfSections:1-9,Target:1;0;4d5a\n";
static const char make_ydb_cdb[] = "Test.Cdb:CL_TYPE_ZIP:*:a+[.]txt$:1-20:*:0:*:*:*\n";
static const char make_ydb_sample[] =
    "MZ gecko-one alphaXbravaYYYcharlie abfghi cdefghi GEKO zq-z wall w\0a\0l\0l\0 \1\2..\3 "
    "logic-one 42 LOGIC-TWO three and four then member pcre-77x wwww moon !!!!";
static const char make_ydb_hdb[] = "44d88612fea8a8f36de82e1278abb02f:68:Test.Hash\n";
static const char make_ydb_yar[] =
    "rule one : tag other { meta: author = \"me\" n = -3 ok = true strings: $a = \"GECKO-ONE\" "
    "nocase $b = { 01 02 [2-4] 03 } condition: any of them "
    "}\n"
    "rule two : tag { meta: author = \"you\" strings: $a = \"wall\" wide ascii condition: #a > 1 "
    "and @a[2] < filesize }\n"
    "private rule low { condition: filesize < 100 }\n"
    "rule three { condition: low and uint16(0) == 0x5a4d }\n"
    "rule four { strings: $x = \"house\" xor condition: $x }\n"
    "rule five { strings: $x = { ?? ?? } condition: $x at 3 }\n"
    "rule six { strings: $a = /[a-z]+er pc(re|ree)-\\d{1,2}\\w/ $b = /(and|or) f.*r \\bt/ wide "
    "ascii\n"
    "  $c = /x{4}|[^\\x00-\\xf0]/ $d = \"secret\" base64 condition: $a and $b and not $c and not "
    "$d }\n";

/* Signatures of 3 to 18 bytes in number, so that every class of atoms has a table. */
static inline bool make_ydb_many(struct ym_clamav *c) {
    char text[64 * 80];
    size_t n = 0;
    uint32_t x = 7;

    for (unsigned i = 0; i < 60; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "Test.Many%u:%u:*:", i,
                              i % 3 == 0 ? 1 : 0);
        for (unsigned k = 0; k < 3 + i % 16; k++) {
            x = x * 1664525 + 1013904223;
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%02x", 128 + (x >> 24) % 128);
        }
        n += (size_t)snprintf(text + n, sizeof(text) - n, "\n");
    }
    return ym_clamav_file(c, "many.ndb", text, n, NULL) == YM_OK;
}

/* Feeds everything above to the builder's sink. */
static inline bool make_ydb_rules(struct ym_db_builder *b) {
    struct ym_clamav_options co = {.skip_bad = false};
    struct ym_yara_options yo = {.skip_bad = false};
    struct ym_clamav *c = ym_clamav_new(&co, ym_db_builder_sink(b));
    struct ym_yara *y = ym_yara_new(&yo, ym_db_builder_sink(b));
    bool ok = c != NULL && y != NULL &&
              ym_clamav_file(c, "t.ndb", make_ydb_ndb, strlen(make_ydb_ndb), NULL) == YM_OK &&
              ym_clamav_file(c, "m.ndb", make_ydb_macro, strlen(make_ydb_macro), NULL) == YM_OK &&
              ym_clamav_file(c, "t.ldb", make_ydb_ldb, strlen(make_ydb_ldb), NULL) == YM_OK &&
              ym_clamav_file(c, "t.cdb", make_ydb_cdb, strlen(make_ydb_cdb), NULL) == YM_OK &&
              make_ydb_many(c) &&
              ym_clamav_file(c, "t.hdb", make_ydb_hdb, strlen(make_ydb_hdb), NULL) == YM_OK &&
              ym_yara_file(y, "t.yar", make_ydb_yar, strlen(make_ydb_yar), "", NULL) == YM_OK;

    ym_yara_free(y);
    ym_clamav_free(c);
    return ok;
}

/* The image's bytes (the caller frees them), or NULL. */
static inline uint8_t *make_ydb(size_t *ret_size) {
    struct ym_db_builder *b = ym_db_builder_new();
    int fd = memfd_create("image", MFD_CLOEXEC);
    uint8_t *bytes = NULL;

    if (b != NULL && fd >= 0 && make_ydb_rules(b) && ym_db_builder_write(b, fd, NULL) == YM_OK) {
        size_t size = (size_t)lseek(fd, 0, SEEK_END);

        bytes = aligned_alloc(64, (size + 63) / 64 * 64);
        if (bytes != NULL && pread(fd, bytes, size, 0) == (ssize_t)size) {
            *ret_size = size;
        }
    }
    ym_db_builder_free(b);
    (void)close(fd);
    return bytes;
}

#endif
