/* engine/metadata.h - signatures about the members of archives, not about their bytes (.cdb .zmd
 * .rmd), and passwords for encrypted ones (.pwdb): the rows of the images that are asked while an
 * archive is unpacked. */
#ifndef YM_ENGINE_METADATA_H
#define YM_ENGINE_METADATA_H

#include "base/cltype.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_db;
struct ym_metadata; /* opaque */

/* The images are borrowed for its life. */
YM_MUST_CHECK ym_status ym_metadata_new(const struct ym_db *const *layers, unsigned n_layers,
                                        struct ym_metadata **ret_metadata);
void ym_metadata_free(struct ym_metadata *m); /* accepts NULL */

/* Is there a row that asks about members at all? */
bool ym_metadata_any(const struct ym_metadata *m);

/* What an archive says of a member, before it is unpacked. */
struct ym_member {
    const char *name; /* NULL: it has none; any bytes else */
    uint64_t number;  /* its position, from 1; 0: unknown */
    bool has_packed;  /* what is not known fits no row that asks for it */
    uint64_t packed;
    bool has_size;
    uint64_t size;
    bool encrypted;
    bool has_crc;
    uint32_t crc;
};

struct ym_metadata_found {
    const char *name; /* borrowed from the image, not NUL-terminated */
    uint32_t name_len;
    const char *file;
    uint32_t file_len;
    uint32_t line;
    bool unofficial;
};
/* false: stop asking. */
typedef bool ym_metadata_fn(void *self, const struct ym_metadata_found *found);

/* Every row that fits, in their order.  type and size are the container's.  *ret_gave_up: an
 * expression needed more work than it is given (or more memory than there is), so its row was not
 * answered. */
void ym_metadata_ask(struct ym_metadata *m, ym_cltype type, uint64_t size,
                     const struct ym_member *member, ym_metadata_fn *fn, void *self,
                     bool *ret_gave_up);

/* The nth password for containers of this type, NUL-terminated; NULL: no more. */
const char *ym_metadata_password(const struct ym_metadata *m, ym_cltype type, uint32_t n);

#endif
