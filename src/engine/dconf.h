/* dconf.h - what the signature images switch off (base/config.h).
 *
 * Everything is on until a row says otherwise; a later image's row replaces an earlier one's. */
#ifndef YM_ENGINE_DCONF_H
#define YM_ENGINE_DCONF_H

#include "base/config.h"
#include "formats/sniff.h"

#include <stdbool.h>
#include <stdint.h>

struct ym_db;

struct ym_dconf {
    uint32_t flags[YM_CONFIG_COUNT];
};

void ym_dconf_load(struct ym_dconf *c, const struct ym_db *const *layers, unsigned n_layers);
bool ym_dconf_on(const struct ym_dconf *c, ym_config category, uint32_t bit);
/* May an object of this kind be unpacked, or its headers read?  A kind that no bit names: yes. */
bool ym_dconf_kind_on(const struct ym_dconf *c, ym_kind kind);

#endif
