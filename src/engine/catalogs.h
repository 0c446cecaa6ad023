/* engine/catalogs.h - what the trusted catalogues of the images list (base/catalog_rows.h). */
#ifndef YM_ENGINE_CATALOGS_H
#define YM_ENGINE_CATALOGS_H

#include "base/catalog_rows.h"
#include "base/kinds.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct ym_db;

/* All rows of the images, asked at this time. */
struct ym_catalogs {
    const struct ym_db *const *layers;
    unsigned n_layers;
    time_t now;
};

/* Bit (1 << algo) for each algorithm whose digests of such things are listed. */
unsigned ym_catalogs_wanted(const struct ym_catalogs *c, ym_catalog_of of);
/* digest: ym_digest_size(algo) bytes. */
bool ym_catalogs_list(const struct ym_catalogs *c, ym_catalog_of of, ym_digest_algo algo,
                      const uint8_t *digest);

#endif
