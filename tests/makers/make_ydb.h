/* make_ydb.h - a small signature image with a bit of everything, in memory. */
#ifndef YM_MAKERS_MAKE_YDB_H
#define YM_MAKERS_MAKE_YDB_H

#include "base/kinds.h"
#include "database/build.h"
#include "signatures/clamav.h"
#include "signatures/yara.h"

#include <stdint.h>
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
static const char make_ydb_hdb[] = "44d88612fea8a8f36de82e1278abb02f:68:Test.Hash\n";
static const char make_ydb_yar[] =
    "rule one { strings: $a = \"GECKO-ONE\" nocase $b = { 01 02 [2-4] 03 } condition: any of them "
    "}\n"
    "rule two { strings: $a = \"wall\" wide ascii condition: #a > 1 and @a[2] < filesize }\n"
    "private rule low { condition: filesize < 100 }\n"
    "rule three { condition: low and uint16(0) == 0x5a4d }\n"
    "rule four { strings: $x = \"house\" xor condition: $x }\n"
    "rule five { strings: $x = { ?? ?? } condition: $x at 3 }\n";

/* Feeds everything above to the builder's sink. */
static inline bool make_ydb_rules(struct ym_db_builder *b) {
    struct ym_clamav_options co = {.skip_bad = false};
    struct ym_yara_options yo = {.skip_bad = false};
    struct ym_clamav *c = ym_clamav_new(&co, ym_db_builder_sink(b));
    struct ym_yara *y = ym_yara_new(&yo, ym_db_builder_sink(b));
    bool ok = c != NULL && y != NULL &&
              ym_clamav_file(c, "t.ndb", make_ydb_ndb, strlen(make_ydb_ndb), NULL) == YM_OK &&
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
